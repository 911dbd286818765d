//! One value per cell, or one per gene.

use super::names::Names;
use std::collections::HashSet;
use std::fmt::{Display, LowerExp};
use std::sync::Arc;

/// How numbers were stored in the file they came from, or should be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberType {
    F16,
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
}

impl NumberType {
    pub fn is_whole(self) -> bool {
        !matches!(self, NumberType::F16 | NumberType::F32 | NumberType::F64)
    }

    /// The type that values of all these are stored as together, by numpy's rules.
    pub fn holding(types: &[NumberType]) -> NumberType {
        use NumberType::*;
        let Some(&first) = types.first() else {
            return F64;
        };
        if types.iter().all(|&other| other == first) {
            return first;
        }
        let signed = |t: &NumberType| matches!(t, I8 | I16 | I32 | I64);
        let size = |t: &NumberType| t.size();
        if types.iter().all(|t| t.is_whole()) {
            let unsigned = types.iter().filter(|t| !signed(t)).map(size).max();
            let widest = types.iter().filter(|t| signed(t)).map(size).max();
            return match (widest, unsigned) {
                (None, Some(n)) => [U8, U16, U32, U64][n.ilog2() as usize],
                (Some(n), m) => match n.max(m.map_or(0, |m| 2 * m)) {
                    16.. => F64,
                    n => [I8, I16, I32, I64][n.ilog2() as usize],
                },
                (None, None) => F64,
            };
        }
        // f16 holds integers of 8 bits, f32 those of up to 16.
        let tiny = |t: &NumberType| *t == F16 || t.is_whole() && size(t) == 1;
        let narrow = |t: &NumberType| *t == F32 || size(t) <= 2;
        match () {
            _ if types.iter().all(tiny) => F16,
            _ if types.iter().all(narrow) => F32,
            _ => F64,
        }
    }

    /// Bytes.
    pub fn size(self) -> usize {
        use NumberType::*;
        match self {
            I8 | U8 => 1,
            I16 | U16 | F16 => 2,
            F32 | I32 | U32 => 4,
            F64 | I64 | U64 => 8,
        }
    }
}

/// 2⁵³: f64 holds every integer below.
pub const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// What a column holds, known before its values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    Number,
    Bool,
    Text,
    Category,
}

impl ColumnType {
    /// The word for it in messages.
    pub fn word(self) -> &'static str {
        match self {
            ColumnType::Number => "number",
            ColumnType::Bool => "boolean",
            ColumnType::Text => "text",
            ColumnType::Category => "category",
        }
    }
}

/// Numbers, all widened to f64; a missing one is NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    pub values: Vec<f64>,
    pub stored: NumberType,
    /// Written as anndata's nullable kind: missing values are masked, not NaN.
    pub nullable: bool,
    /// The integers themselves, where f64 does not hold each of them: identifiers of 17 digits and
    /// more. Of a missing value, anything.
    pub exact: Option<Vec<i128>>,
}

impl Numbers {
    /// Whether they can be labels of groups, as batches and clusters are numbered: whole, and few.
    /// Measurements seldom are: a thousand cells have hundreds of different counts.
    pub fn are_labels(&self) -> bool {
        let known = self.values.iter().filter(|x| !x.is_nan());
        let mut distinct = HashSet::new();
        for &x in known {
            if x.fract() != 0.0 || !x.is_finite() {
                return false;
            }
            distinct.insert(x.to_bits());
            if distinct.len() > MOST_LABELS {
                return false;
            }
        }
        distinct.len() <= FEW_LABELS || distinct.len() * CELLS_A_LABEL <= self.values.len()
    }
}

/// So many different whole numbers are labels, however few the cells.
const FEW_LABELS: usize = 50;
/// More are labels if each has at least this many cells on average, …
const CELLS_A_LABEL: usize = 10;
/// … up to this many.
const MOST_LABELS: usize = 2_000;

/// What the levels of a category were in the file, and are again in one that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LevelType {
    #[default]
    Text,
    Number(NumberType),
    /// "False" and "True".
    Bool,
    /// The same, and no category in files: anndata's booleans some of which are missing.
    MaskedTruth,
}

impl LevelType {
    /// Whether the levels are "False" and "True".
    pub fn is_boolean(self) -> bool {
        matches!(self, LevelType::Bool | LevelType::MaskedTruth)
    }
}

/// A column with few distinct values.
#[derive(Debug, Clone, PartialEq)]
pub struct Category {
    /// Index into `levels`; -1 is missing.
    pub codes: Vec<i32>,
    pub levels: Arc<Names>,
    pub level_type: LevelType,
    pub ordered: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    Number(Numbers),
    Bool(Vec<bool>),
    Text(Names),
    Category(Category),
}

impl Column {
    pub fn numbers(values: Vec<f64>, stored: NumberType) -> Self {
        Column::Number(Numbers {
            values,
            stored,
            nullable: false,
            exact: None,
        })
    }

    pub fn category(codes: Vec<i32>, levels: Names) -> Self {
        Column::Category(Category {
            codes,
            levels: Arc::new(levels),
            level_type: LevelType::Text,
            ordered: false,
        })
    }

    pub fn as_numbers(&self) -> Option<&Numbers> {
        match self {
            Column::Number(numbers) => Some(numbers),
            _ => None,
        }
    }

    pub fn as_category(&self) -> Option<&Category> {
        match self {
            Column::Category(category) => Some(category),
            _ => None,
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Column::Number(numbers) => numbers.values.len(),
            Column::Bool(values) => values.len(),
            Column::Text(names) => names.len(),
            Column::Category(category) => category.codes.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn column_type(&self) -> ColumnType {
        match self {
            Column::Number(_) => ColumnType::Number,
            Column::Bool(_) => ColumnType::Bool,
            Column::Text(_) => ColumnType::Text,
            Column::Category(_) => ColumnType::Category,
        }
    }

    /// The values at `positions`, in that order. Levels are kept, used or not.
    pub fn pick(&self, positions: &[u32]) -> Column {
        match self {
            Column::Number(numbers) => Column::Number(Numbers {
                values: positions
                    .iter()
                    .map(|&i| numbers.values[i as usize])
                    .collect(),
                exact: (numbers.exact.as_ref())
                    .map(|exact| positions.iter().map(|&i| exact[i as usize]).collect()),
                ..*numbers
            }),
            Column::Bool(values) => {
                Column::Bool(positions.iter().map(|&i| values[i as usize]).collect())
            }
            Column::Text(names) => Column::Text(names.pick(positions)),
            Column::Category(category) => Column::Category(Category {
                codes: positions
                    .iter()
                    .map(|&i| category.codes[i as usize])
                    .collect(),
                levels: Arc::clone(&category.levels),
                ..*category
            }),
        }
    }

    /// The `i`-th value as text; a missing one is empty.
    pub fn text(&self, i: usize) -> String {
        match self {
            Column::Number(numbers) => {
                let value = numbers.values[i];
                if let (Some(exact), false) = (&numbers.exact, value.is_nan()) {
                    exact[i].to_string()
                } else if value.is_nan() && numbers.nullable {
                    String::new()
                } else {
                    match numbers.stored {
                        // As few digits as tell it from its neighbors of 32 bits.
                        NumberType::F16 | NumberType::F32 if f64::from(value as f32) == value => {
                            number_text(value, value as f32)
                        }
                        _ => number_text(value, value),
                    }
                }
            }
            Column::Bool(values) => values[i].to_string(),
            Column::Text(names) => names.get(i).to_owned(),
            Column::Category(category) => match usize::try_from(category.codes[i]) {
                Ok(code) => category.levels.get(code).to_owned(),
                Err(_) => String::new(),
            },
        }
    }

    /// The same column as a category. Levels of texts and numbers are those that occur, sorted.
    pub fn to_category(&self) -> Category {
        if let Column::Category(category) = self {
            return category.clone();
        }
        // A number that is missing is no level.
        let is_nan = |i: usize| matches!(self, Column::Number(n) if n.values[i].is_nan());
        let text = |i| {
            if is_nan(i) {
                String::new()
            } else {
                self.text(i)
            }
        };
        let texts: Vec<String> = (0..self.len()).map(text).collect();
        let mut levels: Vec<&str> = texts.iter().map(String::as_str).collect();
        levels.sort_by_cached_key(|level| LevelOrder::of(level));
        levels.dedup();
        let levels: Names = levels
            .into_iter()
            .filter(|level| !level.is_empty())
            .collect();
        let codes = texts
            .iter()
            .map(|text| levels.position(text).map_or(-1, |code| code as i32))
            .collect();
        Category {
            codes,
            levels: Arc::new(levels),
            level_type: LevelType::Text,
            ordered: false,
        }
    }
}

/// The rank of a level among others: numbers by size, then texts. Different texts of one number
/// (`1` and `1.0`, identifiers beyond 2⁵³) are different levels.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct LevelOrder {
    is_text: bool,
    /// Bits that ascend as the number does.
    number: u64,
    level: String,
}

impl LevelOrder {
    fn of(level: &str) -> Self {
        let number = level.parse::<f64>().ok();
        let bits = number.map_or(0, f64::to_bits);
        let below_zero = bits >> 63 == 1;
        LevelOrder {
            is_text: number.is_none(),
            number: if below_zero { !bits } else { bits | 1 << 63 },
            level: level.to_owned(),
        }
    }
}

/// The shortest text that reads back as the same number; very small and large ones with an exponent.
fn number_text(value: f64, shown: impl Display + LowerExp) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() || (1e-5..1e16).contains(&size) {
        shown.to_string()
    } else {
        format!("{shown:e}")
    }
}

impl Category {
    /// Booleans, some of which may be missing.
    pub fn masked_truths(truths: impl Iterator<Item = Option<bool>>) -> Self {
        Category {
            codes: truths.map(|truth| truth.map_or(-1, i32::from)).collect(),
            levels: Arc::new(["False", "True"].into_iter().collect()),
            level_type: LevelType::MaskedTruth,
            ordered: false,
        }
    }

    /// How many cells each level has.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.levels.len()];
        for &code in &self.codes {
            if let Ok(code) = usize::try_from(code) {
                counts[code] += 1;
            }
        }
        counts
    }
}

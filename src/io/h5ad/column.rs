//! One column of `obs` or `var`, in every form that anndata has stored it in.

use super::codes::checked_codes;
use crate::data::names::Missing;
use crate::data::{
    Category, Column, ColumnType, FileError, InFile, LARGEST_EXACT, Lazy, LevelType, Load, Names,
    NumberType, Numbers, Promise, Value,
};
use crate::io::element::Element;
use crate::io::reason::Reason;
use crate::io::stored::{Object, Values};
use std::sync::Arc;

/// A column in a file. Knows its type and length before it is read.
#[derive(Debug, Clone)]
pub struct StoredColumn {
    object: Object,
    form: Form,
    /// Stored as a file of today would store it.
    current: bool,
}

#[derive(Debug, Clone)]
enum Form {
    Plain(Values),
    Category {
        codes: Values,
        levels: Levels,
        ordered: bool,
    },
    /// Where the mask is true, the value is missing.
    Masked {
        values: Values,
        mask: Values,
    },
}

#[derive(Debug, Clone)]
enum Levels {
    Plain(Values),
    /// Texts some of which may be missing, a group of their own.
    Masked(Box<StoredColumn>),
}

impl StoredColumn {
    /// An array, or a group that is a categorical or has a mask.
    ///
    /// # Errors
    /// Something else, or a part of it is missing.
    pub fn open(object: Object) -> Result<Self, FileError> {
        let encoding = object.encoding();
        if let Some(values) = object.values() {
            let form = Form::Plain(values.clone());
            let mut column = StoredColumn::of(object, form)?;
            column.current = !encoding.is_empty();
            return Ok(column);
        }
        let form = match encoding.as_str() {
            "categorical" => Form::Category {
                codes: object.need_array("codes")?.1,
                levels: levels(object.need("categories")?)?,
                ordered: is_ordered(&object),
            },
            "nullable-integer" | "nullable-boolean" | "nullable-string-array" => Form::Masked {
                values: object.need_array("values")?.1,
                mask: object.need_array("mask")?.1,
            },
            other => {
                let problem = format!("its encoding {other:?} is not supported for a column");
                return Err(object.fault(problem));
            }
        };
        let mut column = StoredColumn::of(object, form)?;
        column.current = true;
        Ok(column)
    }

    /// One field of the arrays of records that `obs` and `var` were before anndata 0.7.
    pub fn of_field(object: &Object, name: &str) -> Result<Self, FileError> {
        let field = object.values().and_then(|records| records.field(name));
        let field = field.ok_or_else(|| object.fault(format!("has no field {name:?}")))?;
        StoredColumn::of(object.clone(), Form::Plain(field))
    }

    fn of(object: Object, form: Form) -> Result<Self, FileError> {
        let column = StoredColumn {
            object,
            form,
            current: false,
        };
        let values = column.first();
        if values.shape.len() != 1 {
            let n = values.shape.len();
            return Err(column
                .object
                .fault(format!("has {n} dimensions: a column has one")));
        }
        column.column_type()?;
        Ok(column)
    }

    /// The same with these categories, which older versions stored elsewhere.
    pub fn with_categories(self, categories: &Object) -> Self {
        let (Form::Plain(codes), Some(levels)) = (&self.form, categories.values()) else {
            return self;
        };
        if codes.element.number().is_none_or(|number| number.float) {
            return self;
        }
        let form = Form::Category {
            codes: codes.clone(),
            levels: Levels::Plain(levels.clone()),
            ordered: is_ordered(categories),
        };
        StoredColumn {
            object: self.object,
            form,
            current: false,
        }
    }

    fn first(&self) -> &Values {
        match &self.form {
            Form::Plain(values) | Form::Masked { values, .. } => values,
            Form::Category { codes, .. } => codes,
        }
    }

    pub fn len(&self) -> usize {
        self.first().len()
    }

    pub fn column_type(&self) -> Result<ColumnType, FileError> {
        Ok(match (&self.form, &self.first().element) {
            (Form::Category { .. }, _) => ColumnType::Category,
            // A boolean that may be missing has three values.
            (Form::Masked { .. }, Element::Bool(_)) => ColumnType::Category,
            (_, Element::Number(_)) => ColumnType::Number,
            (_, Element::Bool(_)) => ColumnType::Bool,
            (_, Element::Named(_)) => ColumnType::Category,
            (_, Element::Text) => ColumnType::Text,
            (_, Element::Other(what)) => return Err(self.object.holds(what)),
            _ => return Err(self.object.fault(NOT_PLAIN)),
        })
    }

    pub fn read(&self) -> Result<Column, FileError> {
        match &self.form {
            Form::Plain(values) => plain(values),
            Form::Category {
                codes,
                levels,
                ordered,
            } => category(codes, levels, *ordered),
            Form::Masked { values, mask } => masked(values, mask).map(|column| match column {
                Column::Text(names) => Column::Text(self.called_missing(names)),
                column => column,
            }),
        }
        .map_err(|reason| self.object.unreadable(reason))
    }

    /// With what a missing text is called, which the group says.
    fn called_missing(&self, names: Names) -> Names {
        let missing = names.missing().map(|missing| Missing {
            called: self.object.text("na-value"),
            ..missing.clone()
        });
        match missing {
            Some(missing) => names.with_missing(missing),
            None => names,
        }
    }

    /// The values as names of cells or genes: an index is text, but some programs write numbers.
    ///
    /// # Errors
    /// They cannot be read; a name is missing, or is a number with a fraction.
    pub fn names(&self) -> Result<Names, FileError> {
        let wrong = |at: Option<usize>, problem: &str| match at {
            Some(at) => Err(self
                .object
                .fault(format!("entry {at} of the index {problem}"))),
            None => Ok(()),
        };
        match self.read()? {
            Column::Text(names) => {
                let missing = names
                    .missing()
                    .and_then(|m| m.mask.iter().position(|&no| no));
                wrong(missing, "is missing")?;
                Ok(names)
            }
            column => {
                if let Column::Number(numbers) = &column {
                    let values = &numbers.values;
                    wrong(values.iter().position(|x| x.is_nan()), "is missing (NaN)")?;
                    let broken = values.iter().position(|x| x.fract() != 0.0);
                    wrong(broken, "is a number with a fraction, which is not a name")?;
                }
                Ok((0..column.len()).map(|i| column.text(i)).collect())
            }
        }
    }

    pub fn lazy(self) -> Result<Lazy, FileError> {
        let promise = Promise::Column(self.column_type()?);
        Ok(Lazy::from_file(self, promise))
    }
}

impl Load for StoredColumn {
    fn load(&self) -> Result<Value, FileError> {
        Ok(Value::Column(Arc::new(self.read()?)))
    }

    /// Codes and categories may contradict each other; other columns cannot.
    fn check(&self) -> Result<(), FileError> {
        match self.form {
            Form::Category { .. } => self.read().map(drop),
            _ => Ok(()),
        }
    }

    fn in_file(&self) -> Option<InFile> {
        self.object.place().filter(|_| self.current)
    }
}

/// The index of a frame: names, read when asked for.
#[derive(Debug)]
pub struct StoredNames(pub StoredColumn);

impl Load for StoredNames {
    fn load(&self) -> Result<Value, FileError> {
        Ok(Value::Names(Arc::new(self.0.names()?)))
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }
}

fn is_ordered(object: &Object) -> bool {
    object
        .wholes("ordered")
        .is_some_and(|ordered| ordered == [1])
}

fn levels(categories: Object) -> Result<Levels, FileError> {
    match categories.values() {
        Some(values) => Ok(Levels::Plain(values.clone())),
        None => Ok(Levels::Masked(Box::new(StoredColumn::open(categories)?))),
    }
}

const NOT_PLAIN: &str = "its values are not numbers, strings, or booleans";

fn plain(values: &Values) -> Result<Column, Reason> {
    match &values.element {
        Element::Bool(_) => Ok(Column::Bool(values.truths()?)),
        Element::Text => Ok(Column::Text(values.texts()?)),
        Element::Named(members) => {
            let numbers: Vec<i64> = values.read(None)?;
            let place = |number: &i64| members.iter().position(|(_, value)| value == number);
            let codes = numbers
                .iter()
                .map(|number| place(number).map_or(-1, |at| at as i32));
            let levels = members.iter().map(|(name, _)| name).collect();
            Ok(Column::category(codes.collect(), levels))
        }
        Element::Number(number) => {
            let stored = number.stored();
            let rounded: Vec<f64> = values.read(None)?;
            let exact = exact(values, stored, &rounded)?;
            Ok(Column::Number(Numbers {
                values: rounded,
                stored,
                nullable: false,
                exact,
            }))
        }
        _ => Err(NOT_PLAIN.into()),
    }
}

/// Integers as they are, where some are too large for f64.
fn exact(values: &Values, stored: NumberType, near: &[f64]) -> Result<Option<Vec<i128>>, Reason> {
    let wide = near.iter().any(|x| x.abs() >= LARGEST_EXACT);
    Ok(match stored {
        NumberType::I64 if wide => {
            let read: Vec<i64> = values.read(None)?;
            Some(read.into_iter().map(i128::from).collect())
        }
        NumberType::U64 if wide => {
            let read: Vec<u64> = values.read(None)?;
            Some(read.into_iter().map(i128::from).collect())
        }
        _ => None,
    })
}

fn category(codes: &Values, levels: &Levels, ordered: bool) -> Result<Column, Reason> {
    let levels = match levels {
        Levels::Plain(values) => plain(values)?,
        Levels::Masked(column) => column.read()?,
    };
    let level_type = match &levels {
        Column::Number(numbers) => LevelType::Number(numbers.stored),
        Column::Bool(_) => LevelType::Bool,
        _ => LevelType::Text,
    };
    let levels = level_names(levels);
    if let Some(twice) = levels.duplicate() {
        return Err(format!("the category {twice:?} appears twice").into());
    }
    let codes = checked_codes(codes, levels.len())?;
    Ok(Column::Category(Category {
        codes,
        levels: Arc::new(levels),
        level_type,
        ordered,
    }))
}

fn level_names(levels: Column) -> Names {
    match levels {
        Column::Text(names) => names,
        // Spelled as Python spells them.
        Column::Bool(truths) => truths
            .iter()
            .map(|&truth| if truth { "True" } else { "False" })
            .collect(),
        other => (0..other.len()).map(|i| other.text(i)).collect(),
    }
}

fn masked(values: &Values, mask: &Values) -> Result<Column, Reason> {
    let missing = mask.truths()?;
    if missing.len() != values.len() {
        return Err("values and mask differ in length".into());
    }
    Ok(match (&values.element, plain(values)?) {
        (_, Column::Number(mut numbers)) => {
            for (value, &missing) in numbers.values.iter_mut().zip(&missing) {
                if missing {
                    *value = f64::NAN;
                }
            }
            Column::Number(Numbers {
                nullable: true,
                ..numbers
            })
        }
        (_, Column::Bool(truths)) => {
            let truths = truths.iter().zip(&missing);
            let truths = truths.map(|(&truth, &missing)| (!missing).then_some(truth));
            Column::Category(Category::masked_truths(truths))
        }
        (_, Column::Text(names)) => {
            let names = names.iter().zip(&missing);
            let names: Names = names
                .map(|(name, &missing)| if missing { "" } else { name })
                .collect();
            Column::Text(names.with_missing(Missing {
                mask: missing,
                called: None,
            }))
        }
        (_, column) => column,
    })
}

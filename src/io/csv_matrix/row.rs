//! One line of a matrix: its names and other texts, then a number for each column.
//!
//! Whole numbers without quotes go the fast way ([`super::scan`]); a line with anything else is
//! read field by field, which also finds out what is wrong with it.

use super::fields::{has_thousands, is_decimal_comma};
use super::scan::{BLOCK, marks};
use crate::io::exact::{self, Bytes};
use std::borrow::Cow;

/// What the lines of a file have in common.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub separator: u8,
    /// Fields before the numbers: the name, as a rule.
    pub n_texts: usize,
    /// Numbers in a line.
    pub n_columns: usize,
    /// Whether every value must be a whole number from 0 on.
    pub counts: bool,
}

/// What is wrong with a line. Columns count from 1, those of texts included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    Width { found: usize },
    Number { column: usize, field: String },
    Count { column: usize, field: String },
    Digits { column: usize, field: String },
    Quote { column: usize },
    Encoding { column: usize },
}

/// Values other than zero of lines read so far, and where each line ends.
#[derive(Debug, Default)]
pub struct Entries {
    pub columns: Vec<u32>,
    pub values: Vec<f32>,
    /// Columns of the values that f32 rounds, and what they are: of the last line.
    pub exact: Vec<(u32, Bytes)>,
    pub signs: Signs,
}

/// What numbers between semicolons have in them.
#[derive(Debug, Default, Clone, Copy)]
pub struct Signs {
    pub points: bool,
    pub commas: bool,
    /// A comma that cannot be after thousands: `0,125`, `1,5`.
    pub decimal_commas: bool,
}

impl Signs {
    pub fn join(&mut self, others: Signs) {
        self.points |= others.points;
        self.commas |= others.commas;
        self.decimal_commas |= others.decimal_commas;
    }

    /// Why the numbers cannot be read, if they may mean two things.
    pub fn doubt(self) -> Option<&'static str> {
        match self {
            Signs {
                points: true,
                commas: true,
                ..
            } => Some("has fractions with decimal points and with decimal commas"),
            Signs {
                commas: true,
                decimal_commas: false,
                ..
            } => Some(
                "has commas with three digits behind them, which may be thousands or fractions",
            ),
            _ => None,
        }
    }
}

impl Entries {
    fn push(&mut self, column: usize, value: f32) {
        self.columns.push(column as u32);
        self.values.push(value);
    }

    fn truncate(&mut self, length: usize) {
        self.columns.truncate(length);
        self.values.truncate(length);
    }
}

/// Reads a line without its end: appends its values, and its texts.
pub fn read(
    line: &[u8],
    shape: &Shape,
    entries: &mut Entries,
    texts: &mut Vec<String>,
) -> Result<(), Wrong> {
    let before = (entries.values.len(), texts.len());
    entries.exact.clear();
    if plain_texts(line, shape, texts)
        .is_some_and(|at| whole_numbers(&line[at..], shape, entries).is_some())
    {
        return Ok(());
    }
    entries.truncate(before.0);
    texts.truncate(before.1);
    any_numbers(line, shape, entries, texts)
}

/// Appends the texts of a line, where none is in quotes; gives where its numbers begin.
fn plain_texts(line: &[u8], shape: &Shape, texts: &mut Vec<String>) -> Option<usize> {
    let mut at = 0;
    for _ in 0..shape.n_texts {
        let rest = &line[at..];
        let end = memchr::memchr(shape.separator, rest)?;
        let text = std::str::from_utf8(&rest[..end]).ok()?.trim_matches(BLANKS);
        if text.starts_with('"') {
            return None;
        }
        texts.push(text.to_owned());
        at += end + 1;
    }
    Some(at)
}

/// What may be around a field.
const BLANKS: [char; 2] = [' ', '\t'];

/// The most digits that an f32 holds in any case.
const DIGITS: usize = 7;

/// Fields that are whole numbers of few digits, all as many as there should be; else `None`.
fn whole_numbers(fields: &[u8], shape: &Shape, entries: &mut Entries) -> Option<()> {
    let separator = shape.separator;
    let mut column = 0;
    // A separator right after a separator is an empty field; the name's own is before all.
    let mut after_end = 1;
    let mut skip = 0;
    let mut at = 0;
    while at < fields.len() {
        let left = &fields[at..];
        let (marked, length) = match left.first_chunk::<BLOCK>() {
            Some(block) => (marks(block, separator), BLOCK),
            None => {
                // Zeros after the end are neither separators nor anything else.
                let mut block = [b'0'; BLOCK];
                block[..left.len()].copy_from_slice(left);
                (marks(&block, separator), left.len())
            }
        };
        let ends = marked.ends;
        if ends & (ends << 1 | after_end) != 0 {
            return None;
        }
        after_end = ends >> (BLOCK - 1);
        let mut rest = marked.rest;
        if skip > at {
            rest &= u64::MAX.checked_shl((skip - at) as u32).unwrap_or(0);
        }
        while rest != 0 {
            let bit = rest.trailing_zeros();
            let start = at + bit as usize;
            let (value, end) = whole(fields, start, separator)?;
            let gene = column + (ends & ((1 << bit) - 1)).count_ones() as usize;
            entries.push(gene, value);
            skip = end;
            rest &= u64::MAX.checked_shl((end - at) as u32).unwrap_or(0);
        }
        column += ends.count_ones() as usize;
        at += length;
    }
    let open = fields.last().is_none_or(|&byte| byte == separator);
    (!open && column + 1 == shape.n_columns).then_some(())
}

/// The number whose first digit but zeros is at `start`, and where it ends.
#[inline(always)]
fn whole(fields: &[u8], start: usize, separator: u8) -> Option<(f32, usize)> {
    let mut number = 0_u32;
    let mut at = start;
    while let Some(&byte) = fields.get(at) {
        if byte == separator {
            break;
        }
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 || at - start == DIGITS {
            return None;
        }
        number = number * 10 + u32::from(digit);
        at += 1;
    }
    Some((number as f32, at))
}

/// A line with quotes, fractions, blanks, or a mistake.
fn any_numbers(
    line: &[u8],
    shape: &Shape,
    entries: &mut Entries,
    texts: &mut Vec<String>,
) -> Result<(), Wrong> {
    let width = shape.n_texts + shape.n_columns;
    let mut found = 0;
    let mut wrong = None;
    for field in Fields::new(line, shape.separator) {
        let field = field?;
        found += 1;
        if found <= shape.n_texts {
            texts.push(field.into_owned());
            continue;
        }
        if wrong.is_some() || found > width {
            continue;
        }
        let (column, place) = (found, found - 1 - shape.n_texts);
        match value(&field, shape, entries) {
            Some(exact::Number::Near(0.0)) => {}
            Some(exact::Number::Near(value) | exact::Number::Rounded(value, _))
                if shape.counts && !(value > 0.0 && value.fract() == 0.0) =>
            {
                let field = field.into_owned();
                wrong = Some(Wrong::Count { column, field });
            }
            Some(exact::Number::Near(value)) => entries.push(place, value),
            Some(exact::Number::Rounded(value, bytes)) => {
                entries.push(place, value);
                entries.exact.push((place as u32, bytes));
            }
            Some(exact::Number::TooLarge) => {
                let field = field.into_owned();
                wrong = Some(Wrong::Digits { column, field });
            }
            None => {
                let field = field.into_owned();
                wrong = Some(Wrong::Number { column, field });
            }
        }
    }
    // A line with a field too many or too few has its numbers in the wrong places anyway.
    match wrong {
        _ if found != width => Err(Wrong::Width { found }),
        Some(wrong) => Err(wrong),
        None => Ok(()),
    }
}

/// The number of a field. Between semicolons decimal commas are those of a spreadsheet.
fn value(field: &str, shape: &Shape, entries: &mut Entries) -> Option<exact::Number> {
    if shape.separator == b';' {
        if is_decimal_comma(field) {
            entries.signs.commas = true;
            entries.signs.decimal_commas |= !has_thousands(field);
            return exact::number(&field.replacen(',', ".", 1), shape.counts);
        }
        entries.signs.points |= field.contains('.');
    }
    exact::number(field, shape.counts)
}

/// The fields of a line without their quotes, and without the blanks around them.
pub struct Fields<'a> {
    line: Option<&'a [u8]>,
    separator: u8,
    column: usize,
}

impl<'a> Fields<'a> {
    pub fn new(line: &'a [u8], separator: u8) -> Self {
        Fields {
            line: Some(line),
            separator,
            column: 0,
        }
    }

    /// What is in quotes at the beginning of `line`, and how many bytes it takes.
    fn quoted(&self, line: &[u8]) -> Result<(String, usize), Wrong> {
        let mut text = Vec::new();
        let mut at = 1;
        loop {
            let open = Wrong::Quote {
                column: self.column,
            };
            let quote = memchr::memchr(b'"', &line[at..]).ok_or(open)?;
            text.extend_from_slice(&line[at..at + quote]);
            at += quote + 1;
            if line.get(at) != Some(&b'"') {
                let column = self.column;
                let text = String::from_utf8(text).map_err(|_| Wrong::Encoding { column })?;
                return Ok((text, at));
            }
            text.push(b'"');
            at += 1;
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Cow<'a, str>, Wrong>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = self.line?;
        self.column += 1;
        // Between tabs, a tab is no blank.
        let is_blank = |byte: &u8| *byte == b' ' || *byte == b'\t' && self.separator != b'\t';
        let blanks = line.iter().take_while(|byte| is_blank(byte)).count();
        line = &line[blanks..];
        let (mut text, start) = (None, line.first() == Some(&b'"'));
        let from = match start.then(|| self.quoted(line)) {
            None => 0,
            Some(Ok((quoted, end))) => {
                text = Some(quoted);
                end
            }
            Some(Err(wrong)) => {
                self.line = None;
                return Some(Err(wrong));
            }
        };
        let end = memchr::memchr(self.separator, &line[from..]).map(|end| from + end);
        let rest = std::str::from_utf8(&line[from..end.unwrap_or(line.len())]);
        self.line = end.map(|end| &line[end + 1..]);
        let Ok(rest) = rest.map(|rest| rest.trim_end_matches(BLANKS)) else {
            self.line = None;
            return Some(Err(Wrong::Encoding {
                column: self.column,
            }));
        };
        Some(Ok(match text {
            None => Cow::Borrowed(rest),
            Some(text) => Cow::Owned(text + rest),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(n_columns: usize) -> Shape {
        Shape {
            separator: b',',
            n_texts: 1,
            n_columns,
            counts: false,
        }
    }

    fn values(line: &str, n_columns: usize) -> Result<(String, Vec<(u32, f32)>), Wrong> {
        let mut entries = Entries::default();
        let mut texts = Vec::new();
        read(line.as_bytes(), &shape(n_columns), &mut entries, &mut texts)?;
        let pairs = entries.columns.into_iter().zip(entries.values);
        Ok((texts.remove(0), pairs.collect()))
    }

    #[test]
    fn quotes_blanks_and_fractions() {
        let found = values("\"a,\"\"b\"\"\",0, 2 ,\"3\",-1.5e2,0.0,nan", 6).unwrap();
        assert_eq!(found.0, "a,\"b\"");
        assert_eq!(found.1[..3], [(1, 2.0), (2, 3.0), (3, -150.0)]);
        assert!(found.1[3].1.is_nan());
        let zeros = values("a,000,0012,16777217", 3).unwrap();
        assert_eq!(zeros.1, [(1, 12.0), (2, 16_777_216.0)]);
    }

    #[test]
    fn blanks_around_fields_go_and_those_in_quotes_stay() {
        let found = values(" a b , 1 ,\t2", 2).unwrap();
        assert_eq!(found, ("a b".to_owned(), vec![(0, 1.0), (1, 2.0)]));
        let found = values(" \" a\" ,1,0", 2).unwrap();
        assert_eq!(found.0, " a");
        let encoding = |column| Err(Wrong::Encoding { column });
        let read = |line: &[u8]| read(line, &shape(1), &mut Entries::default(), &mut Vec::new());
        assert_eq!(read(b"c\xe9,1"), encoding(1));
        assert_eq!(read(b"\"c\xe9\",1"), encoding(1));
    }

    #[test]
    fn decimal_commas_between_semicolons_are_read() {
        let shape = Shape {
            separator: b';',
            ..shape(3)
        };
        let mut entries = Entries::default();
        read(b"a;1,5;-2,5E-01;3", &shape, &mut entries, &mut Vec::new()).unwrap();
        assert_eq!(entries.values, [1.5, -0.25, 3.0]);
        assert!(entries.signs.decimal_commas && entries.signs.doubt().is_none());
        let wrong = read(b"a;1.234,5;2;3", &shape, &mut entries, &mut Vec::new());
        assert!(matches!(wrong, Err(Wrong::Number { column: 2, .. })));
    }

    #[test]
    fn mistakes_have_columns() {
        let number = |column, field: &str| Wrong::Number {
            column,
            field: field.into(),
        };
        assert_eq!(values("a,1,x", 2), Err(number(3, "x")));
        assert_eq!(values("a,,1", 2), Err(number(2, "")));
        assert_eq!(values("a,1,", 2), Err(number(3, "")));
        assert_eq!(values("a,1", 2), Err(Wrong::Width { found: 2 }));
        assert_eq!(values("a,x", 2), Err(Wrong::Width { found: 2 }));
        assert_eq!(values("a,1,2,3", 2), Err(Wrong::Width { found: 4 }));
        assert_eq!(values("a", 2), Err(Wrong::Width { found: 1 }));
        assert_eq!(values("a,1,\"2", 2), Err(Wrong::Quote { column: 3 }));
        let counts = Shape {
            counts: true,
            ..shape(2)
        };
        let mut entries = Entries::default();
        let field = "0.5".to_owned();
        assert_eq!(
            read(b"a,1,0.5", &counts, &mut entries, &mut Vec::new()),
            Err(Wrong::Count { column: 3, field })
        );
        let read = |line: &[u8]| read(line, &counts, &mut Entries::default(), &mut Vec::new());
        assert_eq!(read(b"a,1,2.0"), Ok(()));
    }

    #[test]
    fn texts_come_before_the_numbers() {
        for (n_texts, line, texts) in [
            (0, "1,0", &[][..]),
            (2, "a,b,1,0", &["a", "b"]),
            (2, "\"a,c\",b,1.0,0", &["a,c", "b"]),
        ] {
            let shape = Shape {
                n_texts,
                ..shape(2)
            };
            let (mut entries, mut found) = (Entries::default(), Vec::new());
            read(line.as_bytes(), &shape, &mut entries, &mut found).unwrap();
            assert_eq!((found.len(), &entries.columns[..]), (n_texts, &[0][..]));
            assert_eq!(found, texts);
        }
    }

    proptest! {
        #[test]
        fn fast_and_slow_ways_agree(
            numbers in proptest::collection::vec(
                prop_oneof![6 => Just(0_u32), 3 => 1..10_u32, 1 => 10..9_999_999_u32], 1..400),
            name in "[a-z]{0,70}",
        ) {
            let texts: Vec<String> = numbers.iter().map(u32::to_string).collect();
            let line = format!("{name},{}", texts.join(","));
            let of = |read: &dyn Fn(&mut Entries)| {
                let mut entries = Entries::default();
                read(&mut entries);
                (entries.columns, entries.values)
            };
            let shape = shape(numbers.len());
            let fast = of(&|entries| {
                let fields = &line.as_bytes()[name.len() + 1..];
                assert!(whole_numbers(fields, &shape, entries).is_some());
            });
            let slow = of(&|entries| {
                any_numbers(line.as_bytes(), &shape, entries, &mut Vec::new()).unwrap();
            });
            prop_assert_eq!(fast, slow);
        }
    }
}

//! Formats numbers for people: separators, units, significant digits.

pub use crate::data::quantity::{bytes, count, counted};

use crate::math;
use std::time::Duration;

/// `18 ms`, `3.2 s`, `2 min 5 s`, `1 h 3 min`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let whole = seconds.round() as u64;
    if seconds < 0.0005 {
        "< 1 ms".to_owned()
    } else if seconds < 0.9995 {
        format!("{:.0} ms", seconds * 1000.0)
    } else if seconds < 9.95 {
        format!("{seconds:.1} s")
    } else if whole < 60 {
        format!("{whole} s")
    } else if whole < 3600 {
        format!("{} min {} s", whole / 60, whole % 60)
    } else {
        format!("{} h {} min", whole / 3600, whole % 3600 / 60)
    }
}

/// One number by itself, to six significant digits: `2,365.61`, `0.025`, `1.3e-27`.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return special(value);
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        return scientific(value, 5);
    }
    let decimals = if size == 0.0 {
        0
    } else {
        (5 - math::log10(size).floor() as i32).max(0) as usize
    };
    separated(trimmed(&format!("{value:.decimals$}")))
}

/// From the least to the largest, `212–3,400`.
pub fn range(least: f64, largest: f64) -> String {
    let style = NumberStyle::of([least, largest].into_iter());
    format!("{}–{}", style.show(least), style.show(largest))
}

/// How the numbers of one column are written, so that they can be compared at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberStyle {
    /// This many digits after the point.
    Fixed(usize),
    /// Sizes so different that small ones need an exponent.
    Mixed,
}

impl NumberStyle {
    /// Three digits of a typical value, and no more than are needed to write all exactly.
    pub fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut sizes: Vec<f64> = values
            .filter(|value| value.is_finite() && *value != 0.0)
            .map(f64::abs)
            .collect();
        if sizes.is_empty() {
            return NumberStyle::Fixed(0);
        }
        sizes.sort_unstable_by(f64::total_cmp);
        let (least, largest) = (sizes[0], sizes[sizes.len() - 1]);
        if sizes.iter().all(|size| size.fract() == 0.0) && largest < 1e15 {
            return NumberStyle::Fixed(0);
        }
        if least < 1e-4 || largest >= 1e9 {
            return NumberStyle::Mixed;
        }
        let typical = sizes[sizes.len() / 2];
        let wanted = (2 - math::log10(typical).floor() as i32).clamp(1, 6) as usize;
        let enough = (0..wanted).find(|&digits| {
            let unit = 10f64.powi(digits as i32);
            let exact = |size: &f64| (size * unit - (size * unit).round()).abs() < 1e-6;
            sizes.iter().all(exact)
        });
        NumberStyle::Fixed(enough.unwrap_or(wanted))
    }

    pub fn show(self, value: f64) -> String {
        if !value.is_finite() {
            return special(value);
        }
        match self {
            NumberStyle::Fixed(digits) => separated(&format!("{value:.digits$}")),
            NumberStyle::Mixed if value == 0.0 => "0".to_owned(),
            NumberStyle::Mixed if (1e-3..1e6).contains(&value.abs()) => number_3(value),
            NumberStyle::Mixed => scientific(value, 2),
        }
    }
}

fn number_3(value: f64) -> String {
    let digits = (2 - math::log10(value.abs()).floor() as i32).max(0) as usize;
    separated(&format!("{value:.digits$}"))
}

fn special(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value > 0.0 {
        "∞".to_owned()
    } else {
        "-∞".to_owned()
    }
}

fn scientific(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!("{}e{exponent}", trimmed(mantissa)),
        None => text,
    }
}

/// Without zeros at the end of the decimals.
fn trimmed(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// Commas between the thousands of a decimal number.
fn separated(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = String::from(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_sizes() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_306_127), "1,306,127");
        assert_eq!(counted(1, "cell"), "1 cell");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_200_000_000), "1.2 GB");
        assert_eq!(bytes(999_600), "1.0 MB");
        assert_eq!(bytes(31_000_000_000), "31 GB");
    }

    #[test]
    fn times() {
        let show = |seconds| duration(Duration::from_secs_f64(seconds));
        assert_eq!(show(0.0184), "18 ms");
        assert_eq!(show(0.9999), "1.0 s");
        assert_eq!(show(3.21), "3.2 s");
        assert_eq!(show(59.7), "1 min 0 s");
        assert_eq!(show(3780.0), "1 h 3 min");
    }

    #[test]
    fn single_numbers() {
        assert_eq!(number(2365.6101), "2,365.61");
        assert_eq!(number(-0.025), "-0.025");
        assert_eq!(number(2638.0), "2,638");
        assert_eq!(number(1.3e-27), "1.3e-27");
        assert_eq!(number(0.0), "0");
        assert_eq!(number(f64::NAN), "NaN");
    }

    #[test]
    fn columns_get_digits_that_say_something() {
        let shown = |values: &[f64]| -> Vec<String> {
            let style = NumberStyle::of(values.iter().copied());
            values.iter().map(|&value| style.show(value)).collect()
        };
        assert_eq!(shown(&[684.0, 1481.0]), ["684", "1,481"]);
        assert_eq!(shown(&[0.2, 0.4, 1.6]), ["0.2", "0.4", "1.6"]);
        assert_eq!(shown(&[1.2345, 0.5, -3.0]), ["1.23", "0.50", "-3.00"]);
        assert_eq!(shown(&[1e-30, 0.04, 0.0]), ["1e-30", "0.0400", "0"]);
        assert_eq!(shown(&[f64::NAN]), ["NaN"]);
        assert_eq!(range(0.0, 4.9866), "0.00–4.99");
    }
}

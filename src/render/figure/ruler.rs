//! Maps values to positions along an axis, and finds the round numbers to mark.

use super::text;
use crate::data::figure::Scale;
use crate::math;
use crate::render::number::NumberStyle;

/// A stretch of an axis: values from `low` to `high` lie from `start` to `end` (points).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ruler {
    pub low: f64,
    pub high: f64,
    pub log: bool,
    pub start: f64,
    pub end: f64,
}

/// The values that are seen: those of the scale, or all finite ones with `margin` (a share of the
/// range) on both sides.
pub fn extent(scale: &Scale, values: impl IntoIterator<Item = f64>, margin: f64) -> (f64, f64) {
    if let Some(range) = scale.range {
        return range;
    }
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        if value.is_finite() && (value > 0.0 || !scale.log) {
            low = low.min(value);
            high = high.max(value);
        }
    }
    if low > high {
        return if scale.log { (0.1, 10.0) } else { (0.0, 1.0) };
    }
    if scale.log {
        let room = math::exp((math::ln(high / low) * margin).max(0.1));
        (low / room, high * room)
    } else if low == high {
        (low - 0.5, high + 0.5)
    } else {
        let room = (high - low) * margin;
        (low - room, high + room)
    }
}

impl Ruler {
    pub fn new(scale: &Scale, (low, high): (f64, f64), start: f64, end: f64) -> Self {
        Ruler {
            low,
            high,
            log: scale.log && low > 0.0,
            start,
            end,
        }
    }

    /// The place of a value; NaN for what a logarithm has not.
    pub fn at(&self, value: f64) -> f64 {
        let share = if self.log {
            math::ln(value / self.low) / math::ln(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.start + share * (self.end - self.start)
    }

    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Round numbers with their labels, not closer than `spacing` points.
    pub fn ticks(&self, spacing: f64) -> Vec<(f64, String)> {
        let most = ((self.end - self.start).abs() / spacing).max(2.0);
        if self.log {
            let ticks = powers(self.low, self.high, most);
            if ticks.len() >= 2 {
                return ticks;
            }
            let ticks = within_powers(self.low, self.high);
            if (2..=most as usize).contains(&ticks.len()) {
                return ticks;
            }
        }
        rounds(self.low, self.high, most)
    }

    /// The same for labels of a given size next to each other: fewer where they would touch.
    pub fn ticks_abreast(&self, spacing: f64, size: f64) -> Vec<(f64, String)> {
        let touch = |pair: &[(f64, String)]| {
            let widths = pair
                .iter()
                .map(|(_, label)| text::width(label, size, false));
            let apart = (self.at(pair[1].0) - self.at(pair[0].0)).abs();
            widths.sum::<f64>() / 2.0 + ABREAST > apart
        };
        let length = (self.end - self.start).abs();
        let mut ticks = self.ticks(spacing);
        for fewer in [1.5, 2.0, 3.0, 5.0] {
            if !ticks.windows(2).any(touch) {
                return ticks;
            }
            ticks = self.ticks((spacing * fewer).min(length));
        }
        if ticks.windows(2).any(touch) {
            ticks.truncate(1);
        }
        ticks
    }
}

/// Between two labels.
const ABREAST: f64 = 3.0;

/// Multiples of 1, 2, 2.5 or 5 times a power of ten, at least two of them.
fn rounds(low: f64, high: f64, most: f64) -> Vec<(f64, String)> {
    let range = high - low;
    if !(range.is_finite() && range > 0.0) {
        return Vec::new();
    }
    let power = math::powf(10f64, math::log10(range / most).floor());
    let slack = range * 1e-9;
    let ends = |step: f64| {
        let (first, last) = ((low - slack) / step, (high + slack) / step);
        (first.ceil() as i64, last.floor() as i64)
    };
    let steps = FACTORS.map(|factor| factor * power);
    let coarse = steps.iter().position(|step| range / step <= most);
    // One number alone is no scale: steps become finer until there are two.
    let step = steps[..=coarse.unwrap_or(FACTORS.len() - 1)]
        .iter()
        .rev()
        .copied()
        .find(|&step| ends(step).1 > ends(step).0)
        .unwrap_or(steps[0]);
    let (first, last) = ends(step);
    let values: Vec<f64> = (first..=last).map(|i| clean(i as f64 * step)).collect();
    labeled(values)
}

/// Round steps, as multiples of a power of ten.
const FACTORS: [f64; 6] = [0.5, 1.0, 2.0, 2.5, 5.0, 10.0];

/// Without the dust of binary fractions.
fn clean(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}

/// Powers of ten, thinned if there are too many.
fn powers(low: f64, high: f64, most: f64) -> Vec<(f64, String)> {
    let first = (math::log10(low) - 1e-9).ceil() as i32;
    let last = (math::log10(high) + 1e-9).floor() as i32;
    let every = (f64::from(last - first + 1) / most).ceil().max(1.0) as i32;
    (first..=last)
        .filter(|exponent| exponent.rem_euclid(every) == 0)
        .map(|exponent| {
            let value = 10f64.powi(exponent);
            let label = match exponent {
                -4..=5 => labeled(vec![value]).remove(0).1,
                _ => format!("1e{exponent}").replace('-', "−"),
            };
            (value, label)
        })
        .collect()
}

/// 1, 2 and 5 times powers of ten, for less than two powers.
fn within_powers(low: f64, high: f64) -> Vec<(f64, String)> {
    let first = math::log10(low).floor() as i32;
    let last = math::log10(high).floor() as i32;
    if !(-4..=6).contains(&first) || !(-4..=6).contains(&last) {
        return Vec::new();
    }
    let multiples =
        |exponent: i32| [1.0, 2.0, 5.0].map(|times| clean(times * 10f64.powi(exponent)));
    (first..=last)
        .flat_map(multiples)
        .filter(|value| (low..=high).contains(value))
        .map(|value| labeled(vec![value]).remove(0))
        .collect()
}

fn labeled(values: Vec<f64>) -> Vec<(f64, String)> {
    let largest = values
        .iter()
        .fold(0.0f64, |most, value| most.max(value.abs()));
    let step = values
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .fold(largest, f64::min);
    let style = if largest >= 1e7 || (largest > 0.0 && largest < 1e-3) {
        None
    } else {
        Some(NumberStyle::Fixed(decimals(step)))
    };
    values
        .into_iter()
        .map(|value| {
            let label = match style {
                Some(style) => style.show(value),
                None if value == 0.0 => "0".to_owned(),
                None => format!("{value:e}"),
            };
            (value, label.replace('-', "−"))
        })
        .collect()
}

/// Digits after the point that write a multiple of `step` exactly.
fn decimals(step: f64) -> usize {
    (0..8)
        .find(|&digits| {
            let scaled = step * 10f64.powi(digits);
            (scaled - scaled.round()).abs() < 1e-6 * scaled.abs().max(1e-300)
        })
        .unwrap_or(8) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, log: bool) -> Vec<String> {
        let scale = Scale {
            log,
            ..Scale::default()
        };
        let ruler = Ruler::new(&scale, (low, high), 0.0, 250.0);
        ruler
            .ticks(45.0)
            .into_iter()
            .map(|(_, label)| label)
            .collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(0.0, 5.4, false), ["0", "1", "2", "3", "4", "5"]);
        assert_eq!(
            labels(-0.3, 1.0, false),
            ["−0.25", "0.00", "0.25", "0.50", "0.75", "1.00"]
        );
        assert_eq!(
            labels(0.0, 9000.0, false),
            ["0", "2,000", "4,000", "6,000", "8,000"]
        );
        assert_eq!(
            labels(-1.0, 1.0, false),
            ["−1.0", "−0.5", "0.0", "0.5", "1.0"]
        );
        assert_eq!(labels(0.02, 30.0, true), ["0.1", "1", "10"]);
        assert_eq!(labels(420.0, 16_000.0, true), ["1,000", "10,000"]);
        assert_eq!(
            labels(420.0, 9_500.0, true),
            ["500", "1,000", "2,000", "5,000"]
        );
        assert_eq!(labels(0.3, 3.0, true), ["0.5", "1", "2"]);
        assert_eq!(labels(2.0, 3.0, true).first().unwrap(), "2.0");
        assert!(labels(1.0, 1.0, false).is_empty());
        assert_eq!(labels(-1e12, 1e12, false)[2], "0");
    }

    #[test]
    fn a_scale_has_two_numbers_at_least() {
        for (low, high) in [
            (1.02, 2.93),
            (0.3, 3.1),
            (0.97, 1.9),
            (-7.3, 4.2),
            (41.0, 59.0),
        ] {
            let ruler = Ruler::new(&Scale::default(), (low, high), 0.0, 76.0);
            let ticks = ruler.ticks(25.0);
            assert!(ticks.len() >= 2, "{low} to {high}: {ticks:?}");
        }
    }

    #[test]
    fn numbers_beside_each_other_do_not_touch() {
        for high in [0.0071, 3.2, 9_500.0, 4_800_000.0, 3e12] {
            for length in [20.0, 40.0, 76.0, 300.0] {
                let ruler = Ruler::new(&Scale::default(), (0.0, high), 0.0, length);
                let ticks = ruler.ticks_abreast(25.0, 8.0);
                let width = |i: usize| text::width(&ticks[i].1, 8.0, false);
                for i in 1..ticks.len() {
                    let apart = ruler.at(ticks[i].0) - ruler.at(ticks[i - 1].0);
                    assert!((width(i - 1) + width(i)) / 2.0 < apart, "{high}: {ticks:?}");
                }
                assert!(!ticks.is_empty());
            }
        }
    }

    #[test]
    fn extents_hold_all_values() {
        let plain = Scale::default();
        assert_eq!(extent(&plain, [1.0, f64::NAN, 3.0], 0.0), (1.0, 3.0));
        assert_eq!(extent(&plain, [2.0, 2.0], 0.05), (1.5, 2.5));
        assert_eq!(extent(&plain, [], 0.05), (0.0, 1.0));
        let log = Scale::default().log();
        let (low, high) = extent(&log, [0.0, 1.0, 100.0], 0.05);
        assert!(low > 0.5 && low < 1.0 && high > 100.0);
    }

    #[test]
    fn places() {
        let ruler = Ruler::new(&Scale::default().log(), (1.0, 100.0), 0.0, 10.0);
        assert_eq!(ruler.at(10.0), 5.0);
        assert!(ruler.at(-1.0).is_nan());
    }
}

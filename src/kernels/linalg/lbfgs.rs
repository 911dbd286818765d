//! Minimizes a smooth function: limited-memory BFGS with a line search for the strong Wolfe
//! conditions. Nocedal & Wright, Numerical Optimization, 2nd edition, algorithms 7.4, 3.5, 3.6.

use std::collections::VecDeque;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LbfgsParams {
    pub max_iterations: usize,
    /// Ends when no element of the gradient is larger.
    pub gradient_tolerance: f64,
    /// Pairs of steps and gradient changes that are remembered.
    pub memory: usize,
}

impl Default for LbfgsParams {
    fn default() -> Self {
        Self {
            max_iterations: 100,
            gradient_tolerance: 1e-4,
            memory: 10,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Minimum {
    pub x: Vec<f64>,
    pub value: f64,
    pub n_iterations: usize,
    /// Whether the gradient became small enough, or no step could make the value smaller.
    pub converged: bool,
}

/// Sufficient decrease and curvature.
const DECREASE: f64 = 1e-4;
const CURVATURE: f64 = 0.9;
const MOST_TRIALS: usize = 30;

/// Starts at `x`. `f` writes the gradient and returns the value; its errors end the search.
pub fn minimize<E>(
    x: Vec<f64>,
    params: &LbfgsParams,
    mut f: impl FnMut(&[f64], &mut [f64]) -> Result<f64, E>,
) -> Result<Minimum, E> {
    let mut gradient = vec![0.0; x.len()];
    let value = f(&x, &mut gradient)?;
    let mut at = Point { x, value, gradient };
    let mut history = History::new(params.memory);
    for n_iterations in 0..params.max_iterations {
        if largest(&at.gradient) <= params.gradient_tolerance {
            return Ok(at.minimum(n_iterations, true));
        }
        let mut direction = history.descent(&at.gradient);
        if dot(&direction, &at.gradient) >= 0.0 {
            history.pairs.clear();
            direction = at.gradient.iter().map(|g| -g).collect();
        }
        let first = if history.pairs.is_empty() {
            1.0 / dot(&at.gradient, &at.gradient).sqrt().max(1.0)
        } else {
            1.0
        };
        let Some(next) = search(&at, &direction, first, &mut f)? else {
            return Ok(at.minimum(n_iterations, true));
        };
        history.add(&at, &next);
        at = next;
    }
    let converged = largest(&at.gradient) <= params.gradient_tolerance;
    Ok(at.minimum(params.max_iterations, converged))
}

#[derive(Debug, Clone)]
struct Point {
    x: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

impl Point {
    fn minimum(self, n_iterations: usize, converged: bool) -> Minimum {
        Minimum {
            x: self.x,
            value: self.value,
            n_iterations,
            converged,
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn largest(a: &[f64]) -> f64 {
    a.iter().fold(0.0, |most, x| x.abs().max(most))
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    product: f64,
}

struct History {
    memory: usize,
    pairs: VecDeque<Pair>,
}

impl History {
    fn new(memory: usize) -> Self {
        Self {
            memory,
            pairs: VecDeque::with_capacity(memory),
        }
    }

    fn add(&mut self, from: &Point, to: &Point) {
        let step = difference(&to.x, &from.x);
        let change = difference(&to.gradient, &from.gradient);
        let product = dot(&step, &change);
        if product > f64::EPSILON * dot(&change, &change) {
            if self.pairs.len() == self.memory {
                self.pairs.pop_front();
            }
            self.pairs.push_back(Pair {
                step,
                change,
                product,
            });
        }
    }

    /// −H·gradient, by the two loops.
    fn descent(&self, gradient: &[f64]) -> Vec<f64> {
        let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let mut weights = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let weight = dot(&pair.step, &q) / pair.product;
            add_scaled(&mut q, -weight, &pair.change);
            weights.push(weight);
        }
        if let Some(last) = self.pairs.back() {
            let scale = last.product / dot(&last.change, &last.change);
            q.iter_mut().for_each(|x| *x *= scale);
        }
        for (pair, weight) in self.pairs.iter().zip(weights.into_iter().rev()) {
            let other = dot(&pair.change, &q) / pair.product;
            add_scaled(&mut q, weight - other, &pair.step);
        }
        q
    }
}

fn add_scaled(to: &mut [f64], factor: f64, from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(t, f)| *t += factor * f);
}

/// One trial step: its length, and the value and slope there.
#[derive(Debug, Clone, Copy)]
struct Trial {
    length: f64,
    value: f64,
    slope: f64,
}

impl Trial {
    /// Where the cubic through two trials is lowest, kept well inside.
    fn between(self, other: Trial) -> f64 {
        let (low, high) = if self.length < other.length {
            (self, other)
        } else {
            (other, self)
        };
        let width = high.length - low.length;
        let d1 = low.slope + high.slope - 3.0 * (high.value - low.value) / width;
        let d2 = (d1 * d1 - low.slope * high.slope).sqrt();
        let lowest =
            high.length - width * (high.slope + d2 - d1) / (high.slope - low.slope + 2.0 * d2);
        let (least, most) = (low.length + 0.1 * width, high.length - 0.1 * width);
        if lowest.is_nan() {
            return 0.5 * (low.length + high.length);
        }
        lowest.max(least).min(most)
    }
}

/// A step along `direction` that fulfils the conditions; the best one found, if none does;
/// `None` if no step makes the value smaller.
fn search<E>(
    from: &Point,
    direction: &[f64],
    first: f64,
    f: &mut impl FnMut(&[f64], &mut [f64]) -> Result<f64, E>,
) -> Result<Option<Point>, E> {
    let start = Trial {
        length: 0.0,
        value: from.value,
        slope: dot(direction, &from.gradient),
    };
    let mut point = from.clone();
    // The lowest trial that decreases enough, and the other end of an interval around a good
    // step once one is known.
    let (mut low, mut other) = (start, None::<Trial>);
    let mut length = first;
    let mut best: Option<Point> = None;
    for _ in 0..MOST_TRIALS {
        point.x.copy_from_slice(&from.x);
        add_scaled(&mut point.x, length, direction);
        point.value = f(&point.x, &mut point.gradient)?;
        let slope = dot(direction, &point.gradient);
        let value = point.value;
        let trial = Trial {
            length,
            value,
            slope,
        };
        let enough = start.value + DECREASE * length * start.slope;
        if value > enough || value >= low.value && low.length > 0.0 || value.is_nan() {
            other = Some(trial);
        } else {
            best = Some(point.clone());
            if slope.abs() <= -CURVATURE * start.slope {
                break;
            }
            if slope * (length - low.length) >= 0.0
                || other.is_some_and(|o| slope * (o.length - length) >= 0.0)
            {
                other = Some(low);
            }
            low = trial;
        }
        length = match other {
            Some(other) if other.value.is_finite() => low.between(other),
            Some(other) => 0.5 * (low.length + other.length),
            None => 2.0 * length,
        };
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn rosenbrock(x: &[f64], g: &mut [f64]) -> Result<f64, Infallible> {
        let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
        g[0] = -2.0 * a - 400.0 * x[0] * b;
        g[1] = 200.0 * b;
        Ok(a * a + 100.0 * b * b)
    }

    #[test]
    fn finds_the_bottom_of_a_curved_valley() {
        let params = LbfgsParams {
            gradient_tolerance: 1e-9,
            ..Default::default()
        };
        let found = minimize(vec![-1.2, 1.0], &params, rosenbrock).unwrap();
        assert!(found.converged && found.n_iterations < 60, "{found:?}");
        assert!((found.x[0] - 1.0).abs() < 1e-8 && (found.x[1] - 1.0).abs() < 1e-8);
    }

    #[test]
    fn survives_values_that_are_not_finite() {
        // x − ln x, only defined above 0; the first step goes below.
        let f = |x: &[f64], g: &mut [f64]| {
            g[0] = 1.0 - 1.0 / x[0];
            Ok::<f64, Infallible>(x[0] - x[0].ln())
        };
        let found = minimize(vec![0.01], &LbfgsParams::default(), f).unwrap();
        assert!((found.x[0] - 1.0).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn ends_early() {
        let params = LbfgsParams {
            max_iterations: 1,
            ..Default::default()
        };
        let found = minimize(vec![-1.2, 1.0], &params, rosenbrock).unwrap();
        assert!(!found.converged);
        let failed = minimize(vec![0.0], &params, |_, _| Err("no"));
        assert_eq!(failed, Err("no"));
        assert!(
            minimize(vec![], &params, |_, _| Ok::<_, ()>(0.0))
                .unwrap()
                .converged
        );
    }
}

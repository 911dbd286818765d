//! Colors of numbers as a person asks for them: a map by matplotlib's name, and its ends.

use crate::command::color_limit::Limit;
use crate::command::params::{Many, Text};
use crate::command::{Scene, suggest};
use crate::data::figure::{ColorScale, Colormap, Rgb};
use crate::diagnostic::{Outcome, code};
use crate::kernels::stats::quantile::percentile_of_sorted;
use crate::params;

params! {
    /// Where the colors of numbers begin and end.
    #[derive(Debug, Clone, Copy)]
    ColorRange {
        /// Value of the first color: a number, or a percentile as "p1".
        vmin: Option<Limit>,
        /// Value of the last color.
        vmax: Option<Limit>,
        /// Value of the middle color.
        #[also("vcentre")]
        vcenter: Option<Limit>,
    }
}

impl ColorRange {
    /// From the lowest value to the highest.
    pub const OPEN: ColorRange = ColorRange {
        vmin: None,
        vmax: None,
        vcenter: None,
    };
}

/// A color scale whose ends may wait for the values.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub map: Colormap,
    pub range: ColorRange,
}

impl Asked {
    /// Of the parameters `cmap`, `vmin`, `vmax` and `vcenter`.
    pub fn new(scene: &Scene, cmap: &str, range: ColorRange) -> Outcome<Self> {
        if let (Some(Limit::At(low)), Some(Limit::At(high))) = (range.vmin, range.vmax)
            && low >= high
        {
            return Err(scene.error(
                "vmax",
                code::INVALID_VALUE,
                format!("vmax ({high}) must be greater than vmin ({low})"),
                "is not greater than vmin",
            ));
        }
        Ok(Asked {
            map: colormap(scene, "cmap", cmap)?,
            range,
        })
    }

    /// The scale for these values; ends that were not asked for are left open.
    pub fn scale(&self, values: &[f32]) -> ColorScale {
        let asked = [self.range.vmin, self.range.vmax, self.range.vcenter];
        let mut sorted: Vec<f64> = Vec::new();
        if asked
            .iter()
            .any(|limit| matches!(limit, Some(Limit::Percentile(_))))
        {
            let finite = values.iter().filter(|value| value.is_finite());
            sorted.extend(finite.map(|&value| f64::from(value)));
            sorted.sort_unstable_by(f64::total_cmp);
        }
        let [min, max, center] = asked.map(|limit| match limit? {
            Limit::At(number) => Some(number),
            Limit::Percentile(share) => {
                Some(percentile_of_sorted(&sorted, share)).filter(|at| at.is_finite())
            }
        });
        ColorScale {
            min,
            max,
            center,
            ..ColorScale::new(self.map)
        }
    }

    /// The same with a drawing's own title.
    pub fn under_title(&self, title: Option<String>, values: &[f32]) -> ColorScale {
        ColorScale {
            title,
            ..self.scale(values)
        }
    }
}

/// One color by its name or its digits.
pub fn one(scene: &Scene, param: &str, name: &str) -> Outcome<Rgb> {
    Rgb::parse(name).ok_or_else(|| {
        scene
            .error(
                param,
                code::NO_SUCH_WORD,
                format!("no color `{name}`"),
                "is not known",
            )
            .help("colors are \"#1f77b4\", or names such as \"red\" and \"lightgray\"")
    })
}

/// Colors for groups: each by its name, or a list by matplotlib's name of it.
pub fn palette(scene: &Scene, asked: Option<&Many<Text>>) -> Outcome<Option<Vec<Rgb>>> {
    let Some(asked) = asked else {
        return Ok(None);
    };
    if let [Text(name)] = &asked.0[..]
        && let Some(map) = Colormap::named(name)
    {
        let spread = |n: usize| {
            (0..n)
                .map(|i| map.at((i as f64 + 0.5) / n as f64))
                .collect()
        };
        return Ok(Some(map.steps().unwrap_or_else(|| spread(12))));
    }
    let colors = asked.0.iter().map(|name| one(scene, "palette", &name.0));
    let colors = colors.collect::<Outcome<Vec<Rgb>>>()?;
    Ok(Some(colors).filter(|colors| !colors.is_empty()))
}

/// A color map by matplotlib's name.
pub fn colormap(scene: &Scene, param: &str, name: &str) -> Outcome<Colormap> {
    Colormap::named(name).ok_or_else(|| {
        let known: Vec<&str> = Colormap::names().collect();
        let near = suggest::did_you_mean(name, &known);
        let some = "viridis, magma, cividis, Reds, Blues, RdBu_r, coolwarm, bwr, turbo …";
        scene
            .error(
                param,
                code::NO_SUCH_WORD,
                format!("no color map `{name}`"),
                "is not known",
            )
            .help(near.unwrap_or_else(|| format!("color maps have matplotlib's names: {some}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_finite_values() {
        let asked = Asked {
            map: Colormap::default(),
            range: ColorRange {
                vmin: Some(Limit::At(-1.0)),
                vmax: Some(Limit::Percentile(50.0)),
                vcenter: None,
            },
        };
        let scale = asked.scale(&[9.0, f32::NAN, 1.0, 2.0]);
        assert_eq!(
            (scale.min, scale.max, scale.center),
            (Some(-1.0), Some(2.0), None)
        );
        assert_eq!(asked.scale(&[]).max, None);
    }
}

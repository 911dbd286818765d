//! Colors of numbers as the user asks for them: a map by matplotlib's name, and its ends.

use crate::command::color_limit::Limit;
use crate::command::params::Palette;
use crate::command::{Scene, suggest};
use crate::data::figure::{ColorScale, Colormap, Groups, Rgb};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::stats::quantile::percentile_of_sorted;
use crate::params;

params! {
    /// Where the colors of numbers begin and end.
    #[derive(Debug, Clone, Copy)]
    ColorRange {
        /// Value of the first color: a number, or a percentile as "p1".
        #[also("min.cutoff")]
        vmin: Option<Limit>,
        /// Value of the last color.
        #[also("max.cutoff")]
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
        let near = suggest::did_you_mean(name, Rgb::names());
        let help = near.unwrap_or_else(|| {
            "colors are \"#1f77b4\", or matplotlib's names: \"red\", \"tab:blue\"".to_owned()
        });
        scene
            .error(
                param,
                code::NO_SUCH_WORD,
                format!("no color `{name}`"),
                "is not known",
            )
            .help(help)
    })
}

/// Colors of groups as they were asked for.
#[derive(Debug, Clone)]
pub enum GroupColors {
    /// One after the other, from the first again where there are more groups.
    List(Vec<Rgb>),
    /// Spread over the groups.
    Map(Colormap),
    /// Those of some groups.
    Named(Vec<(String, Rgb)>),
}

impl GroupColors {
    /// Of the parameter `palette`.
    ///
    /// # Errors
    /// No color or palette has such a name.
    pub fn new(scene: &Scene, asked: Option<&Palette>) -> Outcome<Option<Self>> {
        let Some(asked) = asked else {
            return Ok(None);
        };
        let color = |name: &String| one(scene, "palette", name);
        let colors = match asked {
            Palette::List(names) => match &names[..] {
                [name] => match (Colormap::named(name), Rgb::parse(name)) {
                    (Some(map), _) => map.steps().map_or(GroupColors::Map(map), GroupColors::List),
                    (None, Some(color)) => GroupColors::List(vec![color]),
                    (None, None) => return Err(no_palette(scene, name)),
                },
                names => GroupColors::List(names.iter().map(color).collect::<Outcome<_>>()?),
            },
            Palette::Groups(pairs) => {
                let pairs = pairs.iter();
                let pairs = pairs.map(|(group, name)| Ok((group.clone(), color(name)?)));
                GroupColors::Named(pairs.collect::<Outcome<_>>()?)
            }
        };
        Ok(Some(colors))
    }

    /// The groups that are named.
    pub fn groups(&self) -> Vec<String> {
        match self {
            GroupColors::Named(pairs) => pairs.iter().map(|(group, _)| group.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// Groups in these colors; those that are not named keep theirs.
    pub fn color(&self, mut groups: Groups) -> Groups {
        let n = groups.levels.len();
        match self {
            GroupColors::List(colors) => {
                groups.colors = colors.iter().copied().cycle().take(n).collect();
            }
            GroupColors::Map(map) => {
                let last = n.saturating_sub(1).max(1) as f64;
                groups.colors = (0..n).map(|i| map.at(i as f64 / last)).collect();
            }
            GroupColors::Named(pairs) => {
                for (group, color) in pairs {
                    let Some(level) = groups.levels.position(group) else {
                        continue;
                    };
                    let own = std::mem::replace(&mut groups.colors[level], *color);
                    // A group that had this color and is not named takes the one that is free.
                    let named =
                        |at: usize| pairs.iter().any(|(name, _)| name == groups.levels.get(at));
                    let same = (0..n).find(|&at| groups.colors[at] == *color && !named(at));
                    if let Some(same) = same {
                        groups.colors[same] = own;
                    }
                }
            }
        }
        groups
    }

    /// The colors that were asked for, one a group; none where a group is not named.
    pub fn given(&self, groups: &Groups) -> Vec<Option<Rgb>> {
        let named = self.groups();
        let all = named.is_empty();
        let levels = groups.levels.iter().zip(&groups.colors);
        let given = levels.map(|(level, color)| {
            let asked = all || named.iter().any(|name| name == level);
            asked.then_some(*color)
        });
        given.collect()
    }

    /// That colors repeat, if there are fewer colors than groups.
    pub fn note(&self, groups: usize) -> Option<Box<Diagnostic>> {
        match self {
            GroupColors::List(colors) if colors.len() < groups => {
                let n = match colors.len() {
                    1 => "1 color".to_owned(),
                    n => format!("{n} colors"),
                };
                let headline = format!("palette has {n} for {groups} groups; colors repeat");
                Some(Diagnostic::note(headline))
            }
            _ => None,
        }
    }
}

fn no_palette(scene: &Scene, name: &str) -> Box<Diagnostic> {
    let lists =
        Colormap::names().filter(|name| Colormap::named(name).is_some_and(Colormap::is_list));
    let colors = Rgb::names();
    let near = suggest::did_you_mean(name, Colormap::names().chain(colors.iter().copied()));
    let lists: Vec<&str> = lists.collect();
    let help = near.unwrap_or_else(|| format!("palettes are {}", lists.join(", ")));
    let headline = format!("no palette or color `{name}`");
    scene
        .error("palette", code::NO_SUCH_WORD, headline, "is not known")
        .help(help)
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
    use std::sync::Arc;

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

    fn groups() -> Groups {
        let levels = Arc::new(["B", "NK", "T"].into_iter().collect());
        Groups::new(Arc::new(vec![0, 1, 2]), levels)
    }

    #[test]
    fn lists_repeat_and_maps_are_spread() {
        let list = GroupColors::List(vec![Rgb::BLACK, Rgb::WHITE]);
        let colors = list.color(groups()).colors;
        assert_eq!(colors, [Rgb::BLACK, Rgb::WHITE, Rgb::BLACK]);
        assert!(list.note(3).is_some() && list.note(2).is_none());
        let map = GroupColors::Map(Colormap::VIRIDIS).color(groups()).colors;
        let ends = [Colormap::VIRIDIS.at(0.0), Colormap::VIRIDIS.at(1.0)];
        assert_eq!([map[0], map[2]], ends);
    }

    #[test]
    fn groups_that_are_not_named_keep_their_colors() {
        let named = GroupColors::Named(vec![("NK".to_owned(), Rgb::BLACK)]);
        let (own, colors) = (groups().colors, named.color(groups()).colors);
        assert_eq!(colors, [own[0], Rgb::BLACK, own[2]]);
        // A color that another group had is not used twice.
        let named = GroupColors::Named(vec![("NK".to_owned(), own[0])]);
        assert_eq!(named.color(groups()).colors, [own[1], own[0], own[2]]);
    }
}

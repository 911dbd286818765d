//! What embeddings and scatter plots have in common: how points look, and the panels over them.

use crate::command::params::{Many, MapName, Palette, Positive, Text};
use crate::command::{NamedGroups, Scene};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::inputs::missing;
use crate::commands::plotting::color_scale::{self, ColorRange, GroupColors};
use crate::commands::plotting::picture::{Drawn, color, is_grouped};
use crate::commands::plotting::picture::{column_or_gene, column_or_gene_if_there};
use crate::data::figure::{Figure, Frame, Legend, Panel, Points, Rgb, Sort};
use crate::data::{Column, Dataset, Known, Lazy, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::source::Origin;
use crate::{params, words};
use std::sync::Arc;

words! {
    /// Where group names are shown.
    LegendPlace {
        /// beside the plot
        Right = "right",
        /// on the groups
        OnData = "on_data",
        /// nowhere
        None = "none",
    }
}

impl From<LegendPlace> for Legend {
    fn from(place: LegendPlace) -> Legend {
        match place {
            LegendPlace::Right => Legend::RightMargin,
            LegendPlace::OnData => Legend::OnData,
            LegendPlace::None => Legend::Hidden,
        }
    }
}

words! {
    /// Which cells lie above the others.
    SortCells {
        /// high values on top
        High = "true",
        /// a fixed shuffled order
        No = "false",
        /// high absolute values on top
        Abs = "abs",
    }
}

impl From<SortCells> for Sort {
    fn from(asked: SortCells) -> Sort {
        match asked {
            SortCells::High => Sort::Rising,
            SortCells::Abs => Sort::ByMagnitude,
            SortCells::No => Sort::Shuffled,
        }
    }
}

params! {
    /// How points are to look.
    #[derive(Debug, Clone)]
    PointLook {
        /// Groups to show in color, the rest in gray.
        #[also("cells.highlight")]
        groups: Option<Many<Text>>,
        /// Where group names are shown.
        #[also("legend_loc")]
        legend: LegendPlace = LegendPlace::Right,
        /// Group colors: a list, a palette by matplotlib's name, or {group: color}; stored in uns.
        #[also("cols")]
        palette: Option<Palette>,
        /// Colors of numbers, by matplotlib's names.
        #[also("color_map")]
        cmap: MapName = "viridis",
        use ColorRange as range,
        /// Color of cells without a value, and of groups not shown.
        #[also("na_colour")]
        na_color: Text = "lightgray",
    }
}

params! {
    /// How large points are.
    #[derive(Debug, Clone)]
    PointSize {
        /// Point size; by default chosen by the number of cells.
        #[also("pt.size")]
        size: Option<Positive>,
    }
}

impl PointSize {
    /// Square typographic points, if a size was asked for.
    pub fn area(&self) -> Option<f64> {
        self.size.as_ref().map(|size| size.0)
    }
}

/// A column of obs that cells are colored by: those without a value are counted, and one without any
/// is refused.
fn with_colors(scene: &Scene, column: Lazy, key: &str) -> Lazy {
    let (of, origin) = (format!("obs.{key}"), scene.origin());
    let promise = column.promise();
    scene.light_step(column, promise, move |value, cx| {
        if let Some(column) = value.column() {
            let (missing, cells) = (missing::missing_in(column), column.len());
            if missing == cells && cells > 0 {
                let headline = format!("no cell has a value in {of}");
                let said = Diagnostic::error(code::NOTHING_LEFT, headline).at(&origin);
                return Err(said.help("color cells by another column").into());
            }
            cx.remark(missing::note(missing, cells, &of, "have no color"));
        }
        Ok(value)
    })
}

/// A column or gene, and its colors.
pub type LookValues = [Value; 2];

/// How points look.
pub struct Look {
    /// Columns and genes, a panel for each.
    pub keys: Vec<String>,
    /// What figures call them; [`Look::needs`] finds out.
    pub names: Vec<String>,
    pub scale: color_scale::Asked,
    pub palette: Option<GroupColors>,
    pub missing: Rgb,
    pub groups: Vec<String>,
    /// Where the groups were typed, and the palette.
    pub groups_at: Origin,
    pub palette_at: Origin,
    pub legend: LegendPlace,
    pub size: Option<f64>,
    pub sort: Sort,
    pub frame: bool,
    pub titles: Vec<String>,
    pub columns: Option<usize>,
}

impl PointLook {
    /// Columns, titles, sizes and all that is not in the list are still to be named.
    pub fn resolved(&self, scene: &Scene) -> Outcome<Look> {
        Ok(Look {
            keys: Vec::new(),
            names: Vec::new(),
            scale: color_scale::Asked::new(scene, &self.cmap, self.range)?,
            palette: GroupColors::new(scene, self.palette.as_ref())?,
            missing: color_scale::one(scene, "na_color", &self.na_color)?,
            groups: self.groups.as_ref().map(Many::texts).unwrap_or_default(),
            groups_at: scene.origin_of("groups"),
            palette_at: scene.origin_of("palette"),
            legend: self.legend,
            size: None,
            sort: Sort::default(),
            frame: true,
            titles: Vec::new(),
            columns: None,
        })
    }
}

impl Look {
    /// Columns or genes, and their colors: what [`Look::panels`] reads.
    pub fn needs(
        &mut self,
        scene: &Scene,
        drawn: &mut Drawn,
        values: &GeneValues,
    ) -> Outcome<Vec<[Lazy; 2]>> {
        self.column_of_groups(scene, &drawn.data)?;
        let mut columns = Vec::new();
        // One of several genes may be missing; a single one is all that was asked for.
        let several = self.keys.len() > 1;
        for key in &self.keys {
            let shown = if several {
                column_or_gene_if_there(scene, &drawn.data, key, values)?
            } else {
                column_or_gene(scene, &drawn.data, key, values)?
            };
            let value = if drawn.data.obs.contains_key(key) {
                with_colors(scene, shown.value, key)
            } else {
                shown.value
            };
            columns.push(value);
            self.names.push(shown.name);
        }
        self.known_groups(scene, &drawn.data)?;
        let colors = |key: &String| drawn.colors(scene, key, self.palette.as_ref());
        let colors = self.keys.iter().map(colors);
        let colors = colors.collect::<Outcome<Vec<Lazy>>>()?;
        let both = columns.into_iter().zip(colors);
        Ok(both.map(|(column, colors)| [column, colors]).collect())
    }

    /// A panel for each key over the same points; one without colors where there is none.
    pub fn panels(&self, values: &[LookValues], points: &Points) -> Outcome<Vec<Panel>> {
        if self.keys.is_empty() {
            return Ok(vec![Panel::new(self.dressed(points.clone(), None))]);
        }
        self.find_groups(values)?;
        let named = self.names.iter().zip(values);
        let panels = named.filter_map(|(name, [column, stored])| {
            let column = column.column()?;
            let stored = stored.uns();
            let mut points = points.clone();
            points.color = color(column, stored.map(|uns| &**uns), &self.scale);
            let points = self.dressed(points, Some(column));
            Some(Panel::new(points).titled(name.clone()))
        });
        let panels: Vec<Panel> = panels.collect();
        if panels.is_empty() {
            Err(none_left(&self.keys))
        } else {
            Ok(panels)
        }
    }

    /// Groups that are named are those of a column, so one must be drawn.
    fn column_of_groups(&self, scene: &Scene, data: &Dataset) -> Outcome<()> {
        let columns = self.keys.iter().filter_map(|key| data.obs.get(key));
        let mut columns = columns.peekable();
        let some = columns.peek().is_some();
        // Measured numbers form no groups that a palette could color.
        let grouped = columns.any(|slot| !slot.value.is_measured());
        if grouped || some && self.palette.is_none() {
            return Ok(());
        }
        let named = self
            .palette
            .as_ref()
            .map(GroupColors::groups)
            .unwrap_or_default();
        if self.palette.is_some() && named.is_empty() {
            let headline = "`palette` colors groups, but none are drawn";
            let what = "genes and numbers are colored by cmap=";
            let error = scene.error("palette", code::NOT_APPLICABLE, headline, what);
            return Err(error.help("cmap=Reds"));
        }
        let (param, example) = match (self.groups.is_empty(), named.is_empty()) {
            (false, _) => ("groups", "color=leiden groups=[\"0\", \"1\"]"),
            (true, false) => ("palette", "color=leiden palette={0: red, 1: \"#1f77b4\"}"),
            (true, true) => return Ok(()),
        };
        let headline = format!("`{param}` names groups of a column, but no column is drawn");
        let error = scene.error(param, code::NOT_APPLICABLE, headline, "of which column?");
        Err(error.help(example))
    }

    /// Every group that is asked for is one of a column that is drawn.
    fn find_groups(&self, values: &[LookValues]) -> Outcome<()> {
        let columns = self.keys.iter().zip(values);
        let columns = columns.filter_map(|(key, [column, _])| Some((key, column.column()?)));
        let grouped: Vec<_> = columns.filter(|(_, column)| is_grouped(column)).collect();
        self.are_groups(&grouped)
    }

    /// The same when it is planned, if the levels of all columns are known.
    fn known_groups(&self, scene: &Scene, data: &Dataset) -> Outcome<()> {
        let mut grouped = Vec::new();
        for key in self.keys.iter().filter(|key| data.obs.contains_key(*key)) {
            match scene.known_column(data, key)? {
                Known::Value(column) => grouped.push((key, column)),
                _ => return Ok(()),
            }
        }
        let grouped = grouped.iter().map(|(key, column)| (*key, column));
        self.are_groups(
            &grouped
                .filter(|(_, column)| is_grouped(column))
                .collect::<Vec<_>>(),
        )
    }

    fn are_groups(&self, columns: &[(&String, &Arc<Column>)]) -> Outcome<()> {
        let columns: Vec<_> = columns
            .iter()
            .map(|(key, column)| (key, column.to_category().levels))
            .collect();
        let unknown = |name: &&String| {
            let mut columns = columns.iter();
            columns.all(|(_, levels)| levels.position(name).is_none())
        };
        let colored = self
            .palette
            .as_ref()
            .map(GroupColors::groups)
            .unwrap_or_default();
        let named = [
            (&self.groups, &self.groups_at),
            (&colored, &self.palette_at),
        ];
        for (names, at) in named {
            if let (Some((key, levels)), Some(name)) = (columns.first(), names.iter().find(unknown))
            {
                let named = NamedGroups {
                    column: format!("obs.{key}"),
                    names: vec![name.clone()],
                    origin: at.clone(),
                };
                named.check(levels)?;
            }
        }
        Ok(())
    }

    fn dressed(&self, mut points: Points, column: Option<&Column>) -> Points {
        points.size = self.size;
        points.sort = self.sort;
        points.legend = self.legend.into();
        points.missing = self.missing;
        if !self.frame {
            points.frame = Frame::Hidden;
        }
        if let (false, Some(column)) = (self.groups.is_empty(), column) {
            let levels = column.to_category().levels;
            let wanted = self.groups.iter();
            points.highlight = wanted.filter_map(|name| levels.position(name)).collect();
        }
        points
    }

    /// One title is above all, a list above the panels.
    pub fn figure(&self, mut panels: Vec<Panel>) -> Figure {
        let above = match &self.titles[..] {
            [one] if panels.len() != 1 => Some(one.clone()),
            titles => {
                for (panel, title) in panels.iter_mut().zip(titles) {
                    panel.title = Some(title.clone());
                }
                None
            }
        };
        Figure {
            title: above,
            panels,
            columns: self.columns,
            ..Figure::default()
        }
    }
}

/// None of the genes that were asked for is left.
fn none_left(keys: &[String]) -> Box<Diagnostic> {
    let headline = format!("none of {} is among the remaining genes", keys.join(", "));
    Diagnostic::error(code::NO_SUCH_GENE_OR_CELL, headline)
        .help("draw genes before filter_genes, or keep them")
}

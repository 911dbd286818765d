//! `volcano`: significance of genes against their fold changes, of a table of markers or of `de`.

use crate::command::params::{
    Count, Flag, Fraction, Integer, Many, NotNegative, PathOut, TableArg, Text,
};
use crate::command::{Command, NamedGroups, Reply, Scene, Spec};
use crate::commands::inputs::test_tables::Tests;
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::draw;
use crate::data::Value;
use crate::data::figure::{Figure, Line, Lines, Panel, Rgb, Scale, Symbols};
use crate::data::quantity;
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::math;
use crate::params;
use std::sync::Arc;

params! {
    Volcano {
        /// Table of `markers` or `de`, or another with genes, log2 fold changes and p-values.
        table: TableArg,
        /// Groups to draw, one panel each; by default all.
        #[also("group", "ident.1")]
        groups: Option<Many<Text>>,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Number of genes to label, smallest p-values first.
        #[also("n_genes", "n")]
        top: Integer = 10,
        /// More genes to label.
        genes: Option<Many<Text>>,
        /// Absolute log2 fold change from which genes are colored.
        #[also("logfoldchange", "min_lfc")]
        lfc: NotNegative = 1.0,
        /// Adjusted p-value below which genes are colored.
        #[also("pval", "pval_cutoff")]
        alpha: Fraction = 0.05,
        /// Draw the thresholds as lines.
        lines: Flag = true,
        /// Panels per row.
        #[also("ncols")]
        columns: Option<Count>,
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

impl Command for Volcano {
    const SPEC: Spec = Spec {
        name: "volcano",
        summary: "Draw a volcano plot: p-values of genes against their fold changes.",
        keywords: "volcano plot differential expression DE DEG significance fold change",
        about: "Takes the tables of `markers` and `de`, also filtered ones, and tables with the column names of DESeq2,\nedgeR, limma, and Seurat. P-values are adjusted ones, if the table has them. Triangles at the edge are genes\nbeyond the axes: log2 fold changes beyond 12, of genes that one side does not express, and p-values of 0.",
        like: &["EnhancedVolcano", "dc.pl.volcano", "pydeseq2.plot_volcano"],
        examples: &[
            "markers adata by=cell_type; last | volcano groups=B",
            "m = markers adata by=cell_type; volcano m groups=[B, NK] top=5 lfc=2 genes=[CD3D] out=\"volcano.png\"",
            "bulk = pseudobulk(adata, by=[batch, cell_type], min_cells=3); d = de bulk formula=\"~ cell_type + batch\" reference=\"B\"; volcano d groups=NK",
        ],
        holds: "the table",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let table = self.table.0.clone();
        let origin = scene.origin();
        let named = NamedGroups {
            column: "the table".to_owned(),
            names: self.groups.as_ref().map(Many::texts).unwrap_or_default(),
            origin: scene.origin_of("groups"),
        };
        let (out, paper) = (self.out.clone(), (self.sheet.clone(), self.axes.clone()));
        draw(scene, table, out, paper, move |value| {
            let Value::Table(table) = &value else {
                unreachable!("a table was asked for");
            };
            let tests = Tests::of(table).map_err(|error| error.at(&origin))?;
            named.check(&tests.group_names())?;
            self.figure(&tests, &named.names)
                .map_err(|error| error.at(&origin))
        })
    }
}

/// Larger fold changes are of genes that one side has no counts of, and say no more than that: the
/// axis ends here.
const LARGEST: f64 = 12.0;

/// The genes of the table, which may be that of no dataset.
fn symbols(tests: &Tests) -> Symbols {
    Symbols {
        genes: vec![Arc::new(tests.names.iter().collect())],
        groups: vec![Arc::new(tests.group_names())],
    }
}

/// From the least to the largest value with a margin, but not beyond a limit; `None` where nothing is
/// beyond, so that the axis is fitted as usual.
fn limited(values: impl Iterator<Item = f64> + Clone, limit: f64) -> Option<(f64, f64)> {
    let outside = |value: f64| value.abs() > limit;
    if !values.clone().any(outside) {
        return None;
    }
    let inside = values.clone().filter(|value| value.abs() <= limit);
    let (low, high) = inside.fold((0.0_f64, 0.0_f64), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let room = 0.04 * (high - low).max(1.0);
    let end = |sign: f64, inside: f64| {
        if values.clone().any(|value| sign * value > limit) {
            sign * limit
        } else {
            inside + sign * room
        }
    };
    Some((end(-1.0, low), end(1.0, high)))
}

/// Not significant, lower, higher: as maps of fold changes are colored.
const OTHER: Rgb = Rgb(185, 185, 185);
const DOWN: Rgb = Rgb(31, 119, 180);
const UP: Rgb = Rgb(214, 39, 40);

/// Axes that end where values say no more: at large fold changes, and above the least p-value that is
/// not 0.
fn scales(tests: &Tests, rows: &[usize]) -> (Scale, Scale) {
    let folds = rows.iter().map(|&row| tests.folds[row]);
    let heights = rows.iter().map(|&row| tests.heights[row]);
    let finite = heights.clone().filter(|height| height.is_finite());
    let highest = finite.fold(1.0, f64::max);
    let x_scale = Scale {
        range: limited(folds, LARGEST),
        ..Scale::new("log2 fold change")
    };
    let y_scale = Scale {
        range: heights
            .clone()
            .any(f64::is_infinite)
            .then_some((-0.05 * highest, 1.1 * highest)),
        ..Scale::new(if tests.adjusted {
            "−log10 adjusted p-value"
        } else {
            "−log10 p-value"
        })
    };
    (x_scale, y_scale)
}

impl Volcano {
    fn figure(&self, tests: &Tests, asked: &[String]) -> Outcome<Figure> {
        let all: Vec<String> = tests.group_names().iter().map(str::to_owned).collect();
        let groups = if asked.is_empty() { &all[..] } else { asked };
        let mut figure = Figure {
            columns: self.columns.as_ref().map(|columns| columns.0),
            symbols: symbols(tests),
            ..Figure::default()
        };
        if groups.is_empty() {
            return Ok(figure.with(Panel::new(self.lines(tests, &tests.rows(None))?)));
        }
        for group in groups {
            let lines = self.lines(tests, &tests.rows(Some(group)))?;
            figure = figure.with(Panel::new(lines).titled(group.clone()));
        }
        Ok(figure)
    }

    fn lines(&self, tests: &Tests, rows: &[usize]) -> Outcome<Lines> {
        let drawn = |row: &&usize| !tests.folds[**row].is_nan() && !tests.heights[**row].is_nan();
        let rows: Vec<usize> = rows.iter().filter(drawn).copied().collect();
        let least = -math::log10(self.alpha.0);
        let colored = |row: usize| match (tests.heights[row] > least, tests.folds[row]) {
            (true, fold) if fold >= self.lfc.0 && fold > 0.0 => UP,
            (true, fold) if fold <= -self.lfc.0 && fold < 0.0 => DOWN,
            _ => OTHER,
        };
        let series = |name: &str, color: Rgb| {
            let some: Vec<usize> = rows
                .iter()
                .copied()
                .filter(|&row| colored(row) == color)
                .collect();
            let (x, y) = some
                .iter()
                .map(|&row| (tests.folds[row], tests.heights[row]))
                .unzip();
            let name = match name {
                "" => String::new(),
                name => format!("{name} ({})", quantity::count(some.len() as u64)),
            };
            let mut line = Line::new(name, x, y, color).points();
            line.radius = Some(if color == OTHER { 1.0 } else { 1.5 });
            line
        };
        let thresholds = self.lines.0 && self.lfc.0 > 0.0;
        let (x_scale, y_scale) = scales(tests, &rows);
        Ok(Lines {
            series: vec![
                series("", OTHER),
                series("lower", DOWN),
                series("higher", UP),
            ],
            x_scale,
            y_scale,
            at_x: if thresholds {
                vec![-self.lfc.0, self.lfc.0]
            } else {
                Vec::new()
            },
            at_y: if self.lines.0 {
                vec![least]
            } else {
                Vec::new()
            },
            names: self.names(tests, &rows, |row| colored(row) != OTHER)?,
        })
    }

    /// The genes to label, with their places: the best, and those that were asked for.
    fn names(
        &self,
        tests: &Tests,
        rows: &[usize],
        is_colored: impl Fn(usize) -> bool,
    ) -> Outcome<Vec<(String, f64, f64)>> {
        let mut best: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|&row| is_colored(row))
            .collect();
        let (height, fold) = (
            |row: usize| tests.heights[row],
            |row: usize| tests.folds[row].abs(),
        );
        best.sort_by(|&a, &b| {
            let by_height = height(b).total_cmp(&height(a));
            by_height.then(fold(b).total_cmp(&fold(a)))
        });
        best.truncate(self.top.0);
        for Text(gene) in self.genes.iter().flat_map(|genes| &genes.0) {
            let found = rows.iter().copied().find(|&row| tests.names[row] == *gene);
            let row = found.ok_or_else(|| {
                Diagnostic::error(
                    code::NO_SUCH_GENE_OR_CELL,
                    format!("no gene `{gene}` in the table"),
                )
                .help("genes= labels genes of the table; filters may have removed it")
            })?;
            if !best.contains(&row) {
                best.push(row);
            }
        }
        let named = best.into_iter();
        Ok(named
            .map(|row| {
                (
                    tests.names[row].clone(),
                    tests.folds[row],
                    tests.heights[row],
                )
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Column, NumberType, Table};

    fn table() -> Table {
        let number = |values: &[f64]| Column::numbers(values.to_vec(), NumberType::F64);
        Table::new()
            .with(
                "gene",
                Column::Text(["a", "b", "c", "d"].into_iter().collect()),
            )
            .with("log2FoldChange", number(&[2.0, -3.0, 0.1, f64::NAN]))
            .with("padj", number(&[0.01, 0.0, 1e-9, 0.5]))
    }

    #[test]
    fn the_axis_ends_at_large_fold_changes_on_their_side() {
        let range = |folds: &[f64]| limited(folds.iter().copied(), LARGEST);
        assert_eq!(range(&[-3.0, 12.0]), None);
        let (low, high) = range(&[-3.0, 2.0, 25.0]).unwrap();
        assert!(low < -3.0 && low > -4.0 && high == LARGEST);
        let (low, high) = range(&[f64::NEG_INFINITY, 2.0]).unwrap();
        assert!(low == -LARGEST && high > 2.0);
    }

    #[test]
    fn tables_of_other_tools_are_read() {
        let tests = Tests::of(&table()).unwrap();
        assert_eq!(tests.names, ["a", "b", "c", "d"]);
        assert!(tests.adjusted);
        assert!((tests.heights[0] - 2.0).abs() < 1e-12);
        // A p-value of zero lies above the axis, which ends above all others.
        assert!(tests.heights[1].is_infinite());
        let (x, y) = scales(&tests, &[0, 1, 2]);
        assert_eq!(x.range, None);
        assert!(y.range.is_some_and(|(_, high)| high > tests.heights[2]));
        let without = Table::new().with("gene", Column::Text(["a"].into_iter().collect()));
        assert_eq!(Tests::of(&without).err().unwrap().code, "E034");
    }
}

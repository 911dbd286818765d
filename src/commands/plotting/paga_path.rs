//! `paga_path`: genes along a path of groups, as a heat map.

use crate::command::params::{Count, Data, Flag, GeneNames, GroupKey, Many, ObsKey, PathOut, Text};
use crate::command::references;
use crate::command::spec::{PSEUDOTIME, SHOWN_GENES};
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::{GeneValues, label_of};
use crate::commands::inputs::groups::{Groups, groups_with};
use crate::commands::plotting::color_scale::colormap;
use crate::commands::plotting::number_columns::numbers_or_gene;
use crate::commands::plotting::paper::Sheet;
use crate::commands::plotting::picture::{column_or_gene, draw, gene_list, numbers, used_colors};
use crate::commands::structure::paga::grouped_by;
use crate::data::figure::{self, ColorScale, Expression, Figure, HeatMap, Rgb, category_colors};
use crate::data::{Lazy, Names, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::trend::running_means;
use crate::params;
use std::sync::Arc;

params! {
    PagaPath {
        /// The dataset.
        adata: Data,
        /// Groups in the order of the path.
        #[also("nodes")]
        path: Many<Text>,
        /// Genes: a list, or a record of lists with titles.
        #[also("keys")]
        genes: GeneNames,
        /// Column of obs with the groups; by default that of `paga`.
        #[also("groups_key")]
        by: Option<GroupKey>,
        /// Column of obs that orders cells within a group.
        along: ObsKey = "dpt_pseudotime",
        /// Number of cells in the moving average; by default a twentieth of the cells.
        n_avg: Option<Count>,
        /// Scale each gene from 0 to 1.
        #[also("normalize_to_zero_one")]
        normalize: Flag = true,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Colors, by matplotlib's names.
        #[also("color_map")]
        cmap: Text = "Greys",
        use GeneValues as values,
        use Sheet as sheet,
    }
}

impl Command for PagaPath {
    const SPEC: Spec = Spec {
        name: "paga_path",
        summary: "Draw gene expression along a PAGA path of groups, cells ordered by pseudotime.",
        keywords: "trajectory pseudotime heatmap",
        reads: &[PSEUDOTIME, SHOWN_GENES],
        like: &["sc.pl.paga_path"],
        examples: &[
            "dpt adata root=(cell_type == \"CD14 Mono\"); paga_path adata [\"CD14 Mono\", \"DC\", \"B\"] [LYZ, CST3, MS4A1] by=cell_type out=\"path.png\"",
        ],
        cite: &[&references::PAGA],
        holds: "the values of the genes, one per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let by = match &self.by {
            Some(GroupKey(by)) => by.clone(),
            None => grouped_by(scene, &data)?,
        };
        let map = colormap(scene, "cmap", &self.cmap.0)?;
        let path = self.path.texts();
        let named = scene.named_groups(&data, &by, "path", path.clone())?;
        let groups = groups_with(scene, &data, &by, vec![named])?;
        let along = numbers_or_gene(scene, &data, &self.along.0, &self.values, "along")?.value;
        let gene = |gene: &String| column_or_gene(scene, &data, gene, &self.values);
        let genes = self.genes.names().map(|name| Ok(gene(name)?.value));
        let genes = genes.collect::<Outcome<Vec<Lazy>>>()?;
        let label = label_of(self.values.logs(scene, &data)?.matrix.state);
        let needs = (groups, along, genes, used_colors(scene, &data, &by)?);
        let (out, sheet) = (self.out.clone(), self.sheet.clone());
        draw(
            scene,
            needs,
            out,
            sheet,
            move |(groups, along, genes, stored)| {
                let numbers =
                    |value: &Value| value.column().map(|it| numbers(it)).unwrap_or_default();
                let along = numbers(&along);
                let genes: Vec<Vec<f32>> = genes.iter().map(numbers).collect();
                let colors = colors(&groups, &path, stored.uns().map(|uns| &**uns));
                let mut expression = self.expression(&groups, &path, (&along, &genes), &colors);
                if expression.groups.codes.is_empty() {
                    return Err(
                        Diagnostic::error(code::NOTHING_LEFT, "no cells lie on the path").help(
                            format!("the groups of obs.{by} are {}", listed(&groups.levels)),
                        ),
                    );
                }
                expression.group_label = by;
                let mut drawing = HeatMap::new(expression);
                drawing.swap_axes = true;
                drawing.color = ColorScale {
                    title: label.map(|label| format!("{label} expression")),
                    ..ColorScale::new(map)
                };
                let figure = Figure::of(drawing);
                Ok(figure)
            },
        )
    }
}

fn listed(levels: &Names) -> String {
    levels.iter().collect::<Vec<_>>().join(", ")
}

impl PagaPath {
    /// The cells of the path in its order, with smoothed values of the genes.
    fn expression(
        &self,
        groups: &Groups,
        path: &[String],
        (along, genes): (&[f32], &[Vec<f32>]),
        colors: &[Rgb],
    ) -> Expression {
        let mut cells = Vec::new();
        let mut codes = Vec::new();
        for (level, name) in path.iter().enumerate() {
            let group = groups.levels.position(name);
            let mut some: Vec<usize> = (0..groups.codes.len())
                .filter(|&cell| Some(groups.codes[cell] as usize) == group)
                .filter(|&cell| along.get(cell).is_some_and(|time| time.is_finite()))
                .collect();
            some.sort_by(|&a, &b| along[a].total_cmp(&along[b]));
            codes.extend(vec![level as i32; some.len()]);
            cells.extend(some);
        }
        let (names, brackets) = gene_list(&self.genes.0);
        let width = self.n_avg.as_ref().map_or(cells.len() / 20, |n| n.0).max(1);
        // What the cells are ordered by is below the genes.
        let names: Names = names.iter().chain([self.along.0.as_str()]).collect();
        let mut matrix = vec![0.0f32; cells.len() * names.len()];
        let rows = genes.iter().map(Vec::as_slice).chain([along]);
        for (gene, column) in rows.enumerate() {
            let levels: Vec<f64> = cells
                .iter()
                .map(|&cell| column.get(cell).map_or(0.0, |&x| f64::from(x)))
                .collect();
            let mut smooth = running_means(&levels, width);
            if self.normalize.0 {
                to_unit(&mut smooth);
            }
            for (cell, x) in smooth.iter().enumerate() {
                matrix[cell * names.len() + gene] = *x as f32;
            }
        }
        let levels: Names = path.iter().collect();
        let shown = figure::Groups::new(Arc::new(codes), Arc::new(levels)).colored(colors);
        let mut expression = Expression::new(Arc::new(matrix), shown, Arc::new(names));
        expression.brackets = brackets;
        expression
    }
}

fn to_unit(values: &mut [f64]) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = if high > low { high - low } else { 1.0 };
    values.iter_mut().for_each(|x| *x = (*x - low) / range);
}

/// Of the groups on the path, as they are colored everywhere else.
fn colors(groups: &Groups, path: &[String], stored: Option<&Uns>) -> Vec<Rgb> {
    let mut all = category_colors(groups.levels.len());
    if let Some(Uns::Texts(texts)) = stored {
        let given = texts.iter().filter_map(Rgb::parse);
        all.iter_mut()
            .zip(given)
            .for_each(|(own, given)| *own = given);
    }
    let color = |name: &String| {
        groups
            .levels
            .position(name)
            .and_then(|at| all.get(at).copied())
    };
    path.iter()
        .map(|name| color(name).unwrap_or(Rgb::MISSING))
        .collect()
}

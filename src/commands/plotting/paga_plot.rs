//! `paga_plot`: the graph of groups as a drawing.

use crate::command::params::{ColorKey, Data, Flag, Many, NotNegative, ObsmKey, PathOut, Text};
use crate::command::references;
use crate::command::spec::SHOWN_COLOR;
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::inputs::groups::{Groups, groups};
use crate::commands::plotting::color_scale::colormap;
use crate::commands::plotting::paper::Sheet;
use crate::commands::plotting::picture::{column_or_gene, draw, numbers};
use crate::commands::plotting::picture::{stored_colors, used_colors};
use crate::commands::structure::paga::{PAGA, Stored, grouped_by};
use crate::data::figure::{ColorScale, Edge, Figure, Network, Node, Panel, Rgb, category_colors};
use crate::data::{Column, Place, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::params;
use ndarray::Array2;

params! {
    PagaPlot {
        /// The dataset.
        adata: Data,
        /// Hide weaker edges.
        threshold: NotNegative = 0.01,
        /// Columns of obs or genes to color groups by, one panel each: means of numbers, fractions of categories.
        #[also("colour")]
        color: Option<Many<ColorKey>>,
        /// Draw the spanning tree of the strongest edges solid, and the others dashed.
        tree: Flag = false,
        /// Place groups at their center in an embedding, such as umap.
        basis: Option<ObsmKey>,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Colors of numbers, by matplotlib's names.
        #[also("color_map")]
        cmap: Text = "viridis",
        use GeneValues as values,
        use Sheet as sheet,
    }
}

impl Command for PagaPlot {
    const SPEC: Spec = Spec {
        name: "paga_plot",
        summary: "Draw the PAGA graph: groups as nodes, connectivities as edges.",
        keywords: "trajectory lineage",
        reads: &[PAGA, SHOWN_COLOR],
        like: &["sc.pl.paga", "sc.pl.paga_compare"],
        examples: &[
            "paga_plot adata",
            "paga adata by=cell_type; paga_plot adata color=[cell_type, LYZ] threshold=0.1 out=\"paga.png\"",
        ],
        cite: &[&references::PAGA],
        holds: "one value per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let by = grouped_by(scene, &data)?;
        let map = colormap(scene, "cmap", &self.cmap.0)?;
        let (mut titles, mut shown) = (Vec::new(), Vec::new());
        // Colors are those of the nodes, or of all levels of the column that the nodes are divided by.
        match &self.color {
            None => {
                titles.push(by.clone());
                shown.push((None, Some(used_colors(scene, &data, &by)?)));
            }
            Some(keys) => {
                for key in keys.texts() {
                    let found = column_or_gene(scene, &data, &key, &self.values)?;
                    titles.push(found.name);
                    shown.push((Some(found.value), stored_colors(&data, &key)));
                }
            }
        }
        let basis = self.basis.as_ref();
        let basis = basis.map(|basis| scene.value(&data, Place::Obsm, &basis.0));
        let needs = (
            scene.value(&data, Place::Uns, "paga")?,
            groups(scene, &data, &by)?,
            shown,
            basis.transpose()?,
        );
        let scale = ColorScale::new(map);
        let (out, sheet) = (self.out.clone(), self.sheet.clone());
        draw(
            scene,
            needs,
            out,
            sheet,
            move |(paga, groups, shown, basis)| {
                let mut stored = stored_of(&paga, &groups)?;
                if let Some(dense) = basis.as_ref().and_then(Value::dense) {
                    stored.places = middles(dense, &groups);
                }
                let panels = titles.iter().zip(&shown).map(|(title, (column, colors))| {
                    let kept = colors.as_ref().and_then(Value::uns);
                    let kept = palette(kept.map(|uns| &**uns));
                    let column = column.as_ref().and_then(Value::column).map(|it| &**it);
                    let network = self.network(&stored, &groups, column, &kept, &scale);
                    Panel::new(network).titled(title.clone())
                });
                Ok(Figure {
                    panels: panels.collect(),
                    ..Figure::default()
                })
            },
        )
    }
}

/// What `paga` left for these groups.
fn stored_of(paga: &Value, groups: &Groups) -> Outcome<Stored> {
    let wrong = |headline: String| {
        Diagnostic::error(code::UNEXPECTED_CONTENT, headline).help("rerun `paga`")
    };
    let stored = paga
        .uns()
        .and_then(|uns| Stored::read(uns))
        .ok_or_else(|| wrong("uns.paga has an unexpected form".to_owned()))?;
    if stored.places.nrows() != groups.levels.len() {
        let of = &stored.groups;
        return Err(wrong(format!("uns.paga is not for the groups of obs.{of}")));
    }
    Ok(stored)
}

fn palette(stored: Option<&Uns>) -> Vec<Rgb> {
    match stored {
        Some(Uns::Texts(texts)) => texts.iter().filter_map(Rgb::parse).collect(),
        _ => Vec::new(),
    }
}

fn with_defaults(stored: &[Rgb], n: usize) -> Vec<Rgb> {
    let mut colors = category_colors(n);
    let pairs = colors.iter_mut().zip(stored);
    pairs.for_each(|(own, &given)| *own = given);
    colors
}

impl PagaPlot {
    fn network(
        &self,
        stored: &Stored,
        groups: &Groups,
        column: Option<&Column>,
        palette: &[Rgb],
        scale: &ColorScale,
    ) -> Network {
        let sizes = groups.sizes();
        let mut network = Network::default();
        let plain = match column {
            None => with_defaults(palette, sizes.len()),
            Some(_) => vec![Rgb::MISSING; sizes.len()],
        };
        for (group, name) in groups.levels.iter().enumerate() {
            let (x, y) = (stored.places[[group, 0]], stored.places[[group, 1]]);
            let node = Node::new(name, x, y, sizes[group] as f64, plain[group]);
            network.nodes.push(node);
        }
        match column {
            Some(column) if column.is_numeric() => {
                let means = means(&numbers(column), groups);
                let scale = scale.fitted(means.iter().copied());
                for (node, &mean) in network.nodes.iter_mut().zip(&means) {
                    node.color = scale.color(mean);
                }
                network.color_bar = Some(scale);
            }
            Some(column) => {
                let category = column.to_category();
                let colors = with_defaults(palette, category.levels.len());
                for (&group, &code) in groups.codes.iter().zip(&category.codes) {
                    let node = network.nodes.get_mut(group as usize);
                    if let (Some(node), Ok(code)) = (node, usize::try_from(code)) {
                        if node.pie.is_empty() {
                            node.pie = colors.iter().map(|&color| (0.0, color)).collect();
                        }
                        node.pie[code].0 += 1.0;
                    }
                }
            }
            None => {}
        }
        let in_tree = |edge: &(u32, u32, f64)| {
            stored
                .tree
                .iter()
                .any(|it| (it.0, it.1) == (edge.0, edge.1))
        };
        for edge in stored
            .edges
            .iter()
            .filter(|edge| edge.2 >= self.threshold.0)
        {
            let mut line = Edge::new(edge.0 as usize, edge.1 as usize, edge.2.min(1.0));
            line.dashed = self.tree.0 && !in_tree(edge);
            network.edges.push(line);
        }
        network
    }
}

/// Of the cells of each group that have a value; NaN if none has.
fn means(values: &[f32], groups: &Groups) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); groups.levels.len()];
    for (&value, &group) in values.iter().zip(&*groups.codes) {
        if let Some((sum, n)) = sums.get_mut(group as usize)
            && !value.is_nan()
        {
            *sum += f64::from(value);
            *n += 1.0;
        }
    }
    sums.iter().map(|(sum, n)| sum / n).collect()
}

/// Medians of the cells' places: inside the group even where it is bent.
fn middles(places: &Array2<f32>, groups: &Groups) -> Array2<f64> {
    let n = groups.levels.len();
    Array2::from_shape_fn((n, 2), |(group, axis)| {
        let cells = (0..places.nrows()).filter(|&cell| groups.codes[cell] as usize == group);
        let mut values: Vec<f32> = cells
            .filter_map(|cell| places.get((cell, axis)).copied())
            .collect();
        values.sort_unstable_by(f32::total_cmp);
        values.get(values.len() / 2).map_or(0.0, |&x| f64::from(x))
    })
}

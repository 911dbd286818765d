//! `clustree`: how clusters of several resolutions come from each other, as a drawing.

use crate::command::params::{Data, Fraction, GroupKey, Many, PathOut, Text};
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::groups::{Groups, groups};
use crate::commands::plotting::paper::Sheet;
use crate::commands::plotting::picture::draw;
use crate::data::Dataset;
use crate::data::figure::{Edge, Figure, Network, Node, category_colors};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::kernels::methods::clustree::{clustree, places};
use crate::params;
use std::sync::Arc;

params! {
    Clustree {
        /// The dataset.
        adata: Data,
        /// Columns of obs with clusters, from few to many; by default all <key>_<resolution>.
        #[also("groupby")]
        by: Option<Many<GroupKey>>,
        /// Prefix of the clusterings: leiden_0.4, leiden_0.8 …
        #[also("prefix")]
        key: Text = "leiden",
        /// Omit edges with a smaller fraction of a cluster's cells.
        least: Fraction = 0.05,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        use Sheet as sheet,
    }
}

impl Command for Clustree {
    const SPEC: Spec = Spec {
        name: "clustree",
        summary: "Draw a clustering tree across resolutions.",
        keywords: "clustering resolution",
        about: "One row per clustering, one node per cluster. The width of an edge is the fraction of the\nlower cluster's cells that come from the upper one: where several thick edges meet, clusters are not stable.",
        like: &["clustree"],
        examples: &[
            "leiden adata res=[0.2, 0.6, 1.2]; clustree adata out=\"clustree.png\"",
            "clustree adata by=[batch, cell_type]",
        ],
        cite: &["Zappia & Oshlack, GigaScience 7, giy083 (2018)"],
        holds: "one label per cell and clustering",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let data = self.adata.0.clone();
        let keys = match &self.by {
            Some(keys) => keys.texts(),
            None => resolutions(&data, &self.key.0),
        };
        if keys.len() < 2 {
            let headline = format!(
                "a clustering tree needs at least two resolutions, not {}",
                keys.len()
            );
            return Err(Diagnostic::error(code::MISSING_PARAMETER, headline)
                .label(scene.args.span, "has too few rows")
                .in_source(scene.source)
                .help(format!(
                    "leiden adata res=[0.4, 0.8, 1.2] key=\"{}\"",
                    self.key.0
                )));
        }
        let clusterings = keys.iter().map(|key| groups(scene, &data, key));
        let clusterings = clusterings.collect::<Outcome<Vec<_>>>()?;
        let (least, prefix) = (self.least.0, format!("{}_", self.key.0));
        draw(scene, clusterings, self.out, self.sheet, move |found| {
            let rows: Vec<&str> = keys
                .iter()
                .map(|key| key.strip_prefix(&prefix).unwrap_or(key))
                .collect();
            let mut network = network(&found, &rows, least);
            if keys.iter().all(|key| key.starts_with(&prefix)) {
                network.row_title = "resolution".to_owned();
            }
            Ok(Figure::of(network))
        })
    }
}

/// Columns `<key>_<number>` in the order of the numbers.
fn resolutions(data: &Dataset, key: &str) -> Vec<String> {
    let number = |column: &String| -> Option<f64> {
        column.strip_prefix(key)?.strip_prefix('_')?.parse().ok()
    };
    let mut found: Vec<(f64, String)> = data
        .obs
        .keys()
        .filter_map(|column| Some((number(column)?, column.clone())))
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|(_, column)| column).collect()
}

fn network(clusterings: &[Arc<Groups>], rows: &[&str], least: f64) -> Network {
    // Cells without a group are a cluster of their own, which is not drawn.
    let labelings: Vec<Vec<u32>> = clusterings
        .iter()
        .map(|groups| {
            let none = groups.levels.len() as u32;
            groups.codes.iter().map(|&code| code.min(none)).collect()
        })
        .collect();
    let views: Vec<&[u32]> = labelings.iter().map(Vec::as_slice).collect();
    let mut overlaps = clustree(&views);
    overlaps.retain(|it| {
        let counts = [it.level, it.level + 1].map(|level| clusterings[level].levels.len());
        (it.from as usize) < counts[0] && (it.to as usize) < counts[1]
    });
    let counts: Vec<usize> = clusterings
        .iter()
        .map(|groups| groups.levels.len())
        .collect();
    let places = places(&overlaps, &counts);
    let colors = category_colors(rows.len());
    let mut network = Network::default();
    let mut first = Vec::new();
    for (level, groups) in clusterings.iter().enumerate() {
        first.push(network.nodes.len());
        let y = -(level as f64);
        network.rows.push((y, rows[level].to_owned()));
        let named = groups.levels.iter().zip(groups.sizes()).zip(&places[level]);
        for ((name, size), &x) in named {
            let node = Node::new(name, x, y, size as f64, colors[level]);
            network.nodes.push(node);
        }
    }
    for it in overlaps.iter().filter(|it| it.share_of_to >= least) {
        let (from, to) = (
            first[it.level] + it.from as usize,
            first[it.level + 1] + it.to as usize,
        );
        let mut edge = Edge::new(from, to, it.share_of_to);
        edge.arrow = true;
        network.edges.push(edge);
    }
    network
}

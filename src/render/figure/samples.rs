//! Small figures of every kind for tests: usual ones, and ones at the edge of what can happen.

use crate::data::Names;
use crate::data::figure::*;
use std::sync::Arc;

fn names(n: usize, of: &str) -> Arc<Names> {
    Arc::new((0..n).map(|i| format!("{of} {i}")).collect())
}

fn groups(cells: usize, levels: usize) -> Groups {
    let codes = (0..cells).map(|i| (i % (levels + 1)) as i32 - 1).collect();
    Groups::new(Arc::new(codes), names(levels, "group"))
}

fn values(n: usize) -> Vec<f32> {
    (0..n)
        .map(|i| {
            if i % 17 == 5 {
                f32::NAN
            } else {
                (i * 37 % 101) as f32 / 10.0
            }
        })
        .collect()
}

fn tree(n: usize) -> Option<Tree> {
    let merge = |i: usize| Merge {
        left: if i == 0 { 0 } else { (n + i - 1) as u32 },
        right: i as u32 + 1,
        height: i as f64 + 1.0,
    };
    (n > 1).then(|| Tree {
        merges: (0..n - 1).map(merge).collect(),
        order: (0..n as u32).collect(),
    })
}

fn grid(groups: usize, genes: usize) -> Grid {
    Grid {
        brackets: (0..genes / 2)
            .map(|i| Bracket {
                label: format!("a long name {i}"),
                first: 2 * i,
                last: 2 * i + 1,
            })
            .collect(),
        tree: tree(groups),
        ..Grid::new(names(groups, "group"), names(genes, "GENE"))
    }
}

fn expression(cells: usize, levels: usize, genes: usize) -> Expression {
    let grid = grid(levels, genes);
    Expression {
        brackets: grid.brackets,
        tree: None,
        group_label: "group".to_owned(),
        ..Expression::new(
            Arc::new(values(cells * genes)),
            groups(cells, levels),
            grid.genes,
        )
    }
}

/// Every kind with so many cells, groups and genes.
fn all(cells: usize, levels: usize, genes: usize) -> Vec<(&'static str, Figure)> {
    let shared = || Arc::new(values(cells));
    let embedding = |colour| {
        Points::embedding(
            "UMAP",
            shared(),
            Arc::new(values(cells + 3).split_off(3)),
            colour,
        )
    };
    let coloured = || embedding(Colour::Groups(groups(cells, levels)));
    let numbered = || embedding(Colour::Values(shared(), ColourScale::default()));
    let floats: Vec<f64> = values(cells).into_iter().map(f64::from).collect();
    let labels = || {
        names(levels, "group")
            .iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let series = |i: usize| {
        (
            format!("s{i}"),
            Rgb(30, 90, 200),
            (0..levels).map(|j| (i + j) as f64).collect(),
        )
    };
    let nodes = (0..levels).map(|i| {
        Node::new(
            format!("n{i}"),
            i as f64,
            (i * i) as f64,
            i as f64,
            Rgb(9, 9, 9),
        )
    });
    let field = values(levels * genes);
    vec![
        ("points by group", Figure::of(coloured())),
        (
            "points with names",
            Figure::of(Points {
                legend: Legend::OnData,
                frame: Frame::Hidden,
                highlight: vec![0],
                edges: Some(Arc::new(vec![(0, 1, 1.0), (0, 99_999, 1.0)])),
                ..coloured()
            }),
        ),
        ("points by value", Figure::of(numbered())),
        (
            "scatter",
            Figure::of(Points {
                x_scale: Scale::new("x").log(),
                y_scale: Scale::new("y"),
                ..embedding(Colour::Same(Rgb(200, 0, 0)))
            }),
        ),
        (
            "violins",
            Figure::of(Violins::new("y", shared(), groups(cells, levels))),
        ),
        (
            "one violin",
            Figure::of(Violins {
                scale: Scale::new("y").log(),
                ..Violins::new("y", shared(), None)
            }),
        ),
        (
            "dots",
            Figure::of(Dots::new(
                grid(levels, genes),
                field.iter().map(|v| v / 10.0).collect(),
                field.clone(),
            )),
        ),
        (
            "dots swapped",
            Figure::of(Dots::new(
                Grid {
                    swap_axes: true,
                    ..grid(levels, genes)
                },
                vec![0.5; field.len()],
                field.clone(),
            )),
        ),
        (
            "matrix",
            Figure::of(Matrix {
                numbers: true,
                ..Matrix::new(grid(levels, genes), field)
            }),
        ),
        (
            "correlations",
            Figure::of(Matrix::correlations(
                names(levels, "group"),
                vec![0.3; levels * levels],
                tree(levels),
            )),
        ),
        (
            "heat map",
            Figure::of(HeatMap::new(expression(cells, levels, genes))),
        ),
        (
            "heat map swapped",
            Figure::of(HeatMap {
                swap_axes: true,
                ..HeatMap::new(expression(cells, levels, genes))
            }),
        ),
        (
            "stacked violins",
            Figure::of(StackedViolins::new(expression(cells, levels, genes))),
        ),
        (
            "tracks",
            Figure::of(Tracks {
                expression: expression(cells, levels, genes),
            }),
        ),
        (
            "bars",
            Figure::of(Bars {
                labels: labels(),
                series: (0..3).map(series).collect(),
                stacked: levels.is_multiple_of(2),
                ..Bars::default()
            }),
        ),
        (
            "histogram",
            Figure::of(Histogram {
                threshold: Some(2.0),
                ..Histogram::of(&floats, 20)
            }),
        ),
        (
            "boxes",
            Figure::of(Boxes {
                labels: labels(),
                boxes: (0..levels)
                    .map(|_| BoxPlot::of(&values(cells)).unwrap_or_default())
                    .collect(),
                ..Boxes::default()
            }),
        ),
        (
            "lines",
            Figure::of(Lines {
                series: vec![
                    Line::new("a", floats.clone(), floats.clone(), Rgb::BLACK),
                    Line::new("b", floats.clone(), floats.clone(), Rgb(9, 200, 9)).points(),
                ],
                at_x: vec![3.0],
                at_y: vec![1e9],
                ..Lines::default()
            }),
        ),
        (
            "ranks",
            Figure::of(Ranks {
                names: labels(),
                scores: (0..levels).map(|i| 9.0 - i as f64).collect(),
                gap_after: Some(levels / 2),
                ..Ranks::default()
            }),
        ),
        (
            "network",
            Figure::of(Network {
                edges: (1..levels)
                    .map(|i| Edge {
                        arrow: true,
                        ..Edge::new(0, i, 0.7)
                    })
                    .collect(),
                nodes: nodes.collect(),
                colour_bar: Some(ColourScale::default().range(0.0, 1.0).titled("t")),
                rows: vec![(0.0, "resolution 1".to_owned())],
                ..Network::default()
            }),
        ),
        (
            "dendrogram",
            Figure::of(Dendrogram {
                tree: tree(levels).unwrap_or_default(),
                labels: names(levels, "group"),
                sideways: false,
            }),
        ),
    ]
}

/// Every kind, with usual data.
pub fn usual() -> Vec<(&'static str, Figure)> {
    all(240, 5, 6)
}

/// Every kind with nothing, with one of everything, and with more groups than colours.
pub fn odd() -> Vec<(&'static str, Figure)> {
    [
        all(0, 0, 0),
        all(1, 1, 1),
        all(0, 3, 2),
        all(7, 120, 3),
        all(30, 2, 0),
    ]
    .concat()
}

//! Small figures of every kind for tests: usual ones, and ones at the edge of what can happen.

use crate::data::Names;
use crate::data::figure::*;
use std::sync::Arc;

/// As many as there are clusters in a large atlas, some of them with long names.
const CROWD: usize = 40;

fn names(n: usize, of: &str) -> Arc<Names> {
    let name = |i: usize| {
        if n == CROWD && i.is_multiple_of(7) {
            format!("{of} {i} with an uncommonly long and winding name")
        } else {
            format!("{of} {i}")
        }
    };
    Arc::new((0..n).map(name).collect())
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

type Named = Vec<(&'static str, Figure)>;

/// Every kind of figure, with that number of cells, groups and genes.
fn all(cells: usize, levels: usize, genes: usize) -> Named {
    let points = points(cells, levels);
    let violins = violins(cells, levels);
    let grids = grids(levels, genes);
    let expressions = expressions(cells, levels, genes);
    let distributions = distributions(cells, levels);
    [
        points,
        violins,
        grids,
        expressions,
        distributions,
        trees(levels),
    ]
    .concat()
}

fn points(cells: usize, levels: usize) -> Named {
    let shared = || Arc::new(values(cells));
    let embedding = |color| {
        let other = Arc::new(values(cells + 3).split_off(3));
        Points::embedding("UMAP", shared(), other, color)
    };
    let colored = || embedding(Color::Groups(groups(cells, levels)));
    let numbered = || embedding(Color::Values(shared(), ColorScale::default()));
    let named = Points {
        legend: Legend::OnData,
        frame: Frame::Hidden,
        highlight: vec![0],
        edges: Some(Arc::new(vec![(0, 1, 1.0), (0, 99_999, 1.0)])),
        ..colored()
    };
    let scatter = Points {
        x_scale: Scale::new("x").log(),
        y_scale: Scale::new("y"),
        ..embedding(Color::Same(Rgb(200, 0, 0)))
    };
    let part = Points {
        part: Some(Part {
            codes: groups(cells, levels).codes,
            level: 0,
        }),
        bar: false,
        sort: Sort::ByMagnitude,
        ..numbered()
    };
    let slide = Points {
        slide: Some(Arc::new(slide())),
        ..colored()
    };
    vec![
        ("points of a condition", Figure::of(part)),
        ("points on a slide", Figure::of(slide)),
        ("points by group", Figure::of(colored())),
        ("points with names", Figure::of(named)),
        ("points by value", Figure::of(numbered())),
        ("scatter", Figure::of(scatter)),
    ]
}

fn slide() -> Slide {
    let image = SlideImage {
        width: 4,
        height: 8,
        pixels: Arc::new(vec![Rgb(240, 230, 250); 32]),
        scale: 0.5,
    };
    Slide {
        diameter: Some(0.5),
        image: Some(image),
        whole: false,
    }
}

fn violins(cells: usize, levels: usize) -> Named {
    let shared = || Arc::new(values(cells));
    let by_group = Violins::new("y", shared(), groups(cells, levels));
    let one = Violins {
        scale: Scale::new("y").log(),
        ..Violins::new("y", shared(), None)
    };
    let split = |conditions: usize| Violins {
        split: Some(groups(cells, conditions)),
        split_label: "condition".to_owned(),
        ..by_group.clone()
    };
    let (halves, thirds) = (split(2), split(3));
    let large = Figure {
        font: Some(16.0),
        ..lettered(vec![by_group.clone().into(), halves.clone().into()])
    };
    vec![
        ("violins", Figure::of(by_group)),
        ("one violin", Figure::of(one)),
        ("split violins", Figure::of(halves)),
        ("violins side by side", Figure::of(thirds)),
        ("panels with letters", large),
    ]
}

fn lettered(kinds: Vec<Kind>) -> Figure {
    let panels = kinds.into_iter().zip('a'..).map(|(kind, letter)| Panel {
        letter: Some(letter),
        ..Panel::new(kind)
    });
    Figure {
        panels: panels.collect(),
        ..Figure::default()
    }
}

/// One value per group and gene.
fn grids(levels: usize, genes: usize) -> Named {
    let field = values(levels * genes);
    let tenths = field.iter().map(|v| v / 10.0).collect();
    let swapped = Grid {
        swap_axes: true,
        ..grid(levels, genes)
    };
    let matrix = Matrix {
        numbers: true,
        ..Matrix::new(grid(levels, genes), field.clone())
    };
    let correlations = vec![0.3; levels * levels];
    let correlations = Matrix::correlations(names(levels, "group"), correlations, tree(levels));
    vec![
        (
            "dots",
            Figure::of(Dots::new(grid(levels, genes), tenths, field.clone())),
        ),
        (
            "dots swapped",
            Figure::of(Dots::new(swapped, vec![0.5; field.len()], field)),
        ),
        ("matrix", Figure::of(matrix)),
        ("correlations", Figure::of(correlations)),
    ]
}

/// One value per cell and gene.
fn expressions(cells: usize, levels: usize, genes: usize) -> Named {
    let expression = || expression(cells, levels, genes);
    let swapped = HeatMap {
        swap_axes: true,
        ..HeatMap::new(expression())
    };
    let tracks = Tracks {
        expression: expression(),
    };
    vec![
        ("heat map", Figure::of(HeatMap::new(expression()))),
        ("heat map swapped", Figure::of(swapped)),
        (
            "stacked violins",
            Figure::of(StackedViolins::new(expression())),
        ),
        ("tracks", Figure::of(tracks)),
    ]
}

fn labels(levels: usize) -> Vec<String> {
    names(levels, "group").iter().map(str::to_owned).collect()
}

/// Numbers of groups, and numbers along a line.
fn distributions(cells: usize, levels: usize) -> Named {
    let floats: Vec<f64> = values(cells).into_iter().map(f64::from).collect();
    let series = |i: usize| {
        let heights = (0..levels).map(|j| (i + j) as f64).collect();
        (format!("s{i}"), Rgb(30, 90, 200), heights)
    };
    let bars = Bars {
        labels: labels(levels),
        series: (0..3).map(series).collect(),
        stacked: levels.is_multiple_of(2),
        legend_title: "a title that is longer than the names".to_owned(),
        ..Bars::default()
    };
    let histogram = Histogram {
        thresholds: vec![2.0],
        ..Histogram::of(&floats, 20)
    };
    let a_box = |_| BoxPlot::of(&values(cells)).unwrap_or_default();
    let boxes = Boxes {
        labels: labels(levels),
        boxes: (0..levels).map(a_box).collect(),
        ..Boxes::default()
    };
    let line = |name, color| Line::new(name, floats.clone(), floats.clone(), color);
    let lines = Lines {
        series: vec![line("a", Rgb::BLACK), line("b", Rgb(9, 200, 9)).points()],
        at_x: vec![3.0],
        at_y: vec![1e9],
        names: labels(levels.min(12))
            .into_iter()
            .map(|name| (name, 2.0, 2.0))
            .collect(),
        ..Lines::default()
    };
    let ranks = Ranks {
        names: labels(levels),
        scores: (0..levels).map(|i| 9.0 - i as f64).collect(),
        gap_after: Some(levels / 2),
        ..Ranks::default()
    };
    vec![
        ("bars", Figure::of(bars)),
        ("histogram", Figure::of(histogram)),
        ("boxes", Figure::of(boxes)),
        ("lines", Figure::of(lines)),
        ("ranks", Figure::of(ranks)),
    ]
}

/// Groups and what joins them.
fn trees(levels: usize) -> Named {
    let node = |i: usize| {
        let (x, y) = (i as f64, (i * i) as f64);
        Node::new(format!("n{i}"), x, y, i as f64, Rgb(9, 9, 9))
    };
    let edge = |i| Edge {
        arrow: true,
        ..Edge::new(0, i, 0.7)
    };
    let network = Network {
        edges: (1..levels).map(edge).collect(),
        nodes: (0..levels).map(node).collect(),
        color_bar: Some(ColorScale::default().range(0.0, 1.0).titled("t")),
        rows: vec![(0.0, "resolution 1".to_owned())],
        ..Network::default()
    };
    let dendrogram = Dendrogram {
        tree: tree(levels).unwrap_or_default(),
        labels: names(levels, "group"),
        sideways: false,
    };
    vec![
        ("network", Figure::of(network)),
        ("dendrogram", Figure::of(dendrogram)),
    ]
}

/// Every kind, with usual data.
pub fn usual() -> Named {
    all(240, 5, 6)
}

/// Every kind with many groups and genes of long names.
pub fn crowded() -> Named {
    all(300, CROWD, CROWD)
}

/// Every kind with nothing, with one of everything, and with more groups than colors.
pub fn odd() -> Named {
    [
        all(0, 0, 0),
        all(1, 1, 1),
        all(0, 3, 2),
        all(7, 120, 3),
        all(30, 2, 0),
    ]
    .concat()
}

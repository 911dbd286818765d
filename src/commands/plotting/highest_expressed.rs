//! `highest_expressed`: the genes that take the largest part of the counts, as boxes.

use crate::command::params::{Count, Data, Flag, PathOut};
use crate::command::spec::COUNTS;
use crate::command::{Command, Reply, Scene, Spec};
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::plotting::paper::{AxisTitles, Sheet};
use crate::commands::plotting::picture::draw;
use crate::data::figure::{BoxPlot, Boxes, Figure, Scale};
use crate::data::{Dataset, Matrix, RowsView, Selection};
use crate::diagnostic::Outcome;
use crate::kernels::stats::per_cell::PerCell;
use crate::kernels::stats::quantile::descending;
use crate::kernels::stats::sums::{GroupSums, Of};
use crate::kernels::ticker::Ticker;
use crate::params;
use crate::plan::{Folding, Private, Promised};

params! {
    HighestExpressed {
        /// The dataset.
        adata: Data,
        /// Number of genes.
        #[also("n_top")]
        n: Count = 30,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        /// Logarithmic scale.
        log: Flag = false,
        use GeneValues as values,
        use AxisTitles as axes,
        use Sheet as sheet,
    }
}

impl Command for HighestExpressed {
    const SPEC: Spec = Spec {
        name: "highest_expressed",
        summary: "Draw the most highly expressed genes, as fractions of counts per cell.",
        about: "Genes with a large share of the counts tell about the quality of the sample: MALAT1 in nuclei, hemoglobins in red blood cells.",
        reads: &[COUNTS],
        like: &["sc.pl.highest_expr_genes"],
        examples: &[
            "highest_expressed adata n=10",
            "highest_expressed adata out=\"highest.png\"",
        ],
        holds: "one fraction per cell and gene that is shown",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let input = self.values.counts(scene, &self.adata.0)?;
        let (data, counts) = (input.data, input.matrix);
        let genes = highest(scene, &data, &counts, self.n.0);
        let shares = shares(scene, &data, &counts, genes.clone());
        let needs = (genes, shares, scene.gene_names(&data));
        draw(
            scene,
            needs,
            self.out,
            (self.sheet, self.axes),
            move |(genes, shares, names)| {
                let mut drawing = Boxes {
                    scale: Scale::new("% of counts per cell"),
                    ..Boxes::default()
                };
                drawing.scale.log = self.log.0;
                for (&gene, shares) in genes.iter().zip(shares.iter()) {
                    let shares: Vec<f32> = shares.iter().map(|&x| x as f32).collect();
                    if let Some(shape) = BoxPlot::of(&shares) {
                        drawing.labels.push(names.get(gene as usize).to_owned());
                        drawing.boxes.push(shape);
                    }
                }
                Ok(Figure::of(drawing))
            },
        )
    }
}

/// Percentage of the cell's counts for each of its values.
fn percentages(row: &[f32]) -> impl Iterator<Item = f64> {
    let total: f64 = row.iter().copied().map(f64::from).sum();
    let scale = if total == 0.0 { 0.0 } else { 100.0 / total };
    row.iter().map(move |&x| f64::from(x) * scale)
}

/// The genes with the highest mean percentage, that one first.
fn highest(scene: &Scene, data: &Dataset, counts: &Matrix, n: usize) -> Promised<Selection> {
    let view = scene.view(data, counts);
    scene.fold(view, (), Private::new(), move |extent, ()| {
        Ok(Folding {
            new: move || GroupSums::all_cells(extent.genes, Of::Value),
            add: |sums: &mut GroupSums, rows: RowsView, cells: &[u32], _: &Ticker| {
                let mut shares = rows.to_owned();
                let starts = shares.proper_indptr().into_owned();
                let values = shares.data_mut();
                for ends in starts.windows(2) {
                    let row = &mut values[ends[0]..ends[1]];
                    let scaled: Vec<f64> = percentages(row).collect();
                    row.iter_mut().zip(scaled).for_each(|(x, p)| *x = p as f32);
                }
                sums.add(shares.view(), cells);
                Ok(())
            },
            merge: GroupSums::merge,
            finish: move |sums: GroupSums, _: &Ticker| {
                let order = descending(&sums.all().means()).into_iter().take(n);
                Ok(order.map(|gene| gene as u32).collect())
            },
            partial_bytes: extent.genes as u64 * 64,
        }
        .exact())
    })
}

/// For each of the genes, its percentage in every cell.
fn shares(
    scene: &Scene,
    data: &Dataset,
    counts: &Matrix,
    genes: Promised<Selection>,
) -> Promised<Vec<Vec<f64>>> {
    let view = scene.view(data, counts);
    scene.fold(view, genes, Private::new(), |extent, genes| {
        let n = genes.len();
        let mut places: Vec<Option<usize>> = vec![None; extent.genes];
        for (place, &gene) in genes.iter().enumerate() {
            places[gene as usize] = Some(place);
        }
        Ok(Folding {
            new: move || PerCell::new(n),
            add: move |found: &mut PerCell, rows: RowsView, cells: &[u32], _: &Ticker| {
                let mut shares = vec![0.0; n];
                for (row, &cell) in rows.outer_iterator().zip(cells) {
                    shares.fill(0.0);
                    for (&gene, share) in row.indices().iter().zip(percentages(row.data())) {
                        if let Some(place) = places[gene as usize] {
                            shares[place] = share;
                        }
                    }
                    found.push(cell, shares.iter().copied());
                }
                Ok(())
            },
            merge: PerCell::merge,
            finish: |found: PerCell, _: &Ticker| Ok(found.finish()),
            partial_bytes: 8 * 1024 * (1 + n as u64),
        }
        .exact())
    })
}

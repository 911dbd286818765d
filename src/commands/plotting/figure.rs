//! `figure`: several figures as the panels of one.

use crate::command::params::{Count, Figures, Flag, PathOut};
use crate::command::{Command, Reply, Scene, Spec, Val};
use crate::commands::plotting::paper::Sheet;
use crate::commands::plotting::picture::draw;
use crate::data::figure;
use crate::diagnostic::{Outcome, code};
use crate::params;
use std::sync::Arc;

params! {
    Figure {
        /// Figures, as in [(plot adata color=leiden), (violin adata CD3D by=leiden)], or variables that hold some.
        panels: Figures,
        /// Panels per row.
        #[also("ncols")]
        columns: Option<Count>,
        /// Letters at the panels: a, b, c …
        letters: Flag = true,
        /// File to draw into (.png, .svg, .pdf); by default shown in the terminal.
        #[also("save")]
        out: Option<PathOut>,
        use Sheet as sheet,
    }
}

impl Command for Figure {
    const SPEC: Spec = Spec {
        name: "figure",
        summary: "Combine figures into one with several panels.",
        keywords: "multi-panel grid of plots subplots combine panels patchwork cowplot",
        about: "A figure command in parentheses, or on the right of an assignment, gives the figure instead of showing it:\np = plot(adata, color=leiden). A figure of several panels gets one letter.",
        like: &[
            "plt.subplots",
            "patchwork::wrap_plots",
            "cowplot::plot_grid",
        ],
        examples: &[
            "pca adata n=10; figure [(plot adata color=cell_type basis=pca), (violin adata LYZ by=cell_type)]",
            "pca adata n=10; p = plot(adata, color=cell_type, basis=pca); q = dotplot(adata, [CD3D, LYZ], by=cell_type); figure [p, q] columns=1 out=\"figure1.pdf\"",
        ],
        holds: "the figures",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let values = match &self.panels.0 {
            Val::List(values) => &values[..],
            one => std::slice::from_ref(one),
        };
        let mut figures = Vec::with_capacity(values.len());
        for value in values {
            let Val::Figure(figure) = value else {
                let headline = "`panels` needs figures";
                let label = format!("holds {}", value.described());
                return Err(scene.error("panels", code::INVALID_VALUE, headline, label));
            };
            figures.push(figure.clone());
        }
        if figures.is_empty() {
            let headline = "`panels` needs figures";
            return Err(scene.error("panels", code::INVALID_VALUE, headline, "is empty"));
        }
        let columns = self.columns.map(|columns| columns.0);
        let letters = self.letters.0;
        draw(scene, (), self.out, self.sheet, move |()| {
            let mut whole = combined(&figures, letters);
            whole.columns = columns;
            Ok(whole)
        })
    }
}

/// The panels of all figures, the first of each with a letter. The title of a figure of one panel
/// becomes the panel's.
fn combined(figures: &[Arc<figure::Figure>], letters: bool) -> figure::Figure {
    let mut whole = figure::Figure::default();
    // After z there are none.
    let letters = ('a'..='z').map(|letter| letters.then_some(letter));
    let letters = letters.chain(std::iter::repeat(None));
    for (figure, letter) in figures.iter().zip(letters) {
        whole.symbols.extend(&figure.symbols);
        whole.italic |= figure.italic;
        for (i, panel) in figure.panels.iter().enumerate() {
            let mut panel = panel.clone();
            if i == 0 {
                panel.title = panel.title.or_else(|| figure.title.clone());
                panel.letter = letter;
            }
            whole.panels.push(panel);
        }
    }
    whole
}

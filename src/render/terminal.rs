//! Figures in the terminal: as pictures where the terminal is known to show them, else as characters.

mod axes;
mod braille;
mod canvas;
mod grid;
mod heat;
mod lists;
mod plots;
mod points;
mod protocol;

pub use protocol::Graphics;

use super::figure;
use super::screen::{Depth, Screen};
use crate::data::figure::{Figure, Kind, Matrix, Panel, StackedViolins};
use canvas::Canvas;

/// Panels are not narrower than this if there are several side by side.
const NARROWEST: usize = 46;
/// A character in pixels, as most fonts have it.
const CHARACTER: (f64, f64) = (8.0, 17.0);
const GAP: usize = 2;

/// The figure as text or escape codes, ready to be written; nothing for [`Graphics::None`].
pub fn draw(figure: &Figure, screen: &Screen, graphics: Graphics) -> String {
    match graphics {
        Graphics::None => String::new(),
        Graphics::Text => characters(figure, screen),
        Graphics::Kitty | Graphics::Iterm => {
            let (columns, dpi) = size(figure, screen);
            let png = figure::file(figure, figure::Format::Png, 2.0 * dpi);
            match graphics {
                Graphics::Kitty => protocol::kitty(&png, columns),
                _ => protocol::iterm(&png, columns),
            }
        }
        Graphics::Sixel => {
            let (_, dpi) = size(figure, screen);
            let (width, pixels) = figure::pixels(figure, dpi);
            protocol::sixel(width, &pixels)
        }
    }
}

/// Columns that a picture takes, and the resolution at which it does.
fn size(figure: &Figure, screen: &Screen) -> (usize, f64) {
    let (width, height) = figure::size(figure);
    let natural = 96.0 / 72.0;
    let across = screen.width.saturating_sub(1) as f64 * CHARACTER.0 / (width * natural);
    let down = screen.height.saturating_sub(3) as f64 * CHARACTER.1 / (height * natural);
    let share = across.min(down).min(1.0);
    let columns = (width * natural * share / CHARACTER.0).floor().max(1.0);
    (columns as usize, 96.0 * share)
}

/// All panels as characters, side by side where there is room.
pub fn characters(figure: &Figure, screen: &Screen) -> String {
    let fitting = (screen.width / NARROWEST).max(1);
    let columns = figure.columns().min(fitting).max(1);
    let width = (screen.width - 1 - GAP * (columns - 1)) / columns;
    let mut text = String::new();
    if let Some(title) = &figure.title {
        let mut heading = Canvas::new(screen.width, 1);
        heading.bold(0, 0, title);
        text.push_str(&heading.render(screen.depth));
    }
    for row in figure.panels.chunks(columns) {
        let panels: Vec<Canvas> = row
            .iter()
            .map(|panel| {
                drawn(
                    panel,
                    (width, screen.height.saturating_sub(4)),
                    screen.depth,
                )
            })
            .collect();
        let height = panels.iter().map(|panel| panel.height).max().unwrap_or(0);
        let mut line = Canvas::new(screen.width, height);
        for (i, panel) in panels.iter().enumerate() {
            line.paste(i * (width + GAP), 0, panel);
        }
        text.push_str(&line.render(screen.depth));
    }
    text
}

fn drawn(panel: &Panel, (width, height): (usize, usize), depth: Depth) -> Canvas {
    let title = usize::from(panel.title.is_some());
    let body = body(&panel.kind, (width, height.saturating_sub(title)), depth);
    let mut canvas = Canvas::new(width, body.height + title);
    if let Some(title) = &panel.title {
        canvas.bold(1, 0, title);
    }
    canvas.paste(0, title, &body);
    canvas
}

fn body(kind: &Kind, size: (usize, usize), depth: Depth) -> Canvas {
    // Plots of two axes look best a little wider than high; characters are twice as high as wide.
    let plot = (size.0, size.1.min(size.0 * 2 / 5).max(8));
    match kind {
        Kind::Points(drawing) => points::draw(drawing, plot, depth),
        Kind::Lines(drawing) => plots::lines(drawing, plot, depth),
        Kind::Histogram(drawing) => plots::histogram(drawing, (size.0, plot.1.min(16))),
        Kind::Network(drawing) => plots::network(drawing, plot),
        Kind::Dots(drawing) => grid::dots(drawing, size, depth),
        Kind::Matrix(drawing) => grid::matrix(drawing, size, depth),
        Kind::StackedViolins(drawing) => grid::matrix(&medians(drawing), size, depth),
        Kind::HeatMap(drawing) => heat::draw(&drawing.expression, &drawing.color, size, depth),
        Kind::Tracks(drawing) => heat::draw(&drawing.expression, &Default::default(), size, depth),
        Kind::Violins(drawing) => lists::violins(drawing, size),
        Kind::Bars(drawing) => lists::bars(drawing, size, depth),
        Kind::Boxes(drawing) => lists::boxes(drawing, size),
        Kind::Ranks(drawing) => lists::ranks(drawing, size),
        Kind::Dendrogram(drawing) => plots::dendrogram(drawing, size),
    }
}

/// Small violins have no room in characters: their medians do.
fn medians(violins: &StackedViolins) -> Matrix {
    let (grid, medians) = figure::medians(violins);
    let mut matrix = Matrix::new(grid, medians);
    matrix.color = violins.color.clone();
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::figure::samples;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn every_kind_fits_the_screen() {
        for (name, figure) in samples::usual().into_iter().chain(samples::odd()) {
            for width in [40, 80, 120] {
                let screen = Screen::of(width, 24, Depth::None);
                let text = draw(&figure, &screen, Graphics::Text);
                assert!(!text.contains('\u{1b}'), "{name}");
                for line in text.lines() {
                    assert!(line.width() <= width, "{name} at {width}: {line}");
                }
                // Panels below each other are as high as a screen each.
                let most = 24 * figure.panels.len();
                assert!(text.lines().count() <= most, "{name} at {width}:\n{text}");
            }
            let colored = draw(&figure, &Screen::of(80, 24, Depth::Full), Graphics::Text);
            assert_eq!(
                colored,
                draw(&figure, &Screen::of(80, 24, Depth::Full), Graphics::Text)
            );
        }
    }

    #[test]
    fn names_of_few_genes_stand_upright() {
        let named = |wanted| move |(name, _): &(&str, Figure)| *name == wanted;
        for kind in ["dots", "matrix", "stacked violins"] {
            let (_, figure) = samples::usual().into_iter().find(named(kind)).unwrap();
            let text = draw(&figure, &Screen::of(80, 24, Depth::Full), Graphics::Text);
            assert!(text.contains("GENE 0"), "{kind}:\n{text}");
            let narrow = draw(&figure, &Screen::of(40, 24, Depth::Full), Graphics::Text);
            assert!(!narrow.contains("GENE 0"), "{kind}:\n{narrow}");
        }
    }

    #[test]
    fn scales_of_genes_say_what_they_show() {
        let of_genes = |(name, _): &(&str, Figure)| {
            ["dots", "matrix", "stacked violins", "heat map"].contains(name)
        };
        let figures: Vec<_> = samples::usual().into_iter().filter(of_genes).collect();
        assert_eq!(figures.len(), 4);
        for (name, figure) in figures {
            let text = draw(&figure, &Screen::of(80, 24, Depth::Full), Graphics::Text);
            assert!(text.contains("expression"), "{name}:\n{text}");
        }
    }

    #[test]
    fn titles_stand_above_their_genes() {
        let named = |wanted| move |(name, _): &(&str, Figure)| *name == wanted;
        for kind in ["dots", "matrix"] {
            let (_, figure) = samples::usual().into_iter().find(named(kind)).unwrap();
            let text = draw(&figure, &Screen::of(80, 24, Depth::Full), Graphics::Text);
            let at = |what: &str, text: &str| {
                let line = text.lines().position(|line| line.contains(what));
                line.unwrap_or_else(|| panic!("{what} of {kind}:\n{text}"))
            };
            assert!(at("a long name 0", &text) < at("GENE 0", &text), "{text}");
        }
        // Genes as rows have no room for titles beside them.
        let (_, swapped) = samples::usual()
            .into_iter()
            .find(named("dots swapped"))
            .unwrap();
        let text = draw(&swapped, &Screen::of(80, 24, Depth::Full), Graphics::Text);
        assert!(!text.contains("a long name"), "{text}");
    }

    #[test]
    fn pictures_where_the_terminal_shows_them() {
        let (_, figure) = samples::usual().remove(0);
        let screen = Screen::of(60, 20, Depth::Full);
        assert!(draw(&figure, &screen, Graphics::Kitty).starts_with("\u{1b}_G"));
        assert!(draw(&figure, &screen, Graphics::Iterm).starts_with("\u{1b}]1337;"));
        assert!(draw(&figure, &screen, Graphics::Sixel).starts_with("\u{1b}Pq"));
        assert_eq!(draw(&figure, &screen, Graphics::None), "");
        let (columns, _) = size(&figure, &screen);
        assert!(columns < 60);
    }
}

//! What a figure is drawn on and what is written on it: size, letters, titles, labels of axes.

use crate::command::Scene;
use crate::command::params::{Flag, Many, Positive, Text};
use crate::data::figure::{Figure, Symbols};
use crate::diagnostic::{Outcome, code};
use crate::params;

params! {
    /// What a figure is drawn on.
    #[derive(Debug, Clone)]
    Page {
        /// Width and height in inches, as in [6, 4]; chosen automatically by default.
        figsize: Option<Many<Positive>>,
        /// Size of the text in points, 10 by default; titles are larger and numbers smaller in proportion.
        fontsize: Option<Positive>,
        /// Pixels per inch of a .png, at most 1,200.
        dpi: Positive = 150.0,
        /// Set gene names in italics.
        italic: Flag = false,
        /// Whether a write-protected file may be replaced.
        overwrite: Flag = false,
    }
}

params! {
    /// The same with a title.
    #[derive(Debug, Clone)]
    Sheet {
        /// Title of the figure.
        title: Option<Text>,
        use Page as page,
    }
}

params! {
    /// What the axes are called.
    #[derive(Debug, Clone)]
    AxisTitles {
        /// Label of the x axis.
        xlabel: Option<Text>,
        /// Label of the y axis.
        ylabel: Option<Text>,
    }
}

/// A page with what is to be written on it.
pub struct Paper {
    pub(super) page: Page,
    title: Option<Text>,
    axes: Option<AxisTitles>,
}

impl From<Page> for Paper {
    fn from(page: Page) -> Self {
        let (title, axes) = (None, None);
        Paper { page, title, axes }
    }
}

impl From<Sheet> for Paper {
    fn from(Sheet { title, page }: Sheet) -> Self {
        let axes = None;
        Paper { page, title, axes }
    }
}

impl From<(Page, AxisTitles)> for Paper {
    fn from((page, axes): (Page, AxisTitles)) -> Self {
        let (title, axes) = (None, Some(axes));
        Paper { page, title, axes }
    }
}

impl From<(Sheet, AxisTitles)> for Paper {
    fn from((Sheet { title, page }, axes): (Sheet, AxisTitles)) -> Self {
        let axes = Some(axes);
        Paper { page, title, axes }
    }
}

impl Paper {
    /// The figure with what was asked for.
    pub(super) fn dress(
        self,
        mut figure: Figure,
        size: Option<(f64, f64)>,
        symbols: &Symbols,
    ) -> Figure {
        figure.symbols.extend(symbols);
        figure.italic |= self.page.italic.0;
        if let Some(Text(title)) = self.title {
            figure.title = Some(title);
        }
        if size.is_some() {
            figure.size = size;
        }
        if let Some(Positive(font)) = self.page.fontsize {
            figure.font = Some(font);
        }
        if let Some(AxisTitles { xlabel, ylabel }) = &self.axes {
            let (x, y) = (xlabel.as_deref(), ylabel.as_deref());
            for panel in &mut figure.panels {
                panel.kind.label_axes(x, y);
            }
        }
        figure
    }
}

/// Inches that a figure may be wide or high.
const LARGEST: f64 = 100.0;
/// Points that letters may be high.
const LARGEST_FONT: f64 = 72.0;

/// Pixels to the inch.
const FINEST: f64 = 1200.0;

impl Page {
    /// Pixels per inch; print needs a few hundred.
    pub(super) fn resolution(&self, scene: &Scene) -> Outcome<f64> {
        let dpi = self.dpi.0;
        if dpi <= FINEST {
            return Ok(dpi);
        }
        let headline = format!("dpi is at most {FINEST}");
        let error = scene.error("dpi", code::INVALID_VALUE, headline, "is finer");
        Err(error.help("300 is enough for print; .pdf and .svg are sharp at any size"))
    }

    /// Width and height in inches, if they were asked for.
    pub(super) fn size(&self, scene: &Scene) -> Outcome<Option<(f64, f64)>> {
        if let Some(Positive(font)) = self.fontsize
            && !(1.0..=LARGEST_FONT).contains(&font)
        {
            let headline = format!("fontsize is between 1 and {LARGEST_FONT} points");
            return Err(scene.error("fontsize", code::INVALID_VALUE, headline, "is not"));
        }
        let Some(Many(sides)) = &self.figsize else {
            return Ok(None);
        };
        match sides[..] {
            [Positive(width), Positive(height)] if width.max(height) <= LARGEST => {
                Ok(Some((width, height)))
            }
            [_, _] => Err(scene
                .error(
                    "figsize",
                    code::INVALID_VALUE,
                    format!("a figure is at most {LARGEST} inches wide and high"),
                    "is larger",
                )
                .help("dpi= sets the resolution")),
            _ => Err(scene
                .error(
                    "figsize",
                    code::INVALID_VALUE,
                    "figsize is a width and a height",
                    "does not hold two numbers",
                )
                .help("figsize=[6, 4]")),
        }
    }
}

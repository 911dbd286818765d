//! A scene as SVG through plotters: shapes as shapes, text as text with its font inside; points
//! beyond a few thousand as one image.

use super::scene::{Cloud, Image, Item, Rect, Scene, Threads};
use super::surface::{FAMILY, Surface, draw};
use super::{cloud, raster, text};
use crate::data::figure::Rgb;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plotters::prelude::*;
use std::fmt::Write as _;

/// Clouds of more points are embedded as an image.
pub const MOST_SHAPES: usize = 2_000;
/// Pixels to the inch of embedded clouds.
pub const EMBEDDED_DPI: f64 = 300.0;
/// plotters has whole coordinates only: hundredths of a point.
const UNIT: f64 = 100.0;

pub fn svg(scene: &Scene) -> String {
    let mut page = Page::default();
    draw(scene, &mut page);
    let (width, height) = (units(scene.width), units(scene.height));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}pt\" height=\"{}pt\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{FAMILY}\" \
         stroke-linejoin=\"round\" stroke-linecap=\"square\">\n\
         {}<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{}</svg>\n",
        scene.width,
        scene.height,
        fonts(scene),
        page.body
    )
}

fn units(points: f64) -> i64 {
    (points * UNIT).round() as i64
}

/// The faces that are used, so that the picture is the same where Arial is missing.
fn fonts(scene: &Scene) -> String {
    let uses = |bold: bool| {
        let is = |item: &Item| matches!(item, Item::Text(label) if label.bold == bold);
        scene.items.iter().any(is)
    };
    let mut style = String::from("<style>text{font-kerning:none}");
    for (bold, weight, file) in [(false, 400, text::REGULAR), (true, 700, text::BOLD)] {
        if uses(bold) {
            let _ = write!(
                style,
                "@font-face{{font-family:Arimo;font-weight:{weight};src:url(data:font/ttf;base64,{})}}",
                STANDARD.encode(file)
            );
        }
    }
    style + "</style>\n"
}

/// What was drawn so far, without the document around it.
#[derive(Default)]
struct Page {
    body: String,
}

impl Surface for Page {
    type Backend<'a> = SVGBackend<'a>;

    fn unit(&self) -> f64 {
        UNIT
    }

    fn draw(&mut self, turn: Option<(f64, (f64, f64))>, paint: impl FnOnce(&mut SVGBackend<'_>)) {
        let mut document = String::new();
        paint(&mut SVGBackend::with_string(&mut document, (1, 1)));
        // plotters writes a document of its own: its first line and its end are left out.
        let drawn = document.split_once('\n').map_or("", |(_, drawn)| drawn);
        let drawn = drawn.strip_suffix("</svg>\n").unwrap_or(drawn);
        let drawn = drawn.replace(" opacity=\"1\"", "");
        match turn {
            None => self.body.push_str(&drawn),
            Some((degrees, (x, y))) => {
                let (x, y) = (units(x), units(y));
                let _ = write!(
                    self.body,
                    "<g transform=\"rotate({} {x} {y})\">\n{drawn}</g>\n",
                    -degrees
                );
            }
        }
    }

    /// `optimizeSpeed` is the older word for `pixelated`, and the one that every viewer knows: others
    /// fade the rims of a color bar.
    fn image(&mut self, image: &Image, rect: Rect) {
        let _ = writeln!(
            self.body,
            "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
             image-rendering=\"optimizeSpeed\" href=\"data:image/png;base64,{}\"/>",
            units(rect.x),
            units(rect.y),
            units(rect.width),
            units(rect.height),
            STANDARD.encode(raster::png_of(image))
        );
    }

    fn cloud(&mut self, cloud: &Cloud) {
        if cloud.points.len() > MOST_SHAPES {
            let (pixels, rect) = cloud::image(cloud, EMBEDDED_DPI);
            return self.image(&pixels, rect);
        }
        let radius = units(cloud.radius) as u32;
        self.draw(None, |backend| {
            for &(x, y, Rgb(r, g, b)) in cloud.points.iter().filter(|point| cloud.shows(point)) {
                let center = (units(f64::from(x)) as i32, units(f64::from(y)) as i32);
                let _ = backend.draw_circle(center, radius, &RGBColor(r, g, b).filled(), true);
            }
        });
    }

    fn threads(&mut self, threads: &Threads) {
        if threads.lines.len() > MOST_SHAPES {
            let (pixels, rect) = raster::threads_image(threads, EMBEDDED_DPI);
            return self.image(&pixels, rect);
        }
        let Rgb(r, g, b) = threads.color;
        let style = RGBColor(r, g, b).stroke_width(units(threads.width) as u32);
        self.draw(None, |backend| {
            for line in &threads.lines {
                let [x0, y0, x1, y1] = line.map(|v| units(f64::from(v)) as i32);
                let _ = backend.draw_line((x0, y0), (x1, y1), &style);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::figure::text::Label;

    #[test]
    fn text_stays_text() {
        let mut scene = Scene::new(100.0, 50.0);
        let label = Label::new("A<B & C").bold().turned(45.0);
        label.at(&mut scene, 10.0, 20.5);
        let svg = svg(&scene);
        assert!(svg.contains("viewBox=\"0 0 10000 5000\""));
        assert!(svg.contains("rotate(-45 1000 2050)"));
        assert!(svg.contains("A&lt;B &amp; C\n</text>"));
        assert!(svg.contains("font-weight:700") && !svg.contains("font-weight:400"));
        assert_eq!(svg.matches("<svg").count(), 1);
        assert_eq!(svg.matches("</svg>").count(), 1);
    }

    #[test]
    fn genes_lean_where_that_is_wanted() {
        use crate::data::figure::{Figure, Ranks, Symbols};
        let names = |name: &str| vec![std::sync::Arc::new([name].iter().collect())];
        let mut figure = Figure::of(Ranks {
            names: vec!["CD3D".to_owned(), "T".to_owned()],
            scores: vec![2.0, 1.0],
            ..Ranks::default()
        });
        figure.title = Some("CD3D".to_owned());
        figure.symbols = Symbols {
            genes: names("CD3D"),
            groups: names("T"),
        };
        let drawn = |figure: &Figure| {
            let bytes = crate::render::figure::file(figure, crate::render::Format::Svg, 150.0);
            String::from_utf8(bytes).unwrap()
        };
        assert!(!drawn(&figure).contains("font-style"));
        figure.italic = true;
        assert!(drawn(&figure).contains("font-style=\"italic\""));
    }

    #[test]
    fn many_points_become_one_image() {
        let cloud = |n: usize| {
            let mut scene = Scene::new(10.0, 10.0);
            scene.items.push(Item::Cloud(Cloud {
                clip: Rect::new(0.0, 0.0, 10.0, 10.0),
                points: vec![(5.0, 5.0, Rgb(1, 2, 3)); n],
                radius: 1.0,
            }));
            svg(&scene)
        };
        assert_eq!(cloud(3).matches("<circle").count(), 3);
        let many = cloud(MOST_SHAPES + 1);
        assert_eq!(many.matches("<circle").count(), 0);
        assert_eq!(many.matches("<image").count(), 1);
    }
}

//! A scene as SVG: shapes as shapes, text as text with its font inside, points as one image.

use super::scene::{Anchor, Cloud, Image, Item, Path, Rect, Scene, Segment, Stroke, Text};
use super::{cloud, raster, text};
use crate::data::figure::Rgb;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;

/// Clouds of more points are embedded as an image.
pub const MOST_SHAPES: usize = 2_000;
/// Pixels to the inch of embedded clouds.
pub const EMBEDDED_DPI: f64 = 300.0;

pub fn svg(scene: &Scene) -> String {
    let mut body = String::new();
    let mut clips = 0;
    for item in &scene.items {
        match item {
            Item::Shape {
                path,
                fill,
                stroke,
                clip,
            } => {
                let clip = clip.map(|rect| open_clip(&mut body, &mut clips, rect));
                shape(&mut body, path, *fill, stroke.as_ref());
                close_clip(&mut body, clip);
            }
            Item::Text(label) => write_text(&mut body, label),
            Item::Image(pixels, rect) => image(&mut body, pixels, *rect),
            Item::Cloud(points) => write_cloud(&mut body, &mut clips, points),
        }
    }
    let (width, height) = (short(scene.width), short(scene.height));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}pt\" height=\"{height}pt\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"Arimo, Arial, Helvetica, sans-serif\">\n\
         {}<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{body}</svg>\n",
        fonts(scene)
    )
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

fn open_clip(body: &mut String, clips: &mut usize, rect: Rect) -> usize {
    *clips += 1;
    let _ = write!(
        body,
        "<clipPath id=\"c{clips}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>\
         <g clip-path=\"url(#c{clips})\">",
        short(rect.x),
        short(rect.y),
        short(rect.width),
        short(rect.height)
    );
    *clips
}

fn close_clip(body: &mut String, clip: Option<usize>) {
    if clip.is_some() {
        body.push_str("</g>\n");
    }
}

fn shape(body: &mut String, path: &Path, fill: Option<Rgb>, stroke: Option<&Stroke>) {
    let fill = fill.map_or("none".to_owned(), |colour| colour.to_string());
    let _ = write!(body, "<path d=\"{}\" fill=\"{fill}\"", outline(path));
    if let Some(stroke) = stroke {
        let width = short(stroke.width);
        let _ = write!(
            body,
            " stroke=\"{}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"",
            stroke.colour
        );
        if stroke.dashed {
            let (on, off) = (short(4.0 * stroke.width), short(2.5 * stroke.width));
            let _ = write!(body, " stroke-dasharray=\"{on} {off}\"");
        } else {
            body.push_str(" stroke-linecap=\"square\"");
        }
    }
    body.push_str("/>\n");
}

fn outline(path: &Path) -> String {
    let mut d = String::new();
    for segment in &path.0 {
        let numbers: &[f64] = match segment {
            Segment::Move(x, y) => &[*x, *y],
            Segment::Line(x, y) => &[*x, *y],
            Segment::Cubic(a, b, c, e, x, y) => &[*a, *b, *c, *e, *x, *y],
            Segment::Close => &[],
        };
        d.push(match segment {
            Segment::Move(..) => 'M',
            Segment::Line(..) => 'L',
            Segment::Cubic(..) => 'C',
            Segment::Close => 'Z',
        });
        let numbers: Vec<String> = numbers.iter().map(|&v| short(v)).collect();
        d.push_str(&numbers.join(" "));
    }
    d
}

fn write_text(body: &mut String, label: &Text) {
    if label.halo {
        // A text of its own: few readers know `paint-order`.
        let rim = short(label.size * 0.22);
        let stroke =
            format!(" stroke=\"#ffffff\" stroke-width=\"{rim}\" stroke-linejoin=\"round\"");
        write_line(body, label, &stroke);
    }
    write_line(body, label, "");
}

fn write_line(body: &mut String, label: &Text, stroke: &str) {
    let (x, y) = (short(label.x), short(label.y));
    let _ = write!(
        body,
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" fill=\"{}\"{stroke}",
        short(label.size),
        label.colour
    );
    match label.anchor {
        Anchor::Start => {}
        Anchor::Middle => body.push_str(" text-anchor=\"middle\""),
        Anchor::End => body.push_str(" text-anchor=\"end\""),
    }
    if label.bold {
        body.push_str(" font-weight=\"700\"");
    }
    if label.turn != 0.0 {
        let _ = write!(
            body,
            " transform=\"rotate({} {x} {y})\"",
            short(-label.turn)
        );
    }
    let text = text::printable(&label.text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let _ = writeln!(body, ">{text}</text>");
}

fn image(body: &mut String, image: &Image, rect: Rect) {
    let _ = writeln!(
        body,
        "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
         image-rendering=\"pixelated\" href=\"data:image/png;base64,{}\"/>",
        short(rect.x),
        short(rect.y),
        short(rect.width),
        short(rect.height),
        STANDARD.encode(raster::png_of(image))
    );
}

fn write_cloud(body: &mut String, clips: &mut usize, points: &Cloud) {
    if points.points.len() > MOST_SHAPES {
        let (pixels, rect) = cloud::image(points, EMBEDDED_DPI);
        image(body, &pixels, rect);
        return;
    }
    let clip = open_clip(body, clips, points.clip);
    for (x, y, colour) in &points.points {
        let _ = write!(
            body,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{colour}\"/>",
            short(f64::from(*x)),
            short(f64::from(*y)),
            short(points.radius)
        );
    }
    close_clip(body, Some(clip));
}

/// A number with at most two decimals.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text {
        "-0" | "" => "0".to_owned(),
        text => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::figure::text::Label;

    #[test]
    fn text_stays_text() {
        let mut scene = Scene::new(100.0, 50.0);
        Label::new("A<B & C")
            .bold()
            .turned(90.0)
            .at(&mut scene, 10.0, 20.5);
        let svg = svg(&scene);
        assert!(svg.contains("viewBox=\"0 0 100 50\""));
        assert!(svg.contains("rotate(-90 10 20.5)"));
        assert!(svg.contains(">A&lt;B &amp; C</text>"));
        assert!(svg.contains("font-weight:700") && !svg.contains("font-weight:400"));
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

    #[test]
    fn short_numbers() {
        assert_eq!(short(1.0), "1");
        assert_eq!(short(-0.001), "0");
        assert_eq!(short(2.346), "2.35");
        assert_eq!(short(120.0), "120");
    }
}

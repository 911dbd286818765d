//! A scene as pixels, at any resolution. The same pixels on every machine.

use super::cloud;
use super::scene::{Image, Item, Path, Rect, Scene, Segment, Stroke, Text};
use super::text;
use crate::data::figure::Rgb;
use tiny_skia::{
    FillRule, LineCap, LineJoin, Mask, Paint, PathBuilder, Pixmap, PixmapPaint, StrokeDash,
    Transform,
};

/// The largest picture that is made, in pixels: 400 MB.
const LARGEST: f64 = 1e8;

/// The scene on white, `dpi` pixels to the inch; coarser if it would be too large.
pub fn pixels(scene: &Scene, dpi: f64) -> Pixmap {
    let area = (scene.width * scene.height).max(1.0);
    let scale = (dpi / 72.0).min((LARGEST / area).sqrt());
    let size = |points: f64| (points * scale).round().clamp(1.0, 60_000.0) as u32;
    let mut pixmap = Pixmap::new(size(scene.width), size(scene.height))
        .expect("both sides are at least one and at most 60,000 pixels");
    pixmap.fill(tiny_skia::Color::WHITE);
    for item in &scene.items {
        draw(&mut pixmap, item, scale);
    }
    pixmap
}

/// PNG without an alpha channel, its resolution noted.
pub fn png(scene: &Scene, dpi: f64) -> Vec<u8> {
    let pixmap = pixels(scene, dpi);
    let rgb: Vec<u8> = pixmap
        .data()
        .chunks_exact(4)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    let per_metre = (dpi / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: png::Unit::Meter,
    }));
    write(encoder, &rgb);
    file
}

/// PNG of an image with transparency, to be embedded.
pub fn png_of(image: &Image) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, image.width as u32, image.height as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    write(encoder, &image.pixels);
    file
}

fn write(encoder: png::Encoder<'_, &mut Vec<u8>>, data: &[u8]) {
    let mut writer = encoder.write_header().expect("the sizes are not zero");
    writer
        .write_image_data(data)
        .expect("writing into memory, as many bytes as announced");
}

fn draw(pixmap: &mut Pixmap, item: &Item, scale: f64) {
    match item {
        Item::Shape {
            path,
            fill,
            stroke,
            clip,
        } => {
            let mask = clip.map(|rect| mask(pixmap, rect, scale));
            let sharp = snapped(path, stroke.map_or(0.0, |stroke| stroke.width), scale);
            if let Some(colour) = fill {
                fill_path(
                    pixmap,
                    &sharp,
                    *colour,
                    mask.as_ref(),
                    Transform::identity(),
                );
            }
            if let Some(stroke) = stroke {
                stroke_path(
                    pixmap,
                    &sharp,
                    stroke,
                    scale,
                    mask.as_ref(),
                    Transform::identity(),
                );
            }
        }
        Item::Text(text) => draw_text(pixmap, text, scale),
        Item::Image(image, rect) => draw_image(pixmap, image, *rect, scale),
        Item::Cloud(cloud) => {
            let (width, height) = (pixmap.width() as usize, pixmap.height() as usize);
            cloud::stamp(cloud, scale, (0.0, 0.0), pixmap.data_mut(), width, height);
        }
    }
}

fn paint(colour: Rgb) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(colour.0, colour.1, colour.2, 255);
    paint
}

fn mask(pixmap: &Pixmap, rect: Rect, scale: f64) -> Mask {
    let mut mask = Mask::new(pixmap.width(), pixmap.height()).expect("the pixmap has a size");
    if let Some(path) = built(&scaled(&Path::rect(rect), scale)) {
        mask.fill_path(&path, FillRule::Winding, true, Transform::identity());
    }
    mask
}

fn fill_path(pixmap: &mut Pixmap, path: &Path, colour: Rgb, mask: Option<&Mask>, turn: Transform) {
    if let Some(path) = built(path) {
        pixmap.fill_path(&path, &paint(colour), FillRule::Winding, turn, mask);
    }
}

fn stroke_path(
    pixmap: &mut Pixmap,
    path: &Path,
    stroke: &Stroke,
    scale: f64,
    mask: Option<&Mask>,
    turn: Transform,
) {
    let Some(path) = built(path) else { return };
    let width = (stroke.width * scale).max(0.1) as f32;
    let style = tiny_skia::Stroke {
        width,
        line_cap: if stroke.dashed {
            LineCap::Butt
        } else {
            LineCap::Square
        },
        line_join: LineJoin::Round,
        dash: match stroke.dashed {
            true => StrokeDash::new(vec![4.0 * width, 2.5 * width], 0.0),
            false => None,
        },
        ..Default::default()
    };
    pixmap.stroke_path(&path, &paint(stroke.colour), &style, turn, mask);
}

fn draw_text(pixmap: &mut Pixmap, label: &Text, scale: f64) {
    let width = text::width(&label.text, label.size, label.bold);
    let shift = match label.anchor {
        super::scene::Anchor::Start => 0.0,
        super::scene::Anchor::Middle => -width / 2.0,
        super::scene::Anchor::End => -width,
    };
    let path = scaled(&text::outline(&label.text, label.size, label.bold), scale);
    let (x, y) = ((label.x * scale) as f32, (label.y * scale) as f32);
    let turn = Transform::from_translate((shift * scale) as f32, 0.0)
        .post_rotate(-label.turn as f32)
        .post_translate(x, y);
    if label.halo {
        let rim = Stroke::new(Rgb::WHITE, label.size * 0.22);
        stroke_path(pixmap, &path, &rim, scale, None, turn);
    }
    fill_path(pixmap, &path, label.colour, None, turn);
}

/// An image on whole pixels: enlarged without blur, reduced by averaging.
fn draw_image(pixmap: &mut Pixmap, image: &Image, rect: Rect, scale: f64) {
    let (left, top) = ((rect.x * scale).round(), (rect.y * scale).round());
    let width = ((rect.right() * scale).round() - left).max(1.0) as usize;
    let height = ((rect.bottom() * scale).round() - top).max(1.0) as usize;
    let resampled = resample(image, width, height);
    let size = tiny_skia::IntSize::from_wh(width as u32, height as u32);
    if let Some(drawn) = size.and_then(|size| Pixmap::from_vec(resampled, size)) {
        pixmap.draw_pixmap(
            left as i32,
            top as i32,
            drawn.as_ref(),
            &PixmapPaint::default(),
            Transform::identity(),
            None,
        );
    }
}

/// Premultiplied pixels of another size.
fn resample(image: &Image, width: usize, height: usize) -> Vec<u8> {
    let span = |i: usize, to: usize, from: usize| {
        if from <= to {
            let at = ((i as f64 + 0.5) * from as f64 / to as f64) as usize;
            (at.min(from - 1), at.min(from - 1) + 1)
        } else {
            let start = i * from / to;
            (start, ((i + 1) * from).div_ceil(to).clamp(start + 1, from))
        }
    };
    let mut out = Vec::with_capacity(width * height * 4);
    for y in 0..height {
        let (top, bottom) = span(y, height, image.height);
        for x in 0..width {
            let (left, right) = span(x, width, image.width);
            let mut sums = [0u32; 4];
            for row in top..bottom {
                for pixel in image.pixels[4 * (row * image.width + left)..][..4 * (right - left)]
                    .chunks_exact(4)
                {
                    let alpha = u32::from(pixel[3]);
                    for (sum, &part) in sums.iter_mut().zip(&pixel[..3]) {
                        *sum += u32::from(part) * alpha / 255;
                    }
                    sums[3] += alpha;
                }
            }
            let n = ((bottom - top) * (right - left)) as u32;
            out.extend(sums.map(|sum| ((sum + n / 2) / n) as u8));
        }
    }
    out
}

/// The path in pixels. One of horizontal and vertical lines alone is moved onto whole pixels.
fn snapped(path: &Path, stroke: f64, scale: f64) -> Path {
    let mut at = (f64::NAN, f64::NAN);
    let straight = path.0.iter().all(|segment| match *segment {
        Segment::Move(x, y) => {
            at = (x, y);
            true
        }
        Segment::Line(x, y) => {
            let along = x == at.0 || y == at.1;
            at = (x, y);
            along
        }
        Segment::Cubic(..) => false,
        Segment::Close => true,
    });
    if !straight {
        return scaled(path, scale);
    }
    let odd = stroke > 0.0 && (stroke * scale).round().max(1.0) as u64 % 2 == 1;
    let shift = if odd { 0.5 } else { 0.0 };
    let snap = |v: f64| (v * scale - shift).round() + shift;
    mapped(path, |x, y| (snap(x), snap(y)))
}

fn scaled(path: &Path, scale: f64) -> Path {
    mapped(path, |x, y| (x * scale, y * scale))
}

fn mapped(path: &Path, place: impl Fn(f64, f64) -> (f64, f64)) -> Path {
    let moved = |segment: &Segment| match *segment {
        Segment::Move(x, y) => {
            let (x, y) = place(x, y);
            Segment::Move(x, y)
        }
        Segment::Line(x, y) => {
            let (x, y) = place(x, y);
            Segment::Line(x, y)
        }
        Segment::Cubic(x1, y1, x2, y2, x, y) => {
            let ((x1, y1), (x2, y2), (x, y)) = (place(x1, y1), place(x2, y2), place(x, y));
            Segment::Cubic(x1, y1, x2, y2, x, y)
        }
        Segment::Close => Segment::Close,
    };
    Path(path.0.iter().map(moved).collect())
}

fn built(path: &Path) -> Option<tiny_skia::Path> {
    let mut builder = PathBuilder::new();
    for segment in &path.0 {
        match *segment {
            Segment::Move(x, y) => builder.move_to(x as f32, y as f32),
            Segment::Line(x, y) => builder.line_to(x as f32, y as f32),
            Segment::Cubic(x1, y1, x2, y2, x, y) => builder.cubic_to(
                x1 as f32, y1 as f32, x2 as f32, y2 as f32, x as f32, y as f32,
            ),
            Segment::Close => builder.close(),
        }
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn at(pixmap: &Pixmap, x: u32, y: u32) -> (u8, u8, u8) {
        let pixel = pixmap.pixel(x, y).unwrap();
        (pixel.red(), pixel.green(), pixel.blue())
    }

    #[test]
    fn thin_lines_are_sharp() {
        let mut scene = Scene::new(10.0, 10.0);
        scene.line((0.0, 5.2), (10.0, 5.2), Rgb::BLACK, 1.0);
        let pixmap = pixels(&scene, 72.0);
        assert_eq!(at(&pixmap, 5, 5), (0, 0, 0));
        assert_eq!(at(&pixmap, 5, 4), (255, 255, 255));
        assert_eq!(at(&pixmap, 5, 6), (255, 255, 255));
    }

    #[test]
    fn images_keep_their_pixels_or_average_them() {
        let image = Image {
            width: 2,
            height: 1,
            pixels: Arc::new(vec![0, 0, 0, 255, 200, 200, 200, 255]),
        };
        assert_eq!(
            resample(&image, 4, 1)[..12],
            [0, 0, 0, 255, 0, 0, 0, 255, 200, 200, 200, 255]
        );
        assert_eq!(resample(&image, 1, 1), [100, 100, 100, 255]);
    }

    #[test]
    fn too_large_becomes_coarser() {
        let pixmap = pixels(&Scene::new(30_000.0, 10.0), 1000.0);
        assert!(pixmap.width() <= 60_000);
    }

    #[test]
    fn a_png_is_the_same_each_time() {
        let mut scene = Scene::new(40.0, 20.0);
        text::Label::new("CD3D").at(&mut scene, 2.0, 14.0);
        let first = png(&scene, 150.0);
        assert_eq!(&first[1..4], b"PNG");
        assert_eq!(first, png(&scene, 150.0));
    }
}

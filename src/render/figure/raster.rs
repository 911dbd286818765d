//! A scene as pixels, at any resolution. The same pixels on every machine.
//!
//! plotters' own bitmap backend draws on whole pixels; this one is a backend for it with edges
//! smoothed by tiny-skia, so that thin lines and small dots look as they do in print.

use super::cloud;
use super::pixels::{resample, snapped};
use super::scene::{Cloud, Image, Rect, Scene, Segment, Threads};
use super::surface::{SIZE_FACTOR, Surface, TOP, draw};
use super::text;
use crate::data::stop;
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind, FontStyle,
};
use std::convert::Infallible;
use std::sync::Arc;
use tiny_skia::{
    FillRule, IntSize, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PixmapPaint, Stroke,
    Transform,
};

/// The largest picture that is made, in pixels: 400 MB.
const LARGEST: f64 = 1e8;
/// Whole coordinates to a pixel.
const PARTS: f64 = 64.0;

/// The scene on white, `dpi` pixels to the inch; coarser if it would be too large.
pub fn pixels(scene: &Scene, dpi: f64) -> Pixmap {
    let area = (scene.width * scene.height).max(1.0);
    let scale = (dpi / 72.0).min((LARGEST / area).sqrt());
    let mut pixmap = empty(scene.width * scale, scene.height * scale);
    pixmap.fill(tiny_skia::Color::WHITE);
    let mut raster = Raster {
        pixmap,
        scale,
        turn: Transform::identity(),
    };
    draw(scene, &mut raster);
    raster.pixmap
}

fn empty(width: f64, height: f64) -> Pixmap {
    let side = |length: f64| length.round().clamp(1.0, 60_000.0) as u32;
    Pixmap::new(side(width), side(height)).expect("both sides are between 1 and 60,000 pixels")
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
    if stop::is_asked() {
        return file;
    }
    let mut encoder = png::Encoder::new(&mut file, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Rgb);
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
    write(encoder, &image.pixels);
    file
}

fn write(mut encoder: png::Encoder<'_, &mut Vec<u8>>, data: &[u8]) {
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    let mut writer = encoder.write_header().expect("the sizes are not zero");
    writer
        .write_image_data(data)
        .expect("writing into memory, as many bytes as announced");
}

/// Thin lines alone on nothing, to be embedded, and where they lie.
pub fn threads_image(threads: &Threads, dpi: f64) -> (Image, Rect) {
    let scale = dpi / 72.0;
    let area = threads.area;
    let pixmap = empty(area.width * scale, area.height * scale);
    let (width, height) = (pixmap.width() as usize, pixmap.height() as usize);
    let mut raster = Raster {
        pixmap,
        scale,
        turn: Transform::from_translate((-area.x * scale) as f32, (-area.y * scale) as f32),
    };
    raster.threads(threads);
    let pixels = Arc::new(raster.pixmap.take_demultiplied());
    let image = Image {
        width,
        height,
        pixels,
    };
    (image, area)
}

/// Pixels that plotters draws on.
struct Raster {
    pixmap: Pixmap,
    /// Pixels to a point.
    scale: f64,
    turn: Transform,
}

impl Raster {
    fn paint(color: BackendColor) -> Paint<'static> {
        let mut paint = Paint::default();
        let (r, g, b) = color.rgb;
        paint.set_color_rgba8(r, g, b, (color.alpha * 255.0).round() as u8);
        paint
    }

    fn fill(&mut self, path: &Path, color: BackendColor) {
        let paint = Self::paint(color);
        let rule = FillRule::Winding;
        self.pixmap.fill_path(path, &paint, rule, self.turn, None);
    }

    /// `width` in whole coordinates.
    fn stroke(&mut self, path: &Path, color: BackendColor, width: u32) {
        let stroke = Stroke {
            width: (f64::from(width) / PARTS) as f32,
            line_cap: LineCap::Square,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        let paint = Self::paint(color);
        self.pixmap
            .stroke_path(path, &paint, &stroke, self.turn, None);
    }

    /// The path through points given in whole coordinates; a line of a width of its own is put
    /// onto whole pixels where it is straight.
    fn path(
        &self,
        points: impl IntoIterator<Item = BackendCoord>,
        width: Option<u32>,
    ) -> Option<Path> {
        let part = |v: i32| f64::from(v) / PARTS;
        let points: Vec<(f64, f64)> = points
            .into_iter()
            .map(|(x, y)| (part(x), part(y)))
            .collect();
        let upright = self.turn.is_identity();
        let points = if upright {
            snapped(points, width.map(|width| f64::from(width) / PARTS))
        } else {
            points
        };
        let mut builder = PathBuilder::new();
        for (i, &(x, y)) in points.iter().enumerate() {
            match i {
                0 => builder.move_to(x as f32, y as f32),
                _ => builder.line_to(x as f32, y as f32),
            }
        }
        if points.len() > 2 && points.first() == points.last() {
            builder.close();
        }
        builder.finish()
    }
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Raster {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (
            self.pixmap.width().saturating_mul(PARTS as u32),
            self.pixmap.height().saturating_mul(PARTS as u32),
        )
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + PARTS as i32, y + PARTS as i32), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let corners = [
            (left, top),
            (right, top),
            (right, bottom),
            (left, bottom),
            (left, top),
        ];
        if fill {
            self.fill_polygon(corners, style)
        } else {
            self.draw_path(corners, style)
        }
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        if let Some(path) = self.path(path, Some(style.stroke_width())) {
            self.stroke(&path, style.color(), style.stroke_width());
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let [x, y] = [x, y].map(|v| (f64::from(v) / PARTS) as f32);
        let radius = (f64::from(radius) / PARTS) as f32;
        if let Some(path) = PathBuilder::from_circle(x, y, radius) {
            if fill {
                self.fill(&path, style.color())
            } else {
                self.stroke(&path, style.color(), style.stroke_width())
            }
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        points: I,
        style: &S,
    ) -> Drawn {
        if let Some(path) = self.path(points, None) {
            self.fill(&path, style.color());
        }
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        written: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Drawn {
        let bold = matches!(style.style(), FontStyle::Bold);
        let size = style.size() / SIZE_FACTOR / PARTS;
        let shift = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => -0.5,
            HPos::Right => -1.0,
        } * text::width(written, size, bold);
        let start = (
            f64::from(x) / PARTS + shift,
            f64::from(y) / PARTS + TOP * size,
        );
        let mut builder = PathBuilder::new();
        let place = |x: f64, y: f64| ((x + start.0) as f32, (y + start.1) as f32);
        let outline = if matches!(style.style(), FontStyle::Italic) {
            text::slanted(written, size)
        } else {
            text::outline(written, size, bold)
        };
        for segment in outline.0 {
            match segment {
                Segment::Move(x, y) => {
                    let (x, y) = place(x, y);
                    builder.move_to(x, y);
                }
                Segment::Line(x, y) => {
                    let (x, y) = place(x, y);
                    builder.line_to(x, y);
                }
                Segment::Cubic(x1, y1, x2, y2, x, y) => {
                    let ((x1, y1), (x2, y2), (x, y)) = (place(x1, y1), place(x2, y2), place(x, y));
                    builder.cubic_to(x1, y1, x2, y2, x, y);
                }
                Segment::Close => builder.close(),
            }
        }
        if let Some(path) = builder.finish() {
            self.fill(&path, style.color());
        }
        Ok(())
    }
}

impl Surface for Raster {
    type Backend<'a> = Raster;

    fn unit(&self) -> f64 {
        self.scale * PARTS
    }

    fn draw(&mut self, turn: Option<(f64, (f64, f64))>, paint: impl FnOnce(&mut Raster)) {
        if let Some((degrees, (x, y))) = turn {
            let (x, y) = ((x * self.scale) as f32, (y * self.scale) as f32);
            self.turn = Transform::from_rotate_at(-degrees as f32, x, y);
        }
        paint(self);
        self.turn = Transform::identity();
    }

    /// On whole pixels: enlarged without blur, reduced by averaging.
    fn image(&mut self, image: &Image, rect: Rect) {
        let pixel = |points: f64| (points * self.scale).round();
        let (left, top) = (pixel(rect.x), pixel(rect.y));
        let width = (pixel(rect.right()) - left).max(1.0) as usize;
        let height = (pixel(rect.bottom()) - top).max(1.0) as usize;
        let size = IntSize::from_wh(width as u32, height as u32);
        let resampled = resample(image, width, height);
        if let Some(drawn) = size.and_then(|size| Pixmap::from_vec(resampled, size)) {
            let (paint, still) = (PixmapPaint::default(), Transform::identity());
            let drawn = drawn.as_ref();
            self.pixmap
                .draw_pixmap(left as i32, top as i32, drawn, &paint, still, None);
        }
    }

    fn cloud(&mut self, cloud: &Cloud) {
        let (width, height) = (self.pixmap.width() as usize, self.pixmap.height() as usize);
        let pixels = self.pixmap.data_mut();
        cloud::stamp(cloud, self.scale, (0.0, 0.0), pixels, width, height);
    }

    fn threads(&mut self, threads: &Threads) {
        let mut builder = PathBuilder::new();
        for line in &threads.lines {
            let [x0, y0, x1, y1] = line.map(|v| v * self.scale as f32);
            builder.move_to(x0, y0);
            builder.line_to(x1, y1);
        }
        let color = BackendColor {
            alpha: 1.0,
            rgb: (threads.color.0, threads.color.1, threads.color.2),
        };
        if let Some(path) = builder.finish() {
            let width = (threads.width * self.unit()).round().max(1.0) as u32;
            self.stroke(&path, color, width);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::figure::Rgb;
    use crate::render::figure::text::Label;

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
    fn too_large_becomes_coarser() {
        let pixmap = pixels(&Scene::new(30_000.0, 10.0), 1000.0);
        assert!(pixmap.width() <= 60_000);
    }

    #[test]
    fn a_png_is_the_same_each_time() {
        let mut scene = Scene::new(40.0, 20.0);
        Label::new("CD3D").at(&mut scene, 2.0, 14.0);
        let first = png(&scene, 150.0);
        assert_eq!(&first[1..4], b"PNG");
        assert_eq!(first, png(&scene, 150.0));
    }

    #[test]
    fn text_stands_on_its_baseline() {
        let mut scene = Scene::new(40.0, 40.0);
        Label::new("H").size(20.0).at(&mut scene, 5.0, 30.0);
        let pixmap = pixels(&scene, 72.0);
        let dark = |y: u32| (0..40).any(|x| at(&pixmap, x, y).0 < 100);
        assert!(dark(29) && !dark(30) && dark(16) && !dark(14));
    }
}

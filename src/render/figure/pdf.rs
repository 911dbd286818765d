//! A scene as PDF: shapes as shapes, text as text with its font inside, points as one image.
//!
//! Fonts are written as the PDF reference has it for TrueType (ISO 32000-1, 9.7.4): glyph numbers
//! as character codes, with a table back to letters so that text can be searched.

use super::scene::{Image, Item, Path, Rect, Scene, Segment, Stroke, Text};
use super::surface::anchor_shift;
use super::svg::{EMBEDDED_DPI, MOST_SHAPES};
use super::{cloud, raster, text};
use crate::data::figure::Rgb;
use crate::data::stop;
use crate::math;
use ab_glyph::Font as _;
use flate2::{Compression, write::ZlibEncoder};
use pdf_writer::types::{
    CidFontType, FontFlags, LineCapStyle, LineJoinStyle, SystemInfo, UnicodeCmap,
};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Ref, Str};
use std::io::Write as _;

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const PAGE: Ref = Ref::new(3);
const CONTENT: Ref = Ref::new(4);
/// Each font takes five numbers from here on.
const FONTS: i32 = 5;
/// Each image takes two.
const IMAGES: i32 = 15;

pub fn pdf(scene: &Scene) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let mut images: Vec<Image> = Vec::new();
    let content = content(scene, &mut images);
    pdf.catalog(CATALOG).pages(PAGES);
    pdf.pages(PAGES).kids([PAGE]).count(1);
    let mut page = pdf.page(PAGE);
    page.media_box(pdf_writer::Rect::new(
        0.0,
        0.0,
        scene.width as f32,
        scene.height as f32,
    ));
    page.parent(PAGES).contents(CONTENT);
    let mut resources = page.resources();
    resources
        .fonts()
        .pair(Name(b"F0"), Ref::new(FONTS))
        .pair(Name(b"F1"), Ref::new(FONTS + 5));
    let mut objects = resources.x_objects();
    for i in 0..images.len() {
        objects.pair(
            Name(image_name(i).as_bytes()),
            Ref::new(IMAGES + 2 * i as i32),
        );
    }
    objects.finish();
    resources.finish();
    page.finish();
    pdf.stream(CONTENT, &packed(&content))
        .filter(Filter::FlateDecode);
    for bold in [false, true] {
        write_font(&mut pdf, bold);
    }
    for (i, image) in images.iter().enumerate() {
        write_image(&mut pdf, IMAGES + 2 * i as i32, image);
    }
    pdf.finish()
}

fn packed(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(data)
        .and_then(|()| encoder.finish())
        .expect("writing into memory cannot fail")
}

fn image_name(i: usize) -> String {
    format!("I{i}")
}

/// Drawing operators; the axis is turned so that y goes down as in the scene.
fn content(scene: &Scene, images: &mut Vec<Image>) -> Vec<u8> {
    let mut content = Content::new();
    content.transform([1.0, 0.0, 0.0, -1.0, 0.0, scene.height as f32]);
    content.set_line_join(LineJoinStyle::RoundJoin);
    for item in scene.items.iter().take_while(|_| !stop::is_asked()) {
        match item {
            Item::Shape { path, fill, stroke } => shape(&mut content, path, *fill, stroke.as_ref()),
            Item::Disc {
                x,
                y,
                radius,
                fill,
                stroke,
            } => {
                let circle = Path::circle(*x, *y, *radius);
                shape(&mut content, &circle, *fill, stroke.as_ref());
            }
            Item::Text(label) => write_text(&mut content, label),
            Item::Image(image, rect) => place(&mut content, images, image.clone(), *rect),
            Item::Cloud(points) if points.points.len() > MOST_SHAPES => {
                let (image, rect) = cloud::image(points, EMBEDDED_DPI);
                place(&mut content, images, image, rect);
            }
            Item::Cloud(points) => {
                for &(x, y, color) in points.points.iter().filter(|point| points.shows(point)) {
                    let disc = Path::circle(f64::from(x), f64::from(y), points.radius);
                    shape(&mut content, &disc, Some(color), None);
                }
            }
            Item::Threads(threads) => {
                let (image, rect) = raster::threads_image(threads, EMBEDDED_DPI);
                place(&mut content, images, image, rect);
            }
        }
    }
    content.finish().into_vec()
}

fn parts(color: Rgb) -> [f32; 3] {
    [color.0, color.1, color.2].map(|part| f32::from(part) / 255.0)
}

fn shape(content: &mut Content, path: &Path, fill: Option<Rgb>, stroke: Option<&Stroke>) {
    if let Some([r, g, b]) = fill.map(parts) {
        content.set_fill_rgb(r, g, b);
    }
    if let Some(stroke) = stroke {
        style(content, stroke);
    }
    trace(content, path);
    match (fill, stroke) {
        (Some(_), Some(_)) => content.fill_nonzero_and_stroke(),
        (Some(_), None) => content.fill_nonzero(),
        (None, Some(_)) => content.stroke(),
        (None, None) => content.end_path(),
    };
}

fn style(content: &mut Content, stroke: &Stroke) {
    let [r, g, b] = parts(stroke.color);
    let width = stroke.width as f32;
    content.set_stroke_rgb(r, g, b).set_line_width(width);
    if stroke.dashed {
        content.set_line_cap(LineCapStyle::ButtCap);
        content.set_dash_pattern([4.0 * width, 2.5 * width], 0.0);
    } else {
        content.set_line_cap(LineCapStyle::ProjectingSquareCap);
        content.set_dash_pattern([], 0.0);
    }
}

fn trace(content: &mut Content, path: &Path) {
    for segment in &path.0 {
        match *segment {
            Segment::Move(x, y) => content.move_to(x as f32, y as f32),
            Segment::Line(x, y) => content.line_to(x as f32, y as f32),
            Segment::Cubic(x1, y1, x2, y2, x, y) => content.cubic_to(
                x1 as f32, y1 as f32, x2 as f32, y2 as f32, x as f32, y as f32,
            ),
            Segment::Close => content.close_path(),
        };
    }
}

fn write_text(content: &mut Content, label: &Text) {
    let font = text::font(label.bold);
    let printable = text::printable(&label.text);
    let codes: Vec<u8> = printable
        .chars()
        .flat_map(|c| font.glyph_id(c).0.to_be_bytes())
        .collect();
    let shift = anchor_shift(label);
    let (sin, cos) = math::sin_cos(label.turn.to_radians());
    let (x, y) = (label.x + shift * cos, label.y - shift * sin);
    // Glyphs grow upwards, so the text's own matrix turns the axis back.
    let slant = if label.italic { text::SLANT } else { 0.0 };
    let up = (slant * cos - sin, -slant * sin - cos);
    let matrix = [cos, -sin, up.0, up.1, x, y].map(|v| v as f32);
    if label.halo {
        content.save_state();
        let outline = text::outline_of(label);
        content.transform([cos, -sin, sin, cos, x, y].map(|v| v as f32));
        let rim = Stroke::new(Rgb::WHITE, label.size * 0.22);
        shape(content, &outline, None, Some(&rim));
        content.restore_state();
    }
    let [r, g, b] = parts(label.color);
    let name = if label.bold { Name(b"F1") } else { Name(b"F0") };
    content.set_fill_rgb(r, g, b);
    content
        .begin_text()
        .set_font(name, label.size as f32)
        .set_text_matrix(matrix)
        .show(Str(&codes))
        .end_text();
}

/// The picture is drawn upside down where y goes down, so its matrix turns it over.
fn place(content: &mut Content, images: &mut Vec<Image>, image: Image, rect: Rect) {
    let name = image_name(images.len());
    images.push(image);
    content.save_state();
    content
        .transform([rect.width, 0.0, 0.0, -rect.height, rect.x, rect.bottom()].map(|v| v as f32));
    content.x_object(Name(name.as_bytes()));
    content.restore_state();
}

fn write_image(pdf: &mut Pdf, id: i32, image: &Image) {
    let (width, height) = (image.width as i32, image.height as i32);
    let colors: Vec<u8> = image
        .pixels
        .chunks_exact(4)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    let alphas: Vec<u8> = image.pixels.iter().skip(3).step_by(4).copied().collect();
    let colors = packed(&colors);
    let mut object = pdf.image_xobject(Ref::new(id), &colors);
    object.filter(Filter::FlateDecode);
    object.width(width).height(height).bits_per_component(8);
    object.color_space().device_rgb();
    object.s_mask(Ref::new(id + 1));
    object.finish();
    let alphas = packed(&alphas);
    let mut mask = pdf.image_xobject(Ref::new(id + 1), &alphas);
    mask.filter(Filter::FlateDecode);
    mask.width(width).height(height).bits_per_component(8);
    mask.color_space().device_gray();
}

fn write_font(pdf: &mut Pdf, bold: bool) {
    let first = FONTS + if bold { 5 } else { 0 };
    let [font, cid_font, descriptor, cmap, file] =
        std::array::from_fn(|i| Ref::new(first + i as i32));
    let (name, data) = if bold {
        (Name(b"Arimo-Bold"), text::BOLD)
    } else {
        (Name(b"Arimo-Regular"), text::REGULAR)
    };
    let info = SystemInfo {
        registry: Str(b"Adobe"),
        ordering: Str(b"Identity"),
        supplement: 0,
    };
    pdf.type0_font(font)
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(cid_font)
        .to_unicode(cmap);
    let face = text::font(bold);
    let unit = |units: f32| units * 1000.0 / text::units_per_em(bold) as f32;
    let mut cid = pdf.cid_font(cid_font);
    cid.subtype(CidFontType::Type2).base_font(name);
    cid.system_info(info)
        .font_descriptor(descriptor)
        .default_width(0.0);
    cid.cid_to_gid_map_predefined(Name(b"Identity"));
    let glyphs = (0..face.glyph_count()).map(|glyph| ab_glyph::GlyphId(glyph as u16));
    cid.widths()
        .consecutive(0, glyphs.map(|glyph| unit(face.h_advance_unscaled(glyph))));
    cid.finish();
    pdf.font_descriptor(descriptor)
        .name(name)
        .flags(FontFlags::NON_SYMBOLIC)
        .bbox(pdf_writer::Rect::new(-544.0, -303.0, 1302.0, 980.0))
        .italic_angle(0.0)
        .ascent(unit(face.ascent_unscaled()))
        .descent(unit(face.descent_unscaled()))
        .cap_height(text::CAPITAL as f32 * 1000.0)
        .stem_v(if bold { 140.0 } else { 80.0 })
        .font_file2(file);
    pdf.cmap(cmap, &letters(bold, info));
    let packed = packed(data);
    pdf.stream(file, &packed)
        .filter(Filter::FlateDecode)
        .pair(Name(b"Length1"), data.len() as i32);
}

/// From glyph numbers back to letters.
fn letters(bold: bool, info: SystemInfo) -> Vec<u8> {
    let mut pairs: Vec<(u16, char)> = text::font(bold)
        .codepoint_ids()
        .map(|(glyph, letter)| (glyph.0, letter))
        .collect();
    pairs.sort_unstable();
    pairs.dedup_by_key(|pair| pair.0);
    let mut cmap = UnicodeCmap::new(Name(b"Letters"), info);
    for (glyph, letter) in pairs {
        cmap.pair(glyph, letter);
    }
    cmap.finish().into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_every_kind_of_item() {
        let mut scene = Scene::new(100.0, 50.0);
        scene.fill(Path::circle(10.0, 10.0, 4.0), Rgb(255, 0, 0));
        text::Label::new("PC1")
            .halo()
            .bold()
            .turned(90.0)
            .at(&mut scene, 20.0, 40.0);
        let image = Image {
            width: 1,
            height: 1,
            pixels: std::sync::Arc::new(vec![1, 2, 3, 255]),
        };
        scene
            .items
            .push(Item::Image(image, Rect::new(1.0, 1.0, 5.0, 5.0)));
        let file = pdf(&scene);
        assert!(file.starts_with(b"%PDF-1."));
        assert_eq!(file, pdf(&scene));
        let has = |part: &[u8]| file.windows(part.len()).any(|window| window == part);
        assert!(has(b"/FontFile2") && has(b"/SMask") && has(b"/I0 15 0 R"));
    }
}

//! Slides of tissue: bodies with one unit on both sides, spots of their true size, and the image below.

use super::ruler::Ruler;
use super::scene::{Image, Item, Rect, Scene};
use crate::data::figure::{Rgb, Slide, SlideImage};
use std::ops::Range;
use std::sync::Arc;

type Ends = (f64, f64);

/// Height over width of what is seen.
fn shape(x: Ends, y: Ends) -> f64 {
    ((y.1 - y.0) / (x.1 - x.0)).abs()
}

/// The size of a body in which x and y have one unit, not larger than another on either side.
pub fn like(x: Ends, y: Ends, (width, height): (f64, f64)) -> (f64, f64) {
    let shape = shape(x, y);
    if shape * width > height {
        (height / shape, height)
    } else {
        (width, width * shape)
    }
}

/// The middle part of a body in which x and y have one unit.
pub fn within(x: Ends, y: Ends, body: Rect) -> Rect {
    let (width, height) = like(x, y, (body.width, body.height));
    let (left, top) = (body.width - width, body.height - height);
    Rect::new(body.x + left / 2.0, body.y + top / 2.0, width, height)
}

/// Radius of the spots in points, where it is known.
pub fn radius(slide: Option<&Slide>, x: &Ruler) -> Option<f64> {
    let diameter = slide?.diameter?;
    let unit = (x.end - x.start) / (x.high - x.low);
    Some(diameter * unit / 2.0)
}

/// The part of an image that is seen, at its place.
pub fn draw(scene: &mut Scene, image: &SlideImage, (x, y): (&Ruler, &Ruler)) {
    let columns = pixels(x, image.scale, image.width);
    let rows = pixels(y, image.scale, image.height);
    if columns.is_empty() || rows.is_empty() {
        return;
    }
    let place = |ruler: &Ruler, pixel: usize| ruler.at(pixel as f64 / image.scale);
    let (left, right) = (place(x, columns.start), place(x, columns.end));
    let (top, bottom) = (place(y, rows.start), place(y, rows.end));
    let part = Image {
        width: columns.len(),
        height: rows.len(),
        pixels: Arc::new(part(image, columns, rows)),
    };
    let rect = Rect::new(left, top, right - left, bottom - top);
    scene.items.push(Item::Image(part, rect));
}

/// The pixels along a side that lie wholly in what is seen.
fn pixels(ruler: &Ruler, scale: f64, length: usize) -> Range<usize> {
    let low = ruler.low.min(ruler.high) * scale;
    let high = ruler.low.max(ruler.high) * scale;
    let start = low.ceil().max(0.0) as usize;
    start..(high.floor().max(0.0) as usize).min(length).max(start)
}

/// Pixels with their opacity.
fn part(image: &SlideImage, columns: Range<usize>, rows: Range<usize>) -> Vec<u8> {
    let row = |row: usize| &image.pixels[row * image.width..][columns.clone()];
    let pixels = rows.flat_map(row);
    pixels
        .flat_map(|&Rgb(red, green, blue)| [red, green, blue, 255])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::figure::Scale;

    #[test]
    fn bodies_have_the_shape_of_what_is_seen() {
        assert_eq!(
            like((0.0, 10.0), (20.0, 0.0), (100.0, 100.0)),
            (50.0, 100.0)
        );
        let body = Rect::new(5.0, 0.0, 100.0, 100.0);
        let within = within((0.0, 20.0), (10.0, 0.0), body);
        assert_eq!(within, Rect::new(5.0, 25.0, 100.0, 50.0));
    }

    #[test]
    fn the_part_of_an_image_that_is_seen_lies_under_its_points() {
        let ruler = |ends, start, end| Ruler::new(&Scale::default(), ends, start, end);
        let (x, y) = (
            ruler((10.0, 30.0), 0.0, 40.0),
            ruler((40.0, -20.0), 60.0, 0.0),
        );
        let image = SlideImage {
            width: 4,
            height: 3,
            pixels: Arc::new((0..12).map(|i| Rgb(i, 0, 0)).collect()),
            scale: 0.1,
        };
        let mut scene = Scene::new(40.0, 60.0);
        draw(&mut scene, &image, (&x, &y));
        let Some(Item::Image(part, rect)) = scene.items.pop() else {
            panic!("no image");
        };
        assert_eq!((part.width, part.height), (2, 3));
        assert_eq!(part.pixels[4 * 2], 5);
        assert_eq!(rect, Rect::new(0.0, 20.0, 40.0, 30.0));
        let aside = (&ruler((50.0, 60.0), 0.0, 40.0), &y);
        draw(&mut scene, &image, aside);
        assert!(scene.items.is_empty());
    }

    #[test]
    fn spots_have_their_size() {
        let x = Ruler::new(&Scale::default(), (0.0, 20.0), 0.0, 40.0);
        let slide = |diameter| Slide {
            diameter,
            image: None,
            whole: false,
        };
        assert_eq!(radius(Some(&slide(Some(3.0))), &x), Some(3.0));
        assert_eq!(radius(Some(&slide(None)), &x), None);
    }
}

//! Where points lie on a slide of tissue, and the image of it that is drawn below them.

use super::Rgb;
use std::sync::Arc;

/// What is drawn with points whose places are pixels of a microscope's image: x to the right, y down,
/// both with one unit.
#[derive(Debug, Clone)]
pub struct Slide {
    /// Diameter of a spot in the units of x and y; by number of points where it is not known.
    pub diameter: Option<f64>,
    pub image: Option<SlideImage>,
    /// The whole image is shown, not only the part with points.
    pub whole: bool,
}

/// An image of tissue, often smaller than the one that places count pixels of.
#[derive(Debug, Clone)]
pub struct SlideImage {
    /// Pixels.
    pub width: usize,
    pub height: usize,
    /// Row by row from the top.
    pub pixels: Arc<Vec<Rgb>>,
    /// Pixels of this image for a unit of x and y.
    pub scale: f64,
}

impl Slide {
    /// From left to right and from top to bottom what is seen, in the units of x and y: the points
    /// with a margin of a spot, or the whole image.
    pub fn seen(&self, x: &[f32], y: &[f32]) -> [(f64, f64); 2] {
        if let (true, Some(image)) = (self.whole, &self.image) {
            let side = |pixels: usize| (0.0, pixels as f64 / image.scale);
            return [side(image.width), side(image.height)];
        }
        let sides = [range(x), range(y)];
        let longest = sides
            .iter()
            .map(|(low, high)| high - low)
            .fold(0.0, f64::max);
        // One point alone is seen, too.
        let margin = self
            .diameter
            .unwrap_or(0.03 * longest)
            .max(f64::MIN_POSITIVE);
        sides.map(|(low, high)| (low - margin, high + margin))
    }
}

/// The least and the largest finite value; 0 to 1 without any.
fn range(values: &[f32]) -> (f64, f64) {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let ends = finite.fold(None, |ends, value| {
        let value = f64::from(value);
        let (low, high): (f64, f64) = ends.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    });
    ends.unwrap_or((0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_seen_with_a_margin_of_a_spot_and_images_whole() {
        let mut slide = Slide {
            diameter: Some(2.0),
            image: None,
            whole: true,
        };
        let places = [3.0, f32::NAN, 7.0];
        assert_eq!(slide.seen(&places, &places[..1]), [(1.0, 9.0), (1.0, 5.0)]);
        slide.image = Some(SlideImage {
            width: 4,
            height: 2,
            pixels: Arc::new(vec![Rgb::WHITE; 8]),
            scale: 0.1,
        });
        assert_eq!(slide.seen(&places, &places), [(0.0, 40.0), (0.0, 20.0)]);
        slide.whole = false;
        assert_eq!(slide.seen(&[f32::NAN], &places)[0], (-2.0, 3.0));
    }
}

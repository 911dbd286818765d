//! Draws many round points fast: a million take a fraction of a second.

use super::scene::{Cloud, Image, Rect};
use crate::data::figure::Rgb;
use crate::data::stop;
use std::sync::Arc;

/// Positions within a pixel that have a stamp of their own, in each direction.
const PHASES: usize = 4;

/// Coverage of the pixels around a point, 0 to 255, for each position within a pixel.
struct Stamps {
    /// Pixels from the one a point lies in to the edge.
    reach: i64,
    side: usize,
    coverage: Vec<u8>,
}

impl Stamps {
    fn new(radius: f64) -> Self {
        let reach = (radius + 1.0).ceil() as i64;
        let side = (2 * reach + 1) as usize;
        // A point smaller than a pixel shows as less of one.
        let (drawn, strength) = if radius < 0.5 {
            (0.5, (2.0 * radius).powi(2).max(0.12))
        } else {
            (radius, 1.0)
        };
        let mut coverage = Vec::with_capacity(PHASES * PHASES * side * side);
        for phase in 0..PHASES * PHASES {
            let middle = |part: usize| reach as f64 + (part as f64 + 0.5) / PHASES as f64;
            let (cx, cy) = (middle(phase % PHASES), middle(phase / PHASES));
            for pixel in 0..side * side {
                let (x, y) = ((pixel % side) as f64 + 0.5, (pixel / side) as f64 + 0.5);
                let inside = drawn + 0.5 - ((x - cx).powi(2) + (y - cy).powi(2)).sqrt();
                coverage.push((255.0 * strength * inside.clamp(0.0, 1.0)).round() as u8);
            }
        }
        Stamps {
            reach,
            side,
            coverage,
        }
    }

    /// The stamp for a point and the pixel of its upper left corner.
    fn at(&self, x: f64, y: f64) -> (&[u8], i64, i64) {
        let phase = |v: f64| (((v - v.floor()) * PHASES as f64) as usize).min(PHASES - 1);
        let start = (phase(y) * PHASES + phase(x)) * self.side * self.side;
        (
            &self.coverage[start..start + self.side * self.side],
            x.floor() as i64 - self.reach,
            y.floor() as i64 - self.reach,
        )
    }
}

impl Cloud {
    /// Whether the middle of a point lies within the clip.
    pub fn shows(&self, &(x, y, _): &(f32, f32, Rgb)) -> bool {
        let (x, y) = (f64::from(x), f64::from(y));
        (self.clip.x..=self.clip.right()).contains(&x)
            && (self.clip.y..=self.clip.bottom()).contains(&y)
    }
}

/// Points that are drawn between two looks at whether an end is asked for.
const POINTS: usize = 4096;

/// Draws a cloud over premultiplied RGBA pixels whose corner is at `origin` (in points).
pub fn stamp(
    cloud: &Cloud,
    scale: f64,
    origin: (f64, f64),
    pixels: &mut [u8],
    width: usize,
    height: usize,
) {
    let stamps = Stamps::new(cloud.radius * scale);
    let edge = |v: f64, from: f64, most: usize| {
        (((v - from) * scale).round().max(0.0) as usize).min(most) as i64
    };
    let (left, right) = (
        edge(cloud.clip.x, origin.0, width),
        edge(cloud.clip.right(), origin.0, width),
    );
    let (top, bottom) = (
        edge(cloud.clip.y, origin.1, height),
        edge(cloud.clip.bottom(), origin.1, height),
    );
    let points = cloud
        .points
        .chunks(POINTS)
        .take_while(|_| !stop::is_asked());
    for &(x, y, color) in points.flatten() {
        let (px, py) = (
            (f64::from(x) - origin.0) * scale,
            (f64::from(y) - origin.1) * scale,
        );
        if !px.is_finite() || !py.is_finite() {
            continue;
        }
        let (stamp, x0, y0) = stamps.at(px, py);
        let side = stamps.side as i64;
        for row in y0.max(top)..(y0 + side).min(bottom) {
            for column in x0.max(left)..(x0 + side).min(right) {
                let cover = stamp[((row - y0) * side + column - x0) as usize];
                if cover > 0 {
                    let at = 4 * (row as usize * width + column as usize);
                    blend(&mut pixels[at..at + 4], [color.0, color.1, color.2], cover);
                }
            }
        }
    }
}

fn blend(pixel: &mut [u8], color: [u8; 3], cover: u8) {
    let (cover, rest) = (u32::from(cover), 255 - u32::from(cover));
    for (below, above) in pixel.iter_mut().zip(color.into_iter().chain([255])) {
        *below = ((u32::from(above) * cover + u32::from(*below) * rest + 127) / 255) as u8;
    }
}

/// The cloud alone on nothing, to be embedded, and where it lies.
pub fn image(cloud: &Cloud, dpi: f64) -> (Image, Rect) {
    let scale = dpi / 72.0;
    let size = |points: f64| ((points * scale).ceil() as usize).clamp(1, 20_000);
    let (width, height) = (size(cloud.clip.width), size(cloud.clip.height));
    let mut pixels = vec![0; 4 * width * height];
    let origin = (cloud.clip.x, cloud.clip.y);
    stamp(cloud, scale, origin, &mut pixels, width, height);
    for pixel in pixels.chunks_exact_mut(4) {
        let alpha = u32::from(pixel[3]);
        for part in &mut pixel[..3] {
            let whole = (u32::from(*part) * 255 + alpha / 2).checked_div(alpha);
            *part = whole.unwrap_or(0).min(255) as u8;
        }
    }
    let image = Image {
        width,
        height,
        pixels: Arc::new(pixels),
    };
    let (width, height) = (width as f64 / scale, height as f64 / scale);
    (image, Rect::new(cloud.clip.x, cloud.clip.y, width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(points: Vec<(f32, f32, Rgb)>, radius: f64) -> Cloud {
        Cloud {
            clip: Rect::new(0.0, 0.0, 10.0, 10.0),
            points,
            radius,
        }
    }

    #[test]
    fn the_last_point_is_on_top_and_nothing_leaves_the_clip() {
        let red = Rgb(255, 0, 0);
        let blue = Rgb(0, 0, 255);
        let (image, _) = image(
            &cloud(
                vec![
                    (5.0, 5.0, red),
                    (5.0, 5.0, blue),
                    (-3.0, 5.0, red),
                    (f32::NAN, 1.0, red),
                ],
                2.0,
            ),
            72.0,
        );
        let pixel = |x: usize, y: usize| image.pixels[4 * (10 * y + x)..][..4].to_vec();
        assert_eq!(pixel(5, 5), [0, 0, 255, 255]);
        assert_eq!(pixel(9, 9), [0, 0, 0, 0]);
    }

    #[test]
    fn coverage_is_the_area() {
        for radius in [1.0, 2.5, 7.0f64] {
            let stamps = Stamps::new(radius);
            let stamp = &stamps.coverage[..stamps.side * stamps.side];
            let area: f64 = stamp.iter().map(|&cover| f64::from(cover) / 255.0).sum();
            let expected = std::f64::consts::PI * radius * radius;
            assert!(
                (area / expected - 1.0).abs() < 0.1,
                "{radius}: {area} {expected}"
            );
        }
    }
}

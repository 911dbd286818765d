//! Aligns to whole pixels: resized images, lines without blurred edges.

use super::scene::Image;

/// Premultiplied pixels of another size: enlarged without blur, reduced by averaging.
pub fn resample(image: &Image, width: usize, height: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(width * height * 4);
    for y in 0..height {
        let (top, bottom) = covered(y, height, image.height);
        for x in 0..width {
            let (left, right) = covered(x, width, image.width);
            let mut sums = [0u32; 4];
            for row in top..bottom {
                let start = 4 * (row * image.width + left);
                for pixel in image.pixels[start..][..4 * (right - left)].chunks_exact(4) {
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

/// The pixels of an image of `from` that pixel `i` of `to` shows.
fn covered(i: usize, to: usize, from: usize) -> (usize, usize) {
    if from <= to {
        let at = (((i as f64 + 0.5) * from as f64 / to as f64) as usize).min(from - 1);
        (at, at + 1)
    } else {
        let start = i * from / to;
        (start, ((i + 1) * from).div_ceil(to).clamp(start + 1, from))
    }
}

/// Points of horizontal and vertical lines alone moved onto whole pixels: onto their edges to be
/// filled, or so that a line of `stroke` pixels covers whole ones. Others stay where they are.
pub fn snapped(points: Vec<(f64, f64)>, stroke: Option<f64>) -> Vec<(f64, f64)> {
    let straight = |pair: &[(f64, f64)]| pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1;
    if !points.windows(2).all(straight) {
        return points;
    }
    let odd = stroke.is_some_and(|width| width.round().max(1.0) as u64 % 2 == 1);
    let shift = if odd { 0.5 } else { 0.0 };
    let snap = |v: f64| (v - shift).round() + shift;
    points
        .into_iter()
        .map(|(x, y)| (snap(x), snap(y)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

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
    fn only_straight_lines_are_moved() {
        let slanted = vec![(0.2, 0.2), (3.0, 4.0)];
        assert_eq!(snapped(slanted.clone(), Some(1.0)), slanted);
        let level = vec![(0.2, 5.2), (9.9, 5.2)];
        assert_eq!(snapped(level.clone(), Some(1.0)), [(0.5, 5.5), (9.5, 5.5)]);
        assert_eq!(snapped(level, None), [(0.0, 5.0), (10.0, 5.0)]);
    }
}

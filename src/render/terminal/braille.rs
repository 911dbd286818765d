//! Eight dots to a character: finer than letters, for points and lines.

use super::canvas::Canvas;
use crate::data::figure::Rgb;

/// Bits of the dots of a character by column and row (Unicode's braille block).
const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// A field of dots, two to a character across and four down.
pub struct Dots {
    /// In characters.
    pub width: usize,
    pub height: usize,
    bits: Vec<u8>,
    ink: Vec<Option<Rgb>>,
}

impl Dots {
    pub fn new(width: usize, height: usize) -> Self {
        Dots {
            width,
            height,
            bits: vec![0; width * height],
            ink: vec![None; width * height],
        }
    }

    /// The character and the dot in it of a place given as shares from the left and the top.
    fn at(&self, x: f64, y: f64) -> Option<(usize, u8)> {
        if !(0.0..=1.0).contains(&x) || !(0.0..=1.0).contains(&y) {
            return None;
        }
        let column = ((x * (2 * self.width) as f64) as usize).min((2 * self.width).checked_sub(1)?);
        let row = ((y * (4 * self.height) as f64) as usize).min((4 * self.height).checked_sub(1)?);
        Some((row / 4 * self.width + column / 2, BITS[column % 2][row % 4]))
    }

    /// Sets a dot and says in which character; its color is that of the whole character.
    pub fn set(&mut self, x: f64, y: f64) -> Option<usize> {
        let (place, bit) = self.at(x, y)?;
        self.bits[place] |= bit;
        Some(place)
    }

    pub fn color(&mut self, place: usize, ink: Option<Rgb>) {
        self.ink[place] = ink;
    }

    /// A straight line; parts outside are left out.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), ink: Option<Rgb>) {
        let across = (to.0 - from.0).abs() * (2 * self.width) as f64;
        let down = (to.1 - from.1).abs() * (4 * self.height) as f64;
        let steps = across.max(down).ceil().clamp(1.0, 10_000.0) as usize;
        for step in 0..=steps {
            let share = step as f64 / steps as f64;
            let (x, y) = (
                from.0 + (to.0 - from.0) * share,
                from.1 + (to.1 - from.1) * share,
            );
            if let Some(place) = self.set(x, y) {
                self.color(place, ink);
            }
        }
    }

    pub fn is_set(&self, place: usize) -> bool {
        self.bits[place] != 0
    }

    pub fn draw(&self, canvas: &mut Canvas, x: usize, y: usize) {
        for (place, &bits) in self.bits.iter().enumerate().filter(|(_, bits)| **bits != 0) {
            let sign = char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ');
            let (column, row) = (place % self.width, place / self.width);
            canvas.sign(x + column, y + row, sign, self.ink[place]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::screen::Depth;

    #[test]
    fn dots_fill_characters() {
        let mut dots = Dots::new(2, 1);
        dots.set(0.0, 0.0);
        dots.set(0.49, 1.0);
        dots.line((0.5, 1.0), (1.0, 1.0), None);
        assert_eq!(dots.set(1.5, 0.0), None);
        assert_eq!(dots.set(f64::NAN, 0.0), None);
        let mut canvas = Canvas::new(2, 1);
        dots.draw(&mut canvas, 0, 0);
        assert_eq!(canvas.render(Depth::None), "⢁⣀\n");
        assert_eq!(Dots::new(0, 0).set(0.5, 0.5), None);
    }
}

//! Scales a scene: how other font sizes are drawn.

use super::scene::{Item, Path, Rect, Scene, Segment, Text};

impl Scene {
    /// Everything `share` times as large, except points of clouds, whose size is given.
    pub fn enlarge(&mut self, share: f64) {
        if share == 1.0 {
            return;
        }
        (self.width, self.height) = (share * self.width, share * self.height);
        for item in &mut self.items {
            item.enlarge(share);
        }
    }
}

impl Item {
    fn enlarge(&mut self, share: f64) {
        match self {
            Item::Shape { path, stroke, .. } => {
                path.enlarge(share);
                stroke.iter_mut().for_each(|stroke| stroke.width *= share);
            }
            Item::Disc {
                x,
                y,
                radius,
                stroke,
                ..
            } => {
                [x, y, radius].into_iter().for_each(|it| *it *= share);
                stroke.iter_mut().for_each(|stroke| stroke.width *= share);
            }
            Item::Text(text) => {
                let Text { x, y, size, .. } = text;
                [x, y, size].into_iter().for_each(|it| *it *= share);
            }
            Item::Image(_, rect) => *rect = rect.enlarged(share),
            Item::Cloud(cloud) => {
                cloud.clip = cloud.clip.enlarged(share);
                for (x, y, _) in &mut cloud.points {
                    (*x, *y) = (share as f32 * *x, share as f32 * *y);
                }
            }
            Item::Threads(threads) => {
                threads.area = threads.area.enlarged(share);
                let ends = threads.lines.iter_mut().flatten();
                ends.for_each(|at| *at *= share as f32);
            }
        }
    }
}

impl Path {
    fn enlarge(&mut self, share: f64) {
        for segment in &mut self.0 {
            *segment = match *segment {
                Segment::Move(x, y) => Segment::Move(share * x, share * y),
                Segment::Line(x, y) => Segment::Line(share * x, share * y),
                Segment::Cubic(a, b, c, d, x, y) => {
                    let [a, b, c, d, x, y] = [a, b, c, d, x, y].map(|at| share * at);
                    Segment::Cubic(a, b, c, d, x, y)
                }
                Segment::Close => Segment::Close,
            };
        }
    }
}

impl Rect {
    fn enlarged(&self, share: f64) -> Rect {
        let Rect {
            x,
            y,
            width,
            height,
        } = *self;
        Rect::new(share * x, share * y, share * width, share * height)
    }
}

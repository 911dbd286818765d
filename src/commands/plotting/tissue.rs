//! Images of tissue in `uns.spatial`: for each sample (scanpy's `library_id`) `images` in one or two
//! sizes and `scalefactors` with the diameter of its spots, as Space Ranger's folders have them.

use crate::command::Scene;
use crate::command::params::{Flag, Fraction, Positive, Text};
use crate::command::value::quoted;
use crate::data::figure::{Rgb, Slide, SlideImage};
use crate::data::{Dataset, ElementType, Known, Uns, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::source::Origin;
use crate::{params, words};
use std::sync::Arc;

words! {
    /// An image of a sample.
    ImageSize {
        /// the larger one
        Hires = "hires",
        /// the smaller one
        Lowres = "lowres",
        /// no image
        None = "none",
    }
}

params! {
    /// What is drawn below spots, and how large they are.
    #[derive(Debug, Clone)]
    Tissue {
        /// Sample in uns.spatial; needed if there are several and no split=.
        #[also("library_id")]
        sample: Option<Text>,
        /// Image to draw; by default hires, or lowres if there is no other.
        #[also("img_key")]
        image: Option<ImageSize>,
        /// Opacity of the image.
        #[also("alpha_img")]
        image_alpha: Fraction = 1.0,
        /// Draw the image in gray.
        #[also("bw")]
        gray: Flag = false,
        /// Show the whole image, not only the part with spots.
        whole: Flag = false,
        /// Diameter of the spots, as a multiple of that in uns.spatial or of spot_size.
        #[also("pt.size.factor")]
        size: Positive = 1.0,
        /// Diameter of a spot in the units of its position; by default that in uns.spatial.
        spot_size: Option<Positive>,
    }
}

/// Where the parts of a statement about tissue stand.
pub struct At {
    sample: Origin,
    image: Origin,
}

impl Tissue {
    /// Refuses, while it is planned, a sample or an image that is known not to be there. Those of
    /// panels `by` sample are known when they are drawn.
    pub fn check(&self, scene: &Scene, data: &Dataset, by: bool) -> Outcome<At> {
        let by = by && self.sample.is_none();
        let at = At {
            sample: scene.origin_of(if by { "split" } else { "sample" }),
            image: scene.origin_of("image"),
        };
        if by {
            return Ok(at);
        }
        match scene.known_record(data, "spatial")? {
            Known::Value(spatial) => self.image_of(Some(&spatial), &at).map(drop)?,
            Known::Absent => self.image_of(None, &at).map(drop)?,
            Known::Promised => {}
        }
        Ok(at)
    }

    /// The same for the spots of one group: over the image of the sample of that name, or the only one.
    pub fn of_group(&self, spatial: Option<&Value>, group: &str) -> Tissue {
        let mut own = self.clone();
        let spatial = spatial.and_then(Value::uns).map(|uns| &**uns);
        let samples = samples(spatial);
        if own.sample.is_none()
            && (samples.len() > 1 || samples.iter().any(|(name, _)| *name == group))
        {
            own.sample = Some(Text(group.into()));
        }
        own
    }

    /// The slide of a sample in `uns.spatial`.
    ///
    /// # Errors
    /// The sample or the image is missing, or is no image.
    pub fn slide(&self, spatial: Option<&Value>, at: &At) -> Outcome<Slide> {
        let spatial = spatial.and_then(Value::uns).map(|uns| &**uns);
        let factors = self.sample_of(spatial, &at.sample)?;
        let factors = factors.and_then(|(_, sample)| sample.get("scalefactors"));
        let factor = |name: &str| factors.and_then(|all| all.get(name)).and_then(number);
        let own = self.spot_size.as_ref().map(|size| size.0);
        let diameter = own.or_else(|| factor("spot_diameter_fullres"));
        let image = match self.image_of(spatial, at)? {
            Some((name, image)) => {
                let scale = factor(&format!("tissue_{name}_scalef")).unwrap_or(1.0);
                Some(
                    self.pixels(image, scale)
                        .ok_or_else(|| no_image(name, at))?,
                )
            }
            None => None,
        };
        Ok(Slide {
            diameter: diameter.map(|diameter| diameter * self.size.0),
            image,
            whole: self.whole.0,
        })
    }

    /// The sample that was asked for, or the only one.
    fn sample_of<'a>(
        &self,
        spatial: Option<&'a Uns>,
        at: &Origin,
    ) -> Outcome<Option<(&'a str, &'a Uns)>> {
        let samples = samples(spatial);
        let names = || {
            let names = samples.iter().map(|(name, _)| *name);
            names.collect::<Vec<_>>().join(", ")
        };
        match (&self.sample, &samples[..]) {
            (None, []) => Ok(None),
            (None, [one]) => Ok(Some(*one)),
            (None, several) => {
                let headline = format!("uns.spatial has {} samples: {}", several.len(), names());
                let error = Diagnostic::error(code::UNEXPECTED_CONTENT, headline).at(at);
                let one = quoted(several[0].0);
                Err(error.help(format!(
                    "sample={one} draws all spots over its image; split=COLUMN draws each sample, named in a column of obs, over its own"
                )))
            }
            (Some(asked), samples) => {
                let found = samples.iter().find(|(name, _)| **name == *asked.0);
                let found = found.ok_or_else(|| {
                    let headline = format!("uns.spatial has no sample {:?}", &*asked.0);
                    let error = Diagnostic::error(code::NO_SUCH_SLOT, headline).at(at);
                    if samples.is_empty() {
                        error.help("it has none: leave sample= out")
                    } else {
                        error.help(format!("it has {}", names()))
                    }
                });
                Ok(Some(*found?))
            }
        }
    }

    /// The image that was asked for with its name; the larger one if nothing was said.
    fn image_of<'a>(
        &self,
        spatial: Option<&'a Uns>,
        at: &At,
    ) -> Outcome<Option<(&'static str, &'a Uns)>> {
        let sample = self.sample_of(spatial, &at.sample)?;
        let images = sample.and_then(|(_, sample)| sample.get("images"));
        let named = |size: ImageSize| Some((size.word(), images?.get(size.word())?));
        match self.image {
            Some(ImageSize::None) => Ok(None),
            Some(size) => named(size).map(Some).ok_or_else(|| {
                let headline = format!("there is no image {} in uns.spatial", size.word());
                let error = Diagnostic::error(code::NO_SUCH_SLOT, headline).at(&at.image);
                error.help("image=none draws spots alone")
            }),
            None => Ok(named(ImageSize::Hires).or_else(|| named(ImageSize::Lowres))),
        }
    }

    /// Pixels as they are drawn: over white, or in gray.
    fn pixels(&self, image: &Uns, scale: f64) -> Option<SlideImage> {
        let [height, width, channels] = shape(image)?;
        let levels = levels(image)?;
        let ink = |level: u8| {
            let faint = 255.0 + (f64::from(level) - 255.0) * self.image_alpha.0;
            faint.round() as u8
        };
        let pixel = |levels: &[u8]| {
            let (red, green, blue) = match *levels {
                [red, green, blue, ..] => (red, green, blue),
                _ => (levels[0], levels[0], levels[0]),
            };
            if self.gray.0 {
                let gray = ink(luma(red, green, blue));
                return Rgb(gray, gray, gray);
            }
            Rgb(ink(red), ink(green), ink(blue))
        };
        Some(SlideImage {
            width,
            height,
            pixels: Arc::new(levels.chunks_exact(channels).map(pixel).collect()),
            scale: Some(scale).filter(|scale| *scale > 0.0)?,
        })
    }
}

/// The samples of `uns.spatial` with their records.
fn samples(spatial: Option<&Uns>) -> Vec<(&str, &Uns)> {
    let Some(Uns::Map(map)) = spatial else {
        return Vec::new();
    };
    let samples = map.iter().map(|(name, sample)| (name.as_str(), sample));
    samples
        .filter(|(_, sample)| matches!(sample, Uns::Map(_)))
        .collect()
}

/// Lightness by the weights of ITU-R BT.601, as Pillow has them for mode L.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    ((sum + 500) / 1000) as u8
}

fn no_image(name: &str, at: &At) -> Box<Diagnostic> {
    let headline =
        format!("image {name} in uns.spatial is not an array of rows × columns × colors");
    let error = Diagnostic::error(code::UNEXPECTED_CONTENT, headline).at(&at.image);
    error.help("image=none draws spots alone")
}

fn number(uns: &Uns) -> Option<f64> {
    match uns {
        Uns::Number(number) => Some(*number),
        Uns::Integer(number) => Some(*number as f64),
        Uns::Exact(array) if array.shape.is_empty() => array.numbers().next(),
        _ => None,
    }
}

/// Rows, columns and channels: one, three, or four of them.
fn shape(image: &Uns) -> Option<[usize; 3]> {
    let shape = match image {
        Uns::Array(array) => array.shape(),
        Uns::Array32(array) => array.shape(),
        Uns::Exact(array) => &array.shape[..],
        _ => return None,
    };
    match *shape {
        [height, width] => Some([height, width, 1]),
        [height, width, channels @ (1 | 3 | 4)] => Some([height, width, channels]),
        _ => None,
    }
}

/// From 0 to 255: so are whole numbers; fractions go to 1.
fn levels(image: &Uns) -> Option<Vec<u8>> {
    let scaled = |numbers: &mut dyn Iterator<Item = f64>, unit: f64| -> Vec<u8> {
        let level = |number: f64| (number * unit).round().clamp(0.0, 255.0) as u8;
        numbers.map(level).collect()
    };
    Some(match image {
        Uns::Array32(array) => {
            let fractions = array.iter().all(|&level| level <= 1.0);
            let unit = if fractions { 255.0 } else { 1.0 };
            scaled(&mut array.iter().map(|&level| f64::from(level)), unit)
        }
        Uns::Array(array) => {
            let fractions = array.iter().any(|level| level.fract() != 0.0);
            let unit = if fractions { 255.0 } else { 1.0 };
            scaled(&mut array.iter().copied(), unit)
        }
        Uns::Exact(array) => {
            let unit = match array.element {
                ElementType::Bool => 255.0,
                ElementType::Number(_) => 1.0,
            };
            scaled(&mut array.numbers(), unit)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, Span};
    use ndarray::Array3;

    fn asked() -> Tissue {
        Tissue {
            sample: None,
            image: None,
            image_alpha: Fraction(1.0),
            gray: Flag(false),
            whole: Flag(false),
            size: Positive(1.0),
            spot_size: None,
        }
    }

    fn slide(asked: &Tissue, spatial: &Uns) -> Outcome<Slide> {
        let origin = || Origin::new(&Source::new("test", String::new()), Span::default());
        let at = At {
            sample: origin(),
            image: origin(),
        };
        let spatial = Value::Uns(Arc::new(spatial.clone()));
        asked.slide(Some(&spatial), &at)
    }

    fn sample(name: &str, image: Uns) -> Uns {
        let factors = Uns::map().with("spot_diameter_fullres", 8.0);
        let factors = factors.with(&format!("tissue_{name}_scalef"), 0.5);
        let images = Uns::map().with(name, image);
        Uns::map()
            .with("images", images)
            .with("scalefactors", factors)
    }

    fn fractions() -> Uns {
        let levels = Array3::from_shape_fn((1, 2, 3), |(_, column, _)| column as f32 * 0.2);
        Uns::Array32(levels.into_dyn())
    }

    #[test]
    fn the_only_sample_and_its_image_are_found() {
        let spatial = Uns::map().with("A", sample("lowres", fractions()));
        let found = slide(&asked(), &spatial).unwrap();
        let image = found.image.unwrap();
        assert_eq!((found.diameter, image.scale), (Some(8.0), 0.5));
        assert_eq!(*image.pixels, [Rgb(0, 0, 0), Rgb(51, 51, 51)]);
        let mut other = asked();
        (other.size, other.image_alpha) = (Positive(1.5), Fraction(0.5));
        let faint = slide(&other, &spatial).unwrap();
        assert_eq!(faint.diameter, Some(12.0));
        assert_eq!(faint.image.unwrap().pixels[0], Rgb(128, 128, 128));
        other.image = Some(ImageSize::None);
        assert!(slide(&other, &spatial).unwrap().image.is_none());
        other.image = Some(ImageSize::Hires);
        assert_eq!(
            slide(&other, &spatial).unwrap_err().code,
            code::NO_SUCH_SLOT
        );
    }

    #[test]
    fn one_of_several_samples_must_be_named() {
        let spatial = Uns::map()
            .with("A", sample("hires", fractions()))
            .with("B", sample("hires", Uns::Text("no image".to_owned())));
        let mut asked = asked();
        let error = slide(&asked, &spatial).unwrap_err();
        assert!(error.headline.contains("2 samples: A, B"));
        asked.sample = Some(Text("A".into()));
        assert!(slide(&asked, &spatial).is_ok());
        asked.sample = Some(Text("C".into()));
        assert_eq!(
            slide(&asked, &spatial).unwrap_err().code,
            code::NO_SUCH_SLOT
        );
        asked.sample = Some(Text("B".into()));
        let error = slide(&asked, &spatial).unwrap_err();
        assert_eq!(error.code, code::UNEXPECTED_CONTENT);
    }

    #[test]
    fn groups_have_the_images_of_their_samples_or_the_only_one() {
        let one = Uns::map().with("A", sample("hires", fractions()));
        let two = one.clone().with("B", sample("hires", fractions()));
        let value = |uns: &Uns| Value::Uns(Arc::new(uns.clone()));
        let sample_of = |uns: Option<&Uns>, group: &str| {
            let own = asked().of_group(uns.map(value).as_ref(), group);
            own.sample.map(|name| name.0.to_string())
        };
        assert_eq!(sample_of(Some(&two), "B").as_deref(), Some("B"));
        assert_eq!(sample_of(Some(&one), "A").as_deref(), Some("A"));
        assert_eq!(sample_of(Some(&one), "T cells"), None);
        assert_eq!(sample_of(None, "A"), None);
        // Which of several it should be is an error of its own.
        assert_eq!(sample_of(Some(&two), "C").as_deref(), Some("C"));
    }

    #[test]
    fn colors_are_whole_numbers_or_fractions() {
        let whole = Array3::from_shape_vec((1, 1, 3), vec![200.0, 100.0, 50.0]).unwrap();
        let mut asked = asked();
        let spatial = |array: Uns| Uns::map().with("A", sample("hires", array));
        let pixel = |asked: &Tissue| {
            let image = slide(asked, &spatial(Uns::Array(whole.clone().into_dyn())));
            image.unwrap().image.unwrap().pixels[0]
        };
        assert_eq!(pixel(&asked), Rgb(200, 100, 50));
        asked.gray = Flag(true);
        assert_eq!(pixel(&asked), Rgb(124, 124, 124));
    }
}

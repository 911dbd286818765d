//! The images of a slide and the factors between their pixels and those of the full image, in the
//! shape in which scanpy keeps them: `uns.spatial.SAMPLE` with `images` and `scalefactors`.

use crate::data::{FileError, InFile, Lazy, Load, Promise, Uns, Value};
use crate::io::declared;
use ndarray::{ArrayD, IxDyn};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names of the images, and their files in the folder `spatial`.
const IMAGES: [(&str, &str); 2] = [
    ("hires", "tissue_hires_image.png"),
    ("lowres", "tissue_lowres_image.png"),
];
const FACTORS: &str = "scalefactors_json.json";

/// `uns.spatial` of a sample, read when it is asked for; nothing where the folder has neither an image
/// nor factors.
/// `about` is what the counts say of their run: names and texts.
pub fn of_sample(folder: &Path, sample: String, about: Vec<(String, String)>) -> Option<Lazy> {
    let mut files = IMAGES.iter().map(|(_, file)| *file).chain([FACTORS]);
    let some = files.any(|file| folder.join(file).is_file());
    let images = Images {
        folder: folder.to_owned(),
        sample,
        about,
    };
    some.then(|| Lazy::from_file(images, Promise::Uns))
}

struct Images {
    folder: PathBuf,
    sample: String,
    about: Vec<(String, String)>,
}

impl Load for Images {
    fn load(&self) -> Result<Value, FileError> {
        let mut images = Uns::map();
        for (name, file) in IMAGES {
            let path = self.folder.join(file);
            if path.is_file() {
                images = images.with(name, pixels(&path)?);
            }
        }
        let mut sample = Uns::map().with("images", images);
        let factors = self.folder.join(FACTORS);
        if factors.is_file() {
            sample = sample.with("scalefactors", numbers(&factors)?);
        }
        let about = self.about.iter();
        let about = about.fold(Uns::map(), |all, (name, text)| {
            all.with(name, Uns::Text(text.clone()))
        });
        let all = Uns::map().with(&self.sample, sample.with("metadata", about));
        Ok(Value::Uns(Arc::new(all)))
    }

    fn in_file(&self) -> Option<InFile> {
        None
    }
}

/// Rows × columns × colors from 0 to 1, as matplotlib reads a .png of 8 or 16 bits.
fn pixels(path: &Path) -> Result<Uns, FileError> {
    let unreadable =
        |error: String| FileError::new(path, format!("is not a readable .png ({error})"));
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let length = file.metadata().map_or(0, |about| about.len());
    let mut decoder = png::Decoder::new(BufReader::new(file));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder
        .read_info()
        .map_err(|error| unreadable(error.to_string()))?;
    // Each byte becomes a number of four.
    let size = reader.output_buffer_size().unwrap_or(usize::MAX / 8);
    declared::allow(5 * size, || length).map_err(|reason| unreadable(reason.to_string()))?;
    let mut levels = vec![0; size];
    let frame = reader
        .next_frame(&mut levels)
        .map_err(|error| unreadable(error.to_string()))?;
    let (height, width) = (frame.height as usize, frame.width as usize);
    levels.truncate(frame.buffer_size());
    let channels = frame.color_type.samples();
    let shape = match channels {
        1 => IxDyn(&[height, width]),
        _ => IxDyn(&[height, width, channels]),
    };
    let levels = levels.iter().map(|&level| f32::from(level) / 255.0);
    let array = ArrayD::from_shape_vec(shape, levels.collect());
    array
        .map(Uns::Array32)
        .map_err(|error| unreadable(error.to_string()))
}

/// The numbers of an object in JSON.
fn numbers(path: &Path) -> Result<Uns, FileError> {
    let broken = |problem: String| FileError::new(path, problem);
    let text = std::fs::read_to_string(path)
        .map_err(|error| broken(format!("cannot be read ({error})")))?;
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text)
        .map_err(|error| broken(format!("is not an object in JSON ({error})")))?;
    let numbers = object
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_f64()?)));
    Ok(numbers.fold(Uns::map(), |all, (name, number)| all.with(name, number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::testing::folder;

    fn draw(path: &Path, color: png::ColorType, (width, height): (u32, u32), bytes: &[u8]) {
        let mut encoder = png::Encoder::new(File::create(path).unwrap(), width, height);
        encoder.set_color(color);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(bytes).unwrap();
    }

    fn loaded(folder: &Path) -> Result<Value, FileError> {
        Images {
            folder: folder.to_owned(),
            sample: "A1".to_owned(),
            about: vec![("software_version".to_owned(), "4.5".to_owned())],
        }
        .load()
    }

    #[test]
    fn images_are_fractions_in_rows_and_factors_numbers() {
        let folder = folder("visium-images");
        assert!(of_sample(&folder, "A1".to_owned(), Vec::new()).is_none());
        let path = folder.join("tissue_lowres_image.png");
        draw(&path, png::ColorType::Rgb, (2, 1), &[0, 51, 255, 255, 0, 0]);
        std::fs::write(folder.join(FACTORS), r#"{"tissue_lowres_scalef": 0.05}"#).unwrap();
        assert!(of_sample(&folder, "A1".to_owned(), Vec::new()).is_some());
        let all = loaded(&folder).unwrap();
        let all = all.uns().unwrap();
        let version = all.get("A1/metadata/software_version");
        assert!(matches!(version, Some(Uns::Text(version)) if version == "4.5"));
        let Some(Uns::Array32(image)) = all.get("A1/images/lowres") else {
            panic!("no image");
        };
        assert_eq!(image.shape(), [1, 2, 3]);
        assert_eq!(
            image.iter().copied().collect::<Vec<_>>(),
            [0.0, 0.2, 1.0, 1.0, 0.0, 0.0]
        );
        assert!(all.get("A1/images/hires").is_none());
        let factor = all.get("A1/scalefactors/tissue_lowres_scalef");
        assert!(matches!(factor, Some(Uns::Number(0.05))));
    }

    #[test]
    fn damaged_images_are_named() {
        let folder = folder("visium-damaged");
        let path = folder.join("tissue_hires_image.png");
        let bytes: Vec<u8> = (0..3 * 64 * 64).map(|i| (i * 7 % 251) as u8).collect();
        draw(&path, png::ColorType::Rgb, (64, 64), &bytes);
        let whole = std::fs::read(&path).unwrap();
        for length in [0, 20, whole.len() / 2] {
            std::fs::write(&path, &whole[..length]).unwrap();
            let error = loaded(&folder).unwrap_err();
            assert_eq!(error.file, path);
        }
        std::fs::write(&path, &whole).unwrap();
        std::fs::write(folder.join(FACTORS), "[1]").unwrap();
        assert!(loaded(&folder).unwrap_err().problem.contains("JSON"));
    }
}

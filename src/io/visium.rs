//! Output folders of 10x Space Ranger: counts of spots, and their positions on the slide.
//!
//! The files are described in 10x Genomics' documentation of Space Ranger ("Spatial outputs"): a
//! line a spot with its barcode, whether it lies under tissue, its row and column in the array, and
//! the row and column of its center in the full image. Until version 2 without a line of headings.
//! Places are put where scanpy and squidpy look for them: `obsm.spatial`, x before y; images and
//! their factors into `uns.spatial`.

mod images;

use super::paths::file_name;
use super::stored::Object;
use super::{Hints, Opened};
use crate::data::{
    Column, FileError, Lazy, Maker, Names, NumberType, Place, Promise, Slot, Stamp, Value,
};
use ndarray::Array2;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Headings of the columns after the barcode.
const COLUMNS: [&str; 5] = [
    "in_tissue",
    "array_row",
    "array_col",
    "pxl_row_in_fullres",
    "pxl_col_in_fullres",
];

/// The table of places, if a folder has one beside its counts.
pub fn positions(folder: &Path) -> Option<PathBuf> {
    let spatial = folder.join("spatial");
    let names = ["tissue_positions.csv", "tissue_positions_list.csv"];
    names
        .iter()
        .map(|name| spatial.join(name))
        .find(|path| path.is_file())
}

/// Opens the counts of a folder with the places of its spots.
///
/// # Errors
/// The counts are missing or damaged; the table is no such table, or lacks spots.
pub fn open(folder: &Path, positions: &Path, hints: &Hints) -> Result<Opened, FileError> {
    let usual = [
        "filtered_feature_bc_matrix.h5",
        "filtered_feature_bc_matrix",
    ];
    let counts = usual
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.exists());
    let counts = counts.ok_or_else(|| {
        FileError::new(folder, "has spot positions but no counts")
            .remedy("put filtered_feature_bc_matrix.h5 next to the folder spatial")
    })?;
    let mut opened = super::read_with(&counts, hints)?;
    let sample = sample_of(&counts).unwrap_or_else(|| file_name(folder));
    let about = about(&counts);
    let dataset = &mut opened.dataset;
    let spots = names(&dataset.obs_names.value, &counts)?;
    let places = Places::read(positions)?.of(&spots, positions)?;
    let cells = dataset.cells.clone();
    let slot = |value: Value| Slot {
        value: Lazy::ready(value),
        rows: Some(cells.clone()),
        stamp: Stamp::original(),
    };
    let of = |column: usize| places.iter().map(move |place| place[column]);
    let in_tissue = Column::Bool(of(0).map(|x| x == 1.0).collect());
    let mut columns = vec![(COLUMNS[0], in_tissue)];
    for at in [1, 2] {
        let numbers = Column::numbers(of(at).collect(), NumberType::I64);
        columns.push((COLUMNS[at], numbers));
    }
    for (name, column) in columns {
        let column = slot(Value::Column(Arc::new(column)));
        dataset.obs.insert(name.to_owned(), column);
    }
    let spatial = Array2::from_shape_fn((places.len(), 2), |(spot, axis)| {
        places[spot][4 - axis] as f32
    });
    let spatial = slot(Value::Dense(Arc::new(spatial)));
    debug_assert_eq!(spatial.value.promise(), Promise::Dense(Some(2)));
    if let Some(slots) = dataset.slots_mut(Place::Obsm) {
        slots.insert("spatial".to_owned(), spatial);
    }
    if let Some(value) = images::of_sample(&folder.join("spatial"), sample, about) {
        let (rows, stamp) = (None, Stamp::original());
        let slot = Slot { value, rows, stamp };
        dataset.uns.insert("spatial".to_owned(), slot);
    }
    dataset.from = file_name(folder);
    Ok(opened)
}

/// The sample whose counts a .h5 says that it holds.
fn sample_of(counts: &Path) -> Option<String> {
    let root = Object::of_hdf5(counts).ok()?;
    let samples = root
        .texts("library_ids")
        .or_else(|| Some(vec![root.text("library_ids")?]));
    samples?
        .into_iter()
        .next()
        .filter(|sample| !sample.is_empty())
}

/// What scanpy keeps of the attributes of a .h5 beside the images: the kit and the program.
fn about(counts: &Path) -> Vec<(String, String)> {
    let Ok(root) = Object::of_hdf5(counts) else {
        return Vec::new();
    };
    let names = ["chemistry_description", "software_version"];
    let texts = names.map(|name| Some((name.to_owned(), root.text(name)?)));
    texts.into_iter().flatten().collect()
}

fn names(lazy: &Lazy, counts: &Path) -> Result<Arc<Names>, FileError> {
    let value = match (lazy.get(), lazy.maker()) {
        (Some(value), _) => value.clone(),
        (None, Some(Maker::File(load))) => load.load()?,
        _ => return Err(FileError::new(counts, "has no barcodes")),
    };
    Ok(value.names().cloned().unwrap_or_default())
}

/// Spots and their places, in the order of the table.
#[derive(Debug)]
struct Places {
    barcodes: Names,
    places: Vec<[f64; 5]>,
}

impl Places {
    fn read(path: &Path) -> Result<Self, FileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| FileError::new(path, format!("cannot be read ({error})")))?;
        let mut barcodes = Vec::new();
        let mut places = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let mut fields = line.trim_end_matches('\r').split(',');
            let barcode = fields.next().unwrap_or("").trim_matches('"');
            let heading = at == 0 && barcode == "barcode";
            if heading || line.trim().is_empty() {
                continue;
            }
            let numbers: Vec<f64> = fields
                .map_while(|field| field.trim().parse().ok())
                .collect();
            let place = <[f64; 5]>::try_from(numbers).map_err(|_| {
                let problem = format!("line {}: a spot has five numbers after its barcode", at + 1);
                FileError::new(path, problem)
            })?;
            barcodes.push(barcode);
            places.push(place);
        }
        Ok(Places {
            barcodes: barcodes.into_iter().collect(),
            places,
        })
    }

    /// The places of some spots.
    fn of(&self, spots: &Names, path: &Path) -> Result<Vec<[f64; 5]>, FileError> {
        let found = spots.iter().map(|spot| {
            let at = self.barcodes.position(spot);
            at.map(|at| self.places[at]).ok_or(spot)
        });
        found.collect::<Result<_, &str>>().map_err(|spot| {
            FileError::new(path, format!("has no position for spot {spot}"))
                .remedy("use the table from the same run as the counts")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::testing::folder;

    #[test]
    fn places_follow_the_barcodes_with_headings_and_without() {
        let folder = folder("visium");
        let path = folder.join("tissue_positions.csv");
        let headings = format!("barcode,{}\n", COLUMNS.join(","));
        for begin in ["", &headings] {
            let text = format!("{begin}AAC-1,0,1,2,30,40\nAAG-1,1,3,4,50.5,60\n");
            std::fs::write(&path, text).unwrap();
            let places = Places::read(&path).unwrap();
            let spots: Names = ["AAG-1"].into_iter().collect();
            assert_eq!(
                places.of(&spots, &path),
                Ok(vec![[1.0, 3.0, 4.0, 50.5, 60.0]])
            );
            let other: Names = ["AAT-1"].into_iter().collect();
            assert!(
                places
                    .of(&other, &path)
                    .unwrap_err()
                    .problem
                    .contains("AAT-1")
            );
        }
        std::fs::write(&path, "AAC-1,0,1\n").unwrap();
        assert!(
            Places::read(&path)
                .unwrap_err()
                .problem
                .starts_with("line 1")
        );
    }
}

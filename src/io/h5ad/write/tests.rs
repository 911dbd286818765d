use super::*;
use crate::data::{Column, Dataset, ElementType, Matrix, NumberType, Place, Rows, Uns};
use crate::io::h5ad::open;
use crate::io::h5ad::sink::Encoded;
use crate::io::packing::Compression;
use crate::io::testing::{all_rows, data, everything, folder, load, same};
use crate::io::zarr::Version;
use std::fs;
use std::sync::Arc;

/// As a path says: an .h5ad, a .zarr, or a .zarr of version 2 if it ends in 2.zarr.
fn options(path: &Path) -> WriteOptions {
    let name = path.to_string_lossy();
    let (format, compression) = match () {
        () if name.ends_with("2.zarr") => (WriteFormat::Zarr(Version::V2), Compression::Zstd),
        () if name.ends_with(".zarr") => (WriteFormat::Zarr(Version::V3), Compression::Zstd),
        () => (WriteFormat::H5ad, Compression::Gzip),
    };
    WriteOptions {
        format,
        compression,
    }
}

/// A file, or all files of a store.
fn bytes(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    if path.is_file() {
        return vec![(PathBuf::new(), fs::read(path).unwrap())];
    }
    let mut all = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        let inner = bytes(&entry.path()).into_iter();
        all.extend(inner.map(|(at, bytes)| (Path::new(&entry.file_name()).join(at), bytes)));
    }
    all.sort();
    all
}

const FORMS: [&str; 3] = ["h5ad", "3.zarr", "2.zarr"];

/// Writes a dataset: each slot copied where it is in a file, if `copies`, else by its value.
fn write(dataset: &Dataset, path: &Path, copies: bool) -> Result<(), FileError> {
    use crate::data::Place::*;
    let obs_names = load(&dataset.obs_names.value)?.names().unwrap().clone();
    let var_names = load(&dataset.var_names.value)?.names().unwrap().clone();
    let writer = Writer::create(path, &obs_names, &var_names, options(path))?;
    writer.call_names(dataset.obs_index.as_deref(), dataset.var_index.as_deref());
    for place in [Obs, Var, Obsm, Varm, Obsp, Varp, Uns] {
        for (key, slot) in dataset.slots(place).unwrap() {
            let name = SlotName::new(place, key.clone());
            match slot.value.in_file().filter(|_| copies) {
                Some(from) => writer.copy(&name, &from)?,
                // What only HDF5 can hold.
                None if !writer.copies() && is_stored(&load(&slot.value)?) => {}
                None => writer.slot(&name, &load(&slot.value)?)?,
            }
        }
    }
    let x = dataset.x.iter().map(|x| (SlotName::x(), x));
    let layers = dataset.layers.iter();
    for (name, matrix) in x.chain(layers.map(|(key, m)| (SlotName::new(Layers, key), m))) {
        match matrix.blocks.in_file().filter(|_| copies) {
            Some(from) => writer.copy(&name, &from)?,
            None => stream(matrix, writer.matrix(&name, MatrixForm::of(matrix))?)?,
        }
    }
    if let Some(raw) = &dataset.raw {
        let names = load(&raw.var_names.value)?.names().unwrap().clone();
        let part = writer.raw(&names)?;
        part.call_names(raw.var_index.as_deref());
        for (place, slots) in [(Var, &raw.var), (Varm, &raw.varm)] {
            for (key, slot) in slots {
                part.slot(&SlotName::new(place, key.clone()), &load(&slot.value)?)?;
            }
        }
        stream(&raw.x, part.matrix(MatrixForm::of(&raw.x))?)?;
    }
    writer.finish()
}

fn stream(matrix: &Matrix, mut sink: MatrixSink) -> Result<(), FileError> {
    for ends in matrix.blocks.grains()?.windows(2) {
        push(&mut sink, &matrix.blocks.read(ends[0]..ends[1])?)?;
    }
    sink.finish()
}

fn push(sink: &mut MatrixSink, rows: &Rows) -> Result<(), FileError> {
    let mut cells = Encoded::default();
    sink.encoder().encode(rows.view(), &mut cells);
    sink.push(cells)
}

fn is_stored(value: &Value) -> bool {
    matches!(value, Value::Uns(uns) if format!("{uns:?}").contains("Stored"))
}

fn assert_same(a: &Dataset, b: &Dataset, path: &Path) {
    let (of_a, of_b) = (everything(a).unwrap(), everything(b).unwrap());
    // Columns keep their order; other groups are sorted by name in the file.
    let mut left_out = 0;
    for (name, value) in &of_a {
        let other = of_b.iter().find(|(other, _)| other == name);
        if other.is_none() && is_stored(value) {
            left_out += 1;
            continue;
        }
        let other = &other.unwrap_or_else(|| panic!("{name} is lost")).1;
        assert!(
            is_stored(value) || same(value, other),
            "{name} of {}",
            path.display()
        );
    }
    assert_eq!(of_a.len() - left_out, of_b.len());
    let indices = |d: &Dataset| {
        let raw = d.raw.as_ref().and_then(|raw| raw.var_index.clone());
        (d.obs_index.clone(), d.var_index.clone(), raw)
    };
    assert_eq!(indices(a), indices(b), "{}", path.display());
    assert_eq!(
        a.layers.keys().collect::<Vec<_>>(),
        b.layers.keys().collect::<Vec<_>>()
    );
    let matrices = |d: &Dataset| {
        let raw = d.raw.iter().map(|raw| raw.x.clone());
        let all = d.x.iter().chain(d.layers.values()).cloned().chain(raw);
        all.map(|m| (all_rows(&m).unwrap(), m.state))
            .collect::<Vec<_>>()
    };
    assert_eq!(format!("{:?}", matrices(a)), format!("{:?}", matrices(b)));
}

#[test]
fn write_then_read_is_identity_for_every_file() {
    let Some(formats) = data("formats") else {
        return;
    };
    let out = folder("round-trip");
    let mut files = vec![data("pbmc68k_reduced/10x_pbmc68k_reduced.h5ad").unwrap()];
    let mut folders = vec![formats];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path)
            } else {
                files.push(path)
            }
        }
    }
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "h5ad")
    });
    for path in &files {
        let parent = path.parent().and_then(Path::file_name).unwrap();
        let stem = format!("{}-{}", parent.display(), crate::io::paths::file_name(path));
        for (copies, form) in [
            (false, "h5ad"),
            (true, "h5ad"),
            (false, "3.zarr"),
            (false, "2.zarr"),
        ] {
            let dataset = open(path).unwrap().dataset;
            let written = out.join(format!("{copies}-{stem}.{form}"));
            write(&dataset, &written, copies).unwrap_or_else(|error| panic!("{error:?}"));
            let again = crate::io::read(&written).unwrap();
            assert_eq!(again.warnings, []);
            assert_same(&dataset, &again.dataset, path);
        }
    }
}

fn names(n: usize) -> Names {
    (0..n).map(|i| format!("n{i}")).collect()
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn whole_numbers_stay_whole_and_their_type_is_kept() {
    let folder = folder("whole");
    let path = folder.join("a.h5ad");
    let rows = Rows::new((2, 3), vec![0, 2, 3], vec![0, 2, 1], vec![1.0, 300.0, 7.0]);
    let writer = Writer::create(&path, &names(2), &names(3), WriteOptions::default()).unwrap();
    let form = MatrixForm {
        stored: ElementType::Number(NumberType::U16),
        dense: false,
        by_gene: false,
    };
    let mut sink = writer.matrix(&SlotName::x(), form).unwrap();
    push(&mut sink, &rows).unwrap();
    sink.finish().unwrap();
    let form = MatrixForm {
        stored: ElementType::Number(NumberType::I8),
        dense: true,
        by_gene: false,
    };
    let mut sink = writer
        .matrix(&SlotName::new(Place::Layers, "a"), form)
        .unwrap();
    assert!(
        push(&mut sink, &rows)
            .unwrap_err()
            .problem
            .contains("does not fit")
    );
    let form = MatrixForm {
        stored: ElementType::Number(NumberType::F32),
        dense: true,
        by_gene: false,
    };
    let mut sink = writer
        .matrix(&SlotName::new(Place::Layers, "b"), form)
        .unwrap();
    push(&mut sink, &rows).unwrap();
    sink.finish().unwrap();
    drop(writer);
    assert!(!path.exists());
}

#[test]
fn an_unfinished_file_leaves_the_target_alone_and_nothing_behind() {
    for form in FORMS {
        leaves_nothing(form);
    }
}

fn leaves_nothing(form: &str) {
    let folder = folder(&format!("unfinished-{form}"));
    let path = folder.join(format!("a.{form}"));
    let write = || Writer::create(&path, &names(2), &names(3), options(&path));
    write().unwrap().finish().unwrap();
    let before = bytes(&path);
    let writer = write().unwrap();
    assert_eq!(entries(&folder), 2);
    let form = MatrixForm {
        stored: ElementType::Number(NumberType::F32),
        dense: false,
        by_gene: false,
    };
    let sink = writer.matrix(&SlotName::x(), form).unwrap();
    assert!(writer.finish().is_err());
    drop(sink);
    assert_eq!(entries(&folder), 1);
    assert_eq!(bytes(&path), before);
}

#[test]
fn the_file_may_replace_the_one_that_is_being_read() {
    let Some(original) = data("pbmc68k_reduced/10x_pbmc68k_reduced.h5ad") else {
        return;
    };
    let folder = folder("replace");
    let path = folder.join("a.h5ad");
    fs::copy(&original, &path).unwrap();
    let dataset = open(&path).unwrap().dataset;
    // Twice: the second time the path leads to the first copy, the dataset to the original.
    write(&dataset, &path, true).unwrap();
    write(&dataset, &path, false).unwrap();
    assert_same(&dataset, &open(&path).unwrap().dataset, &path);
}

#[test]
fn a_store_may_replace_the_one_that_is_being_read() {
    let folder = folder("replace-store");
    let path = folder.join("a.zarr");
    let put = |value: f32| {
        let writer = Writer::create(&path, &names(2), &names(3), options(&path)).unwrap();
        let form = MatrixForm {
            stored: ElementType::Number(NumberType::F32),
            dense: false,
            by_gene: false,
        };
        let mut sink = writer.matrix(&SlotName::x(), form).unwrap();
        let rows = Rows::new((2, 3), vec![0, 2, 3], vec![0, 2, 1], vec![value; 3]);
        push(&mut sink, &rows).unwrap();
        sink.finish().unwrap();
        writer.finish().unwrap();
    };
    let x = |dataset: &Dataset| all_rows(dataset.x.as_ref().unwrap()).unwrap().data()[0];
    put(1.0);
    let first = crate::io::read(&path).unwrap().dataset;
    put(2.0);
    let second = crate::io::read(&path).unwrap().dataset;
    put(3.0);
    // Each dataset goes on with the store it was opened with, until it is let go of.
    assert_eq!((x(&first), x(&second)), (1.0, 2.0));
    assert_eq!(x(&crate::io::read(&path).unwrap().dataset), 3.0);
    assert_eq!(entries(&folder), 3);
    drop((first, second));
    assert_eq!(entries(&folder), 1);
}

#[test]
fn names_that_lead_out_of_a_store_are_refused() {
    let folder = folder("store-names");
    let path = folder.join("a.zarr");
    let writer = Writer::create(&path, &names(2), &names(3), options(&path)).unwrap();
    let text = || Value::Uns(Arc::new(Uns::Text("x".into())));
    for name in ["..", "../../b", "a/../b", ".", "zarr.json", "", "a/", "\0"] {
        let slot = SlotName::new(Place::Uns, name);
        let error = writer.slot(&slot, &text()).expect_err(name);
        assert!(error.problem.contains("cannot be written"), "{error:?}");
    }
    writer
        .slot(&SlotName::new(Place::Uns, "a/b é"), &text())
        .unwrap();
    writer
        .slot(&SlotName::new(Place::Uns, "..b"), &text())
        .unwrap();
    writer.finish().unwrap();
    assert_eq!(entries(&folder), 1);
    let dataset = crate::io::read(&path).unwrap().dataset;
    let found: Vec<&String> = dataset.uns.keys().collect();
    assert_eq!(found, ["..b", "a"]);
}

#[test]
fn the_same_data_makes_the_same_bytes() {
    let folder = folder("bytes");
    let write = |name: &str| {
        let path = folder.join(name);
        let writer = Writer::create(&path, &names(2), &names(3), options(&path));
        let writer = writer.unwrap();
        let column = Column::category(vec![0, -1], names(2));
        let slot = SlotName::new(Place::Obs, "c");
        writer
            .slot(&slot, &Value::Column(Arc::new(column)))
            .unwrap();
        let tree = Uns::map().with("a", 1.5).with("b", "text").with("c", true);
        let slot = SlotName::new(Place::Uns, "tree");
        writer.slot(&slot, &Value::Uns(Arc::new(tree))).unwrap();
        writer.finish().unwrap();
        bytes(&path)
    };
    for form in FORMS {
        assert_eq!(write(&format!("a.{form}")), write(&format!("b.{form}")));
    }
}

#[test]
fn mistakes_are_told() {
    let nowhere = Path::new("/no/such/folder/a.h5ad");
    let error = Writer::create(nowhere, &names(1), &names(1), WriteOptions::default());
    assert_eq!(error.unwrap_err().problem, "the folder does not exist");
    let folder = folder("mistakes");
    let path = folder.join("a.h5ad");
    let writer = Writer::create(&path, &names(2), &names(3), WriteOptions::default()).unwrap();
    let column = Value::Column(Arc::new(Column::Bool(vec![true])));
    let error = writer
        .slot(&SlotName::new(Place::Obs, "a"), &column)
        .unwrap_err();
    assert_eq!(error.object.as_deref(), Some("/obs/a"));
    assert!(
        error.problem.contains("1 values instead of 2"),
        "{}",
        error.problem
    );
}

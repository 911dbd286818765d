//! Files as other programs write them: rare filters, booleans for numbers, odd members of `obsm`.

use super::{WriteOptions, Writer, open};
use crate::data::{Column, Names, NumberType, Place, SlotName, State};
use crate::io::testing::{all_rows, folder, load};
use hdf5::types::VarLenUnicode;
use std::path::Path;

/// An .h5ad with that number of cells and genes, to which `add` adds.
fn file(path: &Path, cells: usize, genes: usize, add: impl FnOnce(&hdf5::File)) {
    let names = |n: usize| (0..n).map(|i| format!("n{i}")).collect::<Names>();
    let writer = Writer::create(path, &names(cells), &names(genes), WriteOptions::default());
    writer.unwrap().finish().unwrap();
    let file = hdf5::File::open_rw(path).unwrap();
    add(&file);
    file.close().unwrap();
}

fn encoded(object: &hdf5::Location, encoding: &str, version: &str) {
    for (name, text) in [("encoding-type", encoding), ("encoding-version", version)] {
        let text: VarLenUnicode = text.parse().unwrap();
        let attribute = object.new_attr::<VarLenUnicode>().create(name).unwrap();
        attribute.write_scalar(&text).unwrap();
    }
}

#[test]
fn truths_are_numbers_of_a_matrix() {
    let folder = folder("truths");
    let path = folder.join("a.h5ad");
    file(&path, 2, 2, |file| {
        let truths = ndarray::arr2(&[[true, false], [true, true]]);
        let x = file.new_dataset_builder().with_data(&truths).create("X");
        encoded(&x.unwrap(), "array", "0.2.0");
    });
    let opened = open(&path).unwrap();
    assert_eq!(opened.warnings, []);
    let x = opened.dataset.x.unwrap();
    assert_eq!(
        (x.state, x.blocks.stored()),
        (State::Counts, NumberType::U8)
    );
    let rows = all_rows(&x).unwrap().to_dense();
    assert_eq!(rows, ndarray::arr2(&[[1.0, 0.0], [1.0, 1.0]]));
}

/// Log values that were rounded, without a record: scanpy's `pbmc68k_reduced` has them in raw.
#[test]
fn raw_beside_scaled_values_holds_log_values() {
    let folder = folder("raw_logs");
    let of_size = [
        (1.5, -0.3, State::Log),
        (1.5, 0.3, State::Unknown),
        (60.5, -0.3, State::Unknown),
    ];
    for (i, (in_raw, in_x, state)) in of_size.into_iter().enumerate() {
        let path = folder.join(format!("{i}.h5ad"));
        file(&path, 2, 2, |file| {
            let matrix = |group: &hdf5::Group, value: f32| {
                let values = ndarray::arr2(&[[0.0, value], [0.25, 0.5]]);
                let x = group.new_dataset_builder().with_data(&values).create("X");
                encoded(&x.unwrap(), "array", "0.2.0");
            };
            matrix(file, in_x);
            let raw = file.create_group("raw").unwrap();
            encoded(&raw, "raw", "0.1.0");
            matrix(&raw, in_raw);
            file.link_soft("/var", "raw/var").unwrap();
        });
        let opened = open(&path).unwrap();
        assert_eq!(opened.dataset.raw.unwrap().x.state, state);
    }
}

/// The library overran a buffer when it copied chunks that it held in its cache.
#[test]
fn a_column_that_was_read_can_be_copied_whatever_its_filters() {
    let folder = folder("filters");
    let (path, copy) = (folder.join("a.h5ad"), folder.join("b.h5ad"));
    let numbers: Vec<f64> = (0..1030).map(f64::from).collect();
    file(&path, numbers.len(), 1, |file| {
        let array = file.new_dataset_builder().chunk(50).shuffle().deflate(4);
        let array = array.fletcher32().with_data(&numbers).create("obs/n");
        encoded(&array.unwrap(), "array", "0.2.0");
        let obs = file.group("obs").unwrap();
        obs.delete_attr("column-order").unwrap();
        let order: VarLenUnicode = "n".parse().unwrap();
        let attribute = obs.new_attr::<VarLenUnicode>().shape(1);
        attribute
            .create("column-order")
            .unwrap()
            .write(&[order])
            .unwrap();
    });
    let dataset = open(&path).unwrap().dataset;
    let read = load(&dataset.obs["n"].value).unwrap();
    let names = |lazy| load(lazy).unwrap().names().unwrap().clone();
    let (cells, genes) = (
        names(&dataset.obs_names.value),
        names(&dataset.var_names.value),
    );
    let writer = Writer::create(&copy, &cells, &genes, WriteOptions::default()).unwrap();
    let place = dataset.obs["n"].value.in_file().unwrap();
    let name = SlotName::new(Place::Obs, "n");
    writer.copy(&name, &place).unwrap();
    writer.finish().unwrap();
    let again = load(&open(&copy).unwrap().dataset.obs["n"].value).unwrap();
    for value in [read, again] {
        let Column::Number(found) = &**value.column().unwrap() else {
            panic!("numbers")
        };
        assert_eq!(found.values, numbers);
    }
}

#[test]
fn a_file_that_was_written_over_is_said_to_be() {
    let folder = folder("over");
    let path = folder.join("a.h5ad");
    file(&path, 2, 1, |_| {});
    let root = crate::io::h5::Object::root(&crate::io::h5::H5File::open(&path).unwrap()).unwrap();
    assert_eq!(root.fault("is odd").problem, "is odd");
    std::fs::write(&path, b"something else").unwrap();
    let error = root.fault("is odd").remedy("another");
    assert_eq!(error.problem, "was changed after it was read");
    assert_eq!(error.remedy.as_deref(), Some("read it again"));
}

#[test]
fn names_are_called_what_they_were_called() {
    let folder = folder("index");
    let path = folder.join("a.h5ad");
    let names: Names = ["a", "b"].into_iter().collect();
    for (called, found) in [
        (Some("index"), Some("index")),
        (Some("cell id"), Some("cell id")),
        (Some("a/b"), None),
        (Some("column"), None),
        (None, None),
    ] {
        let writer = Writer::create(&path, &names, &names, WriteOptions::default()).unwrap();
        writer.call_names(called, None);
        let column = Column::Bool(vec![true, false]);
        let value = crate::data::Value::Column(std::sync::Arc::new(column));
        writer
            .slot(&SlotName::new(Place::Obs, "column"), &value)
            .unwrap();
        writer.finish().unwrap();
        let dataset = open(&path).unwrap().dataset;
        assert_eq!(dataset.obs_index.as_deref(), found);
        assert_eq!(dataset.var_index, None);
        assert_eq!(dataset.obs.keys().collect::<Vec<_>>(), ["column"]);
    }
}

/// Filters that only the library undoes, and arrays without chunks.
#[test]
fn truths_are_numbers_in_whatever_way_they_lie() {
    let folder = folder("truths-of-the-library");
    for way in ["filtered", "compact"] {
        let path = folder.join(format!("{way}.h5ad"));
        let truths = ndarray::arr2(&[[true, false], [false, true], [true, true]]);
        file(&path, 3, 2, |file| {
            let array = match way {
                "filtered" => file.new_dataset_builder().chunk((2, 1)).fletcher32(),
                _ => file
                    .new_dataset_builder()
                    .layout(hdf5::dataset::Layout::Compact),
            };
            let x = array.with_data(&truths).create("X").unwrap();
            encoded(&x, "array", "0.2.0");
        });
        let x = open(&path).unwrap().dataset.x.unwrap();
        let rows = x.blocks.read(1..3).unwrap().to_dense();
        assert_eq!(rows, ndarray::arr2(&[[0.0, 1.0], [1.0, 1.0]]), "{way}");
    }
}

/// Where the bytes of an array lie says only the file that has it.
#[test]
fn links_are_followed_and_copies_stand_alone() {
    let folder = folder("links");
    let (path, other) = (folder.join("a.h5ad"), folder.join("other.h5ad"));
    let numbers = ndarray::arr2(&[[1.5, 0.0], [0.0, 3.0]]);
    let array = |file: &hdf5::File, name: &str| {
        let array = file.new_dataset_builder().chunk((1, 2)).deflate(4);
        encoded(
            &array.with_data(&numbers).create(name).unwrap(),
            "array",
            "0.2.0",
        );
    };
    file(&other, 2, 2, |file| array(file, "far"));
    file(&path, 2, 2, |file| {
        array(file, "near");
        file.link_external("other.h5ad", "/far", "X").unwrap();
        file.link_soft("/near", "layers/soft").unwrap();
        file.link_external("other.h5ad", "/far", "obsm/far")
            .unwrap();
    });
    let check = |path: &Path| {
        let opened = open(path).unwrap();
        assert_eq!(opened.warnings, []);
        let dataset = opened.dataset;
        for matrix in dataset.x.iter().chain(dataset.layers.values()) {
            let rows = all_rows(matrix).unwrap().to_dense();
            assert_eq!(rows, numbers.mapv(|x| x as f32));
        }
        let crate::data::Value::Dense(dense) = load(&dataset.obsm["far"].value).unwrap() else {
            panic!("not dense");
        };
        assert_eq!(*dense, numbers.mapv(|x| x as f32));
        dataset
    };
    let dataset = check(&path);
    let copy = folder.join("elsewhere.h5ad");
    let names = |lazy| load(lazy).unwrap().names().unwrap().clone();
    let (cells, genes) = (
        names(&dataset.obs_names.value),
        names(&dataset.var_names.value),
    );
    let writer = Writer::create(&copy, &cells, &genes, WriteOptions::default()).unwrap();
    let x = dataset.x.as_ref().unwrap().blocks.in_file().unwrap();
    writer.copy(&SlotName::x(), &x).unwrap();
    let soft = dataset.layers["soft"].blocks.in_file().unwrap();
    writer
        .copy(&SlotName::new(Place::Layers, "soft"), &soft)
        .unwrap();
    let far = dataset.obsm["far"].value.in_file().unwrap();
    writer
        .copy(&SlotName::new(Place::Obsm, "far"), &far)
        .unwrap();
    writer.finish().unwrap();
    drop(dataset);
    std::fs::remove_file(other).unwrap();
    std::fs::remove_file(path).unwrap();
    check(&copy);
}

//! What was read and not touched goes out as it came, and damage does not go on unseen.
//!
//! Files are made by the program, changed with the HDF5 library, and read and written again.

use hdf5::types::{FixedAscii, VarLenArray, VarLenAscii, VarLenUnicode};
use ndarray::{Array2, arr1};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sca-kept-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder can be made");
        Folder(path)
    }

    /// The program in this folder.
    fn sca(&self, script: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_sca"))
            .args(["-c", script])
            .current_dir(&self.0)
            .output()
            .expect("the program runs")
    }

    fn runs(&self, script: &str) -> String {
        let done = self.sca(script);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{script}\n{said}");
        said
    }

    /// A small dataset, to which `change` does what is tested.
    fn file(&self, change: impl FnOnce(&hdf5::File)) {
        self.runs("a = demo pbmc cells=20 genes=30; write a \"in.h5ad\" compression=none");
        let file = hdf5::File::open_rw(self.0.join("in.h5ad")).expect("it opens");
        change(&file);
        file.close().expect("it closes");
    }

    fn open(&self, name: &str) -> hdf5::File {
        hdf5::File::open(self.0.join(name)).expect("it opens")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn attribute(object: &hdf5::Location, name: &str, text: &str) {
    let text: VarLenUnicode = text.parse().expect("text");
    let _ = object.delete_attr(name);
    let attribute = object.new_attr::<VarLenUnicode>().create(name);
    let attribute = attribute.expect("an attribute can be made");
    attribute.write_scalar(&text).expect("it is written");
}

fn encoded(object: &hdf5::Location, encoding: &str, version: &str) {
    attribute(object, "encoding-type", encoding);
    attribute(object, "encoding-version", version);
}

fn encoding(file: &hdf5::File, path: &str) -> String {
    let attribute = match file.group(path) {
        Ok(group) => group.attr("encoding-type"),
        Err(_) => file.dataset(path).expect(path).attr("encoding-type"),
    };
    let text = attribute.expect(path).read_scalar::<VarLenUnicode>();
    text.expect(path).to_string()
}

fn array<T: hdf5::H5Type, D: ndarray::Dimension>(
    file: &hdf5::File,
    path: &str,
    values: &ndarray::Array<T, D>,
) {
    let made = file.new_dataset_builder().with_data(values).create(path);
    encoded(&made.expect(path), "array", "0.2.0");
}

fn strings(file: &hdf5::File, path: &str, texts: &[&str]) {
    let texts: Vec<VarLenUnicode> = texts.iter().map(|t| t.parse().expect("text")).collect();
    let made = file.new_dataset_builder().with_data(&texts).create(path);
    encoded(&made.expect(path), "string-array", "0.2.0");
}

/// A categorical column of obs, with these codes.
fn category(file: &hdf5::File, name: &str, codes: &[i8], levels: &[&str]) {
    let group = file.create_group(&format!("obs/{name}")).expect("a group");
    encoded(&group, "categorical", "0.2.0");
    array(file, &format!("obs/{name}/codes"), &arr1(codes));
    strings(file, &format!("obs/{name}/categories"), levels);
    let ordered = group.new_attr::<bool>().create("ordered");
    ordered
        .expect("made")
        .write_scalar(&false)
        .expect("written");
    let obs = file.group("obs").expect("obs");
    let order = obs.attr("column-order").expect("an order");
    let mut order: Vec<VarLenUnicode> = order.read_raw().expect("texts");
    order.push(name.parse().expect("text"));
    obs.delete_attr("column-order").expect("gone");
    let made = obs.new_attr::<VarLenUnicode>().shape(order.len());
    let made = made.create("column-order").expect("made");
    made.write(&order).expect("written");
}

#[test]
fn numbers_of_obsm_and_uns_keep_type_and_digits() {
    let folder = Folder::new("numbers");
    let large = 1_i64 << 40;
    folder.file(|file| {
        let places = Array2::from_shape_fn((20, 2), |(i, j)| large + (2 * i + j) as i64);
        array(file, "obsm/places", &places);
        array(file, "obsm/precise", &places.mapv(|x| x as f64 + 0.1));
        array(file, "obsm/truths", &places.mapv(|x| x % 3 == 0));
        let square = Array2::from_shape_fn((20, 20), |(i, j)| large + (20 * i + j) as i64);
        array(file, "obsp/square", &square);
        let none = file.new_dataset::<f32>().shape(hdf5::Extents::Null);
        encoded(&none.create("uns/none").expect("made"), "null", "0.1.0");
    });
    folder.runs("a = read \"in.h5ad\"; b = a[0..3]; compute b; write b \"out.h5ad\"");
    let file = folder.open("out.h5ad");
    let places: Array2<i64> = file
        .dataset("obsm/places")
        .and_then(|d| d.read_2d())
        .expect("kept");
    assert_eq!(places[[2, 1]], large + 5);
    let dataset = file.dataset("obsm/places").expect("kept");
    assert!(dataset.dtype().expect("a type").is::<i64>());
    let precise: Array2<f64> = file
        .dataset("obsm/precise")
        .and_then(|d| d.read_2d())
        .expect("kept");
    assert_eq!(precise[[2, 1]], (large + 5) as f64 + 0.1);
    assert!(
        file.dataset("obsm/truths")
            .and_then(|d| d.dtype())
            .expect("kept")
            .is::<bool>()
    );
    let square: Array2<i64> = file
        .dataset("obsp/square")
        .and_then(|d| d.read_2d())
        .expect("kept");
    assert_eq!((square.dim(), square[[2, 1]]), ((3, 3), large + 41));
    assert_eq!(encoding(&file, "uns/none"), "null");
}

#[test]
fn a_matrix_keeps_its_arrangement_and_its_digits() {
    let folder = Folder::new("matrix");
    let value = |i: usize, j: usize| {
        if (i + j).is_multiple_of(3) {
            0.1 + (i * 30 + j) as f64
        } else {
            0.0
        }
    };
    folder.file(|file| {
        let dense = Array2::from_shape_fn((20, 30), |(i, j)| value(i, j));
        array(file, "layers/dense", &dense);
        array(file, "layers/whole", &dense.mapv(|x| x as i64 + (1 << 40)));
        let group = file.create_group("layers/csc").expect("a group");
        let (mut data, mut indices, mut ends) = (Vec::new(), Vec::new(), vec![0]);
        for j in 0..30 {
            for i in (0..20).filter(|&i| value(i, j) != 0.0) {
                data.push(value(i, j));
                indices.push(i as i32);
            }
            ends.push(data.len() as i32);
        }
        array(file, "layers/csc/data", &arr1(&data));
        array(file, "layers/csc/indices", &arr1(&indices));
        array(file, "layers/csc/indptr", &arr1(&ends));
        encoded(&group, "csc_matrix", "0.1.0");
        let shape = group
            .new_attr::<i64>()
            .shape(2)
            .create("shape")
            .expect("made");
        shape.write(&[20_i64, 30]).expect("written");
    });
    folder.runs("a = read \"in.h5ad\"; b = a[4..9]; write b \"out.h5ad\"");
    let file = folder.open("out.h5ad");
    let dense: Array2<f64> = file
        .dataset("layers/dense")
        .and_then(|d| d.read_2d())
        .expect("kept");
    assert_eq!(
        dense,
        Array2::from_shape_fn((5, 30), |(i, j)| value(i + 4, j))
    );
    let whole: Array2<i64> = file
        .dataset("layers/whole")
        .and_then(|d| d.read_2d())
        .expect("kept");
    assert_eq!(whole, dense.mapv(|x| x as i64 + (1 << 40)));
    assert_eq!(encoding(&file, "layers/csc"), "csc_matrix");
    let read = |part: &str| file.dataset(&format!("layers/csc/{part}")).expect("kept");
    let data: Vec<f64> = read("data").read_raw().expect("numbers");
    let indices: Vec<i32> = read("indices").read_raw().expect("numbers");
    let ends: Vec<i32> = read("indptr").read_raw().expect("numbers");
    for j in 0..30 {
        for at in ends[j] as usize..ends[j + 1] as usize {
            assert_eq!(data[at], dense[[indices[at] as usize, j]]);
        }
    }
    assert_eq!(data.len(), dense.iter().filter(|&&x| x != 0.0).count());
}

/// A layer that is compressed by gene.
fn compressed_by_gene(file: &hdf5::File, path: &str, values: &Array2<f64>) {
    let group = file.create_group(path).expect("a group");
    let (mut data, mut indices, mut ends) = (Vec::new(), Vec::new(), vec![0]);
    for column in values.columns() {
        for (i, &x) in column.iter().enumerate().filter(|(_, x)| **x != 0.0) {
            data.push(x);
            indices.push(i as i32);
        }
        ends.push(data.len() as i32);
    }
    array(file, &format!("{path}/data"), &arr1(&data));
    array(file, &format!("{path}/indices"), &arr1(&indices));
    array(file, &format!("{path}/indptr"), &arr1(&ends));
    encoded(&group, "csc_matrix", "0.1.0");
    let shape = group.new_attr::<i64>().shape(2).create("shape");
    let dim = [values.nrows() as i64, values.ncols() as i64];
    shape.expect("made").write(&dim).expect("written");
}

/// Layers and places of all types that parts of a concatenated dataset may have.
fn typed(file: &hdf5::File, value: impl Fn(usize, usize) -> f64) {
    let values = Array2::from_shape_fn((20, 30), |(i, j)| value(i, j));
    array(file, "layers/double", &values);
    array(file, "layers/truths", &values.mapv(|x| x > 0.0));
    array(
        file,
        "layers/wide",
        &values.mapv(|x| (1_i64 << 40) + x as i64),
    );
    compressed_by_gene(file, "layers/csc", &values);
    let places = values.slice(ndarray::s![.., ..2]).to_owned();
    array(file, "obsm/places", &places);
    array(
        file,
        "obsm/whole",
        &places.mapv(|x| (1_i64 << 40) + x as i64),
    );
}

/// Rows of a compressed matrix, or of a dense one.
fn rows(file: &hdf5::File, path: &str, n_genes: usize) -> Array2<f64> {
    if let Ok(dense) = file.dataset(path) {
        return dense.read_2d().expect("numbers");
    }
    let read = |part: &str| file.dataset(&format!("{path}/{part}")).expect("kept");
    let data: Vec<f64> = read("data").read_raw().expect("numbers");
    let indices: Vec<i32> = read("indices").read_raw().expect("numbers");
    let ends: Vec<i32> = read("indptr").read_raw().expect("numbers");
    let mut values = Array2::zeros((ends.len() - 1, n_genes));
    for row in 0..ends.len() - 1 {
        for at in ends[row] as usize..ends[row + 1] as usize {
            values[[row, indices[at] as usize]] = data[at];
        }
    }
    values
}

#[test]
fn parts_that_are_concatenated_keep_their_types() {
    let folder = Folder::new("concat");
    let value = |i: usize, j: usize| match (i + j) % 3 {
        0 => 0.1 + (i * 30 + j) as f64,
        _ => 0.0,
    };
    folder.file(|file| typed(file, value));
    std::fs::copy(folder.0.join("in.h5ad"), folder.0.join("b.h5ad")).expect("a copy");
    let read = "a = read \"in.h5ad\"; b = read \"b.h5ad\"";
    let cells: Vec<usize> = (0..20).chain(0..20).collect();
    let names = |file: &hdf5::File| -> Vec<String> {
        let names = file.dataset("var/_index").and_then(|d| d.read_raw());
        let names: Vec<VarLenUnicode> = names.expect("names");
        names.iter().map(|name| name.to_string()).collect()
    };
    let all = names(&folder.open("b.h5ad"));
    // The first ten genes are left out of one part: from the rest, or filled with zeros.
    for join in ["inner", "outer"] {
        folder.runs(&format!(
            "{read}; a = a[0..20, 10..30]; c = concat [a, b] unique=\"-\" join={join}; write c \"out.h5ad\""
        ));
        let file = folder.open("out.h5ad");
        let shown: Vec<usize> = names(&file)
            .iter()
            .filter_map(|name| all.iter().position(|other| other == name))
            .collect();
        let at = |row: usize, gene: usize| {
            let hidden = row < 20 && gene < 10;
            if hidden { 0.0 } else { value(cells[row], gene) }
        };
        let expected = Array2::from_shape_fn((40, shown.len()), |(i, j)| at(i, shown[j]));
        assert_eq!(rows(&file, "layers/double", 30), expected, "{join}");
        assert_eq!(rows(&file, "layers/csc", shown.len()), expected, "{join}");
        assert_eq!(encoding(&file, "layers/csc"), "csr_matrix");
        let kind = |path: &str| file.dataset(path).and_then(|d| d.dtype()).expect(path);
        assert!(kind("layers/truths").is::<bool>(), "{join}");
        assert!(kind("layers/wide").is::<i64>(), "{join}");
        let wide: Array2<i64> = file
            .dataset("layers/wide")
            .and_then(|d| d.read_2d())
            .expect("kept");
        assert_eq!(wide[[39, 1]], (1 << 40) + at(39, shown[1]) as i64);
        assert!(kind("obsm/whole").is::<i64>(), "{join}");
        assert_eq!(rows(&file, "obsm/places", 2)[[23, 0]], value(3, 0));
    }
}

#[test]
fn types_of_parts_that_differ_are_promoted() {
    let folder = Folder::new("promoted");
    let small = Array2::from_shape_fn((20, 30), |(i, j)| ((i + j) % 3) as i8);
    folder.file(|file| {
        array(file, "layers/mixed", &small);
        array(file, "obsm/mixed", &small.mapv(|x| x == 1));
    });
    std::fs::copy(folder.0.join("in.h5ad"), folder.0.join("b.h5ad")).expect("a copy");
    let large = small.mapv(|x| (1_i64 << 40) + i64::from(x));
    folder.file(|file| {
        array(file, "layers/mixed", &large);
        array(file, "obsm/mixed", &small.mapv(|x| 0.1 * f64::from(x)));
    });
    let concat = "c = concat [a, b] unique=\"-\"; c = c[2..31]; write c \"out.h5ad\"";
    folder.runs(&format!(
        "a = read \"b.h5ad\"; b = read \"in.h5ad\"; {concat}"
    ));
    let file = folder.open("out.h5ad");
    let mixed = file.dataset("layers/mixed").expect("kept");
    assert!(mixed.dtype().expect("a type").is::<i64>());
    let mixed: Array2<i64> = mixed.read_2d().expect("numbers");
    assert_eq!((mixed[[0, 0]], mixed[[28, 0]]), (2, (1 << 40) + 1));
    let places = rows(&file, "obsm/mixed", 30);
    assert_eq!((places[[0, 2]], places[[28, 0]]), (1.0, 0.1));
}

#[test]
fn texts_that_may_be_missing_stay_so_and_indices_agree() {
    let folder = Folder::new("texts");
    folder.file(|file| {
        let names: Vec<VarLenUnicode> = file
            .dataset("obs/_index")
            .and_then(|d| d.read_raw())
            .expect("names");
        let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        file.unlink("obs/_index").expect("gone");
        let frame = file.create_group("obsm/frame").expect("a group");
        for path in ["obs/_index", "obsm/frame/_index"] {
            let group = file.create_group(path).expect("a group");
            strings(file, &format!("{path}/values"), &names);
            array(file, &format!("{path}/mask"), &arr1(&[false; 20]));
            attribute(&group, "na-value", "NaN");
            encoded(&group, "nullable-string-array", "0.1.0");
        }
        array(file, "obsm/frame/x", &arr1(&[0.5; 20]));
        encoded(&frame, "dataframe", "0.2.0");
        attribute(&frame, "_index", "_index");
        let order: Vec<VarLenUnicode> = vec!["x".parse().expect("text")];
        let made = frame
            .new_attr::<VarLenUnicode>()
            .shape(1)
            .create("column-order");
        made.expect("made").write(&order).expect("written");
    });
    for script in ["write a \"out.h5ad\"", "b = a[0..7]; write b \"out.h5ad\""] {
        folder.runs(&format!("a = read \"in.h5ad\"; {script}"));
        let file = folder.open("out.h5ad");
        for path in ["obs/_index", "obsm/frame/_index"] {
            assert_eq!(encoding(&file, path), "nullable-string-array", "{script}");
        }
        assert_eq!(encoding(&file, "obs/_index/values"), "string-array");
    }
}

#[test]
fn damaged_values_are_refused_with_their_place() {
    let folder = Folder::new("damaged");
    let refused = |change: &dyn Fn(&hdf5::File), object: &str, says: &str| {
        folder.file(change);
        for script in ["write a \"out.h5ad\"", "b = a[0..7]; write b \"out.h5ad\""] {
            let done = folder.sca(&format!("a = read \"in.h5ad\"; {script}"));
            let said = String::from_utf8_lossy(&done.stderr);
            let names = said.contains("in.h5ad") && said.contains(object) && said.contains(says);
            assert!(!done.status.success() && names, "{script}\n{said}");
        }
    };
    let mut codes = [0_i8; 20];
    codes[3] = 9;
    refused(
        &|file| category(file, "c", &codes, &["a", "b"]),
        "/obs/c",
        "code 9 of entry 3",
    );
    codes[3] = -2;
    refused(
        &|file| category(file, "c", &codes, &["a", "b"]),
        "/obs/c",
        "code -2 of entry 3",
    );
    codes[3] = -1;
    refused(
        &|file| category(file, "c", &codes, &["a", "a"]),
        "/obs/c",
        "the category \"a\" appears twice",
    );
    let mut codes = [0.0; 20];
    codes[3] = 0.5;
    let fractions = |file: &hdf5::File| {
        category(file, "c", &[0_i8; 20], &["a", "b"]);
        file.unlink("obs/c/codes").expect("gone");
        array(file, "obs/c/codes", &arr1(&codes));
    };
    refused(&fractions, "/obs/c", "code 0.5 of entry 3");
    let index = |numbers: [f64; 20]| {
        move |file: &hdf5::File| {
            file.unlink("obs/_index").expect("gone");
            array(file, "obs/_index", &arr1(&numbers));
        }
    };
    let mut numbers: [f64; 20] = std::array::from_fn(|i| i as f64);
    numbers[5] = f64::NAN;
    refused(&index(numbers), "/obs/_index", "entry 5 of the index");
    numbers[5] = 5.5;
    refused(&index(numbers), "/obs/_index", "entry 5 of the index");
    let decreasing = |file: &hdf5::File| {
        let ends = file.dataset("X/indptr").expect("row pointers");
        let mut values: Vec<i32> = ends.read_raw().expect("numbers");
        values.swap(4, 5);
        ends.write(&values).expect("written");
    };
    refused(&decreasing, "/X/indptr", "decreases at row");
    let places = |file: &hdf5::File| {
        let indices = file.dataset("X/indices").expect("indices");
        let mut values: Vec<f64> = indices.read_raw().expect("numbers");
        values[3] = f64::NAN;
        file.unlink("X/indices").expect("gone");
        array(file, "X/indices", &arr1(&values));
    };
    refused(&places, "/X/indices", "an impossible index");
}

#[test]
fn texts_of_every_kind_are_read() {
    let folder = Folder::new("kinds");
    folder.file(|file| {
        let codes: Vec<i8> = (0..20).map(|i| i % 2).collect();
        for name in ["fixed", "ascii"] {
            category(file, name, &codes, &["a", "b"]);
            file.unlink(&format!("obs/{name}/categories"))
                .expect("gone");
        }
        let builder = file.new_dataset_builder();
        let texts = ["first", "second"].map(|t| FixedAscii::<12>::from_ascii(t).expect("ascii"));
        let made = builder.with_data(&texts).create("obs/fixed/categories");
        encoded(&made.expect("made"), "string-array", "0.2.0");
        let builder = file.new_dataset_builder();
        let texts = ["first", "second"].map(|t| VarLenAscii::from_ascii(t).expect("ascii"));
        let made = builder.with_data(&texts).create("obs/ascii/categories");
        encoded(&made.expect("made"), "string-array", "0.2.0");
    });
    for name in ["fixed", "ascii"] {
        let done = folder.sca(&format!(
            "a = read \"in.h5ad\"; compute count(a.obs.{name})"
        ));
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(said.contains("first") && said.contains("second"), "{said}");
    }
}

#[test]
fn a_modality_is_read_by_its_name() {
    let folder = Folder::new("mudata");
    folder.runs("a = demo pbmc cells=20 genes=30; write a \"rna.h5ad\"");
    let from = folder.open("rna.h5ad");
    let file = hdf5::File::create(folder.0.join("x.h5mu")).expect("made");
    attribute(&file, "encoding-type", "MuData");
    file.create_group("mod").expect("made");
    copy(&from, &file, "mod/prot");
    copy(&from, &file, "mod/rna");
    file.close().expect("closed");
    let done = folder.sca("a = read \"x.h5mu\"");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(
        !done.status.success() && said.contains("prot, rna"),
        "{said}"
    );
    assert!(said.contains("read \"x.h5mu\" modality=\"rna\""), "{said}");
    folder.runs("a = read \"x.h5mu\" modality=rna; write a \"out.h5ad\"");
    assert_eq!(encoding(&folder.open("out.h5ad"), "X"), "csr_matrix");
    let done = folder.sca("a = read \"x.h5mu\" modality=atac");
    assert!(String::from_utf8_lossy(&done.stderr).contains("prot, rna"));
}

/// Copies the root of a file to a group of another.
fn copy(from: &hdf5::File, to: &hdf5::File, path: &str) {
    let name = std::ffi::CString::new(path).expect("a name");
    // SAFETY: open files, and names that end in NUL.
    let done = hdf5::sync::sync(|| unsafe {
        let (source, target) = (from.id(), to.id());
        hdf5_sys::h5o::H5Ocopy(source, c"/".as_ptr(), target, name.as_ptr(), 0, 0)
    });
    assert!(done >= 0);
}

#[test]
fn an_embedding_is_found_by_its_other_name() {
    let folder = Folder::new("names");
    folder.runs(
        "a = demo pbmc cells=60 genes=80; pca a n=5; neighbors a k=5; umap a; \
         rename a X_umap to=umap part=obsm; rename a X_pca to=pca part=obsm; write a \"in.h5ad\"",
    );
    let said = folder.runs("a = read \"in.h5ad\"; plot a out=\"p.svg\"; neighbors a k=5; umap a; tsne a perplexity=10; write a \"out.h5ad\"");
    assert!(!said.contains(": planned "), "{said}");
    let names = folder
        .open("out.h5ad")
        .group("obsm")
        .and_then(|g| g.member_names())
        .expect("names");
    for (there, not) in [("umap", "X_umap"), ("pca", "X_pca")] {
        assert!(names.iter().any(|name| name == there), "{names:?}");
        assert!(!names.iter().any(|name| name == not), "{names:?}");
    }
    folder.runs(
        "a = read \"in.h5ad\"; compute a.obs.cell_type; plot a color=PC1 basis=X_umap out=\"q.svg\"",
    );
}

#[test]
fn sums_beyond_f32_are_written_and_shown_exactly() {
    let folder = Folder::new("sums");
    folder.file(|file| {
        file.unlink("X").expect("gone");
        let values = Array2::from_shape_fn((20, 30), |(i, j)| (10_000_019 + i + j) as i32);
        array(file, "X", &values);
    });
    let sum: i64 = (0..20).map(|i| 10_000_019 + i).sum();
    folder.runs(
        "a = read \"in.h5ad\"; a.obs.g = \"g\"; b = aggregate(a, by=g); write b \"out.h5ad\"; \
         c = pseudobulk(a, by=g); write c \"bulk.h5ad\"; d = c[:, 0..3]; \
         both = concat({c: c, d: d}, unique=\"-\", join=outer); write both \"both.h5ad\"",
    );
    let both: Array2<f64> = folder
        .open("both.h5ad")
        .dataset("X")
        .and_then(|d| d.read_2d())
        .expect("sums");
    assert_eq!(both.dim(), (2, 30));
    assert_eq!(both.row(1).iter().filter(|sum| **sum != 0.0).count(), 3);
    let agree = |gene: usize| both[[1, gene]] == 0.0 || both[[0, gene]] == both[[1, gene]];
    assert!((0..30).all(agree));
    assert!(both.iter().any(|&x| x == sum as f64), "sums are rounded");
    for (file, path) in [("out.h5ad", "layers/sum"), ("bulk.h5ad", "X")] {
        let sums: Array2<f64> = folder
            .open(file)
            .dataset(path)
            .and_then(|d| d.read_2d())
            .expect("sums");
        assert_eq!(sums[[0, 0]], sum as f64);
    }
    let shown = folder.sca("b = read \"out.h5ad\"; write b[0..1] \"part.h5ad\"");
    assert!(shown.status.success());
}

#[test]
fn the_history_names_files_without_their_folders() {
    let folder = Folder::new("history");
    folder.file(|_| {});
    let path = folder.0.join("in.h5ad");
    folder.runs(&format!(
        "a = read {:?}; write a \"out.h5ad\"",
        Path::new(&path)
    ));
    let file = folder.open("out.h5ad");
    let history: Vec<VarLenUnicode> = file
        .dataset("uns/sca/history")
        .and_then(|d| d.read_raw())
        .expect("a history");
    assert_eq!(
        history.iter().map(|line| line.as_str()).collect::<Vec<_>>(),
        [
            "demo pbmc cells=20 genes=30 doublets=0.04 seed=0",
            "read \"in.h5ad\""
        ]
    );
}

/// A zarr store (version 2) with floats of 16 bits: X, a representation, and a column of obs.
fn store_of_halves(root: &Path) {
    let put = |key: &str, bytes: &[u8]| {
        let path = root.join(key.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        std::fs::write(path, bytes).expect("it can be written");
    };
    let group = |path: &str, attributes: &str| {
        put(&format!("{path}/.zgroup"), br#"{"zarr_format": 2}"#);
        put(&format!("{path}/.zattrs"), attributes.as_bytes());
    };
    let array = |path: &str, kind: &str, shape: &[usize], filters: &str, bytes: &[u8]| {
        let array = format!(
            r#"{{"zarr_format": 2, "shape": {shape:?}, "chunks": {shape:?}, "dtype": "{kind}",
                "order": "C", "fill_value": 0, "filters": {filters}, "compressor": null}}"#
        );
        put(&format!("{path}/.zarray"), array.as_bytes());
        let encoding = r#"{"encoding-type": "array", "encoding-version": "0.2.0"}"#;
        put(&format!("{path}/.zattrs"), encoding.as_bytes());
        let chunk = if shape.len() == 2 { "0.0" } else { "0" };
        put(&format!("{path}/{chunk}"), bytes);
    };
    let names = |path: &str, names: &[&str]| {
        let mut bytes = (names.len() as u32).to_le_bytes().to_vec();
        for name in names {
            bytes.extend((name.len() as u32).to_le_bytes());
            bytes.extend(name.as_bytes());
        }
        let filters = r#"[{"id": "vlen-utf8"}]"#;
        array(path, "|O", &[names.len()], filters, &bytes);
    };
    let frame = |columns: &str| {
        format!(
            r#"{{"encoding-type": "dataframe", "_index": "_index", "column-order": [{columns}]}}"#
        )
    };
    // 0, 0.1 (not exact in 16 bits), 1.5, the largest, the smallest, -2 and infinity.
    let halves = [
        0_u16, 0x2e66, 0x3e00, 0x7bff, 0x0001, 0xc000, 0x7c00, 0x3c00,
    ];
    let bytes = |n: usize| -> Vec<u8> {
        halves[..n]
            .iter()
            .flat_map(|bits| bits.to_le_bytes())
            .collect()
    };
    group(
        "",
        r#"{"encoding-type": "anndata", "encoding-version": "0.1.0"}"#,
    );
    group("obs", &frame("\"h\""));
    names("obs/_index", &["a", "b", "c", "d"]);
    array("obs/h", "<f2", &[4], "null", &bytes(4));
    group("var", &frame(""));
    names("var/_index", &["GENE1", "GENE2"]);
    group(
        "obsm",
        r#"{"encoding-type": "dict", "encoding-version": "0.1.0"}"#,
    );
    array("obsm/places", "<f2", &[4, 2], "null", &bytes(8));
    let counts: Vec<u8> = [0x3c00_u16; 8]
        .iter()
        .flat_map(|bits| bits.to_le_bytes())
        .collect();
    array("X", "<f2", &[4, 2], "null", &counts);
}

#[test]
fn what_only_hdf5_can_hold_is_said_before_a_store_is_written() {
    let folder = Folder::new("only-hdf5");
    folder.file(|file| {
        let group = file.create_group("uns/deep").expect("a group");
        encoded(&group, "dict", "0.1.0");
        let ragged = VarLenArray::from_slice(&[1_i32, 2]);
        array(file, "uns/deep/ragged", &arr1(&[ragged]));
    });
    let ran = folder.sca("a = read \"in.h5ad\"; write a \"out.zarr\"");
    let said = String::from_utf8_lossy(&ran.stderr).replace("\n", " ");
    assert!(!ran.status.success(), "{said}");
    assert!(
        said.contains("uns.deep cannot be written to a zarr store"),
        "{said}"
    );
    assert!(said.contains("leave uns out"), "{said}");
    assert!(!folder.0.join("out.zarr").exists());
    folder.runs(
        "a = read \"in.h5ad\"; write a \"out.h5ad\"; write a \"out.zarr\" keep=[X, obs, var]",
    );
}

#[test]
fn floats_of_16_bits_stay_such() {
    let folder = Folder::new("halves");
    store_of_halves(&folder.0.join("in.zarr"));
    folder.runs(
        "a = read \"in.zarr\"; write a \"all.h5ad\"; filter a (h > 0); write a \"some.h5ad\"",
    );
    folder.runs("a = read \"all.h5ad\"; filter a (h > 0); write a \"again.h5ad\"");
    let digits = |name: &str| {
        let made = format!("a = read \"{name}\"; export a.obs \"out.csv\" overwrite=true");
        folder.runs(&made);
        std::fs::read_to_string(folder.0.join("out.csv")).expect("it was written")
    };
    for (name, rows) in [("all.h5ad", 4), ("some.h5ad", 3), ("again.h5ad", 3)] {
        let file = folder.open(name);
        for array in ["X", "obsm/places", "obs/h"] {
            let array = file.dataset(array).expect("it is there");
            let size = array.dtype().expect("it has a type").size();
            assert_eq!((array.shape()[0], size), (rows, 2), "{name} {array:?}");
        }
    }
    assert_eq!(digits("all.h5ad"), digits("in.zarr"));
    assert_eq!(digits("some.h5ad"), digits("again.h5ad"));
    let some = digits("some.h5ad");
    assert!(
        some.contains("0.099975586") && some.contains("65504"),
        "{some}"
    );
}

/// Two smoothed genes do not become an array of all genes, which Python would hold in memory.
#[test]
fn layers_of_some_genes_are_sparse() {
    let folder = Folder::new("smoothed");
    folder.runs(
        "a = demo pbmc cells=60 genes=80; magic a genes=[LYZ, CD3D] key=two; magic a key=all\n\
         write a \"out.h5ad\"",
    );
    let file = folder.open("out.h5ad");
    assert_eq!(encoding(&file, "layers/two"), "csr_matrix");
    let two = file.dataset("layers/two/data").expect("values").size();
    assert!((60..=120).contains(&two), "{two}");
    assert_eq!(encoding(&file, "layers/all"), "array");
}

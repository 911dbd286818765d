//! Stores made here byte by byte: what they hold, and the errors of damaged ones.

use super::*;
use crate::data::{Column, Dataset, FileError, Rows, State};
use crate::io::stored::Object;
use crate::io::testing::{all_rows, everything, folder, load};
use crate::io::{h5ad, read};
use serde_json::json;
use std::fs;
use std::path::PathBuf;

/// A folder that becomes a store.
struct Made {
    root: PathBuf,
    version: u8,
}

impl Made {
    fn new(name: &str, version: u8) -> Self {
        let root = folder(name).join(format!("v{version}.zarr"));
        let made = Made { root, version };
        made.group("", json!({}));
        made
    }

    fn put(&self, key: &str, bytes: impl AsRef<[u8]>) {
        let path = self.root.join(key.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn group(&self, path: &str, attributes: Value) {
        match self.version {
            2 => {
                self.put(&format!("{path}/.zgroup"), r#"{"zarr_format": 2}"#);
                self.put(&format!("{path}/.zattrs"), attributes.to_string());
            }
            _ => {
                let group =
                    json!({"zarr_format": 3, "node_type": "group", "attributes": attributes});
                self.put(&format!("{path}/zarr.json"), group.to_string());
            }
        }
    }

    /// An array of one dimension, in chunks of `chunk`, whose bytes are compressed with zstd. Of the
    /// third version, two chunks share a file.
    fn array(&self, path: &str, kind: &str, bytes: &[u8], chunk: usize) {
        let (v3, size) = match kind {
            "<f4" => ("float32", 4),
            "<i4" => ("int32", 4),
            "|i1" => ("int8", 1),
            other => panic!("{other}"),
        };
        let n = bytes.len() / size;
        let mut chunks = bytes.chunks(chunk * size).map(|part| {
            let mut part = part.to_vec();
            part.resize(chunk * size, 0);
            zstd::encode_all(&part[..], 1).unwrap()
        });
        if self.version == 2 {
            let array = json!({
                "zarr_format": 2, "shape": [n], "chunks": [chunk], "dtype": kind, "order": "C",
                "fill_value": 0, "filters": null, "compressor": {"id": "zstd", "level": 1}
            });
            self.put(&format!("{path}/.zarray"), array.to_string());
            for (i, chunk) in chunks.enumerate() {
                self.put(&format!("{path}/{i}"), chunk);
            }
            return;
        }
        let array = json!({
            "zarr_format": 3, "node_type": "array", "shape": [n], "data_type": v3,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2 * chunk]}},
            "chunk_key_encoding": {"name": "default"}, "fill_value": 0, "attributes": {},
            "codecs": [{"name": "sharding_indexed", "configuration": {
                "chunk_shape": [chunk],
                "codecs": [{"name": "bytes", "configuration": {"endian": "little"}},
                           {"name": "zstd", "configuration": {"level": 1}}],
                "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}},
                                 {"name": "crc32c"}]}}]
        });
        self.put(&format!("{path}/zarr.json"), array.to_string());
        let mut shard = 0;
        while let Some(first) = chunks.next() {
            let mut index = [0, first.len() as u64, u64::MAX, u64::MAX];
            let mut bytes = first;
            if let Some(second) = chunks.next() {
                index[2..].copy_from_slice(&[bytes.len() as u64, second.len() as u64]);
                bytes.extend(second);
            }
            bytes.extend(index.iter().flat_map(|number| number.to_le_bytes()));
            bytes.extend([0; 4]);
            self.put(&format!("{path}/c/{shard}"), bytes);
            shard += 1;
        }
    }

    /// Texts in one chunk that nothing was done to.
    fn texts(&self, path: &str, texts: &[&str]) {
        let mut bytes = (texts.len() as u32).to_le_bytes().to_vec();
        for text in texts {
            bytes.extend((text.len() as u32).to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        let n = texts.len();
        if self.version == 2 {
            let array = json!({
                "zarr_format": 2, "shape": [n], "chunks": [n], "dtype": "|O", "order": "C",
                "fill_value": 0, "filters": [{"id": "vlen-utf8"}], "compressor": null
            });
            self.put(&format!("{path}/.zarray"), array.to_string());
            self.put(&format!("{path}/0"), bytes);
        } else {
            let array = json!({
                "zarr_format": 3, "node_type": "array", "shape": [n], "data_type": "string",
                "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [n]}},
                "chunk_key_encoding": {"name": "default"}, "fill_value": "",
                "attributes": {}, "codecs": [{"name": "vlen-utf8"}]
            });
            self.put(&format!("{path}/zarr.json"), array.to_string());
            self.put(&format!("{path}/c/0"), bytes);
        }
    }

    /// Three cells, four genes, a category, a sparse X: see [`rows`].
    fn dataset(name: &str, version: u8) -> Self {
        let made = Made::new(name, version);
        let frame = |columns: &[&str]| json!({"encoding-type": "dataframe", "_index": "_index", "column-order": columns});
        made.group("obs", frame(&["group"]));
        made.texts("obs/_index", &["a", "b", "ç"]);
        made.group(
            "obs/group",
            json!({"encoding-type": "categorical", "ordered": true}),
        );
        made.texts("obs/group/categories", &["x", "y"]);
        made.array("obs/group/codes", "|i1", &[1, 0, 255], 2);
        made.group("var", frame(&[]));
        made.texts("var/_index", &["g0", "g1", "g2", "g3"]);
        made.group("X", json!({"encoding-type": "csr_matrix", "shape": [3, 4]}));
        let rows = rows();
        let floats: Vec<u8> = rows.data().iter().flat_map(|x| x.to_le_bytes()).collect();
        let wholes = |numbers: &mut dyn Iterator<Item = i32>| -> Vec<u8> {
            numbers.flat_map(i32::to_le_bytes).collect()
        };
        let indices = wholes(&mut rows.indices().iter().map(|&i| i as i32));
        let indptr = wholes(&mut rows.proper_indptr().iter().map(|&i| i as i32));
        made.array("X/data", "<f4", &floats, 2);
        made.array("X/indices", "<i4", &indices, 3);
        made.array("X/indptr", "<i4", &indptr, 4);
        made
    }

    fn open(&self) -> Result<Dataset, FileError> {
        h5ad::open_root(Object::of_zarr(&self.root)?).map(|opened| opened.dataset)
    }
}

fn rows() -> Rows {
    let values = vec![1.0, 2.0, 3.0, 4.0, 5.0];
    Rows::new((3, 4), vec![0, 2, 2, 5], vec![0, 3, 0, 1, 2], values)
}

#[test]
fn stores_of_both_versions_hold_the_same() {
    for version in [2, 3] {
        let dataset = Made::dataset("zarr-both", version).open().unwrap();
        assert_eq!(all_rows(dataset.x.as_ref().unwrap()).unwrap(), rows());
        assert_eq!(dataset.x.as_ref().unwrap().state, State::Counts);
        let names = load(&dataset.obs_names.value).unwrap();
        assert!(names.names().unwrap().iter().eq(["a", "b", "ç"]));
        let Column::Category(group) = &*load(&dataset.obs["group"].value)
            .unwrap()
            .column()
            .unwrap()
            .clone()
        else {
            panic!("a category");
        };
        assert_eq!((&group.codes[..], group.ordered), (&[1, 0, -1][..], true));
    }
}

#[test]
fn what_was_never_written_is_the_fill_value() {
    let made = Made::dataset("zarr-fill", 2);
    fs::remove_file(made.root.join("X/data/1")).unwrap();
    let dataset = made.open().unwrap();
    let rows = all_rows(dataset.x.as_ref().unwrap()).unwrap();
    assert_eq!(rows.data(), [1.0, 2.0, 0.0, 0.0, 5.0]);
}

#[test]
fn what_is_wrong_with_a_store_is_said() {
    let damaged = |name: &str, damage: &dyn Fn(&Made)| {
        let made = Made::dataset(name, 2);
        damage(&made);
        let error = made.open().and_then(|dataset| {
            everything(&dataset)?;
            all_rows(dataset.x.as_ref().unwrap())
        });
        let error = error.expect_err(name);
        assert!(error.remedy.is_some(), "{error:?}");
        (error.object.unwrap_or_default(), error.problem)
    };
    let (object, problem) = damaged("zarr-cut", &|made| made.put("X/data/0", [1, 2, 3]));
    assert!(
        object == "/X/data" && problem.starts_with("has a damaged chunk"),
        "{problem}"
    );
    let (object, problem) = damaged("zarr-json", &|made| made.put("obs/.zattrs", "{"));
    assert!(
        object == "/obs" && problem.contains(".zattrs is damaged"),
        "{problem}"
    );
    let (_, problem) = damaged("zarr-codec", &|made| {
        let path = made.root.join("X/data/.zarray");
        let text = fs::read_to_string(path).unwrap();
        made.put("X/data/.zarray", text.replace("zstd", "lzma"));
    });
    assert!(
        problem.contains("lzma, which sca does not support"),
        "{problem}"
    );
    let (object, problem) = damaged("zarr-root", &|made| {
        fs::remove_file(made.root.join(".zgroup")).unwrap();
        fs::remove_file(made.root.join(".zattrs")).unwrap();
    });
    assert_eq!(
        (&*object, &*problem),
        ("", "has no metadata of a zarr store")
    );
}

#[test]
fn a_dataset_further_in_is_pointed_at() {
    let made = Made::new("zarr-spatial", 2);
    made.group("tables", json!({}));
    made.group("tables/table", json!({}));
    made.group("tables/table/obs", json!({}));
    let error = read(&made.root).unwrap_err();
    assert_eq!(error.problem, "holds several datasets: table");
    assert!(error.remedy.unwrap().contains("modality=\"table\""));
    let error = read(&Made::dataset("zarr-array", 2).root.join("X/data")).unwrap_err();
    assert_eq!(error.problem, "is a single array, not a dataset");
}

use super::*;
use crate::data::{Column, State, Uns};
use crate::io::testing::{all_rows, data, everything, load};

fn opened(name: &str) -> Option<Opened> {
    data(name).map(|path| open(&path).unwrap())
}

fn column(slot: &Slot) -> Arc<Column> {
    load(&slot.value).unwrap().column().unwrap().clone()
}

#[test]
fn every_file_of_every_version_opens_and_loads() {
    let Some(folder) = data("formats") else {
        return;
    };
    let mut folders = vec![folder];
    let mut n = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "h5ad")
            {
                let opened = open(&path).unwrap();
                let dataset = &opened.dataset;
                everything(dataset).unwrap_or_else(|error| panic!("{error:?}"));
                let layers = dataset.layers.values().chain(&dataset.x);
                for matrix in layers.chain(dataset.raw.iter().map(|raw| &raw.x)) {
                    let rows = all_rows(matrix).unwrap_or_else(|error| panic!("{error:?}"));
                    assert_eq!(rows.rows(), dataset.cells.at_most());
                }
                assert_eq!(opened.warnings, [], "{}", path.display());
                n += 1;
            }
        }
    }
    assert!(n > 25, "{n}");
}

#[test]
fn a_processed_file_has_its_slots() {
    let Some(Opened {
        dataset, warnings, ..
    }) = opened("pbmc68k_reduced/10x_pbmc68k_reduced.h5ad")
    else {
        return;
    };
    assert_eq!(warnings, []);
    assert_eq!(
        (dataset.cells.len(), dataset.genes.len()),
        (Some(700), Some(765))
    );
    let found = everything(&dataset).unwrap();
    assert!(found.len() > 15);
    let Column::Category(louvain) = &*column(&dataset.obs["louvain"]) else {
        panic!("louvain is a category")
    };
    assert_eq!(louvain.levels.len(), 11);
    let scores = load(&dataset.uns["rank_genes_groups"].value).unwrap();
    assert!(matches!(
        scores.uns().unwrap().get("names"),
        Some(Uns::Records(_))
    ));
}

#[test]
fn counts_are_seen_as_counts() {
    let Some(Opened { dataset, .. }) = opened("pbmc3k/pbmc3k_raw.h5ad") else {
        return;
    };
    let x = dataset.x.as_ref().unwrap();
    assert_eq!(x.state, State::Counts);
    let rows = all_rows(x).unwrap();
    assert_eq!((rows.shape(), rows.nnz()), ((2700, 32738), 2_282_976));
    let grains = x.blocks.grains().unwrap();
    assert_eq!((grains[1], grains[10], grains[11]), (256, 2560, 2700));
    let sum: f64 = rows.data().iter().map(|&value| f64::from(value)).sum();
    let by_grain: f64 = grains
        .windows(2)
        .flat_map(|ends| x.blocks.read(ends[0]..ends[1]).unwrap().data().to_vec())
        .map(f64::from)
        .sum();
    assert_eq!(sum, by_grain);
}

#[test]
fn old_graphs_move_to_obsp_and_old_categories_to_their_columns() {
    let Some(Opened { dataset, .. }) = opened("formats/anndata/archives/v0.5.0/adata.h5ad") else {
        return;
    };
    assert!(dataset.obsp.contains_key("connectivities"));
    assert!(!dataset.uns.contains_key("louvain_categories"));
    let Column::Category(phase) = &*column(&dataset.obs["phase"]) else {
        panic!("phase is a category")
    };
    assert_eq!(phase.levels.iter().collect::<Vec<_>>(), ["G1", "G2M", "S"]);
    let pca = load(&dataset.obsm["X_pca"].value).unwrap();
    assert_eq!(pca.dense().unwrap().dim(), (700, 50));
    let neighbors = load(&dataset.uns["neighbors"].value).unwrap();
    assert!(neighbors.uns().unwrap().get("connectivities").is_none());
    assert!(neighbors.uns().unwrap().get("params/n_neighbors").is_some());
}

#[test]
fn values_that_may_be_missing() {
    let name = "formats/zellkonverter/krumsiek11_augmented_v0-8.h5ad";
    let Some(Opened { dataset, .. }) = opened(name) else {
        return;
    };
    let Column::Number(whole) = &*column(&dataset.obs["dummy_int2"]) else {
        panic!("a number")
    };
    assert!(whole.nullable && whole.values.iter().any(|value| value.is_nan()));
    let Column::Category(truth) = &*column(&dataset.obs["dummy_bool2"]) else {
        panic!("a category of false, true and missing")
    };
    assert!(truth.codes.contains(&-1) && truth.codes.contains(&1));
}

#[test]
fn what_is_no_such_file_is_said() {
    let missing = open(Path::new("/no/such/file.h5ad")).unwrap_err();
    assert_eq!(missing.problem, "the file does not exist");
    let this = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    assert_eq!(open(&this).unwrap_err().problem, "is not an HDF5 file");
}

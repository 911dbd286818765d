//! What results that another program left in a file were made of, as scanpy names and records
//! them, so that they are known to be older once their sources change.
//!
//! Only what the file says is taken: a result without its record has no origin, and components of
//! a matrix that components are not computed from, such as counts, were made of something else.

use super::provenance::MARK;
use crate::data::{Dataset, Place, SlotName, State, Uns};
use crate::io::stored::Object;

/// Gives the results of a dataset that was just opened the sources that the file tells of. What sca
/// wrote has its own record.
pub fn tell(dataset: &mut Dataset, root: &Object, uns: Option<&Object>) {
    let Some(uns) = uns.filter(|_| root.text(MARK).is_none()) else {
        return;
    };
    let mut found: Vec<(SlotName, Vec<SlotName>)> = Vec::new();
    let mut made = |names: &[SlotName], from: Vec<SlotName>| {
        found.extend(names.iter().map(|name| (name.clone(), from.clone())));
    };
    let matrix = matrix_of_components(dataset, uns);
    made(
        &[obsm("X_pca"), slot(Place::Varm, "PCs"), record("pca")],
        matrix,
    );
    let graph = obsp("connectivities");
    if dataset.uns.contains_key("neighbors") {
        let names = [graph.clone(), obsp("distances"), record("neighbors")];
        made(&names, representation(uns, "neighbors"));
    }
    if dataset.uns.contains_key("tsne") {
        made(
            &[obsm("X_tsne"), record("tsne")],
            representation(uns, "tsne"),
        );
    }
    for (of, key) in [
        ("umap", "X_umap"),
        ("diffmap_evals", "X_diffmap"),
        ("draw_graph", "X_draw_graph_fa"),
        ("draw_graph", "X_draw_graph_fr"),
    ] {
        if dataset.uns.contains_key(of) {
            made(&[obsm(key), record(of)], vec![graph.clone()]);
        }
    }
    let recorded = |key: &&String| dataset.uns.contains_key(*key) && is_clustering(uns, key);
    let clusters = dataset.obs.keys().filter(recorded);
    for key in clusters {
        made(&[slot(Place::Obs, key), record(key)], vec![graph.clone()]);
    }
    for key in dataset.uns.keys() {
        if let Some(by) = groups_of(uns, key) {
            made(&[record(key)], vec![slot(Place::Obs, &by)]);
        }
    }
    for (name, from) in found {
        put(dataset, &name, &from);
    }
}

fn slot(place: Place, key: &str) -> SlotName {
    SlotName::new(place, key)
}

fn obsm(key: &str) -> SlotName {
    slot(Place::Obsm, key)
}

fn obsp(key: &str) -> SlotName {
    slot(Place::Obsp, key)
}

fn record(key: &str) -> SlotName {
    slot(Place::Uns, key)
}

/// X, or the layer of the record.
fn matrix_of_components(dataset: &Dataset, uns: &Object) -> Vec<SlotName> {
    if !dataset.uns.contains_key("pca") {
        return Vec::new();
    }
    let name = match text(uns, &["pca", "params", "layer"]) {
        Some(layer) => slot(Place::Layers, &layer),
        None => SlotName::x(),
    };
    let state = dataset.matrix(&name).map(|matrix| matrix.state);
    let will_do = state.is_some_and(|state| state == State::Log || state.is_past_log());
    if will_do { vec![name] } else { Vec::new() }
}

/// The representation of a record; scanpy leaves out the usual one.
fn representation(uns: &Object, key: &str) -> Vec<SlotName> {
    let named = text(uns, &[key, "params", "use_rep"]);
    vec![match named.as_deref() {
        Some("X") => SlotName::x(),
        named => obsm(named.unwrap_or("X_pca")),
    }]
}

/// Whether a column has a record of a clustering of cells.
fn is_clustering(uns: &Object, key: &str) -> bool {
    at(uns, &[key, "params", "resolution"]).is_some()
}

/// The column whose groups a record is about: of markers, of a dendrogram, of PAGA.
fn groups_of(uns: &Object, key: &str) -> Option<String> {
    match key.strip_prefix("dendrogram_") {
        Some(by) => Some(by.to_owned()),
        None if key == "paga" => text(uns, &["paga", "groups"]),
        None if key.starts_with("rank_genes_groups") => text(uns, &[key, "params", "groupby"]),
        None => None,
    }
}

/// What lies in uns under these names.
fn at(uns: &Object, path: &[&str]) -> Option<Object> {
    path.iter().try_fold(uns.clone(), |at, name| {
        at.is_group().then(|| at.child(name).ok())??
    })
}

fn text(uns: &Object, path: &[&str]) -> Option<String> {
    let found = at(uns, path)?;
    found.values().filter(|values| values.shape.is_empty())?;
    match super::uns::read(&found) {
        Ok(Uns::Text(text)) => Some(text),
        _ => None,
    }
}

fn put(dataset: &mut Dataset, name: &SlotName, from: &[SlotName]) {
    let from = from.iter();
    let from: Vec<(SlotName, u64)> = from
        .filter_map(|name| Some((name.clone(), dataset.version(name)?)))
        .collect();
    let Some(key) = dataset.key_of(name.place, &name.key) else {
        return;
    };
    let key = key.into_owned();
    let slots = dataset.slots_mut(name.place);
    if let Some(slot) = slots.and_then(|slots| slots.get_mut(&key)) {
        slot.stamp.from = from;
    }
}

//! The versions of its slots that a file holds, and the versions they were computed from:
//! `uns/sca/made`, so that a result which is older than its sources is known as such in the next
//! session, too.
//!
//! The record is trusted while the root of the file has our mark. A program that writes the file
//! again keeps `uns` and drops the mark, and may have made any slot again.

use crate::data::{Dataset, FileError, Names, Place, SlotName, Stamp, Uns};
use crate::io::stored::Object;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The attribute of the root that says that `uns/sca/made` is of this file.
pub const MARK: &str = "sca-made";

/// Every slot and matrix that is not as it first came from a file, with its making.
fn stamps(dataset: &Dataset) -> Vec<(SlotName, &Stamp)> {
    use Place::*;
    let x = dataset.x.iter().map(|x| (SlotName::x(), &x.stamp));
    let raw = dataset.raw.iter();
    let raw = raw.map(|raw| (SlotName::raw(), &raw.x.stamp));
    let layers = dataset.layers.iter();
    let layers = layers.map(|(key, layer)| (SlotName::new(Layers, key), &layer.stamp));
    let slots = [Obs, Var, Obsm, Varm, Obsp, Varp, Uns].into_iter();
    let slots = slots.flat_map(|place| {
        let slots = dataset.slots(place).into_iter().flatten();
        slots.map(move |(key, slot)| (SlotName::new(place, key), &slot.stamp))
    });
    let all = x.chain(raw).chain(layers).chain(slots);
    // What another program made has the version of what came with a file, and may have sources.
    let told = |stamp: &Stamp| stamp.version != 0 || !stamp.from.is_empty();
    all.filter(|(_, stamp)| told(stamp)).collect()
}

/// The cells and genes, where they are not as they came from a file.
fn axes(dataset: &Dataset) -> Vec<(SlotName, Stamp)> {
    let axes = [SlotName::cells(), SlotName::genes()].into_iter();
    let stamp = |name: SlotName| {
        let version = dataset.version(&name).filter(|&version| version != 0)?;
        Some((
            name,
            Stamp {
                version,
                ..Stamp::original()
            },
        ))
    };
    axes.filter_map(stamp).collect()
}

/// What a slot was made of; cells and genes that are still the same by their present version.
fn present(dataset: &Dataset, from: &[(SlotName, u64)]) -> Vec<(SlotName, u64)> {
    let one = |(name, version): &(SlotName, u64)| {
        let axis = dataset.axis(name.place).filter(|_| name.is_axis());
        let same = axis.filter(|axis| axis.is_making(*version));
        (name.clone(), same.map_or(*version, |axis| axis.version()))
    };
    from.iter().map(one).collect()
}

/// The record of a dataset's makings. Versions are numbered again in their order, from 1 on; 0 is
/// what came with a file.
pub fn record(dataset: &Dataset) -> Uns {
    let stamps = stamps(dataset);
    let axes = axes(dataset);
    let axes: Vec<(&SlotName, &Stamp)> = axes.iter().map(|(name, stamp)| (name, stamp)).collect();
    let stamps: Vec<(&SlotName, &Stamp)> = stamps
        .iter()
        .map(|(name, stamp)| (name, *stamp))
        .chain(axes)
        .collect();
    let from = |stamp: &Stamp| present(dataset, &stamp.from);
    let versions: BTreeSet<u64> = stamps
        .iter()
        .flat_map(|(_, stamp)| {
            let from = from(stamp).into_iter().map(|(_, version)| version);
            from.chain([stamp.version])
        })
        .filter(|&version| version != 0)
        .collect();
    let numbers: BTreeMap<u64, i64> = versions.into_iter().zip(1..).collect();
    let number = |version: u64| numbers.get(&version).copied().unwrap_or(0);
    let names: Names = stamps.iter().map(|(name, _)| name.to_string()).collect();
    let edges: Vec<(i64, SlotName, i64)> = (0..)
        .zip(&stamps)
        .flat_map(|(slot, (_, stamp))| {
            let from = from(stamp).into_iter();
            from.map(move |(name, version)| (slot, name, version))
        })
        .map(|(slot, name, version)| (slot, name, number(version)))
        .collect();
    let versions = stamps.iter().map(|(_, stamp)| number(stamp.version));
    // Steps of this session follow those that the file was read with.
    let before = dataset.recorded_history().len() as i64;
    let step = |stamp: &Stamp| match stamp.step {
        0 => stamp.recorded as i64,
        step => before + step as i64,
    };
    let steps = stamps.iter().map(|(_, stamp)| step(stamp));
    let from_names: Names = edges.iter().map(|(_, name, _)| name.to_string()).collect();
    Uns::map()
        .with("slots", Uns::Texts(Arc::new(names)))
        .with("versions", Uns::Steps(versions.collect()))
        .with("steps", Uns::Steps(steps.collect()))
        .with("of", Uns::Steps(edges.iter().map(|edge| edge.0).collect()))
        .with("from", Uns::Texts(Arc::new(from_names)))
        .with(
            "from_versions",
            Uns::Steps(edges.iter().map(|edge| edge.2).collect()),
        )
}

/// Gives the slots of a dataset that was just opened the makings that the file records.
///
/// # Errors
/// The record cannot be read.
pub fn restore(
    dataset: &mut Dataset,
    root: &Object,
    uns: Option<&Object>,
) -> Result<(), FileError> {
    if root.text(MARK).is_none() {
        return Ok(());
    }
    let child = |at: Option<Object>, name: &str| match at {
        Some(at) => at.child(name),
        None => Ok(None),
    };
    let stored = child(child(uns.cloned(), "sca")?, "made")?;
    let record = match stored {
        Some(stored) => Some(super::uns::read(&stored)?),
        None => None,
    };
    if let Some(restored) = record.and_then(|record| read(&record)) {
        // A record of a version that did not list matrices as they first came.
        for matrix in dataset.x.iter_mut().chain(dataset.layers.values_mut()) {
            matrix.stamp = Stamp::original();
        }
        for (name, stamp) in restored {
            put(dataset, &name, stamp);
        }
    }
    Ok(())
}

/// `None` for a record of another form.
fn read(record: &Uns) -> Option<Vec<(SlotName, Stamp)>> {
    let texts = |key: &str| match record.get(key) {
        Some(Uns::Texts(texts)) => Some(texts.clone()),
        _ => None,
    };
    let wholes = |key: &str| match record.get(key) {
        Some(Uns::Steps(wholes)) => Some(wholes.clone()),
        _ => None,
    };
    let (names, versions) = (texts("slots")?, wholes("versions")?);
    let (of, from, from_versions) = (wholes("of")?, texts("from")?, wholes("from_versions")?);
    let fits = names.len() == versions.len();
    if !fits || of.len() != from.len() || of.len() != from_versions.len() {
        return None;
    }
    // Earlier versions wrote none.
    let steps = wholes("steps").filter(|steps| steps.len() == names.len());
    // The numbers of a file are its own: each becomes a version of this process.
    let mut made = BTreeMap::from([(0, 0)]);
    let numbers: BTreeSet<i64> = versions.iter().chain(&from_versions).copied().collect();
    for number in numbers {
        made.entry(number)
            .or_insert_with(|| Stamp::new(0, Vec::new()).version);
    }
    let version = |number: i64| made.get(&number).copied().unwrap_or(0);
    let mut stamps = Vec::new();
    for (slot, (name, &number)) in (0..).zip(names.iter().zip(&versions)) {
        let edges = of.iter().zip(from.iter()).zip(&from_versions);
        let edges = edges.filter(|((of, _), _)| **of == slot);
        let from =
            edges.map(|((_, name), &number)| Some((SlotName::from_text(name)?, version(number))));
        let step = steps.as_ref().and_then(|steps| steps.get(slot as usize));
        let stamp = Stamp {
            version: version(number),
            step: 0,
            recorded: step.map_or(0, |&step| step.max(0) as usize),
            from: from.collect::<Option<_>>()?,
        };
        stamps.push((SlotName::from_text(name)?, stamp));
    }
    Some(stamps)
}

fn put(dataset: &mut Dataset, name: &SlotName, stamp: Stamp) {
    if let (true, Some(axis)) = (name.is_axis(), dataset.axis(name.place)) {
        return axis.restore_version(stamp.version);
    }
    let place = match name.place {
        Place::X if *name == SlotName::raw() => dataset.raw.as_mut().map(|raw| &mut raw.x.stamp),
        Place::X => dataset.x.as_mut().map(|x| &mut x.stamp),
        Place::Layers => {
            let layer = dataset.layers.get_mut(&name.key);
            layer.map(|layer| &mut layer.stamp)
        }
        place => {
            let slots = dataset.slots_mut(place);
            let slot = slots.and_then(|slots| slots.get_mut(&name.key));
            slot.map(|slot| &mut slot.stamp)
        }
    };
    if let Some(place) = place {
        *place = stamp;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Axis, Lazy, Slot, Value};

    fn dataset() -> Dataset {
        let names = || Lazy::ready(Value::Names(Arc::default()));
        let mut data = Dataset::empty("d", names(), names(), Axis::root(0), Axis::root(0));
        let uns = || Lazy::ready(Value::Uns(Arc::new(Uns::map())));
        let first = Stamp::new(1, Vec::new());
        let slot = |stamp| Slot {
            value: uns(),
            rows: None,
            stamp,
        };
        let a = SlotName::new(Place::Uns, "a.b");
        let second = Stamp::new(2, vec![(a.clone(), first.version), (SlotName::x(), 0)]);
        data.uns.insert("second".into(), slot(second));
        data.uns
            .insert("a.b".into(), slot(Stamp::new(3, Vec::new())));
        data.uns.insert("old".into(), slot(Stamp::original()));
        data
    }

    #[test]
    fn what_is_older_than_its_sources_stays_so() {
        let data = dataset();
        let second = SlotName::new(Place::Uns, "second");
        let a = SlotName::new(Place::Uns, "a.b");
        assert_eq!(data.stale(&second), Some(a.clone()));
        let mut other = dataset();
        for slot in other.uns.values_mut() {
            slot.stamp = Stamp::original();
        }
        assert_eq!(other.stale(&second), None);
        let stamps = read(&record(&data)).unwrap();
        assert_eq!(stamps.len(), 2);
        for (name, stamp) in stamps {
            put(&mut other, &name, stamp);
        }
        assert_eq!(other.stale(&second), Some(a));
        assert_eq!(other.uns["old"].stamp, Stamp::original());
    }

    #[test]
    fn sums_over_cells_that_were_left_out_stay_older() {
        let names = || Lazy::ready(Value::Names(Arc::default()));
        let data = || Dataset::empty("d", names(), names(), Axis::root(3), Axis::root(1));
        let keep = |n: u32| Lazy::ready(Value::Selection(Arc::new((0..n).collect())));
        for (n, stale) in [(3, None), (2, Some(SlotName::cells()))] {
            let mut first = data();
            let from = vec![(SlotName::cells(), first.cells.version())];
            let slot = Slot {
                value: Lazy::ready(Value::Uns(Arc::new(Uns::map()))),
                rows: Some(first.genes.clone()),
                stamp: Stamp::new(1, from),
            };
            first.var.insert("n_cells".into(), slot.clone());
            first.cells = first.cells.select(keep(n));
            let name = SlotName::new(Place::Var, "n_cells");
            assert_eq!(first.stale(&name), stale);
            let mut again = data();
            again.var.insert("n_cells".into(), slot);
            for (name, stamp) in read(&record(&first)).unwrap() {
                put(&mut again, &name, stamp);
            }
            assert_eq!(again.stale(&name), stale);
        }
    }

    #[test]
    fn a_record_of_another_form_is_none() {
        assert!(read(&Uns::map()).is_none());
        let short = Uns::map().with("versions", Uns::Steps(vec![1]));
        assert!(read(&short).is_none());
    }
}

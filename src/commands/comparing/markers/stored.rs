//! What `markers` stores in uns: scanpy's records, or dictionaries where there are too many groups for records.

use super::compared::Number;
use super::table::{Findings, Found, Numbers};
use crate::data::NumberType::{F32, F64};
use crate::data::uns::Making;
use crate::data::{Column, FileError, FrameIndex, NumberType, Uns};
use crate::io::h5ad::is_nameable;
use ndarray::Array1;
use std::sync::Arc;

/// What the tests were of.
pub struct About<'a> {
    pub by: &'a str,
    pub method: &'a str,
    pub adjust: &'a str,
    pub layer: Option<&'a str>,
    pub raw: bool,
}

/// As scanpy stores it: record arrays with a field a group, best genes first. They are as large as
/// the tests themselves, so each is made when it is looked at or written.
pub fn stored(found: &Arc<Findings>, about: &About) -> Uns {
    let (names, ranked): (Names, Ranked) = if fits_records(found) {
        (names_record, record)
    } else {
        (names_map, map)
    };
    let mut params = Uns::map()
        .with("groupby", about.by)
        .with("reference", found.reference.as_str())
        .with("method", about.method)
        .with("use_raw", about.raw)
        .with("corr_method", about.adjust);
    if let Some(layer) = about.layer {
        params = params.with("layer", layer);
    }
    let mut uns = Uns::map()
        .with("params", params)
        .with("names", names(found))
        .with("scores", ranked(found, Findings::scores, F32));
    if found.have_pvals {
        uns = uns
            .with("pvals", ranked(found, Findings::pvals, F64))
            .with("pvals_adj", ranked(found, Findings::pvals_adj, F64))
            .with(
                "logfoldchanges",
                ranked(found, Findings::logfoldchanges, F32),
            );
    }
    let by_gene: ByGene = if found.groups.len() < MOST_COLUMNS {
        frame
    } else {
        map_by_gene
    };
    uns = uns.with("pts", by_gene(found, found.with_fractions(), Number::Pts));
    match found.reference.as_str() {
        "rest" => uns.with("pts_rest", by_gene(found, found.tested(), Number::PtsRest)),
        _ => uns,
    }
}

/// How the names of genes are stored, and numbers in the same order: best genes first.
type Names = fn(&Arc<Findings>) -> Uns;
type Ranked = fn(&Arc<Findings>, Numbers, NumberType) -> Uns;
/// How numbers in the order of the genes are stored, of some groups and their places.
type ByGene = fn(&Arc<Findings>, Vec<(String, usize)>, Number) -> Uns;

/// Columns of a frame, whose names are one attribute of 64 KB, 16 bytes each.
const MOST_COLUMNS: usize = 4000;

/// Bytes that HDF5 has for the description of a record: its object headers end at 64 KB.
const DESCRIPTION: usize = 60_000;

/// Bytes of the description of a field beside its name, which is padded to eight (HDF5 file format
/// specification, version 3.0, IV.A.2.d: compound datatypes of version 1, members that are numbers).
const FIELD: usize = 60;

/// Groups that a record has room for, whatever they are called.
pub fn most_records() -> usize {
    DESCRIPTION / FIELD
}

/// Whether records have room for all groups.
fn fits_records(found: &Findings) -> bool {
    let field = |found: &Found| FIELD + (found.group.len() + 1).next_multiple_of(8);
    found.groups.iter().map(field).sum::<usize>() <= DESCRIPTION
}

/// A group that files have no name for: those of columns and branches are parts of paths there.
pub fn without_a_name(found: &Findings) -> Option<&str> {
    let cut = !fits_records(found);
    let no_name = |name: &&str| !is_nameable(name) || cut && name.contains('/');
    let reference = found.reference_place.map(|_| &found.reference);
    let all = found.groups.iter().map(|found| &found.group);
    all.chain(reference).map(String::as_str).find(no_name)
}

/// A branch that is made from the tests.
fn made(
    found: &Arc<Findings>,
    make: impl Fn(&Findings) -> Result<Uns, FileError> + Send + Sync + 'static,
) -> Uns {
    let found = found.clone();
    Making::new(move || make(&found)).into()
}

fn names_record(found: &Arc<Findings>) -> Uns {
    made(found, |found| {
        let of = |group: &Found| {
            let names = found
                .names
                .pick(&group.best(found.names.len(), usize::MAX)?);
            Ok((group.group.clone(), Column::Text(names)))
        };
        let columns = found.groups.iter().map(of);
        Ok(Uns::Records(columns.collect::<Result<_, FileError>>()?))
    })
}

fn record(found: &Arc<Findings>, numbers: Numbers, stored: NumberType) -> Uns {
    made(found, move |found| {
        let of = |group: &Found| {
            let ranked = in_order(found, group, numbers)?;
            Ok((group.group.clone(), Column::numbers(ranked, stored)))
        };
        let columns = found.groups.iter().map(of);
        Ok(Uns::Records(columns.collect::<Result<_, FileError>>()?))
    })
}

fn frame(found: &Arc<Findings>, groups: Vec<(String, usize)>, number: Number) -> Uns {
    made(found, move |found| {
        let of = |(group, place): &(String, usize)| {
            let values = found.gather(*place, number)?;
            Ok((group.clone(), Column::numbers(values, F64)))
        };
        let columns = groups.iter().map(of);
        let index = FrameIndex::from((*found.names).clone());
        Ok(Uns::Frame(
            Arc::new(index),
            columns.collect::<Result<_, FileError>>()?,
        ))
    })
}

/// Each group's numbers, best gene first.
fn in_order(found: &Findings, group: &Found, numbers: Numbers) -> Result<Vec<f64>, FileError> {
    let values = numbers(found, group)?;
    let best = group.best(values.len(), usize::MAX)?;
    Ok(best.iter().map(|&gene| values[gene as usize]).collect())
}

/// A branch for each group, made when it is looked at.
fn by_group(
    found: &Arc<Findings>,
    make: impl Fn(&Findings, &Found) -> Result<Uns, FileError> + Copy + Send + Sync + 'static,
) -> Uns {
    let of = |(at, group): (usize, &Found)| {
        let branch = made(found, move |found| make(found, &found.groups[at]));
        (group.group.clone(), branch)
    };
    Uns::Map(found.groups.iter().enumerate().map(of).collect())
}

fn names_map(found: &Arc<Findings>) -> Uns {
    by_group(found, |found, group| {
        let best = group.best(found.names.len(), usize::MAX)?;
        Ok(Uns::Texts(Arc::new(found.names.pick(&best))))
    })
}

fn map(found: &Arc<Findings>, numbers: Numbers, stored: NumberType) -> Uns {
    by_group(found, move |found, group| {
        let values = in_order(found, group, numbers)?;
        Ok(match stored {
            F32 => {
                let values = values.iter().map(|&x| x as f32);
                Uns::Array32(values.collect::<Array1<f32>>().into_dyn())
            }
            _ => Uns::Array(Array1::from(values).into_dyn()),
        })
    })
}

fn map_by_gene(found: &Arc<Findings>, groups: Vec<(String, usize)>, number: Number) -> Uns {
    let of = |(group, place)| {
        let branch = made(found, move |found| {
            let values = found.gather(place, number)?;
            Ok(Uns::Array(Array1::from(values).into_dyn()))
        });
        (group, branch)
    };
    Uns::Map(groups.into_iter().map(of).collect())
}

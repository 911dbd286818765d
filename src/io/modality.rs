//! Files that hold several datasets: MuData keeps them in `mod`, SpatialData in `tables`.

use super::Hints;
use super::paths::file_name;
use super::stored::Object;
use crate::data::FileError;

fn holds_datasets(group: &Object) -> Result<bool, FileError> {
    for name in group.children()? {
        let member = group.child(&name)?;
        if member.is_some_and(|member| matches!(member.child("obs"), Ok(Some(_)))) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The dataset that is asked for of a file that holds several: MuData keeps them in `mod`, with
/// obs and var of their own beside it, SpatialData in `tables`. `None` if the file is a dataset.
pub fn modality(root: &Object, hints: &Hints) -> Result<Option<Object>, FileError> {
    let fault = |problem: String| FileError::new(root.file(), problem);
    let mut found = None;
    for folder in ["mod", "tables"] {
        let group = root.child(folder)?.filter(Object::is_group);
        // A dataset with a group of that name is one dataset still.
        let group = match (root.child("X")?, group) {
            (None, Some(group)) if holds_datasets(&group)? => Some(group),
            _ => None,
        };
        found = found.or(group);
    }
    let Some(group) = found else {
        return match &hints.modality {
            None => Ok(None),
            Some(_) => Err(fault("is one dataset, without modalities".to_owned())
                .remedy("leave modality= out")),
        };
    };
    let names = group.children()?;
    let listed = names.join(", ");
    let shown = format!("{:?}", file_name(root.file()));
    match (&hints.modality, names.first()) {
        (Some(wanted), _) if names.contains(wanted) => group.need(wanted).map(Some),
        (Some(wanted), Some(first)) => {
            let problem = format!("has no modality {wanted:?}: it holds {listed}");
            Err(fault(problem).remedy(format!("read {shown} modality={first:?}")))
        }
        (None, Some(first)) => {
            // Gene expression is what most commands are for.
            let first = names.iter().find(|name| *name == "rna").unwrap_or(first);
            let problem = match group.path() {
                "/mod" => format!("is MuData with several modalities: {listed}"),
                _ => format!("holds several datasets: {listed}"),
            };
            Err(fault(problem).remedy(format!("read {shown} modality={first:?}")))
        }
        (_, None) => Err(fault("is MuData without a modality".to_owned())),
    }
}

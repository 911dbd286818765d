//! Images of tissue of several datasets: `uns.spatial` of all parts that have one, in one record.

use crate::command::Scene;
use crate::data::{Dataset, Lazy, Place, Promise, SlotName, Uns, Value};
use crate::diagnostic::Outcome;
use std::sync::Arc;

/// Puts the samples of all parts into `uns.spatial` of the dataset that they became. The only sample of a
/// part is called as the part, so that the column of obs with its source names it, too.
pub fn keep(
    scene: &Scene,
    data: &mut Dataset,
    parts: &[Arc<Dataset>],
    keys: &[String],
) -> Outcome<()> {
    let mut named = Vec::new();
    let mut values: Vec<Lazy> = Vec::new();
    for (part, key) in parts.iter().zip(keys) {
        if part.uns.contains_key("spatial") {
            named.push(key.clone());
            values.push(scene.value(part, Place::Uns, "spatial")?);
        }
    }
    if values.is_empty() {
        return Ok(());
    }
    let all = scene.step(values, Promise::Uns, move |values, _| {
        let records = values.iter().map(|value| value.uns().map(|uns| &**uns));
        Ok(Value::Uns(Arc::new(together(named.iter().zip(records)))))
    });
    let from = [SlotName::new(Place::Uns, "spatial")];
    scene.put(data, Place::Uns, "spatial", all, &from);
    Ok(())
}

fn together<'a>(parts: impl Iterator<Item = (&'a String, Option<&'a Uns>)>) -> Uns {
    let mut all = Uns::map();
    for (key, record) in parts {
        let Some(Uns::Map(samples)) = record else {
            continue;
        };
        for (name, sample) in samples {
            let name = match (samples.len(), all.get(name)) {
                (1, _) => key.clone(),
                (_, None) => name.clone(),
                (_, Some(_)) => format!("{key}_{name}"),
            };
            all = all.with(&name, sample.clone());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_called_as_their_parts() {
        let record = |names: &[&str]| {
            let names = names.iter();
            names.fold(Uns::map(), |all, name| all.with(name, Uns::map()))
        };
        let keys = ["first".to_owned(), "second".to_owned(), "none".to_owned()];
        let records = [record(&["V1"]), record(&["V1", "first"])];
        let records = records.iter().map(Some).chain([None]);
        let Uns::Map(all) = together(keys.iter().zip(records)) else {
            panic!("no record");
        };
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["first", "V1", "second_first"]);
    }
}

//! Columns, components and genes that a figure draws as numbers: a category is refused, and cells
//! without a number, which are not drawn, are counted.

use crate::command::Scene;
use crate::command::suggest::spelled;
use crate::commands::inputs::gene_values::GeneValues;
use crate::commands::inputs::missing;
use crate::commands::plotting::picture::{Shown, column_or_gene};
use crate::data::{ColumnType, Dataset, Known, Lazy, Place, Promise};
use crate::diagnostic::{Diagnostic, Outcome, code};

/// The values of `key`, for `param`: those of a column of obs are numbers or booleans.
pub fn numbers_or_gene(
    scene: &Scene,
    data: &Dataset,
    key: &str,
    values: &GeneValues,
    param: &str,
) -> Outcome<Shown> {
    if !data.obs.contains_key(key) {
        return column_or_gene(scene, data, key, values);
    }
    Ok(Shown {
        value: numbers_of_cells(scene, data, key, param)?,
        name: key.to_owned(),
    })
}

/// The numbers or booleans of a column of obs, for `param`.
pub fn numbers_of_cells(scene: &Scene, data: &Dataset, key: &str, param: &str) -> Outcome<Lazy> {
    let value = scene.value(data, Place::Obs, key)?;
    let refused = match scene.known_column(data, key)? {
        Known::Value(column) => !column.is_numeric(),
        _ => value.promise() == Promise::Column(ColumnType::Text),
    };
    if refused {
        let (headline, help) = no_numbers(key);
        let label = "is drawn as numbers";
        return Err(scene
            .error(param, code::NOT_NUMERIC, headline, label)
            .help(help));
    }
    let (of, origin) = (format!("obs.{key}"), scene.origin());
    let key = key.to_owned();
    let promise = Promise::Column(ColumnType::Number);
    Ok(
        scene.step(value, promise, move |value, cx| match value.column() {
            Some(column) if column.is_numeric() => {
                let missing = missing::missing_in(column);
                cx.remark(missing::note(missing, column.len(), &of, "are not drawn"));
                let infinite = missing::infinite_in(column);
                let n = column.len();
                cx.remark(missing::note_of_infinite(infinite, n, &of, "are not drawn"));
                Ok(value)
            }
            _ => {
                let (headline, help) = no_numbers(&key);
                let said = Diagnostic::error(code::NOT_NUMERIC, headline);
                Err(said.at(&origin).help(help).into())
            }
        }),
    )
}

fn no_numbers(key: &str) -> (String, String) {
    let headline = format!("obs.{key} is categorical, not numeric");
    let key = spelled(key);
    let help = format!("by={key} groups cells by it; count(adata.obs.{key}) counts them");
    (headline, help)
}

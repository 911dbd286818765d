//! What stands before the cursor: the dataset at hand and how many steps it owes.

use crate::command::Val;
use crate::data::Dataset;
use crate::session::Session;
use std::sync::Arc;

/// `sca [adata ⏳2]> `.
pub fn prompt(session: &Session) -> String {
    match current(session) {
        None => "sca> ".to_owned(),
        Some((name, data)) => match data.pending_steps() {
            0 => format!("sca [{name}]> "),
            steps => format!("sca [{name} ⏳{steps}]> "),
        },
    }
}

/// The dataset the last statement was about, or else the one bound last.
pub fn current(session: &Session) -> Option<(&str, &Arc<Dataset>)> {
    let dataset = |name| match session.get(name) {
        Some(Val::Dataset(data, _)) => Some((name, data)),
        _ => None,
    };
    let last = session.it_name.as_deref().and_then(dataset);
    last.or_else(|| session.last_dataset().and_then(dataset))
}

//! The text of the prompt: the current dataset and its number of planned steps.

use crate::session::Session;

/// `sca [adata ⏳2]> `.
pub fn prompt(session: &Session) -> String {
    match session.current() {
        None => "sca> ".to_owned(),
        Some((name, data)) => match data.pending_steps() {
            0 => format!("sca [{name}]> "),
            steps => format!("sca [{name} ⏳{steps}]> "),
        },
    }
}

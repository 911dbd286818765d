//! `sca fmt`: scripts in the usual form.

use super::script;
use crate::command::Registry;
use crate::driver::exit::Exit;
use crate::driver::reporter::Reporter;
use crate::eval::is_function;
use crate::io::unfinished;
use crate::lang::format::{Known, format};
use std::io;
use std::path::Path;

/// Formats files in place, `-` to standard output; with `only_check` names those that would
/// change.
pub fn files(
    files: &[String],
    only_check: bool,
    registry: Registry,
    reporter: &mut Reporter,
) -> Exit {
    let each = files
        .iter()
        .map(|file| match one(file, only_check, registry, reporter) {
            Ok(exit) => exit,
            Err(error) => {
                reporter.remark(&format!("{file}: {error}"));
                Exit::Usage
            }
        });
    each.fold(Exit::Done, Exit::worse)
}

fn one(
    file: &str,
    only_check: bool,
    registry: Registry,
    reporter: &mut Reporter,
) -> io::Result<Exit> {
    let source = script::read(file)?;
    let rename = |command: &str, typed: &str| canonical(registry, command, typed);
    let known = Known {
        rename: &rename,
        is_function: &is_function,
    };
    let formatted = match format(&source, Some(known)) {
        Ok(formatted) => formatted,
        Err(diagnostic) => {
            reporter.diagnostic(&diagnostic);
            return Ok(Exit::Error);
        }
    };
    if file == "-" {
        reporter.text(&formatted);
    } else if formatted != source.text && only_check {
        reporter.remark(&format!("{file} is not formatted"));
        return Ok(Exit::Error);
    } else if formatted != source.text {
        unfinished::write(Path::new(file), formatted.as_bytes()).map_err(io::Error::other)?;
    }
    Ok(Exit::Done)
}

/// Our name of a parameter, where another one was typed.
fn canonical(registry: Registry, command: &str, typed: &str) -> Option<String> {
    let param = registry.get(command)?.param(typed)?;
    (param.name != typed).then(|| param.name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::COMMANDS;

    #[test]
    fn other_spellings_become_ours() {
        assert_eq!(
            canonical(COMMANDS, "qc", "qc_vars").as_deref(),
            Some("sets")
        );
        assert_eq!(canonical(COMMANDS, "qc", "mt"), None);
        assert_eq!(canonical(COMMANDS, "nothing", "mt"), None);
    }
}

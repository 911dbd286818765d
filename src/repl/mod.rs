//! The prompt.

use crate::cli::exit::Exit;
use crate::cli::options::Options;
use crate::cli::runner::Runner;

pub fn run(_runner: Runner, _file: Option<&str>, _options: &Options) -> Exit {
    Exit::Done
}

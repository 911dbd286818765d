//! The program from outside: arguments, scripts, standard input, exit status.
//!
//! [`options`] says what can be typed; statements are run by [`crate::driver`], for scripts and for
//! the prompt alike.

pub mod completions;
mod flags;
pub mod format;
pub mod man;
pub mod options;
pub mod script;
mod slurm;
mod usage;

use crate::command::{Registry, help};
use crate::commands::COMMANDS;
use crate::driver::exit::Exit;
use crate::driver::interrupts::{self, Interrupts};
use crate::driver::reporter::{self, Reporter};
use crate::driver::runner::{self, Runner};
use crate::driver::{allocator, cluster, folders, resources};
use crate::lang::parse;
use crate::session::Session;
use crate::source::Source;
use options::{Action, Invocation, Options, Script, Usage};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Evaluation recurses as deep as functions and brackets do: 100 calls of each other, each up to
/// 400 levels high, fit with room to spare. Untouched pages cost nothing.
const STACK: usize = 512 << 20;

/// The whole program.
pub fn main() -> ExitCode {
    if let Some(exit) = probed() {
        return exit;
    }
    if let Ok(program) = std::env::current_exe() {
        crate::io::probe::by(program);
    }
    allocator::keep_blocks();
    if resources::limits_addresses() {
        allocator::save_addresses();
    }
    allocator::say_when_full(Exit::Memory.code().into());
    runner::tell_panics();
    interrupts::outlive_limits();
    let work = std::thread::Builder::new()
        .name("sca".to_owned())
        .stack_size(resources::stack(STACK))
        .spawn(|| act(COMMANDS));
    let exit = match work.map(|thread| thread.join()) {
        Ok(Ok(exit)) => exit,
        Ok(Err(_)) => Exit::Bug,
        Err(_) => act(COMMANDS),
    };
    ExitCode::from(exit.code())
}

/// The work of a child that looks at a file which may crash it: see [`crate::io::probe`].
fn probed() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != crate::io::probe::ARGUMENT {
        return None;
    }
    let file = PathBuf::from(arguments.next()?);
    let object = arguments.next()?;
    let memory = arguments.next()?.to_str()?.parse().ok()?;
    let external = arguments
        .next()
        .is_some_and(|it| it == crate::io::probe::EXTERNAL);
    crate::io::walk::walk(&file, &object.to_string_lossy(), memory, external);
    Some(ExitCode::SUCCESS)
}

fn act(registry: Registry) -> Exit {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((first, rest)) = arguments.split_first()
        && first == cluster::worker::ARGUMENT
    {
        return cluster::worker::run(registry, rest);
    }
    let done = options::read(std::env::args().skip(1)).and_then(|it| perform(registry, it));
    done.unwrap_or_else(|Usage(wrong)| {
        eprintln!("sca: {wrong}\n     sca --help");
        Exit::Usage
    })
}

fn perform(registry: Registry, invocation: Invocation) -> Result<Exit, Usage> {
    let Invocation {
        mut options,
        action,
        rest,
    } = invocation;
    if options.version {
        return Ok(say(&options, &format!("sca {}", env!("CARGO_PKG_VERSION"))));
    }
    if options.help && rest.is_empty() && !matches!(action, Action::Run(_)) {
        return Ok(say(&options, &usage::help()));
    }
    match action {
        Action::Prompt(file) if std::io::stdin().is_terminal() => {
            let runner = runner(registry, &options)?;
            Ok(crate::repl::run(runner, file.as_deref(), options.resume))
        }
        Action::Prompt(file) => piped(registry, file.as_deref(), &options),
        Action::Run(script) => run(registry, script, &rest, &mut options),
        Action::Check(files) => check(registry, &files, &rest, &mut options),
        Action::Cluster => Ok(say(&options, &slurm::printed(&rest).map_err(Usage)?)),
        Action::Format(files) => {
            let mut reporter = Reporter::new(options.manner);
            Ok(format::files(
                &files,
                options.check,
                registry,
                &mut reporter,
            ))
        }
        Action::Help(topic) => Ok(say(&options, &help_on(registry, topic.as_deref())?)),
        Action::Completions(shell) => Ok(say(&options, &completions::script(&shell, registry)?)),
        Action::Man => Ok(say(&options, &man::page(registry))),
    }
}

/// A runner with a fresh session, which knows the machine's limits and handles signals.
fn runner(registry: Registry, options: &Options) -> Result<Runner, Usage> {
    let mut session = Session::default();
    session.settings = options.settings(config_file())?;
    let interrupts = Interrupts::default();
    interrupts.install(reporter::insist);
    let reporter = Reporter::new(options.manner);
    let mut runner = Runner::new(session, registry, reporter, interrupts);
    runner.follow_cluster().map_err(Usage)?;
    if !options.no_init {
        init(&mut runner);
    }
    Ok(runner)
}

/// Definitions and settings of the person, before everything else. What is wrong there is said
/// and stops nothing.
fn init(runner: &mut Runner) {
    let Some(path) = init_file().filter(|path| path.exists()) else {
        return;
    };
    let name = path.display().to_string();
    match script::read(&name) {
        Ok(source) => {
            runner.script(&source, parse(&source), true);
        }
        Err(error) => eprintln!("sca: {name}: {error}"),
    }
}

/// Settings that are kept between sessions.
fn config_file() -> Option<PathBuf> {
    Some(folders::config()?.join("config.toml"))
}

fn init_file() -> Option<PathBuf> {
    Some(folders::config()?.join("init.sca"))
}

/// Standard input is not the user: it is run as a script, on the file if one was given.
fn piped(registry: Registry, file: Option<&str>, options: &Options) -> Result<Exit, Usage> {
    let mut runner = runner(registry, options)?;
    if options.resume {
        let (exit, _) = crate::repl::kept::resume(&mut runner);
        if exit != Exit::Done {
            return Ok(exit);
        }
    }
    if let Some(file) = file {
        let source = runner::reading(file);
        let exit = runner.script(&source, parse(&source), false);
        if exit != Exit::Done {
            return Ok(exit);
        }
    }
    let source = script::read("-").map_err(|error| Usage(error.to_string()))?;
    Ok(runner.script(&source, parse(&source), options.keep_going))
}

fn source_of(script: Script) -> Result<Arc<Source>, Usage> {
    let cannot = |name: &str, error: std::io::Error| Usage(format!("{name}: {error}"));
    match script {
        Script::Text(text) => Ok(Source::new("-c", text)),
        Script::File(path) => script::read(&path).map_err(|error| cannot(&path, error)),
        Script::Input => script::read("-").map_err(|error| cannot("standard input", error)),
    }
}

fn run(
    registry: Registry,
    script: Script,
    rest: &[String],
    options: &mut Options,
) -> Result<Exit, Usage> {
    let source = source_of(script)?;
    let parsed = parse(&source);
    let params = script::params(&source, &parsed.statements);
    let values = script::values(&params, rest, options)?;
    if options.help {
        return Ok(say(options, &script::help(&source, &params)));
    }
    if let Some(param) = script::missing(&params, &values) {
        let usage = script::help(&source, &params);
        return Err(Usage(format!("`{}` has no value\n\n{usage}", param.name)));
    }
    let mut runner = runner(registry, options)?;
    runner.session.params = values;
    Ok(runner.script(&source, parsed, options.keep_going))
}

/// Finds mistakes in scripts. Parameters without a value are taken as unknown.
fn check(
    registry: Registry,
    files: &[String],
    rest: &[String],
    options: &mut Options,
) -> Result<Exit, Usage> {
    let mut sources = Vec::new();
    for file in files {
        let source = script::read(file).map_err(|error| Usage(format!("{file}: {error}")))?;
        let parsed = parse(&source);
        sources.push((source, parsed));
    }
    let mut runner = runner(registry, options)?;
    let mut params = Vec::new();
    for (source, parsed) in &sources {
        params.extend(script::params(source, &parsed.statements));
    }
    let values = script::values(&params, rest, options)?;
    let mut exit = Exit::Done;
    for (source, parsed) in sources {
        runner.session.params = values.clone();
        let (found, files) = runner.mistakes(&source, &parsed);
        for diagnostic in &found {
            runner.reporter.diagnostic(diagnostic);
            exit = exit.worse(runner::exit_of(diagnostic));
        }
        runner.reporter.files(&source.name, &files);
    }
    Ok(exit)
}

/// A text as the only result.
fn say(options: &Options, text: &str) -> Exit {
    Reporter::new(options.manner).text(text);
    Exit::Done
}

fn help_on(registry: Registry, topic: Option<&str>) -> Result<String, Usage> {
    match help::topic(registry, topic, None, crate::eval::FUNCTIONS) {
        Some(text) => Ok(text),
        None => {
            let topic = topic.unwrap_or_default();
            let near = crate::command::suggest::did_you_mean(topic, registry.names());
            let near = near.map(|near| format!(": {near}")).unwrap_or_default();
            Err(Usage(format!("no help on `{topic}`{near}")))
        }
    }
}

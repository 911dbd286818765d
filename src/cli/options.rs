//! What can be typed after `sca`, from the tables in `flags.rs`.

use crate::command::Settings;
use crate::driver::cluster::answer::VARIABLE;
use crate::driver::reporter::Manner;
use crate::driver::resources;
use crate::session::{config, settings};
use std::path::PathBuf;

pub use super::flags::{ACTIONS, ActionDoc, FLAGS, Flag};

#[derive(Debug, Clone, Default)]
pub struct Options {
    pub manner: Manner,
    pub keep_going: bool,
    pub no_init: bool,
    /// Continue the last session that was cut off.
    pub resume: bool,
    pub help: bool,
    pub version: bool,
    /// `fmt --check`.
    pub check: bool,
    pub threads: Option<String>,
    pub memory: Option<String>,
    pub seed: Option<String>,
    pub cluster: Option<String>,
}

/// What to do with standard input, files and texts.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The prompt, with a file read into `adata` first if one is given.
    Prompt(Option<String>),
    Run(Script),
    Check(Vec<String>),
    /// What is printed is said by what follows.
    Cluster,
    Format(Vec<String>),
    Help(Option<String>),
    Completions(String),
    Man,
}

/// Where a script comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Script {
    File(String),
    Text(String),
    Input,
}

#[derive(Debug, Clone)]
pub struct Invocation {
    pub options: Options,
    pub action: Action,
    /// What follows a script and may be its parameters.
    pub rest: Vec<String>,
}

/// Wrong usage, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage(pub String);

/// Reads the arguments after the program's name.
pub fn read(args: impl IntoIterator<Item = String>) -> Result<Invocation, Usage> {
    let mut args = args.into_iter();
    let mut options = Options::default();
    let mut words: Vec<String> = Vec::new();
    while let Some(arg) = args.next() {
        if arg == "-" || !arg.starts_with('-') {
            words.push(arg);
            if let Some(script) = script(&words) {
                let rest = args.collect();
                return Ok(invocation(options, Action::Run(script), rest));
            }
            if words.len() == 1 && words[0] == "cluster" {
                let rest = args.collect();
                return Ok(invocation(options, Action::Cluster, rest));
            }
            if words.len() == 1 && words[0] == "check" {
                return check(options, args);
            }
            continue;
        }
        let (name, attached) = split(&arg);
        let Some(flag) = known(name) else {
            return Err(unknown(&arg));
        };
        let value = value_of(flag, attached, &mut args)?;
        if flag.name == "command" {
            let script = Script::Text(value);
            return Ok(invocation(options, Action::Run(script), args.collect()));
        }
        apply(&mut options, flag, value);
    }
    // `sca run --help` asks for help, and no file is needed for that.
    let action = match action(words) {
        Err(_) if options.help => Action::Prompt(None),
        action => action?,
    };
    Ok(invocation(options, action, Vec::new()))
}

fn invocation(options: Options, action: Action, rest: Vec<String>) -> Invocation {
    Invocation {
        options,
        action,
        rest,
    }
}

/// The script that the words so far name; what follows it is the script's.
fn script(words: &[String]) -> Option<Script> {
    match words {
        [word] if word == "-" => Some(Script::Input),
        [run, word] if run == "run" && word == "-" => Some(Script::Input),
        [run, file] if run == "run" => Some(Script::File(file.clone())),
        [file] if file.ends_with(".sca") => Some(Script::File(file.clone())),
        _ => None,
    }
}

/// Files and parameters in any order. All options that are not ours take a value.
fn check(mut options: Options, args: impl Iterator<Item = String>) -> Result<Invocation, Usage> {
    let mut args = args.peekable();
    let (mut files, mut rest) = (Vec::new(), Vec::new());
    while let Some(arg) = args.next() {
        let (name, attached) = split(&arg);
        match known(name) {
            _ if !arg.starts_with("--") => files.push(arg),
            Some(flag) => {
                let value = value_of(flag, attached, &mut args)?;
                apply(&mut options, flag, value);
            }
            None => {
                let alone = attached.is_some();
                rest.push(arg);
                if !alone && args.peek().is_some_and(|next| !next.starts_with("--")) {
                    rest.extend(args.next());
                }
            }
        }
    }
    if files.is_empty() && !options.help {
        return Err(Usage("check needs a file: sca check a.sca".to_owned()));
    }
    Ok(invocation(options, Action::Check(files), rest))
}

fn action(words: Vec<String>) -> Result<Action, Usage> {
    let texts: Vec<&str> = words.iter().map(String::as_str).collect();
    match texts[..] {
        [] => Ok(Action::Prompt(None)),
        ["run"] => Err(Usage("run needs a file: sca run a.sca".to_owned())),
        ["fmt"] => Err(Usage("fmt needs a file: sca fmt a.sca".to_owned())),
        ["fmt", ..] => Ok(Action::Format(words[1..].to_vec())),
        ["help"] => Ok(Action::Help(None)),
        ["help", topic] => Ok(Action::Help(Some(topic.to_owned()))),
        ["completions", shell] => Ok(Action::Completions(shell.to_owned())),
        ["completions"] => Err(Usage("completions for bash, zsh or fish?".to_owned())),
        ["man"] => Ok(Action::Man),
        [file] => Ok(Action::Prompt(Some(file.to_owned()))),
        [first, second, ..] => Err(Usage(format!(
            "one file at a time: `{second}` follows `{first}`"
        ))),
    }
}

/// `--name=value`, `-c`.
fn split(arg: &str) -> (&str, Option<&str>) {
    match arg.split_once('=') {
        Some((name, value)) if arg.starts_with("--") => (name, Some(value)),
        _ => (arg, None),
    }
}

fn known(name: &str) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| {
        name.strip_prefix("--") == Some(flag.name)
            || flag
                .short
                .is_some_and(|letter| name == format!("-{letter}"))
    })
}

fn unknown(arg: &str) -> Usage {
    let names = FLAGS.iter().map(|flag| format!("--{}", flag.name));
    let near = crate::command::suggest::did_you_mean(split(arg).0, names);
    let near = near.map(|near| format!(": {near}")).unwrap_or_default();
    Usage(format!("no option `{arg}`{near}"))
}

fn value_of(
    flag: &Flag,
    attached: Option<&str>,
    args: &mut impl Iterator<Item = String>,
) -> Result<String, Usage> {
    match (flag.value, attached) {
        (None, None) => Ok(String::new()),
        (None, Some(_)) => Err(Usage(format!("--{} takes no value", flag.name))),
        (Some(_), Some(value)) => Ok(value.to_owned()),
        (Some(what), None) => args
            .next()
            .ok_or_else(|| Usage(format!("--{} needs {what}", flag.name))),
    }
}

fn apply(options: &mut Options, flag: &Flag, value: String) {
    match flag.name {
        "json" => options.manner.json = true,
        "quiet" => options.manner.quiet = true,
        "verbose" => options.manner.verbose = true,
        "keep-going" => options.keep_going = true,
        "no-init" => options.no_init = true,
        "resume" => options.resume = true,
        "help" => options.help = true,
        "version" => options.version = true,
        "check" => options.check = true,
        "threads" => options.threads = Some(value),
        "memory" => options.memory = Some(value),
        "seed" => options.seed = Some(value),
        "cluster" => options.cluster = Some(value),
        _ => {}
    }
}

/// Reads one of our own options among those of a script; `false` if it is not ours.
pub fn take(
    options: &mut Options,
    arg: &str,
    args: &mut impl Iterator<Item = String>,
) -> Result<bool, Usage> {
    let (name, attached) = split(arg);
    let Some(flag) = known(name).filter(|flag| flag.name != "command") else {
        return Ok(false);
    };
    let value = value_of(flag, attached, args)?;
    apply(options, flag, value);
    Ok(true)
}

impl Options {
    /// The settings of a session that starts with these options on this machine.
    /// `config` keeps settings of earlier sessions; what is wrong in it is said and stops nothing.
    pub fn settings(&self, config: Option<PathBuf>) -> Result<Settings, Usage> {
        use crate::command::Val;
        let mut settings = Settings {
            memory: resources::memory() / 2,
            threads: resources::threads(),
            ..Settings::default()
        };
        let half = "half of the machine's".to_owned();
        settings.from.insert("memory".to_owned(), half);
        if settings.threads.is_some() {
            let scheduler = "SLURM_CPUS_PER_TASK".to_owned();
            settings.from.insert("threads".to_owned(), scheduler);
        }
        if let Some(path) = config.as_ref().filter(|_| !self.no_init)
            && let Ok(text) = std::fs::read_to_string(path)
        {
            for wrong in config::apply(&mut settings, &text, "config.toml") {
                eprintln!("sca: {}: {wrong}", path.display());
            }
        }
        settings.config = config;
        if let Ok(cluster) = std::env::var(VARIABLE)
            && !cluster.is_empty()
        {
            let cluster = Val::text(&cluster);
            let _ = settings::set(&mut settings, "cluster", &cluster, VARIABLE);
        }
        let number = |text: &String| match text.parse() {
            Ok(number) => Val::Number(number),
            Err(_) => Val::text(text),
        };
        let given = [
            ("threads", self.threads.as_ref().map(number)),
            ("memory", self.memory.as_ref().map(Val::text)),
            ("seed", self.seed.as_ref().map(number)),
            ("cluster", self.cluster.as_ref().map(Val::text)),
        ];
        for (name, value) in given {
            let Some(value) = value else { continue };
            settings::set(&mut settings, name, &value, &format!("--{name}"))
                .map_err(|about| Usage(format!("--{name} {value}: {about}")))?;
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::code;

    fn reading(line: &str) -> Result<Invocation, Usage> {
        read(line.split_whitespace().map(str::to_owned))
    }

    fn action_of(line: &str) -> Action {
        reading(line).unwrap().action
    }

    #[test]
    fn what_is_meant() {
        assert_eq!(action_of(""), Action::Prompt(None));
        assert_eq!(action_of("a.h5ad"), Action::Prompt(Some("a.h5ad".into())));
        assert_eq!(action_of("-"), Action::Run(Script::Input));
        assert_eq!(
            action_of("a.sca"),
            Action::Run(Script::File("a.sca".into()))
        );
        assert_eq!(action_of("run a"), Action::Run(Script::File("a".into())));
        assert_eq!(action_of("-c x"), Action::Run(Script::Text("x".into())));
        assert_eq!(
            action_of("help E042"),
            Action::Help(Some(code::WRONG_SCRIPT_PARAMETER.into()))
        );
        assert_eq!(
            action_of("check a.sca --input x b.sca --quiet"),
            Action::Check(vec!["a.sca".into(), "b.sca".into()])
        );
        assert_eq!(
            action_of("fmt --check a.sca"),
            Action::Format(vec!["a.sca".into()])
        );
    }

    #[test]
    fn what_follows_a_script_is_its_own() {
        let read = reading("--seed 3 run a.sca --max-mt 10 --json").unwrap();
        assert_eq!(read.options.seed.as_deref(), Some("3"));
        assert_eq!(read.rest, ["--max-mt", "10", "--json"]);
        let read = reading("check a.sca --input=x --json").unwrap();
        assert_eq!(read.rest, ["--input=x"]);
        assert!(read.options.manner.json);
    }

    #[test]
    fn wrong_usage_is_told() {
        let told = |line: &str| reading(line).unwrap_err().0;
        assert_eq!(told("--jsn"), "no option `--jsn`: did you mean `--json`?");
        assert_eq!(told("--seed"), "--seed needs N");
        assert_eq!(told("--json=1"), "--json takes no value");
        assert_eq!(told("a b"), "one file at a time: `b` follows `a`");
        let settings = |line: &str| reading(line).unwrap().options.settings(None);
        assert!(settings("--memory lots").is_err());
        assert!(settings("--threads 0").is_err());
        assert_eq!(settings("--memory 1GB").unwrap().memory, 1_000_000_000);
    }
}

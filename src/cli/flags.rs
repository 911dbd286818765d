//! The tables of actions and options, which the reader of arguments, `--help`, the shell completions and the
//! manual page share.

/// An option that every action takes.
pub struct Flag {
    pub name: &'static str,
    pub short: Option<char>,
    /// What its value is called; `None` for a switch.
    pub value: Option<&'static str>,
    pub about: &'static str,
}

/// The first word after `sca`.
pub struct ActionDoc {
    pub name: &'static str,
    pub usage: &'static str,
    pub about: &'static str,
    /// Whether files are what follows it.
    pub files: bool,
}

pub const ACTIONS: &[ActionDoc] = &[
    ActionDoc {
        name: "run",
        usage: "run FILE.sca [--param value …]",
        about: "run a script; --help lists its parameters",
        files: true,
    },
    ActionDoc {
        name: "check",
        usage: "check FILE.sca … [--param value …]",
        about: "find errors without running; only headers of data files are read",
        files: true,
    },
    ActionDoc {
        name: "fmt",
        usage: "fmt [--check] FILE.sca …",
        about: "format scripts, or only report which are not formatted",
        files: true,
    },
    ActionDoc {
        name: "help",
        usage: "help [TOPIC]",
        about: "help on a command, an error code, scanpy, seurat",
        files: false,
    },
    ActionDoc {
        name: "cluster",
        usage: "cluster slurm FILE.sca --nodes N …",
        about: "print a batch script that runs a script on a cluster",
        files: true,
    },
    ActionDoc {
        name: "worker",
        usage: "worker --tasks FOLDER",
        about: "run passes for `sca --cluster folder:FOLDER`, as a job of an array does",
        files: true,
    },
    ActionDoc {
        name: "completions",
        usage: "completions bash|zsh|fish",
        about: "completions for a shell",
        files: false,
    },
    ActionDoc {
        name: "man",
        usage: "man",
        about: "the manual page, as troff",
        files: false,
    },
];

pub const FLAGS: &[Flag] = &[
    flag("json", "one JSON object per line on standard output"),
    flag("quiet", "results and errors only"),
    flag("verbose", "the time of each stage"),
    flag("keep-going", "continue after an error"),
    flag("no-init", "do not run init.sca"),
    flag("resume", "continue the session that ended unexpectedly"),
    valued(
        "threads",
        "N",
        "number of threads; results never depend on it",
    ),
    valued("memory", "SIZE", "memory limit of the process, such as 8GB"),
    valued("seed", "N", "random seed"),
    valued(
        "cluster",
        "ADDRESS",
        "workers that run passes: the address or file of a Dask scheduler, or folder:FOLDER",
    ),
    short(
        flag("help", "show this help, or the parameters of a script"),
        'h',
    ),
    short(flag("version", "show the version"), 'V'),
    short(valued("command", "TEXT", "run a text"), 'c'),
    flag(
        "check",
        "with fmt: change nothing; fail if something would change",
    ),
];

const fn flag(name: &'static str, about: &'static str) -> Flag {
    Flag {
        name,
        short: None,
        value: None,
        about,
    }
}

const fn valued(name: &'static str, value: &'static str, about: &'static str) -> Flag {
    Flag {
        value: Some(value),
        ..flag(name, about)
    }
}

const fn short(flag: Flag, letter: char) -> Flag {
    Flag {
        short: Some(letter),
        ..flag
    }
}

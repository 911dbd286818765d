//! The dictionary of scanpy's functions: complete, true, and what the README says.

use sca::command::scanpy::{answer, dictionary, instead};
use sca::commands::COMMANDS;

const README: &str = include_str!("../README.md");

/// Rows of the README's full table: function and answer.
fn rows() -> Vec<(&'static str, &'static str)> {
    let after = README.split("<!-- scanpy -->").nth(1);
    let table = after.expect("the README has the table");
    let rows = table.lines().filter_map(|line| {
        let (name, answer) = line.strip_prefix("| `sc.")?.split_once("` | ")?;
        let name = &line["| `".len()..][.."sc.".len() + name.len()];
        Some((name, answer.strip_suffix(" |")?))
    });
    rows.collect()
}

#[test]
fn every_function_is_answered() {
    let answers = dictionary(COMMANDS);
    assert!(answers.len() > 130);
    for (name, answer) in &answers {
        assert!(!answer.is_empty(), "{name} has neither command nor reason");
    }
    let leiden = answer(COMMANDS, "sc.tl.leiden");
    assert_eq!(leiden.as_deref(), Some("leiden"));
    assert_eq!(answer(COMMANDS, "sc.tl.lieden"), None);
}

/// Commands that answers name are there: `hvg flavor=…`, `plot basis=pca`.
#[test]
fn answers_name_commands_that_are_there() {
    for (name, answer) in dictionary(COMMANDS) {
        let Some((command, parameter)) = answer.split_once(' ') else {
            assert!(COMMANDS.get(&answer).is_some(), "{name}: {answer}");
            continue;
        };
        if let Some((parameter, _)) = parameter.split_once('=')
            && !parameter.contains(' ')
            && let Some(entry) = COMMANDS.get(command)
        {
            assert!(entry.param(parameter).is_some(), "{name}: {answer}");
        }
    }
}

/// `UPDATE=1` writes the table of the README anew.
#[test]
fn the_readme_says_the_same() {
    if std::env::var_os("UPDATE").is_some() {
        let mut parts: Vec<String> = README.split("<!-- scanpy -->").map(str::to_owned).collect();
        let mut table = "\n\n| Scanpy | sca |\n|---|---|\n".to_owned();
        for (name, answer) in dictionary(COMMANDS) {
            table += &format!("| `{name}` | {answer} |\n");
        }
        parts[1] = table + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
        std::fs::write(path, parts.join("<!-- scanpy -->")).expect("the README can be written");
        return;
    }
    let rows = rows();
    assert!(rows.len() > 130);
    for (name, said) in rows {
        let now = answer(COMMANDS, name).unwrap_or_default();
        assert_eq!(said, now, "{name}");
    }
}

/// The short table above: every function in it is one, and its command stands beside it.
#[test]
fn the_short_table_is_true() {
    let lines = README.lines().filter(|line| line.starts_with("| `sc."));
    for line in lines.filter(|line| line.matches('|').count() == 4) {
        let cells: Vec<&str> = line.split('|').collect();
        for word in cells[1].split(|c: char| !(c.is_alphanumeric() || c == '.' || c == '_')) {
            if word.starts_with("sc.") {
                let does = answer(COMMANDS, word).unwrap_or_default();
                assert!(
                    !does.is_empty() && cells[3].contains(&does),
                    "{word}: {line}"
                );
            }
        }
    }
}

/// Whatever a parameter is called in scanpy, it is understood, or it is said what there is instead.
#[test]
fn parameters_of_scanpy_are_understood() {
    let lines = include_str!("scanpy_parameters.txt").lines();
    let mut unanswered = Vec::new();
    for line in lines {
        let mut words = line.split(' ');
        let function = words.next().unwrap_or_default();
        let command = COMMANDS
            .like(function)
            .unwrap_or_else(|| panic!("{function}"));
        for param in words {
            if command.param(param).is_none() && instead(command, param).is_none() {
                unanswered.push(format!("{function} {param}"));
            }
        }
    }
    assert!(unanswered.is_empty(), "{unanswered:#?}");
}

/// What is said to be missing is; no command has both.
#[test]
fn parameters_that_are_missing_are_missing() {
    for command in COMMANDS.0 {
        for (param, said) in command.spec.without {
            assert!(
                command.param(param).is_none(),
                "{} {param}",
                command.spec.name
            );
            assert!(!said.is_empty() && !said.ends_with('.'));
        }
    }
}

//! Which files use which, and that none of them use each other in a circle.

use super::{none, sources};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// The path of a module, such as `io::h5ad`.
type Module = Vec<String>;

/// Folders that are crates of their own: `crate` begins there.
const CRATES: [&str; 3] = ["data", "io", "kernels"];

#[test]
fn files_do_not_use_each_other_in_a_circle() {
    let uses = Uses::read();
    let reach: BTreeMap<&Module, BTreeSet<&Module>> = uses
        .of
        .keys()
        .map(|module| (module, uses.reach(module)))
        .collect();
    let mut circles = BTreeSet::new();
    for (module, reached) in &reach {
        let back = |other: &&&Module| reach[**other].contains(module);
        let circle: BTreeSet<String> = reached
            .iter()
            .filter(back)
            .map(|it| it.join("::"))
            .collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    none(
        circles
            .iter()
            .map(|it| format!("a circle: {it:?}"))
            .collect(),
    );
}

/// What each module uses.
struct Uses {
    of: BTreeMap<Module, BTreeSet<Module>>,
}

impl Uses {
    fn read() -> Self {
        let files: BTreeMap<Module, String> = sources()
            .into_iter()
            .filter_map(|file| Some((module_of(&file.path)?, plain(&file.code))))
            .collect();
        let modules: BTreeSet<&Module> = files.keys().collect();
        let exported: BTreeMap<&Module, BTreeMap<String, Module>> = files
            .iter()
            .map(|(module, code)| (module, exports(module, code, &modules)))
            .collect();
        let mut of = BTreeMap::new();
        for (module, code) in &files {
            let mut found = BTreeSet::new();
            for path in paths(code) {
                let Some((mut used, mut rest)) = resolved(module, &path, &modules) else {
                    continue;
                };
                // What a module passes on is another's.
                while let Some(from) = rest.first().and_then(|item| exported[&used].get(item)) {
                    used = from.clone();
                    rest = Vec::new();
                }
                if used != *module {
                    found.insert(used);
                }
            }
            of.insert(module.clone(), found);
        }
        Uses { of }
    }

    /// All that a module uses, itself or by way of others.
    fn reach(&self, module: &Module) -> BTreeSet<&Module> {
        let mut reached = BTreeSet::new();
        let mut waiting: Vec<&Module> = self.of[module].iter().collect();
        while let Some(next) = waiting.pop() {
            if reached.insert(next) {
                waiting.extend(&self.of[next]);
            }
        }
        reached
    }
}

fn module_of(path: &str) -> Option<Module> {
    let inside = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let mut module: Module = inside.split('/').map(str::to_owned).collect();
    if module
        .last()
        .is_some_and(|last| last == "mod" || last == "lib")
    {
        module.pop();
    }
    let program = ["main", "build"].map(|name| vec![name.to_owned()]);
    (!program.contains(&module)).then_some(module)
}

/// The code without comments.
fn plain(code: &str) -> String {
    let lines = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Paths in `use` and elsewhere, without those that are only passed on.
fn paths(code: &str) -> Vec<Vec<String>> {
    let any_use = Regex::new(r"(?m)^\s*(?:pub(?:\([^)]*\))? )?use\s+[^;]+;").expect("a pattern");
    let own_use = Regex::new(r"(?m)^\s*use\s+([^;]+);").expect("a pattern");
    let inline = Regex::new(r"(\$?)\b((?:crate|super|self)(?:::\w+)+)").expect("a pattern");
    let mut found = Vec::new();
    for text in own_use.captures_iter(code) {
        spread(&[], &text[1], &mut found);
    }
    for text in inline.captures_iter(&any_use.replace_all(code, "")) {
        if text[1].is_empty() {
            found.push(text[2].split("::").map(str::to_owned).collect());
        }
    }
    found
}

/// `a::{b, c::d}` as `a::b` and `a::c::d`.
fn spread(before: &[String], text: &str, into: &mut Vec<Vec<String>>) {
    let text = text.trim();
    let (head, list) = match text.split_once('{') {
        Some((head, list)) => (head, Some(list.trim_end().trim_end_matches('}'))),
        None => (text.split(" as ").next().unwrap_or_default(), None),
    };
    let parts = head
        .split("::")
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let path: Vec<String> = before
        .iter()
        .cloned()
        .chain(parts.map(str::to_owned))
        .collect();
    let Some(list) = list else {
        return into.push(path);
    };
    let (mut depth, mut start) = (0, 0);
    let ends = list
        .char_indices()
        .filter(|(_, c)| matches!(c, '{' | '}' | ','));
    for (at, c) in ends.chain([(list.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ if depth == 0 => {
                if !list[start..at].trim().is_empty() {
                    spread(&path, &list[start..at], into);
                }
                start = (at + 1).min(list.len());
            }
            _ => {}
        }
    }
}

/// The module that a path leads to, and what it names there.
fn resolved(
    here: &Module,
    path: &[String],
    modules: &BTreeSet<&Module>,
) -> Option<(Module, Vec<String>)> {
    let own = here
        .first()
        .filter(|first| CRATES.contains(&first.as_str()));
    let (mut base, mut rest) = match path.first()?.as_str() {
        "crate" => match (own, path.get(1)) {
            (Some(own), next) if next.is_none_or(|next| !CRATES.contains(&next.as_str())) => {
                (vec![own.clone()], &path[1..])
            }
            _ => (Vec::new(), &path[1..]),
        },
        "self" => (here.clone(), &path[1..]),
        "super" => (here.clone(), path),
        _ => return None,
    };
    while rest.first().is_some_and(|part| part == "super") {
        base.pop();
        rest = &rest[1..];
    }
    base.extend_from_slice(rest);
    let longest = (1..=base.len())
        .rev()
        .find(|&n| modules.contains(&base[..n].to_vec()))?;
    let rest = base.split_off(longest);
    Some((base, rest))
}

/// Items that a module passes on, and the modules they are from.
fn exports(module: &Module, code: &str, modules: &BTreeSet<&Module>) -> BTreeMap<String, Module> {
    let passed = Regex::new(r"\bpub(?:\([^)]*\))? use\s+([^;]+);").expect("a pattern");
    let mut all = Vec::new();
    for text in passed.captures_iter(code) {
        spread(&[], &text[1], &mut all);
    }
    let mut found = BTreeMap::new();
    for path in all {
        let starts = path.first().map_or("", String::as_str);
        let path = match starts {
            "crate" | "self" | "super" => path,
            _ => [vec!["self".to_owned()], path].concat(),
        };
        if let (Some((from, _)), Some(item)) = (resolved(module, &path, modules), path.last())
            && from != *module
        {
            found.insert(item.clone(), from);
        }
    }
    found
}

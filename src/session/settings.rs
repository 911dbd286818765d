//! The settings, with a sentence on each; sizes such as `8 GB`.

use crate::command::{Settings, Val};

/// `name`, what it is, how its value is written.
pub const SETTINGS: &[(&str, &str)] = &[
    (
        "auto",
        "plan missing prerequisites with their defaults: true or false",
    ),
    (
        "cluster",
        "workers for passes: a Dask scheduler's address or file, folder:FOLDER, or none",
    ),
    ("errors", "how errors are shown: full or plain"),
    (
        "graphics",
        "how figures are shown: auto, kitty, iterm, sixel, text or none",
    ),
    ("keys", "keys at the prompt: emacs or vi"),
    ("lazy", "wait until a result is needed: true or false"),
    ("memory", "memory limit of the process: \"8 GB\""),
    (
        "notify",
        "ring the terminal bell after long work: true or false",
    ),
    ("seed", "random seed: a whole number"),
    ("threads", "number of threads; results never depend on it"),
];

/// No machine has more cores, and each thread takes memory.
const MOST_THREADS: f64 = 1024.0;

/// Sets one thing to what `from` says; the error says what it wants.
pub fn set(settings: &mut Settings, name: &str, value: &Val, from: &str) -> Result<(), String> {
    change(settings, name, value)?;
    settings.from.insert(name.to_owned(), from.to_owned());
    Ok(())
}

fn change(settings: &mut Settings, name: &str, value: &Val) -> Result<(), String> {
    match (name, value) {
        ("memory", Val::Text(text)) => {
            settings.memory = bytes(text).ok_or("write a size such as \"8 GB\"")?;
        }
        ("threads", Val::Number(n)) if *n >= 1.0 && n.fract() == 0.0 => {
            if *n > MOST_THREADS {
                return Err(format!("at most {MOST_THREADS} threads"));
            }
            settings.threads = Some(*n as usize);
        }
        ("seed", Val::Number(n)) if *n >= 0.0 && n.fract() == 0.0 => settings.seed = *n as u64,
        ("cluster", Val::Text(word)) => {
            settings.cluster = Some(word.clone()).filter(|word| word != "none");
        }
        ("cluster", Val::None) => settings.cluster = None,
        ("auto", value) => settings.auto = truth(value)?,
        ("lazy", value) => settings.lazy = truth(value)?,
        ("errors" | "graphics" | "keys", Val::Text(word)) => {
            settings.shown.insert(name.to_owned(), word.clone());
        }
        ("notify", value) => {
            let rings = truth(value)?.to_string();
            settings.shown.insert(name.to_owned(), rings);
        }
        _ => {
            let about = SETTINGS.iter().find(|(known, _)| *known == name);
            return Err(about.map_or(String::new(), |(_, about)| (*about).to_owned()));
        }
    }
    Ok(())
}

/// The value of a setting as it would be typed.
pub fn shown(settings: &Settings, name: &str) -> String {
    match name {
        "memory" => format!("\"{}\"", size(settings.memory)),
        "threads" => settings.threads.map_or("all".to_owned(), |n| n.to_string()),
        "seed" => settings.seed.to_string(),
        "auto" => settings.auto.to_string(),
        "cluster" => match &settings.cluster {
            Some(cluster) => format!("\"{cluster}\""),
            None => "none".to_owned(),
        },
        "lazy" => settings.lazy.to_string(),
        other => settings.shown.get(other).cloned().unwrap_or_else(|| {
            let usual = match other {
                "errors" => "full",
                "keys" => "emacs",
                "notify" => "true",
                _ => "auto",
            };
            usual.to_owned()
        }),
    }
}

/// Where the value of a setting comes from.
pub fn origin<'a>(settings: &'a Settings, name: &str) -> &'a str {
    settings.from.get(name).map_or("default", String::as_str)
}

fn truth(value: &Val) -> Result<bool, String> {
    match value {
        Val::Bool(truth) => Ok(*truth),
        Val::Text(word) if word == "on" => Ok(true),
        Val::Text(word) if word == "off" => Ok(false),
        _ => Err("true or false".to_owned()),
    }
}

/// `8 GB`, `500MB`, `2.5 GiB`; units are powers of ten, or of two with an `i`.
pub fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit_at = text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len());
    let number: f64 = text[..unit_at].trim().parse().ok()?;
    let factor = match text[unit_at..].to_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024f64.powi(2),
        "gib" => 1024f64.powi(3),
        _ => return None,
    };
    (number > 0.0).then_some((number * factor) as u64)
}

/// A size as the user writes it.
pub fn size(bytes: u64) -> String {
    let bytes = bytes as f64;
    let (number, unit) = match bytes {
        b if b >= 1e9 => (b / 1e9, "GB"),
        b if b >= 1e6 => (b / 1e6, "MB"),
        b => (b / 1e3, "kB"),
    };
    if number >= 10.0 || number.fract() == 0.0 {
        format!("{number:.0} {unit}")
    } else {
        format!("{number:.1} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_write_them() {
        assert_eq!(bytes("8 GB"), Some(8_000_000_000));
        assert_eq!(bytes("500mb"), Some(500_000_000));
        assert_eq!(bytes("1 GiB"), Some(1 << 30));
        assert_eq!(bytes("lots"), None);
        assert_eq!(bytes("-1 GB"), None);
        assert_eq!(size(8_000_000_000), "8 GB");
        assert_eq!(size(2_500_000_000), "2.5 GB");
    }
}

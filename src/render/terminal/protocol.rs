//! Pictures in terminals that can show them: kitty's and iTerm's protocols, and sixels.
//!
//! Which one is decided by the environment alone; a terminal is never asked, because under tmux or
//! ssh the answer can hang or end up on the prompt.

use crate::data::figure::Rgb;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;

/// How a figure is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Graphics {
    Kitty,
    Iterm,
    Sixel,
    /// Characters.
    Text,
    /// Not at all.
    None,
}

impl Graphics {
    pub fn named(word: &str) -> Option<Graphics> {
        Some(match word {
            "kitty" => Graphics::Kitty,
            "iterm" => Graphics::Iterm,
            "sixel" => Graphics::Sixel,
            "text" => Graphics::Text,
            "none" => Graphics::None,
            _ => return None,
        })
    }

    /// What `SCA_GRAPHICS` says, else what the terminal is known for, else characters.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Graphics {
        let value = |name: &str| variable(name).unwrap_or_default();
        if let Some(chosen) = Graphics::named(&value("SCA_GRAPHICS")) {
            return chosen;
        }
        // Multiplexers swallow pictures, or worse.
        let inside = ["TMUX", "STY", "ZELLIJ"]
            .iter()
            .any(|name| variable(name).is_some());
        let term = value("TERM");
        if inside || term.starts_with("screen") || term.starts_with("tmux") {
            return Graphics::Text;
        }
        let program = value("TERM_PROGRAM");
        let kitty = variable("KITTY_WINDOW_ID").is_some() || term == "xterm-kitty";
        if kitty || term == "xterm-ghostty" || program == "ghostty" {
            Graphics::Kitty
        } else if matches!(
            program.as_str(),
            "iTerm.app" | "WezTerm" | "vscode" | "mintty"
        ) {
            Graphics::Iterm
        } else if matches!(
            term.as_str(),
            "mlterm" | "foot" | "foot-extra" | "yaft-256color"
        ) {
            Graphics::Sixel
        } else {
            Graphics::Text
        }
    }
}

/// A PNG for kitty, `columns` characters wide: base64 in chunks of 4,096.
pub fn kitty(png: &[u8], columns: usize) -> String {
    let data = STANDARD.encode(png);
    let mut out = String::new();
    let mut rest = data.as_str();
    let mut first = true;
    while first || !rest.is_empty() {
        let (chunk, after) = rest.split_at(rest.len().min(4096));
        let more = u8::from(!after.is_empty());
        let head = if first {
            format!("a=T,f=100,q=2,c={columns},")
        } else {
            String::new()
        };
        let _ = write!(out, "\u{1b}_G{head}m={more};{chunk}\u{1b}\\");
        rest = after;
        first = false;
    }
    out.push('\n');
    out
}

/// A PNG for iTerm and those that follow it.
pub fn iterm(png: &[u8], columns: usize) -> String {
    format!(
        "\u{1b}]1337;File=inline=1;size={};width={columns};preserveAspectRatio=1:{}\u{7}\n",
        png.len(),
        STANDARD.encode(png)
    )
}

/// Levels of each part of a color: 6 × 7 × 6 of at most 256.
const LEVELS: [u32; 3] = [6, 7, 6];

fn register(color: Rgb) -> usize {
    let level = |part: u8, levels: u32| (u32::from(part) * (levels - 1) + 127) / 255;
    let (r, g, b) = (
        level(color.0, LEVELS[0]),
        level(color.1, LEVELS[1]),
        level(color.2, LEVELS[2]),
    );
    ((r * LEVELS[1] + g) * LEVELS[2] + b) as usize
}

/// Pixels as sixels (DEC VT340): six rows at a time, one color after the other.
pub fn sixel(width: usize, pixels: &[Rgb]) -> String {
    let mut out = String::from("\u{1b}Pq");
    let height = pixels.len() / width.max(1);
    let _ = write!(out, "\"1;1;{width};{height}");
    let registers: Vec<usize> = pixels.iter().map(|&pixel| register(pixel)).collect();
    let mut used = registers.clone();
    used.sort_unstable();
    used.dedup();
    for &number in &used {
        let (rest, b) = (number as u32 / LEVELS[2], number as u32 % LEVELS[2]);
        let (r, g) = (rest / LEVELS[1], rest % LEVELS[1]);
        let percent = |level: u32, levels: u32| level * 100 / (levels - 1);
        let (r, g, b) = (
            percent(r, LEVELS[0]),
            percent(g, LEVELS[1]),
            percent(b, LEVELS[2]),
        );
        let _ = write!(out, "#{number};2;{r};{g};{b}");
    }
    for band in registers.chunks(6 * width.max(1)) {
        let mut colors = band.to_vec();
        colors.sort_unstable();
        colors.dedup();
        for color in colors {
            let _ = write!(out, "#{color}");
            let bits = |x: usize| {
                let row = |y: usize| u8::from(band.get(y * width + x) == Some(&color)) << y;
                (0..6).map(row).sum::<u8>()
            };
            push_runs(&mut out, (0..width).map(bits));
            out.push('$');
        }
        out.push('-');
    }
    out.push_str("\u{1b}\\\n");
    out
}

fn push_runs(out: &mut String, bits: impl Iterator<Item = u8>) {
    let mut run: Option<(u8, usize)> = None;
    let mut flush = |run: Option<(u8, usize)>| {
        if let Some((bits, n)) = run {
            let sign = char::from(63 + bits);
            let _ = match n {
                1..=3 => write!(out, "{}", sign.to_string().repeat(n)),
                _ => write!(out, "!{n}{sign}"),
            };
        }
    };
    for next in bits {
        run = match run {
            Some((bits, n)) if bits == next => Some((bits, n + 1)),
            before => {
                flush(before);
                Some((next, 1))
            }
        };
    }
    flush(run);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(pairs: &[(&str, &str)]) -> Graphics {
        Graphics::detect(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.to_string())
        })
    }

    #[test]
    fn by_environment_alone() {
        assert_eq!(detected(&[]), Graphics::Text);
        assert_eq!(detected(&[("TERM", "xterm-kitty")]), Graphics::Kitty);
        assert_eq!(
            detected(&[("TERM", "xterm-kitty"), ("TMUX", "x")]),
            Graphics::Text
        );
        assert_eq!(detected(&[("TERM_PROGRAM", "iTerm.app")]), Graphics::Iterm);
        assert_eq!(detected(&[("TERM", "foot")]), Graphics::Sixel);
        assert_eq!(
            detected(&[("TERM", "foot"), ("SCA_GRAPHICS", "none")]),
            Graphics::None
        );
    }

    #[test]
    fn kitty_sends_chunks() {
        let text = kitty(&[7; 4000], 40);
        assert!(text.starts_with("\u{1b}_Ga=T,f=100,q=2,c=40,m=1;"));
        assert_eq!(text.matches("\u{1b}_G").count(), 2);
        assert!(text.contains("\u{1b}_Gm=0;"));
    }

    #[test]
    fn sixels_repeat() {
        let (white, black) = (Rgb::WHITE, Rgb::BLACK);
        let text = sixel(4, &[white, white, white, white, black, white, white, white]);
        assert_eq!(
            text,
            "\u{1b}Pq\"1;1;4;2#0;2;0;0;0#251;2;100;100;100#0A???$#251@BBB$-\u{1b}\\\n"
        );
    }
}

//! Properties of a stream: whether it is a terminal, its width, its colors.

use std::io::IsTerminal;

/// How many colors can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    None,
    /// The 256 colors of xterm.
    Indexed,
    /// 24 bits.
    Full,
}

/// Facts about standard output or standard error, found out once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    pub is_terminal: bool,
    /// Columns and lines of characters.
    pub width: usize,
    pub height: usize,
    pub depth: Depth,
}

impl Screen {
    /// Not a terminal: a file or a pipe.
    pub const PIPE: Screen = Screen {
        is_terminal: false,
        width: 80,
        height: 24,
        depth: Depth::None,
    };

    /// A terminal of a size, as tests want it.
    pub const fn of(width: usize, height: usize, depth: Depth) -> Self {
        Screen {
            is_terminal: true,
            width,
            height,
            depth,
        }
    }

    pub fn stdout() -> Self {
        Self::detect(
            &std::io::stdout(),
            terminal_size::terminal_size_of(std::io::stdout()),
        )
    }

    pub fn stderr() -> Self {
        Self::detect(
            &std::io::stderr(),
            terminal_size::terminal_size_of(std::io::stderr()),
        )
    }

    fn detect(
        stream: &impl IsTerminal,
        size: Option<(terminal_size::Width, terminal_size::Height)>,
    ) -> Self {
        if !stream.is_terminal() {
            return Screen::PIPE;
        }
        let (width, height) = size.map_or((80, 24), |(width, height)| {
            (usize::from(width.0), usize::from(height.0))
        });
        Screen::of(
            width.max(20),
            height.max(6),
            depth(|name| std::env::var(name).ok()),
        )
    }

    pub fn has_color(&self) -> bool {
        self.depth != Depth::None
    }
}

/// By the environment alone: a terminal is never asked.
fn depth(variable: impl Fn(&str) -> Option<String>) -> Depth {
    let term = variable("TERM").unwrap_or_default();
    let no_color = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colorterm = variable("COLORTERM").unwrap_or_default();
    if no_color || term == "dumb" || term.is_empty() {
        Depth::None
    } else if colorterm == "truecolor" || colorterm == "24bit" || term.contains("direct") {
        Depth::Full
    } else {
        Depth::Indexed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_by_environment() {
        let with = |pairs: &[(&str, &str)]| {
            let pairs: Vec<(String, String)> = pairs
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect();
            depth(move |name| {
                let found = pairs.iter().find(|(key, _)| key == name);
                found.map(|(_, value)| value.clone())
            })
        };
        assert_eq!(with(&[("TERM", "xterm-256color")]), Depth::Indexed);
        assert_eq!(
            with(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]),
            Depth::Full
        );
        assert_eq!(with(&[("TERM", "xterm"), ("NO_COLOR", "1")]), Depth::None);
        assert_eq!(with(&[("TERM", "dumb")]), Depth::None);
        assert_eq!(with(&[]), Depth::None);
    }
}

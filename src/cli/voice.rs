//! What statements say, on its way to standard output (results) and standard error (the rest).

use super::options::Manner;
use crate::command::Settings;
use crate::diagnostic::Diagnostic;
use crate::eval::Said;
use crate::kernels::ticker::Ticker;
use crate::plan::engine::Listener;
use crate::session::Session;

pub struct Voice {
    manner: Manner,
    statement: usize,
}

impl Voice {
    pub fn new(manner: Manner) -> Self {
        Voice {
            manner,
            statement: 0,
        }
    }

    pub fn listener(&self, _ticker: &Ticker) -> Option<Listener> {
        None
    }

    pub fn manner(&mut self, _settings: &Settings) {}

    pub fn begin(&mut self) {
        self.statement += 1;
    }

    pub fn end(&mut self, _session: &Session) {}

    pub fn say(&mut self, said: Said) {
        match said {
            Said::Status(line) if !self.manner.quiet => eprintln!("{line}"),
            Said::Note(note) if !self.manner.quiet => self.diagnostic(&note),
            Said::Status(_) | Said::Note(_) => {}
            Said::Value(name, value) => match name {
                Some(name) => println!("{name}: {value}"),
                None => println!("{value}"),
            },
            Said::Text(text) => print!("{text}"),
            Said::Plan(plan, _) => {
                for node in plan.nodes() {
                    println!("{}", node.label);
                }
            }
            Said::Profile(reports) => {
                for report in reports {
                    println!("{} {:?}", report.label, report.time);
                }
            }
        }
    }

    /// A result that is text already.
    pub fn text(&mut self, text: &str) {
        print!("{text}");
    }

    /// A line that is no result.
    pub fn remark(&mut self, line: &str) {
        eprintln!("{line}");
    }

    pub fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        eprintln!("{} {}", diagnostic.code, diagnostic.headline);
        for label in &diagnostic.labels {
            eprintln!("  {}", label.text);
        }
        if let Some(help) = &diagnostic.help {
            eprintln!("  help: {help}");
        }
    }
}

/// At the second Ctrl-C.
pub fn insist() {
    eprintln!("stopping; Ctrl-C once more ends sca");
}

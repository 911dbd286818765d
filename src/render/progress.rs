//! Progress: one line on standard error, after half a second, removed when finished. Without a
//! terminal, one line a minute, so that the log of a cluster can be read.

use super::harmless::shown;
use super::number::{bytes, count, duration};
use super::screen::Screen;
use super::table::{bar_of, cut};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Nothing is shown before this.
const PATIENCE: Duration = Duration::from_millis(500);
const REDRAW: Duration = Duration::from_millis(100);
const LOG: Duration = Duration::from_secs(60);
/// Columns left free after the line: the terminal writes `^C` there, and must not begin another
/// line with it, which would leave this one on the screen.
const ECHO: usize = 8;
/// A desktop notification is worth it after this.
const LONG: Duration = Duration::from_secs(60);
/// The weight of the newest rate in the running one.
const NEWEST: f64 = 0.1;

/// The state of a computation at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// Counted from one; of how many.
    pub step: usize,
    pub steps: usize,
    /// `normalize · log1p · hvg`.
    pub label: String,
    pub done: u64,
    /// 0 where the end is not known.
    pub total: u64,
    /// What is counted: `cells`, `epochs`.
    pub unit: &'static str,
    /// Shown where there is no known end: `modularity 0.713`.
    pub objective: Option<String>,
    /// Bytes in use; 0 is not shown.
    pub memory: u64,
}

/// Rate and time left, from snapshots and the time at which they were taken.
#[derive(Debug, Default)]
struct Meter {
    step: usize,
    last: Option<(Duration, u64)>,
    rate: Option<f64>,
}

impl Meter {
    fn update(&mut self, now: Duration, snapshot: &Snapshot) {
        let restarted = self.last.is_some_and(|(_, done)| snapshot.done < done);
        if snapshot.step != self.step || restarted {
            *self = Meter {
                step: snapshot.step,
                ..Meter::default()
            };
        }
        if let Some((then, done)) = self.last {
            let seconds = now.saturating_sub(then).as_secs_f64();
            if seconds <= 0.0 {
                return;
            }
            let rate = (snapshot.done - done) as f64 / seconds;
            self.rate = Some(match self.rate {
                Some(before) => before + NEWEST * (rate - before),
                None => rate,
            });
        }
        self.last = Some((now, snapshot.done));
    }

    fn left(&self, snapshot: &Snapshot) -> Option<Duration> {
        let rate = self.rate.filter(|rate| *rate > 0.0)?;
        let missing = snapshot.total.checked_sub(snapshot.done)?;
        let seconds = missing as f64 / rate;
        (snapshot.total > 0 && seconds < 1e7).then(|| Duration::from_secs_f64(seconds))
    }

    /// ` 2/5 normalize  ████▌  45 %  1,200 cells/s  12 s left  1.8 GB`.
    fn line(&self, snapshot: &Snapshot) -> String {
        let mut parts = vec![match snapshot.steps {
            0 | 1 => snapshot.label.clone(),
            steps => format!("{}/{steps} {}", snapshot.step, snapshot.label),
        }];
        if snapshot.total > 0 {
            let share = (snapshot.done as f64 / snapshot.total as f64).min(1.0);
            parts.push(format!(
                "{:<16} {:>3.0} %",
                bar_of(share, 16),
                (100.0 * share).floor()
            ));
        } else if let Some(objective) = &snapshot.objective {
            parts.push(objective.clone());
        } else if snapshot.done > 0 {
            parts.push(format!("{} {}", count(snapshot.done), snapshot.unit));
        }
        if let Some(rate) = self.rate.filter(|rate| *rate >= 1.0) {
            parts.push(format!(
                "{} {}/s",
                count(rate.round() as u64),
                snapshot.unit
            ));
        }
        if let Some(left) = self.left(snapshot) {
            parts.push(format!("{} left", duration(left)));
        }
        if snapshot.memory > 0 {
            parts.push(bytes(snapshot.memory));
        }
        parts.join("   ")
    }
}

/// Looks at a computation from a thread of its own until it is dropped or finished.
pub struct Watch {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    begun: Instant,
    screen: Screen,
}

impl Watch {
    /// `look` is asked ten times a second on a terminal, once a minute elsewhere.
    pub fn begin(screen: Screen, look: impl Fn() -> Snapshot + Send + 'static) -> Self {
        let (stop, stopped) = channel();
        let begun = Instant::now();
        let thread = std::thread::spawn(move || {
            let mut meter = Meter::default();
            let bar = screen.is_terminal.then(hidden_bar);
            let mut pause = if screen.is_terminal { PATIENCE } else { LOG };
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let snapshot = look();
                meter.update(begun.elapsed(), &snapshot);
                match &bar {
                    Some(bar) => {
                        if bar.is_hidden() {
                            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
                        }
                        let room = screen.width.saturating_sub(ECHO + 1);
                        bar.set_message(cut(&shown(&meter.line(&snapshot)), room));
                        bar.tick();
                        pause = REDRAW;
                    }
                    None => {
                        let time = duration(begun.elapsed());
                        eprintln!("{time}: {}", shown(&meter.line(&snapshot)));
                    }
                }
            }
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
        });
        Watch {
            stop: Some(stop),
            thread: Some(thread),
            begun,
            screen,
        }
    }

    /// Ends the line and says how long it took; `notify` tells the desktop of a long wait's end.
    pub fn finish(mut self, notify: bool) -> Duration {
        self.end();
        let took = self.begun.elapsed();
        if notify && self.screen.is_terminal && took >= LONG {
            eprint!("\u{1b}]9;sca is done\u{7}");
        }
        took
    }

    fn end(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}

fn hidden_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    if let Ok(style) = ProgressStyle::with_template(" {msg}") {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(done: u64, total: u64) -> Snapshot {
        Snapshot {
            step: 2,
            steps: 5,
            label: "normalize".to_owned(),
            done,
            total,
            unit: "cells",
            objective: None,
            memory: 1_800_000_000,
        }
    }

    #[test]
    fn rate_and_time_left() {
        let mut meter = Meter::default();
        meter.update(Duration::from_secs(1), &snapshot(1000, 4000));
        assert_eq!(
            meter.line(&snapshot(1000, 4000)),
            "2/5 normalize   ████              25 %   1.8 GB"
        );
        meter.update(Duration::from_secs(2), &snapshot(2000, 4000));
        assert_eq!(
            meter.line(&snapshot(2000, 4000)),
            "2/5 normalize   ████████          50 %   1,000 cells/s   2.0 s left   1.8 GB"
        );
    }

    #[test]
    fn a_new_step_forgets_the_old_rate() {
        let mut meter = Meter::default();
        meter.update(Duration::from_secs(1), &snapshot(0, 10));
        meter.update(Duration::from_secs(2), &snapshot(9, 10));
        let mut next = snapshot(1, 10);
        next.step = 3;
        meter.update(Duration::from_secs(3), &next);
        assert_eq!(meter.rate, None);
        meter.update(Duration::from_secs(3), &next);
        assert_eq!(meter.left(&next), None);
    }

    #[test]
    fn no_known_end_no_false_bar() {
        let meter = Meter::default();
        let mut snapshot = snapshot(7, 0);
        assert!(meter.line(&snapshot).starts_with("2/5 normalize   7 cells"));
        snapshot.objective = Some("modularity 0.713".to_owned());
        assert!(meter.line(&snapshot).contains("modularity 0.713"));
    }

    #[test]
    fn a_watch_ends_at_once() {
        let watch = Watch::begin(Screen::PIPE, Snapshot::default);
        assert!(watch.finish(true) < Duration::from_secs(5));
    }
}

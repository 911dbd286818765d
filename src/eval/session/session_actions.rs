//! What only the session can do: undo, compute, explain, settings, history, help.

use crate::command::guides::TOUR;
use crate::command::{SessionAction, Val, suggest};
use crate::data::{Column, Names, Place, Table};
use crate::diagnostic::{Outcome, code};
use crate::eval::materialize::targets;
use crate::eval::parts::sizes::dataset_line;
use crate::eval::{Interpreter, Output};
use crate::io::unfinished;
use crate::plan::{Frame, schedule};
use crate::session::{config, settings};
use crate::source::Span;

/// Which way along the versions of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    Undo,
    Redo,
}

impl Interpreter<'_> {
    pub(in crate::eval) fn act(&mut self, act: SessionAction, span: Span) -> Outcome<Option<Val>> {
        match act {
            SessionAction::Compute(value) => return self.compute(value, span),
            SessionAction::Explain(value) => self.explain(&value, span)?,
            SessionAction::Profile(value) => {
                if !self.only_plans() {
                    // A table that came with the dataset is not shown, so it is not made.
                    let value = match value {
                        Val::Dataset(data, Some(_)) => Val::Dataset(data, None),
                        other => other,
                    };
                    self.session.asked = true;
                    let reports = self.engine.run(&targets(&value))?;
                    self.say(Output::Profile(reports));
                }
            }
            SessionAction::Show(value) => {
                self.look_at_hand(&value)?;
                self.show_value(value);
                return Ok(None);
            }
            SessionAction::Type(value) => self.say(Output::Text(value.type_word().to_owned())),
            SessionAction::Undo(name, n) => self.moved((name, n), span, Move::Undo)?,
            SessionAction::Redo(name, n) => self.moved((name, n), span, Move::Redo)?,
            SessionAction::Restore(name, step) => {
                if !self.session.restore(&name, step) {
                    return Err(self
                        .error(
                            code::NO_SUCH_STEP,
                            format!("{name} has no step {step}"),
                            span,
                            "no such version",
                        )
                        .help(format!("history {name} lists its steps")));
                }
                self.say(Output::Status(format!("{name} is back at step {step}")));
            }
            SessionAction::History(subject) => return self.history(&subject, span).map(Some),
            SessionAction::Script(request) => self.write_script(request, span)?,
            SessionAction::Methods(subject, path) => self.write_methods(subject, path, span)?,
            SessionAction::Save(path) => self.save_session(&path, span)?,
            SessionAction::Open(path) => self.open_session(&path, span)?,
            SessionAction::Set(pairs, keep) => self.set(pairs, keep, span)?,
            SessionAction::Edit => self.editing = true,
            SessionAction::Tour(step) => self.tour(step, span)?,
            SessionAction::Help(topic) => self.help(topic, span)?,
            SessionAction::Last => return self.last(span).map(Some),
            SessionAction::Exit => self.leaving = true,
        }
        Ok(None)
    }

    fn compute(&mut self, value: Val, span: Span) -> Outcome<Option<Val>> {
        if self.only_plans() {
            self.running.shown = true;
            self.remember(value, None);
            return Ok(None);
        }
        self.session.asked = true;
        self.session.planned = false;
        // Of what came with a table only the table is shown.
        let value = match value {
            Val::Dataset(_, Some(table)) => Val::Table(table),
            other => other,
        };
        self.force_all(&value)?;
        let shown = match &value {
            Val::Part(data, place @ (Place::Obs | Place::Var)) => {
                let frame = Frame::new(data, *place);
                Val::table(self.engine.get(&frame)?)
            }
            Val::Matrix(data, name, matrix) => self.corner(data, name, matrix, span)?,
            other => self.settled(other.clone())?,
        };
        self.show_value(shown);
        Ok(None)
    }

    /// Shows a value, which from then on is the last one.
    pub(in crate::eval) fn show_value(&mut self, value: Val) {
        self.running.shown = true;
        self.say_remarks();
        self.remember(value.clone(), None);
        self.say(Output::Value(None, value));
    }

    fn explain(&mut self, value: &Val, span: Span) -> Outcome<()> {
        let Val::Dataset(..) = value else {
            return Err(self.error(
                code::DATASET_EXPECTED,
                "expected a dataset",
                span,
                "explain shows the plan of a dataset",
            ));
        };
        let plan = schedule(&targets(value));
        let cost = self.engine.cost(&plan);
        let budget = self.engine.budget();
        self.say(Output::Plan(plan, cost, budget));
        Ok(())
    }

    fn moved(&mut self, (name, n): (Option<String>, usize), span: Span, to: Move) -> Outcome<()> {
        if let Some(name) = &name
            && self.session.get(name).is_none()
            && to == Move::Undo
        {
            let known = self
                .session
                .vars()
                .map(|(name, _)| name.clone())
                .collect::<Vec<_>>();
            return Err(self
                .error(
                    code::UNKNOWN_NAME,
                    format!("no variable `{name}`"),
                    span,
                    "is not a variable",
                )
                .help(suggest::nearest_or_list(name, known, "the session")));
        }
        let what = match to {
            Move::Undo => "undo",
            Move::Redo => "redo",
        };
        let steps = (0..n).map_while(|_| match to {
            Move::Undo => self.session.undo(name.as_deref()),
            Move::Redo => self.session.redo(name.as_deref()),
        });
        let Some(name) = steps.last() else {
            return Err(self.error(
                code::NOTHING_TO_UNDO,
                format!("nothing to {what}"),
                span,
                "no earlier version is kept",
            ));
        };
        let line = match self.session.get(&name) {
            Some(Val::Dataset(data, _)) => {
                let line = format!("{name}: {}", dataset_line(data));
                match data.history.steps().last() {
                    Some(step) => format!("{line}, as after step {}: {}", step.number, step.kind),
                    None => line,
                }
            }
            Some(value) => format!("{name}: {value}"),
            None => format!("{name} is gone, since it had no earlier value; redo brings it back"),
        };
        self.say(Output::Status(line));
        Ok(())
    }

    fn set(&mut self, pairs: Vec<(String, Val)>, keep: bool, span: Span) -> Outcome<()> {
        if pairs.is_empty() {
            let column = |texts: Vec<String>| Column::Text(texts.iter().collect::<Names>());
            let names = settings::SETTINGS
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect();
            let values = settings::SETTINGS
                .iter()
                .map(|(name, _)| settings::shown(&self.session.settings, name));
            let origins = settings::SETTINGS
                .iter()
                .map(|(name, _)| settings::origin(&self.session.settings, name).to_owned());
            let about = settings::SETTINGS
                .iter()
                .map(|(_, about)| (*about).to_owned())
                .collect();
            let table = Table::new()
                .with("setting", column(names))
                .with("value", column(values.collect()))
                .with("from", column(origins.collect()))
                .with("what it is", column(about));
            self.show_value(Val::table(table));
        }
        let from = format!("{}:{}", self.source.name, self.source.line(span.start));
        // All of them or none.
        let mut next = self.session.settings.clone();
        for (name, value) in &pairs {
            settings::set(&mut next, name, value, &from).map_err(|about| {
                let diagnostic = self.error(
                    code::INVALID_SETTING,
                    format!("`{name}` cannot be set to {value}"),
                    span,
                    about.clone(),
                );
                if about.is_empty() {
                    let known = settings::SETTINGS.iter().map(|(name, _)| *name);
                    self.error(
                        code::INVALID_SETTING,
                        format!("no setting `{name}`"),
                        span,
                        "is not known",
                    )
                    .help(suggest::nearest_or_list(name, known, "set"))
                } else {
                    diagnostic
                }
            })?;
        }
        self.session.settings = next;
        if keep && !self.only_plans() {
            self.keep_settings(&pairs, span)?;
        }
        for (name, _) in pairs {
            let shown = settings::shown(&self.session.settings, &name);
            self.say(Output::Status(format!("{name} = {shown}")));
        }
        Ok(())
    }

    /// Writes settings into the file that later sessions begin with.
    fn keep_settings(&self, pairs: &[(String, Val)], span: Span) -> Outcome<()> {
        let Some(path) = &self.session.settings.config else {
            return Ok(());
        };
        let before = std::fs::read_to_string(path).unwrap_or_default();
        let text = config::with(&before, pairs);
        let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = folder
            .map_err(|error| error.to_string())
            .and_then(|()| unfinished::write(path, text.as_bytes()).map_err(|error| error.problem));
        written.map_err(|problem| {
            let headline = format!("{} cannot be written", path.display());
            self.error(code::NOT_WRITABLE, headline, span, problem)
        })
    }

    fn tour(&mut self, step: Option<usize>, span: Span) -> Outcome<()> {
        let next = match self.session.toured {
            shown if shown < TOUR.len() => shown + 1,
            _ => 1,
        };
        let step = step.unwrap_or(next);
        let Some(text) = TOUR.get(step - 1) else {
            let headline = format!("the tour has {} steps", TOUR.len());
            return Err(self
                .error(
                    code::NO_HELP,
                    headline,
                    span,
                    format!("there is no step {step}"),
                )
                .help("tour 1"));
        };
        self.session.toured = step;
        self.say(Output::Text((*text).to_owned()));
        Ok(())
    }

    /// The value that was shown last.
    fn last(&mut self, span: Span) -> Outcome<Val> {
        let last = self.session.last.as_ref();
        last.map(|last| last.value.clone()).ok_or_else(|| {
            self.error(
                code::NO_LAST_RESULT,
                "nothing has been shown yet",
                span,
                "does not exist yet",
            )
        })
    }
}

//! Arguments in the place of others: `markers adata leiden 1 vs 2`, `normalize adata 10000`, `umap adata leiden`;
//! columns with their dataset, several names in one text, words before a condition.

use crate::command::spec::Group;
use crate::command::{Entry, Kind, Param, Val};
use crate::data::{ColumnType, Dataset, Place, Promise};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::eval::answers::unknown_arguments::unusual_embedding;
use crate::eval::names::is_gene;
use crate::lang::ast::{Arg, Call, ExprKind, Name};
use crate::lang::words::spelled;
use crate::source::Span;

/// What people say before a condition.
const BEFORE_CONDITIONS: [&str; 5] = ["where", "when", "with", "by", "having"];

impl Interpreter<'_> {
    /// What is wrong with the places of arguments behind a dataset.
    pub(in crate::eval) fn out_of_place(
        &self,
        entry: &Entry,
        call: &Call,
    ) -> Option<Box<Diagnostic>> {
        let first = call.args.first().filter(|arg| arg.name.is_none())?;
        let subject = first.value.bare_name()?;
        let Some(Val::Dataset(data, None)) = self.session.get(&subject.text) else {
            return None;
        };
        let mut place = 0;
        for (at, arg) in call.args.iter().enumerate() {
            let param = match &arg.name {
                Some(name) => entry.param(&name.text),
                None => {
                    place += 1;
                    entry.params.get(place - 1)
                }
            };
            let Some(param) = param.filter(|_| at > 0) else {
                continue;
            };
            let wrong = self
                .column_with_dataset(param, arg)
                .or_else(|| self.several_in_text(param, arg, data))
                .or_else(|| self.number_of_another(entry, call, at, param))
                .or_else(|| self.drawn_by_another(entry, (call, subject), arg, param))
                .or_else(|| self.before_condition(call, at, param, data));
            if wrong.is_some() {
                return wrong;
            }
        }
        None
    }

    /// `plot adata adata.obs.leiden`.
    fn column_with_dataset(&self, param: &Param, arg: &Arg) -> Option<Box<Diagnostic>> {
        if param.kind != Kind::Colors || !matches!(arg.value.kind, ExprKind::Field(..)) {
            return None;
        }
        let (_, key) = self.column_given(&arg.value)?;
        let headline = format!("`{}` takes names of columns", param.name);
        let label = "the dataset is known";
        let error = self.error(code::INVALID_VALUE, headline, arg.value.span, label);
        let help = self.in_line(arg.value.span, &key);
        Some(error.help(help).fix(arg.value.span, key))
    }

    /// `color="leiden, CD3D"`.
    fn several_in_text(&self, param: &Param, arg: &Arg, data: &Dataset) -> Option<Box<Diagnostic>> {
        let ExprKind::Text(text) = &arg.value.kind else {
            return None;
        };
        let takes = param.many && matches!(param.kind, Kind::Colors | Kind::GeneNames | Kind::Obs);
        let typed = text.plain().filter(|it| takes && it.contains(','))?;
        if data.obs.contains_key(typed) || is_gene(data, typed) {
            return None;
        }
        let names: Vec<String> = typed.split(',').map(|it| spelled(it.trim())).collect();
        let list = format!("[{}]", names.join(", "));
        let span = arg.value.span;
        let error = self.error(
            code::PUNCTUATION,
            "several names are a list",
            span,
            "is one name",
        );
        Some(error.help(self.in_line(span, &list)).fix(span, list))
    }

    /// `markers adata leiden 1 vs 2` and `normalize adata 10000`: a number where a word is wanted.
    fn number_of_another(
        &self,
        entry: &Entry,
        call: &Call,
        at: usize,
        param: &Param,
    ) -> Option<Box<Diagnostic>> {
        let arg = &call.args[at];
        let typed = |arg: &Arg| arg.value.span.text(&self.source.text).to_owned();
        let is_choice = match param.kind {
            Kind::Choice(words) => words.iter().all(|(word, _)| *word != typed(arg)),
            _ => false,
        };
        arg.value
            .literal_number()
            .filter(|_| is_choice && arg.name.is_none())?;
        let (mut span, mut line) = (arg.span, String::new());
        if entry.param("groups").is_some() && call.named("groups").is_none() {
            line += &format!("groups={}", typed(arg));
            let versus = call.args.get(at + 1).and_then(|arg| arg.value.bare_name());
            let versus = versus.is_some_and(|it| ["vs", "versus", "against"].contains(&&*it.text));
            if let (true, Some(other), Some(_)) =
                (versus, call.args.get(at + 2), entry.param("reference"))
            {
                line += &format!(" reference={}", typed(other));
                span = arg.span.to(other.span);
            }
        } else {
            let is_number = |param: &&Param| {
                matches!(
                    param.kind,
                    Kind::Number { .. } | Kind::Integer { .. } | Kind::CountOrAuto
                ) && call.named(param.name).is_none()
            };
            let number = entry.params.iter().find(is_number)?;
            line += &format!("{}={}", number.name, typed(arg));
        }
        let headline = format!("`{}` is a word", param.name);
        let label = format!("would be `{}`", param.name);
        let error = self.error(code::INVALID_VALUE, headline, span, label);
        Some(error.help(self.in_line(span, &line)).fix(span, line))
    }

    /// `umap adata leiden`: what `plot` draws.
    fn drawn_by_another(
        &self,
        entry: &Entry,
        (call, subject): (&Call, &Name),
        arg: &Arg,
        param: &Param,
    ) -> Option<Box<Diagnostic>> {
        let takes = !matches!(
            param.kind,
            Kind::Number { .. } | Kind::Integer { .. } | Kind::CountOrAuto | Kind::Bool
        );
        let word = arg.value.bare_name().filter(|_| arg.name.is_none())?;
        self.registry.get(&word.text)?;
        let is_alone = self.in_line(call.span, "").is_empty() && call.args.len() == 2;
        if takes || !is_alone || entry.group != Group::Structure {
            return None;
        }
        self.maker_of(Place::Obs, &word.text)?;
        let plot = self.registry.get("plot")?;
        let (name, subject) = (entry.spec.name, &subject.text);
        let basis = unusual_embedding(entry, plot).map_or(String::new(), |key| {
            format!(" basis={}", key.trim_start_matches("X_"))
        });
        let line = format!(
            "{name} {subject}; plot {subject} color={}{basis}",
            word.text
        );
        let headline = format!("`{name}` draws nothing");
        let error = self.error(
            code::INVALID_VALUE,
            headline,
            arg.span,
            "is drawn by `plot`",
        );
        Some(error.help(line.clone()).fix(call.span, line))
    }

    /// `filter adata where (total_counts > 100)`.
    fn before_condition(
        &self,
        call: &Call,
        at: usize,
        param: &Param,
        data: &Dataset,
    ) -> Option<Box<Diagnostic>> {
        let (arg, next) = (&call.args[at], call.args.get(at + 1)?);
        let word = arg.value.bare_name().filter(|_| arg.name.is_none())?;
        let is_word = BEFORE_CONDITIONS.contains(&&*word.text) && param.kind == Kind::Cells;
        if !is_word || data.obs.contains_key(&word.text) || next.name.is_some() {
            return None;
        }
        let headline = format!("no `{}` before a condition", word.text);
        let error = self.error(code::PUNCTUATION, headline, arg.span, "leave it out");
        let span = Span::new(arg.span.start, next.span.start);
        Some(error.help(self.in_line(span, "")).fix(span, ""))
    }

    /// `filter adata leiden=0`: a column where a parameter is named.
    pub(in crate::eval) fn condition_as_argument(
        &self,
        entry: &Entry,
        call: &Call,
        name: &str,
    ) -> Option<(String, Span, String)> {
        entry
            .params
            .get(1)
            .filter(|param| param.kind == Kind::Cells)?;
        let subject = call
            .positional()
            .next()
            .and_then(|arg| arg.value.bare_name());
        let data = match subject.and_then(|subject| self.session.get(&subject.text)) {
            Some(Val::Dataset(data, None)) => data,
            _ => self.session.current()?.1,
        };
        let column = data.obs.get(name)?;
        let arg = call.named(name)?;
        let is_number = matches!(column.value.promise(), Promise::Column(ColumnType::Number));
        let quoted = |value: &crate::lang::ast::Expr| {
            let typed = value.span.text(&self.source.text);
            match value.kind {
                ExprKind::Number(_) | ExprKind::Name(_) if !is_number => format!("\"{typed}\""),
                _ => typed.to_owned(),
            }
        };
        let key = spelled(name);
        let condition = match &arg.value.kind {
            ExprKind::List(items) => {
                let items: Vec<String> = items.iter().map(quoted).collect();
                format!("({key} in [{}])", items.join(", "))
            }
            _ => format!("({key} == {})", quoted(&arg.value)),
        };
        Some(("is a column".to_owned(), arg.span, condition))
    }
}

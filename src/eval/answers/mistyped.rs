//! Arguments that are nearly right: `res 0.5` and `res==0.5` for `res=0.5`, `pcs=1..11` for the
//! first ten, `group.by=` for `by=`, datasets side by side where a list is wanted.

use crate::command::value::number_text;
use crate::command::{Entry, Kind, Param, Val};
use crate::data::{Dataset, Place};
use crate::diagnostic::{Diagnostic, code};
use crate::eval::Interpreter;
use crate::eval::answers::translated::first_numbers;
use crate::lang::ast::{Arg, Binary, Call, Expr, ExprKind, Name};
use crate::source::Span;

impl Interpreter<'_> {
    /// What is wrong with arguments before it is looked at which parameters they are.
    pub(in crate::eval) fn mistyped(&self, entry: &Entry, call: &Call) -> Option<Box<Diagnostic>> {
        let each = || call.args.iter().enumerate();
        self.text_without_quotes(entry, call)
            .or_else(|| each().find_map(|(at, arg)| self.without_equals(entry, call, at, arg)))
            .or_else(|| each().find_map(|(_, arg)| self.with_two_equals(entry, call, arg)))
            .or_else(|| each().find_map(|(_, arg)| self.dotted_name(entry, call, arg)))
            .or_else(|| each().find_map(|(_, arg)| self.counted_by_range(entry, arg)))
            .or_else(|| each().find_map(|(_, arg)| self.values_between(entry, arg)))
            .or_else(|| self.columns_side_by_side(entry, call))
            .or_else(|| self.values_side_by_side(entry, call))
            .or_else(|| self.embedding_by_place(entry, call))
            .or_else(|| self.record_by_place(entry, call))
            .or_else(|| self.genes_side_by_side(entry, call))
            .or_else(|| self.out_of_place(entry, call))
    }

    /// `leiden adata res 0.5`, and `plot adata edges` for `edges=true`.
    fn without_equals(
        &self,
        entry: &Entry,
        call: &Call,
        at: usize,
        arg: &Arg,
    ) -> Option<Box<Diagnostic>> {
        let name = arg.value.bare_name().filter(|_| arg.name.is_none())?;
        let param = self.mistaken_for_word(entry, call, name)?;
        let is_value = |next: &&Arg| next.name.is_none();
        let (span, value) = match (call.args.get(at + 1).filter(is_value), param.kind) {
            (Some(value), _) => {
                let text = value.span.text(&self.source.text);
                (arg.span.to(value.span), text.to_owned())
            }
            (None, Kind::Bool) => (arg.span, "true".to_owned()),
            // `leiden adata resolution`: the value is missing, too.
            (None, Kind::Number { .. } | Kind::Integer { .. }) => {
                let headline = format!("`{}` needs `=` and a value", name.text);
                let line = format!("{}={}", param.name, param.default?());
                let error = self.error(code::VALUE_EXPECTED, headline, arg.span, "has no value");
                return Some(
                    error
                        .help(self.in_line(arg.span, &line))
                        .fix(arg.span, line),
                );
            }
            (None, _) => return None,
        };
        let headline = format!("`{}` needs `=` before its value", name.text);
        let line = format!("{}={value}", param.name);
        let error = self.error(code::PUNCTUATION, headline, span, "has no `=`");
        Some(error.help(self.in_line(span, &line)).fix(span, line))
    }

    /// `leiden adata (res==0.5)`.
    fn with_two_equals(&self, entry: &Entry, call: &Call, arg: &Arg) -> Option<Box<Diagnostic>> {
        let compared = arg.value.inner();
        let ExprKind::Binary(Binary::Equal, left, right) = &compared.kind else {
            return None;
        };
        let name = left.bare_name().filter(|_| arg.name.is_none())?;
        let param = self.mistaken_for_word(entry, call, name)?;
        let value = right.span.text(&self.source.text);
        let line = format!("{}={value}", param.name);
        let headline = format!("`{}` is a parameter, which takes a single `=`", param.name);
        let error = self.error(
            code::PUNCTUATION,
            headline,
            compared.span,
            "is a comparison",
        );
        Some(
            error
                .help(self.in_line(arg.span, &line))
                .fix(arg.span, line),
        )
    }

    /// The parameter that a word names, if it can be nothing else: no variable, no column or gene,
    /// nothing that the command takes as a word.
    fn mistaken_for_word<'e>(
        &self,
        entry: &'e Entry,
        call: &Call,
        name: &Name,
    ) -> Option<&'e Param> {
        // The dataset comes first, whatever it is called.
        let param = entry.param(&name.text).filter(|it| it.kind != Kind::Data)?;
        let takes_any_word = |param: &Param| matches!(param.kind, Kind::Name | Kind::Subject);
        let is_choice = |param: &Param| match param.kind {
            Kind::Choice(words) => words.iter().any(|(word, _)| *word == name.text),
            _ => false,
        };
        let taken = |param: &Param| takes_any_word(param) || is_choice(param);
        if entry.params.iter().any(taken) || self.session.get(&name.text).is_some() {
            return None;
        }
        let of = call
            .positional()
            .next()
            .and_then(|arg| arg.value.bare_name());
        let of = of.and_then(|of| self.session.get(&of.text));
        let data: Option<&Dataset> = match (of, self.session.current()) {
            (Some(Val::Dataset(data, _)), _) => Some(data),
            (_, Some((_, data))) => Some(data),
            _ => None,
        };
        let of_data = data.is_some_and(|data| {
            let places = [Place::Obs, Place::Var];
            places
                .iter()
                .any(|&side| self.known_in(data, side, &name.text))
        });
        (!of_data).then_some(param)
    }

    /// `` plot adata `group.by`=batch ``, as R's users call the parameter: the whole call in our form.
    fn dotted_name(&self, entry: &Entry, call: &Call, arg: &Arg) -> Option<Box<Diagnostic>> {
        let name = arg.name.as_ref().filter(|name| name.text.contains('.'))?;
        let headline = format!("`{}` has no parameter `{}`", entry.spec.name, name.text);
        let label = match entry.param(&name.text) {
            Some(param) => format!("is called `{}` here", param.name),
            None => "is R syntax".to_owned(),
        };
        let error = self.error(code::NO_SUCH_PARAMETER, headline, name.span, label);
        let ours = self.as_ours(entry, entry.spec.name, call);
        Some(ours.answering(self, call.span, error))
    }

    /// `neighbors adata dims=1:10`: how many, not which.
    fn counted_by_range(&self, entry: &Entry, arg: &Arg) -> Option<Box<Diagnostic>> {
        let param = entry.param(&arg.name.as_ref()?.text)?;
        let is_number = matches!(param.kind, Kind::Integer { .. }) && !param.many;
        let range = arg.value.inner();
        if !is_number || !matches!(range.kind, ExprKind::Range(..)) {
            return None;
        }
        let headline = format!("`{}` needs {}", param.name, param.kind.words());
        let error = |label| self.error(code::INVALID_VALUE, &headline, range.span, label);
        Some(match first_numbers(range) {
            Some(n) => {
                let line = format!("{}={}", param.name, number_text(n));
                let help = self.in_line(arg.span, &line);
                error("is a range").help(help).fix(arg.span, line)
            }
            None => error("is a range that does not begin with the first"),
        })
    }

    /// `plot adata umap`: the embedding stands where columns and genes do.
    fn embedding_by_place(&self, entry: &Entry, call: &Call) -> Option<Box<Diagnostic>> {
        let is_plot = entry.spec.name == "plot" && call.named("basis").is_none();
        let arg = call.positional().nth(1).filter(|_| is_plot)?;
        let name = arg.value.bare_name()?;
        self.maker_of(Place::Obsm, &format!("X_{}", name.text))?;
        let current = self.session.current();
        if current.is_some_and(|(_, data)| self.known_in(data, Place::Obs, &name.text)) {
            return None;
        }
        let headline = format!("`{}` is an embedding, not a column or gene", name.text);
        let line = format!("basis={}", name.text);
        let error = self.error(code::PUNCTUATION, headline, arg.span, "needs `basis=`");
        Some(
            error
                .help(self.in_line(arg.span, &line))
                .fix(arg.span, line),
        )
    }

    /// `label adata leiden {0: B}`: a record stands for the parameter that takes one.
    fn record_by_place(&self, entry: &Entry, call: &Call) -> Option<Box<Diagnostic>> {
        let takes = |param: &&Param| matches!(param.kind, Kind::Record);
        let param = entry.params.iter().find(takes)?;
        let is_record = |arg: &&Arg| matches!(arg.value.kind, ExprKind::Record(_));
        let arg = call.positional().find(is_record)?;
        if call.named(param.name).is_some() {
            return None;
        }
        let line = format!("{}={}", param.name, arg.span.text(&self.source.text));
        let headline = format!("a record here is `{}`", param.name);
        let label = format!("needs `{}=`", param.name);
        let error = self.error(code::PUNCTUATION, headline, arg.span, label);
        Some(
            error
                .help(self.in_line(arg.span, &line))
                .fix(arg.span, line),
        )
    }

    /// `violin adata CD3D LYZ by=leiden`, for `violin adata [CD3D, LYZ] by=leiden`.
    fn genes_side_by_side(&self, entry: &Entry, call: &Call) -> Option<Box<Diagnostic>> {
        let several = entry.params.get(1).filter(|param| {
            param.many
                && matches!(
                    param.kind,
                    Kind::Colors | Kind::GeneNames | Kind::GenesOrColumns
                )
        })?;
        let first = call.positional().next()?.value.bare_name()?;
        let Some(Val::Dataset(data, _)) = self.session.get(&first.text) else {
            return None;
        };
        // A column behind a gene is what `violin` groups by.
        let by_place = entry.params.get(2).map(|param| param.kind);
        let or_columns = !matches!(by_place, Some(Kind::Groups | Kind::Obs));
        let is_gene = |arg: &&Arg| {
            let name = self.bare_word(&arg.value);
            name.is_some_and(|name| {
                crate::eval::names::is_gene(data, &name.text)
                    || or_columns && data.obs.contains_key(&name.text)
            })
        };
        let genes: Vec<&Arg> = call.positional().skip(1).take_while(is_gene).collect();
        let (first, last) = (genes.first()?, genes.last()?);
        if genes.len() < 2 {
            return None;
        }
        let names = genes.iter().map(|arg| arg.span.text(&self.source.text));
        let list = format!("[{}]", names.collect::<Vec<_>>().join(", "));
        let span = first.span.to(last.span);
        let headline = format!("several `{}` are a list", several.name);
        let error = self.error(code::PUNCTUATION, headline, span, "put them in brackets");
        Some(error.help(self.in_line(span, &list)).fix(span, list))
    }

    /// `concat a b`, for `concat [a, b]`, and `figure plot(a) violin(a, CD3D)`.
    fn values_side_by_side(&self, entry: &Entry, call: &Call) -> Option<Box<Diagnostic>> {
        let kind = entry.params.first()?.kind;
        let fits = |arg: &&Arg| {
            let variable = arg.value.bare_name();
            let value = variable.and_then(|name| self.session.get(&name.text));
            match (kind, value) {
                (Kind::Datasets, Some(Val::Dataset(..))) => true,
                (Kind::Figures, Some(Val::Figure(..))) => true,
                (Kind::Figures, _) => is_call(&arg.value),
                _ => false,
            }
        };
        let given: Vec<&Arg> = call.positional().take_while(fits).collect();
        let (first, last) = (given.first()?, given.last()?);
        if given.len() < 2 {
            return None;
        }
        let names = given.iter().map(|arg| arg.span.text(&self.source.text));
        let list = format!("[{}]", names.collect::<Vec<_>>().join(", "));
        let span: Span = first.span.to(last.span);
        let headline = format!("`{}` takes {}", entry.spec.name, kind.words());
        let error = self.error(code::PUNCTUATION, headline, span, "put them in brackets");
        Some(error.help(self.in_line(span, &list)).fix(span, list))
    }
}

/// A call, also in parentheses.
fn is_call(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Call(_) => true,
        ExprKind::Paren(inner) => is_call(inner),
        _ => false,
    }
}

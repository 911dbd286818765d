//! Laws of the language's front end, tried on texts that nobody wrote.

use proptest::prelude::*;
use sca::diagnostic::Diagnostic;
use sca::diagnostic::code;
use sca::lang::ast::{Expr, ExprKind, Selector, Statement, StatementKind};
use sca::lang::cursor::{context_at, word_at};
use sca::lang::highlight::{Class, tokens};
use sca::lang::layout::layout;
use sca::lang::outline::outline;
use sca::lang::{Parsed, format, parse, walk};
use sca::source::{Source, Span};
use std::collections::HashSet;
use std::sync::mpsc::channel;
use std::time::Duration;

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_is_read(text in "\\PC{0,60}|(?s:.){0,40}") {
        holds_together(&text);
    }

    #[test]
    fn any_words_are_read(text in soup()) {
        holds_together(&text);
    }

    #[test]
    fn layout_keeps_every_byte_in_its_place(text in soup()) {
        let found = layout(&text);
        prop_assert_eq!(found.text.len(), text.len());
        for (was, is) in text.bytes().zip(found.text.bytes()) {
            prop_assert!(is == was || is == b' ', "{}", text);
        }
        let mut end = 0;
        for piece in &found.pieces {
            prop_assert!(piece.span.start >= end && piece.span.end > piece.span.start);
            end = piece.span.end;
        }
    }

    #[test]
    fn colors_agree_with_the_tree(text in program()) {
        let parsed = parse(&Source::new("law", text.clone()));
        let mut called = HashSet::new();
        let mut named = HashSet::new();
        walk::calls(&parsed.statements, &mut |call| {
            called.extend(call.name().map(|it| it.span));
            named.extend(call.args.iter().filter_map(|it| it.name.as_ref()).map(|it| it.span));
        });
        // The names in `param x` and `def f(b=1)` have the same colors.
        let defined = |span: Span| ["param ", "def ", "def f(a, "]
            .iter()
            .any(|it| text[..span.start].ends_with(it));
        for token in tokens(&text) {
            let class = match token.class {
                Class::Command | Class::Parameter if defined(token.span) => continue,
                class => class,
            };
            let shown = (token.span.text(&text), &text);
            prop_assert_eq!(class == Class::Command, called.contains(&token.span), "{:?}", shown);
            prop_assert_eq!(class == Class::Parameter, named.contains(&token.span), "{:?}", shown);
        }
    }

    #[test]
    fn formatting_keeps_the_meaning(text in program()) {
        let source = Source::new("law", text.clone());
        let before = parse(&source);
        prop_assert!(before.diagnostics.is_empty(), "{}\n{:?}", text, before.diagnostics);
        let once = format(&source, None).unwrap();
        let formatted = Source::new("law", once.clone());
        let after = parse(&formatted);
        prop_assert_eq!(outline(&before.statements), outline(&after.statements), "{}", &once);
        prop_assert_eq!(before.comments.len(), after.comments.len(), "{}\n{}", &text, &once);
        prop_assert_eq!(format(&formatted, None).unwrap(), once, "{}", &text);
    }
}

/// Reading and formatting do not panic, and all places lie within the text.
fn holds_together(text: &str) {
    let source = Source::new("law", text);
    let parsed = parse(&source);
    for told in &parsed.diagnostics {
        well_told(told, text);
    }
    for statement in &parsed.statements {
        assert!(text.get(statement.span.start..statement.span.end).is_some());
    }
    let mut end = 0;
    for token in tokens(text) {
        assert!(
            token.span.start >= end && token.span.end > token.span.start,
            "{text:?}"
        );
        let between = &text[end..token.span.start];
        assert!(
            between
                .chars()
                .all(|it| it.is_whitespace() || it == '\u{feff}'),
            "{text:?}"
        );
        end = token.span.end;
    }
    for cursor in 0..=text.len() {
        let context = context_at(text, cursor);
        assert!(text.get(context.span.start..context.span.end).is_some());
        assert!(word_at(text, cursor).is_none_or(|it| text.get(it.start..it.end).is_some()));
    }
    let formatted = format(&source, None);
    assert_eq!(formatted.is_ok(), parsed.diagnostics.is_empty(), "{text:?}");
}

fn well_told(told: &Diagnostic, text: &str) {
    let inside = |span: Span| text.get(span.start..span.end).is_some();
    assert!(code::entry(told.code).is_some());
    assert!(!told.labels.is_empty(), "{told:?}");
    assert!(told.labels.iter().all(|it| inside(it.span)), "{told:?}");
    assert!(told.fix.iter().all(|it| inside(it.span)), "{told:?}");
}

fn soup() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "adata",
        "leiden",
        "res",
        "7SK",
        "`HLA-DRA`",
        "`",
        "x",
        "if",
        "else",
        "for",
        "in",
        "def",
        "return",
        "not",
        "and",
        "or",
        "use",
        "param",
        "as",
        "none",
        "True",
        "import",
        "elif",
        "lambda",
        "function",
        "1",
        "0.5",
        ".5",
        "1e400",
        "\"a\"",
        "\"{x}\"",
        "\"{",
        "'r'",
        "\"",
        "'",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "=",
        "==",
        "<",
        "<-",
        "|",
        "|>",
        "%>%",
        "&&",
        "!",
        "~",
        "-",
        "+",
        "+=",
        "**",
        "^",
        "..",
        ".",
        ",",
        ";",
        ":",
        "::",
        "->",
        "$",
        "“",
        "\u{a0}",
        "µ",
        "# comment",
        "\n",
        "\r\n",
        "\\\n",
        "\\",
    ];
    let word = (prop::sample::select(WORDS), prop::bool::weighted(0.6));
    prop::collection::vec(word, 0..40).prop_map(|words| {
        let spaced = words.iter().map(|(word, space)| {
            if *space {
                format!("{word} ")
            } else {
                word.to_string()
            }
        });
        spaced.collect()
    })
}

// ---- programs without mistakes ----------------------------------------------

/// White space as it may stand within brackets.
fn free() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["", "", " ", "\n  ", " # note\n", "\n# own\n  "][..])
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(&["a", "adata", "notch1a", "µ", "`HLA-DRA`", "_x"][..])
        .prop_map(str::to_string)
}

fn leaf() -> impl Strategy<Value = String> {
    let word = prop::sample::select(
        &[
            "1",
            "0.5",
            "1e4",
            "2_000",
            "true",
            "none",
            "\"a {b} \\\" c\"",
            "'^MT-\\d'",
            "\"#\"",
        ][..],
    );
    prop_oneof![name(), word.prop_map(str::to_string)]
}

/// Comma-separated items in brackets, with anything between them.
fn bracketed(
    open: &'static str,
    close: &'static str,
    item: impl Strategy<Value = String> + 'static,
    least: usize,
) -> impl Strategy<Value = String> {
    let items = prop::collection::vec((free(), item, free()), least..4);
    (items, any::<bool>(), free()).prop_map(move |(items, trailing, end)| {
        let comma = if trailing && !items.is_empty() {
            ","
        } else {
            ""
        };
        let items: Vec<_> = items
            .into_iter()
            .map(|(a, item, b)| format!("{a}{item}{b}"))
            .collect();
        format!("{open}{}{comma}{end}{close}", items.join(","))
    })
}

/// Named ones after the others, each name once.
fn arguments(value: BoxedStrategy<String>) -> BoxedStrategy<Vec<String>> {
    let named = prop::option::of(value.clone());
    (prop::collection::vec(value, 1..3), named)
        .prop_map(|(mut args, named)| {
            args.extend(named.map(|value| format!("res={value}")));
            args
        })
        .boxed()
}

fn operand(expr: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let parenthesis = expr.clone().prop_map(|it| format!("({it})"));
    let argument = prop_oneof![leaf(), parenthesis].boxed();
    let pipe = pipeline_of(expr.clone(), argument);
    let call = arguments(expr.clone()).prop_map(|args| args.join(", "));
    let selector = prop_oneof![3 => expr.clone(), 1 => Just(":".to_string())];
    let key = prop::sample::select(&["a", "\"b\""][..]);
    let entry =
        (key, free(), expr.clone()).prop_map(|(key, gap, value)| format!("{key}:{gap}{value}"));
    prop_oneof![
        leaf(),
        bracketed("[", "]", expr.clone(), 0),
        bracketed("{", "}", entry, 0),
        (name(), bracketed("[", "]", selector, 1)).prop_map(|(a, b)| a + &b),
        (name(), free(), call, free()).prop_map(|(a, l, b, r)| format!("{a}({l}{b}{r})")),
        (name(), name()).prop_map(|(a, b)| format!("{a}.{b}")),
        (free(), pipe, free()).prop_map(|(l, it, r)| format!("({l}{it}{r})")),
        Just("f()".to_string()),
    ]
    .boxed()
}

fn expr() -> BoxedStrategy<String> {
    leaf()
        .boxed()
        .prop_recursive(4, 40, 4, |expr| {
            let operators = &[
                "or", "and", "==", "<", ">=", "in", "not in", "~", "+", "-", "*", "/", "**", "..",
            ][..];
            let side = operand(expr.boxed());
            let prefixed = (
                prop::sample::select(&["", "", "not ", "-", "- "][..]),
                side.clone(),
            )
                .prop_map(|(sign, it)| format!("{sign}{it}"));
            let more = (prop::sample::select(operators), prefixed.clone());
            (prefixed, prop::collection::vec(more, 0..3)).prop_map(|(first, rest)| {
                rest.iter().fold(first, |left, (sign, right)| {
                    format!("{left} {sign} {right}")
                })
            })
        })
        .boxed()
}

fn command_of(operand: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let value = prop_oneof![9 => operand, 1 => Just("-5".to_string())].boxed();
    (name(), arguments(value))
        .prop_map(|(name, args)| format!("{name} {}", args.join("  ")))
        .boxed()
}

fn pipeline_of(
    expr: BoxedStrategy<String>,
    operand: BoxedStrategy<String>,
) -> BoxedStrategy<String> {
    let head = prop_oneof![expr, command_of(operand.clone())];
    let stage = prop_oneof![name(), command_of(operand), Just("f()".to_string())];
    let pipe = prop::sample::select(&[" | ", "|", "\n  | ", " |\n", " # note\n# own\n | "][..]);
    (head, prop::collection::vec((pipe, stage), 0..3))
        .prop_map(|(head, stages)| {
            stages
                .iter()
                .fold(head, |left, (pipe, stage)| left + pipe + stage)
        })
        .boxed()
}

fn statement() -> BoxedStrategy<String> {
    let pipeline = || pipeline_of(expr(), operand(expr()));
    let plain = prop_oneof![
        4 => pipeline(),
        3 => (name(), pipeline()).prop_map(|(a, b)| format!("{a}.obs.x = {b}")),
    ];
    plain
        .boxed()
        .prop_recursive(2, 8, 3, |inner| {
            let end = prop::sample::select(&["\n", "; ", " # note\n", "\n\n\n# own\n"][..]);
            let body = prop::collection::vec((inner.clone(), end), 0..3);
            let block = body.prop_map(|body| {
                let lines: String = body.into_iter().map(|(it, end)| it + end).collect();
                format!("{{ {lines} }}")
            });
            // Without parentheses a record would be taken for the block.
            let condition = || operand(expr()).prop_map(|it| format!("({it})"));
            prop_oneof![
                2 => inner,
                1 => (name(), condition(), block.clone())
                    .prop_map(|(a, list, block)| format!("for {a} in {list} {block}")),
                1 => (condition(), block.clone(), block).prop_map(|(c, yes, no)| {
                    format!("if {c} {yes} else if not {c} {no}\nelse {yes}")
                }),
            ]
        })
        .boxed()
}

fn program() -> impl Strategy<Value = String> {
    let end = prop::sample::select(&["\n", ";", "\r\n", "\n\n\n", "  # note\n", "\n # own\n"][..]);
    let use_and_param = Just("use \"a\" as b\nparam x = -1 \"doc\" # note\n".to_string());
    let def = statement().prop_map(|it| format!("def f(a, b=[1, # note\n 2]) {{ return; {it} }}"));
    let statement = prop_oneof![8 => statement(), 1 => use_and_param, 1 => def];
    let first = prop::sample::select(&["", "", "", "| f x=1 | g # note\n  | h\n"][..]);
    (first, prop::collection::vec((statement, end), 0..4)).prop_map(|(first, list)| {
        list.into_iter()
            .fold(first.to_string(), |text, (it, end)| text + &it + end)
    })
}

// ---- depth and length -------------------------------------------------------

/// In a thread with little stack, as tests and rayon have. Frames of code that is not optimized
/// take four times as much.
fn with_little_stack(work: impl FnOnce() + Send + 'static) {
    let size = if cfg!(debug_assertions) { 8 } else { 2 };
    let thread = std::thread::Builder::new().stack_size(size << 20);
    thread.spawn(work).unwrap().join().unwrap();
}

fn read(text: &str) -> Parsed {
    parse(&Source::new("law", text))
}

#[test]
fn depth_is_bounded_and_told() {
    with_little_stack(|| {
        let deep = 100_000;
        let texts = [
            "(".repeat(deep),
            "(".repeat(deep) + "x" + &")".repeat(deep),
            "[".repeat(deep) + &"]".repeat(deep),
            "f(".repeat(deep) + &")".repeat(deep),
            "x[".repeat(deep) + "1" + &"]".repeat(deep),
            "{a: ".repeat(deep) + "1" + &"}".repeat(deep),
            "if a { ".repeat(deep) + &"}".repeat(deep),
            "x = ".to_string() + &"-".repeat(deep) + "1",
            "x = ".to_string() + &"not ".repeat(deep) + "y",
            "x = 1".to_string() + &" + 1".repeat(deep),
            "x = 1".to_string() + &" ** 1".repeat(deep),
            "x = a".to_string() + &".a".repeat(deep),
            "x = a".to_string() + &"[0]".repeat(deep),
            "x = a".to_string() + &"()".repeat(deep),
            "x = \"{".to_string() + &"(".repeat(deep) + &")".repeat(deep) + "}\"",
        ];
        for text in texts {
            let codes: Vec<_> = read(&text).diagnostics.iter().map(|it| it.code).collect();
            let told = codes.contains(&"E017") || codes.contains(&"E001");
            assert!(told, "{} {codes:?}", &text[..12]);
        }
    });
}

#[test]
fn what_is_just_allowed_is_read_and_formatted() {
    with_little_stack(|| {
        let texts = [
            "(".repeat(200) + "x" + &")".repeat(200),
            "f (".repeat(200) + "x" + &")".repeat(200),
            "f(".repeat(200) + "x" + &")".repeat(200),
            "[".repeat(200) + &"]".repeat(200),
            "if a { ".repeat(200) + &"}".repeat(200),
            "x = 1".to_string() + &" or 1".repeat(200),
            "x = ".to_string() + &"-".repeat(450) + "1",
            "x = 1".to_string() + &" ** 1".repeat(190),
        ];
        for text in texts {
            let parsed = read(&text);
            assert!(
                parsed.diagnostics.is_empty(),
                "{} {:?}",
                &text[..12],
                parsed.diagnostics
            );
            assert!(format(&Source::new("law", text.clone()), None).is_ok());
            assert!(parsed.statements.iter().all(|it| height(it) <= 500));
        }
    });
}

/// Only along the first children; enough for the texts above.
fn height(statement: &Statement) -> usize {
    match &statement.kind {
        StatementKind::Expr(it) | StatementKind::Assign { value: it, .. } => expr_height(it),
        StatementKind::If { branches, .. } => {
            let inner = branches[0].body.statements.first();
            1 + inner.map_or(0, height)
        }
        _ => 1,
    }
}

fn expr_height(expr: &Expr) -> usize {
    1 + match &expr.kind {
        ExprKind::Paren(it) | ExprKind::Unary(_, it) | ExprKind::Field(it, _) => expr_height(it),
        ExprKind::Binary(_, a, b) => expr_height(a).max(expr_height(b)),
        ExprKind::List(items) => items.first().map_or(0, expr_height),
        ExprKind::Call(call) => call.args.first().map_or(0, |it| expr_height(&it.value)),
        ExprKind::Index(_, places) => match places.first() {
            Some(Selector::Expr(it)) => expr_height(it),
            _ => 0,
        },
        _ => 0,
    }
}

/// All of it takes a second or two; a reader that takes quadratic time would need minutes.
#[test]
fn long_texts_take_time_in_proportion() {
    let list: String = (0..50_000).map(|i| format!("\"gene{i}\", # c\n")).collect();
    let texts = [
        "leiden adata res=0.6 key=\"a_{b}\" # note\n".repeat(10_000),
        format!("x = [{list}]"),
        "a | b x=1\n".repeat(10_000),
        "if a { b } else { c }\n".repeat(10_000),
        "x = (1 +\n".repeat(10_000),
        "x = * 3\n".repeat(5_000),
        "x = \"".to_string() + &"{a} ".repeat(20_000) + "\"",
        "\n".repeat(500_000),
        "# c\n".repeat(100_000),
        ")".repeat(100_000),
        "a &\n".repeat(20_000),
        "\"".repeat(100_001),
        "f ".repeat(50_000),
    ];
    let (n, (done, end)) = (texts.len(), channel());
    std::thread::spawn(move || {
        for text in texts {
            read(&text);
            let _ = done.send(());
        }
    });
    for number in 0..n {
        let read = end.recv_timeout(Duration::from_secs(120));
        assert!(read.is_ok(), "text {number}: {read:?}");
    }
}

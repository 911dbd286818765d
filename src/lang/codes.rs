//! What `help E004` says of the mistakes that are seen without knowing any command.

/// Code, title, and a paragraph that explains it. Sorted by code.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "E001",
        "a bracket is never closed",
        "Every ( [ and { must be closed. Within brackets a line break does not end the \
         statement, so the statement continues to the end of the text. The message points at \
         the opening bracket.",
    ),
    (
        "E002",
        "mismatched brackets",
        "Brackets are closed in the reverse of the order in which they were opened, each by its \
         own kind: f(a, [b, c]).",
    ),
    (
        "E003",
        "a quote is never closed",
        "Text ends on the line it begins on, with the same quote: \"…\", '…', or `…` for a \
         name. A quote within the text is written \\\" between double quotes.",
    ),
    (
        "E004",
        "operators in arguments need parentheses",
        "The arguments of a command are separated by spaces, so an operator would be ambiguous. \
         Put expressions in parentheses: filter adata (pct_counts_mt < 5).",
    ),
    (
        "E005",
        "a value is missing",
        "A value must follow =, an operator, a comma, or |, and an index cannot be empty. At \
         the prompt, a line that ends in an operator continues on the next line.",
    ),
    (
        "E006",
        "two statements without a separator",
        "A statement ends with its line, or with a semicolon: qc adata; pca adata.",
    ),
    (
        "E007",
        "a name needs backticks",
        "A name consists of letters, digits, and _ and does not begin with a digit. Other names \
         go in backticks: `7SK`, `HLA-DRA`, `leiden_0.4`.",
    ),
    (
        "E008",
        "a reserved word is out of place",
        "Fifteen words are reserved: and as def else false for if in none not or param return \
         true use. As names they need backticks: adata.obs.`in`. For a value that depends on a \
         condition, use when(condition, value, otherwise).",
    ),
    (
        "E009",
        "an R pipe",
        "A plain | passes data along, as in adata | normalize | log1p. The dataset becomes the \
         first argument of each command.",
    ),
    (
        "E010",
        "an operator of another language",
        "Conditions use and, or, not, and in. Powers are written **, and | passes data along to \
         a command.",
    ),
    (
        "E011",
        "an assignment of another language",
        "A single = assigns a value, with the name on the left: x = x + 1.",
    ),
    (
        "E012",
        "true, false, and none are lowercase",
        "Write true, false, and none. A column named True needs backticks.",
    ),
    (
        "E013",
        "no package needs to be loaded",
        "All commands are built in. `help scanpy` and `help seurat` list them by their names \
         there; `use` loads your own functions from a file.",
    ),
    (
        "E014",
        "a block needs braces",
        "if, else, for, and def are followed by statements in { }, on one line or several: for \
         r in [0.2, 0.5] { leiden adata res=r }.",
    ),
    (
        "E015",
        "a special character in text",
        "In double quotes, { } is replaced by a value, and \\ begins one of \\n \\t \\\" \\\\ \
         \\{ \\}. In single quotes everything is literal, which suits regular expressions and \
         Windows paths: '^MT-\\d{2}'. Use single quotes for text within { }.",
    ),
    (
        "E016",
        "not a valid number",
        "Numbers are written 2000, 2_000, 0.6 or 1e4, with digits on both sides of the dot, and \
         cannot exceed about 1.8e308.",
    ),
    (
        "E017",
        "nested too deeply",
        "Brackets and blocks can be nested 200 deep, and an expression can have a few hundred \
         operators. Assign a part of it to a variable first.",
    ),
    (
        "E018",
        "a pipeline continues with a command",
        "The command or function after | receives the data on its left as its first argument, \
         with or without further arguments: adata | pca n=50.",
    ),
    (
        "E019",
        "ranges are written with two dots",
        "0..100 is the numbers from 0 up to, but not including, 100. A colon alone means all: \
         adata[:, highly_variable].",
    ),
    (
        "E020",
        "this cannot be assigned to",
        "The left side of = is a variable or one of its columns: adata.obs.group = …. Values \
         are never changed in place.",
    ),
    (
        "E021",
        "else does not follow an if",
        "else must follow the } of an if, on the same line or the next. At the prompt it must \
         be on the same line, because the } ends the statement.",
    ),
    (
        "E022",
        "a look-alike character",
        "Word processors and web pages replace quotes, minus signs, and spaces with similar \
         characters. Only the plain ones are accepted.",
    ),
    (
        "E023",
        "a duplicate name",
        "Each parameter of a command takes one value, and the parameters of a function need \
         different names.",
    ),
    (
        "E024",
        "incomplete start of a block",
        "for x in list { … }, if condition { … }, def f(a, b=1) { … }. A command there needs \
         parentheses: for row in (read \"samples.csv\") { … }.",
    ),
    (
        "E025",
        "a statement is out of place",
        "return is allowed only in a function; def, param, and use only outside blocks. A | at \
         the start continues from the last result, so only the first statement can begin with \
         it.",
    ),
    (
        "E026",
        "a missing or extra comma, space, or symbol",
        "Separate the arguments of a command with spaces, those of the call form with commas: \
         leiden adata res=0.6 is leiden(adata, res=0.6). One = assigns a value, two compare.",
    ),
    (
        "E027",
        "use a dot to access parts",
        "adata.obs.leiden is the column, whatever it is called in the file. Commands are single \
         names without a package.",
    ),
    (
        "E028",
        "unexpected input",
        "The statement is valid up to the marked position. A statement is a command with \
         arguments, a value, a pipeline, or a name = one of these.",
    ),
    (
        "E029",
        "a construct of another language",
        "There is no while, no anonymous function, and no prefix before text. for loops over a \
         list or a range; def defines a function.",
    ),
];

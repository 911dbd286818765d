//! What `help E004` says of the mistakes that are seen without knowing any command.

/// Code, title, and a paragraph that explains it. Sorted by code.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "E001",
        "a bracket is never closed",
        "Every ( [ and { needs its counterpart. Within brackets a line break does not end the \
         statement, so the reader looks for the end until the text is over. The message points \
         at the bracket that was opened.",
    ),
    (
        "E002",
        "a bracket closes another one, or nothing",
        "Brackets are closed in the opposite order in which they were opened, each by its own \
         kind: f(a, [b, c]).",
    ),
    (
        "E003",
        "a quote is never closed",
        "A text ends on the line it begins on, with the same quote: \"…\", '…', or `…` for a \
         name. A quote that belongs to the text is written \\\" between double quotes.",
    ),
    (
        "E004",
        "arguments hold no operators",
        "The arguments of a command are separated by spaces, so an operator among them could belong \
         to any side. Put what belongs together in parentheses: filter adata (pct_counts_mt < 5).",
    ),
    (
        "E005",
        "a value is missing",
        "After =, an operator, a comma or | something has to follow; between brackets of an index \
         something has to stand. At the prompt a line that ends in an operator goes on in the \
         next one.",
    ),
    (
        "E006",
        "two statements with nothing between them",
        "A statement ends with its line, or with a semicolon: qc adata; pca adata.",
    ),
    (
        "E007",
        "a name needs backticks",
        "A name begins with a letter or _ and goes on with letters, digits and _. Other names \
         stand in backticks: `7SK`, `HLA-DRA`, `leiden_0.4`.",
    ),
    (
        "E008",
        "a word of the language stands where it cannot",
        "Fifteen words are reserved: and as def else false for if in none not or param return \
         true use. As names they take backticks: adata.obs.`in`. For a value that depends on a \
         condition there is when(condition, value, otherwise).",
    ),
    (
        "E009",
        "a pipe of R",
        "Data are passed along by a bare |, as in adata | normalize | log1p. The dataset becomes \
         the first argument of each command.",
    ),
    (
        "E010",
        "an operator of another language",
        "Conditions are joined by and, or, not and in. Powers are written **, and | passes data \
         along to a command.",
    ),
    (
        "E011",
        "an assignment of another language",
        "A value is given to a name by one =, with the name on the left: x = x + 1.",
    ),
    (
        "E012",
        "true, false and none are lower case",
        "The three words are written true, false and none. A column that is called True needs \
         backticks.",
    ),
    (
        "E013",
        "no package needs to be loaded",
        "All commands are there from the start. `help scanpy` and `help seurat` list them by the \
         names used there; `use` reads your own functions from a file.",
    ),
    (
        "E014",
        "a block stands in braces",
        "if, else, for and def are followed by statements in { }, on one line or several: \
         for r in [0.2, 0.5] { leiden adata res=r }.",
    ),
    (
        "E015",
        "something in a text has a meaning of its own",
        "Between double quotes { } is filled in with a value, and \\ begins one of \\n \\t \\\" \\\\ \\{ \
         \\}. Between single quotes everything stands as it is, which is what regular expressions \
         and Windows paths want: '^MT-\\d{2}'. A text within { } takes single quotes.",
    ),
    (
        "E016",
        "a number is not written like this",
        "Numbers are written 2000, 2_000, 0.6 or 1e4, with digits on both sides of the dot, and \
         are not larger than about 1.8e308.",
    ),
    (
        "E017",
        "nested too deeply",
        "Brackets and blocks go 200 deep, and an expression holds at most some hundred operators. \
         Give a name to a part of it, in a line before.",
    ),
    (
        "E018",
        "a pipeline goes on with a command",
        "What follows a | receives the data from its left as first argument, so it is a command \
         or a function, with or without further arguments: adata | pca n=50.",
    ),
    (
        "E019",
        "a range is written with two dots",
        "0..100 are the numbers from 0 up to, without, 100. A colon alone stands for all of them: \
         adata[:, highly_variable].",
    ),
    (
        "E020",
        "this cannot be given a value",
        "On the left of = stands one variable or the path to one of its columns: adata.obs.group = \
         …. Values are never changed in place.",
    ),
    (
        "E021",
        "else does not follow an if",
        "else stands right behind the } of an if, on the same line or the next one. At the prompt \
         it must be on the same line, since the } ends the statement.",
    ),
    (
        "E022",
        "a sign that only looks right",
        "Word processors and web pages replace quotes, minus signs and spaces by others that look \
         nearly the same. Only the plain ones are read.",
    ),
    (
        "E023",
        "a name is given twice",
        "Each parameter of a command takes one value, and the parameters of a function have \
         different names.",
    ),
    (
        "E024",
        "the beginning of a block is not complete",
        "for x in list { … }, if condition { … }, def f(a, b=1) { … }. A command there needs \
         parentheses: for row in (read \"samples.csv\") { … }.",
    ),
    (
        "E025",
        "a statement stands where it cannot",
        "return belongs into a function; def, param and use stand outside of all blocks. A | at \
         the beginning goes on from the last result, so it begins the first statement only.",
    ),
    (
        "E026",
        "a comma, a space or a sign is missing or too many",
        "Arguments of a command are parted by spaces, those of the call form by commas: \
         leiden adata res=0.6 is leiden(adata, res=0.6). One = gives a value, two compare.",
    ),
    (
        "E027",
        "what is inside is reached by a dot",
        "adata.obs.leiden is the column, whatever the file calls its parts. Commands are single \
         names and belong to no package.",
    ),
    (
        "E028",
        "something does not fit where it stands",
        "The statement can be read up to the place that is marked. A statement is a command with \
         arguments, a value, a pipeline, or a name = one of these.",
    ),
    (
        "E029",
        "a construction of another language",
        "There is no while, no function without a name and no letter in front of a text. for goes \
         through a list or a range, def makes a function.",
    ),
];

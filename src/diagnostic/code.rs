//! Stable codes of errors and warnings. Each has one meaning, a title and an explanation, which `help E042`
//! prints, and what it means for the exit status. This is the only place where codes are spelled.

/// What a mistake means for the exit status of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// None: a warning.
    Fine,
    /// Something is wrong with the script, the data or a file.
    Wrong,
    /// The work does not fit into the memory setting.
    Memory,
    Stopped,
    /// Something is wrong with the words after `sca`.
    Usage,
    /// Something is wrong with sca.
    Bug,
}

/// A code, as `help` and the manual explain it.
#[derive(Debug)]
pub struct Entry {
    pub code: &'static str,
    pub title: &'static str,
    pub explanation: &'static str,
    pub status: Status,
}

/// The entry of a code.
pub fn entry(code: &str) -> Option<&'static Entry> {
    let at = CODES.binary_search_by(|entry| entry.code.cmp(code));
    at.ok().map(|at| &CODES[at])
}

macro_rules! codes {
    ($($name:ident $status:ident $code:literal $title:literal $explanation:literal)*) => {
        $(#[doc = $title] pub const $name: &str = $code;)*

        /// All codes, sorted.
        pub const CODES: &[Entry] = &[$(Entry {
            code: $code,
            title: $title,
            explanation: $explanation,
            status: Status::$status,
        }),*];
    };
}

codes! {
    UNCLOSED_BRACKET Wrong "E001" "a bracket is never closed"
    "Every ( [ and { must be closed. Within brackets a line break does not end the statement, so the statement continues to the end of the text. The message points at the opening bracket."

    MISMATCHED_BRACKETS Wrong "E002" "mismatched brackets"
    "Brackets are closed in the reverse of the order in which they were opened, each by its own kind: f(a, [b, c])."

    UNCLOSED_QUOTE Wrong "E003" "a quote is never closed"
    "Text ends on the line it begins on, with the same quote: \"…\", '…', or `…` for a name. A quote within the text is written \\\" between double quotes."

    OPERATOR_IN_ARGUMENTS Wrong "E004" "operators in arguments need parentheses"
    "The arguments of a command are separated by spaces, so an operator would be ambiguous. Put expressions in parentheses: filter adata (pct_counts_mt < 5)."

    VALUE_EXPECTED Wrong "E005" "a value is missing"
    "A value must follow =, an operator, a comma, or |, and an index cannot be empty. At the prompt, a line that ends in an operator continues on the next line."

    MISSING_SEPARATOR Wrong "E006" "two statements without a separator"
    "A statement ends with its line, or with a semicolon: qc adata; pca adata."

    NAME_NEEDS_BACKTICKS Wrong "E007" "a name needs backticks"
    "A name consists of letters, digits, and _ and does not begin with a digit. Where a gene or a column is named, others may stand as they are, too: HLA-DRA, 7SK, leiden_0.4. They need backticks where a new name is given, as in adata.obs.`leiden_0.4` = …, and everywhere if there is a space in them: `cell type`."

    RESERVED_WORD Wrong "E008" "a reserved word is out of place"
    "Fifteen words are reserved: and as def else false for if in none not or param return true use. As names they need backticks: adata.obs.`in`. For a value that depends on a condition, use when(condition, value, otherwise)."

    R_PIPE Wrong "E009" "an R pipe"
    "A plain | passes data along, as in adata | normalize | log1p. The dataset becomes the first argument of each command."

    FOREIGN_OPERATOR Wrong "E010" "an operator of another language"
    "Conditions use and, or, not, and in. Powers are written **, and | passes data along to a command."

    FOREIGN_ASSIGNMENT Wrong "E011" "an assignment of another language"
    "A single = assigns a value, with the name on the left: x = x + 1."

    CAPITALIZED_CONSTANT Wrong "E012" "true, false, and none are lowercase"
    "Write true, false, and none. A column named True needs backticks."

    PACKAGE_IMPORT Wrong "E013" "no package needs to be loaded"
    "All commands are built in. `help scanpy` and `help seurat` list them by their names there; `use` loads your own functions from a file."

    MISSING_BRACES Wrong "E014" "a block needs braces"
    "if, else, for, and def are followed by statements in { }, on one line or several: for r in [0.2, 0.5] { leiden adata res=r }."

    SPECIAL_CHARACTER Wrong "E015" "a special character in text"
    "In double quotes, { } is replaced by a value, and \\ begins one of \\n \\t \\\" \\\\ \\{ \\}. In single quotes everything is literal, which suits regular expressions and Windows paths: '^MT-\\d{2}'. Use single quotes for text within { }."

    INVALID_NUMBER Wrong "E016" "not a valid number"
    "Numbers are written 2000, 2_000, 0.6 or 1e4, with digits on both sides of the dot, and cannot exceed about 1.8e308."

    NESTED_TOO_DEEPLY Wrong "E017" "nested too deeply"
    "Brackets and blocks can be nested 200 deep, and an expression can have a few hundred operators. Assign a part of it to a variable first."

    INCOMPLETE_PIPELINE Wrong "E018" "a pipeline continues with a command"
    "The command or function after | receives the data on its left as its first argument, with or without further arguments: adata | pca n=50."

    FOREIGN_RANGE Wrong "E019" "ranges are written with two dots"
    "0..100 is the numbers from 0 up to, but not including, 100. A colon alone means all: adata[:, highly_variable]."

    INVALID_TARGET Wrong "E020" "this cannot be assigned to"
    "The left side of = is a variable or one of its columns: adata.obs.group = …. Values are never changed in place."

    ELSE_WITHOUT_IF Wrong "E021" "else does not follow an if"
    "else must follow the } of an if, on the same line or the next. At the prompt it must be on the same line, because the } ends the statement."

    LOOK_ALIKE_CHARACTER Wrong "E022" "a look-alike character"
    "Word processors and web pages replace quotes, minus signs, and spaces with similar characters. Only the plain ones are accepted."

    DUPLICATE_NAME Wrong "E023" "a duplicate name"
    "Each parameter of a command takes one value, and the parameters of a function need different names."

    INCOMPLETE_BLOCK Wrong "E024" "the start of a block is incomplete"
    "for x in list { … }, if condition { … }, def f(a, b=1) { … }. A command there needs parentheses: for row in (read \"samples.csv\") { … }."

    MISPLACED_STATEMENT Wrong "E025" "a statement is out of place"
    "return is allowed only in a function; def, param, and use only outside blocks. A | at the start continues from the last result, so only the first statement can begin with it."

    PUNCTUATION Wrong "E026" "a missing or extra comma, space, or symbol"
    "Separate the arguments of a command with spaces, those of the call form with commas: leiden adata res=0.6 is leiden(adata, res=0.6). One = assigns a value, two compare."

    DOT_EXPECTED Wrong "E027" "use a dot to access parts"
    "adata.obs.leiden is the column, whatever it is called in the file. Commands are single names without a package."

    UNEXPECTED_INPUT Wrong "E028" "unexpected input"
    "The statement is valid up to the marked position. A statement is a command with arguments, a value, a pipeline, or a name = one of these."

    FOREIGN_CONSTRUCT Wrong "E029" "a construct of another language"
    "There is no while, no anonymous function, and no prefix before text. for loops over a list or a range; def defines a function."

    UNKNOWN_NAME Wrong "E030" "a name is not known"
    "A bare word is looked up among variables, then functions of the script, then commands. Nothing has this name. Columns of a dataset are written adata.obs.name, or bare inside adata[…], filter and color=."

    AMBIGUOUS_WORD Wrong "E031" "a word could mean two things"
    "A column (or a gene, or a fixed word) and a variable have the same name. sca never guesses: \"name\" is always the column, (name) always the variable."

    NO_SUCH_COLUMN Wrong "E032" "no such column"
    "Inside adata[…], filter, color= and by= a bare word is a column of obs, a gene, or a variable. This one is none of them. Names must match those in the file; names with a space need backticks: `cell type`."

    NO_LAST_RESULT Wrong "E033" "nothing to continue from"
    "A line that begins with | continues from the last result, and there is none yet."

    NO_SUCH_FIELD Wrong "E034" "no such field"
    "Records, tables, and uns have named fields; this is not one of them."

    NO_SUCH_PART Wrong "E035" "no such part of a dataset"
    "A dataset has obs, var, layers, obsm, varm, obsp, varp, uns, X, n_obs, n_vars, obs_names and var_names."

    NO_SUCH_GENE_OR_CELL Wrong "E036" "no such gene or cell"
    "Names of genes and cells must match those in the file, including upper and lower case. Genes that were filtered out are missing from later versions; undo goes back."

    NOT_ASSIGNABLE Wrong "E037" "this part cannot be assigned to"
    "adata.obs.name = … and adata.var.name = … add or replace a column, adata.uns.name = … a small value. Matrices are created by commands."

    WRONG_KIND_FOR_SLOT Wrong "E038" "a value of the wrong kind for a slot"
    "A column holds one value for each cell (obs) or gene (var); uns holds numbers, text, lists, and records of them."

    NOT_INDEXABLE Wrong "E039" "this cannot be indexed"
    "adata[cells, genes] selects by a condition, a list of names, or a range; : means all. Positions begin at 0, and 5.. is all from there on, -5.. the last five. Lists and columns are indexed by position, records by name."

    NOT_CALLABLE Wrong "E040" "this cannot be called"
    "Only commands and functions can be called."

    FOREIGN_CALL Wrong "E041" "the call syntax of another tool"
    "sca's commands take their arguments without commas and parentheses: leiden adata res=0.6. help scanpy and help seurat list the equivalents."

    WRONG_SCRIPT_PARAMETER Usage "E042" "a parameter of the wrong type"
    "The value of --name on the command line does not fit the default of the script's param line."

    MISSING_SCRIPT_PARAMETER Usage "E043" "a parameter without a value"
    "The script's param line has no default, so the value must come from the command line: sca run script.sca --name value."

    UNREADABLE_DEFINITIONS Wrong "E044" "a file of definitions cannot be read"
    "use \"file.sca\" loads functions from another file, given relative to the script or by its full path."

    RANGE_WITHOUT_NUMBERS Wrong "E045" "a range of something that is not a number"
    "0..10 runs from 0 up to, but not including, 10; range(0.2, 1.0, 0.2) has steps."

    WRONG_OPERAND Wrong "E046" "an operator before the wrong type of value"
    "`not` takes a boolean, `-` a number."

    INCOMPATIBLE_OPERANDS Wrong "E047" "an operator between incompatible values"
    "Numbers compare with numbers, text and categories with text; `and` and `or` take booleans; `in` needs a list on its right and `~` a regular expression."

    CELLS_WITH_GENES Wrong "E048" "a column of cells and one of genes"
    "They cannot be combined: one has a value for each cell, the other for each gene."

    DIFFERENT_DATASETS Wrong "E049" "columns of different datasets"
    "Columns can be combined when they belong to the same cells (or genes) of one version of a dataset."

    CONDITION_NOT_BOOLEAN Wrong "E050" "a condition that is not a boolean"
    "if, filter and adata[…] need a comparison: pct_counts_mt < 5."

    NOTHING_TO_LOOP_OVER Wrong "E051" "nothing to loop over"
    "for loops over a list, a range, the levels of a column, or the rows of a table."

    ENDLESS_RECURSION Wrong "E052" "endless recursion"
    "Functions can be nested up to 100 calls deep."

    TOO_MANY_FUNCTION_ARGUMENTS Wrong "E053" "too many arguments"
    "The function takes fewer."

    NOTHING_TO_UNDO Wrong "E054" "nothing to undo or redo"
    "Versions are kept from the first assignment of a variable; a new statement clears redo."

    NO_SUCH_STEP Wrong "E055" "no such step"
    "restore adata step=n returns to a version that adata had in this session; history adata lists the steps."

    INVALID_SETTING Wrong "E056" "an unknown setting, or an invalid value for one"
    "set without arguments lists all settings."

    NO_HELP Wrong "E057" "no help on this"
    "help lists all commands; help functions, help scanpy, help seurat and help with a code or a word to search for work too."

    NO_SUCH_PARAMETER Wrong "E060" "no such parameter"
    "Parameter names cannot be abbreviated. help COMMAND lists them; the names in Scanpy and Seurat are accepted."

    DUPLICATE_PARAMETER Wrong "E061" "a parameter given twice"
    "Once by position and once by name, or twice by name."

    MISSING_PARAMETER Wrong "E062" "a parameter is missing"
    "It has no default, so it must be given."

    INVALID_VALUE Wrong "E063" "a value of the wrong type or out of range"
    "help COMMAND says what each parameter accepts."

    NO_SUCH_WORD Wrong "E064" "not one of the allowed words"
    "The parameter takes one of a few words; help COMMAND lists them."

    TOO_MANY_ARGUMENTS Wrong "E065" "one argument too many"
    "The command has no parameter left for it."

    DATASET_EXPECTED Wrong "E066" "a dataset is needed"
    "Most commands begin with a dataset: qc adata. read and demo create one."

    NOT_GROUP_LABELS Wrong "E067" "numbers that are not group labels"
    "by= needs a categorical column, text, booleans, or whole numbers with few distinct values. text(…) turns other numbers into groups, when(…) conditions."

    WRONG_FUNCTION_VALUES Wrong "E068" "a function called with the wrong values"
    "help functions shows how each is called."

    COLUMN_EXISTS Wrong "E069" "columns with the same names"
    "A step would replace existing columns. Choose other columns, or add a prefix to their names."

    NOT_NUMERIC Wrong "E070" "categories where numbers are needed"
    "A column with numbers is needed: for an axis of a figure, for weights, for a score. Use by= to group the cells by a category, plot color= to show it, or count(…) to count it."

    NO_SUCH_LEVEL Wrong "E071" "no such group"
    "A categorical column has levels, and this is not one of them. `levels(adata.obs.COLUMN)` lists them; upper and lower case count."

    NOT_APPLICABLE Wrong "E072" "parameters that exclude each other"
    "A parameter has no effect with the others, or contradicts one of them. Leave one of them out; help COMMAND says what each is for."

    MISSING_PREREQUISITE Wrong "E100" "a prerequisite is missing"
    "The command needs the result of another command. With set auto=on, sca plans it with its defaults."

    NO_SUCH_SLOT Wrong "E101" "no such slot"
    "The dataset has nothing with this name there."

    WRONG_STATE Wrong "E102" "the matrix is not in the state the command needs"
    "A matrix holds counts, normalized counts, log values, or values derived from them (corrected, scaled, residuals). sca does not take logarithms twice or sum logarithms as counts: name the layer with the values that are needed, or use `read FILE X=` to say what the matrix holds if sca is wrong."

    NO_X Wrong "E103" "no X"
    "The dataset has no matrix of values, so nothing about genes can be computed."

    MEMORY Memory "E105" "more memory than allowed"
    "The step, or an array in a file, would need more than the memory setting. Use fewer genes (hvg, then filter_genes adata (highly_variable)) or fewer cells, or raise the limit with `set memory=`. The exit status is 3."

    STOPPED Stopped "E130" "stopped"
    "The statement was interrupted. No data are lost, and finished steps are kept."

    FILE Wrong "E200" "something is wrong with a file"
    "The message names the file, the object in it, and what to do."

    UNKNOWN_FORMAT Wrong "E201" "a file type that sca does not read"
    "sca reads .h5ad, .zarr, 10x .h5 and folders, .mtx, .loom, .csv, .tsv and .txt. format= says what a file is, whatever its name."

    UNWRITABLE_FORMAT Wrong "E202" "a file type that sca does not write"
    "write writes .h5ad files, .zarr stores and folders in 10x format; export writes .csv and .tsv; figures are .png, .svg, or .pdf."

    NOT_WRITABLE Wrong "E203" "a file cannot be written"
    "The folder must exist and be writable, and the disk needs enough space. An existing file is left unchanged. A zarr store replaces only a zarr store of one dataset, and holds only what sca understands."

    UNSTORABLE_NAME Wrong "E204" "a group name that cannot be stored in a file"
    "Results by group are stored under the names of the groups, which are parts of paths in a file: a name may not be empty, `.`, or `..`, and among more than 900 groups it may not contain `/`. `label` renames groups."

    REMOTE Wrong "E205" "a remote store cannot be read"
    "read opens zarr stores at s3://, gs://, https:// and http://. Requests that fail are repeated for up to a minute. Nothing is lost: the statement can be run again. Credentials come from the environment (AWS_*, GOOGLE_*); without them, only public stores can be read."

    UNREADABLE_SESSION Wrong "E206" "a session cannot be opened"
    "open reads the .scas files that save session writes; read opens data."

    WORKERS Wrong "E210" "a cluster worker is missing, refuses work, or was lost"
    "Passes over the cells run on the workers of a Dask cluster, or on those that share a folder, if `cluster` is set. All of them need the same sca, and a file system on which the data files have the same paths; those of Dask need an environment with the package distributed. Finished steps are kept, so the statement can be run again; `set cluster=none` runs it on this machine."

    NOTHING_LEFT Wrong "E300" "nothing is left"
    "A filter removed all cells or all genes."

    UNEXPECTED_CONTENT Wrong "E301" "a slot does not hold what was expected"
    "A slot with this name has different contents; rerun the command that writes it."

    TOO_FEW Wrong "E302" "too few cells or genes"
    "The method needs more."

    NOT_FINITE Wrong "E303" "values that are not finite"
    "The file contains NaN or infinity, or they came from logarithms of negative values."

    UNUSABLE_GRAPH Wrong "E304" "the graph cannot be used"
    "Graphs must be square and symmetric, with weights of at least 0; neighbors creates one."

    GROUPS_TOO_SMALL Wrong "E305" "groups that are too small"
    "A comparison needs at least two cells in each group."

    CONFOUNDED Wrong "E306" "columns whose effects cannot be separated"
    "A column is determined by others, such as a condition measured in one batch only, or the sum of two scores. No model can separate their effects. Leave one out."

    TOO_FEW_GROUPS Wrong "E307" "too few groups"
    "A comparison, a correction, or a tree needs at least two groups. Use a column with more levels."

    TOO_MANY_GROUPS Wrong "E308" "too many groups"
    "The method cannot handle this many groups. Use a column with fewer levels."

    UNSCORABLE_GENES Wrong "E330" "a set of genes that cannot be scored"
    "None of its genes is in the data, or there are no other genes to compare them with."

    MISSING_VALUES Wrong "E331" "a cell with a missing value"
    "The model needs a value for every cell. Leave out the cells without one."

    BUG Bug "E900" "a bug in sca"
    "Your session is intact. Please report what you typed."

    HIDDEN_COMMAND Fine "W040" "a function hides a command"
    "In this script the name refers to the function; rename it to use both."

    UNKNOWN_STATE Fine "W103" "cannot tell what a matrix holds"
    "Nonnegative whole numbers are counts; a record of Scanpy or sca may say that X is log or scaled, and a layer may be named lognorm. None of this applies here, and the values are fractions. Commands use the values as they are; `read FILE X=log` says what they are."

    DIFFERENT_TOTALS Fine "W105" "datasets with different totals"
    "Log values depend on the total that each cell was normalized to. If it differs between datasets, their values are not comparable: transferred labels are less reliable, and concatenated cells differ by dataset."

    STALE_SLOT Fine "W110" "a slot is older than its source"
    "Its source changed after it was computed. Rerun the command that computes it."

    NO_MATCH Fine "W120" "a pattern with no matches"
    "Mitochondrial genes begin with MT- in human and mt- in mouse."

    UNMEASURED_TYPES Fine "W121" "cell types without a measured gene"
    "None of the markers of this cell type is in the dataset, so no cluster can be assigned to it. Gene names must match those in the file; genes that were filtered out are missing."

    LEFT_OUT_OF_FIGURE Fine "W122" "genes that are left out of a figure"
    "A list of genes or columns names some that the dataset does not have, or no longer has after filter_genes. The figure is drawn without them. If none of them is there, this is an error."

    NO_THRESHOLD Fine "W130" "no threshold for doublets"
    "The scores of simulated doublets are not bimodal. No cell is called a doublet. Look at `scrublet_histogram` and give a threshold."

    NOT_CONVERGED Fine "W131" "an optimization that did not converge"
    "It reached the maximum number of iterations, so scores may be inexact. Use fewer genes, such as the variable ones, or more distinct groups."

    DUPLICATE_CELLS Fine "W140" "cell names that are not unique"
    "The concatenated datasets share cell names; unique= makes them unique."

    LEVEL_WITHOUT_ROWS Fine "W150" "a level that does not exist"
    "A condition compares with a value that the column does not contain, so it matches no row, or all rows. It may be misspelled; `levels(adata.obs.COLUMN)` shows what there is."

    NOTHING_SELECTED Fine "W151" "a selection without cells or genes"
    "A condition or a list selects no cell, or no gene. The dataset keeps its columns, and commands that need cells refuse it. Change what is in the brackets."

    ROUNDED Fine "W160" "numbers with more digits than sca computes with"
    "Values are computed as 32-bit floats, which hold every whole number up to 16,777,216 and about 7 digits of larger ones. Counts are rarely that large; identifiers or sums over many cells may be. `write` keeps all digits of a matrix that no step changed."

    SLOT_LEFT_OUT Fine "W200" "a slot that is left out of the file"
    "Cells or genes were filtered, and sca cannot subset the way in which this slot is stored. Write the dataset before filtering to keep it."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_explained() {
        assert!(CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
        for entry in CODES {
            assert!(
                !entry.title.is_empty() && entry.explanation.ends_with(['.', '}']),
                "{}",
                entry.code
            );
            assert_eq!(entry.code.starts_with('W'), entry.status == Status::Fine);
        }
        assert_eq!(
            entry(MEMORY).map(|entry| entry.status),
            Some(Status::Memory)
        );
        assert!(entry("E999").is_none());
    }
}

//! Stable codes of errors and warnings, each with what `help E042` prints.

/// Of what was interrupted.
pub const STOPPED: &str = "E130";
/// Of all that does not fit into the memory setting: the exit status is 3.
pub use crate::plan::MEMORY;
/// Of what is a bug.
pub const BUG: &str = "E900";

/// Codes of everything after the parser, sorted: code, title, explanation. The parser keeps its own.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "E030",
        "a name is not known",
        "A bare word is looked up among variables, then functions of the script, then commands. Nothing has this name. Columns of a dataset are written adata.obs.name, or bare inside adata[…], filter and color=.",
    ),
    (
        "E031",
        "a word could mean two things",
        "A column (or a gene, or a fixed word) and a variable have the same name. sca never guesses: \"name\" is always the column, (name) always the variable.",
    ),
    (
        "E032",
        "no such column",
        "Inside adata[…], filter, color= and by= a bare word is a column of obs, a gene, or a variable. This one is none of them. Names must match those in the file; names with special characters need backticks: `leiden_0.4`.",
    ),
    (
        "E033",
        "nothing to continue from",
        "A line that begins with | continues from the last result, and there is none yet.",
    ),
    (
        "E034",
        "no such field",
        "Records, tables, and uns have named fields; this is not one of them.",
    ),
    (
        "E035",
        "no such part of a dataset",
        "A dataset has obs, var, layers, obsm, varm, obsp, varp, uns, X, n_obs, n_vars, obs_names and var_names.",
    ),
    (
        "E036",
        "no such gene or cell",
        "Names of genes and cells must match those in the file, including upper and lower case. Genes that were filtered out are missing from later versions; undo goes back.",
    ),
    (
        "E037",
        "this cannot be assigned to",
        "adata.obs.name = … and adata.var.name = … add or replace a column, adata.uns.name = … a small value. Matrices are created by commands.",
    ),
    (
        "E038",
        "a value of the wrong kind for a slot",
        "A column holds one value for each cell (obs) or gene (var); uns holds numbers, text, lists, and records of them.",
    ),
    (
        "E039",
        "this cannot be indexed",
        "adata[cells, genes] selects by a condition, a list of names, or a range; : means all. Lists are indexed by position, records by name.",
    ),
    (
        "E040",
        "this cannot be called",
        "Only commands and functions can be called.",
    ),
    (
        "E041",
        "the call syntax of another tool",
        "sca's commands take their arguments without commas and parentheses: leiden adata res=0.6. help scanpy and help seurat list the equivalents.",
    ),
    (
        "E042",
        "a parameter of the wrong type",
        "The value of --name on the command line does not fit the default of the script's param line.",
    ),
    (
        "E043",
        "a parameter without a value",
        "The script's param line has no default, so the value must come from the command line: sca run script.sca --name value.",
    ),
    (
        "E044",
        "a file of definitions cannot be read",
        "use \"file.sca\" loads functions from another file, given relative to the script or by its full path.",
    ),
    (
        "E045",
        "a range of something that is not a number",
        "0..10 runs from 0 up to, but not including, 10; range(0.2, 1.0, 0.2) has steps.",
    ),
    (
        "E046",
        "an operator before the wrong type of value",
        "`not` takes a boolean, `-` a number.",
    ),
    (
        "E047",
        "an operator between incompatible values",
        "Numbers compare with numbers, text and categories with text; `and` and `or` take booleans; `in` needs a list on its right and `~` a regular expression.",
    ),
    (
        "E048",
        "a column of cells and one of genes",
        "They cannot be combined: one has a value for each cell, the other for each gene.",
    ),
    (
        "E049",
        "columns of different datasets",
        "Columns can be combined when they belong to the same cells (or genes) of one version of a dataset.",
    ),
    (
        "E050",
        "a condition that is not a boolean",
        "if, filter and adata[…] need a comparison: pct_counts_mt < 5.",
    ),
    (
        "E051",
        "nothing to loop over",
        "for loops over a list, a range, the levels of a column, or the rows of a table.",
    ),
    (
        "E052",
        "endless recursion",
        "Functions can be nested up to 100 calls deep.",
    ),
    ("E053", "too many arguments", "The function takes fewer."),
    (
        "E054",
        "nothing to undo or redo",
        "Versions are kept from the first assignment of a variable; a new statement clears redo.",
    ),
    (
        "E055",
        "no such step",
        "restore adata step=n returns to a version that adata had in this session; history adata lists the steps.",
    ),
    (
        "E056",
        "an unknown setting, or an invalid value for one",
        "set without arguments lists all settings.",
    ),
    (
        "E057",
        "no help on this",
        "help lists all commands; help functions, help scanpy, help seurat and help with a code or a word to search for work too.",
    ),
    (
        "E060",
        "no such parameter",
        "Parameter names cannot be abbreviated. help COMMAND lists them; the names in Scanpy and Seurat are accepted.",
    ),
    (
        "E061",
        "a parameter given twice",
        "Once by position and once by name, or twice by name.",
    ),
    (
        "E062",
        "a parameter is missing",
        "It has no default, so it must be given.",
    ),
    (
        "E063",
        "a value of the wrong type or out of range",
        "help COMMAND says what each parameter accepts.",
    ),
    (
        "E064",
        "not one of the allowed words",
        "The parameter takes one of a few words; help COMMAND lists them.",
    ),
    (
        "E065",
        "one argument too many",
        "The command has no parameter left for it.",
    ),
    (
        "E066",
        "a dataset is needed",
        "Most commands begin with a dataset: qc adata. read and demo create one.",
    ),
    (
        "E067",
        "numbers that are not group labels",
        "by= needs a categorical column, text, booleans, or whole numbers with few distinct values. text(…) turns other numbers into groups, when(…) conditions.",
    ),
    (
        "E068",
        "a function called with the wrong values",
        "help functions shows how each is called.",
    ),
    (
        "E069",
        "columns with the same names",
        "A step would replace existing columns. Choose other columns, or add a prefix to their names.",
    ),
    (
        "E070",
        "categories where numbers are needed",
        "This figure has a numeric axis. Use by= to group the cells by a category, plot color= to show it, or count(…) to count it.",
    ),
    (
        "E100",
        "a prerequisite is missing",
        "The command needs the result of another command. With set auto=on, sca plans it with its defaults.",
    ),
    (
        "E101",
        "no such slot",
        "The dataset has nothing with this name there.",
    ),
    (
        "E102",
        "the matrix is not in the state the command needs",
        "A matrix holds counts, normalized counts, log values, or values derived from them (corrected, scaled, residuals). sca does not take logarithms twice or sum logarithms as counts: name the layer with the values that are needed, or use `read FILE X=` to say what the matrix holds if sca is wrong.",
    ),
    (
        "E103",
        "no X",
        "The dataset has no matrix of values, so nothing about genes can be computed.",
    ),
    (
        "E104",
        "no such layer",
        "adata.layers lists the layers; normalize keeps counts in layers.counts, scale keeps log values in layers.log.",
    ),
    (
        "E105",
        "more memory than allowed",
        "The step, or an array in a file, would need more than the memory setting. Use fewer genes (hvg, then filter_genes adata (highly_variable)) or fewer cells, or raise set memory=. The exit status is 3.",
    ),
    (
        "E130",
        "stopped",
        "The statement was interrupted. No data are lost, and finished steps are kept.",
    ),
    (
        "E200",
        "something is wrong with a file",
        "The message names the file, the object in it, and what to do.",
    ),
    (
        "E201",
        "a file type that sca does not read",
        "sca reads .h5ad, .zarr, 10x .h5 and folders, .mtx, .loom, .csv and .tsv.",
    ),
    (
        "E202",
        "a file type that sca does not write",
        "write writes .h5ad; export writes .csv and .tsv; figures are .png, .svg, or .pdf.",
    ),
    (
        "E203",
        "a file cannot be written",
        "The folder must exist and be writable, and the disk needs enough space. An existing file is left unchanged.",
    ),
    (
        "E210",
        "a worker of the cluster is missing, refuses, or was lost",
        "Passes over the cells run on the workers of a Dask cluster if `cluster` is set. All of them \
         need the same sca, a file system on which the data files have the same paths, and an \
         environment with the package distributed. Finished steps are kept, so the statement \
         can be run again; `set cluster=none` runs it on this machine.",
    ),
    (
        "E300",
        "nothing is left",
        "A filter removed all cells or all genes.",
    ),
    (
        "E301",
        "a slot does not hold what was expected",
        "A slot with this name has different contents; rerun the command that writes it.",
    ),
    ("E302", "too few cells or genes", "The method needs more."),
    (
        "E303",
        "values that are not finite",
        "The file contains NaN or infinity, or they came from logarithms of negative values.",
    ),
    (
        "E304",
        "the graph cannot be used",
        "Graphs must be square and symmetric, with weights of at least 0; neighbors creates one.",
    ),
    (
        "E305",
        "groups that are too small",
        "A comparison needs at least two cells in each group.",
    ),
    (
        "E306",
        "columns whose effects cannot be separated",
        "A column is determined by others, such as a condition measured in one batch only, or the sum of two scores. No model can separate their effects. Leave one out.",
    ),
    (
        "E330",
        "a set of genes that cannot be scored",
        "None of its genes is in the data, or there are no other genes to compare them with.",
    ),
    (
        "E331",
        "a cell with a missing value",
        "The model needs a value for every cell. Leave out the cells without one.",
    ),
    (
        "E900",
        "a bug in sca",
        "Your session is intact. Please report what you typed.",
    ),
    (
        "W040",
        "a function hides a command",
        "In this script the name refers to the function; rename it to use both.",
    ),
    (
        "W103",
        "cannot tell what a matrix holds",
        "Nonnegative whole numbers are counts; a record of Scanpy or sca may say that X is log or scaled, and a layer may be named lognorm. None of this applies here, and the values are fractions. Commands use the values as they are; `read FILE X=log` says what they are.",
    ),
    (
        "W105",
        "query and reference have different totals",
        "Log values depend on the total that each cell was normalized to. If it differs between new cells and the reference, their values are not comparable, and transferred labels are less reliable.",
    ),
    (
        "W110",
        "a slot is older than its source",
        "Its source changed after it was computed. Rerun the command that computes it.",
    ),
    (
        "W120",
        "a pattern with no matches",
        "Mitochondrial genes begin with MT- in human and mt- in mouse.",
    ),
    (
        "W121",
        "cell types without a measured gene",
        "None of the markers of this cell type is in the dataset, so no cluster can be assigned to it. Gene names must match those in the file; genes that were filtered out are missing.",
    ),
    (
        "W130",
        "no threshold for doublets",
        "The scores of simulated doublets are not bimodal. No cell is called a doublet. Look at `scrublet_histogram` and give a threshold.",
    ),
    (
        "W131",
        "an optimization that did not converge",
        "It reached the maximum number of iterations, so scores may be inexact. Use fewer genes, such as the variable ones, or more distinct groups.",
    ),
    (
        "W140",
        "cell names that are not unique",
        "The concatenated datasets share cell names; unique= makes them unique.",
    ),
    (
        "W150",
        "a level that does not exist",
        "A condition compares with a value that the column does not contain, so it matches no row, or all rows. It may be misspelled; `levels(adata.obs.COLUMN)` shows what there is.",
    ),
];

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn codes_are_sorted_and_explained() {
        assert!(CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(
            CODES
                .iter()
                .all(|(_, title, text)| !title.is_empty() && text.ends_with('.'))
        );
    }
}

//! Stable codes of errors and warnings, each with what `help E042` prints.

/// Codes of everything after the parser, sorted: code, title, explanation. The parser keeps its own.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "E030",
        "a name is not known",
        "A bare word is looked up among variables, then functions of the script, then commands. Nothing of this name is there. Columns of a dataset are written adata.obs.name, or bare inside adata[…], filter and color=.",
    ),
    (
        "E031",
        "a word could mean two things",
        "A column (or a gene, or a fixed word) and a variable have the same name. sca never guesses: \"name\" is always the column, (name) always the variable.",
    ),
    (
        "E032",
        "no such column",
        "Inside adata[…], filter, color= and by= a bare word is a column of obs, a gene, or a variable. It is none of them. Names are written as in the file; odd ones take backticks: `leiden_0.4`.",
    ),
    (
        "E033",
        "nothing to go on from",
        "A line that begins with | goes on from the last result, and there is none yet.",
    ),
    (
        "E034",
        "no such field",
        "Records, tables and uns have fields by name; this one is not among them.",
    ),
    (
        "E035",
        "no such part of a dataset",
        "A dataset has obs, var, layers, obsm, varm, obsp, varp, uns, X, n_obs, n_vars, obs_names and var_names.",
    ),
    (
        "E036",
        "no such gene or cell",
        "Genes and cells are written as in the file, upper and lower case as they are. Genes that were filtered out are gone from later versions; undo goes back.",
    ),
    (
        "E037",
        "this cannot be assigned to",
        "adata.obs.name = … and adata.var.name = … add or replace a column, adata.uns.name = … a small value. Matrices are made by commands.",
    ),
    (
        "E038",
        "a value of the wrong kind for a slot",
        "A column holds one value for each cell (obs) or gene (var); uns holds numbers, texts, lists and records of them.",
    ),
    (
        "E039",
        "this cannot be picked from",
        "adata[cells, genes] picks by a condition, a list of names, or a range; : means all. Lists are picked from by position, records by name.",
    ),
    (
        "E040",
        "this cannot be called",
        "Only commands and functions are called.",
    ),
    (
        "E041",
        "another tool's way of calling",
        "sca's commands take their arguments without commas and parentheses: leiden adata res=0.6. help scanpy and help seurat list what is called what.",
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
        "use \"file.sca\" takes functions from another file, found beside the script or by its full path.",
    ),
    (
        "E045",
        "a range of what is no number",
        "0..10 runs from 0 up to 10, excluded; range(0.2, 1.0, 0.2) has steps.",
    ),
    (
        "E046",
        "an operator before the wrong kind of value",
        "`not` stands before a truth, `-` before a number.",
    ),
    (
        "E047",
        "an operator between values that do not fit",
        "Numbers compare with numbers, texts and categories with texts; `and` and `or` join truths; `in` wants a list on its right and `~` a regular expression.",
    ),
    (
        "E048",
        "a column of cells and one of genes",
        "Their values do not belong together: one has a value for each cell, the other for each gene.",
    ),
    (
        "E049",
        "columns of different datasets",
        "Columns can be combined when they belong to the same cells (or genes) of one version of a dataset.",
    ),
    (
        "E050",
        "a condition that is neither true nor false",
        "if, filter and adata[…] want a comparison: pct_counts_mt < 5.",
    ),
    (
        "E051",
        "nothing to go through",
        "for goes through a list, a range, the levels of a column, or the rows of a table.",
    ),
    (
        "E052",
        "functions that call each other without an end",
        "A hundred calls deep, sca stops.",
    ),
    ("E053", "too many arguments", "The function takes fewer."),
    (
        "E054",
        "nothing to undo or redo",
        "Versions are kept from the moment a name is bound; redo is forgotten once something new is done.",
    ),
    (
        "E055",
        "no such step",
        "restore adata step=n goes to a version that adata had in this session; history adata numbers the steps.",
    ),
    (
        "E056",
        "a setting that is not known, or a value it does not take",
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
        "Parameters are never shortened. help COMMAND lists them; Scanpy's and Seurat's names for them are understood.",
    ),
    (
        "E061",
        "a parameter given twice",
        "Once by its place and once by its name, or twice by name.",
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
        "no such word",
        "The parameter takes one of a few fixed words; help COMMAND lists them.",
    ),
    (
        "E065",
        "one argument too many",
        "The command has no parameter left for it.",
    ),
    (
        "E066",
        "a dataset is wanted",
        "Most commands begin with a dataset: qc adata. read and demo make one.",
    ),
    (
        "E067",
        "numbers form no groups",
        "by= wants a category or texts. when(…) makes one from conditions, leiden from the neighbor graph.",
    ),
    (
        "E068",
        "a function called with other values than it takes",
        "help functions lists how each is called.",
    ),
    (
        "E069",
        "columns of the same names",
        "A step would replace columns that are there. Choose other columns, or put something before their names.",
    ),
    (
        "E100",
        "a prerequisite is missing",
        "The command needs something that another one makes. With set auto=on sca plans it with its defaults.",
    ),
    (
        "E101",
        "no such slot",
        "The dataset has nothing of this name there.",
    ),
    (
        "E102",
        "the matrix is not what the command wants",
        "A matrix is counts, normalized, log or scaled. Taking the logarithm twice, or ranking scaled values, is a mistake that sca does not make: go back with restore, or name the layer that holds what is wanted.",
    ),
    (
        "E103",
        "no X",
        "The dataset has no matrix of values, so nothing about genes can be computed.",
    ),
    (
        "E104",
        "no such layer",
        "layers lists what there is; normalize keeps the counts as layers.counts, scale the log values as layers.log.",
    ),
    (
        "E105",
        "more memory than allowed",
        "The step would hold more than the memory setting. Fewer genes (hvg, then filter_genes adata (highly_variable)), fewer cells, or set memory= larger.",
    ),
    (
        "E130",
        "stopped",
        "The statement was interrupted. Nothing that was there is lost, and steps that were finished are kept.",
    ),
    (
        "E200",
        "something is wrong with a file",
        "The message says which file, which object of it, and what to do.",
    ),
    (
        "E201",
        "a file of a kind that sca does not read",
        "sca reads .h5ad, .zarr, 10x .h5 and folders, .mtx, .loom, .csv and .tsv.",
    ),
    (
        "E202",
        "a file of a kind that sca does not write",
        "write makes .h5ad; export .csv and .tsv; figures .png and .svg.",
    ),
    (
        "E203",
        "a file cannot be written",
        "The folder must be there and writable, and the disk must have room. What was there before is still there.",
    ),
    (
        "E300",
        "nothing is left",
        "A filter dropped every cell or every gene.",
    ),
    (
        "E301",
        "a slot holds something else than expected",
        "The file has a slot of this name with other contents; make it anew with the command that writes it.",
    ),
    ("E302", "too few cells or genes", "The method needs more."),
    (
        "E303",
        "values that are not finite",
        "NaN or infinity came with the file or from the logarithm of negative values.",
    ),
    (
        "E304",
        "the graph cannot be used",
        "Graphs are square, symmetric and have weights from 0 on; neighbors makes one.",
    ),
    (
        "E305",
        "groups that are too small",
        "Comparing groups needs at least two cells in each.",
    ),
    (
        "E320",
        "more than memory holds",
        "The step needs values side by side that `set memory=` leaves no room for. Take fewer genes or cells, or give it more: set memory=16G.",
    ),
    (
        "E330",
        "a set of genes that cannot be scored",
        "None of its genes is measured, or no other gene is left to compare them with.",
    ),
    (
        "E331",
        "a cell without a value that is needed",
        "A fit needs a number or a category for every cell. Leave out the cells that have none.",
    ),
    (
        "E900",
        "a bug in sca",
        "Your session is intact. Please report what you typed.",
    ),
    (
        "W040",
        "a function hides a command",
        "Inside of this script the function is meant; rename it to use both.",
    ),
    (
        "W103",
        "it cannot be told what X holds",
        "Whole numbers from 0 on are counts; a record of scanpy's or sca's says that X is log or scaled. Here neither is so: values are fractions, negative or not finite. Commands go on with what is there.",
    ),
    (
        "W110",
        "a slot is older than what it was made from",
        "Something upstream changed after it was made. Run the command that makes it again.",
    ),
    (
        "W120",
        "a pattern that matches nothing",
        "Human mitochondrial genes begin with MT-, those of mouse with mt-.",
    ),
    (
        "W121",
        "cell types without a measured gene",
        "A list of markers has no gene that the dataset has, so nothing can be called by its name. Genes are written as in the file; those that were filtered out are gone.",
    ),
    (
        "W130",
        "no threshold for doublets",
        "The scores of simulated doublets have one mode, or more than two that do not melt into two. No cell is called a doublet. Look at `scrublet_histogram` and give a threshold.",
    ),
    (
        "W140",
        "names that stand for several cells",
        "Datasets that are put together have cells of the same names; unique= tells them apart.",
    ),
    (
        "W150",
        "a level that is not there",
        "A condition asks for a value that the column has nowhere, so that it holds for no row, or for all. Often it is misspelt; `levels(adata.obs.COLUMN)` shows what there is.",
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

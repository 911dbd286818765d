//! `help start`, `help syntax` and the other subjects: one screen each. Lines that are indented by
//! four spaces are statements; a test runs those of each subject in order.

/// Subject, what it is about, and its text.
pub const GUIDES: &[(&str, &str, &str)] = &[
    ("start", "a first analysis, step by step", START),
    ("syntax", "the language on one screen", SYNTAX),
    ("lazy", "when things are computed", LAZY),
    ("pipes", "passing a dataset to the next command", PIPES),
    ("subsetting", "choosing cells and genes", SUBSETTING),
    ("tables", "storing, filtering, and writing tables", TABLES),
    ("plotting", "figures on the screen and in files", PLOTTING),
    (
        "sessions",
        "going back, continuing later, and what was done",
        SESSIONS,
    ),
    (
        "scripts",
        "scripts, their parameters, and functions",
        SCRIPTS,
    ),
    ("keys", "keys at the prompt", KEYS),
];

const START: &str = "\
A first analysis

Read a file, or use the built-in example data:
    adata = demo(cells=500)                 # or: adata = read \"pbmc.h5ad\"

Quality control: compute metrics, look at them, filter.
    qc adata mt=\"MT-\"
    violin adata [n_genes_by_counts, total_counts, pct_counts_mt]
    filter adata (pct_counts_mt < 20 and n_genes_by_counts > 20)

Clusters and a UMAP. The steps in between (normalize, log1p, hvg, pca,
neighbors) are planned with their defaults, and a note says so.
    leiden adata res=0.6
    umap adata
    plot adata color=leiden

Marker genes of the clusters, cell types by known markers, and figures:
    compute (markers adata by=leiden top=5)
    annotate adata {T: [CD3D], B: [MS4A1, CD79A], Mono: [LYZ, CD14], NK: [NKG7]}
    plot adata color=cell_type out=\"umap.pdf\"
    dotplot adata [CD3D, MS4A1, LYZ, NKG7] by=cell_type out=\"markers.pdf\"

Save the result, and the script that reproduces it:
    write adata \"clustered.h5ad\"
    script out=\"analysis.sca\"

Next: tour · help syntax · help lazy · help plotting
";

const SYNTAX: &str = "\
The language

A command, what it works on, and its parameters, separated by spaces:
    adata = demo(cells=300)
    qc adata mt=\"MT-\"

A statement updates the variable it starts from; an assignment does not:
    b = leiden(adata, res=2)                # adata has no clusters yet
    leiden adata res=0.6                    # now it has

Words stand for themselves: columns, genes, groups, file names. Quotes always
mean the word; they are needed if a variable has the same name.
    violin adata [total_counts, CD3D] by=cell_type out=genes.svg

Expressions go in parentheses, columns and genes are bare words in them:
    filter adata (total_counts > 10 and not (cell_type in [\"B\", \"NK\"]))

Numbers 2000 1e4 0.6 · text \"…\" with {expr} filled in, '…' taken literally
lists [1, 2] · records {T: [CD3D, CD3E]} · ranges 0..10 · true false none
and or not · == != < <= > >= · in · ~ (regular expression) · + - * / **
# begins a comment; ; ends a statement; a line ending in an operator continues

Genes such as HLA-DRA stand as they are; names with a space need backticks:
    adata.obs.`my type` = adata.obs.cell_type

Next: help subsetting · help pipes · help functions · help scripts
";

const LAZY: &str = "\
When things are computed

A statement checks names, values and the state of the data at once and plans
the work. The work starts when something needs the result: compute, a figure,
write, export, or a decision (if, for) on the data.
    adata = demo(cells=300)
    qc adata mt=\"MT-\"; leiden adata       # planned, in a moment
    explain adata                           # what would run, and its memory
    compute adata.obs.leiden                # what this needs, and no more
    compute adata                           # everything that is still planned

The prompt shows how many steps are pending, and * marks pending columns.
Each result is computed once. Ctrl-C stops the work and keeps what is done.
    undo adata                              # one step back, at no cost
    redo adata

set lazy=off computes after every statement.

Next: help pipes · help explain · help profile
";

const PIPES: &str = "\
Pipes

| passes a dataset, or a table, to the next command as its first argument.
    adata = demo(cells=300) | qc mt=\"MT-\" | filter (total_counts > 10)
    adata | normalize | log1p | hvg n=200 | pca n=10

A line that begins with | at the prompt continues from the last result:
    | neighbors k=10 | leiden res=0.5

In a script a pipeline may run over several lines that begin with |.
Pipes work with tables, too:
    count(adata.obs.cell_type) | sort by=cells | export types.csv

Next: help tables · help scripts
";

const SUBSETTING: &str = "\
Choosing cells and genes

filter and filter_genes update a dataset:
    adata = demo(cells=300); qc adata mt=\"MT-\"
    filter adata (pct_counts_mt < 30 and total_counts > 5)
    filter_genes adata min_cells=3

adata[cells, genes] makes a new one; : means all:
    t = adata[cell_type == \"CD4 T\"]
    genes = adata[:, [CD3D, LYZ]]
    few = adata[0..50]                      # -5.. the last five, 50.. the rest
    some = adata[[0, 5, 9]]
    high = adata[gene.CD3D > 1]

In conditions a bare word is a column of obs, a gene, or a variable, and
obs.x, gene.x say which. Text in quotes is compared with the values of a
column; is_missing(x) finds missing values.

Next: help filter · help sample · help functions
";

const TABLES: &str = "\
Tables

markers, de, summarize, count(), and adata.obs give tables. A table can be
kept, filtered, sorted, cut and written:
    adata = demo(cells=300); qc adata mt=\"MT-\"
    m = markers adata by=cell_type
    m[group == \"B\" and pvals_adj < 0.05]
    m | top n=3 each=group
    m[scores > 2, [group, names, scores]] | export best.csv
    adata.obs[total_counts > 20] | sort by=total_counts

A column is table.name, and for loops over rows:
    for row in count(adata.obs.batch) { show \"{row.batch}: {row.cells}\" }

last is the last value shown:
    count(adata.obs.cell_type)
    last | export types.tsv

Next: help sort · help top · help summarize · help export
";

const PLOTTING: &str = "\
Figures

A figure is drawn in the terminal, or into a file with out=: .png, .pdf, .svg.
    adata = demo(cells=300); qc adata mt=\"MT-\"
    plot adata color=[cell_type, CD3D] out=umap.png
    violin adata total_counts by=cell_type split=batch out=qc.pdf
    dotplot adata [CD3D, MS4A1, LYZ] by=[cell_type, batch] out=genes.svg
    composition adata by=[batch, cell_type] palette=tab10

A figure computes what it needs and nothing else: plot plans an embedding
if there is none, dotplot without genes draws the markers of by=.

title= xlabel= ylabel= fontsize= figsize= dpi= prepare a figure for a paper,
and figure puts several into one, with letters:
    p = plot(adata, color=cell_type)
    figure [p, (violin adata LYZ by=cell_type)] out=figure1.pdf

  plot scatter violin dotplot matrixplot heatmap stacked_violin tracks
  composition volcano ranks elbow loadings hvg_plot highest_expressed

Next: help plot · help dotplot · help figure
";

const SESSIONS: &str = "\
Sessions

Every statement makes a new version of the dataset; going back is free.
    adata = demo(cells=300)
    leiden adata res=0.5
    leiden adata res=2
    undo                                    # back to res=0.5
    restore adata step=1                    # steps are numbered in history

What was done, as a list, as a script, and for a paper:
    leiden adata res=0.7
    history
    script                                  # the shortest that gives the same
    methods
    methods out=\"methods.bib\"

To continue another time:
    save session \"work.scas\"              # later: sca work.scas
    open \"work.scas\"

At the prompt, each statement is kept as it is done. If the terminal is
lost, sca --resume continues the session at the next start.

Next: help script · help methods · help save
";

const SCRIPTS: &str = "\
Scripts

A file of statements, checked completely before anything runs:
  sca run qc.sca --res 0.8        sca check qc.sca        sca fmt qc.sca

param lines define command-line options, with default and description:
    param res = 0.6 \"clustering resolution\"
    adata = demo(cells=300)
    leiden adata res=res

Functions, loops, decisions, and checks:
    def prepare(data, n=200) { return data | normalize | log1p | hvg n=n }
    b = prepare(demo(cells=300), n=100)
    for r in [0.2, 0.5] { leiden adata res=r key=\"leiden_{r}\" }
    if adata.n_obs > 100 { show \"{adata.n_obs} cells\" }

use \"lab.sca\" loads the functions of another file. Exit status: 0 done,
1 an error, 2 wrong usage, 3 not enough memory, 130 interrupted.

Next: help script · help functions
";

const KEYS: &str = "\
Keys at the prompt

Tab               completes the word, or lists what can stand there
Right, End        accept the gray suggestion; Alt-Right accepts one word
Up, Down          earlier statements that begin like the line
Ctrl-R            searches all earlier statements
Alt-Enter         after an error, types the line that was suggested
F1                help on the word under the cursor; so do ?leiden and leiden?
Enter             runs a statement; an empty line cancels an unfinished one
Ctrl-C            clears the line, or stops the work and keeps what is done
Ctrl-D            leaves, as exit does
Ctrl-L            clears the screen
Ctrl-X Ctrl-E     opens the line in the editor of $EDITOR; so does edit
Ctrl-A, Ctrl-E    go to the beginning and the end of the line
Ctrl-W, Ctrl-U    delete the word, or the line, before the cursor

A line that begins with a space is not kept in the history.
    set keys=vi                             # vi keys instead of Emacs keys

Next: help syntax · help set · help edit
";

/// The text of a subject.
pub fn guide(subject: &str) -> Option<&'static str> {
    GUIDES
        .iter()
        .find(|(name, ..)| *name == subject)
        .map(|(_, _, text)| *text)
}

/// The statements of a text, one a line.
pub fn statements(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("    "))
}

/// The steps of `tour`. Each leaves what the next one needs.
pub const TOUR: &[&str] = &[
    "\
Tour, step 1 of 6: data

demo makes example cells with known types; read \"file.h5ad\" reads yours.
The name alone shows what is in it.
    adata = demo(cells=500)
    adata

Type these lines, then: tour
",
    "\
Tour, step 2 of 6: quality control

qc counts genes and transcripts per cell. The violin plot is drawn at once,
which computes what it needs.
    qc adata mt=\"MT-\"
    violin adata [total_counts, pct_counts_mt]
    filter adata (pct_counts_mt < 30)

Then: tour
",
    "\
Tour, step 3 of 6: clusters and UMAP

leiden and umap compute nothing yet: they and the steps they need are
planned. plot computes them.
    leiden adata res=0.6
    umap adata
    plot adata color=[leiden, cell_type]

Then: tour
",
    "\
Tour, step 4 of 6: markers

markers ranks genes for each cluster; last is the last value shown, here the
table, which can be piped; compute shows it.
    markers adata by=leiden
    compute (last | top n=3 each=group)
    dotplot adata [CD3D, MS4A1, LYZ] by=leiden

Then: tour
",
    "\
Tour, step 5 of 6: going back

Every statement makes a new version; going back is free.
    leiden adata res=2
    undo adata
    history adata

Then: tour
",
    "\
Tour, step 6 of 6: saving your work

    write adata \"tour.h5ad\"
    script out=\"tour.sca\"
    methods

That is all. help lists the commands, help COMMAND explains one,
help syntax is the language on one screen.
",
];

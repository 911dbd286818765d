//! What a parameter accepts, and how messages describe it.

use crate::data::ColumnType;

/// The columns of a command's table: heading and type.
pub type Headings = &'static [(&'static str, ColumnType)];

/// What a parameter accepts. Evaluation, checking, completion and help are `match`es on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Data,
    /// `at_most` is infinite where the word `inf` is a value, too; else at most the largest number.
    Number {
        at_least: f64,
        above: f64,
        at_most: f64,
    },
    Integer {
        at_least: u64,
    },
    /// A whole number above zero, or `auto`.
    CountOrAuto,
    Bool,
    Text,
    /// A color map by matplotlib's name.
    Colormap,
    /// Colors of groups: a list, a palette by its name, or a record of groups and their colors.
    Palette,
    /// An end of a color scale: a number, or a percentile.
    Limit,
    /// A file or folder that is read.
    PathIn,
    /// A file that is written.
    PathOut,
    /// One of fixed words, each with a line on what it means.
    Choice(&'static [(&'static str, &'static str)]),
    /// A column of obs.
    Obs,
    /// A column of obs that can form groups.
    Groups,
    /// A column of var.
    Var,
    /// A representation of cells: a key of obsm.
    Obsm,
    /// A graph of cells: a key of obsp.
    Obsp,
    Layer,
    /// The name of something new.
    NewName,
    /// A boolean for each cell: an expression over obs and genes.
    Cells,
    /// One cell: its number, its name, or an expression over obs and genes that is largest there.
    Cell,
    /// A boolean for each gene: an expression over var.
    Genes,
    /// Gene names: a list, a record of lists, or a boolean column of var.
    GeneNames,
    /// The same, or columns of obs with numbers.
    GenesOrColumns,
    /// Gene names, some of which may be missing: published lists seldom fit a dataset wholly.
    GeneSets,
    /// Columns of obs or genes, to color by or to show.
    Colors,
    /// Further named arguments, each a function of a column: `mt=median(pct_counts_mt)`.
    Summaries,
    /// A text whose holes are filled by the command: `"{sample}_{name}"`.
    Template,
    Table,
    /// A boolean for each row of the command's table, whose columns are these.
    Rows(Headings),
    Record,
    /// Gene sets by name: a record of lists; a table of markers.
    Sets,
    Name,
    /// A dataset by its variable, or as a value.
    Subject,
    /// Datasets: a list or a record.
    Datasets,
    /// Figures: a list, or one.
    Figures,
    Any,
}

impl Kind {
    /// In words, for help and errors.
    pub fn words(&self) -> String {
        match self {
            Kind::Data => "a dataset".into(),
            Kind::Number {
                at_least,
                above,
                at_most,
            } => number_words(*at_least, *above, *at_most),
            Kind::Integer { at_least: 0 } => "a whole number".into(),
            Kind::Integer { at_least } => format!("a whole number, {at_least} or more"),
            Kind::CountOrAuto => "a whole number, 1 or more, or auto".into(),
            Kind::Bool => "true or false".into(),
            Kind::Text => "text".into(),
            Kind::Colormap => "a color map".into(),
            Kind::Palette => "colors, the name of a palette, or {group: color}".into(),
            Kind::Limit => "a number, or a percentile as \"p99\"".into(),
            Kind::PathIn => "a file or folder".into(),
            Kind::PathOut => "a file to write".into(),
            Kind::Choice(words) => words
                .iter()
                .map(|(word, _)| *word)
                .collect::<Vec<_>>()
                .join(" | "),
            Kind::Obs => "a column of obs".into(),
            Kind::Groups => "a column of obs with groups".into(),
            Kind::Var => "a column of var".into(),
            Kind::Obsm => "a representation in obsm".into(),
            Kind::Obsp => "a graph in obsp".into(),
            Kind::Layer => "a layer".into(),
            Kind::NewName => "a new name".into(),
            Kind::Cells => "a condition on cells, in parentheses".into(),
            Kind::Cell => {
                "a cell: its number, its name, or a gene or column in parentheses for the cell with the highest value".into()
            }
            Kind::Genes => "a condition on genes, in parentheses".into(),
            Kind::GeneNames | Kind::GeneSets => "genes".into(),
            Kind::GenesOrColumns => "genes or columns of obs with numbers".into(),
            Kind::Colors => "columns of obs or genes".into(),
            Kind::Summaries => "name=function(column), any number of times".into(),
            Kind::Template => "text with {columns} in it".into(),
            Kind::Table => "a table".into(),
            Kind::Rows(_) => "a condition on rows of the table, in parentheses".into(),
            Kind::Record => "a record".into(),
            Kind::Sets => "a record of gene lists".into(),
            Kind::Name => "a word".into(),
            Kind::Subject => "a dataset".into(),
            Kind::Datasets => "a list of datasets".into(),
            Kind::Figures => "a list of figures".into(),
            Kind::Any => "any value".into(),
        }
    }

    /// Whether the command itself looks at what it was given.
    pub fn takes_any(&self) -> bool {
        matches!(self, Kind::Datasets | Kind::Figures | Kind::Any)
    }
}

fn number_words(at_least: f64, above: f64, at_most: f64) -> String {
    let low = if above.is_finite() {
        format!(" above {above}")
    } else if at_least.is_finite() {
        format!(", {at_least} or more")
    } else {
        String::new()
    };
    let high = if at_most == f64::INFINITY {
        ", or inf".to_owned()
    } else if at_most < f64::MAX {
        format!(", at most {at_most}")
    } else {
        String::new()
    };
    format!("a number{low}{high}")
}

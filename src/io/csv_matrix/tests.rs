//! Whole files, plain and compressed, large and small, valid and invalid.

use crate::data::{Dataset, Lazy, Rows, State};
use crate::io::testing::{Folder, folder, load};
use crate::io::{Hints, Opened, cache, read, read_with};
use std::io::Write;
use std::path::{Path, PathBuf};

/// More than is read at once to look at a file.
const LARGE: usize = 3000;

/// Counts with many zeros, some of several digits.
fn count(cell: usize, gene: usize) -> u32 {
    let hash = (cell as u64 * 1_000_003 + gene as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    match hash >> 59 {
        0 => (hash >> 20) as u32 % 30_000,
        1..=3 => (hash >> 20) as u32 % 9,
        _ => 0,
    }
}

/// How a test file is written.
#[derive(Clone, Copy)]
struct Style {
    separator: char,
    end: &'static str,
    corner: bool,
    quotes: bool,
    last_end: bool,
}

const PLAIN: Style = Style {
    separator: ',',
    end: "\n",
    corner: true,
    quotes: false,
    last_end: true,
};

fn text(cells: usize, genes: usize, style: Style) -> String {
    let quoted = |name: String| {
        if style.quotes {
            format!("\"{name}\"")
        } else {
            name
        }
    };
    let names = (0..genes).map(|gene| quoted(format!("g{gene}")));
    let mut lines: Vec<Vec<String>> = vec![names.collect()];
    if style.corner {
        lines[0].insert(0, quoted("name".into()));
    }
    for cell in 0..cells {
        let counts = (0..genes).map(|gene| count(cell, gene).to_string());
        let name = quoted(format!("c{cell}"));
        lines.push(std::iter::once(name).chain(counts).collect());
    }
    let separator = style.separator.to_string();
    let lines: Vec<String> = lines.iter().map(|line| line.join(&separator)).collect();
    let end = if style.last_end { style.end } else { "" };
    lines.join(style.end) + end
}

fn expected(cells: usize, genes: usize) -> Rows {
    let values: Vec<f32> = (0..cells * genes)
        .map(|i| count(i / genes, i % genes) as f32)
        .collect();
    crate::io::rows::block_of_dense(cells, genes, &values)
}

fn written(folder: &Folder, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    if name.ends_with(".gz") {
        let file = std::fs::File::create(&path).unwrap();
        let mut gz = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        gz.write_all(text.as_bytes()).unwrap();
        gz.finish().unwrap();
    } else {
        std::fs::write(&path, text).unwrap();
    }
    path
}

/// All of a dataset: names of cells, of genes, values.
fn all(dataset: &Dataset) -> (Vec<String>, Vec<String>, Rows) {
    let names = |lazy: &Lazy| -> Vec<String> {
        let value = load(lazy).unwrap();
        value.names().unwrap().iter().map(str::to_owned).collect()
    };
    let blocks = &dataset.x.as_ref().unwrap().blocks;
    let grains = blocks.grains().unwrap();
    let rows = blocks.read(0..grains[grains.len() - 1]).unwrap();
    (
        names(&dataset.obs_names.value),
        names(&dataset.var_names.value),
        rows,
    )
}

fn named(letter: char, n: usize) -> Vec<String> {
    (0..n).map(|i| format!("{letter}{i}")).collect()
}

#[test]
fn every_spelling_reads_alike() {
    let folder = folder("csv-spellings");
    let styles = [
        ("a.csv", PLAIN),
        (
            "b.tsv",
            Style {
                separator: '\t',
                ..PLAIN
            },
        ),
        (
            "c.csv",
            Style {
                separator: ';',
                end: "\r\n",
                ..PLAIN
            },
        ),
        (
            "d.csv.gz",
            Style {
                quotes: true,
                ..PLAIN
            },
        ),
        (
            "e.csv",
            Style {
                corner: false,
                last_end: false,
                ..PLAIN
            },
        ),
        (
            "f.txt",
            Style {
                separator: '\t',
                end: "\r\n",
                last_end: false,
                ..PLAIN
            },
        ),
    ];
    for (name, style) in styles {
        for cells in [40, LARGE] {
            let path = written(&folder, name, &text(cells, 900, style));
            let Opened {
                dataset, warnings, ..
            } = read(&path).unwrap();
            assert!(warnings.is_empty(), "{name}: {warnings:?}");
            assert_eq!(dataset.x.as_ref().unwrap().state, State::Counts, "{name}");
            assert_eq!(dataset.cells.len().is_some(), cells == 40, "{name}");
            assert!(dataset.cells.at_most() >= cells, "{name}");
            let (cell_names, gene_names, rows) = all(&dataset);
            assert_eq!(cell_names, named('c', cells), "{name}");
            assert_eq!(gene_names, named('g', 900), "{name}");
            assert_eq!(rows, expected(cells, 900), "{name}");
        }
    }
}

#[test]
fn threads_and_memory_do_not_show() {
    let folder = folder("csv-threads");
    let path = written(&folder, "a.csv", &text(LARGE, 1100, PLAIN));
    let reading = |threads: usize, room: u64| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let before = cache::memory();
            cache::set_memory(room);
            let dataset = read(&path).unwrap().dataset;
            let found = all(&dataset);
            cache::set_memory(before);
            let blocks = dataset.x.unwrap().blocks;
            (found, blocks.grains().unwrap(), blocks.n_values())
        })
    };
    let one = reading(1, 1 << 30);
    assert!(one.1.len() > 2, "several grains");
    for (threads, room) in [(2, 1 << 30), (3, 0), (1, 300_000)] {
        assert!(
            reading(threads, room) == one,
            "{threads} threads, {room} bytes"
        );
    }
}

#[test]
fn genes_in_rows_are_turned() {
    let folder = folder("csv-turned");
    let hints = Hints {
        genes_in_rows: Some(true),
        ..Hints::default()
    };
    for lines in [50, LARGE] {
        let path = written(&folder, "a.csv", &text(lines, 900, PLAIN));
        let dataset = read_with(&path, &hints).unwrap().dataset;
        assert_eq!(dataset.cells.len(), Some(900));
        assert_eq!(dataset.genes.len(), Some(lines));
        let (cells, genes, rows) = all(&dataset);
        assert_eq!((cells, genes), (named('g', 900), named('c', lines)));
        assert_eq!(rows, expected(lines, 900).transpose_into().to_csr());
        assert_eq!(dataset.x.unwrap().blocks.n_genes(), lines);
    }
}

/// The error of opening a file or of reading it.
fn mistake(path: &Path) -> String {
    let error = match read(path) {
        Err(error) => error,
        Ok(opened) => {
            let blocks = opened.dataset.x.unwrap().blocks;
            blocks.grains().unwrap_err()
        }
    };
    assert_eq!(error.file, path);
    assert!(
        error.remedy.is_some() || error.problem == "is empty",
        "{error:?}"
    );
    error.problem
}

#[test]
fn mistakes_are_told_with_line_and_column() {
    let folder = folder("csv-mistakes");
    let cases = [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("n,A,B\n", "has column names but no rows of numbers"),
        (
            "n,A,B\na,1,2\nb,1\nc,1,2\n",
            "line 3 has 2 fields instead of 3",
        ),
        ("n,A,B\na,1,2,3,4\n", "line 2 has 5 fields instead of 4"),
        (
            "n,A,B\na,1,2\nb,1,2,3\n",
            "line 3 has 4 fields instead of 3",
        ),
        (
            "n,A,B\na,1,2\n\nb,1,x\n",
            "line 4, column 3 (B): \"x\" is not a number",
        ),
        (
            "n,A,B\na,1,2\nb,,2\n",
            "line 3, column 2 (A): \"\" is not a number",
        ),
        (
            "n,A,B\na,1,2\nb,1,NA\n",
            "line 3, column 3 (B): \"NA\" is not a number",
        ),
        (
            "n,A,B\na,1,\"2\nb,1,2\n",
            "line 2, column 3 (B): a quote is not closed",
        ),
        (
            "n,A,\"B\na,1,2\n",
            "line 1, column 3: a quote is not closed",
        ),
        ("n,A,\na,1,2\n", "line 1, column 3: the name is missing"),
        (
            "CD3D,A,B\n7,1,2\n5,3,4\n",
            "\"CD3D\" holds whole numbers, which could be row names or counts",
        ),
        (
            "n,A,B\na,1,2\nb,1",
            "is cut short: it ends in line 3, after 2 of 3 fields",
        ),
        (
            "# made by\nn,A,B\na,1,2\nb,1\n",
            "line 4 has 2 fields instead of 3",
        ),
    ];
    for (text, problem) in cases {
        let path = written(&folder, "small.csv", text);
        assert_eq!(mistake(&path), problem, "{text:?}");
    }
}

#[test]
fn mistakes_far_down_are_told_as_well() {
    let folder = folder("csv-far");
    let good = text(LARGE, 900, PLAIN);
    let line = |number: usize| {
        let (before, rest) = good.split_at(good.match_indices('\n').nth(number - 2).unwrap().0 + 1);
        (before, rest.split_once('\n').unwrap())
    };
    let with = |number: usize, change: &dyn Fn(&str) -> String| {
        let (before, (old, after)) = line(number);
        format!("{before}{}\n{after}", change(old))
    };
    let texts = [
        (
            with(2500, &|old| format!("{old},7")),
            "line 2500 has 902 fields instead of 901",
        ),
        (
            with(2900, &|old| old.replacen(",0,", ",1.5,", 1)),
            "is not a count",
        ),
        (
            good[..good.len() - 200].to_owned(),
            "is cut short: it ends in line 3001",
        ),
    ];
    for (text, problem) in texts {
        for name in ["far.csv", "far.csv.gz"] {
            let path = written(&folder, name, &text);
            let found = mistake(&path);
            assert!(found.contains(problem), "{name}: {found}");
            let again = rayon::ThreadPoolBuilder::new()
                .num_threads(1)
                .build()
                .unwrap();
            assert_eq!(again.install(|| mistake(&path)), found);
        }
    }
    let hints = Hints {
        counts: Some(false),
        ..Hints::default()
    };
    let text = with(2900, &|old| old.replacen(",0,", ",1.5,", 1));
    let path = written(&folder, "fractions.csv", &text);
    let opened = read_with(&path, &hints).unwrap().dataset;
    assert_eq!(opened.x.as_ref().unwrap().state, State::Unknown);
    assert!(all(&opened).2.data().contains(&1.5));
}

/// What is read, with genes in rows if `turned`: cells, genes, warnings.
fn names_of(path: &Path, turned: Option<bool>) -> (Vec<String>, Vec<String>, usize) {
    let hints = Hints {
        genes_in_rows: turned,
        ..Hints::default()
    };
    let opened = read_with(path, &hints).unwrap_or_else(|error| panic!("{path:?}: {error:?}"));
    let (cells, genes, _) = all(&opened.dataset);
    (cells, genes, opened.warnings.len())
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn genes_in_rows_hold_for_every_separator_and_for_what_r_writes() {
    let folder = folder("csv-separators");
    let expected = (texts(&["c1", "c2", "c3"]), texts(&["g1", "g2"]), 0);
    for (name, text) in [
        (
            "a.txt",
            "\"c1\" \"c2\" \"c3\"\n\"g1\" 0 1 2\n\"g2\" 3 0 5\n",
        ),
        ("b.txt", "GENE  c1 c2  c3\ng1 0 1 2\ng2   3 0 5.5\n"),
        ("c.tsv", "c1\tc2\tc3\ng1\t0\t1\t2\ng2\t3\t0\t5\n"),
        (
            "d.csv",
            "\"\",\"c1\",\"c2\",\"c3\"\r\n\"g1\",0,1,2\r\n\"g2\",3,0,5\r\n",
        ),
        ("e.csv", ";c1;c2;c3\ng1;0;1;2\ng2;3;0;5\n"),
        ("f.csv", "\tc1\tc2\tc3\ng1\t0\t1\t2\ng2\t3\t0\t5\n"),
        (
            "g.tsv.gz",
            "# a comment\nid\tc1\tc2\tc3\ng1\t0\t1\t2\ng2\t3\t0\t5\n",
        ),
    ] {
        let path = written(&folder, name, text);
        assert_eq!(names_of(&path, Some(true)), expected, "{name}");
    }
}

#[test]
fn large_tables_with_blanks_are_read_alike() {
    let folder = folder("csv-blanks");
    let blanks = Style {
        separator: ' ',
        corner: false,
        quotes: true,
        ..PLAIN
    };
    for name in ["a.txt", "b.txt.gz"] {
        let path = written(&folder, name, &text(LARGE, 900, blanks));
        let opened = read(&path).unwrap();
        let (cells, genes, rows) = all(&opened.dataset);
        assert_eq!(
            (cells, genes),
            (named('c', LARGE), named('g', 900)),
            "{name}"
        );
        assert_eq!(rows, expected(LARGE, 900), "{name}");
    }
}

#[test]
fn names_that_repeat_are_numbered_and_told() {
    let folder = folder("csv-repeats");
    let path = written(&folder, "a.csv", "n,A,A\na,1,2\nb,1,2\na,3,4\n");
    let columns = (texts(&["a", "b", "a-1"]), texts(&["A", "A-1"]), 2);
    assert_eq!(names_of(&path, None), columns);
    let rows = (texts(&["A", "A-1"]), texts(&["a", "b", "a-1"]), 2);
    assert_eq!(names_of(&path, Some(true)), rows);
}

#[test]
fn a_table_without_names_of_rows_has_numbers() {
    let folder = folder("csv-nameless");
    let path = written(&folder, "a.csv", "CD3D,CD4,LYZ\n0.5,0,1\n1.25,3,0\n0,0,2\n");
    let (cells, genes, warnings) = names_of(&path, None);
    assert_eq!(
        (cells, genes),
        (texts(&["0", "1", "2"]), texts(&["CD3D", "CD4", "LYZ"]))
    );
    assert_eq!(warnings, 1);
    // Lines that are numbered, and names under a usual heading, stay names.
    let numbered = written(&folder, "b.csv", ",0,1\n0,5,6\n1,7,8\n2,0,3\n");
    let found = names_of(&numbered, None);
    assert_eq!(found, (texts(&["0", "1", "2"]), texts(&["0", "1"]), 0));
    let ids = written(&folder, "c.csv", "cell,A,B\n1007,5,6\n1003,7,8\n");
    assert_eq!(names_of(&ids, None).0, texts(&["1007", "1003"]));
    let said = Hints {
        row_names: Some(false),
        ..Hints::default()
    };
    let path = written(&folder, "d.csv", "CD3D,A\n7,1\n5,3\n");
    let opened = read_with(&path, &said).unwrap().dataset;
    assert_eq!(all(&opened).1, texts(&["CD3D", "A"]));
}

#[test]
fn a_table_without_a_line_of_names_has_numbered_columns() {
    let folder = folder("csv-headless");
    let path = written(&folder, "a.csv", "c1,3,0\nc2,0,4\n");
    let named = (texts(&["c1", "c2"]), texts(&["0", "1"]), 1);
    assert_eq!(names_of(&path, None), named);
}

#[test]
fn further_columns_of_texts_describe_genes_and_cells() {
    let folder = folder("csv-texts");
    let text = "gene_id,gene_name,length,c1,c2\nE1,g1,900,0,1\nE2,g2,12,3,0\n";
    let path = written(&folder, "a.csv", text);
    let hints = |genes_in_rows| Hints {
        genes_in_rows: Some(genes_in_rows),
        ..Hints::default()
    };
    let opened = read_with(&path, &hints(true)).unwrap().dataset;
    let (cells, genes, rows) = all(&opened);
    assert_eq!((cells, genes), (texts(&["c1", "c2"]), texts(&["g1", "g2"])));
    assert_eq!(rows.nnz(), 2);
    assert_eq!(opened.var.keys().collect::<Vec<_>>(), ["gene_id", "length"]);
    let path = written(&folder, "b.csv", "cell,type,A,B\nx,T,1,0\ny,B,0,2\n");
    let opened = read_with(&path, &hints(false)).unwrap().dataset;
    assert_eq!(all(&opened).1, texts(&["A", "B"]));
    let kinds = load(&opened.obs["type"].value).unwrap();
    assert_eq!(kinds.column().unwrap().text(1), "B");
}

#[test]
fn lines_that_are_genes_by_their_names_are_read_so_and_told() {
    let folder = folder("csv-ensembl");
    let path = written(
        &folder,
        "a.csv",
        "id,a,b\nENSG00000000001,1,2\nENSG00000000002,3,4\n",
    );
    let (cells, genes, warnings) = names_of(&path, None);
    assert_eq!((cells, genes.len(), warnings), (texts(&["a", "b"]), 2, 1));
    assert_eq!(names_of(&path, Some(false)).1, texts(&["a", "b"]));
}

#[test]
fn packed_texts_are_read_whatever_packed_them() {
    let folder = folder("csv-packed");
    let plain = text(40, 30, PLAIN);
    let path = folder.join("a.csv.bz2");
    let mut packed = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    packed.write_all(plain.as_bytes()).unwrap();
    std::fs::write(&path, packed.finish().unwrap()).unwrap();
    assert_eq!(names_of(&path, None), (named('c', 40), named('g', 30), 0));
    std::fs::write(&path, &std::fs::read(&path).unwrap()[..200]).unwrap();
    assert!(mistake(&path).contains("cannot be read"));
    for (names, good) in [(&["a.csv"][..], true), (&["a.csv", "b.csv"], false)] {
        let path = folder.join("c.csv.zip");
        let file = std::fs::File::create(&path).unwrap();
        let mut archive = zip::ZipWriter::new(file);
        for name in names {
            let stored = zip::write::SimpleFileOptions::default()
                .compression_method(zip::CompressionMethod::STORE);
            archive.start_file(*name, stored).unwrap();
            archive.write_all(plain.as_bytes()).unwrap();
        }
        archive.finish().unwrap();
        if good {
            assert_eq!(names_of(&path, None).0, named('c', 40))
        } else {
            assert!(mistake(&path).contains("holds 2 files"))
        }
    }
}

#[test]
fn a_file_that_was_cut_while_compressed_or_changed_since_is_refused() {
    let folder = folder("csv-cut");
    let path = written(&folder, "a.csv.gz", &text(LARGE, 900, PLAIN));
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1000]).unwrap();
    assert!(mistake(&path).contains("cannot be read"));
    let path = written(&folder, "b.csv", &text(LARGE, 900, PLAIN));
    let opened = read(&path).unwrap().dataset;
    written(&folder, "b.csv", &text(LARGE + 1, 900, PLAIN));
    let error = opened.x.unwrap().blocks.grains().unwrap_err();
    assert_eq!(error.problem, "has changed since it was opened");
}

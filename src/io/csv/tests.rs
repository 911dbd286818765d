//! Tables of all kinds, valid and invalid.

use super::*;
use crate::io::testing::{all_rows, data, folder, load};

#[test]
fn matrices_in_several_spellings_open() {
    for (name, shape, genes) in [
        ("formats/anndata/adata.csv", (3, 2), "c1"),
        ("formats/anndata/adata-comments.tsv", (3, 2), "c1"),
        (
            "formats/anndata/umi_tools.tsv.gz",
            (2, 13),
            "ENSG00000011304.18",
        ),
        ("krumsiek11/toggleswitch.txt", (200, 2), "0"),
        ("krumsiek11/krumsiek11.txt", (640, 11), "Gata2"),
    ] {
        let Some(path) = data(name) else { return };
        let dataset = open(&path, &Hints::default())
            .unwrap_or_else(|e| panic!("{name}: {e:?}"))
            .dataset;
        let rows = all_rows(dataset.x.as_ref().unwrap()).unwrap();
        assert_eq!(rows.shape(), shape, "{name}");
        let names = load(&dataset.var_names.value)
            .unwrap()
            .names()
            .unwrap()
            .clone();
        assert_eq!(names.get(0), genes, "{name}");
    }
}

#[test]
fn tables_get_types() {
    let Some(path) = data("pbmc3k/annotations/scanpy_pbmc3k_processed_obs.csv") else {
        return;
    };
    let table = read_table(&path).unwrap();
    assert_eq!(table.n_rows(), 2638);
    let types: Vec<&str> = table
        .columns
        .iter()
        .map(|(_, column)| column.column_type().word())
        .collect();
    assert!(
        types.contains(&"number") && types.contains(&"text"),
        "{types:?}"
    );
}

#[test]
fn what_is_written_reads_back() {
    let table = Table::new()
        .with(
            "name, quoted",
            Column::Text(["a,b", "say \"hi\"", "two\nlines"].into_iter().collect()),
        )
        .with(
            "f32",
            Column::numbers(vec![f64::from(0.1_f32), 2.0, -1e-7], NumberType::F32),
        )
        .with(
            "whole",
            Column::numbers(vec![1.0, 2.0, 3.0], NumberType::I64),
        )
        .with("truth", Column::Bool(vec![true, false, true]));
    for name in ["a.csv", "a.tsv"] {
        let folder = folder(&format!("table-{name}"));
        let path = folder.join(name);
        write_table(&table, &path, false).unwrap();
        let again = read_table(&path).unwrap();
        assert_eq!(again.columns[0], table.columns[0]);
        assert_eq!(again.columns[2], table.columns[2]);
        assert_eq!(again.columns[3], table.columns[3]);
        assert_eq!(again.columns[1].1.text(0), "0.1");
        assert_eq!(std::fs::read_dir(&*folder).unwrap().count(), 1);
    }
}

#[test]
fn missing_values_and_mistakes() {
    let typed = |fields: &[&str]| typed(&fields.iter().map(|f| f.to_string()).collect::<Vec<_>>());
    let Column::Number(numbers) = typed(&["1", "", "NA"]) else {
        panic!()
    };
    assert!(numbers.nullable && numbers.values[1].is_nan());
    assert!(matches!(typed(&["1.5", "nan"]), Column::Number(n) if !n.nullable));
    assert!(matches!(typed(&["", ""]), Column::Text(_)));
    assert!(split("a,\"b", ',').is_none());
    let folder = folder("csv-error");
    let path = folder.join("a.csv");
    std::fs::write(&path, "a,b\n1,2\n3\n").unwrap();
    assert_eq!(
        read_table(&path).unwrap_err().problem,
        "line 3 has 1 fields instead of 2"
    );
    std::fs::write(&path, "a,b\nx,y\n").unwrap();
    assert!(
        open(&path, &Hints::default())
            .unwrap_err()
            .problem
            .contains("\"y\" is not a number")
    );
}

#[test]
fn numbers_with_commas_are_read_or_refused() {
    let folder = folder("csv-commas");
    let put = |text: &str| {
        let path = folder.join("table.csv");
        std::fs::write(&path, text).unwrap();
        path
    };
    // As R's write.csv2 writes them.
    let table = read_table(&put("cell;age;n\nc1;1,5;2\nc2;4;5\n")).unwrap();
    let ages = Column::numbers(vec![1.5, 4.0], NumberType::F64);
    assert_eq!(**table.column("age").unwrap(), ages);
    let table = read_table(&put("cell;age;n\nc1;0,125;2\nc2;4,250;5\n")).unwrap();
    let ages = Column::numbers(vec![0.125, 4.25], NumberType::F64);
    assert_eq!(**table.column("age").unwrap(), ages);
    for (text, said) in [
        (
            "cell,n\nc1,\"1,000\"\nc2,5\n",
            "n: \"1,000\" is not a number",
        ),
        (
            "cell;n\nc1;1.000,5\nc2;4.000\n",
            "n: \"1.000,5\" is not a number",
        ),
        ("cell;n\nc1;1,000\nc2;4\n", "n: \"1,000\" is not a number"),
        ("cell,n\rc1,1\rc2,2\r", "carriage returns alone"),
    ] {
        let error = read_table(&put(text)).unwrap_err();
        assert!(
            error.problem.contains(said) && error.remedy.is_some(),
            "{error:?}"
        );
    }
    // Texts may have commas.
    let table = read_table(&put("cell,n\nc1,\"1,2\"\nc2,5\n")).unwrap();
    assert_eq!(table.column("n").unwrap().text(0), "1,2");
    let genes = Hints {
        genes_in_rows: Some(true),
        ..Hints::default()
    };
    for (text, said) in [
        (
            "gene,a,b,c\nA,\"1,5\",2,3\nB,4,\"5,2\",6\n",
            "\"1,5\" is not a number",
        ),
        ("gene,a,b\nA,\"1,000\",2\n", "\"1,000\" is not a number"),
        ("gene,a,b\rA,1,2\r", "carriage returns alone"),
    ] {
        let error = open(&put(text), &genes).err().unwrap();
        assert!(
            error.problem.contains(said) && error.remedy.is_some(),
            "{error:?}"
        );
    }
}

//! Lines that people bring from Scanpy and Seurat: each is refused with one error, whose help is the
//! line that does it here, and that line runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the lines find.
const BEFORE: &str = r#"adata = demo pbmc cells=150 genes=150
qc adata mt="MT-"
leiden adata
"#;

/// What is typed, and what is answered.
#[rustfmt::skip]
const LINES: &[(&str, &str)] = &[
    (r#"adata.var["ribo"] = adata.var_names.str.startswith(("RPS", "RPL"))"#,
     r#"adata.var.ribo = adata.var_names ~ "^(RPS|RPL)""#),
    (r#"adata.var["mt"] = adata.var_names.str.startswith("MT-")"#,
     r#"adata.var.mt = adata.var_names ~ "^MT\\-""#),
    (r#"sc.pp.calculate_qc_metrics(adata, qc_vars=["mt"], percent_top=None, log1p=True)"#,
     r#"qc adata sets=["mt"]"#),
    ("sc.pp.filter_cells(adata, min_genes=1)",
     "filter adata min_genes=1"),
    ("sc.pp.highly_variable_genes(adata, n_top_genes=50)",
     "hvg adata n=50"),
    ("sc.pp.neighbors(adata, n_neighbors=10, n_pcs=8)",
     "neighbors adata k=10 pcs=8"),
    ("sc.tl.leiden(adata, resolution=0.5, random_state=1)",
     "leiden adata res=0.5 seed=1"),
    (r#"sc.pl.umap(adata, color=["leiden", "LYZ"], size=2)"#,
     r#"plot adata color=["leiden", "LYZ"] size=2"#),
    (r#"sc.tl.rank_genes_groups(adata, "leiden", method="wilcoxon", pts=True)"#,
     r#"markers adata "leiden" method="wilcoxon""#),
    (r#"adata.layers["raw_counts"] = adata.X.copy()"#,
     "adata.layers.raw_counts = adata.X"),
    ("adata = adata[adata.obs.n_genes_by_counts < 2500, :].copy()",
     "adata = adata[adata.obs.n_genes_by_counts < 2500, :]"),
    (r#"adata.obs["type"] = adata.obs["leiden"].map({"0": "B", "1": "T"})"#,
     r#"label adata by=leiden to=type map={"0": "B", "1": "T"}"#),
    (r#"adata.obs["leiden"].value_counts()"#,
     "count(adata.obs.leiden)"),
    ("FindClusters(adata, resolution = 0.5)",
     "leiden adata res=0.5"),
    ("FindNeighbors(adata, dims = 1:10)",
     "neighbors adata pcs=10"),
    ("adata <- ScaleData(adata)",
     "adata = scale adata"),
    ("table(adata.obs.leiden)",
     "count(adata.obs.leiden)"),
    ("rownames(adata)",
     "adata.var_names"),
    (r#"ggsave("umap.png")"#,
     r#"plot adata color=leiden out="umap.png""#),
    ("adata.shape",
     "[adata.n_obs, adata.n_vars]"),
    (r#"adata.obs["leiden"].cat.categories"#,
     "levels(adata.obs.leiden)"),
    ("label adata by=leiden to=type map={0: CD4 T cells, 1: B}",
     r#"label adata by=leiden to=type map={0: "CD4 T cells", 1: B}"#),
    (r#"VlnPlot(adata, features = c("LYZ", "CD3D"))"#,
     r#"violin adata keys=["LYZ", "CD3D"]"#),
];

struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let folder = std::env::temp_dir().join(format!("sca-pasted-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The errors of a script, as lines of JSON.
fn errors(folder: &Path, text: &str) -> Vec<serde_json::Value> {
    let script = folder.join("pasted.sca");
    fs::write(&script, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sca"));
    command.args(["--json", "--no-init"]).arg(&script);
    let ran = command.current_dir(folder).output().unwrap();
    let lines = String::from_utf8(ran.stdout).unwrap() + &String::from_utf8_lossy(&ran.stderr);
    lines
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|it: &serde_json::Value| it["type"] == "error")
        .collect()
}

#[test]
fn every_line_is_answered_with_one_that_runs() {
    let folder = Folder::new();
    let mut wrong = Vec::new();
    for (typed, answer) in LINES {
        let errors = errors(&folder.0, &format!("{BEFORE}{typed}\n"));
        let helps: Vec<&str> = errors.iter().filter_map(|it| it["help"].as_str()).collect();
        if helps != [*answer] {
            wrong.push(format!("{typed}\n    {helps:?}\n    instead of {answer}"));
        }
    }
    for (_, answer) in LINES {
        for error in errors(&folder.0, &format!("{BEFORE}{answer}\n")) {
            wrong.push(format!("{answer}\n    is refused: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

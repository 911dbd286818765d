//! Help from outside: search words find commands, subjects fit on a screen, and every statement in
//! them runs.

use sca::command::{guides, help};
use sca::commands::COMMANDS;
use sca::eval::Interpreter;
use sca::plan::Engine;
use sca::session::Session;
use sca::source::Source;

/// What a scientist would type, and a command that has to be among the answers.
#[rustfmt::skip]
const WORDS: [(&str, &str); 70] = [
    ("compare", "markers"), ("compare", "de"), ("condition", "de"), ("condition", "markers"),
    ("clustering", "leiden"), ("clusters", "leiden"), ("community detection", "louvain"),
    ("resolution", "leiden"), ("embedding", "umap"), ("dimensionality reduction", "pca"),
    ("dimensionality", "umap"), ("visualization", "plot"), ("t-SNE", "tsne"), ("tSNE", "tsne"),
    ("UMAP", "umap"), ("PCA", "pca"), ("principal components", "pca"), ("eigenvalues", "pca"),
    ("knn", "neighbors"), ("SNN", "neighbors"), ("nearest neighbor", "neighbors"),
    ("neighbor graph", "neighbors"), ("integration", "harmony"), ("batch correction", "harmony"),
    ("batch effect", "combat"), ("merge", "concat"), ("combine", "concat"),
    ("normalization", "normalize"), ("size factors", "normalize"), ("CPM", "normalize"),
    ("SCTransform", "pearson_residuals"), ("log transformation", "log1p"), ("z-score", "scale"),
    ("feature selection", "hvg"), ("highly variable genes", "hvg"), ("variable features", "hvg"),
    ("quality control", "qc"), ("QC", "qc"), ("mitochondrial", "qc"), ("percent.mt", "qc"),
    ("subset", "filter"), ("subsampling", "sample"), ("doublets", "scrublet"),
    ("doublet detection", "scrublet"), ("differential expression", "markers"), ("DEG", "de"),
    ("marker genes", "markers"), ("wilcoxon", "markers"), ("limma", "de"), ("DESeq2", "de"),
    ("pseudobulk", "pseudobulk"), ("average expression", "aggregate"), ("cell types", "annotate"),
    ("annotation", "annotate"), ("label transfer", "ingest"), ("reference mapping", "ingest"),
    ("module score", "score"), ("gene signature", "score"), ("cell cycle", "cell_cycle"),
    ("trajectory", "dpt"), ("pseudotime", "dpt"), ("lineage", "paga"), ("diffusion", "diffmap"),
    ("silhouette", "silhouette"), ("ARI", "agreement"), ("proportions", "summarize"),
    ("scree plot", "elbow"), ("reproducibility", "script"), ("citation", "methods"),
    ("tutorial", "tour"),
];

#[test]
fn words_of_the_field_find_their_commands() {
    for (word, command) in WORDS {
        let text = help::topic(COMMANDS, Some(word), None, &[]).unwrap_or_default();
        let first = text.split_whitespace().next() == Some(command);
        let listed = text
            .lines()
            .take(8)
            .any(|line| line.starts_with(&format!("  {command} ")));
        assert!(first || listed, "help {word}:\n{text}");
    }
}

#[test]
fn help_fits_on_a_screen() {
    let fits = |text: &str, lines: usize| {
        text.lines().count() <= lines && text.lines().all(|line| line.chars().count() <= 80)
    };
    let overview = help::topic(COMMANDS, None, None, &[]).unwrap_or_default();
    // A terminal of 24 lines has the prompts before and after it, too.
    assert!(fits(&overview, 22), "{overview}");
    for (subject, _, text) in guides::GUIDES {
        assert!(fits(text, 36), "{subject}");
    }
}

/// Each statement of a subject, and of the tour from step to step, does what the text says: it runs.
#[test]
fn guides_and_tour_run() {
    let folder = std::env::temp_dir().join(format!("sca-guides-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    std::env::set_current_dir(&folder).expect("it can be entered");
    for (subject, _, text) in guides::GUIDES {
        runs(subject, guides::statements(text));
    }
    runs(
        "tour",
        guides::TOUR.iter().copied().flat_map(guides::statements),
    );
    std::env::set_current_dir(std::env::temp_dir()).expect("it can be left");
    let _ = std::fs::remove_dir_all(&folder);
}

fn runs<'t>(subject: &str, lines: impl Iterator<Item = &'t str>) {
    let engine = Engine::new(None);
    let mut session = Session::default();
    for line in lines {
        let source = Source::new(subject, line);
        let parsed = sca::lang::parse(&source);
        assert!(parsed.diagnostics.is_empty(), "{subject}: {line}");
        for statement in &parsed.statements {
            let mut nothing = |_| {};
            let mut interpreter = Interpreter::new(session, COMMANDS, &engine, &mut nothing);
            interpreter.painter = |_, _| Ok(None);
            let outcome = interpreter.run(&source, statement);
            session = interpreter.session;
            assert!(outcome.is_ok(), "{subject}: {line}: {outcome:?}");
        }
    }
}

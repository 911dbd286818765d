//! `cell_cycle`: scores of S and G2/M genes, and the phase of each cell.

use crate::command::params::{Count, Data, Flag, GeneSets, Integer};
use crate::command::references;
use crate::command::spec::{LOGS, Theirs};
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::comparing::gene_scores::{Wanted, positions, scores, tell_missing};
use crate::commands::inputs::gene_values::GeneValues;
use crate::data::{Column, ColumnType, Dataset, Lazy, Names, Place, Promise, SlotName, Value};
use crate::diagnostic::Outcome;
use crate::kernels::methods::score::{Phase, ScoreParams, phase};
use crate::params;
use std::sync::Arc;

/// Genes of the S phase: Tirosh et al., Science 352, 189 (2016).
pub(in crate::commands) const S_GENES: &[&str] = &[
    "MCM5", "PCNA", "TYMS", "FEN1", "MCM2", "MCM4", "RRM1", "UNG", "GINS2", "MCM6", "CDCA7", "DTL",
    "PRIM1", "UHRF1", "MLF1IP", "HELLS", "RFC2", "RPA2", "NASP", "RAD51AP1", "GMNN", "WDR76",
    "SLBP", "CCNE2", "UBR7", "POLD3", "MSH2", "ATAD2", "RAD51", "RRM2", "CDC45", "CDC6", "EXO1",
    "TIPIN", "DSCC1", "BLM", "CASP8AP2", "USP1", "CLSPN", "POLA1", "CHAF1B", "BRIP1", "E2F8",
];

/// Genes of the phases G2 and M, from the same work.
pub(in crate::commands) const G2M_GENES: &[&str] = &[
    "HMGB2", "CDK1", "NUSAP1", "UBE2C", "BIRC5", "TPX2", "TOP2A", "NDC80", "CKS2", "NUF2", "CKS1B",
    "MKI67", "TMPO", "CENPF", "TACC3", "FAM64A", "SMC4", "CCNB2", "CKAP2L", "CKAP2", "AURKB",
    "BUB1", "KIF11", "ANP32E", "TUBB4B", "GTSE1", "KIF20B", "HJURP", "CDCA3", "HN1", "CDC20",
    "TTK", "CDC25C", "KIF2C", "RANGAP1", "NCAPD2", "DLGAP5", "CDCA2", "CDCA8", "ECT2", "KIF23",
    "HMMR", "AURKA", "PSRC1", "ANLN", "LBR", "CKAP5", "CENPE", "CTCF", "NEK2", "G2E3", "GAS2L3",
    "CBX5", "CENPA",
];

/// Names of today for three of them.
const RENAMED: &[(&str, &str)] = &[("MLF1IP", "CENPU"), ("FAM64A", "PIMREG"), ("HN1", "JPT1")];

/// The lists that Seurat brings along, `cc.genes$s.genes`, also by the names that its users give them.
const OF_SEURAT: &[(&str, Theirs)] = &[
    (
        "s.features",
        Theirs::IfText("s.genes", "these genes are the default"),
    ),
    (
        "g2m.features",
        Theirs::IfText("g2m.genes", "these genes are the default"),
    ),
];

params! {
    CellCycle {
        /// The dataset.
        adata: Data,
        /// Genes of the S phase; the 43 of Tirosh et al., in human or mouse spelling, if left out.
        #[also("s.features")]
        s_genes: Option<GeneSets>,
        /// Genes of the phases G2 and M; the 54 of Tirosh et al., if left out.
        #[also("g2m.features")]
        g2m_genes: Option<GeneSets>,
        /// Use the current names of three genes: CENPU, PIMREG and JPT1 for MLF1IP, FAM64A and HN1.
        updated: Flag = false,
        /// Control genes per bin; by default the number of measured genes in the smaller set.
        ctrl_size: Option<Count>,
        /// Bins of mean expression.
        #[also("n_bins")]
        bins: Count = 25,
        /// Random seed; by default the session's seed.
        #[also("random_state")]
        seed: Option<Integer>,
        use GeneValues as values,
    }
}

impl Command for CellCycle {
    const SPEC: Spec = Spec {
        name: "cell_cycle",
        summary: "Score the cell cycle: S and G2/M scores and a phase for each cell.",
        keywords: "cell cycle phase S G2M proliferation",
        about: "The phase is the one with the higher score, or G1 if both are negative. Control genes are the same as scanpy's for lists of measured genes; for lists with other genes, scanpy counts these, too: ctrl_size=43 for the default lists. To remove cell cycle effects: `regress adata [S_score, G2M_score]`.",
        reads: &[LOGS],
        writes: &[
            Write::Slot(Place::Obs, Key::Is("S_score")),
            Write::Slot(Place::Obs, Key::Is("G2M_score")),
            Write::Slot(Place::Obs, Key::Is("phase")),
        ],
        like: &["sc.tl.score_genes_cell_cycle", "CellCycleScoring"],
        theirs: OF_SEURAT,
        examples: &[
            "cell_cycle adata",
            "cell_cycle adata s_genes=[\"PCNA\", \"MCM5\"]",
        ],
        cite: &[&references::TIROSH_2016],
        method: "Cells were assigned to phases of the cell cycle by their scores for S and G2/M genes <TIROSH_2016>.",
        holds: "one mean per gene and two scores per cell",
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let input = self.values.logs(scene, &data)?;
        let updated = self.updated.0;
        let list = |given: &Option<GeneSets>, own: &[&str]| match given {
            Some(genes) => genes.0.names().cloned().collect::<Vec<String>>(),
            None => own.iter().map(|gene| named(gene, updated)).collect(),
        };
        let lists = [
            list(&self.s_genes, S_GENES),
            list(&self.g2m_genes, G2M_GENES),
        ];
        tell(scene, &input.data, &lists)?;
        let wanted = Wanted {
            n_sets: 2,
            sets: Box::new(move |names: &Names| {
                let lists = spelled(&lists, names);
                lists.iter().map(|genes| positions(names, genes)).collect()
            }),
            pool: None,
            params: ScoreParams {
                ctrl_size: self.ctrl_size.as_ref().map_or(1, |size| size.0),
                n_bins: self.bins.0,
                ctrl_as_ref: true,
                seed: scene.seed(&self.seed) as u32,
            },
            like_smallest: self.ctrl_size.is_none(),
        };
        let columns = scores(scene, &input.data, &input.matrix, wanted);
        let columns: Vec<Lazy> = columns.into_iter().map(Lazy::measured).collect();
        let phases = phases(scene, columns.clone());
        let from = input.from();
        let keys = ["S_score", "G2M_score", "phase"];
        for (key, value) in keys.into_iter().zip(columns.into_iter().chain([phases])) {
            scene.put(&mut data, Place::Obs, key, value, &from);
        }
        let written = ["S_score", "G2M_score", "phase"];
        let written = written.map(|key| SlotName::new(Place::Obs, key));
        Ok(Reply::Dataset(data, written.to_vec()))
    }
}

fn named(gene: &str, updated: bool) -> String {
    let today = RENAMED.iter().find(|(old, _)| updated && *old == gene);
    today.map_or(gene, |(_, new)| new).to_owned()
}

/// `PCNA` as mouse genes are written: `Pcna`.
fn as_mouse(gene: &str) -> String {
    let lower = gene.to_lowercase();
    let mut letters = lower.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// The lists as they are, or as mouse genes are written, whichever has more among `names`.
fn spelled(lists: &[Vec<String>; 2], names: &Names) -> [Vec<String>; 2] {
    let mouse = lists
        .each_ref()
        .map(|genes| genes.iter().map(|gene| as_mouse(gene)).collect());
    let measured = |lists: &[Vec<String>; 2]| {
        let genes = lists.iter().flatten();
        genes.filter(|gene| names.position(gene).is_some()).count()
    };
    if measured(&mouse) > measured(lists) {
        mouse
    } else {
        lists.clone()
    }
}

fn tell(scene: &mut Scene, data: &Dataset, lists: &[Vec<String>; 2]) -> Outcome<()> {
    let Some(names) = scene.known_genes(data) else {
        return Ok(());
    };
    let lists = spelled(lists, &names);
    for (param, genes) in ["s_genes", "g2m_genes"].into_iter().zip(&lists) {
        tell_missing(scene, param, data, genes)?;
    }
    Ok(())
}

/// A category of G1, G2M and S.
fn phases(scene: &Scene, scores: Vec<Lazy>) -> Lazy {
    let promise = Promise::Column(ColumnType::Category);
    scene.step(scores, promise, |scores, _| {
        let numbers = |value: &Value| {
            let numbers = value.column_numbers();
            numbers.map_or(Vec::new(), |numbers| numbers.values.clone())
        };
        let mut scores = scores.iter().map(numbers);
        let mut next = || scores.next().unwrap_or_default();
        let (s, g2m) = (next(), next());
        let code = |(&s, &g2m): (&f64, &f64)| match phase(s, g2m) {
            Phase::G1 => 0,
            Phase::G2M => 1,
            Phase::S => 2,
        };
        let codes = s.iter().zip(&g2m).map(code).collect();
        let levels = ["G1", "G2M", "S"].into_iter().collect();
        Ok(Value::Column(Arc::new(Column::category(codes, levels))))
    })
}

//! `score`: how strongly each cell expresses a set of genes.

use crate::command::params::{Count, Data, Flag, GeneSets, Integer, NewName};
use crate::command::references;
use crate::command::spec::LOGS;
use crate::command::{Command, Key, Reply, Scene, Spec, Write};
use crate::commands::comparing::gene_scores::{Wanted, positions, scores, tell_missing};
use crate::commands::inputs::gene_values::GeneValues;
use crate::data::{Names, Place, SlotName};
use crate::diagnostic::Outcome;
use crate::kernels::methods::score::ScoreParams;
use crate::params;

params! {
    Score {
        /// The dataset.
        adata: Data,
        /// Genes: a list, or a record of lists for one column each. Some may be missing.
        #[also("gene_list", "features")]
        genes: GeneSets,
        /// Column of obs to write, for a list.
        #[also("score_name", "name")]
        key: NewName = "score",
        /// Control genes drawn from each bin that holds a gene of the set.
        #[also("ctrl")]
        ctrl_size: Count = 50,
        /// Bins of mean expression.
        #[also("n_bins", "nbin")]
        bins: Count = 25,
        /// Genes to draw controls from; by default all.
        #[also("gene_pool")]
        pool: Option<GeneSets>,
        /// Allow genes of the set to be drawn as controls, then drop them.
        ctrl_as_ref: Flag = true,
        /// Random seed; by default the session's seed.
        #[also("random_state")]
        seed: Option<Integer>,
        use GeneValues as values,
    }
}

impl Command for Score {
    const SPEC: Spec = Spec {
        name: "score",
        summary: "Score cells by the expression of a set of genes.",
        keywords: "gene signature module score gene set signature pathway",
        about: "The score is the mean of the genes minus the mean of control genes with similar expression; the controls are the same as scanpy's.",
        reads: &[LOGS],
        writes: &[
            Write::Slot(Place::Obs, Key::Param("key")),
            Write::Slot(Place::Obs, Key::Pattern("<set>")),
        ],
        like: &["sc.tl.score_genes", "AddModuleScore"],
        examples: &[
            "score adata [\"CD3D\", \"CD3E\", \"IL7R\"] key=\"t_score\"",
            "score adata {t_score: [\"CD3D\", \"CD3E\"], b_score: [\"MS4A1\", \"CD79A\"]}",
        ],
        cite: &[&references::TIROSH_2016],
        method: "Gene sets were scored relative to control genes with similar expression <TIROSH_2016>.",
        holds: "one mean per gene and one score per cell",
        tells: &["key"],
        ..Spec::NEW
    };

    fn plan(self, scene: &mut Scene) -> Outcome<Reply> {
        let mut data = (*self.adata.0).clone();
        let input = self.values.logs(scene, &data)?;
        let (keys, sets): (Vec<String>, Vec<Vec<String>>) = self
            .genes
            .0
            .0
            .into_iter()
            .map(|(title, genes)| (title.unwrap_or_else(|| self.key.0.clone()), genes))
            .unzip();
        for genes in &sets {
            tell_missing(scene, "genes", &input.data, genes)?;
        }
        let wanted = Wanted {
            n_sets: sets.len(),
            sets: Box::new(move |names: &Names| {
                sets.iter().map(|genes| positions(names, genes)).collect()
            }),
            pool: self.pool.map(|pool| pool.0.names().cloned().collect()),
            params: ScoreParams {
                ctrl_size: self.ctrl_size.0,
                n_bins: self.bins.0,
                ctrl_as_ref: self.ctrl_as_ref.0,
                seed: scene.seed(&self.seed) as u32,
            },
            like_smallest: false,
        };
        let columns = scores(scene, &input.data, &input.matrix, wanted);
        for (key, value) in keys.iter().zip(columns) {
            scene.put(&mut data, Place::Obs, key, value.measured(), &input.from());
        }
        let written = keys
            .iter()
            .map(|key| SlotName::new(Place::Obs, key.clone()));
        Ok(Reply::Dataset(data, written.collect()))
    }
}

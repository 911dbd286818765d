//! The papers themselves.

use super::Reference;

macro_rules! papers {
    ($($key:ident = $short:literal, $authors:literal,
       $title:literal,
       $journal:literal $volume:literal $pages:literal $year:literal $doi:literal;)*) => {
        $(pub const $key: Reference = Reference {
            key: stringify!($key),
            short: $short,
            authors: $authors,
            title: $title,
            journal: $journal,
            volume: $volume,
            pages: $pages,
            year: $year,
            doi: $doi,
        };)*

        /// All of them.
        pub const ALL: &[&Reference] = &[$(&$key),*];
    };
}

papers! {
    BBKNN = "Polański et al., Bioinformatics 36, 964 (2020)",
        "Polański, Krzysztof and Young, Matthew D. and Miao, Zhichao and Meyer, Kerstin B. and Teichmann, Sarah A. and Park, Jong-Eun",
        "BBKNN: fast batch alignment of single cell transcriptomes",
        "Bioinformatics" "36" "964-965" 2020 "10.1093/bioinformatics/btz625";
    BENJAMINI_1995 = "Benjamini & Hochberg, J. R. Stat. Soc. B 57, 289 (1995)",
        "Benjamini, Yoav and Hochberg, Yosef",
        "Controlling the false discovery rate: a practical and powerful approach to multiple testing",
        "J. R. Stat. Soc. B" "57" "289-300" 1995 "10.1111/j.2517-6161.1995.tb02031.x";
    CELL_RANGER = "Zheng et al., Nat. Commun. 8, 14049 (2017)",
        "Zheng, Grace X. Y. and Terry, Jessica M. and Belgrader, Phillip and others",
        "Massively parallel digital transcriptional profiling of single cells",
        "Nat. Commun." "8" "14049" 2017 "10.1038/ncomms14049";
    CHEN_2016 = "Chen, Lun & Smyth, F1000Research 5, 1438 (2016)",
        "Chen, Yunshun and Lun, Aaron T. L. and Smyth, Gordon K.",
        "From reads to genes to pathways: differential expression analysis of RNA-Seq experiments using Rsubread and the edgeR quasi-likelihood pipeline",
        "F1000Research" "5" "1438" 2016 "10.12688/f1000research.8987.2";
    CITE_SEQ = "Stoeckius et al., Nat. Methods 14, 865 (2017)",
        "Stoeckius, Marlon and Hafemeister, Christoph and Stephenson, William and Houck-Loomis, Brian and Chattopadhyay, Pratip K. and Swerdlow, Harold and Satija, Rahul and Smibert, Peter",
        "Simultaneous epitope and transcriptome measurement in single cells",
        "Nat. Methods" "14" "865-868" 2017 "10.1038/nmeth.4380";
    CLUSTREE = "Zappia & Oshlack, GigaScience 7, giy083 (2018)",
        "Zappia, Luke and Oshlack, Alicia",
        "Clustering trees: a visualization for evaluating clusterings at multiple resolutions",
        "GigaScience" "7" "giy083" 2018 "10.1093/gigascience/giy083";
    COIFMAN_2006 = "Coifman & Lafon, Appl. Comput. Harmon. Anal. 21, 5 (2006)",
        "Coifman, Ronald R. and Lafon, Stéphane",
        "Diffusion maps",
        "Appl. Comput. Harmon. Anal." "21" "5-30" 2006 "10.1016/j.acha.2006.04.006";
    COMBAT = "Johnson, Li & Rabinovic, Biostatistics 8, 118 (2007)",
        "Johnson, W. Evan and Li, Cheng and Rabinovic, Ariel",
        "Adjusting batch effects in microarray expression data using empirical Bayes methods",
        "Biostatistics" "8" "118-127" 2007 "10.1093/biostatistics/kxj037";
    DPT = "Haghverdi et al., Nat. Methods 13, 845 (2016)",
        "Haghverdi, Laleh and Büttner, Maren and Wolf, F. Alexander and Buettner, Florian and Theis, Fabian J.",
        "Diffusion pseudotime robustly reconstructs lineage branching",
        "Nat. Methods" "13" "845-848" 2016 "10.1038/nmeth.3971";
    FORCE_ATLAS = "Jacomy et al., PLoS ONE 9, e98679 (2014)",
        "Jacomy, Mathieu and Venturini, Tommaso and Heymann, Sebastien and Bastian, Mathieu",
        "ForceAtlas2, a continuous graph layout algorithm for handy network visualization designed for the Gephi software",
        "PLoS ONE" "9" "e98679" 2014 "10.1371/journal.pone.0098679";
    FRUCHTERMAN_1991 = "Fruchterman & Reingold, Softw. Pract. Exp. 21, 1129 (1991)",
        "Fruchterman, Thomas M. J. and Reingold, Edward M.",
        "Graph drawing by force-directed placement",
        "Softw. Pract. Exp." "21" "1129-1164" 1991 "10.1002/spe.4380211102";
    GEARY_1954 = "Geary, Inc. Statist. 5, 115 (1954)",
        "Geary, R. C.",
        "The contiguity ratio and statistical mapping",
        "Inc. Statist." "5" "115-146" 1954 "10.2307/2986645";
    HALKO_2011 = "Halko, Martinsson & Tropp, SIAM Rev. 53, 217 (2011)",
        "Halko, N. and Martinsson, P. G. and Tropp, J. A.",
        "Finding structure with randomness: probabilistic algorithms for constructing approximate matrix decompositions",
        "SIAM Rev." "53" "217-288" 2011 "10.1137/090771806";
    HARMONY = "Korsunsky et al., Nat. Methods 16, 1289 (2019)",
        "Korsunsky, Ilya and Millard, Nghia and Fan, Jean and Slowikowski, Kamil and Zhang, Fan and Wei, Kevin and Baglaenko, Yuriy and Brenner, Michael and Loh, Po-ru and Raychaudhuri, Soumya",
        "Fast, sensitive and accurate integration of single-cell data with Harmony",
        "Nat. Methods" "16" "1289-1296" 2019 "10.1038/s41592-019-0619-0";
    HASHSOLO = "Bernstein et al., Cell Syst. 11, 95 (2020)",
        "Bernstein, Nicholas J. and Fong, Nicole L. and Lam, Irene and Roy, Margaret A. and Hendrickson, David G. and Kelley, David R.",
        "Solo: doublet identification in single-cell RNA-seq via semi-supervised deep learning",
        "Cell Syst." "11" "95-101" 2020 "10.1016/j.cels.2020.05.010";
    HUBERT_1985 = "Hubert & Arabie, J. Classif. 2, 193 (1985)",
        "Hubert, Lawrence and Arabie, Phipps",
        "Comparing partitions",
        "J. Classif." "2" "193-218" 1985 "10.1007/BF01908075";
    KOBAK_2019 = "Kobak & Berens, Nat. Commun. 10, 5416 (2019)",
        "Kobak, Dmitry and Berens, Philipp",
        "The art of using t-SNE for single-cell transcriptomics",
        "Nat. Commun." "10" "5416" 2019 "10.1038/s41467-019-13056-x";
    LEE_2008 = "Lee et al., PLoS Comput. Biol. 4, e1000217 (2008)",
        "Lee, Eunjung and Chuang, Han-Yu and Kim, Jong-Won and Ideker, Trey and Lee, Doheon",
        "Inferring pathway activity toward precise disease classification",
        "PLoS Comput. Biol." "4" "e1000217" 2008 "10.1371/journal.pcbi.1000217";
    LEIDEN = "Traag, Waltman & van Eck, Sci. Rep. 9, 5233 (2019)",
        "Traag, V. A. and Waltman, L. and van Eck, N. J.",
        "From Louvain to Leiden: guaranteeing well-connected communities",
        "Sci. Rep." "9" "5233" 2019 "10.1038/s41598-019-41695-z";
    LOUVAIN = "Blondel et al., J. Stat. Mech. P10008 (2008)",
        "Blondel, Vincent D. and Guillaume, Jean-Loup and Lambiotte, Renaud and Lefebvre, Etienne",
        "Fast unfolding of communities in large networks",
        "J. Stat. Mech." "" "P10008" 2008 "10.1088/1742-5468/2008/10/P10008";
    LOWESS = "Cleveland, J. Am. Stat. Assoc. 74, 829 (1979)",
        "Cleveland, William S.",
        "Robust locally weighted regression and smoothing scatterplots",
        "J. Am. Stat. Assoc." "74" "829-836" 1979 "10.1080/01621459.1979.10481038";
    MAGIC = "van Dijk et al., Cell 174, 716 (2018)",
        "van Dijk, David and Sharma, Roshan and Nainys, Juozas and Yim, Kristina and Kathail, Pooja and Carr, Ambrose J. and Burdziak, Cassandra and Moon, Kevin R. and Chaffer, Christine L. and Pattabiraman, Diwakar and Bierie, Brian and Mazutis, Linas and Wolf, Guy and Krishnaswamy, Smita and Pe'er, Dana",
        "Recovering gene interactions from single-cell data using data diffusion",
        "Cell" "174" "716-729.e27" 2018 "10.1016/j.cell.2018.05.061";
    MORAN_1950 = "Moran, Biometrika 37, 17 (1950)",
        "Moran, P. A. P.",
        "Notes on continuous stochastic phenomena",
        "Biometrika" "37" "17-23" 1950 "10.1093/biomet/37.1-2.17";
    MULLNER_2011 = "Müllner, arXiv:1109.2378 (2011)",
        "Müllner, Daniel",
        "Modern hierarchical, agglomerative clustering algorithms",
        "arXiv" "" "1109.2378" 2011 "";
    NEWMAN_2004 = "Newman & Girvan, Phys. Rev. E 69, 026113 (2004)",
        "Newman, M. E. J. and Girvan, M.",
        "Finding and evaluating community structure in networks",
        "Phys. Rev. E" "69" "026113" 2004 "10.1103/PhysRevE.69.026113";
    PAGA = "Wolf et al., Genome Biol. 20, 59 (2019)",
        "Wolf, F. Alexander and Hamey, Fiona K. and Plass, Mireya and Solana, Jordi and Dahlin, Joakim S. and Göttgens, Berthold and Rajewsky, Nikolaus and Simon, Lukas and Theis, Fabian J.",
        "PAGA: graph abstraction reconciles clustering with trajectory inference through a topology preserving map of single cells",
        "Genome Biol." "20" "59" 2019 "10.1186/s13059-019-1663-x";
    PEARSON_RESIDUALS = "Lause, Berens & Kobak, Genome Biol. 22, 258 (2021)",
        "Lause, Jan and Berens, Philipp and Kobak, Dmitry",
        "Analytic Pearson residuals for normalization of single-cell RNA-seq UMI data",
        "Genome Biol." "22" "258" 2021 "10.1186/s13059-021-02451-7";
    PHIPSON_2016 = "Phipson et al., Ann. Appl. Stat. 10, 946 (2016)",
        "Phipson, Belinda and Lee, Stanley and Majewski, Ian J. and Alexander, Warren S. and Smyth, Gordon K.",
        "Robust hyperparameter estimation protects against hypervariable genes and improves power to detect differential expression",
        "Ann. Appl. Stat." "10" "946-963" 2016 "10.1214/16-AOAS920";
    ROUSSEEUW_1987 = "Rousseeuw, J. Comput. Appl. Math. 20, 53 (1987)",
        "Rousseeuw, Peter J.",
        "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis",
        "J. Comput. Appl. Math." "20" "53-65" 1987 "10.1016/0377-0427(87)90125-7";
    SCANPY = "Wolf, Angerer & Theis, Genome Biol. 19, 15 (2018)",
        "Wolf, F. Alexander and Angerer, Philipp and Theis, Fabian J.",
        "SCANPY: large-scale single-cell gene expression data analysis",
        "Genome Biol." "19" "15" 2018 "10.1186/s13059-017-1382-0";
    SCOTT_1992 = "Scott, Multivariate Density Estimation, Wiley (1992)",
        "Scott, David W.",
        "Multivariate density estimation: theory, practice, and visualization",
        "Wiley" "" "" 1992 "10.1002/9780470316849";
    SCRUBLET = "Wolock, Lopez & Klein, Cell Syst. 8, 281 (2019)",
        "Wolock, Samuel L. and Lopez, Romain and Klein, Allon M.",
        "Scrublet: computational identification of cell doublets in single-cell transcriptomic data",
        "Cell Syst." "8" "281-291" 2019 "10.1016/j.cels.2018.11.005";
    SEURAT = "Satija et al., Nat. Biotechnol. 33, 495 (2015)",
        "Satija, Rahul and Farrell, Jeffrey A. and Gennert, David and Schier, Alexander F. and Regev, Aviv",
        "Spatial reconstruction of single-cell gene expression data",
        "Nat. Biotechnol." "33" "495-502" 2015 "10.1038/nbt.3192";
    SEURAT_V3 = "Stuart et al., Cell 177, 1888 (2019)",
        "Stuart, Tim and Butler, Andrew and Hoffman, Paul and Hafemeister, Christoph and Papalexi, Efthymia and Mauck, William M. and Hao, Yuhan and Stoeckius, Marlon and Smibert, Peter and Satija, Rahul",
        "Comprehensive integration of single-cell data",
        "Cell" "177" "1888-1902" 2019 "10.1016/j.cell.2019.05.031";
    SMYTH_2004 = "Smyth, Stat. Appl. Genet. Mol. Biol. 3, 3 (2004)",
        "Smyth, Gordon K.",
        "Linear models and empirical Bayes methods for assessing differential expression in microarray experiments",
        "Stat. Appl. Genet. Mol. Biol." "3" "3" 2004 "10.2202/1544-6115.1027";
    SONESON_2018 = "Soneson & Robinson, Nat. Methods 15, 255 (2018)",
        "Soneson, Charlotte and Robinson, Mark D.",
        "Bias, robustness and scalability in single-cell differential expression analysis",
        "Nat. Methods" "15" "255-261" 2018 "10.1038/nmeth.4612";
    SQUAIR_2021 = "Squair et al., Nat. Commun. 12, 5692 (2021)",
        "Squair, Jordan W. and Gautier, Matthieu and Kathe, Claudia and others",
        "Confronting false discoveries in single-cell differential expression",
        "Nat. Commun." "12" "5692" 2021 "10.1038/s41467-021-25960-2";
    TIROSH_2016 = "Tirosh et al., Science 352, 189 (2016)",
        "Tirosh, Itay and Izar, Benjamin and Prakadan, Sanjay M. and others",
        "Dissecting the multicellular ecosystem of metastatic melanoma by single-cell RNA-seq",
        "Science" "352" "189-196" 2016 "10.1126/science.aad0501";
    TMM = "Robinson & Oshlack, Genome Biol. 11, R25 (2010)",
        "Robinson, Mark D. and Oshlack, Alicia",
        "A scaling normalization method for differential expression analysis of RNA-seq data",
        "Genome Biol." "11" "R25" 2010 "10.1186/gb-2010-11-3-r25";
    TSNE = "van der Maaten & Hinton, J. Mach. Learn. Res. 9, 2579 (2008)",
        "van der Maaten, Laurens and Hinton, Geoffrey",
        "Visualizing data using t-SNE",
        "J. Mach. Learn. Res." "9" "2579-2605" 2008 "";
    UMAP = "McInnes, Healy & Melville, arXiv:1802.03426 (2018)",
        "McInnes, Leland and Healy, John and Melville, James",
        "UMAP: Uniform Manifold Approximation and Projection for dimension reduction",
        "arXiv" "" "1802.03426" 2018 "";
    VOOM = "Law et al., Genome Biol. 15, R29 (2014)",
        "Law, Charity W. and Chen, Yunshun and Shi, Wei and Smyth, Gordon K.",
        "voom: precision weights unlock linear model analysis tools for RNA-seq read counts",
        "Genome Biol." "15" "R29" 2014 "10.1186/gb-2014-15-2-r29";
}

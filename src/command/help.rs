//! Help texts, all derived from declarations.

//! The only place that writes to a terminal or a file a person looks at.

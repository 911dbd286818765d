//! Published data, and what scanpy computes from them, are too large for the repository: where they
//! lie, and what is said, once, where they do not. CONTRIBUTING.md says how to get them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Once;

static SAID: Once = Once::new();

/// A file in the folder that a variable names, or in the one beside the checkout.
///
/// # Panics
/// The variable is set and the file is missing.
fn file(variable: &str, sibling: &str, name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let named = std::env::var_os(variable).map(PathBuf::from);
    let promised = named.is_some();
    let path = named.unwrap_or(beside.join(sibling)).join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(!promised, "{variable}: {} is missing", path.display());
    // Not by `eprintln!`, which the test harness keeps to itself.
    SAID.call_once(|| {
        let said = "note: comparisons with published data are left out: \
                    set SCA_TEST_DATA and SCA_TEST_REFERENCE, see CONTRIBUTING.md";
        let _ = writeln!(std::io::stderr(), "{said}");
    });
    None
}

/// Data as they were published.
pub fn data(name: &str) -> Option<PathBuf> {
    file("SCA_TEST_DATA", "data", name)
}

/// What other packages compute from them.
#[allow(dead_code)]
pub fn reference(name: &str) -> Option<PathBuf> {
    file("SCA_TEST_REFERENCE", "reference", name)
}

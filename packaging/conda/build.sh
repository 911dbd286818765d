#!/bin/bash
# Run by conda-build in the unpacked source.
set -euo pipefail
export CARGO_HOME="$PWD/.cargo-home"
python packaging/collect_licenses THIRD-PARTY.txt
cargo build --release --locked
install -Dm755 "${CARGO_TARGET_DIR:-target}/release/sca" "$PREFIX/bin/sca"
"${STRIP:-strip}" "$PREFIX/bin/sca"

#!/bin/bash
# Run by conda-build in the unpacked source.
set -euo pipefail
export CARGO_HOME="$PWD/.cargo-home"
python packaging/collect_licenses LICENSE-THIRD-PARTY.txt
cargo build --release --locked --features remote
install -Dm755 "${CARGO_TARGET_DIR:-target}/release/sca" "$PREFIX/bin/sca"
"${STRIP:-strip}" "$PREFIX/bin/sca"

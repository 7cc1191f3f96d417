#!/usr/bin/env bash
# Measures how many signatures the release build verifies a second, on two cores: tests/bench/trust.sh [SECONDS]
#
# The aims are 500 by key and 200 by identity. Nothing else should run on the machine meanwhile.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-5}
vectors=${WAYBILL_TEST_VECTORS:-../shared/vectors}/sigstore-bundles
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/waybill-target}
cargo build --quiet --locked --release --example bench_trust

bench=$CARGO_TARGET_DIR/release/examples/bench_trust
for ((round = 1; round <= 3; round++)); do
    echo "by key: $("$bench" "$seconds" 2 key) a second"
    if [[ -d $vectors ]]; then
        echo "by identity: $("$bench" "$seconds" 2 identity "$vectors") a second"
    else
        echo "by identity: skipped, there are no vectors in $vectors"
    fi
done

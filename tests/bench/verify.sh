#!/usr/bin/env bash
# Measures how long the release build takes to verify an exported ledger: tests/bench/verify.sh [ENTRIES]
#
# The aim is a million entries in less than 15 s. Nothing else should run on the machine meanwhile.
set -euo pipefail
cd "$(dirname "$0")/../.."

entries=${1:-1000000}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/waybill-target}
cargo build --quiet --locked --release --bin waybill --example bench_export

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
key=$("$CARGO_TARGET_DIR/release/examples/bench_export" "$folder/export" "$entries")
echo "$entries entries, $(stat -c %s "$folder/export") bytes, $(nproc) cores"
for ((round = 1; round <= 3; round++)); do
    begin=$EPOCHREALTIME
    "$CARGO_TARGET_DIR/release/waybill" verify ledger --from "$folder/export" --key "$key" >"$folder/told"
    end=$EPOCHREALTIME
    # Both are seconds with six digits behind the point.
    echo "verified in $(((${end/./} - ${begin/./}) / 1000)) ms"
done
cat "$folder/told"

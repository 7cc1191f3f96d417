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

# The same through the server: rows read, layers fetched, outcomes kept with their events. A policy is set over signatures that
# are there already, and then succeeded, each time with all of them to verify.
export WAYBILL_TEST_BIN=$CARGO_TARGET_DIR/release/waybill
cargo build --quiet --locked --release
source tests/tools.sh
source tests/interop/lib.sh
artifacts=500
start_server "$work/data"
create_project bench mutable deny private
make_image "$work/image" 1 >"$work/digest"
quietly crane auth login "$registry" -u "$user" -p "$password"
quietly crane push "$work/image" "$registry/bench/app:0"
manifest=$work/image/blobs/sha256/$(cut -d : -f 2 "$work/digest")
quietly "$WAYBILL_TEST_BIN" key generate --out "$work/key"
export WAYBILL_PASSWORD=$password
for ((n = 1; n <= artifacts; n++)); do
    jq --arg n "$n" '.annotations.n = $n' "$manifest" >"$work/manifest"
    api PUT "/v2/bench/app/manifests/$n" -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "@$work/manifest"
    quietly "$WAYBILL_TEST_BIN" sign "$registry/bench/app:$n" --key "$work/key.key" --plain-http --user "$user"
done

# verified_under POLICY: whether all of them were verified under it.
verified_under() {
    local count
    count=$(api GET "/api/v1/projects/bench/verifications?limit=1000" | jq --arg policy "$1" '[.items[] | select(.verification.policy == $policy)] | length')
    ((count == artifacts))
}

for revision in 1 2 3; do
    jq -n --rawfile key "$work/key.pub" --arg name "signer-$revision" '{signers: [{$name, by: {key: {pem: $key}}}]}' >"$work/policy"
    header=()
    ((revision == 1)) || header=(-H "If-Match: \"$((revision - 1))\"")
    begin=$EPOCHREALTIME
    api PUT /api/v1/projects/bench/trust-policy --data-binary "@$work/policy" "${header[@]}" >"$work/set"
    eventually "all are verified" 60 verified_under "$(digest_of "$work/policy")"
    awk -v b="$begin" -v e="$EPOCHREALTIME" -v n="$artifacts" 'BEGIN { printf "by the server: %.0f a second\n", n / (e - b) }'
done

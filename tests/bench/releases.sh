#!/usr/bin/env bash
# Measures decisions, promotions and reads through an environment: tests/bench/releases.sh [RELEASES] [SECONDS] [ROUNDS]
#
# The release build with so many releases of ten artifacts each, on SQLite and disk, behind gates about signatures and SBOMs.
# The aims are those of 10000 releases. Rates are those of eight connections; how long one takes, of two, for eight keep two
# cores busy with waiting for each other. Appends a table to results.md. Nothing else should run on the machine meanwhile.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."

releases=${1:-10000} seconds=${2:-5} rounds=${3:-5}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/waybill-target}
export WAYBILL_TEST_BIN=$CARGO_TARGET_DIR/release/waybill
source tests/tools.sh
install_packages jq:jq wrk:wrk python3:python3
install_go github.com/google/go-containerregistry/cmd/crane v0.22.1
cargo build --quiet --locked --release
source tests/interop/trust.sh

start_server "$work/data"
make_image "$work/image" 1 >"$work/digest"
manifest=$work/image/blobs/sha256/$(cut -d : -f 2 "$work/digest")
export DOCKER_CONFIG=$work/docker
quietly crane auth login "$registry" -u "$user" --password-stdin <<<"$password"
create_project team mutable deny private
quietly crane push "$work/image" "$registry/team/app:1.0"
json=(-H 'Content-Type: application/json')
token=$(api POST /api/v1/tokens "${json[@]}" -d '{"name": "bench"}' | jq -r .secret)
quietly waybill key generate --out "$work/ci"
make_policy "$(key_signer ci "$work/ci.pub")"
set_policy
api POST /api/v1/environments "${json[@]}" -d '{"name": "testing", "tier": "testing"}' >"$work/out"
api PUT /api/v1/projects/team/lifecycle "${json[@]}" -d '{"stages": [{"name": "testing", "environments": ["testing"], "entry": [
    {"id": "signed", "type": "signature", "mode": "warn"},
    {"id": "sbom", "type": "attestation", "predicate_type": "cyclonedx", "mode": "warn"}]}]}' >"$work/out"
begin=$SECONDS
python3 "$here/releases.py" fill "$registry" "$token" "$releases" "$manifest" >"$work/images"
echo "$((releases * 10)) artifacts in $releases releases: $((SECONDS - begin)) s"

sample() { jq -cn --arg measure "$1" --argjson value "$2" '{$measure, $value}' >>"$work/samples"; }

# quantile FILE Q: of the numbers, one a line.
quantile() { sort -n "$1" | awk -v q="$2" '{ all[NR] = $1 } END { at = int(NR * q); print all[at < 1 ? 1 : at] }'; }

# load CONNECTIONS ARGUMENT...: requests a second, and the 99th percentile in milliseconds.
load() {
    local connections=$1 threads=$(($1 < 2 ? 1 : 2))
    shift
    wrk -t "$threads" -c "$connections" -d "${seconds}s" --latency -H "$authorization" "$@" >"$work/load" 2>&1 || true
    if grep -qE 'Non-2xx|Socket errors' "$work/load"; then fail "not every request was answered: $(cat "$work/load")"; fi
    awk '$1 == "Requests/sec:" { rate = $2 }
        $1 == "99%" { p99 = $2; unit = p99 ~ /us$/ ? 0.001 : p99 ~ /ms$/ ? 1 : 1000; sub(/[a-z]+$/, "", p99) }
        END { printf "%s %.3f\n", rate, p99 * unit }' "$work/load"
}

# measured NAME ARGUMENT...: both, at eight connections and at two.
measured() {
    local name=$1 rate p99
    shift
    read -r rate _ < <(load 8 "$@")
    sample "${name}_rate" "$rate"
    read -r _ p99 < <(load 2 "$@")
    sample "${name}_p99" "$p99"
    echo "  $name: $rate a second, p99 $p99 ms"
}

# One release of each line, and then its next, so that the last of them is what runs.
promoted=$((releases < 500 ? releases : 500))
python3 "$here/releases.py" promote "$registry" "$token" "$promoted" >"$work/promotions"
sample promotion_p50 "$(quantile "$work/promotions" 0.5)"
sample promotion_p99 "$(quantile "$work/promotions" 0.99)"
head -n "$promoted" "$work/images" | tail -n 100 >"$work/running"
written() { [[ $(curl -sS "http://$registry/metrics" | awk '$1 == "waybill_jobs{state=\"waiting\"}" { print ($2 < 20) }') == 1 ]]; }
eventually "what came out is written" 600 written

authorization="Authorization: Basic $(printf '%s:%s' "$user" "$token" | base64 -w 0)"
image=$(tail -n 1 "$work/running")
repository=${image#*/}
repository=${repository%@*}
api PUT "/v2/$repository/manifests/stable" -H "Content-Type: $(jq -r .mediaType "$manifest")" --data-binary "@$manifest" \
    >"$work/out"
for ((round = 1; round <= rounds; round++)); do
    echo "round $round of $rounds"
    python3 "$here/fsync.py" "$work/data/fsync" >"$work/fsyncs"
    sample fsync_p99 "$(quantile "$work/fsyncs" 0.99)"
    measured dry_run -s "$here/decide.lua" "http://$registry" -- "$work/running" testing true
    measured recorded -s "$here/decide.lua" "http://$registry" -- "$work/running" testing false
    measured by_tag "http://$registry/v2/$repository/manifests/stable"
    measured by_environment "http://$registry/v2/env/testing/$repository/manifests/current"
done

jq -sr -f "$here/releases.jq" "$work/samples" >"$work/table"
cat "$work/table"
{
    printf '\n## Releases, %s, commit %s\n\n' "$(date -u +'%Y-%m-%d %H:%M UTC')" "$(git describe --always --dirty --abbrev=12)"
    printf '%s cores; %s artifacts in %s releases; %s rounds of %s s, medians.\n\n' "$(nproc)" "$((releases * 10))" "$releases" \
        "$rounds" "$seconds"
    cat "$work/table"
} >>"$here/results.md"

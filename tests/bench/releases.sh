#!/usr/bin/env bash
# Measures decisions, promotions and reads through an environment: tests/bench/releases.sh [RELEASES] [SECONDS] [ROUNDS]
#
# The release build with so many releases of ten artifacts each, on SQLite and disk. The aims are those of 10000 releases.
# Nothing else should run on the machine meanwhile.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."

releases=${1:-10000} seconds=${2:-5} rounds=${3:-3}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/waybill-target}
export WAYBILL_TEST_BIN=$CARGO_TARGET_DIR/release/waybill
source tests/tools.sh
install_packages jq:jq wrk:wrk python3:python3
install_go github.com/google/go-containerregistry/cmd/crane v0.22.1
cargo build --quiet --locked --release
source tests/interop/lib.sh

start_server "$work/data"
make_image "$work/image" 1 >"$work/digest"
manifest=$work/image/blobs/sha256/$(cut -d : -f 2 "$work/digest")
export DOCKER_CONFIG=$work/docker
quietly crane auth login "$registry" -u "$user" --password-stdin <<<"$password"
create_project bench mutable deny private
quietly crane push "$work/image" "$registry/bench/app:1.0"
json=(-H 'Content-Type: application/json')
token=$(api POST /api/v1/tokens "${json[@]}" -d '{"name": "bench"}' | jq -r .secret)
api POST /api/v1/environments "${json[@]}" -d '{"name": "testing", "tier": "testing"}' >"$work/out"
api PUT /api/v1/projects/bench/lifecycle "${json[@]}" -d '{"stages": [{"name": "testing", "environments": ["testing"]}]}' \
    >"$work/out"
begin=$SECONDS
python3 "$here/releases.py" fill "$registry" "$token" "$releases" "$manifest" >"$work/images"
echo "$((releases * 10)) artifacts in $releases releases: $((SECONDS - begin)) s"

# quantile FILE Q: of the numbers, one a line.
quantile() { sort -n "$1" | awk -v q="$2" '{ all[NR] = $1 } END { print all[int(NR * q) < 1 ? 1 : int(NR * q)] }'; }

python3 - "$work/data/fsync" >"$work/fsyncs" <<'PYTHON'
import os, sys, time
with open(sys.argv[1], "wb") as file:
    for _ in range(200):
        file.write(bytes(4096))
        file.flush()
        begin = time.perf_counter()
        os.fsync(file.fileno())
        print(f"{(time.perf_counter() - begin) * 1000:.3f}")
PYTHON
echo "fsync of 4 KiB: median $(quantile "$work/fsyncs" 0.5) ms, p99 $(quantile "$work/fsyncs" 0.99) ms"

# One release of each line, and then its next, so that the last of them is what runs.
promoted=$((releases < 500 ? releases : 500))
python3 "$here/releases.py" promote "$registry" "$token" "$promoted" >"$work/promotions"
echo "promotion without approvals: median $(quantile "$work/promotions" 0.5) ms, p99 $(quantile "$work/promotions" 0.99) ms"
head -n "$promoted" "$work/images" | tail -n 100 >"$work/running"

authorization="Authorization: Basic $(printf '%s:%s' "$user" "$token" | base64 -w 0)"

# load CONNECTIONS ARGUMENT...: requests a second, and the 99th percentile.
load() {
    local connections=$1
    shift
    wrk -t 2 -c "$connections" -d "${seconds}s" --latency -H "$authorization" "$@" >"$work/load" 2>&1 || true
    if grep -qE 'Non-2xx|Socket errors' "$work/load"; then fail "not every request was answered: $(cat "$work/load")"; fi
    awk '$1 == "Requests/sec:" { rate = $2 } $1 == "99%" { p99 = $2 } END { print rate " a second, p99 " p99 }' "$work/load"
}

image=$(tail -n 1 "$work/running")
repository=${image#*/}
repository=${repository%@*}
api PUT "/v2/$repository/manifests/stable" -H "Content-Type: $(jq -r .mediaType "$manifest")" --data-binary "@$manifest" \
    >"$work/out"
for ((round = 1; round <= rounds; round++)); do
    echo "decisions as dry runs: $(load 8 -s "$here/decide.lua" "http://$registry" -- "$work/running" testing true)"
    echo "decisions recorded: $(load 8 -s "$here/decide.lua" "http://$registry" -- "$work/running" testing false)"
    echo "GET by a mutable tag: $(load 8 "http://$registry/v2/$repository/manifests/stable")"
    echo "GET by the environment: $(load 8 "http://$registry/v2/env/testing/$repository/manifests/current")"
done

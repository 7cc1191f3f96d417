#!/usr/bin/env bash
# Measures what trust costs those who do not sign: tests/bench/unsigned.sh BINARY_BEFORE [ROUNDS] [SECONDS]
#
# The release build beside an older one, in turns: manifests pushed and read a second, of images that nobody signed, with no
# trust policy. Nothing else should run on the machine meanwhile.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."

before=$1 rounds=${2:-5} seconds=${3:-4}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/waybill-target}
source tests/tools.sh
cargo build --quiet --locked --release

source tests/interop/lib.sh
source tests/bench/servers.sh
source tests/bench/loads.sh

# Both are Waybill, so each needs its own token.
credentials() {
    curl -sS --fail -G -u "$user:$password" --data-urlencode "scope=repository:$repository:pull,push" \
        "http://${address[$1]}/token" | jq -r '"Authorization: Bearer \(.token)"'
}

make_image "$work/image" 3 >"$work/digest"
cp "$work/image/blobs/sha256/$(cut -d : -f 2 "$work/digest")" "$work/manifest"
declare -A binary=([before]=$before [now]=$CARGO_TARGET_DIR/release/waybill)
for server in before now; do
    WAYBILL_TEST_BIN=${binary[$server]} start_server "$work/$server"
    address[$server]=$registry
    quietly crane auth login "$registry" -u "$user" -p "$password"
    quietly crane push "$work/image" "$registry/$repository:1.0"
done

figures() {
    sort -n "$work/$1" | awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'
}

for ((round = 1; round <= rounds; round++)); do
    order=(before now)
    ((round % 2)) || order=(now before)
    for server in "${order[@]}"; do
        scripted "$server" put_manifests.lua "$repository" "$work/manifest" "round-$round" >>"$work/pushed-$server"
        get "$server" "/v2/$repository/manifests/1.0" >>"$work/read-$server"
    done
done
for measure in pushed read; do
    echo "manifests $measure a second: $(figures $measure-before) before, $(figures $measure-now) now," \
        "$(awk -v b="$(figures $measure-before)" -v n="$(figures $measure-now)" 'BEGIN { printf "%.2f", n / b }')×"
done

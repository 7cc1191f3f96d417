# shellcheck shell=bash
# Sourced by every script here: a server of its own on a free port, images made from nothing, and checks.
#
# WAYBILL_TEST_BIN names the server's binary. Everything is written below $work, which goes with the script.
set -euo pipefail

readonly user=admin password=interop-password
work=$(mktemp -d)
registry=''   # host:port, once the server runs
server_pid='' server_log=''
pids=()        # of everything that ends with the script

trap 'finish $?' EXIT

finish() {
    if [[ $1 != 0 && -s $server_log ]]; then
        echo "--- the server's last lines" >&2
        tail -n 20 "$work"/server-*.log >&2
    fi
    if ((${#pids[@]} > 0)); then
        kill "${pids[@]}" 2>/dev/null || true
        wait "${pids[@]}" || true
    fi
    rm -rf "$work"
}

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# same WHAT EXPECTED ACTUAL
same() {
    [[ $2 == "$3" ]] || fail "$1: expected '$2', got '$3'"
    echo "ok: $1"
}

refusal=1   # exit code of a client that was refused

# refused WHAT PATTERN COMMAND...: the command exits with that code and says something that matches.
refused() {
    local what=$1 pattern=$2 status=0 output
    shift 2
    output=$("$@" 2>&1) || status=$?
    [[ $status == "$refusal" ]] || fail "$what: expected exit code $refusal, got $status: $output"
    grep -qiE "$pattern" <<<"$output" || fail "$what: expected a message like '$pattern', got: $output"
    echo "ok: $what"
}

# quietly COMMAND...: its output is only of interest when it fails.
quietly() {
    "$@" >"$work/out" 2>&1 || fail "$*: $(cat "$work/out")"
}

# eventually WHAT SECONDS COMMAND...: asks until the command succeeds or the time is over.
eventually() {
    local what=$1 deadline=$((SECONDS + $2))
    shift 2
    until "$@"; do
        ((SECONDS < deadline)) || fail "$what: not within its time"
        sleep 0.05
    done
}

# free_port: one on which nobody listens now, for those that can't be told to choose.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
}

shared=()   # settings by which servers share a database and a bucket

# share: a bucket of its own for the servers to come, beside the database of tests/with-postgres.
share() {
    local s3
    s3=127.0.0.1:$(free_port)
    mkdir -p "$work/s3/waybill-test"
    s3s-fs --host 127.0.0.1 --port "${s3#*:}" --access-key test-key --secret-key test-secret "$work/s3" >"$work/s3.log" 2>&1 &
    pids+=("$!")
    eventually "the store answers" 30 answers "$s3"
    shared=(
        WAYBILL_DATABASE_URL="${WAYBILL_TEST_DATABASE:?run it by tests/with-postgres}"
        WAYBILL_STORAGE_URL="s3://waybill-test?endpoint=http://$s3&region=test"
        WAYBILL_MASTER_KEY="$(openssl rand -base64 32)"
        AWS_ACCESS_KEY_ID=test-key AWS_SECRET_ACCESS_KEY=test-secret
    )
}

answers() { curl -s -o /dev/null "http://$1/"; }

# start_server DATA_DIR [SETTING=VALUE...]: with a clean environment, so that no setting of the caller leaks in. On SQLite
# and disk, unless WAYBILL_TEST_STORAGE is s3.
start_server() {
    local data=$1 binary=${WAYBILL_TEST_BIN:-${CARGO_TARGET_DIR:-$(dirname "${BASH_SOURCE[0]}")/../../target}/debug/waybill}
    shift
    if [[ ${WAYBILL_TEST_STORAGE:-} == s3 && ${#shared[@]} == 0 ]]; then share; fi
    server_log=$work/server-${#pids[@]}.log
    env -i PATH="$PATH" HOME="$work" WAYBILL_ADMIN_PASSWORD="$password" "${shared[@]}" "$@" \
        "$binary" serve --listen 127.0.0.1:0 --data-dir "$data" >"$server_log" 2>&1 &
    server_pid=$!
    pids+=("$server_pid")
    eventually "the server listens" 30 listening
}

listening() {
    kill -0 "$server_pid" 2>/dev/null || fail "the server ended before it listened"
    registry=$(jq -nrR 'first(inputs | fromjson? | select(.message? == "listening").address)' "$server_log")
    [[ -n $registry ]]
}

# api METHOD PATH [CURL ARGUMENT...]: prints the body; an answer from 400 on fails.
api() {
    local method=$1 path=$2
    shift 2
    curl -sS --fail-with-body -u "$user:$password" -X "$method" "$@" "http://$registry$path"
}

# by_token: the client got tokens for its password, instead of sending that each time.
by_token() {
    local tokens
    tokens=$(curl -sS --fail "http://$registry/metrics" | awk '$1 == "waybill_access_tokens_total" { print $2 }')
    ((${tokens:-0} > 0)) || fail "the client asked for no token"
    echo "ok: all of it by $tokens tokens"
}

# create_project NAME TAGS SPARSE VISIBILITY
create_project() {
    local body
    body=$(jq -n --arg name "$1" --arg tags "$2" --arg sparse "$3" --arg visibility "$4" \
        '{$name, $tags, $sparse, $visibility}')
    api POST /api/v1/projects -H 'Content-Type: application/json' -d "$body" >"$work/project.json"
}

digest_of() {
    echo "sha256:$(sha256sum "$1" | cut -d ' ' -f 1)"
}

# add_blob LAYOUT FILE: moves the file into the layout and prints its descriptor's digest and size.
add_blob() {
    local digest
    digest=$(digest_of "$2")
    mkdir -p "$1/blobs/sha256"
    mv "$2" "$1/blobs/sha256/${digest#sha256:}"
    jq -n --arg digest "$digest" --argjson size "$(stat -c %s "$1/blobs/sha256/${digest#sha256:}")" '{$digest, $size}'
}

# make_image LAYOUT MEGABYTES [ARCHITECTURE]: an OCI image layout with three gzipped layers of random bytes, tagged
# "latest"; prints the digest of its manifest.
make_image() {
    local layout=$1 kib=$(($2 * 1024 / 3)) architecture=${3:-amd64} part=$1.part
    local type=application/vnd.oci.image layers='[]' diff_ids='[]' n blob config manifest
    mkdir -p "$layout" "$part"
    for n in 1 2 3; do
        head -c "$((kib * 1024))" /dev/urandom >"$part/file-$n"
        tar -C "$part" -cf "$part/layer.tar" "file-$n"
        diff_ids=$(jq -c --arg digest "$(digest_of "$part/layer.tar")" '. + [$digest]' <<<"$diff_ids")
        gzip -1n "$part/layer.tar"
        blob=$(add_blob "$layout" "$part/layer.tar.gz")
        layers=$(jq -c --argjson blob "$blob" ". + [{mediaType: \"$type.layer.v1.tar+gzip\"} + \$blob]" <<<"$layers")
        rm "$part/file-$n"
    done
    jq -cn --arg architecture "$architecture" --argjson diff_ids "$diff_ids" \
        '{$architecture, os: "linux", config: {}, rootfs: {type: "layers", $diff_ids}}' >"$part/config"
    config=$(add_blob "$layout" "$part/config")
    jq -cn --argjson config "$config" --argjson layers "$layers" --arg type "$type" \
        '{schemaVersion: 2, mediaType: "\($type).manifest.v1+json",
          config: ({mediaType: "\($type).config.v1+json"} + $config), $layers}' >"$part/manifest"
    manifest=$(add_blob "$layout" "$part/manifest")
    rmdir "$part"
    echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
    jq -cn --argjson manifest "$manifest" --arg type "$type" --arg architecture "$architecture" \
        '{schemaVersion: 2, mediaType: "\($type).index.v1+json", manifests: [
          {mediaType: "\($type).manifest.v1+json", platform: {$architecture, os: "linux"},
           annotations: {"org.opencontainers.image.ref.name": "latest"}} + $manifest]}' >"$layout/index.json"
    jq -r .digest <<<"$manifest"
}

# run_conformance: the distribution spec's own suite against $registry: nothing failed, nothing skipped.
run_conformance() {
    local passed total
    # Its exit code says nothing of skipped tests, nor of a report that was never made: the counts decide.
    OCI_REGISTRY=$registry OCI_TLS=disabled OCI_USERNAME=$user OCI_PASSWORD=$password \
        OCI_REPO1=c/a OCI_REPO2=c/b OCI_VERSION=dev OCI_DATA_SPARSE=true OCI_RESULTS_DIR=$work/results \
        conformance >"$work/report" 2>&1 || true
    passed=$(conformance_count Pass) total=$(conformance_count Total)
    if [[ -z $total || $passed != "$total" ]]; then
        grep -E -A 2 ': (FAIL|Error|Skip|Disabled)$' "$work/report" >&2 || cat "$work/report" >&2
    fi
    echo "passed ${passed:-0} of ${total:-0}: failed $(conformance_count FAIL), errors $(conformance_count Error)," \
        "skipped $(conformance_count Skip), disabled $(conformance_count Disabled)"
    same "all tests of the suite passed" "${total:-a report}" "${passed:-none}"
    ((total >= 1032)) || fail "the suite has 1032 tests, $total were run"
}

conformance_count() { sed -nE "s/^  $1\.+: +([0-9]+)$/\1/p" "$work/report"; }

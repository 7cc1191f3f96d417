# shellcheck shell=bash
# The loads: each prints one figure for one server, and fails when the server did not do what was asked every time.
# shellcheck disable=SC2154  # $work and $seconds are the caller's

readonly repository=bench/app
readonly manifest_type=application/vnd.oci.image.manifest.v1+json
readonly connections=32 pushers=8 megabytes=100 transfers=3 pushes=7

# rate_of REPORT: requests a second by wrk's or hey's report, in which every answer must be a 200.
rate_of() {
    if grep -qE 'Non-2xx|Socket errors|Error distribution|^ +\[[^2][0-9]+\]' "$1"; then
        fail "not every request was answered: $(cat "$1")"
    fi
    awk '$1 == "Requests/sec:" { print $2; f = 1 } END { exit !f }' "$1" || fail "no figure: $(cat "$1")"
}

# get SERVER PATH: requests a second.
get() {
    wrk -t 2 -c "$connections" -d "${seconds}s" -H "$(credentials "$1")" -H "Accept: $manifest_type" \
        "http://${address[$1]}$2" >"$work/load" 2>&1 || true
    rate_of "$work/load"
}

# head SERVER PATH: requests a second; by hey, because wrk waits for a body.
head_of() {
    hey -z "${seconds}s" -c "$connections" -m HEAD -H "$(credentials "$1")" "http://${address[$1]}$2" >"$work/load" 2>&1 ||
        true
    rate_of "$work/load"
}

# scripted SERVER SCRIPT ARGUMENT...: what the script did in a second.
scripted() {
    local server=$1 script=$2
    shift 2
    wrk -t "$pushers" -c "$pushers" -d "${seconds}s" -H "$(credentials "$server")" -s "$here/$script" \
        "http://${address[$server]}" -- "$@" >"$work/load" 2>&1 || true
    if ! grep -qx 'failed: 0' "$work/load" || grep -q 'Socket errors' "$work/load"; then
        fail "$script at $server: $(cat "$work/load") $(tail -n 3 "$work"/*.log)"
    fi
    awk '$1 == "rate:" { print $2 }' "$work/load"
}

# push_file SERVER FILE HEADER: by POST and PUT, as containerd and oras do, with the credentials in the header.
push_file() {
    local location
    location=$(curl -sS --fail -o /dev/null -D - -X POST -H "$3" -H 'Content-Length: 0' \
        "http://${address[$1]}/v2/$repository/blobs/uploads/" |
        tr -d '\r' | sed -nE 's,^[Ll]ocation: (https?://[^/]+)?,,p')
    [[ $location == *\?* ]] && location+='&' || location+='?'
    curl -sS --fail -o /dev/null -T "$2" -H "$3" -H 'Content-Type: application/octet-stream' -H 'Expect:' \
        "http://${address[$1]}${location}digest=$(cat "$2.digest")"
}

# megabytes_in BEGIN END TIMES: MB/s, of 10^6 bytes, for so many transfers between two readings of $EPOCHREALTIME.
megabytes_in() {
    awk -v b="$1" -v e="$2" -v n="$3" -v m="$megabytes" 'BEGIN { printf "%.0f\n", n * m * 1.048576 / (e - b) }'
}

# pull_large SERVER: MB/s, one transfer after the other.
pull_large() {
    local header begin
    header=$(credentials "$1")
    begin=$EPOCHREALTIME
    curl -sS --fail -o /dev/null -H "$header" \
        "http://${address[$1]}/v2/$repository/blobs/$(cat "$work/large.digest")?transfer=[1-$transfers]"
    megabytes_in "$begin" "$EPOCHREALTIME" "$transfers"
}

# push_large SERVER: MB/s of the median of some transfers, each of new bytes. What others have left for the disk to do is
# done before: a shared disk stalls now and then, whoever writes.
push_large() {
    local header begin n
    header=$(credentials "$1")
    : >"$work/spent"
    for ((n = 0; n < pushes; n++)); do
        new_large_file "$work/push"
        sync
        begin=$EPOCHREALTIME
        push_file "$1" "$work/push" "$header"
        awk -v b="$begin" -v e="$EPOCHREALTIME" 'BEGIN { printf "%.6f\n", e - b }' >>"$work/spent"
    done
    megabytes_in 0 "$(sort -n "$work/spent" | sed -n "$((pushes / 2 + 1))p")" 1
}

# new_large_file FILE: random bytes, and the digest beside it; a file that is there only gets a new beginning.
new_large_file() {
    [[ -e $1 ]] || head -c $((megabytes * 1048576)) /dev/urandom >"$1"
    head -c 32 /dev/urandom | dd of="$1" conv=notrunc status=none
    digest_of "$1" >"$1.digest"
}

#!/usr/bin/env bash
# The ledger as an outsider sees it: Go's own packages for logs and notes (tests/interop/tlog) verify every checkpoint,
# entry and receipt, over a log that grows past its first full tiles.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

readonly media_type=application/vnd.oci.image.manifest.v1+json
mkdir "$work/state" "$work/entries" "$work/receipts"
start_server "$work/data"
ledger=http://$registry/ledger
curl -sS --fail -o "$work/key" "$ledger/key"

# size: the entries under the newest checkpoint; nothing before there is one.
size() { curl -s --fail "$ledger/checkpoint" | sed -n 2p; }
has_grown() {
    local now
    now=$(size)
    ((${now:-0} >= $1))
}
eventually "a checkpoint is published" 10 has_grown 1
# client [OPTION...]: prints what it verified.
client() { tlog-client -key "$work/key" -state "$work/state" "$@" "$ledger"; }

# holds WHAT EVENTS COMMAND...: as many events later at least, everything in the log is verified once more.
holds() {
    local what=$1 least seen summary
    least=$(($(size) + $2)) seen=$(find "$work/state" -type f | wc -l)
    shift 2
    quietly "$@"
    eventually "the log has $least entries" 10 has_grown "$least"
    summary=$(client -user "$user:$password" -entries "$work/entries")
    jq -e --argjson least "$least" '.size >= $least' <<<"$summary" >"$work/out" || fail "$what: $summary"
    same "$what: every entry is in the tree" "$(jq .size <<<"$summary")" "$(jq .entries <<<"$summary")"
    same "and any two checkpoints are of one history" "$((seen * (seen + 1) / 2))" "$(jq .pairs <<<"$summary")"
}

push_image() {
    crane auth login "$registry" -u "$user" --password-stdin <<<"$password"
    crane push "$work/image" "$registry/team/app:1.0"
}
# push_blobs COUNT: a curl for all of them, told by a file.
push_blobs() {
    local n
    mkdir "$work/blobs"
    for ((n = 0; n < $1; n++)); do
        echo "blob $n" >"$work/blobs/$n"
        if ((n > 0)); then echo next; fi
        printf '%s\n' fail "user = \"$user:$password\"" 'request = POST' "data-binary = \"@$work/blobs/$n\"" \
            'header = "Content-Type: application/octet-stream"' \
            "url = \"http://$registry/v2/team/app/blobs/uploads/?digest=$(digest_of "$work/blobs/$n")\""
    done >"$work/curl.conf"
    curl -sS -K "$work/curl.conf"
}
# push_tags RANGE [CURL ARGUMENT...]: each a name of the same manifest.
push_tags() {
    api PUT "/v2/team/app/manifests/$1" "${@:2}" -H "Content-Type: $media_type" \
        --data-binary "@$work/image/blobs/sha256/${image#sha256:}"
}

image=$(make_image "$work/image" 1)
export DOCKER_CONFIG=$work/docker
holds "an image" 6 push_image
holds "100 blobs" 100 push_blobs 100
holds "the first full tile" 160 push_tags 'a-[1-160]'
holds "one more entry" 1 push_tags b
holds "the second full tile" 300 push_tags 'c-[1-300]'

# status PATH [CURL ARGUMENT...]
status() { curl -s -o "$work/out" -D "$work/headers" -w '%{http_code}' "${@:2}" "http://$registry$1"; }
header() { tr -d '\r' <"$work/headers" | sed -n "s/^$1: //Ip"; }
for path in checkpoint key tile/0/000 tile/1/000.p/2; do
    same "anyone may read $path" 200 "$(status "/ledger/$path")"
done
same "tiles never change" true "$([[ $(header Cache-Control) == *immutable* ]] && echo true)"
same "entries are not for all" 401 "$(status /ledger/tile/entries/000)"
same "but for an auditor" 200 "$(status /ledger/tile/entries/000 -u "$user:$password")"
same "a tile that is not there yet is not found" 404 "$(status /ledger/tile/0/900)"

# beside RECEIPT: the entry that it says it is for, as the client has proven it, beside it.
beside() { cp "$work/entries/$(sed -n 's/^index //p' "$1")" "${1%.tlog-proof}.entry"; }
leaf_hash() { { printf '\0' && cat "$1"; } | openssl dgst -sha256 -binary | base64; }
last=$(($(size) - 1))
for index in 0 1 255 256 "$last"; do
    receipt=$work/receipts/$index.tlog-proof
    api GET "/api/v1/ledger/entries/$index.tlog-proof" -D "$work/headers" -o "$receipt"
    beside "$receipt"
    api GET "/api/v1/ledger/entries/$index" -o "$work/entry.json"
    jq -j .receipt "$work/entry.json" >"$work/receipts/$index-json.tlog-proof"
    beside "$work/receipts/$index-json.tlog-proof"
    same "entry $index by the API is the one in the log" "$index $(leaf_hash "$work/entries/$index") $(jq -cS . "$work/entries/$index")" \
        "$(jq -r '"\(.index) \(.leaf_hash)"' "$work/entry.json") $(jq -cS .event "$work/entry.json")"
done
same "a receipt is text" text/plain "$(header Content-Type | cut -d ';' -f 1)"

# A push that waits for its receipt.
push_tags waited -H 'Prefer: wait=10' -D "$work/headers" -o "$work/out"
receipt=$work/receipts/waited.tlog-proof
header Waybill-Receipt | base64 -d >"$receipt"
event=$(header Waybill-Event)
quietly client -user "$user:$password" -entries "$work/entries"
beside "$receipt"
same "a push says which event it was" "tag.created ${event##*, }" "$(jq -r '"\(.kind) \(.id)"' "$work/receipts/waited.entry")"
same "receipts hold" 11 "$(client -receipts "$work/receipts" | jq .receipts)"

# While one key follows another, a client that knows either of them goes on.
rotate() { api POST /api/v1/ledger/keys -o "$work/out"; }
has_keys() { (($(curl -s "$ledger/checkpoint" | grep -c '^— ') == $1)); }
holds "a key that another succeeds" 1 rotate
eventually "both keys sign" 10 has_keys 2
curl -sS --fail -o "$work/keys" "$ledger/key"
same "both are told" 2 "$(wc -l <"$work/keys")"
quietly client
quietly tlog-client -key "$work/keys" -state "$work/state" "$ledger"
grep -vxFf "$work/key" "$work/keys" >"$work/new-key"
quietly tlog-client -key "$work/new-key" "$ledger"
echo "ok: and each of them will do"

# The client can say no.
cp "$work/entries/2" "$work/receipts/1.entry"
refused "a receipt is for its own entry alone" 'receipt 1.tlog-proof' client -receipts "$work/receipts"
bundle=$work/data/storage/ledger/tile/entries/000
kill "$server_pid"
wait "$server_pid" || true
printf '#' | dd of="$bundle" bs=1 seek=3 conv=notrunc status=none
start_server "$work/data"
ledger=http://$registry/ledger
refused "an entry that was changed in the storage is named" 'entry 0 is not the leaf' client -user "$user:$password"
quietly client
echo "ok: which leaves the hashes as they were"
start_server "$work/other"
ledger=http://$registry/ledger
eventually "its checkpoint is published" 10 has_grown 1
refused "another log is told by its key" 'no verifiable signatures' client

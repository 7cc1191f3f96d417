#!/usr/bin/env bash
# A blob of 5 GiB goes in and out while the server's peak memory stays under 150 MiB.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

readonly size=$((5 * 1024 * 1024 * 1024)) limit_kib=$((150 * 1024))

# The same bytes on every call, as fast as the machine enciphers zeros: nothing here keeps them.
content() {
    head -c "$size" /dev/zero |
        openssl enc -aes-128-ctr -K 00000000000000000000000000000001 -iv 00000000000000000000000000000000
}

start_server "$work/data"
digest=sha256:$(content | sha256sum | cut -d ' ' -f 1)

session=$(api POST /v2/team/big/blobs/uploads/ -D - -o /dev/null | tr -d '\r' | sed -n 's/^location: //Ip')
content | api PATCH "$session" -H 'Content-Type: application/octet-stream' -T - -D "$work/headers" -o /dev/null
session=$(tr -d '\r' <"$work/headers" | sed -n 's/^location: //Ip')
separator='?'
if [[ $session == *'?'* ]]; then separator='&'; fi
api PUT "$session${separator}digest=$digest" -o /dev/null
echo "ok: 5 GiB went in"

pulled=sha256:$(api GET "/v2/team/big/blobs/$digest" | sha256sum | cut -d ' ' -f 1)
same "and came out, byte for byte" "$digest" "$pulled"

peak_kib=$(awk '$1 == "VmHWM:" { print $2 }' "/proc/$server_pid/status")
((peak_kib < limit_kib)) || fail "the server's peak memory was $peak_kib KiB"
echo "ok: with a peak memory of $((peak_kib / 1024)) MiB"

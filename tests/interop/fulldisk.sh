#!/usr/bin/env bash
# A disk that fills up: uploads stop at the reserve, everything else goes on, and so do uploads once there is room.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

readonly mib=$((1024 * 1024))
disk=$work/disk
mkdir "$disk"
if ! mount -t tmpfs -o size=64m tmpfs "$disk" 2>"$work/out"; then
    if [[ ${WAYBILL_TEST_MAY_SKIP:-} == 1 ]]; then
        echo "SKIPPED: a small disk needs the right to mount one: $(cat "$work/out")"
        exit 0
    fi
    fail "a small disk needs the right to mount one (WAYBILL_TEST_MAY_SKIP=1 does without): $(cat "$work/out")"
fi
trap 'unmount_and_finish $?' EXIT
unmount_and_finish() {
    umount -l "$disk"
    finish "$1"
}

start_server "$disk/data" WAYBILL_LIMITS__RESERVE_BYTES=$((16 * mib))

# Sessions are opened and bytes sent with the answer's status as the only output.
status() { api "$@" -o "$work/answer" -w '%{http_code}' 2>"$work/out" || true; }
open_session() {
    api POST "/v2/team/app/blobs/uploads/" -D - -o /dev/null | tr -d '\r' | sed -n 's/^location: //Ip'
}
# put_blob MEBIBYTES: as one body of known length; what is refused is cancelled.
put_blob() {
    local session answer separator='?'
    head -c $(($1 * mib)) /dev/urandom >"$work/blob"
    session=$(open_session)
    if [[ $session == *'?'* ]]; then separator='&'; fi
    answer=$(status PUT "$session${separator}digest=$(digest_of "$work/blob")" \
        -H 'Content-Type: application/octet-stream' -T "$work/blob")
    if [[ $answer != 201 ]]; then status DELETE "$session" >"$work/out"; fi
    echo "$answer"
}
chunk() { status PATCH "$1" -H 'Content-Type: application/octet-stream' -T "$work/chunk" -D "$work/headers"; }
location() { tr -d '\r' <"$work/headers" | sed -n 's/^location: //Ip'; }
has_room() { [[ $(put_blob 4) == 201 ]]; }

image=$(make_image "$work/image" 1)
export DOCKER_CONFIG=$work/docker
quietly crane auth login "$registry" -u "$user" --password-stdin <<<"$password"
quietly crane push "$work/image" "$registry/team/app:1.0"
same "there is room at first" 201 "$(put_blob 4)"

same "a blob that would pass the reserve is refused" 507 "$(put_blob 60)"

head -c $((8 * mib)) /dev/urandom >"$work/chunk"
session=$(open_session)
for _ in {1..8}; do
    answer=$(chunk "$session")
    if [[ $answer != 202 ]]; then break; fi
    session=$(location)
done
same "and so is a chunk that would" 507 "$answer"
same "the session can be cancelled" 204 "$(status DELETE "$session")"
eventually "a cancelled upload gives its room back" 30 has_room
echo "ok: a cancelled upload gives its room back"

free_mib=$(df --output=avail -BM "$disk" | tr -dc '0-9')
fallocate -l $(((free_mib - 8) * mib)) "$disk/ballast"
same "below the reserve even a small blob is refused" 507 "$(put_blob 1)"
same "the server answers" 200 "$(status GET /healthz)"
same "and reads" "$image" "$(crane digest "$registry/team/app:1.0")"
create_project written immutable deny private
echo "ok: and writes its database"
same "and deletes" 202 "$(status DELETE "/v2/team/app/manifests/$image")"

rm "$disk/ballast"
same "with room again, uploads go on" 201 "$(put_blob 4)"
quietly crane push "$work/image" "$registry/team/app:1.1"
same "and so do pushes" "$image" "$(crane digest "$registry/team/app:1.1")"

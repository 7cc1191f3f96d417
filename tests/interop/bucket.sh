# shellcheck shell=bash
# Sourced by the scripts that run the registry's tests over a bucket in a store of their own.
set -euo pipefail

# shellcheck disable=SC2034 # for those who source this
tools=${WAYBILL_TEST_TOOLS_DIR:-$HOME/.cache/waybill-tools}
work=$(mktemp -d)
store=''   # the process that is the store

trap 'finish $?' EXIT

finish() {
    if [[ $1 != 0 && -s $work/log ]]; then
        echo "--- the store's last lines" >&2
        tail -n 20 "$work/log" >&2
    fi
    if [[ -n $store ]]; then
        kill "$store" 2>/dev/null || true
        wait "$store" || true
    fi
    rm -rf "$work"
}

free_ports() {
    python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(socket.getsockname()[1] for socket in held))'
}

# until_it_listens PORT
until_it_listens() {
    local deadline=$((SECONDS + 30))
    until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
        kill -0 "$store" 2>/dev/null || { echo "the store ended before it listened" >&2 && exit 1; }
        ((SECONDS < deadline)) || { echo "the store does not listen" >&2 && exit 1; }
        sleep 0.1
    done
}

# run_tests STORAGE_URL: all of the registry's tests but those that look into the folder where the bytes are.
run_tests() {
    WAYBILL_TEST_STORAGE_URL=$1 cargo test --locked --test it registry:: -- \
        --skip the_same_content_is_kept_once_and_the_second_copy_swept \
        --skip finished_blobs_are_in_the_inventory \
        --skip a_manifest_becomes_an_object_too_and_a_refused_one_does_not
}

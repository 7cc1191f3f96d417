#!/usr/bin/env bash
# containerd: an image in and out of its content store. Nothing is unpacked, for that would need mounts.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

start_server "$work/data"
image=$(make_image "$work/image" 2)
tar -C "$work/image" -cf "$work/image.tar" .
everything=$(find "$work/image/blobs/sha256" -type f -printf 'sha256:%f\n' | sort)

cat >"$work/containerd.toml" <<EOF
version = 2
root = "$work/containerd"
state = "$work/containerd-run"
disabled_plugins = [
    "io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.internal.v1.restart",
    "io.containerd.nri.v1.nri", "io.containerd.internal.v1.tracing",
]
[grpc]
address = "$work/containerd.sock"
EOF
containerd --config "$work/containerd.toml" >"$work/containerd.log" 2>&1 &
pids+=("$!")
ctr() { command ctr --address "$work/containerd.sock" "$@"; }
quiet_ctr() { ctr "$@" >/dev/null 2>&1; }
eventually "containerd answers" 30 quiet_ctr version

log_in=(--plain-http --user "$user:$password")
in_store() { ctr content ls -q | sort; }
# Whatever no image refers to is swept when the last one goes.
forget() {
    local image
    for image in $(ctr images ls -q); do quietly ctr images rm --sync "$image"; done
    same "nothing is left in the content store" "" "$(in_store)"
}
digest_at() { api HEAD "/v2/$1/manifests/$2" -I | tr -d '\r' | sed -n 's/^docker-content-digest: //p'; }

quietly ctr images import --no-unpack --base-name "$registry/team/app" "$work/image.tar"
quietly ctr images push "${log_in[@]}" "$registry/team/app:1.0" "$registry/team/app:latest"
same "an image is pushed as it is" "$image" "$(digest_at team/app 1.0)"
forget
quietly ctr content fetch "${log_in[@]}" "$registry/team/app:1.0"
same "and fetched by its tag: manifest, configuration, layers" "$everything" "$(in_store)"
for digest in $everything; do
    same "${digest:0:15}… byte for byte" "$digest" "sha256:$(ctr content get "$digest" | sha256sum | cut -d ' ' -f 1)"
done
forget
quietly ctr content fetch "${log_in[@]}" "$registry/team/app@$image"
same "and by its digest" "$everything" "$(in_store)"

quietly ctr images push "${log_in[@]}" "$registry/team/copy/app:1.0" "$registry/team/app@$image"
same "an image is pushed to another repository" "$image" "$(digest_at team/copy/app 1.0)"

create_project open immutable deny public
quietly ctr images push "${log_in[@]}" "$registry/open/app:1.0" "$registry/team/app@$image"
forget
quietly ctr content fetch --plain-http "$registry/open/app:1.0"
same "a stranger fetches from a public project" "$everything" "$(in_store)"
# To a repository without the blobs: this client waits for ever when only the manifest is refused.
refused "a stranger may not push there" 'unauthorized|authorization failed|forbidden' \
    ctr images push --plain-http "$registry/open/other:1.0" "$registry/open/app:1.0"
refused "a stranger may not fetch from a private one" 'unauthorized|authorization failed|forbidden' \
    ctr content fetch --plain-http "$registry/team/app:1.0"
refused "a wrong password is refused" 'unauthorized|authorization failed|forbidden' \
    ctr content fetch --plain-http --user "$user:wrong" "$registry/team/app:1.0"
by_token

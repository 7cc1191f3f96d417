#!/usr/bin/env bash
# podman: an image in and out, with the storage driver that needs no mounts of its own.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

start_server "$work/data"
make_image "$work/image" 2 >"$work/source"
tar -C "$work/image" -cf "$work/image.tar" .

export HOME=$work REGISTRY_AUTH_FILE=$work/auth.json
podman() {
    command podman --root "$work/podman" --runroot "$work/podman-run" --storage-driver vfs --events-backend file \
        --cgroup-manager cgroupfs "$@"
}
forget() { quietly podman rmi --all --force; }
# Without its default file it would ask which registries to search.
mkdir -p "$HOME/.config/containers"
printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$registry" >"$HOME/.config/containers/registries.conf"
printf '{"default": [{"type": "insecureAcceptAnything"}]}\n' >"$HOME/.config/containers/policy.json"
refusal=125

quietly podman login -u "$user" --password-stdin "$registry" <<<"$password"

# podman packs the layers anew: the digest is the one that it says it pushed.
quietly podman load -q -i "$work/image.tar"
id=$(podman images -q --no-trunc)
quietly podman push -q --digestfile "$work/digest" localhost/latest:latest "$registry/team/app:1.0"
image=$(cat "$work/digest")
same "an image is pushed" "$image" "$(api HEAD "/v2/team/app/manifests/1.0" -I | tr -d '\r' |
    sed -n 's/^docker-content-digest: //p')"
forget
same "and pulled by its tag" "$id" "sha256:$(podman pull -q "$registry/team/app:1.0")"
same "with that digest" "$image" "$(podman image inspect --format '{{.Digest}}' "$registry/team/app:1.0")"
forget
same "and by its digest" "$id" "sha256:$(podman pull -q "$registry/team/app@$image")"

quietly podman tag "$registry/team/app@$image" "$registry/team/app:stable" "$registry/team/copy/app:1.0"
quietly podman push -q --digestfile "$work/digest" "$registry/team/app:stable"
same "another tag is pushed" "$image" "$(cat "$work/digest")"
quietly podman push -q --digestfile "$work/digest" "$registry/team/copy/app:1.0"
same "and another repository" "$image" "$(cat "$work/digest")"
same "tags are listed" "1.0 stable" \
    "$(podman search --list-tags --format json "$registry/team/app" | jq -r '.[].Tags[]' | sort | paste -sd ' ')"

create_project open immutable deny public
quietly podman push -q "$registry/team/app:stable" "$registry/open/app:1.0"
quietly podman logout "$registry"
forget
same "a stranger pulls from a public project" "$id" "sha256:$(podman pull -q "$registry/open/app:1.0")"
refused "a stranger may not push there" 'unauthorized|denied|authentication required' \
    podman push -q "$registry/open/app:1.0" "$registry/open/app:2.0"
refused "a stranger may not pull from a private one" 'unauthorized|denied|authentication required' \
    podman pull -q "$registry/team/app:1.0"
refused "a wrong password is refused" 'unauthorized|invalid username/password' \
    podman login -u "$user" -p wrong "$registry"
by_token

#!/usr/bin/env bash
# skopeo: an OCI image and its Docker schema 2 form, in and out, byte for byte.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

start_server "$work/data"
image=$(make_image "$work/image" 2)

export HOME=$work REGISTRY_AUTH_FILE=$work/auth.json
mkdir -p "$HOME/.config/containers"
printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$registry" >"$HOME/.config/containers/registries.conf"
skopeo() { command skopeo --insecure-policy "$@"; }
pushed() { skopeo inspect --raw "docker://$registry/$1" | sha256sum | sed 's/ .*//; s/^/sha256:/'; }

quietly skopeo login --tls-verify=false -u "$user" --password-stdin "$registry" <<<"$password"

skopeo copy -q "oci:$work/image:latest" "docker://$registry/team/app:1.0"
same "an OCI image is pushed as it is" "$image" "$(pushed team/app:1.0)"
skopeo copy -q "docker://$registry/team/app@$image" "oci:$work/pulled:latest"
diff -r "$work/image/blobs" "$work/pulled/blobs"
same "and pulled by its digest" "$image" "$(jq -r '.manifests[0].digest' "$work/pulled/index.json")"

skopeo copy -q --format v2s2 "oci:$work/image:latest" "dir:$work/docker"
docker=$(digest_of "$work/docker/manifest.json")
skopeo copy -q --format v2s2 "oci:$work/image:latest" "docker://$registry/team/app:1.0-docker"
same "a Docker schema 2 image is pushed as it is" "$docker" "$(pushed team/app:1.0-docker)"
skopeo copy -q "docker://$registry/team/app:1.0-docker" "dir:$work/docker-pulled"
diff -r "$work/docker" "$work/docker-pulled"
echo "ok: and pulled, manifest and layers"

tags=$(skopeo list-tags "docker://$registry/team/app" | jq -c .Tags)
same "tags are listed" '["1.0","1.0-docker"]' "$tags"

skopeo copy -q "docker://$registry/team/app:1.0" "docker://$registry/team/copy/app:1.0"
same "an image is copied to another repository" "$image" "$(pushed team/copy/app:1.0)"

create_project open immutable deny public
skopeo copy -q "docker://$registry/team/app:1.0" "docker://$registry/open/app:1.0"
quietly skopeo logout "$registry"
skopeo copy -q "docker://$registry/open/app:1.0" "oci:$work/anonymous:latest"
diff -r "$work/image/blobs" "$work/anonymous/blobs"
echo "ok: a stranger pulls from a public project"
refused "a stranger may not push there" 'unauthorized|denied|authentication required' \
    skopeo copy -q "oci:$work/image:latest" "docker://$registry/open/app:2.0"
refused "a stranger may not pull from a private one" 'unauthorized|denied|authentication required' \
    skopeo copy -q "docker://$registry/team/app:1.0" "oci:$work/refused:latest"

quietly skopeo login --tls-verify=false -u "$user" --password-stdin "$registry" <<<"$password"
quietly skopeo delete "docker://$registry/team/copy/app:1.0"
refused "a deleted image is gone" 'unknown|not found' skopeo inspect --raw "docker://$registry/team/copy/app:1.0"
same "its original is not" "$image" "$(pushed team/app:1.0)"

refused "a wrong password is refused" 'unauthorized|invalid username/password' \
    skopeo login --tls-verify=false -u "$user" -p wrong "$registry"
by_token

#!/usr/bin/env bash
# crane: an image of 300 MB, a copy without its bytes, and an immutable tag.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

start_server "$work/data"
image=$(make_image "$work/image" 300)
other=$(make_image "$work/other" 1)
export DOCKER_CONFIG=$work/docker

quietly crane auth login "$registry" -u "$user" --password-stdin <<<"$password"

crane push "$work/image" "$registry/team/app:1.0" >"$work/out" 2>"$work/trace"
same "300 MB are pushed as they are" "$registry/team/app@$image" "$(cat "$work/out")"
same "a tag answers with its digest" "$image" "$(crane digest "$registry/team/app:1.0")"
quietly crane validate --remote "$registry/team/app:1.0"
quietly crane pull --format oci "$registry/team/app@$image" "$work/pulled"
diff -r "$work/image/blobs" "$work/pulled/blobs"
echo "ok: and pulled by their digest, byte for byte"

quietly crane push "$work/image" "$registry/team/app:1.0"
echo "ok: the same image may be pushed again under its tag"
refused "another one may not" "$image" crane push "$work/other" "$registry/team/app:1.0"
same "the tag did not move" "$image" "$(crane digest "$registry/team/app:1.0")"

quietly crane push "$work/other" "$registry/team/app:1.1"
quietly crane tag "$registry/team/app:1.1" stable
same "tags are listed" "1.0 1.1 stable" "$(crane ls "$registry/team/app" | sort | paste -sd ' ')"

crane copy -v "$registry/team/app:1.0" "$registry/team/copy/app:1.0" 2>"$work/trace"
same "an image is copied to another repository" "$image" "$(crane digest "$registry/team/copy/app:1.0")"
if grep -qE '^.*--> (PATCH|PUT) .*/blobs/' "$work/trace"; then fail "the copy sent bytes, instead of mounting"; fi
echo "ok: by mounting its blobs"

create_project open immutable deny public
quietly crane copy "$registry/team/app:1.1" "$registry/open/app:1.1"
quietly crane auth logout "$registry"
quietly crane pull --format oci "$registry/open/app:1.1" "$work/anonymous"
diff -r "$work/other/blobs" "$work/anonymous/blobs"
echo "ok: a stranger pulls from a public project"
refused "a stranger may not push there" 'unauthorized|denied' crane push "$work/other" "$registry/open/app:2.0"
refused "a stranger may not pull from a private one" 'unauthorized|denied' crane manifest "$registry/team/app:1.0"

quietly crane auth login "$registry" -u "$user" --password-stdin <<<"$password"
quietly crane delete "$registry/team/app:stable"
same "a tag is deleted" "1.0 1.1" "$(crane ls "$registry/team/app" | sort | paste -sd ' ')"
quietly crane delete "$registry/team/app@$other"
refused "a deleted image is gone" 'unknown|not found' crane manifest "$registry/team/app@$other"

quietly crane auth login "$registry" -u "$user" -p wrong
refused "a wrong password is refused" 'unauthorized' crane ls "$registry/team/app"
by_token

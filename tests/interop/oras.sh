#!/usr/bin/env bash
# oras: plain files in and out, and what refers to them.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

start_server "$work/data"
mkdir "$work/files"
head -c 3000000 /dev/urandom >"$work/files/tool.bin"
echo '{"answer": 42}' >"$work/files/settings.json"
: >"$work/files/empty"
echo '{"spdxVersion": "SPDX-2.3"}' >"$work/sbom.json"
export DOCKER_CONFIG=$work/docker
http=(--plain-http --no-tty)

quietly oras login --plain-http -u "$user" --password-stdin "$registry" <<<"$password"

cd "$work/files"
quietly oras push "${http[@]}" --artifact-type application/vnd.example.files --export-manifest "$work/manifest" \
    "$registry/team/files:1.0" tool.bin settings.json:application/json empty
files=$(digest_of "$work/manifest")
same "files are pushed as an artifact" "$files" "$(oras resolve --plain-http "$registry/team/files:1.0")"
quietly oras pull "${http[@]}" -o "$work/pulled" "$registry/team/files@$files"
diff -r "$work/files" "$work/pulled"
echo "ok: and pulled by its digest, byte for byte"

cd "$work"
quietly oras attach "${http[@]}" --distribution-spec v1.1-referrers-api --artifact-type application/spdx+json \
    --export-manifest "$work/sbom-manifest" "$registry/team/files:1.0" sbom.json:application/json
quietly oras attach "${http[@]}" --distribution-spec v1.1-referrers-api --artifact-type application/vnd.example.note \
    --annotation note=kept "$registry/team/files:1.0"
sbom=$(digest_of "$work/sbom-manifest")
discover() {
    oras discover --plain-http --distribution-spec v1.1-referrers-api --format json "$@" "$registry/team/files:1.0"
}
same "both referrers are found" "application/spdx+json application/vnd.example.note" \
    "$(discover | jq -r '.referrers[].artifactType' | sort | paste -sd ' ')"
same "one by its type" "$sbom" "$(discover --artifact-type application/spdx+json | jq -r '.referrers[].digest')"
quietly oras pull "${http[@]}" -o "$work/sbom-pulled" "$registry/team/files@$sbom"
cmp "$work/sbom.json" "$work/sbom-pulled/sbom.json"

quietly oras tag --plain-http "$registry/team/files:1.0" stable
same "tags are listed" "1.0 stable" "$(oras repo tags --plain-http "$registry/team/files" | sort | paste -sd ' ')"

quietly oras copy -r --from-plain-http --to-plain-http --no-tty "$registry/team/files:1.0" "$registry/team/copy/files:1.0"
same "an artifact is copied to another repository" "$files" \
    "$(oras resolve --plain-http "$registry/team/copy/files:1.0")"
same "with its referrers" 2 \
    "$(oras discover --plain-http --format json "$registry/team/copy/files:1.0" | jq '.referrers | length')"

create_project open immutable deny public
quietly oras copy --from-plain-http --to-plain-http --no-tty "$registry/team/files:1.0" "$registry/open/files:1.0"
quietly oras logout "$registry"
quietly oras pull "${http[@]}" -o "$work/anonymous" "$registry/open/files:1.0"
diff -r "$work/files" "$work/anonymous"
echo "ok: a stranger pulls from a public project"
refused "a stranger may not push there" 'unauthorized|denied|credential' \
    oras push "${http[@]}" "$registry/open/files:2.0" sbom.json
refused "a stranger may not pull from a private one" 'unauthorized|denied|credential' \
    oras pull "${http[@]}" -o "$work/refused" "$registry/team/files:1.0"

quietly oras login --plain-http -u "$user" --password-stdin "$registry" <<<"$password"
quietly oras manifest delete --plain-http -f "$registry/team/files@$sbom"
same "a deleted referrer is listed no more" "application/vnd.example.note" \
    "$(discover | jq -r '.referrers[].artifactType')"
quietly oras manifest delete --plain-http -f "$registry/team/copy/files:1.0"
refused "a deleted artifact is gone" 'not found' oras resolve --plain-http "$registry/team/copy/files:1.0"

refused "a wrong password is refused" 'unauthorized' oras login --plain-http -u "$user" -p wrong "$registry"
by_token

#!/usr/bin/env bash
# regctl: an image for two architectures, its referrers, and the catalog.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

start_server "$work/data"
amd64=$(make_image "$work/amd64" 1 amd64)
arm64=$(make_image "$work/arm64" 1 arm64)
echo '{"spdxVersion": "SPDX-2.3"}' >"$work/sbom.json"
export REGCTL_CONFIG=$work/regctl.json HOME=$work
quietly regctl registry set --skip-check --tls disabled "$registry"

quietly regctl registry login "$registry" -u "$user" --pass-stdin <<<"$password"

for image in amd64 arm64; do quietly regctl image copy "ocidir://$work/$image:latest" "ocidir://$work/both:$image"; done
quietly regctl index create "ocidir://$work/both:latest" --ref "ocidir://$work/both:amd64" --ref "ocidir://$work/both:arm64"
index=$(jq -r '.manifests[] | select(.annotations."org.opencontainers.image.ref.name" == "latest").digest' \
    "$work/both/index.json")
same "the index has the digest of its bytes" "$index" "$(digest_of "$work/both/blobs/sha256/${index#sha256:}")"

quietly regctl image copy "ocidir://$work/both:latest" "$registry/team/app:1.0"
same "an index is pushed as it is" "$index" "$(regctl image digest "$registry/team/app:1.0")"
same "with the image for amd64" "$amd64" "$(regctl image digest --platform linux/amd64 "$registry/team/app:1.0")"
same "and the one for arm64" "$arm64" "$(regctl image digest --platform linux/arm64 "$registry/team/app:1.0")"
quietly regctl image copy "$registry/team/app@$index" "ocidir://$work/pulled:latest"
for blob in "${index#sha256:}" "${amd64#sha256:}" "${arm64#sha256:}"; do
    cmp "$work/both/blobs/sha256/$blob" "$work/pulled/blobs/sha256/$blob"
done
diff <(ls "$work/both/blobs/sha256") <(ls "$work/pulled/blobs/sha256")
echo "ok: and pulled by its digest, byte for byte"

quietly regctl artifact put --artifact-type application/spdx+json --subject "$registry/team/app:1.0" \
    --file-media-type application/json <"$work/sbom.json"
quietly regctl artifact put --artifact-type application/vnd.example.note --annotation note=kept \
    --subject "$registry/team/app:1.0" --file-media-type text/plain </dev/null
referrers() { regctl artifact list --format '{{jsonPretty .Descriptors}}' "$@" "$registry/team/app:1.0"; }
same "both referrers are found" "application/spdx+json application/vnd.example.note" \
    "$(referrers | jq -r '.[].artifactType' | sort | paste -sd ' ')"
sbom=$(referrers --filter-artifact-type application/spdx+json | jq -r '.[].digest')
regctl artifact get "$registry/team/app@$sbom" | cmp "$work/sbom.json" -

quietly regctl image copy "$registry/team/app@$amd64" "$registry/team/app:1.0-amd64"
same "tags are listed" "1.0 1.0-amd64" "$(regctl tag ls "$registry/team/app" | sort | paste -sd ' ')"

quietly regctl image copy --referrers "$registry/team/app:1.0" "$registry/team/copy/app:1.0"
same "an index is copied to another repository" "$index" "$(regctl image digest "$registry/team/copy/app:1.0")"
same "with its referrers" 2 \
    "$(regctl artifact list --format '{{len .Descriptors}}' "$registry/team/copy/app:1.0")"
same "repositories are listed" "team/app team/copy/app" "$(regctl repo ls "$registry" | sort | paste -sd ' ')"

create_project open immutable deny public
quietly regctl image copy "$registry/team/app:1.0" "$registry/open/app:1.0"
quietly regctl registry logout "$registry"
quietly regctl image copy "$registry/open/app:1.0" "ocidir://$work/anonymous:latest"
diff -r "$work/pulled/blobs" "$work/anonymous/blobs"
echo "ok: a stranger pulls from a public project"
refused "a stranger may not push there" 'unauthorized|denied' \
    regctl image copy "ocidir://$work/amd64:latest" "$registry/open/app:2.0"
refused "a stranger may not pull from a private one" 'unauthorized|denied' \
    regctl manifest get "$registry/team/app:1.0"

quietly regctl registry login "$registry" -u "$user" --pass-stdin <<<"$password"
quietly regctl tag delete "$registry/team/app:1.0-amd64"
same "a tag is deleted" "1.0" "$(regctl tag ls "$registry/team/app")"
quietly regctl manifest delete "$registry/team/app@$sbom"
same "a deleted referrer is listed no more" "application/vnd.example.note" "$(referrers | jq -r '.[].artifactType')"
quietly regctl manifest delete --force-tag-dereference "$registry/team/copy/app:1.0"
refused "a deleted index is gone" 'not found|404' regctl manifest get "$registry/team/copy/app@$index"

refused "a wrong password is refused" 'unauthorized' \
    regctl registry login "$registry" -u "$user" --pass-stdin <<<wrong
by_token

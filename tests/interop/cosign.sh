#!/usr/bin/env bash
# cosign 3 and cosign 2: each signs and attests in all the ways that it has, without a network, and verifies that against this
# registry; Waybill verifies it as well, and cosign what Waybill signs.
set -euo pipefail
source "$(dirname "$0")/trust.sh"

readonly cosign2=${WAYBILL_TEST_TOOLS_DIR:-$HOME/.cache/waybill-tools}/cosign2/cosign
# No log, and nothing that would be fetched over the network.
readonly offline3=(--use-signing-config=false --tlog-upload=false --yes)
readonly offline2=(--tlog-upload=false --yes)
readonly no_log=(--insecure-ignore-tlog)
# Cosign 2 wants a trusted root, which it would fetch; for keys it needs nothing of what stands in one.
readonly no_log2=("${no_log[@]}" --trusted-root root.json)
# Cosign keeps its state below $HOME.
export HOME=$work DOCKER_CONFIG=$work/docker COSIGN_PASSWORD=cosign-password
start_server "$work/data"
cd "$work"
quietly crane auth login "$registry" -u "$user" --password-stdin <<<"$password"
quietly cosign generate-key-pair --output-key-prefix team
quietly cosign generate-key-pair --output-key-prefix other
quietly waybill key generate --out ci
quietly openssl pkey -in ci.key -pubout -out ci-by-openssl.pub
cmp ci.pub ci-by-openssl.pub
echo "ok: openssl reads the keys that waybill makes"
echo '{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}' >root.json
make_policy "$(key_signer team team.pub)" "$(key_signer ci ci.pub)"
create_project team immutable deny private
set_policy
jq -n '{buildDefinition: {buildType: "https://ci.example/v1", externalParameters: {},
        resolvedDependencies: [{uri: "git+https://git.example/app", digest: {gitCommit: ("a" * 40)}}]},
        runDetails: {builder: {id: "https://ci.example/runner"}, metadata: {invocationId: "42"}}}' >provenance.json
jq -n '{bomFormat: "CycloneDX", specVersion: "1.6", version: 1,
        components: [{type: "library", name: "left-pad", version: "1.3.0", purl: "pkg:npm/left-pad@1.3.0"}]}' >sbom.json

# push NAME: a new image; $image is its reference by digest.
push() {
    local digest
    digest=$(make_image "$work/$1" 1)
    quietly crane push "$work/$1" "$registry/team/$1:1.0"
    image=$registry/team/$1@$digest
}

# attest_both COMMAND...: provenance and an SBOM, by $key.key.
attest_both() {
    quietly "$@" --key "$key.key" --type slsaprovenance1 --predicate provenance.json "$image"
    quietly "$@" --key "$key.key" --type cyclonedx --predicate sbom.json "$image"
}

# verify_both COSIGN OPTION...: that both are there.
verify_both() {
    local cosign=$1 type
    shift
    for type in slsaprovenance1 cyclonedx; do
        quietly "$cosign" verify-attestation "$@" --key "$key.pub" --type "$type" "$image"
    done
}

key=team
push bundles
refusal=10 refused "nothing is signed yet" 'no signatures found' cosign verify "${no_log[@]}" --key team.pub "$image"
quietly cosign sign "${offline3[@]}" --key team.key "$image"
attest_both cosign attest "${offline3[@]}"
quietly cosign verify "${no_log[@]}" --key team.pub "$image"
verify_both cosign "${no_log[@]}"
echo "ok: cosign 3 verifies what it signed and attested"
refused "not by another key" 'failed to verify signature|no matching' cosign verify "${no_log[@]}" --key other.pub "$image"
same "as bundles that refer to the image" 3 \
    "$(oras discover --plain-http --format json --artifact-type application/vnd.dev.sigstore.bundle.v0.3+json "$image" |
        jq '.referrers | length')"
weighed "waybill verifies them" "$(printf '%s sigstore-bundle verified team\n' attestation{,} signature)" "$image"

push tags
quietly "$cosign2" sign "${offline2[@]}" --key team.key "$image"
attest_both "$cosign2" attest "${offline2[@]}"
quietly "$cosign2" verify "${no_log2[@]}" --key team.pub "$image"
verify_both "$cosign2" "${no_log2[@]}"
echo "ok: cosign 2 verifies what it signed and attested"
refusal=12 refused "not by another key" 'no matching signatures' "$cosign2" verify "${no_log2[@]}" --key other.pub "$image"
hex=${image#*@sha256:}
same "under its tags" "1.0 sha256-$hex.att sha256-$hex.sig" "$(crane ls "${image%@*}" | sort | paste -sd ' ')"
weighed "waybill verifies them" \
    "$(printf '%s verified team\n' attestation\ dsse{,} signature\ cosign-simple-signing)" "$image"

push referrers
quietly env COSIGN_EXPERIMENTAL=1 "$cosign2" sign "${offline2[@]}" --registry-referrers-mode=oci-1-1 --key team.key "$image"
quietly env COSIGN_EXPERIMENTAL=1 "$cosign2" verify "${no_log2[@]}" --experimental-oci11 --key team.pub "$image"
weighed "cosign 2 signs by a referrer too, and waybill verifies that" "signature cosign-simple-signing verified team" \
    "$image"

push waybill
quietly waybill sign --plain-http --key ci.key "$image"
key=ci
attest_both waybill attest --plain-http
quietly cosign verify "${no_log[@]}" --key ci.pub "$image"
verify_both cosign "${no_log[@]}"
echo "ok: cosign 3 verifies what waybill signed and attested"
quietly "$cosign2" verify "${no_log2[@]}" --key ci.pub "$image"
verify_both "$cosign2" "${no_log2[@]}"
echo "ok: so does cosign 2"
refused "not by another key" 'failed to verify signature|no matching' cosign verify "${no_log[@]}" --key team.pub "$image"
quietly waybill verify artifact --plain-http --key ci.pub --attested slsaprovenance1 --attested cyclonedx "$image"
echo "ok: and waybill"
refused "waybill tells another key as well" 'lacks a good signature' \
    waybill verify artifact --plain-http --key other.pub "$image"
weighed "under a policy as well" "$(printf '%s sigstore-bundle verified ci\n' attestation{,} signature)" "$image"

# said PATH JQ: of what the server read in the attestations of the last image.
said() { api GET "/api/v1/projects/team/artifacts/${image#*@}/$1?repository=team/waybill" | jq -r "$2"; }
same "the server knows who built it" https://ci.example/runner "$(said provenance '.items[].builder')"
same "and of what" pkg:npm/left-pad@1.3.0 "$(said components '.items[].purl')"

#!/usr/bin/env bash
# A release on its way to production, with real clients: crane pushes, cosign signs and attaches what is missing, two people
# approve, and skopeo pulls it through the environment. Nothing of its layers is touched on the way.
set -euo pipefail
source "$(dirname "$0")/trust.sh"

readonly offline=(--use-signing-config=false --tlog-upload=false --yes)
export HOME=$work DOCKER_CONFIG=$work/docker COSIGN_PASSWORD=cosign-password
start_server "$work/data"
cd "$work"
quietly crane auth login "$registry" -u "$user" --password-stdin <<<"$password"
quietly cosign generate-key-pair --output-key-prefix team
make_policy "$(key_signer team team.pub)"
create_project team immutable deny private
set_policy
jq -n '{bomFormat: "CycloneDX", specVersion: "1.6", version: 1,
        components: [{type: "library", name: "left-pad", version: "1.3.0", purl: "pkg:npm/left-pad@1.3.0"}]}' >sbom.json

# json METHOD PATH BODY: as admin, or as $as with the password of all people here.
json() {
    curl -sS --fail-with-body -u "${as:-$user}:$password" -X "$1" -H 'Content-Type: application/json' -d "$3" \
        "http://$registry/api/v1$2"
}

# person NAME ROLE [ENVIRONMENT]: somebody with a role in the project.
person() {
    json POST /users "$(jq -n --arg name "$1" --arg password "$password" '{$name, $password}')" >"$work/out"
    json POST /role-bindings "$(jq -n --arg user "$1" --arg role "$2" --arg environment "${3:-}" \
        '{$user, $role, project: "team"} + (if $environment == "" then {} else {$environment} end)')" >"$work/out"
}

person paula promoter
person anna approver production
person andi approver production
person dora deployer
for environment in staging production; do
    json POST /environments "$(jq -n --arg name "$environment" '{$name, tier: $name}')" >"$work/out"
done
# A soak that a test can wait for.
jq -n '{stages: [
    {name: "staging", environments: ["staging"],
     entry: [{id: "signed", type: "signature"}, {id: "sbom", type: "attestation", predicate_type: "cyclonedx"}]},
    {name: "production", environments: ["production"],
     entry: [{id: "soak", type: "soak", hours: 0, minutes: 1}, {id: "two-people", type: "approvals", required: 2}]}]}' >lifecycle.json
api PUT /api/v1/projects/team/lifecycle -H 'Content-Type: application/json' --data-binary @lifecycle.json >"$work/out"

# release VERSION: pushes and signs an image, and makes a release of it; $image is its reference by digest.
release() {
    local digest
    digest=$(make_image "$work/app-$1" 1)
    quietly crane push "$work/app-$1" "$registry/team/app:$1"
    image=$registry/team/app@$digest
    quietly cosign sign "${offline[@]}" --key team.key "$image"
    json POST /projects/team/releases "$(jq -n --arg version "$1" \
        '{name: "app", $version, artifacts: [{repository: "team/app", reference: $version, role: "image"}]}')" >"$work/out"
}

# promote VERSION ENVIRONMENT: prints the promotion's id.
promote() {
    as=paula json POST /promotions "$(jq -n --arg release "app@$1" --arg environment "$2" \
        '{project: "team", $release, $environment}')" | jq -r .id
}

promotion() { api GET "/api/v1/promotions/$1" | jq -r "$2"; }
stands() { [[ $(promotion "$1" .state) == "$2" ]]; }

# reported PROMOTION STATUS...
reported() {
    local id=$1 status
    shift
    for status in "$@"; do
        as=dora json POST "/promotions/$id/reports" "{\"status\": \"$status\"}" >"$work/out"
    done
}

release 1.0
first=$image
id=$(promote 1.0 staging)
eventually "staging waits for the SBOM, but is $(promotion "$id" '.state + " " + .why')" 20 stands "$id" blocked
said=$(promotion "$id" '.gates[] | select(.gate == "sbom") | .outcome + ": " + .remediation')
grep -q 'missing: .*attach' <<<"$said" || fail "the gate does not say what to attach: $said"
echo "ok: refused by staging, which says: ${said#missing: }"

quietly cosign attest "${offline[@]}" --key team.key --type cyclonedx --predicate sbom.json "$first"
eventually "admitted by itself" 20 stands "$id" admitted
echo "ok: admitted by itself once the SBOM was attached"
reported "$id" deploying deployed verified

id=$(promote 1.0 production)
stands "$id" awaiting_approval || fail "production waits for people, but is $(promotion "$id" .state)"
refusal=22
as=paula refused "who asked for it can't approve it" '403|approver|Denied|denied' \
    json POST "/promotions/$id/approvals" '{"verdict": "approve"}'
as=anna json POST "/promotions/$id/approvals" '{"verdict": "approve", "comment": "seen in staging"}' >"$work/out"
stands "$id" awaiting_approval || fail "one approval is not enough"
as=anna refused "nobody counts twice" already json POST "/promotions/$id/approvals" '{"verdict": "approve"}'
as=andi json POST "/promotions/$id/approvals" '{"verdict": "approve"}' >"$work/out"
stands "$id" waiting || fail "two people approved what has yet to soak, but it is $(promotion "$id" .state)"
eventually "admitted as soon as it has soaked" 90 stands "$id" admitted
echo "ok: two people let it into production, once it has soaked in staging"

# The deployer sees only what production shows.
readonly pull=(skopeo copy --authfile "$work/dora.json" --src-tls-verify=false)
quietly skopeo login --authfile "$work/dora.json" --tls-verify=false -u dora -p "$password" "$registry"
quietly "${pull[@]}" "docker://$registry/env/production/team/app:current" "dir:$work/pulled"
same "skopeo pulls current from production" "${first#*@}" "$(digest_of "$work/pulled/manifest.json")"
quietly "${pull[@]}" "docker://$registry/env/production/team/app:1.0" "dir:$work/by-version"
echo "ok: and by its version"
release 1.1
second=$image
refusal=1
refused "the next version is not in production" 'denied|not part|no version' \
    "${pull[@]}" "docker://$registry/env/production/team/app@${second#*@}" "dir:$work/next"
refused "nor can the deployer take it elsewhere" 'denied|unauthorized|authentication required' \
    "${pull[@]}" "docker://$registry/team/app@${second#*@}" "dir:$work/next"

decision() {
    as=dora json POST /decisions "$(jq -n --arg image "$1" '{$image, environment: "production", action: "deploy"}')" |
        jq -r '"\(.allow) \(.reasons[0].code)"'
}
same "a decision lets it run" "true admitted" "$(decision "$first")"
same "and not the next" "false not_admitted" "$(decision "$second")"

# What came out is beside the artifact, signed by Waybill.
summaries() {
    oras discover --plain-http --format json "$first" |
        jq '[.referrers[] | select(.annotations["dev.sigstore.bundle.predicateType"] // "" | contains("verification_summary"))] | length'
}
has_summaries() { [[ $(summaries) == 2 ]]; }
eventually "two summaries are written" 20 has_summaries
api GET /api/v1/summary-key | jq -r '.items[0].public_key' >waybill.pub
quietly cosign verify-attestation --insecure-ignore-tlog --key waybill.pub \
    --type https://slsa.dev/verification_summary/v1 "$first"
echo "ok: cosign verifies what Waybill says of it"

refusal=1 refused "what runs can't be deleted" 'release|denied|409|conflict' \
    crane delete "$first"

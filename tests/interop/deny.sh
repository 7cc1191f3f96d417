#!/usr/bin/env bash
# A project that denies what no signer of its trust policy signed: its publisher works on, its readers wait for the signature.
set -euo pipefail
source "$(dirname "$0")/trust.sh"

readonly cosign2=${WAYBILL_TEST_TOOLS_DIR:-$HOME/.cache/waybill-tools}/cosign2/cosign
readonly offline=(--use-signing-config=false --tlog-upload=false --yes) no_log=--insecure-ignore-tlog
export HOME=$work DOCKER_CONFIG=$work/builder COSIGN_PASSWORD=cosign-password

start_server "$work/data"
cd "$work"
create_project team immutable deny private
# add_user NAME ROLE: with a role in the project; their clients are logged in by docker's config.json in the folder NAME.
add_user() {
    local body
    body=$(jq -n --arg name "$1" '{$name, password: "a long passphrase"}')
    api POST /api/v1/users -H 'Content-Type: application/json' -d "$body" >"$work/out"
    body=$(jq -n --arg user "$1" --arg role "$2" '{$user, $role, project: "team"}')
    api POST /api/v1/role-bindings -H 'Content-Type: application/json' -d "$body" >"$work/out"
    DOCKER_CONFIG=$work/$1 quietly crane auth login "$registry" -u "$1" --password-stdin <<<'a long passphrase'
}
add_user builder publisher
add_user deployer reader
# as USER COMMAND...
as() {
    local name=$1
    shift
    DOCKER_CONFIG=$work/$name "$@"
}
quietly cosign generate-key-pair --output-key-prefix team
quietly cosign generate-key-pair --output-key-prefix other
pull=deny make_policy "$(key_signer team team.pub)"
set_policy

# push_index TAG: a new image for two platforms; $index is its reference by digest.
push_index() {
    local architecture references=()
    for architecture in amd64 arm64; do
        make_image "$work/$1-$architecture" 1 "$architecture" >"$work/out"
        as builder quietly crane push "$work/$1-$architecture" "$registry/team/app:$1-$architecture"
        references+=(-m "$registry/team/app:$1-$architecture")
    done
    as builder quietly crane index append "${references[@]}" -t "$registry/team/app:$1"
    index=$registry/team/app@$(as builder crane digest "$registry/team/app:$1" 2>"$work/trace")
}

# platform ARCHITECTURE: the reference by digest of that image in the index, as the publisher sees it.
platform() {
    echo "${index%@*}@$(as builder crane manifest "$index" 2>"$work/trace" |
        jq -r --arg architecture "$1" '.manifests[] | select(.platform.architecture == $architecture).digest')"
}

push_index 1.0
first=$index arm64=$(platform arm64)
quietly as builder crane validate --remote "$arm64"
echo "ok: the publisher pulls what nobody has signed"
refused "a reader does not" 'DENIED' as deployer crane manifest "$first"
refused "nor by its tag" 'DENIED' as deployer crane manifest "$registry/team/app:1.0"
refused "nor one platform of it" 'DENIED' as deployer crane pull --format oci "$arm64" "$work/refused"
refused "nor by skopeo" 'denied' \
    as deployer skopeo copy -q --src-tls-verify=false --authfile "$work/deployer/config.json" "docker://$arm64" "dir:$work/refused"

quietly as builder cosign sign "${offline[@]}" --key other.key "$first"
weighed "a signature by a stranger's key is none" "signature sigstore-bundle refused nobody" "$first"
refused "so it opens nothing" 'DENIED' as deployer crane manifest "$first"

quietly as builder cosign sign "${offline[@]}" --key team.key "$first"
quietly as builder cosign verify "$no_log" --key team.pub "$first"
readable() { as deployer crane manifest "$index" >"$work/out" 2>&1; }
eventually "the reader reads what is signed" 20 readable
quietly as deployer crane pull --format oci "$arm64" "$work/pulled"
quietly as deployer skopeo copy -q --src-tls-verify=false --authfile "$work/deployer/config.json" "docker://$(platform amd64)" \
    "dir:$work/copied"
echo "ok: once the index is signed, the reader pulls one platform of it by its digest"
quietly as deployer cosign verify "$no_log" --key team.pub "$first"
quietly as deployer cosign verify "$no_log" --key team.pub "$registry/team/app:1.0"
echo "ok: and verifies it with cosign"

push_index 2.0
refused "the next index is denied until it is signed" 'DENIED' as deployer crane manifest "$index"
echo '{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}' >root.json
quietly as builder "$cosign2" sign --tlog-upload=false --yes --key team.key "$index"
eventually "the reader reads what cosign 2 signed" 20 readable
quietly as deployer "$cosign2" verify "$no_log" --trusted-root root.json --key team.pub "$index"
echo "ok: by cosign 2 as well, under a tag"
push_index 3.0

# warn: it is served, with a warning.
pull=warn make_policy "$(key_signer team team.pub)"
set_policy
warned() {
    curl -sS -o /dev/null -w '%{http_code} %header{warning}' -u 'deployer:a long passphrase' \
        "http://$registry/v2/team/app/manifests/$1" | cut -d ' ' -f 1,2
}
is_warned() { [[ $(warned 3.0) == "200 299" ]]; }
eventually "a project that only warns serves it, with a warning" 20 is_warned
echo "ok: a project that only warns serves it, with a warning"
same "and what is signed without one" 200 "$(warned 1.0 | xargs)"

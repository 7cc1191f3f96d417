# shellcheck shell=bash
# Sourced by the scripts about signatures and attestations, with lib.sh: trust policies, and what Waybill makes of what
# clients pushed.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# judged ARTIFACT: what `waybill verify artifact` makes of each thing that may vouch for it, under $work/policy.json: one
# "kind format result signer" each, sorted; it asks as nobody in particular but whom docker's config.json names.
judged() {
    { waybill verify artifact --plain-http --policy "$work/policy.json" --json "$1" || true; } 2>"$work/trace" |
        jq -r '.evidence[] | "\(.kind) \(.format) \(.result) \(.signer // "nobody")"' | sort
}

# told ARTIFACT: what the server has to say of it, in the same form; "pending" where it has not verified it yet.
told() {
    local name=${1#*/}
    api GET "/api/v1/projects/${name%%/*}/artifacts/${name#*@}/trust?limit=100&repository=${name%@*}" |
        jq -r '(.signatures + .attestations)[] |
            "\(.kind) \(.format) \(.verification.result // "pending") \(.verification.signer // "nobody")"' | sort
}

# weighed WHAT EXPECTED ARTIFACT: the command comes to this, and so does the server, each by itself.
weighed() {
    same "$1" "$2" "$(judged "$3")"
    eventually "the server comes to '$2', not '$(told "$3")'" 20 is_told "$2" "$3"
    echo "ok: the server says the same"
}

is_told() { [[ $1 == "$(told "$2")" ]]; }

# set_policy: $work/policy.json becomes that of the project team.
set_policy() {
    local path=/api/v1/projects/team/trust-policy etag
    etag=$(curl -sS -u "$user:$password" -o /dev/null -w '%header{etag}' "http://$registry$path")
    api PUT "$path" -H 'Content-Type: application/json' ${etag:+-H "If-Match: $etag"} --data-binary @"$work/policy.json" \
        >"$work/out"
}

# make_policy SIGNER...: writes $work/policy.json with signers that are JSON, and the pull rule in $pull.
make_policy() {
    jq -n --arg pull "${pull:-off}" --slurpfile stores "${stores:-/dev/null}" \
        '{$pull, signers: [inputs], trust_stores: ($stores[0] // {})}' <<<"$*" >"$work/policy.json"
}

# signer NAME BY: one that may vouch for everything; BY is JSON.
signer() {
    jq -cn --arg name "$1" --argjson by "$2" \
        '{$name, $by, may: {predicate_types: ["*"], builders: [{id: "*", slsa_level: 2}]}}'
}

# key_signer NAME FILE: one with a public key as PEM.
key_signer() {
    signer "$1" "$(jq -cn --rawfile pem "$2" '{key: {$pem}}')"
}

waybill() {
    "${WAYBILL_TEST_BIN:-${CARGO_TARGET_DIR:-$(dirname "${BASH_SOURCE[0]}")/../../target}/debug/waybill}" "$@"
}

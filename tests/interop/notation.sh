#!/usr/bin/env bash
# notation: an image signed in both of its formats, verified by itself and by Waybill.
set -euo pipefail
source "$(dirname "$0")/trust.sh"

export HOME=$work DOCKER_CONFIG=$work/docker XDG_CONFIG_HOME=$work/config NOTATION_USERNAME=$user NOTATION_PASSWORD=$password

start_server "$work/data"
cd "$work"
quietly crane auth login "$registry" -u "$user" --password-stdin <<<"$password"
app=$registry/team/app@$(make_image "$work/app" 1)
quietly crane push "$work/app" "$registry/team/app:1.0"
other=$registry/team/other@$(make_image "$work/other" 1)
quietly crane push "$work/other" "$registry/team/other:1.0"
quietly notation cert generate-test --default team.example
quietly notation cert generate-test other.example
# trust_in NAME: whose certificates notation takes.
trust_in() {
    jq -n --arg store "ca:$1" '{version: "1.0", trustPolicies: [{name: "team", registryScopes: ["*"],
        signatureVerification: {level: "strict"}, trustStores: [$store], trustedIdentities: ["*"]}]}' >trustpolicy.json
    quietly notation policy import --force trustpolicy.json
}
trust_in team.example

refused "nothing is signed yet" 'no signature is associated' notation verify --insecure-registry "$app"
for format in jws cose; do
    quietly notation sign --insecure-registry --signature-format "$format" "$app"
done
same "both signatures are listed" 2 "$(notation ls --insecure-registry "$app" | grep -c '─ sha256:')"
quietly notation verify --insecure-registry "$app"
echo "ok: notation verifies what it signed"
trust_in other.example
refused "not under another authority" 'signature verification failed' notation verify --insecure-registry "$app"

jq -n --rawfile pem config/notation/truststore/x509/ca/team.example/team.example.crt '{team: $pem}' >stores.json
jq -n --rawfile pem config/notation/truststore/x509/ca/other.example/other.example.crt '{team: $pem}' >others.json
by_x509() { signer team "$(jq -cn --arg subject "$1" '{x509: {trust_store: "team", subjects: [$subject]}}')"; }
stores=stores.json make_policy "$(by_x509 'CN=team.example')"
set_policy
weighed "waybill verifies both" "$(printf 'signature notation-%s verified team\n' cose jws)" "$app"
stores=stores.json make_policy "$(by_x509 'CN=other.example')"
set_policy
weighed "not for another subject" "$(printf 'signature notation-%s refused nobody\n' cose jws)" "$app"
stores=others.json make_policy "$(by_x509 '*')"
set_policy
weighed "nor under another authority" "$(printf 'signature notation-%s refused nobody\n' cose jws)" "$app"

# The manifest of a signature, told to be about another image, with the same signature in it.
carrier=$(oras discover --plain-http --format json "$app" | jq -r '.referrers[0].digest')
crane manifest "${app%@*}@$carrier" |
    jq -c --slurpfile subject <(oras manifest fetch --plain-http --descriptor "$other") '.subject = $subject[0]' >moved.json
oras copy --from-plain-http --to-plain-http --no-tty "${app%@*}@$carrier" "${other%@*}:moved" >"$work/out"
quietly oras manifest push --plain-http "${other%@*}@$(digest_of moved.json)" moved.json
stores=stores.json make_policy "$(by_x509 '*')"
set_policy
moved=$(judged "$other")
same "waybill refuses a signature that was moved to another image" refused "$(cut -d ' ' -f 3 <<<"$moved")"
eventually "the server refuses it too, not '$(told "$other")'" 20 is_told "$moved" "$other"
echo "ok: the server says the same"

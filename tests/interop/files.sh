#!/usr/bin/env bash
# Plain files, signed by minisign and by ssh-keygen, with an SBOM beside them: pushed and attached by oras, verified where they
# arrive by the tools that signed, and by Waybill.
set -euo pipefail
source "$(dirname "$0")/trust.sh"

export HOME=$work DOCKER_CONFIG=$work/docker
readonly http=(--plain-http --no-tty)

start_server "$work/data"
mkdir "$work/made" "$work/pulled"
cd "$work/made"
quietly oras login --plain-http -u "$user" --password-stdin "$registry" <<<"$password"
quietly minisign -G -W -p ../minisign.pub -s ../minisign.key
quietly ssh-keygen -q -t ed25519 -N '' -C '' -f ../ssh
echo "team@example $(cat ../ssh.pub)" >../allowed
head -c 3000000 /dev/urandom >tool.bin
jq -n '{bomFormat: "CycloneDX", specVersion: "1.6", version: 1,
        components: [{type: "library", name: "zlib", version: "1.3.1", purl: "pkg:generic/zlib@1.3.1"}]}' >sbom.json

quietly minisign -S -s ../minisign.key -m tool.bin -t 'tool.bin of team'
quietly ssh-keygen -Y sign -f ../ssh -n file tool.bin
quietly oras push "${http[@]}" --artifact-type application/vnd.example.tool --export-manifest ../manifest \
    "$registry/team/tool:1.0" tool.bin
tool=$registry/team/tool@$(digest_of ../manifest)
quietly oras attach "${http[@]}" --artifact-type application/vnd.minisign "$tool" tool.bin.minisig:text/plain
quietly oras attach "${http[@]}" --artifact-type application/vnd.ssh.signature "$tool" tool.bin.sig:text/plain
quietly oras attach "${http[@]}" --artifact-type application/vnd.cyclonedx+json "$tool" \
    sbom.json:application/vnd.cyclonedx+json

cd "$work/pulled"
quietly oras pull "${http[@]}" "$tool"
for referrer in $(oras discover --plain-http --format json "$tool" | jq -r '.referrers[].digest'); do
    quietly oras pull "${http[@]}" "${tool%@*}@$referrer"
done
diff -r "$work/made" "$work/pulled"
echo "ok: the file, its signatures and its SBOM arrive byte for byte"
quietly minisign -V -p ../minisign.pub -m tool.bin
quietly ssh-keygen -Y verify -f ../allowed -I team@example -n file -s tool.bin.sig <tool.bin
echo "ok: minisign and ssh-keygen verify them there"

by_minisign() { signer "$1" "$(jq -cn --rawfile key "$2" '{minisign: {$key}}')"; }
by_ssh() { signer "$1" "$(jq -cn --rawfile key "$2" --arg namespace "$3" '{ssh: {key: ($key | rtrimstr("\n")), $namespace}}')"; }
make_policy "$(by_minisign packer ../minisign.pub)" "$(by_ssh releaser ../ssh.pub file)"
set_policy
weighed "waybill verifies both, and believes no SBOM that nobody signed" \
    "$(printf '%s\n' 'document plain refused nobody' 'signature minisign verified packer' 'signature sshsig verified releaser')" \
    "$tool"
quietly minisign -G -W -f -p ../other.pub -s ../other.key
make_policy "$(by_minisign packer ../other.pub)" "$(by_ssh releaser ../ssh.pub git)"
set_policy
weighed "not by another key, nor for another namespace" \
    "$(printf '%s refused nobody\n' 'document plain' 'signature minisign' 'signature sshsig')" "$tool"

# The same signatures beside a file with one byte more.
echo >>tool.bin
quietly oras push "${http[@]}" --artifact-type application/vnd.example.tool --export-manifest ../manifest \
    "$registry/team/tool:1.1" tool.bin
tool=$registry/team/tool@$(digest_of ../manifest)
quietly oras attach "${http[@]}" --artifact-type application/vnd.minisign "$tool" tool.bin.minisig:text/plain
quietly oras attach "${http[@]}" --artifact-type application/vnd.ssh.signature "$tool" tool.bin.sig:text/plain
make_policy "$(by_minisign packer ../minisign.pub)" "$(by_ssh releaser ../ssh.pub file)"
set_policy
weighed "nor for another file" "$(printf 'signature %s refused nobody\n' minisign sshsig)" "$tool"

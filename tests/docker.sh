#!/usr/bin/env bash
# What can be said of docker/ without a container engine: its files are linted and parsed, and hold what the README says
# of them. The proxy's file is used by tests/interop/replicas.sh.
set -euo pipefail
source "$(dirname "$0")/interop/lib.sh"
cd "$(dirname "$0")/.."

hadolint docker/Dockerfile
echo "ok: hadolint finds nothing in the Dockerfile"

# The parser refuses what is unknown, and variables without a value: the example names each of them.
mkdir -p "$work/docker/secrets"
cp docker/*.conf docker/*.toml "$work/docker"
: >"$work/docker/secrets/master-key"
sed -n 's/^\([A-Z0-9_]*\)=$/s|\\${\1:[^}]*}|secret-\1|/p' docker/.env.example >"$work/fill-in"
sed -f "$work/fill-in" docker/compose.yaml >"$work/docker/compose.yaml"
quietly compose-parse -format json "$work/docker/compose.yaml"
cp "$work/out" "$work/compose.json"
echo "ok: the compose file is one"

# services FILTER: the names of the services for which it holds.
services() { jq -r ".services | to_entries[] | select(.value | $1) | .key" "$work/compose.json" | paste -sd ' '; }
everything="garage postgres proxy waybill-1 waybill-2"
same "every root file system is read-only" "$everything" "$(services .read_only)"
same "every service has limits" "$everything" \
    "$(services '.deploy.resources.limits | .memory and .cpus and .pids')"
same "every image has a version, or is built here" "" \
    "$(services '(.image | test(":v?[0-9]") | not) and (.build | not)')"
same "no image names a host" "" "$(services '.image | test("^[^/]*[.:][^/]*/")')"
same "secrets are in no service but those that need them" "waybill-1 waybill-2" "$(services .secrets)"
same "only the proxy is reached from outside, on this machine" "proxy 127.0.0.1:8080" \
    "$(jq -r '.services | to_entries[] | select(.value.ports) | "\(.key) \(.value.ports[] |
        "\(.host_ip):\(.published)")"' "$work/compose.json")"
proxy=$(jq -r .services.proxy.networks.front.ipv4_address "$work/compose.json")
same "its address is the one that the replicas trust" "[\"$proxy\"]" \
    "$(jq -r '.services["waybill-1"].environment.WAYBILL_TRUSTED_PROXIES' "$work/compose.json")"

# Each setting that the files give is one: the server refuses unknown ones before anything else.
binary=${WAYBILL_TEST_BIN:-${CARGO_TARGET_DIR:-target}/debug/waybill}
openssl rand -base64 32 >"$work/master-key"
mapfile -t settings < <({
    jq -r '.services["waybill-1"].environment | to_entries[] | "\(.key)=\(.value)"' "$work/compose.json"
    grep -o 'WAYBILL_[A-Z_]*=[^ ]*' docker/Dockerfile
} | sed "s|/run/secrets|$work|")
refusal=1
refused "the settings are understood" "127.0.0.1:1/healthz does not answer" \
    env -i "${settings[@]}" WAYBILL_LISTEN=127.0.0.1:1 "$binary" healthcheck

#!/usr/bin/env bash
# Two replicas take turns behind the proxy of docker/, on one PostgreSQL database and one bucket:
#   tests/with-postgres tests/interop/replicas.sh
# The spec's suite and two clients meet them as if they were one, by token.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

share
start_server "$work/data-1" WAYBILL_TRUSTED_PROXIES='["127.0.0.1"]'
first=$registry
start_server "$work/data-2" WAYBILL_TRUSTED_PROXIES='["127.0.0.1"]'
second=$registry

proxy=127.0.0.1:$(free_port)
mkdir "$work/proxy"
sed "s|listen 8080|listen $proxy|; s|waybill-1:8080|$first|; s|waybill-2:8080|$second|; s|/tmp/|$work/proxy/|" \
    "$(dirname "$0")/../../docker/nginx.conf" >"$work/proxy/nginx.conf"
quietly nginx -t -e stderr -c "$work/proxy/nginx.conf"
nginx -e stderr -g 'daemon off;' -c "$work/proxy/nginx.conf" >"$work/proxy.log" 2>&1 &
pids+=("$!")
eventually "the proxy answers" 30 answers "$proxy"
registry=$proxy

# served ADDRESS: the requests that one replica has answered below /v2/.
served() {
    curl -sS --fail "http://$1/metrics" |
        awk '/^waybill_http_requests_total.*route="\/v2/ { n += $2 } END { print n + 0 }'
}

create_project c mutable allow private
run_conformance

# by_turns: both had about half of what was asked.
by_turns() {
    local one two
    one=$(served "$first") two=$(served "$second")
    echo "the replicas answered $one and $two requests"
    ((one > 500 && two > 500 && one < two * 2 && two < one * 2)) || fail "they did not take turns"
    echo "ok: they took turns"
}
by_turns

# Clients with parallel, large and chunked uploads, whose requests land on both.
export DOCKER_CONFIG=$work/docker
image=$(make_image "$work/image" 60)
quietly crane auth login "$registry" -u "$user" --password-stdin <<<"$password"
quietly crane push "$work/image" "$registry/team/app:1.0"
same "60 MB are pushed through both" "$image" "$(crane digest "$registry/team/app:1.0")"
quietly crane pull --format oci "$registry/team/app:1.0" "$work/pulled"
diff -r "$work/image/blobs" "$work/pulled/blobs"
echo "ok: and pulled, byte for byte"
quietly crane copy "$registry/team/app:1.0" "$registry/team/copy/app:1.0"
same "and mounted in another repository" "$image" "$(crane digest "$registry/team/copy/app:1.0")"
realm=$(curl -sS -o /dev/null -D - "http://$registry/v2/" | tr -d '\r' | sed -nE 's/^www-authenticate: .*realm="([^"]*)".*/\1/Ip')
same "tokens are to be had where clients reach it" "http://$proxy/token" "$realm"
same "the proxy keeps metrics to itself" 404 "$(curl -s -o /dev/null -w '%{http_code}' "http://$registry/metrics")"
registry=$first by_token
registry=$second by_token

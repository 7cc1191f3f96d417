#!/usr/bin/env bash
# helm: a chart in and out, byte for byte.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

start_server "$work/data"
export HOME=$work
cd "$work"
quietly helm create demo
quietly helm package demo
quietly helm create other
quietly helm package --version 0.1.0 other

quietly helm registry login --plain-http -u "$user" --password-stdin "$registry" <<<"$password"

helm push --plain-http demo-0.1.0.tgz "oci://$registry/team/charts" >"$work/pushed" 2>&1
chart=$(sed -n 's/^Digest: //p' "$work/pushed")
same "a chart is pushed" "$chart" "$(api HEAD /v2/team/charts/demo/manifests/0.1.0 -I | tr -d '\r' |
    sed -n 's/^docker-content-digest: //p')"
mkdir pulled
helm pull --plain-http "oci://$registry/team/charts/demo" --version 0.1.0 -d pulled >"$work/pull" 2>&1
same "and pulled under its digest" "$chart" "$(sed -n 's/^Digest: //p' "$work/pull")"
cmp demo-0.1.0.tgz pulled/demo-0.1.0.tgz
echo "ok: byte for byte"
same "its newest version is found" "0.1.0" \
    "$(helm show chart --plain-http "oci://$registry/team/charts/demo" 2>/dev/null | sed -n 's/^version: //p')"

quietly helm push --plain-http demo-0.1.0.tgz "oci://$registry/team/charts"
echo "ok: the same chart may be pushed again"
quietly helm package --app-version 2 demo
refused "another one may not, under its version" '409|immutable|denied' \
    helm push --plain-http demo-0.1.0.tgz "oci://$registry/team/charts"

create_project open immutable deny public
quietly helm push --plain-http pulled/demo-0.1.0.tgz "oci://$registry/open/charts"
quietly helm registry logout "$registry"
mkdir anonymous
quietly helm pull --plain-http "oci://$registry/open/charts/demo" --version 0.1.0 -d anonymous
cmp pulled/demo-0.1.0.tgz anonymous/demo-0.1.0.tgz
echo "ok: a stranger pulls from a public project"
refused "a stranger may not push there" 'unauthorized|denied|credential' \
    helm push --plain-http other-0.1.0.tgz "oci://$registry/open/charts"
refused "a stranger may not pull from a private one" 'unauthorized|denied|credential' \
    helm pull --plain-http "oci://$registry/team/charts/demo" --version 0.1.0
refused "a wrong password is refused" 'unauthorized|denied' \
    helm registry login --plain-http -u "$user" --password wrong "$registry"
by_token

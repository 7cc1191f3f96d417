#!/usr/bin/env bash
# The registry's tests over Garage, a real S3 server that takes no notice of If-None-Match: tests/interop/garage.sh
#
# Garage is in WAYBILL_TEST_TOOLS_DIR, where tests/run installs it. It listens on loopback and goes with its data.
set -euo pipefail
source "$(dirname "$0")/bucket.sh"

read -r s3_port rpc_port <<<"$(free_ports)"
cat >"$work/garage.toml" <<END
metadata_dir = "$work/meta"
data_dir = "$work/data"
db_engine = "sqlite"
replication_factor = 1
rpc_bind_addr = "127.0.0.1:$rpc_port"
rpc_secret = "$(openssl rand -hex 32)"

[s3_api]
s3_region = "garage"
api_bind_addr = "127.0.0.1:$s3_port"
END
AWS_ACCESS_KEY_ID=GK$(openssl rand -hex 12)
AWS_SECRET_ACCESS_KEY=$(openssl rand -hex 32)
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
GARAGE_DEFAULT_BUCKET=waybill GARAGE_DEFAULT_ACCESS_KEY=$AWS_ACCESS_KEY_ID \
    GARAGE_DEFAULT_SECRET_KEY=$AWS_SECRET_ACCESS_KEY \
    "$tools/bin/garage" -c "$work/garage.toml" server --single-node --default-bucket >"$work/log" 2>&1 &
store=$!
until_it_listens "$s3_port"

run_tests "s3://waybill?endpoint=http://127.0.0.1:$s3_port&region=garage"

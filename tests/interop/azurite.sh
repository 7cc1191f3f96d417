#!/usr/bin/env bash
# The registry's tests over Azurite, the emulator of Azure Blob Storage: tests/interop/azurite.sh
#
# Azurite is in WAYBILL_TEST_TOOLS_DIR, where tests/run installs it. It listens on loopback and goes with its data.
set -euo pipefail
source "$(dirname "$0")/bucket.sh"

read -r port _ <<<"$(free_ports)"
export AZURE_STORAGE_ACCOUNT_NAME=waybilltest
AZURE_STORAGE_ACCOUNT_KEY=$(openssl rand -base64 32)
export AZURE_STORAGE_ACCOUNT_KEY
AZURITE_ACCOUNTS=$AZURE_STORAGE_ACCOUNT_NAME:$AZURE_STORAGE_ACCOUNT_KEY \
    "$tools/azurite/node_modules/.bin/azurite-blob" --blobHost 127.0.0.1 --blobPort "$port" --location "$work/data" \
    --silent --disableProductStyleUrl >"$work/log" 2>&1 &
store=$!
until_it_listens "$port"
endpoint=http://127.0.0.1:$port/$AZURE_STORAGE_ACCOUNT_NAME

# Waybill makes no container, and has no need to: this is the request by hand (Put Container, Shared Key).
date=$(LC_ALL=C TZ=GMT date '+%a, %d %b %Y %H:%M:%S GMT') version=2021-08-06
printf -v to_sign 'PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:%s\nx-ms-version:%s\n/%s/%s/waybill\nrestype:container' \
    "$date" "$version" "$AZURE_STORAGE_ACCOUNT_NAME" "$AZURE_STORAGE_ACCOUNT_NAME"
key=$(base64 -d <<<"$AZURE_STORAGE_ACCOUNT_KEY" | od -An -v -tx1 | tr -d ' \n')
signature=$(printf %s "$to_sign" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
curl -sS --fail-with-body -X PUT "$endpoint/waybill?restype=container" -H "x-ms-date: $date" \
    -H "x-ms-version: $version" -H 'Content-Length: 0' \
    -H "Authorization: SharedKey $AZURE_STORAGE_ACCOUNT_NAME:$signature"

run_tests "az://waybill?endpoint=$endpoint"

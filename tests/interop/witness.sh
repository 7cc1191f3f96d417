#!/usr/bin/env bash
# A witness that is not ours cosigns the ledger's checkpoints: litewitness, which speaks c2sp.org/tlog-witness. Without it
# the log goes on.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

readonly name=witness.test/one
mkdir "$work/state"
witness=127.0.0.1:$(free_port)

# Its key lives in an agent of its own.
export SSH_AUTH_SOCK=$work/agent.sock
ssh-keygen -q -t ed25519 -N '' -f "$work/witness-key"
ssh-agent -D -a "$SSH_AUTH_SOCK" >"$work/agent.log" 2>&1 &
pids+=("$!")
eventually "the agent listens" 10 test -S "$SSH_AUTH_SOCK"
quietly ssh-add "$work/witness-key"

answers() { curl -s -o "$work/out" "http://$witness/"; }
start_witness() {
    litewitness -name "$name" -db "$work/witness.db" -ssh-agent "$SSH_AUTH_SOCK" -listen "$witness" \
        -key "$(ssh-keygen -lf "$work/witness-key.pub" | cut -d ' ' -f 2)" 2>>"$work/witness.log" &
    witness_pid=$!
    pids+=("$witness_pid")
    eventually "the witness answers" 10 answers
}
# stop PID
stop() {
    kill "$1"
    wait "$1" || true
}
start_witness
sed -n 's/.* vkey=//p' "$work/witness.log" >"$work/witness"

start() {
    start_server "$work/data" WAYBILL_LEDGER__WITNESSES="[{url=\"http://$witness\", key=\"$(<"$work/witness")\"}]"
    ledger=http://$registry/ledger
}
start
curl -sS --fail -o "$work/key" "$ledger/key"

# What its own tool for that does: the log starts out empty. The tool can't be built where its module is not to be had.
introduce() {
    python3 - "$work/witness.db" "$(cut -d + -f 1 "$work/key")" "$(<"$work/key")" <<'PY'
import base64, hashlib, sqlite3, sys
path, origin, key = sys.argv[1:]
with sqlite3.connect(path) as db:
    empty = base64.b64encode(hashlib.sha256().digest()).decode()
    db.execute("INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)", (origin, empty))
    db.execute("INSERT INTO key (origin, key) VALUES (?, ?)", (origin, key))
PY
}

# size: the entries under the newest checkpoint; nothing before there is one.
size() { curl -s --fail "$ledger/checkpoint" | sed -n 2p; }
has_grown() {
    local now
    now=$(size)
    ((${now:-0} >= $1))
}
# Each run checks the checkpoint against all that were kept before.
client() { tlog-client -key "$work/key" -state "$work/state" -user "$user:$password" "$@" "$ledger"; }
cosigned() { client -witness "$work/witness" >"$work/summary" 2>"$work/out" && (($(jq .size "$work/summary") >= $1)); }

eventually "a checkpoint is published" 10 has_grown 1

projects=0
# grow EVENTS: that many projects come to be, and are in the log soon.
grow() {
    local n least
    least=$(($(size) + $1))
    for ((n = 0; n < $1; n++)); do
        projects=$((projects + 1))
        create_project "p$projects" mutable allow private
    done
    eventually "the log has $least entries" 10 has_grown "$least"
}
# is_cosigned WHAT
is_cosigned() {
    eventually "$1: a cosignature" 20 cosigned "$(size)"
    same "$1" 1 "$(jq .witnesses "$work/summary")"
}

grow 2
refused "a witness that does not know the log does not cosign it" "no cosignature of $name" client -witness "$work/witness"
introduce
is_cosigned "once it does, it cosigns"
for events in 1 3 20; do
    grow "$events"
    is_cosigned "and again after $events events"
done

stop "$server_pid"
start
grow 2
is_cosigned "a restarted server goes on"

stop "$witness_pid"
grow 5
refused "a dead witness cosigns nothing" "no cosignature of $name" client -witness "$work/witness"
quietly client
echo "ok: but the log goes on"
last_cosigned() { tlog-client -key "$work/key" -witness "$work/witness" -checkpoint cosigned "$ledger"; }
same "and still shows what was cosigned last" 1 "$(last_cosigned | jq .witnesses)"

# A server that has just started does not know what the witness has seen: it is told.
stop "$server_pid"
start
start_witness
is_cosigned "and once it is back, it cosigns"
grow 1
is_cosigned "what comes then, too"

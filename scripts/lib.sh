# shellcheck shell=bash
# Shared by the scripts here: messages, free ports, and background servers that never outlive their script.
# Source it from a bash script that has set -euo pipefail.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
servers=()     # process groups started by start_server, ended by stop_servers
scratch=       # temporary folder of make_scratch

# The extension that the demo, tests and benchmarks load: a package's, where DYNAMOSESS_SO names one; else the one that
# scripts/build leaves.
extension=$root/dynamosess.so
if [ -n "${DYNAMOSESS_SO-}" ]; then
    extension=$(realpath -m "$DYNAMOSESS_SO")
    export DYNAMOSESS_SO=$extension
fi

say() { printf '%s\n' "$*"; }
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# The PHP that belongs to php-config: `make PHP_CONFIG=...` picks both.
php_config() { "${PHP_CONFIG:-php-config}" "$@"; }
php_binary() { php_config --php-binary; }

make_scratch() { scratch=$(mktemp -d "${TMPDIR:-/tmp}/dynamosess.XXXXXX"); }

# Ends what the script started, whatever way the script ends.
end_on_exit() {
    trap 'stop_servers; if [ -n "$scratch" ]; then rm -rf "$scratch"; fi' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# start_server LOG COMMAND...: runs it as the leader of a process group of its own, so that its workers end with it.
start_server() {
    local log=$1; shift
    setsid "$@" >"$log" 2>&1 </dev/null &
    server=$!
    servers+=("$server")
}

# Runs a command to its end, in a group of its own too: a signal to the script ends it with all that it started.
run() {
    local code=0
    setsid "$@" <&0 &
    servers+=("$!")
    wait "$!" || code=$?
    unset 'servers[-1]'
    return "$code"
}

stop_servers() {
    local group tries
    for group in "${servers[@]}"; do kill -TERM -- "-$group" 2>/dev/null || true; done
    for group in "${servers[@]}"; do
        for ((tries = 0; tries < 50; tries++)); do
            kill -0 -- "-$group" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL -- "-$group" 2>/dev/null || true
        wait "$group" 2>/dev/null || true
    done
    servers=()
}

# A port below the range that the kernel hands out by itself. It may still be taken: listens_on tells, then try another.
random_port() { echo $((10000 + (RANDOM * 32768 + RANDOM) % 20000)); }

port_is_taken() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# listens_on PID PORT: true when this very process listens there, and not somebody who was quicker.
listens_on() {
    local sockets
    sockets=$(awk -v port=":$(printf %04X "$2")" '$4 == "0A" && $2 ~ port "$" {print "socket:[" $10 "]"}' \
        /proc/net/tcp /proc/net/tcp6 2>/dev/null)
    [ -n "$sockets" ] && find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | grep -qxF "$sockets"
}

# wait_until_listening PID PORT SECONDS: false when the process ended or time is up.
wait_until_listening() {
    local tries
    for ((tries = 0; tries < $3 * 20; tries++)); do
        listens_on "$1" "$2" && return 0
        kill -0 "$1" 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}

# start_on_free_port LOG COMMAND...: {port} in the command becomes the port; sets $port and $server.
start_on_free_port() {
    local log=$1 tries; shift
    for ((tries = 0; tries < 10; tries++)); do
        port=$(random_port)
        if port_is_taken "$port"; then continue; fi
        start_server "$log" "${@//\{port\}/$port}"
        if wait_until_listening "$server" "$port" 30; then return 0; fi
    done
    tail -n 20 "$log" >&2
    fail "could not start: $*"
}

# start_engine NAME LOG [DATABASE FILE]: sets $endpoint.
# shellcheck disable=SC2034 # for the script that sources this file
start_engine() {
    start_on_free_port "$2" "$root/scripts/engine" run "$1" '{port}' "${@:3}"
    endpoint=http://127.0.0.1:$port
}

# Nothing of the caller's AWS account may reach a local engine, nor the other way round.
local_credentials() {
    local name
    for name in $(compgen -e AWS_ || true); do unset "$name"; done
    export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=eu-central-1 AWS_EC2_METADATA_DISABLED=true
}

# A PHP with the extension. php.ini is left out (-n): it may load an installed dynamosess.
# shellcheck disable=SC2034 # for the script that sources this file
set_php() { php=("$(php_binary)" -n -d extension="$extension" -d dynamosess.endpoint="$endpoint"); }

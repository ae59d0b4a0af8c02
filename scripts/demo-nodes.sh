# shellcheck shell=bash
# The demo's table and its two PHP servers, for scripts/demo and scripts/test-browser.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export DEMO_TABLE=dynamosess-demo PHP_CLI_SERVER_WORKERS=4

create_demo_table() {
    "${php[@]}" -d dynamosess.table_name="$DEMO_TABLE" "$root/demo/create-table.php"
}

# start_node NAME PORT OTHER_PORT LOGS
start_node() {
    local settings=(
        -d dynamosess.table_name="$DEMO_TABLE"
        -d session.save_handler=dynamodb -d session.name=dynamosess_demo -d session.use_strict_mode=1
        -d session.cookie_httponly=1 -d session.cookie_samesite=Lax
        -d session.gc_probability=0 -d html_errors=0
    )
    start_server "$4/node-$1.log" env DEMO_NODE="$1" DEMO_OTHER_PORT="$3" DEMO_ENDPOINT="$endpoint" \
        "${php[@]}" "${settings[@]}" -S "127.0.0.1:$2" -t "$root/demo/public"
    wait_until_listening "$server" "$2" 10
}

# start_nodes PORT LOGS: nodes A and B on two free ports from PORT upwards; sets $node_a and $node_b to their addresses.
# shellcheck disable=SC2034 # for the script that sources this file
start_nodes() {
    local port_a=$1 port_b
    while [ "$port_a" -lt $(($1 + 100)) ]; do
        while port_is_taken "$port_a"; do port_a=$((port_a + 1)); done
        port_b=$((port_a + 1))
        while port_is_taken "$port_b"; do port_b=$((port_b + 1)); done
        node_a=http://127.0.0.1:$port_a
        node_b=http://127.0.0.1:$port_b
        if start_node A "$port_a" "$port_b" "$2" && start_node B "$port_b" "$port_a" "$2"; then return; fi
        # Somebody took one of the two meanwhile.
        port_a=$((port_b + 1))
    done
    tail -n 5 "$2"/node-*.log >&2
    fail "could not start the PHP servers"
}

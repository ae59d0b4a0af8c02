# shellcheck shell=bash
# php-fpm pools. Source it after lib.sh, with a scratch folder made.

# php-config's own; of the same version, outside of PATH for most users.
version=$(php_config --version | cut -d. -f1,2)
fpm=$(php_config --prefix)/sbin/php-fpm
PATH=$PATH:/usr/sbin
for candidate in "$fpm$version" "$fpm" "$(command -v "php-fpm$version")" "$(command -v php-fpm)"; do
    fpm=$candidate
    if [ -x "$fpm" ]; then break; fi
done
[ -x "$fpm" ] || fail "there is no php-fpm"

# As root php-fpm and nginx would go over to another user, who cannot enter the scratch folder.
as_root=()
# shellcheck disable=SC2034 # for the script that sources this file
nginx_user=
if [ "$(id -u)" -eq 0 ]; then
    as_root=(-R)
    # shellcheck disable=SC2034
    nginx_user='user root;'
fi

# start_pool NAME WORKERS LINES ARGUMENT...: a php-fpm master of its own, with these arguments of PHP's and these further
# lines of a pool's configuration; it listens at $scratch/NAME.sock and writes $scratch/NAME.log. Sets $server.
start_pool() {
    local name=$1 workers=$2 lines=$3 tries; shift 3
    # shellcheck disable=SC2154 # of lib.sh
    cat >"$scratch/$name.conf" <<END
[global]
daemonize = no
error_log = $scratch/$name.log
[$name]
user = $(id -un)
group = $(id -gn)
listen = $scratch/$name.sock
pm = static
pm.max_children = $workers
$lines
END
    start_server "$scratch/$name.out" "$fpm" -n -F "${as_root[@]}" -y "$scratch/$name.conf" "$@"
    for ((tries = 0; tries < 100; tries++)); do
        [ -S "$scratch/$name.sock" ] && return
        sleep 0.1
    done
    cat "$scratch/$name".{log,out} >&2
    fail "php-fpm did not start"
}

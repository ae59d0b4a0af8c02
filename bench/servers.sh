# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # what lib.sh and the script that sources this file set, and use
# What handlers are measured against: an engine behind nginx, which speaks TLS, Redis with TLS, and php-fpm pools. Source it
# after lib.sh, with a scratch folder made and $rtt set. Sets $engine, the ports $dynamodb and $redis of both
# behind the slow line, and $ours, the settings that lead dynamosess there. Its table is called bench. nginx notes each call
# in $scratch/calls.log.
. "$root/scripts/fpm.sh"

# A root, and a server's certificate for localhost. The bundle is the system's with our root, as production has it.
certificates() {
    cd "$scratch" || return
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=bench-root -keyout root.key -out root.pem
    openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr
    openssl x509 -req -in server.csr -CA root.pem -CAkey root.key -days 2 -out leaf.pem \
        -extfile <(echo subjectAltName=DNS:localhost,IP:127.0.0.1)
    cat leaf.pem root.pem >server.pem
    cat root.pem /etc/ssl/certs/ca-certificates.crt >bundle.pem
}

# delayed PORT: sets $port to one that leads there over the slow line.
delayed() { start_on_free_port "$scratch/link.log" python3 "$root/bench/link.py" '{port}' "$1" "$rtt"; }

# pool TITLE WORKERS WORK SETTING...: a php-fpm; WORK: ms of application in a page. Adds it to $handlers.
handlers=()
pool() {
    local title=$1 workers=$2 work=$3 name=pool${#handlers[@]} setting settings=(); shift 3
    for setting in "$@"; do settings+=(-d "$setting"); done
    start_pool "$name" "$workers" "" -d zend_extension=opcache -d openssl.cafile="$scratch/bundle.pem" \
        -d session.gc_probability=0 "${settings[@]}"
    handlers+=("{\"name\": \"$title\", \"socket\": \"$scratch/$name.sock\", \"master\": $server, \"work\": $work}")
}

# All of them as JSON.
pools() { (IFS=,; echo "[${handlers[*]}]"); }

(certificates) >"$scratch/openssl.log" 2>&1 || fail "openssl: $(tail -n 3 "$scratch/openssl.log")"
"$root/scripts/engine" install dynoxide
start_engine dynoxide "$scratch/engine.log"
engine=$endpoint
local_credentials
"$(php_binary)" -n -d extension="$extension" -d dynamosess.endpoint="$engine" -d dynamosess.table_name=bench \
    "$root/demo/create-table.php"

cat >"$scratch/nginx.conf" <<END
daemon off; pid $scratch/nginx.pid; error_log $scratch/nginx.log; $nginx_user worker_processes 1;
events { worker_connections 256; }
http {
    log_format calls '\$http_x_amz_target \$status';
    access_log $scratch/calls.log calls; client_body_temp_path $scratch/body; proxy_temp_path $scratch/proxy;
    fastcgi_temp_path $scratch/fastcgi; scgi_temp_path $scratch/scgi; uwsgi_temp_path $scratch/uwsgi;
    client_body_buffer_size 1m; proxy_buffers 16 64k; proxy_buffer_size 64k; keepalive_requests 1000000;
    upstream engine { server ${engine#http://}; keepalive 16; }
    server {
        listen 127.0.0.1:{port} ssl;
        ssl_certificate $scratch/server.pem; ssl_certificate_key $scratch/server.key;
        location / { proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection ""; }
    }
}
END
# shellcheck disable=SC2016 # for the inner shell
start_on_free_port "$scratch/nginx.out" \
    bash -c 'sed -i -E "s#(listen 127.0.0.1:)[^ ]*#\1$2#" "$1" && exec nginx -e stderr -c "$1"' _ "$scratch/nginx.conf" '{port}'
delayed "$port"
dynamodb=$port
start_on_free_port "$scratch/redis.log" redis-server --port 0 --tls-port '{port}' --tls-cert-file "$scratch/server.pem" \
    --tls-key-file "$scratch/server.key" --tls-ca-cert-file "$scratch/root.pem" --tls-auth-clients no --save '' --dir "$scratch"
redis_itself=$port
delayed "$port"
redis=$port

ours=("extension=$extension" session.save_handler=dynamodb dynamosess.table_name=bench
    "dynamosess.endpoint=https://localhost:$dynamodb" "dynamosess.ca_bundle=$scratch/bundle.pem")
phpredis=(extension=igbinary extension=redis session.save_handler=redis "session.save_path=\"tls://localhost:$redis?persistent=1\"")
mkdir "$scratch/sessions"
files=(session.save_handler=files session.save_path="$scratch/sessions")

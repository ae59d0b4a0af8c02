# shellcheck shell=bash disable=SC2034 # for the script that sources this file
# A PHP of scripts/php-variant, with the extension built for it. Source it after lib.sh.

# use_variant NAME: sets $PHP_CONFIG and $extension. The quick build: with debug assertions, without optimisation. For a PHP
# under sanitizers, the C half, the Rust half and the libraries in both are instrumented too; the option is an unstable one,
# which RUSTC_BOOTSTRAP opens on the stable compiler.
use_variant() {
    # shellcheck disable=SC2154 # of lib.sh
    local built=${CARGO_TARGET_DIR:-$root/target}/debug options=() host
    PHP_CONFIG=$("$root/scripts/php-variant" "$1")
    extension=$root/target/php/$1/dynamosess.so
    export PHP_CONFIG
    # Two variants must not build into one file at once.
    exec 8>"$root/target/php/extension.lock"
    flock 8
    (
        cd "$root" || exit
        if [[ $1 = *-asan ]]; then
            host=$(rustc -vV | sed -n 's/^host: //p')
            options=(--target "$host" --target-dir target/sanitizers)
            built=$root/target/sanitizers/$host/debug
            export CFLAGS='-g -fsanitize=address,undefined -fno-omit-frame-pointer' RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address
        fi
        cargo build --locked --quiet --lib "${options[@]}"
        PHP_INCLUDES=$("$PHP_CONFIG" --includes) STRIP='' scripts/link "$built/libdynamosess.a" "$extension"
    )
    exec 8>&-
}

# shellcheck shell=bash disable=SC2034 # for the script that sources this file
# A PHP of scripts/php-variant, with the extension built for it. Source it after lib.sh.

# use_variant NAME: sets $PHP_CONFIG and $extension. The quick build: with debug assertions, without optimisation.
use_variant() {
    # shellcheck disable=SC2154 # of lib.sh
    PHP_CONFIG=$("$root/scripts/php-variant" "$1")
    extension=$root/target/php/$1/dynamosess.so
    export PHP_CONFIG
    # Two variants must not build into one file at once.
    exec 8>"$root/target/php/extension.lock"
    flock 8
    (cd "$root" && PHP_BUILD=$1 cargo build --locked --quiet)
    cp "${CARGO_TARGET_DIR:-$root/target}/debug/libdynamosess.so" "$extension"
    exec 8>&-
}

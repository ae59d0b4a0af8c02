# shellcheck shell=bash disable=SC2154 # of release.sh
# PHP 8.2 of Debian's source in the variants that Debian has no packages of: threads, musl. Source it after release.sh.

# fetch_php_source: sets $php_source.
fetch_php_source() {
    local folder=$built/php-source
    mkdir -p "$folder"
    php_source=$(find "$folder" -maxdepth 1 -name 'php-8.2.*' -type d 2>/dev/null)
    [ -z "$php_source" ] || return 0
    (cd "$folder" && in_suite bookworm amd64 source --download-only php8.2 && tar -xf php8.2_*.orig.tar.xz)
    php_source=$(find "$folder" -maxdepth 1 -name 'php-8.2.*' -type d)
}

# build_php 8.2|8.2-zts TARGET: once. Sets $php_build to its folder: sapi/cli/php, and the headers in place.
build_php() {
    local variant=$1 target=$2 options=(--disable-all --enable-session --enable-cli --disable-cgi --disable-phpdbg --enable-pcntl --enable-posix)
    php_build=$built/php-build/$variant-$target
    [ ! -x "$php_build/done/php" ] || return 0
    fetch_php_source
    rm -rf "$php_build"
    mkdir -p "$php_build"
    case $variant in *-zts) options+=(--enable-zts) ;; esac
    export CFLAGS='-O1 -g0 -w'
    # Debian's own compiler where it will do: zig's is slower.
    if [ "$target" != x86_64-glibc ]; then
        CC="$tools/bin/python -m ziglang cc -target $(zig_target_of "$target")"
        CFLAGS+=' -D_LARGEFILE64_SOURCE -fno-sanitize=all'
        # zig links programs for musl statically otherwise, and those load no extensions.
        case $target in *-musl) export LDFLAGS=-dynamic ;; esac
        export CC
        options+=(--host="$(zig_target_of "$target" | sed 's/\.2\.17//')" --without-valgrind ac_cv_func_getaddrinfo=yes)
    fi
    say "Building PHP $variant for $target (once, some minutes)"
    if ! (cd "$php_build" && "$php_source/configure" "${options[@]}" && make -j"$(nproc)" cli) >"$php_build/log" 2>&1; then
        tail -n 20 "$php_build/log" >&2
        fail "PHP $variant for $target could not be built, see $php_build/log"
    fi
    mkdir "$php_build/done"
    mv "$php_build/sapi/cli/php" "$php_build/done/php"
    unset CC CFLAGS LDFLAGS
}

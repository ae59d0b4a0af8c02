# shellcheck shell=bash disable=SC2034,SC2154 # for the scripts that source this file; of lib.sh
# What is released, and how it is called. Source it after lib.sh.
. "$root/scripts/apt-folder.sh"

release_version=$(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$root/Cargo.toml")
dist=${DIST:-$root/dist}
built=$root/target/packages
tools=$root/target/tools

# Each PHP, and the suite of Debian that has its headers. 8.3 is in none. ZTS: 8.2 alone can be had as source, to test.
php_variants=(8.2 8.2-zts 8.4 8.5)
targets=(x86_64-glibc arm64-glibc x86_64-musl arm64-musl)
# Debian's releases that get a .deb, and their PHP.
deb_suites=(bookworm:12:8.2 trixie:13:8.4)

suite_of() { case $1 in 8.2*) echo bookworm ;; 8.4*) echo trixie ;; 8.5*) echo experimental ;; esac; }
deb_arch_of() { case $1 in x86_64*) echo amd64 ;; arm64*) echo arm64 ;; esac; }
# 2.17: CentOS 7's and Amazon Linux 2's are newer.
rust_target_of() {
    case $1 in
        x86_64-glibc) echo x86_64-unknown-linux-gnu.2.17 ;;
        arm64-glibc) echo aarch64-unknown-linux-gnu.2.17 ;;
        x86_64-musl) echo x86_64-unknown-linux-musl ;;
        arm64-musl) echo aarch64-unknown-linux-musl ;;
        *) fail "no target $1: ${targets[*]}" ;;
    esac
}
zig_target_of() { rust_target_of "$1" | sed 's/-unknown//'; }

# asset_name PHP TARGET: as PIE looks for it.
asset_name() {
    local zts=
    case $1 in *-zts) zts=-zts ;; esac
    echo "php_dynamosess-${release_version}_php${1%-zts}-${2%-*}-linux-${2#*-}$zts.zip"
}
deb_name() { echo "php$1-dynamosess_${release_version}_$2.deb"; } # PHP ARCH
layer_name() { echo "dynamosess-${release_version}_bref-php${1//./}-$2.zip"; } # PHP x86_64|arm64
source_name() { echo "dynamosess-$release_version"; }

# The compilers for every target.
install_tools() {

    if ! cmp -s "$root/packaging/requirements.txt" "$tools/requirements.txt"; then
        rm -rf "$tools"
        python3 -m venv "$tools"
        "$tools/bin/pip" -q install --require-hashes -r "$root/packaging/requirements.txt"
        cp "$root/packaging/requirements.txt" "$tools/"
    fi
    PATH=$tools/bin:$PATH
}

# The extension API of a PHP's headers.
phpapi_of() { find "$built/headers/$1/usr/include/php" -mindepth 1 -maxdepth 1 -name "[0-9]*" -printf "%f\n"; } # PHP-TARGET

# php_headers PHP TARGET: unpacks them, once a day; sets $includes to the compiler's arguments.
#
# Debian's are those of an NTS build on glibc. A build of the same version for threads or for musl has the same, but for
# these lines of php_config.h; scripts/test-packages compares with builds of these kinds.
php_headers() {
    local variant=$1 target=$2 folder=$built/headers/$1-$2 api config
    if [ -z "$(find "$folder/done" -mmin -1440 2>/dev/null)" ]; then
        rm -rf "$folder"
        unpack "$(suite_of "$variant")" "$(deb_arch_of "$target")" "$folder" "php${variant%-zts}-dev"
        api=$(phpapi_of "$variant-$target")
        config=$folder/usr/include/php/$api/main/php_config.h
        case $variant in *-zts) sed -i 's|^/\* #undef ZTS \*/|#define ZTS 1|' "$config" ;; esac
        case $target in
            *-musl) sed -i 's|^#define HAVE__FPU_SETCW 1|/* musl has no fpu_control.h */|' "$config" ;;
        esac
        touch "$folder/done"
    fi
    api=$(phpapi_of "$variant-$target")
    includes=
    for config in . main TSRM Zend ext; do includes+=" -I$folder/usr/include/php/$api/$config"; done
}

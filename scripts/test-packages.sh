# shellcheck shell=bash disable=SC2154 # of lib.sh and release.sh
# The parts of scripts/test-packages.

passed=0
failed=0

# check NAME COMMAND...: a line for it, and what it printed if it failed. Sets $code.
check() {
    local name=$1 start=$SECONDS; shift
    # Not by ||, after which a failing line of a function would not end it.
    set +e
    (set -e; "$@") >"$scratch/check.log" 2>&1
    code=$?
    set -e
    if [ "$code" -eq 0 ]; then
        passed=$((passed + 1)); say "  ok      $name ($((SECONDS - start)) s)"
    else
        failed=$((failed + 1)); say "  FAILED  $name, exit code $code:"
        tail -n 25 "$scratch/check.log" | sed 's/^/          /'
    fi
}

none() { ! "$@"; }

# --- names: what PIE asks for, and all of it

test_names() {
    check "All packages are there" all_are_there
    check "The zips are called as PIE looks for them, the extension is at their root" names_are_pies
    check "SHA256SUMS is right" bash -c "cd '$dist' && sha256sum --quiet --check SHA256SUMS"
}

all_are_there() {
    local target variant suite
    for target in "${built_targets[@]:?there are no zips}"; do
        for variant in "${php_variants[@]}"; do ls "$dist/$(asset_name "$variant" "$target")"; done
    done
    for target in "${built_targets[@]}"; do
        case $target in
            *-glibc)
                for variant in 8.2 8.4 8.5; do ls "$dist/$(layer_name "$variant" "${target%-*}")"; done
                for suite in "${deb_suites[@]}"; do ls "$dist/$(deb_name "${suite##*:}" "$(deb_arch_of "$target")")"; done ;;
        esac
    done
    ls "$dist/dynamosess-$release_version.cdx.json"
}

# php_{extension}-{tag}_php{minor}-{machine}-linux-{libc}[-debug][-zts].zip, with the names that composer.json and
# configuration give.
names_are_pies() {
    local file name
    name=$(python3 -c 'import json; print(json.load(open("composer.json"))["php-ext"]["extension-name"])')
    for file in "$dist"/php_*.zip; do
        echo "$file"
        [[ ${file##*/} =~ ^php_"$name"-"$release_version"_php8\.[0-9]+-(x86_64|arm64)-linux-(glibc|musl)(-zts)?\.zip$ ]]
        unzip -Z1 "$file" | grep -x "$name.so"
        for also in LICENSE THIRD-PARTY-LICENSES.txt dynamosess.ini; do unzip -Z1 "$file" | grep -x "$also"; done
    done
}

# --- contents: what is in the shared objects

# so_of PHP TARGET: unpacks it from its zip; sets $so.
so_of() {
    so=$scratch/so/$1-$2/dynamosess.so
    mkdir -p "${so%/*}"
    [ -e "$so" ] || unzip -qo "$dist/$(asset_name "$1" "$2")" -d "${so%/*}"
}

test_contents() {
    local target variant
    for target in "${built_targets[@]}"; do
        for variant in "${php_variants[@]}"; do
            so_of "$variant" "$target"
            check "$variant $target needs the C library alone, of glibc 2.17 at most, and shows get_module()" object_is_lean "$so" "$target"
        done
    done
    check "The layers and .debs have the same shared objects as the zips" same_objects
    check "The SBOM lists each crate with version, licence and checksum" bom_is_whole
}

object_is_lean() { # SO TARGET
    local so=$1 newest
    readelf -dW "$so" | grep -E 'NEEDED|NODELETE|BIND_NOW'
    readelf -dW "$so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | none grep -vE '^(lib(c|m|dl|rt|pthread)\.so(\.[0-9]+)?|ld-linux.*)$'
    readelf -dW "$so" | grep NODELETE
    newest=$(readelf -VW "$so" | sed -nE 's/.*(GLIBC_[0-9.]+).*/\1/p' | sort -Vu | tail -n 1)
    case $2 in
        *-glibc) [ "$(printf '%s\n' "$newest" GLIBC_2.17 | sort -V | tail -n 1)" = GLIBC_2.17 ] ;;
        *-musl) [ -z "$newest" ] ;;
    esac
    [ "$(readelf --dyn-syms -W "$so" | awk '$7 ~ /^[0-9]+$/ {print $8}')" = get_module ]
    readelf --dyn-syms -W "$so" | none grep -E 'UND +_Unwind'
    readelf -SW "$so" | none grep -E '\.(debug|symtab)'
    none grep -aoF -e "$root" -e "$HOME/" "$so"
}

same_objects() {
    local file variant target folder=$scratch/same
    for target in "${built_targets[@]}"; do
        case $target in *-musl) continue ;; esac
        for variant in 8.2 8.4 8.5; do
            so_of "$variant" "$target"
            file=$dist/$(layer_name "$variant" "${target%-*}")
            unzip -p "$file" bref/extensions/dynamosess.so | cmp - "$so"
            unzip -p "$file" bref/etc/php/conf.d/ext-dynamosess.ini | grep -x 'extension=/opt/bref/extensions/dynamosess.so'
        done
        for variant in 8.2 8.4; do
            so_of "$variant" "$target"
            file=$dist/$(deb_name "$variant" "$(deb_arch_of "$target")")
            rm -rf "$folder"
            dpkg-deb --extract "$file" "$folder"
            cmp "$folder"/usr/lib/php/*/dynamosess.so "$so"
            dpkg-deb --field "$file" Depends | grep -E "phpapi-$(basename "$folder"/usr/lib/php/*),"
        done
    done
}

bom_is_whole() {
    python3 - "$dist/dynamosess-$release_version.cdx.json" <<'END'
import json, sys
bill = json.load(open(sys.argv[1]))
assert bill["bomFormat"] == "CycloneDX" and bill["specVersion"] == "1.5"
crates = [part for part in bill["components"] if part.get("purl", "").startswith("pkg:cargo/")]
print(len(crates), "crates")
assert len(crates) > 50
for part in crates:
    assert part["version"] and part["licenses"][0]["expression"] and part["hashes"][0]["content"], part
END
}

# --- zips: each in its PHP

test_zip() { # PHP TARGET
    local variant=$1 target=$2 arch so folder php_build before=$failed
    arch=$(deb_arch_of "$target")
    folder=$built/php/$variant-$arch
    php_build=$built/php-build/$variant-$target
    so_of "$variant" "$target"
    # What the part cannot do without. Where it cannot be had, that is a failure, and the part ends.
    case $variant-$target in
        8.2-x86_64-glibc) ;;
        8.2-zts-arm64-glibc) there 8.2 "$arch"; built_from_source "$variant" "$target" ;;
        8.2-zts-x86_64-glibc) built_from_source "$variant" "$target" ;;
        8.2*-musl) there musl "$arch"; built_from_source "$variant" "$target" ;;
        *-musl) there musl "$arch"; there "$variant" "$arch" ;;
        *) there "$variant" "$arch" ;;
    esac
    [ "$failed" -eq "$before" ] || return 0
    case $variant-$target in
        8.2-x86_64-glibc) phpt "$variant" "" "$(php_binary)" "$so" ;;
        8.2-zts-x86_64-glibc) phpt "$variant" "" "$php_build/done/php" "$so" ;;
        *-x86_64-glibc) phpt "$variant" "$folder" "/usr/bin/php$variant" "$so" ;;
        8.2-zts-arm64-glibc) session "$variant $target, by qemu" qemu-aarch64-static -L "$built/php/8.2-$arch" "$php_build/done/php" ;;
        *-arm64-glibc) session "$variant $target, by qemu" qemu-aarch64-static -L "$folder" "$folder/usr/bin/php$variant" ;;
        8.2*-x86_64-musl) session "$variant $target" "$built/php/musl-$arch/lib/ld-musl-x86_64.so.1" "$php_build/done/php" ;;
        8.2*-arm64-musl) session "$variant $target, by qemu" qemu-aarch64-static -L "$built/php/musl-$arch" "$php_build/done/php" ;;
        *-musl)
            # No PHP of these versions for musl is to be had, to build or to run.
            check "$variant $target, which cannot be run here, asks for nothing that PHP $variant and musl lack" \
                nothing_is_missing "$so" "$folder/usr/bin/php$variant" "$built/php/musl-$arch"/usr/lib/*/libc.so ;;
    esac
}

there() { check "PHP $1 of Debian for $2 is there" php_folder "$1" "$2"; } # PHP|musl ARCH

built_from_source() { # PHP TARGET
    check "PHP $1 of Debian's source for $2 is there" build_php "$1" "$2"
    if [ "$code" -eq 0 ]; then check "It has the layout of the headers that the package was built with" same_layout "$1" "$2"; fi
}

# php_folder PHP|musl ARCH: Debian's packages of it, unpacked.
php_folder() {
    local packages=("php$1-cli" dash coreutils tzdata) folder=$built/php/$1-$2
    if [ -e "$folder/done" ]; then return; fi
    rm -rf "$folder"
    case $1 in
        8.4) packages+=(php8.4-igbinary) ;;
        musl) packages=(musl) ;;
    esac
    case $1 in musl) unpack bookworm "$2" "$folder" musl ;; *) unpack_all "$(suite_of "$1")" "$2" "$folder" "${packages[@]}" ;; esac
    touch "$folder/done"
}

# phpt PHP FOLDER PHP-BINARY SO: the .phpt suite, in the folder by chroot; empty: here.
phpt() {
    local variant=$1 folder=$2 php=$3 so=$4 work run_tests log=$scratch/phpt-$1.log start=$SECONDS figures
    work=$folder/tmp/dynamosess-phpt
    php_headers "$variant" x86_64-glibc
    run_tests=$(find "$built/headers/$variant-x86_64-glibc/usr/lib/php" -name run-tests.php)
    rm -rf "$work"
    mkdir -p "$work"
    cp -r php-tests stubs "$so" "$run_tests" "$work/"
    # shellcheck disable=SC2016 # for the inner shell
    PHP=$php NO_INTERACTION=1 "$root/scripts/with-engine" dynoxide unshare --mount bash -c '
        if [ -n "$1" ]; then
            mkdir -p "$1/proc" "$1/dev" "$1/tmp"
            mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev"
            enter=(chroot "$1")
        fi
        exec "${enter[@]}" "$2" -n /tmp/dynamosess-phpt/run-tests.php -q -n --no-color --no-progress -p "$2" \
            -d extension=/tmp/dynamosess-phpt/dynamosess.so --show-diff --set-timeout 120 /tmp/dynamosess-phpt/php-tests' \
        _ "$folder" "$php" >"$log" 2>&1 || true
    figures=$(awk -F'[:(]' '/^Tests (passed|failed|warned|leaked|borked|skipped) *:/ {split($1, word, " "); n[word[2]] = $2}
        END {print n["passed"] + 0, n["failed"] + n["warned"] + n["leaked"] + n["borked"] + 0, n["skipped"] + 0}' "$log")
    rm -rf "$work"
    check "PHP $variant, x86-64, glibc: .phpt passed, failed, skipped: $figures ($((SECONDS - start)) s)" phpt_passed "$log" "$figures"
}

phpt_passed() { # LOG FIGURES
    local ok bad
    read -r ok bad _ <<<"$2"
    sed -n '/^FAILED TEST SUMMARY/,/^=====/p' "$1"
    grep -E '^(SKIP|Fatal|PHP Fatal|Warning)' "$1" | head -n 20 || true
    [ "$ok" -gt 50 ] && [ "$bad" -eq 0 ]
}

# session NAME PHP...: loaded, shown, and one session kept in an engine.
session() {
    local name=$1; shift
    check "$name: php --ri" bash -c '"$@" | grep -x "Version => '"$release_version"'"' _ "$@" -n -d extension="$so" --ri dynamosess
    # shellcheck disable=SC2016 # for the inner shell
    check "$name: one session" bash -c '"$@" | tee /dev/stderr | grep -x kept' _ "$root/scripts/with-engine" dynoxide \
        sh -c 'exec "$@" -d dynamosess.endpoint="$DYNAMOSESS_TEST_ENDPOINT" tests/packages/session.php' _ "$@" -n -d extension="$so"
}

# same_layout PHP TARGET: the headers that the packages were made with, and those of a PHP built from source in this
# variant, have what the C half uses in the same places.
same_layout() {
    local includes folder=$scratch/layout
    mkdir -p "$folder"
    fetch_php_source
    php_headers "$1" "$2"
    layout "$2" "$includes" "$folder/packages"
    layout "$2" " -I$php_build -I$php_build/main -I$php_build/Zend -I$php_build/TSRM -I$php_source -I$php_source/main -I$php_source/TSRM -I$php_source/Zend -I$php_source/ext" "$folder/source"
    cat "$folder/packages"
    diff "$folder/packages" "$folder/source"
}

layout() { # TARGET INCLUDES TO: the numbers are read from the assembly, so that nothing has to be run
    # shellcheck disable=SC2086 # lists of arguments
    "$tools/bin/python" -m ziglang cc -target "$(zig_target_of "$1")" $2 -O1 -w -S -o "$3.s" tests/packages/layout.c
    grep -oE 'layout [a-z_.]+ [0-9]+' "$3.s" >"$3"
}

# nothing_is_missing SO PHP LIBC: each symbol that it asks for is one of these two's.
nothing_is_missing() {
    readelf --dyn-syms -W "$1" | awk '$7 == "UND" && $5 != "WEAK" && $8 {sub(/@.*/, "", $8); print $8}' | sort -u >"$scratch/wanted"
    readelf --dyn-syms -W "$2" "$3" | awk '$7 ~ /^[0-9]+$/ {sub(/@.*/, "", $8); print $8}' | sort -u >"$scratch/there"
    wc -l <"$scratch/wanted"
    comm -23 "$scratch/wanted" "$scratch/there" | none grep .
}

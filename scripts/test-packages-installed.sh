# shellcheck shell=bash disable=SC2154 # of lib.sh and release.sh
# The parts of scripts/test-packages that install: .debs in Debians, phpize, the source without a network, a second build.

# --- debs

test_debs() {
    local suite name number variant deb folder
    for suite in "${deb_suites[@]}"; do
        IFS=: read -r name number variant <<<"$suite"
        deb=$dist/$(deb_name "$variant" amd64)
        folder=$scratch/$name
        check "A small Debian $number with PHP" debian_root "$name"
        if [ "$code" -ne 0 ]; then continue; fi
        check "Debian $number: installed, it keeps a session in PHP $variant" deb_installs "$folder" "$deb" "$variant"
        check "Debian $number: upgraded from an earlier version, the ini file stays as it was changed" deb_upgrades "$folder" "$deb" "$variant"
        check "Debian $number: an administrator's phpdismod outlives an upgrade" deb_stays_off "$folder" "$deb" "$variant"
        check "Debian $number: purged, nothing of it is left" deb_purges "$folder" "$variant"
    done
}

# debian_root SUITE: makes $scratch/SUITE, of packages that are kept from run to run.
debian_root() {
    local packages=$built/debs-$1 folder=$scratch/$1
    mkdir -p "$packages"
    debootstrap --variant=minbase --include=php-cli --cache-dir="$packages" "$1" "$folder" "$(apt_mirror)"
    cp tests/packages/session.php "$folder/"
}

inside() { # FOLDER COMMAND...
    DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$@"
}

deb_installs() { # FOLDER DEB PHP
    cp "$2" "$1/new.deb"
    # An earlier version of itself: the same files.
    rm -rf "$scratch/earlier"
    dpkg-deb --raw-extract "$2" "$scratch/earlier"
    sed -i 's/^Version: .*/Version: 0.0.1/' "$scratch/earlier/DEBIAN/control"
    dpkg-deb --root-owner-group --build "$scratch/earlier" "$1/earlier.deb"

    inside "$1" apt-get install -y /new.deb
    inside "$1" php -m | grep -x dynamosess
    [ -L "$1/etc/php/$3/cli/conf.d/30-dynamosess.ini" ]
    # shellcheck disable=SC2016 # for the inner shell
    "$root/scripts/with-engine" dynoxide sh -c 'chroot "$1" php -d dynamosess.endpoint="$DYNAMOSESS_TEST_ENDPOINT" /session.php' _ "$1" |
        tee /dev/stderr | grep -x kept
    inside "$1" dpkg --purge "php$3-dynamosess"
}

deb_upgrades() {
    inside "$1" dpkg -i /earlier.deb
    echo 'dynamosess.region = eu-north-1' >>"$1/etc/php/$3/mods-available/dynamosess.ini"
    inside "$1" dpkg -i --force-confold /new.deb
    inside "$1" dpkg -s "php$3-dynamosess" | grep -x "Version: $release_version"
    inside "$1" php -r 'exit(ini_get("dynamosess.region") === "eu-north-1" ? 0 : 1);'
}

deb_stays_off() {
    inside "$1" phpdismod -v "$3" dynamosess
    inside "$1" dpkg -i --force-confold /earlier.deb
    inside "$1" dpkg -i --force-confold /new.deb
    inside "$1" php -m | none grep -x dynamosess
    inside "$1" phpenmod -v "$3" dynamosess
    inside "$1" php -m | grep -x dynamosess
}

deb_purges() { # FOLDER PHP
    inside "$1" dpkg --remove "php$2-dynamosess"
    [ -e "$1/etc/php/$2/mods-available/dynamosess.ini" ]
    inside "$1" php -m 2>&1 | none grep -i dynamosess
    inside "$1" dpkg --purge "php$2-dynamosess"
    find "$1" -xdev -iname '*dynamosess*' ! -path '*/var/log/*' ! -path '*/proc/*' | none grep .
    inside "$1" php -v 2>&1 | none grep -i warning
}

# --- phpize: what PIE does from source, and what people do by hand

test_phpize() {
    check "phpize, configure, make; root installs it without cargo, twice" phpize_builds
    check "configure without cargo names rustup and the packages" phpize_without_cargo
}

no_cargo() { env -i HOME=/nonexistent PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

phpize_copy() {
    [ ! -d "$scratch/phpize" ] || return 0
    mkdir "$scratch/phpize"
    git archive HEAD | tar -x -C "$scratch/phpize"
    (cd "$scratch/phpize/ext" && "$(php_config --prefix)/bin/phpize")
}

phpize_builds() {
    local installed
    phpize_copy
    cd "$scratch/phpize/ext" || return
    ./configure --with-php-config="$(command -v "${PHP_CONFIG:-php-config}")"
    CARGO_TARGET_DIR=$built/phpize make
    [ -e modules/dynamosess.so ]
    no_cargo make install INSTALL_ROOT="$scratch/phpize/root"
    no_cargo make install INSTALL_ROOT="$scratch/phpize/root"
    installed=$scratch/phpize/root$(php_config --extension-dir)/dynamosess.so
    "$(php_binary)" -n -d extension="$installed" --ri dynamosess | grep -x "Version => $release_version"
    "$(php_config --prefix)/bin/phpize" --clean
}

phpize_without_cargo() {
    phpize_copy
    cd "$scratch/phpize/ext" || return
    "$(php_config --prefix)/bin/phpize"
    no_cargo ./configure >"$scratch/configure.log" 2>&1 && return 1
    cat "$scratch/configure.log"
    grep -q 'https://rustup.rs' "$scratch/configure.log"
    grep -q build-essential "$scratch/configure.log"
}

# --- source: with the network cut, and nothing fetched before

test_source() { check "The source builds with no network and an empty cargo home" source_builds; }

source_builds() {
    local name=dynamosess-$release_version
    tar -xf "$dist/$name.tar.xz" -C "$scratch"
    # Its own network namespace has not even a loopback that is up.
    CARGO_HOME=$scratch/cargo-home RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} unshare --net "$scratch/$name/scripts/build"
    "$(php_binary)" -n -d extension="$scratch/$name/dynamosess.so" --ri dynamosess | grep -x "Version => $release_version"
}

# --- composer: before 2.9, so in Debian 12 and 13, it does not know all of php-ext

test_composer() { check "composer validate" composer_validates; }

composer_validates() {
    local folder=$built/php/composer
    if [ ! -e "$folder/done" ]; then
        rm -rf "$folder"
        unpack_all sid amd64 "$folder" composer php8.4-cli php8.4-mbstring php8.4-intl jsonlint tzdata dash coreutils
        install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/ca-certificates.crt"
        touch "$folder/done"
    fi
    rm -rf "$folder/tmp/dynamosess"
    mkdir -p "$folder/tmp/dynamosess"
    cp composer.json "$folder/tmp/dynamosess/"
    chroot "$folder" env COMPOSER_ALLOW_SUPERUSER=1 HOME=/tmp /usr/bin/php8.4 -d extension=phar.so -d extension=mbstring.so \
        -d extension=intl.so /usr/bin/composer validate \
        --no-interaction --no-check-lock --strict -d /tmp/dynamosess
}

# --- rebuild: the same commit, in another folder, from nothing

test_rebuild() { check "A second build of this commit, elsewhere and from nothing, is the same byte for byte" same_bytes; }

same_bytes() {
    local parts=("${built_targets[@]}")
    if [ -e "$dist/$(source_name).tar.xz" ]; then parts+=(source); fi
    git clone -q . "$scratch/rebuild"
    (cd "$scratch/rebuild" && git checkout -q "$(git -C "$root" rev-parse HEAD)")
    mkdir -p "$scratch/rebuild/target"
    cp -r "$tools" "$scratch/rebuild/target/"
    DIST=$scratch/rebuild/dist "$scratch/rebuild/scripts/release" "${parts[@]}"
    diff "$dist/SHA256SUMS" "$scratch/rebuild/dist/SHA256SUMS"
}

# shellcheck shell=bash disable=SC2154 # root: of lib.sh
# Debian packages of any suite and architecture, unpacked into folders: nothing is installed, and apt's own lists stay
# as they are. Source it after lib.sh.

apt_cache=$root/target/apt

# The mirror that this machine's apt uses.
apt_mirror() {
    local mirror
    # shellcheck disable=SC2016 # those are for apt-get
    mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' | awk '$1 == "bookworm" {print $2; exit}')
    [ -n "$mirror" ] || fail "apt has no lists of Debian 12: this runs on Debian 12, after apt-get update"
    printf '%s\n' "$mirror"
}

# The suites that a name stands for, as sources of apt. Experimental has only what differs from sid.
apt_sources() { # SUITE ARCH KIND...
    local suite=$1 arch=$2 kind; shift 2
    for kind; do
        case $suite in
            experimental) apt_sources sid "$arch" "$kind" ;;
            trixie | bookworm) echo "$kind [arch=$arch] $(apt_mirror) $suite-updates main" ;;
        esac
        echo "$kind [arch=$arch] $(apt_mirror) $suite main"
    done
}

# in_suite SUITE ARCH COMMAND...: apt's COMMAND with lists of its own, refreshed once a day.
in_suite() {
    local suite=$1 arch=$2 folder=$apt_cache/$1-$2 command=$3; shift 3
    local options=(-qq -o Dir::State="$folder/state" -o Dir::State::status="$folder/status" -o Dir::Cache="$folder/cache"
        -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null
        -o Dir::Etc::preferences=/dev/null -o APT::Architecture="$arch" -o APT::Architectures::="$arch"
        -o APT::Sandbox::User= -o Debug::NoLocking=1 -o APT::Install-Recommends=0)
    if [ -z "$(find "$folder/fresh" -mmin -1440 2>/dev/null)" ]; then
        mkdir -p "$folder"/{state/lists/partial,cache/archives/partial}
        apt_sources "$suite" "$arch" deb >"$folder/sources.list"
        if [ "$suite" = bookworm ]; then apt_sources "$suite" "$arch" deb-src >>"$folder/sources.list"; fi
        : >"$folder/status"
        apt-get "${options[@]}" update || fail "apt found no lists of $suite for $arch"
        touch "$folder/fresh"
    fi
    case $command in apt-cache) apt-cache "${options[@]}" "$@" ;; *) apt-get "${options[@]}" "$command" "$@" ;; esac
}

# unpack SUITE ARCH FOLDER PACKAGE...: these packages, and nothing that they depend on.
unpack() {
    local suite=$1 arch=$2 folder=$3 scratch deb; shift 3
    scratch=$(mktemp -d)
    (cd "$scratch" && in_suite "$suite" "$arch" download "$@") || fail "$suite has no $* for $arch"
    mkdir -p "$folder"
    for deb in "$scratch"/*.deb; do dpkg-deb --extract "$deb" "$folder"; done
    rm -rf "$scratch"
}

# unpack_all SUITE ARCH FOLDER PACKAGE...: with the libraries that they need. (Debian's PHP depends on an init system and
# a mail server too.)
unpack_all() {
    local suite=$1 arch=$2 folder=$3 packages link; shift 3
    packages=$(in_suite "$suite" "$arch" install --simulate "$@" |
        awk '$1 == "Inst" && $2 ~ /^(lib|php|zlib)/ && $2 !~ /systemd/ {print $2}') || fail "$suite has no $* for $arch"
    # shellcheck disable=SC2086 # a list
    unpack "$suite" "$arch" "$folder" "$@" $packages
    for link in bin sbin lib lib64; do
        if [ ! -e "$folder/$link" ]; then ln -s "usr/$link" "$folder/$link"; fi
    done
}

# shellcheck shell=bash
# apt in a folder of its own, with sources, lists and cache there: nothing of the system's is changed, nothing installed.
# Source it after lib.sh.

# private_apt FOLDER TOOL ARGUMENT...: runs apt-get or apt-cache with the sources in FOLDER/sources.
private_apt() {
    local folder=$1 tool=$2
    shift 2
    mkdir -p "$folder"/{lists/partial,cache/archives/partial,sources}
    [ -e "$folder/status" ] || : >"$folder/status"
    "$tool" -o "Dir::State=$folder" -o "Dir::State::lists=$folder/lists" -o "Dir::State::status=$folder/status" \
        -o "Dir::Cache=$folder/cache" -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$folder/sources" \
        -o "APT::Sandbox::User=$(id -un)" "$@"
}

# system_sources FOLDER TYPE: the system's own sources, as deb or deb-src.
system_sources() {
    local source
    mkdir -p "$1/sources"
    for source in /etc/apt/sources.list.d/*.sources; do
        [ -e "$source" ] && sed "s/^Types:.*/Types: $2/" "$source" >"$1/sources/${source##*/}"
    done
    for source in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -e "$source" ] && sed -n "s/^[[:space:]]*deb[[:space:]]/$2 /p" "$source" >"$1/sources/${source##*/}.list"
    done
    return 0
}

# other_suites FOLDER SUITE...: Debian's own sources, for other suites than the system's.
other_suites() {
    local folder=$1 codename
    shift
    codename=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
    mkdir -p "$folder/sources"
    { cat /etc/apt/sources.list.d/*.sources 2>/dev/null || true; } | awk -v RS= -v ORS='\n\n' -v suites="$*" -v own="$codename" \
        '$0 ~ "\nSuites: " own "( |\n|$)" {gsub(/\nSuites:[^\n]*/, "\nSuites: " suites); print}' >"$folder/sources/debian.sources"
    { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true; } | awk -v suites="$*" -v own="$codename" \
        '$1 == "deb" && match($0, " " own " ") {
            n = split(suites, suite, " ")
            for (i = 1; i <= n; i++) print substr($0, 1, RSTART) suite[i] " main"
        }' >"$folder/sources/debian.list"
}

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

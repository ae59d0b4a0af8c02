# shellcheck shell=bash disable=SC2034 # for the script that sources this file
# Where the PHP of $PHP_CONFIG looks for extensions and ini files.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

version=$(php_config --version | cut -d. -f1,2)
extension_folder=$(php_config --extension-dir)
ini_folder=$("$(php_binary)" --ini | sed -n 's/^Scan for additional .ini files in: *//p')
debian=no
if [ -d "/etc/php/$version/mods-available" ] && [[ $ini_folder == "/etc/php/$version/"* ]]; then
    # Debian's layout: one file for all SAPIs, which phpenmod links.
    debian=yes
    ini_folder=/etc/php/$version/mods-available
fi
if [ -z "$ini_folder" ] || [ "$ini_folder" = "(none)" ]; then
    fail "this PHP reads no folder of ini files: add extension=dynamosess.so to its php.ini"
fi

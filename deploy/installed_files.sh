#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes of a built tickgate what is installed; `cmake --install` calls it:
#   sh deploy/installed_files.sh PROGRAM PREFIX FOLDER
# The program is divided in two: what runs, and what only a debugger reads, which finds it by the
# build's id. Manual and completions are what the program says of itself.
set -eu
program=$1
prefix=$2
deploy=$(cd "$(dirname "$0")" && pwd)
rm -rf "$3"
mkdir -p "$3"
cd "$3"

id=$(readelf -n "$program" | sed -n 's/.*Build ID: //p')
rest=${id#??}
symbols=debug/.build-id/${id%"$rest"}/$rest.debug
mkdir -p "$(dirname "$symbols")"
objcopy --only-keep-debug --compress-debug-sections "$program" "$symbols"
objcopy --strip-all --remove-section=.comment --add-gnu-debuglink="$symbols" "$program" tickgate

"$program" man tickgate | gzip -9n >tickgate.1.gz
"$program" man tickgate.yaml | gzip -9n >tickgate.yaml.5.gz
for shell in bash zsh fish; do "$program" completion $shell >"completion.$shell"; done
sed "s,/usr/bin/tickgate,$prefix/bin/tickgate," "$deploy/systemd/tickgate.service" >tickgate.service

# In the Debian packages alone.
ln -s tickgate tickgate-dbgsym
gzip -9n <"$deploy/../CHANGELOG.md" >changelog.gz
sed 's,schema=tickgate,schema=/usr/share/tickgate/tickgate,' "$deploy/tickgate.yaml" >tickgate.yaml

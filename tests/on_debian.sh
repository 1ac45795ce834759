#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs deploy/demo.sh on a bare Debian of another release, in a folder made by debootstrap:
#   sh tests/on_debian.sh trixie FOLDER
# The first run downloads the system and the packages; a later one uses the folder again. Needs root.
set -eu
release=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
cd "$(dirname "$0")/.."
. deploy/packages.sh

install_packages debootstrap
[ -e "$folder/.complete" ] || {
  as_root debootstrap --variant=minbase "$release" "$folder"
  as_root touch "$folder/.complete"
}
cp -L /etc/resolv.conf "$folder/etc/resolv.conf"

# The tree, over what an earlier run left, so that only what changed is compiled again.
mkdir -p "$folder/tickgate"
(cd "$folder/tickgate" && rm -rf schemas feeds gateway deploy tests)
tar -c --exclude=./build --exclude=./.git . | tar -x -C "$folder/tickgate"

# The demo is interrupted once it has had time to come up, and must then drain and end with 0.
inside='
  mount -t proc proc "$1/proc" 2>/dev/null || :
  exec chroot "$1" sh -c "
    set -eu
    cd /tickgate
    sh deploy/demo.sh --help
    timeout --preserve-status -s INT 10 sh deploy/demo.sh --port 18080 --admin-port 19100
  "'
as_root unshare --mount sh -c "$inside" on_debian "$folder"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the image without a container engine: build/image/tickgate.oci.tar, which `podman load`,
# `docker load` and skopeo take, and beside it what is in it, build/image/tickgate.spdx.json.
#   sh deploy/image.sh [BUILD [FOLDER]]        build/release and build/image, unless others are named
# The same packages and the same program give the same bytes. Times are those of SOURCE_DATE_EPOCH,
# or of the commit, which TICKGATE_COMMIT names where git cannot. deploy/Dockerfile calls the same
# deploy/image/root.py.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build/release}
folder=${2:-build/image}
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || echo 0)}"
: "${TICKGATE_COMMIT=$(git rev-parse HEAD 2>/dev/null || true)}"
export SOURCE_DATE_EPOCH TICKGATE_COMMIT
/usr/bin/python3 deploy/image/root.py "$build" "$folder/root"
cp "$folder/root/usr/share/doc/tickgate/tickgate.spdx.json" "$folder/"
/usr/bin/python3 deploy/image/archive.py "$folder/root" "$folder/tickgate.oci.tar"

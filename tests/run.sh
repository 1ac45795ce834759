#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what testing needs, builds, runs every suite, prints a table of them.
#   sh tests/run.sh [SUITE...]      the names of the suites: sh tests/run.sh --list
# What it reads from the environment is said in tests/README.md.
set -eu
cd "$(dirname "$0")/.."
. deploy/packages.sh

install_test_packages
# Debian's own python3 is the one that Debian's python3-websockets and python3-yaml belong to.
exec /usr/bin/python3 tests/suites/run.py "$@"

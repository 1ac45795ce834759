#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what testing needs, builds, runs every suite, prints a table of them.
#   sh tests/run.sh                 the whole
#   sh tests/run.sh quick           for whoever just changed a line
#   sh tests/run.sh SUITE...        these; sh tests/run.sh --list names them
#   sh tests/run.sh --seeds N ...   with so many seeds of every simulation
# What it reads from the environment is said in tests/README.md.
set -eu
cd "$(dirname "$0")/.."
. deploy/packages.sh

install_test_packages
exec /usr/bin/python3 tests/suites.py "$@"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what building needs, builds tickgate and runs it on a made-up market.
#   sh deploy/demo.sh [--port 8080] [--admin-port 9100] [--symbols 24] [--rate 2000] ...
#   sh deploy/demo.sh --drama     a market with halts, silences, lost trades, crossed prices
# The flags are those of `tickgate demo`. Ctrl-C drains the clients and ends with exit code 0.
set -eu
cd "$(dirname "$0")/.."
. deploy/packages.sh

install_build_packages
mkdir -p build
cmake --preset release -DTICKGATE_TESTS=OFF >build/demo.log 2>&1 ||
  { cat build/demo.log >&2; exit 1; }
cmake --build build/release --target tickgate
case " $* " in
*" --drama "* | *" --names"*) ;;
*) echo "with halts, silences, lost trades and crossed prices: sh deploy/demo.sh --drama" >&2 ;;
esac
# exec, so that a signal reaches tickgate and its exit code is the script's.
exec build/release/tickgate demo "$@"

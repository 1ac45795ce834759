#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Measures: what single pieces cost, how fast a capture is replayed, how long a tick takes to the
# socket, and the fan-out against the yardsticks beside the checkout. Builds what is missing.
#   sh tests/bench/run.sh [micro|ingest|latency|fanout|growth|memory|door|nats]... [-- ARGUMENTS]
# Without a name: micro, ingest, latency, fanout. The numbers are medians. tests/bench/README.md
# says what each means, and what it reads from the environment.
set -eu
cd "$(dirname "$0")/../.."

build=build/release
captures=${TICKGATE_CAPTURES:-../shared/captures}
capture=binance-btcusdt-20240808.ndjson
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM

machine() {
  compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' $build/CMakeCache.txt)
  march=$(sed -n 's/^TICKGATE_MARCH:[A-Z]*=//p' $build/CMakeCache.txt)
  echo "cpu:      $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores"
  echo "kernel:   $(uname -sr), load $(cut -d' ' -f1-3 /proc/loadavg)"
  echo "compiler: $("$compiler" --version | head -1), release, TICKGATE_MARCH=${march:-(none)}"
  echo "commit:   $(git describe --always --dirty 2>/dev/null || echo unknown)"
}

# The last core: the first one serves most interrupts.
on_one_core() { taskset -c "$(($(nproc) - 1))" "$@"; }

build() { cmake --build $build --target "$@" >"$scratch/build" || { cat "$scratch/build"; exit 1; }; }

# ns of one operation (for decode_*: of one frame), and bytes/s where that means anything.
micro() {
  build benches
  for source in tests/bench/*_bench.cc; do
    name=$(basename "$source" .cc)
    echo
    echo "== $name"
    on_one_core $build/tests/"$name" --benchmark_repetitions=5 --benchmark_min_time=0.1 \
      --benchmark_report_aggregates_only=true 2>"$scratch/stderr" |
      sed -n -e '/ERROR/p' -e 's/_median//p'
  done
}

# The whole way, one thread on one core: file, record, decode, book, tick, its line of JSON.
ingest() {
  echo
  echo "== replay of $capture"
  if [ ! -r "$captures/$capture.gz" ]; then
    echo "skipped: no $captures/$capture.gz (TICKGATE_CAPTURES)"
    return
  fi
  build tickgate
  gzip -dc "$captures/$capture.gz" >"$scratch/$capture"
  for _ in 1 2 3 4 5 6 7 8 9 10 11; do
    on_one_core $build/tickgate replay "$scratch/$capture" 2>&1 >/dev/null |
      sed -n 's/^frames_per_second: //p'
  done | sort -n | awk '{ all[NR] = $1 }
    END { print "frames/s: " all[int((NR + 1) / 2)] " (median of " NR ", " all[1] " to " all[NR] ")" }'
}

latency() {
  echo
  echo "== tick to socket"
  build tickgate
  /usr/bin/python3 tests/bench/tick_to_socket.py --binary $build/tickgate
}

# Fan-out against the floor: the workloads stand in fanout.py.
fanout() {
  echo
  echo "== fan-out"
  build tickgate
  /usr/bin/python3 tests/bench/fanout.py "$@"
}

# What clients cost, and what is left when they have left; other allocators where they are there.
memory() {
  echo
  echo "== memory"
  build tickgate
  preload=$(for name in libjemalloc.so.2 libmimalloc.so.2.0; do
    find /usr/lib -name "$name" | sed 's/^/--preload /'
  done)
  # shellcheck disable=SC2086  # several words
  /usr/bin/python3 tests/bench/memory.py --binary $build/tickgate $preload "$@"
}

# What those cost who have got no further than the door.
door() {
  echo
  echo "== door"
  build tickgate
  /usr/bin/python3 tests/bench/door.py --binary $build/tickgate "$@"
}

# Ingests and edges around a nats-server: cost, latency, a start, takeovers.
nats() {
  echo
  echo "== NATS"
  build tickgate tickgate-load
  /usr/bin/python3 tests/bench/nats.py --binary $build/tickgate "$@"
}

parts=
while [ $# -gt 0 ]; do
  case $1 in
    micro | ingest | latency | fanout | growth | memory | door | nats) parts="$parts $1" ;;
    --) shift; break ;;
    *) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
  esac
  shift
done

[ -f $build/CMakeCache.txt ] || cmake --preset release >"$scratch/configure"
machine
for part in ${parts:-micro ingest latency fanout}; do
  case $part in
    fanout) fanout "$@" ;;
    growth) fanout growth "$@" ;;
    memory) memory "$@" ;;
    door) door "$@" ;;
    nats) nats "$@" ;;
    *) $part ;;
  esac
done

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: tests/negative_controls.sh [build directory of the tsan preset, default build/tsan]
# The stress tests of the lock-free pieces must be clean, and each of their negative controls must
# be caught. One line each; the last says how many.
set -u
bin=${1:-$(dirname "$0")/../build/tsan}/tests
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0
failed=0

verdict() { # 0 or not, what it is
  if [ "$1" -eq 0 ]; then
    passed=$((passed + 1))
    echo "ok    $2"
  else
    failed=$((failed + 1))
    echo "FAIL  $2"
    tail -n 20 "$log"
  fi
}

for test in record_ring_stress_test doorbell_stress_test; do
  TSAN_OPTIONS=halt_on_error=1 "$bin/$test" >"$log" 2>&1
  verdict $? "$test is clean"
done

control() { # its name, what must be seen
  TSAN_OPTIONS=halt_on_error=1 timeout 100 "$bin/lock_free_negative_control" "$1" >"$log" 2>&1
  code=$?
  [ "$code" -ne 0 ] && [ "$code" -ne 124 ] && grep -q "$2" "$log"
  verdict $? "$1 is caught: $2"
}

control ring_relaxed "data race"
control ring_no_acquire "data race"
control ring_no_release "data race"
control bell_relaxed "data race"
control bell_no_second_drain "lost wake-up"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the end-to-end tests: one line a test, and a last line of counts.

    run.py [--tickgate build/release/tickgate] [--only PART_OF_A_NAME]
"""

import argparse
import asyncio
import importlib
import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

try:
    import websockets  # noqa: F401
except ImportError:
    print("SKIP  end to end: python3-websockets is not installed for this Python")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

import harness  # noqa: E402  (its folder has to be on the path first)

COUNTS = {"passed": 0, "failed": 0, "skipped": 0}


def outcome(name, problem="", skip="", seconds=0.0):
    kind = "failed" if problem else "skipped" if skip else "passed"
    COUNTS[kind] += 1
    word = {"failed": "FAIL", "skipped": "SKIP", "passed": "ok  "}[kind]
    why = f": {problem or skip}" if kind != "passed" else ""
    print(f"{word}  {name} ({seconds:.1f} s){why}", flush=True)


def run_one(name, function, **arguments):
    start = time.monotonic()
    problem = skip = ""
    try:
        asyncio.run(harness.run_test(function, **arguments))
    except harness.Skip as reason:
        skip = str(reason)
    except harness.Failure as failure:
        problem = str(failure)
    except Exception as error:  # a broken connection, say: the trace tells where
        where = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in where if str(HERE) in frame.filename][-1:]
        place = f" at {pathlib.Path(ours[0].filename).name}:{ours[0].lineno}" if ours else ""
        problem = f"{type(error).__name__}: {error}{place}"
    outcome(name, problem, skip, time.monotonic() - start)


def run_module(path, binary, only):
    module = importlib.import_module(path.stem)
    title = path.stem.removesuffix("_test").replace("_", " ")
    tests = [(f"{title}: {function.__name__.replace('_', ' ')}", function)
             for function in harness.tests_of(module)]
    tests = [(name, function) for name, function in tests if only in name]
    shared = [name for name, function in tests if "gateway" in function.__code__.co_varnames[
        :function.__code__.co_argcount]]
    gateway = module.start(binary) if shared else None
    if gateway is None:
        for name, function in tests:
            run_one(name, function, binary=binary)
        return
    try:
        with gateway:
            for name, function in tests:
                run_one(name, function, binary=binary, gateway=gateway)
                if gateway.process.poll() is not None:
                    code = gateway.process.returncode
                    raise harness.Failure(f"tickgate ended with {code}: {gateway.log()}")
        outcome(f"{title}: tickgate ends with 0 after SIGTERM")
    except harness.Failure as failure:
        outcome(f"{title}: tickgate", problem=str(failure))


def main():
    options = argparse.ArgumentParser(description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tickgate", default=harness.ROOT / "build" / "release" / "tickgate",
                         type=pathlib.Path)
    options.add_argument("--only", default="", help="tests whose name holds this text")
    chosen = options.parse_args()
    binary = chosen.tickgate.resolve()
    if not binary.is_file():
        outcome("end to end", problem=f"{binary} is not there; build it, or name it by --tickgate")
    else:
        for path in sorted(HERE.glob("*_test.py")):
            run_module(path, binary, chosen.only)
    print(", ".join(f"{count} {kind}" for kind, count in COUNTS.items()))
    return 1 if COUNTS["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())

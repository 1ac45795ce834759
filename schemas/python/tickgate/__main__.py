# SPDX-License-Identifier: Apache-2.0
"""python3 -m tickgate tail SYMBOL...: a live table, or lines where stdout is no terminal."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys

from .closing import ClosedError
from .lines import print_lines
from .table import draw_table
from .wanted import CHANNELS, INTERVALS


def read_arguments(words):
    parser = argparse.ArgumentParser(prog="python3 -m tickgate", description="Shows what a gateway serves.")
    commands = parser.add_subparsers(dest="command", required=True)
    tail = commands.add_parser("tail", help="follows symbols until Ctrl-C")
    tail.add_argument("symbols", nargs="+", metavar="SYMBOL",
                      help="KRAKEN:BTC-USD, or a pattern such as 'KRAKEN:*' or '*:BTC-USD'")
    tail.add_argument("--url", default="ws://127.0.0.1:8080", help="of the gateway (%(default)s)")
    tail.add_argument("--token-file", metavar="FILE", type=token_of, dest="token",
                      help="one line, what the gateway knows you by; else TICKGATE_TOKEN has it")
    tail.add_argument("--channel", choices=CHANNELS, help="lines of this channel; without it a table of prices")
    tail.add_argument("--interval", choices=INTERVALS, default="1m", help="of bars (%(default)s)")
    tail.add_argument("--every", type=milliseconds, default=250, metavar="MS",
                      help="least milliseconds between two updates of a symbol (%(default)s)")
    arguments = parser.parse_args(words)
    if arguments.token is None:
        arguments.token = os.environ.get("TICKGATE_TOKEN")
    return arguments


def token_of(path):
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{path}: {error}") from None


def milliseconds(text):
    value = int(text)
    if not 0 <= value <= 60_000:
        raise argparse.ArgumentTypeError(f"expected 0 to 60000, got {text}")
    return value


async def follow(arguments):
    with contextlib.suppress(NotImplementedError, RuntimeError):  # where there are no such signals
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    if arguments.channel is None and sys.stdout.isatty():
        await draw_table(arguments, sys.stdout)
    else:
        await print_lines(arguments, sys.stdout)


def main(words=None):
    arguments = read_arguments(words)
    try:
        asyncio.run(follow(arguments))
    except (KeyboardInterrupt, asyncio.CancelledError, BrokenPipeError):
        pass
    except (ClosedError, ValueError) as error:
        print(f"tickgate: {error}", file=sys.stderr)
        return 1
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # as behind `| head`: what is left goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())

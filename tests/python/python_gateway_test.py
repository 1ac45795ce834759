# SPDX-License-Identifier: Apache-2.0
"""The client, its synchronous sister, `tail` and the README's examples against the real program."""

import asyncio
import contextlib
import os
import pty
import re
import select
import signal
import ssl
import subprocess
import sys
import time

from certificate import authority_and_client, self_signed
from fake_gateway import take, until
from harness import ROOT, Gateway, equal, expect
from running import Running
from tickgate import Bar, BarHistory, Client, Gap, Trade, sync

SYMBOL, CENTS = "SIM:BTC-USD", "SIM:BTC-EUR"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "schemas" / "python"), "PYTHONDONTWRITEBYTECODE": "1"}


def start(binary):
    return Gateway.demo(binary, "--rate", 6000, "--venues", 3)


def address(gateway):
    return f"ws://127.0.0.1:{gateway.port}"


async def test_every_channel_comes_as_its_own_message(gateway):
    async with Client(address(gateway)) as client:
        for channel in ("quote", "trade", "book", "ticker", "status"):
            subscription = client.subscribe(channel, SYMBOL)
            message = await take(subscription)
            equal((message.type, message.symbol), (channel, SYMBOL), "the first message")
        book = await take(client.books(SYMBOL, depth=3))
        expect(len(book.bids) <= 3 and book.bids[0].price < book.asks[0].price, f"{book}")
        expect(await client.ping() < 10 and client.is_live(SYMBOL), client.why(SYMBOL))
        best = await take(client.quotes("BEST:BTC-USD"))
        expect(best.bid_venue and best.ask_venue, f"{best}")


async def test_a_client_certificate_is_a_credential(binary, tmp_path):
    certificate, key = self_signed(tmp_path, "one")
    authority, mine, my_key = authority_and_client(tmp_path, "desk-7")
    tls = {"certificate": str(certificate), "key": str(key), "client_ca": str(authority)}
    with Running(binary, server={"tls": tls}, auth={"certificates": ["CN=desk-7 as basic"]},
                 plans={"basic": {"symbols": [SYMBOL]}}) as running:
        context = ssl.create_default_context(cafile=certificate)
        context.load_cert_chain(mine, my_key)
        async with Client(f"wss://127.0.0.1:{running.gateway.port}", ssl=context) as client:
            equal((await take(client.quotes(SYMBOL))).symbol, SYMBOL, "without a token")


async def test_trades_come_without_a_hole(gateway):
    async with Client(address(gateway)) as client:
        trades = client.trades(SYMBOL)
        seqs = [(await take(trades)).seq for _ in range(50)]
        equal(seqs, list(range(seqs[0], seqs[0] + 50)), "their numbers")


async def test_history_comes_before_its_bars_and_several_intervals_beside_each_other(gateway):
    async with Client(address(gateway)) as client:
        seconds, minutes = (client.bars(SYMBOL, interval=one, history=5) for one in ("1s", "1m"))
        for bars, interval in ((seconds, "1s"), (minutes, "1m")):
            first, after = await take(bars), await take(bars)
            expect(isinstance(first, BarHistory) and isinstance(after, Bar), f"{first}, {after}")
            equal({first.interval, after.interval}, {interval}, "the interval")
            expect(first.bars and first.bars[-1].start <= after.start, f"{first.bars[-1]}, {after}")


async def test_a_pattern_brings_all_and_an_unknown_symbol_is_said(gateway):
    async with Client(address(gateway)) as client:
        quotes, rejected = client.quotes("SIM:*", "SIM:BTCUSD"), []
        client.on("rejected", rejected.append)
        await until(lambda: sum(map(client.is_live, client.shown)) >= 24, "all live")
        await take(quotes)
        equal([(one.symbol, one.code, one.did_you_mean[:1]) for one in rejected],
              [("SIM:BTCUSD", "unknown_symbol", (SYMBOL,))], "rejected")
        equal(client.why("SIM:BTCUSD"), "not known here", "why")


async def test_the_synchronous_one_works_where_a_loop_runs(gateway):
    with sync.Client(address(gateway)) as client:  # on this very loop's thread, as in a notebook
        seen = []
        for trade in client.trades(SYMBOL):
            seen.append(trade)
            if len(seen) == 3:
                break
        expect(all(isinstance(one, Trade) for one in seen), f"{seen}")
        quotes = client.quotes(SYMBOL)
        expect(quotes.get(20).bid > 0 and client.is_live(SYMBOL), client.why(SYMBOL))
        expect(client.ping() < 10 and client.link.state == "live", f"{client.link}")
        quotes.set(CENTS)
        equal(quotes.symbols, [CENTS], "symbols")
        silent = client.trades("SIM:NONE")
        try:
            silent.get(0.05)
            expect(False, "something came")
        except TimeoutError as error:
            expect("0.05 s" in str(error), str(error))
    equal(list(quotes), [], "after the end")


def heed_interrupts():
    """In the child: whoever was started in the background ignores them, and so would it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def tail(*words, **options):
    return subprocess.Popen([sys.executable, "-m", "tickgate", "tail", *words], env=ENVIRONMENT,
                            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=heed_interrupts,
                            **options)


def lines_of(gateway, count, *words):
    """-> so many lines of its output; it must end cleanly at Ctrl-C"""
    process = tail(*words, "--url", address(gateway), stdout=subprocess.PIPE)
    try:
        lines = [process.stdout.readline().decode() for _ in range(count)]
        process.send_signal(signal.SIGINT)
        complaint = process.communicate(timeout=20)[1].decode()
        equal((process.returncode, "Traceback" in complaint), (0, False), f"its end: {complaint}")
    finally:
        process.kill()
    return lines


async def test_tail_prints_lines_where_there_is_no_terminal(gateway):
    lines = await asyncio.to_thread(lines_of, gateway, 5, SYMBOL, "--every", "0")
    quote = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z SIM:BTC-USD quote [\d.]+ x [\d.]+  [\d.]+ x [\d.]+\n")
    expect(sum(bool(quote.fullmatch(line)) for line in lines) >= 3, f"{lines}")
    lines = await asyncio.to_thread(lines_of, gateway, 5, SYMBOL, "--channel", "trade")
    expect(sum(bool(re.search(r" trade (buy|sell) [\d.]+ at [\d.]+\n", line)) for line in lines) >= 3, f"{lines}")


async def test_tail_ends_quietly_when_nobody_reads(gateway):
    process = tail("SIM:*", "--url", address(gateway), "--every", "0", stdout=subprocess.PIPE)
    try:
        process.stdout.readline()
        process.stdout.close()
        code = await asyncio.to_thread(process.wait, 20)
        equal((code, process.stderr.read()), (0, b""), "its end")
    finally:
        process.kill()


def screen_until(terminal, fits, seconds=20):
    text, deadline = "", time.monotonic() + seconds
    while not fits(text.rpartition("\x1b[H")[0].rpartition("\x1b[H")[2]):
        expect(time.monotonic() < deadline, f"not within {seconds} s: {text[-3000:]!r}")
        if select.select([terminal], [], [], 0.2)[0]:
            with contextlib.suppress(OSError):  # how Linux tells that the other end is closed
                text += os.read(terminal, 65_536).decode(errors="replace")
    return text.rpartition("\x1b[H")[0].rpartition("\x1b[H")[2]


def watch_table(gateway):
    terminal, other = pty.openpty()
    process = tail(SYMBOL, "SIM:TYPO", "*:ETH-USD", "--url", address(gateway), stdout=other)
    os.close(other)
    try:
        screen = screen_until(terminal, lambda text: re.search(r"SIM:BTC-USD +[\d.]+ +[\d.]+ +[\d.]+ .*\d s\x1b", text)
                              and "BEST:ETH-USD" in text and "not known here" in text)
        row = next(line for line in screen.splitlines() if "SIM:TYPO" in line)
        expect(row.startswith("\x1b[2m") and "not known here" in row, f"{row!r}")
        gateway.terminate(signal.SIGKILL)
        screen = screen_until(terminal, lambda text: re.search(r"\x1b\[2mSIM:BTC-USD.*no connection", text))
        expect(not re.search(r"SIM:BTC-USD +\d", screen), "an old price under no connection")
        process.send_signal(signal.SIGINT)
        rest = screen_until(terminal, lambda text: process.poll() is not None)
        equal(process.returncode, 0, f"exit code: {rest!r}")
        equal(process.stderr.read(), b"", "stderr")
    finally:
        process.kill()
        os.close(terminal)


async def test_tail_draws_a_table_on_a_terminal_and_greys_what_is_not_live(binary):
    gateway = start(binary)
    try:
        await asyncio.to_thread(watch_table, gateway.start().wait_until_ready())
    finally:
        gateway.end()


async def test_tail_says_what_is_wrong_with_its_words():
    for words, said in ((["X", "--url", "ftp://x"], "expected ws://HOST:PORT"), ([], "SYMBOL"),
                        (["X", "--channel", "qoute"], "qoute"), (["X", "--every", "-1"], "0 to 60000")):
        process = tail(*words, stdout=subprocess.DEVNULL)
        _, complaint = await asyncio.to_thread(process.communicate, timeout=30)
        expect(process.returncode in (1, 2) and said in complaint.decode(), f"{words}: {complaint}")
        expect(b"Traceback" not in complaint, complaint.decode())


def examples(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.S)


def run_example(gateway, source):
    """-> its first lines"""
    expect("127.0.0.1:8080" in source, "the demo's address")
    source = source.replace("127.0.0.1:8080", f"127.0.0.1:{gateway.port}")
    process = subprocess.Popen([sys.executable, "-u", "-c", source], env=ENVIRONMENT, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    try:
        return [process.stdout.readline().decode() for _ in range(3)]
    finally:
        process.kill()


async def test_the_examples_of_the_readmes_run_as_they_stand(gateway):
    ours = examples("README.md")
    equal(len(ours), 1, "examples in Python")
    expect(len(ours[0].strip().splitlines()) <= 10, "ten lines")
    for source in [*ours, *examples("schemas/python/README.md")]:
        lines = await asyncio.to_thread(run_example, gateway, source)
        expect(all(re.search(r"(SIM|BEST):\S+ .*\d\.\d", line) for line in lines), f"{source}\nprinted {lines}")


async def test_a_gateway_that_is_killed_and_started_anew_is_found_again(binary):
    gateway = start(binary)
    try:
        gateway.start().wait_until_ready()
        async with Client(address(gateway), random=lambda: 0.1) as client:
            trades, quotes = client.trades(SYMBOL), client.quotes("SIM:*")
            await take(trades)
            await take(quotes)
            epoch = client.epoch
            gateway.terminate(signal.SIGKILL)
            await until(lambda: not client.is_live(SYMBOL), "not live")
            gateway.process.wait()
            gateway.start().wait_until_ready()
            await until(lambda: sum(map(client.is_live, client.shown)) >= 24, "all live again")
            expect(client.epoch != epoch, "another epoch")
            while not isinstance(gap := await take(trades), Gap):
                pass
            equal((gap.from_seq, gap.reason), (None, "feed_restart"), "the gap")
            expect(isinstance(await take(trades), Trade), "a trade after it")
    finally:
        gateway.end()

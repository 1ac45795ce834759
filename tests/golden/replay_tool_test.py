# SPDX-License-Identifier: Apache-2.0
"""`tickgate replay` as a tool: pipes, folders, packings, what is left out, what is said at the end."""
import gzip
import json
import pathlib
import shutil
import subprocess

import pytest

FRAMES = pathlib.Path(__file__).resolve().parent / "frames"
COINBASE = FRAMES / "coinbase.ndjson"
KRAKEN = FRAMES / "kraken.ndjson"
GOOD = KRAKEN.read_text(encoding="utf-8")
MINUTE = 60_000_000_000


def run(binary, *arguments, given=b""):
    return subprocess.run([binary, "replay", *map(str, arguments)], input=given,
                          capture_output=True, timeout=60, check=False)


def ticks(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def summary(done):
    """key -> value, as texts, of the lines at the end; empty when there is no summary"""
    return dict(line.rsplit(": ", 1) for line in done.stderr.decode().splitlines()
                if line.rsplit(": ", 1)[-1].replace(".", "").isdigit())


def trade(conn, number, nanoseconds, pair="A-USD"):
    """A record of Coinbase's, whose trades need no book."""
    data = {"channel": "market_trades", "timestamp": "", "sequence_num": number, "events": [
        {"type": "update", "trades": [{"product_id": pair, "trade_id": str(number), "price": "1",
                                       "size": "2", "time": "2026-11-20T10:00:00Z",
                                       "side": "BUY"}]}]}
    return json.dumps({"time": nanoseconds, "venue": "coinbase", "conn": conn, "kind": "text",
                       "data": json.dumps(data)})


def trades(done):
    return [(tick["symbol"].partition(":")[2], int(tick["id"]))
            for tick in ticks(done) if tick["type"] == "trade"]


def write(path, *records):
    path.write_text("".join(record + "\n" for record in records), encoding="utf-8")
    return path


def zstd(text):
    if shutil.which("zstd") is None:
        pytest.skip("no zstd")
    return subprocess.run(["zstd", "-c"], input=text, capture_output=True, check=True).stdout


@pytest.mark.parametrize("pack", (bytes, gzip.compress, zstd), ids=("plain", "gzip", "zstd"))
def test_what_comes_by_stdin_is_told_by_its_first_bytes(binary, pack):
    packed = pack(GOOD.encode())
    done, plain = run(binary, "-", given=packed), run(binary, KRAKEN)
    assert (done.returncode, done.stdout) == (0, plain.stdout)
    assert summary(done)["records"] == str(GOOD.count("\n"))


@pytest.mark.parametrize("pack", (gzip.compress, zstd), ids=("gzip", "zstd"))
def test_a_packed_file_that_breaks_off_is_read_as_far_as_it_goes(binary, tmp_path, pack):
    records = [trade(1, number, number * MINUTE) for number in range(20_000)]
    whole = pack("\n".join(records).encode())
    path = tmp_path / "cut"  # its name says nothing
    path.write_bytes(whole[:len(whole) // 2])
    done = run(binary, path)
    assert done.returncode == 1 and b"is cut off" in done.stderr
    assert int(summary(done)["trade"]) == len(trades(done)) > 1000


def test_whoever_reads_may_go(binary, tmp_path):
    path = write(tmp_path / "long.ndjson", *(trade(1, n, n * MINUTE) for n in range(30_000)))
    done = subprocess.run(["bash", "-c", f"'{binary}' replay '{path}' | head -n 2;"
                                         " exit ${PIPESTATUS[0]}"],
                          capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr, done.stdout.count(b"\n")) == (0, b"", 2)


@pytest.mark.parametrize("given", (b"", b"\n", gzip.compress(b"")), ids=("0", "1", "gzip"))
def test_an_empty_file_is_an_error(binary, tmp_path, given):
    path = tmp_path / "empty.ndjson"
    path.write_bytes(given)
    for done in (run(binary, path), run(binary, "-", given=given)):
        assert done.returncode == 1 and b":1: expected a record, the file is empty" in done.stderr
        assert summary(done)["records"] == "0"


def test_the_summary_follows_an_error_too(binary, tmp_path):
    lines = GOOD.splitlines()
    path = write(tmp_path / "broken.ndjson", *lines[:10], "{oops", *lines[10:])
    done = run(binary, path)
    assert done.returncode == 1 and f"tickgate: {path}:11: ".encode() in done.stderr
    assert summary(done)["records"] == "10"
    missing = tmp_path / "missing.ndjson"
    done = run(binary, KRAKEN, missing)
    assert done.returncode == 1 and str(missing).encode() in done.stderr
    assert summary(done)["records"] == str(GOOD.count("\n"))


def test_files_are_played_by_the_times_of_their_records(binary, tmp_path):
    write(tmp_path / "z.ndjson", trade(1, 1, 1 * MINUTE, "A-USD"), trade(1, 2, 3 * MINUTE, "A-USD"))
    write(tmp_path / "a.ndjson", trade(1, 5, 2 * MINUTE, "B-USD"), trade(1, 6, 9 * MINUTE, "B-USD"))
    packed = tmp_path / "m.ndjson.gz"
    packed.write_bytes(gzip.compress((trade(1, 8, 5 * MINUTE, "C-USD") + "\n").encode()))
    (tmp_path / "notes.txt").write_text("no capture")
    done = run(binary, tmp_path)
    assert (done.returncode, trades(done)) == (0, [
        ("A-USD", 1), ("B-USD", 5), ("A-USD", 2), ("C-USD", 8), ("B-USD", 6)])
    assert summary(done)["duplicates"] == "0"
    one_by_one = run(binary, tmp_path / "a.ndjson", packed, tmp_path / "z.ndjson")
    assert one_by_one.stdout == done.stdout


def test_a_folder_without_captures_is_an_error(binary, tmp_path):
    done = run(binary, tmp_path)
    assert done.returncode == 1 and str(tmp_path).encode() in done.stderr


def test_a_piece_that_begins_after_the_other_ended_goes_on_counting(binary, tmp_path):
    write(tmp_path / "1.ndjson", trade(1, 1, 1 * MINUTE))
    write(tmp_path / "2.ndjson", trade(1, 4, 2 * MINUTE))
    done = run(binary, tmp_path)
    assert [tick["seq"] for tick in ticks(done) if tick["type"] == "trade"] == [1, 4]
    assert summary(done)["trades_lost"] == "2"


def test_only_what_is_asked_for_is_printed_of_books_that_are_whole(binary):
    all_of_it = [line for line in run(binary, KRAKEN, COINBASE).stdout.splitlines()]
    for words, wanted in ((("KRAKEN:BTC-USD",), {"KRAKEN:BTC-USD"}),
                          (("KRAKEN:*",), {"KRAKEN:BTC-USD", "KRAKEN:NEW-USD"}),
                          (("KRAKEN:NEW-USD", "*:ETH-USD"), {"KRAKEN:NEW-USD", "COINBASE:ETH-USD"}),
                          (("KRAKEN:NONE-USD",), set())):
        flags = [flag for word in words for flag in ("--only", word)]
        done = run(binary, KRAKEN, COINBASE, *flags)
        expected = [line for line in all_of_it if json.loads(line)["symbol"] in wanted]
        assert (done.returncode, done.stdout.splitlines()) == (0, expected)
        books = sum(b'"type":"book"' in line for line in expected)
        assert summary(done)["book"] == str(books)
    refused = run(binary, KRAKEN, "--only", "BTC-USD")
    assert refused.returncode == 2 and b"--only: expected a symbol like" in refused.stderr


def test_a_time_limits_what_is_printed_and_not_what_is_known(binary):
    lines = run(binary, KRAKEN).stdout.splitlines()
    received = [json.loads(line).get("received", json.loads(line).get("since")) for line in lines]
    begin, end = received[len(lines) // 3], received[2 * len(lines) // 3]
    assert begin < end

    def printed(*flags):
        done = run(binary, KRAKEN, *flags)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    expected = [line for line, time in zip(lines, received) if begin <= time < end]
    assert printed("--from", begin, "--to", end) == expected != lines
    assert printed("--from", begin * 1000, "--to", end * 1000) == expected
    seconds, micros = divmod(begin, 1_000_000)
    done = subprocess.run(["date", "-u", "-d", f"@{seconds}", "+%Y-%m-%dT%H:%M:%S"],
                          capture_output=True, text=True, check=True)
    text = f"{done.stdout.strip()}.{micros:06}Z"
    assert printed("--from", text) == [line for line, time in zip(lines, received) if time >= begin]
    refused = run(binary, KRAKEN, "--to", "noon")
    assert refused.returncode == 2 and b"--to: expected a time like" in refused.stderr
    backwards = run(binary, KRAKEN, "--from", end, "--to", begin)
    assert backwards.returncode == 2 and b"--from" in backwards.stderr


def test_what_nobody_wants_is_counted_by_kind_and_path(binary, tmp_path):
    def record(kind, venue="kraken", **more):
        return json.dumps({"time": 1, "venue": venue, "conn": 1, "kind": kind, **more})
    path = write(tmp_path / "mixed.ndjson", *GOOD.splitlines(),
                 record("http", target="https://api.kraken.com/0/public/Depth?pair=X", data="{}"),
                 record("http", target="https://api.kraken.com/0/public/Depth?pair=Y", data="{}"),
                 record("binary", data="AAEC"), record("text", data='{"channel":"moon"}'),
                 record("text", "nasqad", data="{}"), record("close"))
    done = run(binary, path)
    said = summary(done)
    assert done.returncode == 0
    assert {key: value for key, value in said.items() if key.startswith("unwanted")} == {
        "unwanted": "6", "unwanted http https://api.kraken.com/0/public/Depth": "2",
        "unwanted binary of kraken": "1", "unwanted text of kraken": "1",
        "unwanted text of nasqad": "1", "unwanted close of kraken": "1"}


def test_help_says_what_there_is(binary):
    done = subprocess.run([binary, "help", "replay"], capture_output=True, timeout=20, check=False)
    assert done.returncode == 0
    for word in (b"--only", b"--from", b"--to", b"stdin", b".zst"):
        assert word in done.stdout

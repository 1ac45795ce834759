# SPDX-License-Identifier: Apache-2.0
"""What rebuild.py makes of the three small captures in frames/, said by hand, and its small parts."""

import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import rebuild
import rebuild_parts
import rebuild_venues

HERE = pathlib.Path(__file__).resolve().parent


def run(venue, gaps="resync", depth=25):
    result = rebuild.Rebuild(depth, gaps)
    result.run(rebuild.read_capture(HERE / "frames" / f"{venue}.ndjson"))
    return result


def of(result, channel, symbol=None):
    return [tick for tick in result.ticks
            if tick["type"] == channel and symbol in (None, tick["symbol"])]


def top(tick):
    return (tick["bids"][0] if tick["bids"] else None, tick["asks"][0] if tick["asks"] else None)


def micros(offset):
    return 1_700_000_000_000_000 + offset


class BinanceTest(unittest.TestCase):
    def setUp(self):
        self.result = run("binance")

    def test_a_snapshot_is_bridged_by_the_buffered_diffs_and_published_once(self):
        first = of(self.result, "book")[0]
        self.assertEqual(first["symbol"], "BINANCE:BTC-USDT")
        self.assertEqual(first["bids"], [["40000.00000000", "1.00000000"],
                                         ["39999.50000000", "3.00000000"],
                                         ["39999.00000000", "5.00000000"]])
        self.assertEqual(first["asks"], [["40000.02000000", "2.50000000"],
                                         ["40001.00000000", "4.00000000"]])
        self.assertEqual((first["time"], first["seq"]), (micros(200_000), 1))

    def test_a_diff_that_changes_nothing_or_comes_again_publishes_nothing(self):
        self.assertEqual([tick["time"] for tick in of(self.result, "book")],
                         [micros(200_000), micros(300_000), None, micros(600_000)])

    def test_after_a_gap_the_book_waits_for_a_snapshot_that_bridges(self):
        self.assertEqual(self.result.counts["gaps"], 1)
        third = of(self.result, "book")[2]
        self.assertEqual(third["bids"], [["40000.00000000", "1.00000000"],
                                         ["39997.00000000", "7.00000000"]])
        self.assertEqual(third["seq"], 3)

    def test_quotes_need_no_book_and_are_published_only_when_new(self):
        self.assertEqual([(tick["ask_size"], tick["time"]) for tick in of(self.result, "quote")],
                         [("2.00000000", None), ("2.50000000", None), ("2.40000000", None),
                          ("2.30000000", None)])

    def test_trades_pass_whatever_the_book_does_and_carry_the_aggressor(self):
        self.assertEqual([(tick["id"], tick["side"], tick["time"], tick["seq"])
                          for tick in of(self.result, "trade")],
                         [("500", "buy", micros(250_000), 1), ("501", "sell", micros(560_000), 2)])

    def test_a_ticker_is_published_when_a_digit_changes(self):
        self.assertEqual([tick["volume"] for tick in of(self.result, "ticker")],
                         ["20.00000000", "20.01000000"])

    def test_with_gaps_set_to_warn_the_diffs_go_on(self):
        result = run("binance", gaps="warn")
        self.assertEqual(result.counts["gaps"], 1)
        # 39999.00 and 39998.00 outlive the gap, because no snapshot replaced them.
        self.assertEqual(len(of(result, "book")[-1]["bids"]), 4)

    def test_without_an_instrument_list_the_longest_known_quote_is_split_off(self):
        binance = rebuild_venues.Binance(rebuild.Rebuild(25, "resync"))
        self.assertEqual(binance.symbol("ETHFDUSD"), "BINANCE:ETH-FDUSD")
        self.assertEqual(binance.symbol("LRCBTC"), "BINANCE:LRC-BTC")
        self.assertIsNone(binance.symbol("USDT"))


class CoinbaseTest(unittest.TestCase):
    def setUp(self):
        self.result = run("coinbase")

    def test_the_side_is_turned_and_an_update_is_put_in_trade_id_order(self):
        self.assertEqual([(tick["id"], tick["side"], tick["time"])
                          for tick in of(self.result, "trade")],
                         [("101", "sell", micros(300_000)), ("102", "buy", micros(300_120)),
                          ("104", "sell", micros(1_050_000))])

    def test_equal_values_are_one_level_that_takes_the_newest_text(self):
        books = of(self.result, "book")
        self.assertEqual(books[0]["bids"][1], ["1919.30", "2"])
        self.assertEqual(books[1]["bids"][1], ["1919.3", "2"])
        self.assertEqual(books[1]["asks"][1], ["1921", "0.006"])  # 6e-3 on the wire

    def test_all_events_of_a_message_make_one_book(self):
        third = of(self.result, "book")[2]
        self.assertEqual((top(third)[0], third["time"]), (["1919.4", "1.6"], micros(900_000)))

    def test_a_hole_in_the_sequence_silences_the_books_until_a_snapshot(self):
        self.assertEqual(self.result.counts["gaps"], 1)
        self.assertEqual([tick["time"] for tick in of(self.result, "book")[3:]],
                         [micros(2_000_000), micros(2_100_000)])
        warned = run("coinbase", gaps="warn")
        self.assertIn(micros(1_100_000), [tick["time"] for tick in of(warned, "book")])

    def test_an_empty_side_is_quoted_as_zero(self):
        self.assertEqual(top(of(self.result, "book")[-1])[1], None)
        last = of(self.result, "quote")[-1]
        self.assertEqual((last["ask"], last["ask_size"]), (None, None))

    def test_times_are_cut_to_microseconds(self):
        self.assertEqual(of(self.result, "book")[0]["time"], micros(123_456))

    def test_another_text_of_an_equal_price_is_news_to_the_ticker(self):
        self.assertEqual([(tick["last"], tick["open"]) for tick in of(self.result, "ticker")],
                         [("1919.5", None), ("1919.50", None)])


class KrakenTest(unittest.TestCase):
    def setUp(self):
        self.result = run("kraken")
        self.books = of(self.result, "book", "KRAKEN:BTC-USD")

    def test_the_checksum_of_the_venues_own_example_is_met(self):
        # frames/kraken.ndjson begins with the example of Kraken's checksum guide, 3310070434.
        self.assertEqual(self.books[0]["integrity"], "checksum")
        self.assertEqual((self.result.counts["checksums_verified"],
                          self.result.counts["checksums_failed"]), (9, 1))

    def test_a_level_beyond_the_depth_is_forgotten_and_does_not_come_back(self):
        self.assertEqual([len(tick["bids"]) for tick in self.books[:3]], [10, 10, 9])
        self.assertEqual(self.books[1]["bids"][0], ["45284.0", "0.00005100"])

    def test_the_later_of_two_levels_in_a_message_wins(self):
        self.assertEqual(self.books[3]["bids"][9], ["45276.6", "0.2"])

    def test_a_lesser_depth_cuts_what_is_printed_and_changes_nothing_else(self):
        cut = of(run("kraken", depth=2), "book", "KRAKEN:BTC-USD")
        self.assertEqual([tick["seq"] for tick in cut], [tick["seq"] for tick in self.books])
        self.assertEqual([tick["bids"] for tick in cut], [tick["bids"][:2] for tick in self.books])

    def test_a_new_text_at_the_top_is_a_new_book_and_a_new_quote(self):
        self.assertEqual(self.books[4]["asks"][0], ["45285.20", "0.00100000"])
        self.assertEqual([tick["ask"] for tick in of(self.result, "quote", "KRAKEN:BTC-USD")],
                         ["45285.2", "45285.2", "45285.2", "45285.20", "45285.2"])

    def test_a_wrong_checksum_silences_one_pair_until_its_snapshot(self):
        self.assertEqual(len(self.books), 6)
        self.assertEqual(self.books[5]["time"], micros(5_000_000))
        other = of(self.result, "book", "KRAKEN:NEW-USD")
        self.assertEqual([tick["time"] for tick in other], [micros(2_000_000), micros(3_200_000)])

    def test_history_is_not_a_trade(self):
        self.assertEqual([(tick["id"], tick["side"], tick["size"])
                          for tick in of(self.result, "trade")],
                         [("71", "buy", "0.00050000"), ("72", "sell", "1")])

    def test_an_absent_timestamp_stays_absent(self):
        self.assertIsNone(self.books[0]["time"])
        self.assertEqual([tick["time"] for tick in of(self.result, "ticker")], [None, None])


class PartsTest(unittest.TestCase):
    def test_times(self):
        for text, want in (("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:01.5Z", 1_500_000),
                           ("1970-01-01T01:00:00.000000999+01:00", 0), ("yesterday", None),
                           (None, None)):
            self.assertEqual(rebuild_parts.rfc3339_micros(text), want, text)

    def test_exponents_are_expanded_and_other_digits_kept(self):
        for text, want in (("2e-8", "0.00000002"), ("1.0E-7", "0.00000010"), ("1.50", "1.50"),
                           ("1.0002e6", "1000200")):
            self.assertEqual(rebuild_parts.digits(text), want)

    def test_the_command_reads_gzip_and_names_the_line_that_is_wrong(self):
        with tempfile.TemporaryDirectory() as folder:
            packed = pathlib.Path(folder) / "good.gz"
            packed.write_bytes(gzip.compress((HERE / "frames" / "kraken.ndjson").read_bytes()))
            bad = pathlib.Path(folder) / "bad.ndjson"
            bad.write_text('{"time":1,"venue":"kraken","conn":1,"kind":"text","data":"{}"}\n{"a":1}\n')
            script = [sys.executable, str(HERE / "rebuild.py")]
            good = subprocess.run(script + [str(packed)], capture_output=True, text=True)
            self.assertEqual(good.returncode, 0, good.stderr)
            self.assertEqual([json.loads(line) for line in good.stdout.splitlines()],
                             run("kraken").ticks)
            wrong = subprocess.run(script + [str(bad)], capture_output=True, text=True)
            self.assertEqual(wrong.returncode, 1)
            self.assertIn("bad.ndjson:2:", wrong.stderr)

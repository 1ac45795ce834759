# SPDX-License-Identifier: Apache-2.0
"""What a venue's frames mean, each said to the Rebuild that it is made with (rebuild.py)."""

import decimal
import urllib.parse
import zlib

from rebuild_parts import OrderBook, digits, parse, rfc3339_micros

# Used only when a Binance capture holds no exchangeInfo; the longest that fits wins.
BINANCE_QUOTES = ("USDT", "USDC", "FDUSD", "TUSD", "BUSD", "TRY", "EUR", "BTC", "ETH", "BNB")


class Binance:
    """Diffs are buffered until a REST snapshot bridges them; then u must follow u without a hole."""

    def __init__(self, out):
        self.out = out
        self.pairs = {}      # venue symbol -> (base, quote), from exchangeInfo
        self.books = {}      # venue symbol -> OrderBook, only while whole
        self.update_id = {}  # venue symbol -> the last u that was applied
        self.buffers = {}    # venue symbol -> diffs that wait for a snapshot
        self.conns = {}      # conn -> venue symbols whose diffs came through it
        self.scale = 1000    # of the venue's times, to microseconds

    def symbol(self, name):
        if name in self.pairs:
            return "BINANCE:%s-%s" % self.pairs[name]
        for quote in sorted(BINANCE_QUOTES, key=len, reverse=True):
            if name.endswith(quote) and name != quote:
                return f"BINANCE:{name[:-len(quote)]}-{quote}"
        return None

    def take(self, record):
        if record["kind"] == "open":
            if "timeunit=microsecond" in record["target"].lower():
                self.scale = 1
            for name in self.conns.pop(record["conn"], ()):
                self.lose(name)
        elif record["kind"] == "http":
            self.take_http(record)
        elif record["kind"] == "text":
            self.take_text(record)

    def lose(self, name):
        self.books.pop(name, None)
        self.buffers[name] = []

    def take_http(self, record):
        url = urllib.parse.urlsplit(record["target"])
        answer = parse(record["data"])
        if url.path.endswith("/exchangeInfo"):
            for item in answer["symbols"]:
                self.pairs[item["symbol"]] = (item["baseAsset"], item["quoteAsset"])
        elif url.path.endswith("/depth"):
            name = urllib.parse.parse_qs(url.query)["symbol"][0]
            if name not in self.books:
                self.bridge(name, answer, record)

    def bridge(self, name, snapshot, record):
        last = int(snapshot["lastUpdateId"])
        book = OrderBook()
        for side, key in ((0, "bids"), (1, "asks")):
            for price, size in snapshot[key]:
                book.put(side, price, size)
        waiting = [diff for diff in self.buffers.get(name, []) if int(diff["u"]) > last]
        time = None
        for diff in waiting:
            if int(diff["U"]) > last + 1:
                return  # older than the buffer: another snapshot has to come
            last = int(diff["u"])
            time = self.apply(book, diff)
        self.books[name], self.update_id[name], self.buffers[name] = book, last, []
        self.out.publish_book(self.symbol(name), book, "sequence", time, record)

    def apply(self, book, diff):
        for side, key in ((0, "b"), (1, "a")):
            for price, size in diff[key]:
                book.put(side, price, size)
        return int(diff["E"]) * self.scale

    def take_text(self, record):
        message = parse(record["data"])
        data = message.get("data", message)
        event = data.get("e")
        if event == "depthUpdate":
            self.take_diff(data, record)
        elif event == "trade":
            self.out.publish("trade", self.symbol(data["s"]), {
                "price": digits(data["p"]), "size": digits(data["q"]),
                "side": "sell" if data["m"] else "buy", "id": str(data["t"]),
            }, int(data["T"]) * self.scale, record)
        elif event == "24hrTicker":
            self.out.publish_if_new("ticker", self.symbol(data["s"]), {
                "last": digits(data["c"]), "open": digits(data["o"]), "high": digits(data["h"]),
                "low": digits(data["l"]), "volume": digits(data["v"]),
            }, int(data["E"]) * self.scale, record)
        elif event is None and {"s", "b", "B", "a", "A"} <= data.keys():
            # A channel of its own: no book is needed for it.
            self.out.publish_if_new("quote", self.symbol(data["s"]), {
                "bid": digits(data["b"]), "bid_size": digits(data["B"]),
                "ask": digits(data["a"]), "ask_size": digits(data["A"]),
            }, None, record)

    def take_diff(self, diff, record):
        name = diff["s"]
        self.conns.setdefault(record["conn"], set()).add(name)
        if name not in self.books:
            self.buffers.setdefault(name, []).append(diff)
            return
        if int(diff["u"]) <= self.update_id[name]:
            return
        if int(diff["U"]) > self.update_id[name] + 1:
            self.out.counts["gaps"] += 1
            if self.out.gaps == "resync":
                self.lose(name)
                self.buffers[name].append(diff)
                return
        self.update_id[name] = int(diff["u"])
        time = self.apply(self.books[name], diff)
        self.out.publish_book(self.symbol(name), self.books[name], "sequence", time, record)


class Coinbase:
    """Advanced Trade. One sequence number runs over all channels of a connection."""

    def __init__(self, out):
        self.out = out
        self.books = {}      # product -> OrderBook, only while whole
        self.sequences = {}  # conn -> last sequence_num
        self.newest = {}     # product -> the highest trade_id seen
        self.doubted = set()  # products of which messages were lost since then

    def take(self, record):
        if record["kind"] == "open":
            self.books.clear()
            if self.sequences.pop(record["conn"], None) is None:
                self.newest.clear()  # another connection, which knows nothing of the first
            self.doubted.update(self.newest)
        elif record["kind"] == "text":
            message = parse(record["data"])
            if self.in_order(message, record):
                take = {"l2_data": self.take_book, "market_trades": self.take_trades,
                        "ticker": self.take_ticker}.get(message.get("channel"))
                if take:
                    take(message, rfc3339_micros(message["timestamp"]), record)

    def in_order(self, message, record):
        if "sequence_num" not in message:
            return True
        number = int(message["sequence_num"])
        last = self.sequences.get(record["conn"])
        if last is not None and number <= last:
            return False
        self.sequences[record["conn"]] = number
        if last is not None and number > last + 1:
            self.out.counts["gaps"] += 1
            self.doubted.update(self.newest)
            if self.out.gaps == "resync":
                self.books.clear()
        return True

    def take_book(self, message, time, record):
        touched = []
        for event in message["events"]:
            product = event["product_id"]
            if event["type"] == "snapshot":
                self.books[product] = OrderBook()
            if product not in self.books:
                continue
            for level in event["updates"]:
                self.books[product].put(0 if level["side"] == "bid" else 1,
                                        level["price_level"], level["new_quantity"])
            if product not in touched:
                touched.append(product)
        for product in touched:
            book = self.books[product]
            self.out.publish_book("COINBASE:" + product, book, "sequence", time, record)
            self.out.publish_top("COINBASE:" + product, book, time, record)

    def take_history(self, message):
        """Trades from before the subscription: what was not seen of them is lost."""
        highest = {}
        for event in message["events"]:
            for trade in event["trades"] if event["type"] == "snapshot" else ():
                product, number = trade["product_id"], int(trade["trade_id"])
                highest[product] = max(highest.get(product, 0), number)
        for product, number in highest.items():
            self.count_lost(product, number)
            self.newest[product] = max(number, self.newest.get(product, 0))

    def count_lost(self, product, number):
        """Ids run without holes; one is taken for lost only where messages were."""
        if product in self.doubted:
            self.doubted.discard(product)
            if number > self.newest[product]:
                self.out.lose_trades("COINBASE:" + product, number - self.newest[product])

    def take_trades(self, message, _, record):
        self.take_history(message)
        trades = [trade for event in message["events"] if event["type"] == "update"
                  for trade in event["trades"]]
        for trade in sorted(trades, key=lambda trade: int(trade["trade_id"])):
            self.count_lost(trade["product_id"], int(trade["trade_id"]) - 1)
            self.newest[trade["product_id"]] = int(trade["trade_id"])
            self.out.publish("trade", "COINBASE:" + trade["product_id"], {
                "price": digits(trade["price"]), "size": digits(trade["size"]),
                # The side on this wire is the maker's.
                "side": {"BUY": "sell", "SELL": "buy"}[trade["side"]],
                "id": str(trade["trade_id"]),
            }, rfc3339_micros(trade["time"]), record)

    def take_ticker(self, message, time, record):
        for event in message["events"]:
            for item in event["tickers"]:
                self.out.publish_if_new("ticker", "COINBASE:" + item["product_id"], {
                    "last": digits(item["price"]), "open": None,
                    "high": digits(item["high_24_h"]), "low": digits(item["low_24_h"]),
                    "volume": digits(item["volume_24_h"]),
                }, time, record)


class Kraken:
    """Version 2. A checksum over the ten best levels of each side, as sent, follows every change."""

    def __init__(self, out):
        self.out = out
        self.books = {}   # pair -> OrderBook, only while whole
        self.depths = {}  # pair -> the subscribed depth

    @staticmethod
    def symbol(pair):
        return "KRAKEN:" + pair.replace("/", "-")

    def take(self, record):
        if record["kind"] == "open":
            self.books.clear()
            self.depths.clear()
        elif record["kind"] == "text":
            message = parse(record["data"])
            result = message.get("result") or {}
            if message.get("method") == "subscribe" and result.get("channel") == "book":
                self.depths[result["symbol"]] = int(result["depth"])
            take = {"book": self.take_book, "trade": self.take_trade,
                    "ticker": self.take_ticker}.get(message.get("channel"))
            for item in message.get("data", ()) if take else ():
                take(message["type"], item, rfc3339_micros(item.get("timestamp")), record)

    def take_book(self, kind, item, time, record):
        pair = item["symbol"]
        if kind == "snapshot":
            self.books[pair] = OrderBook()
            self.depths.setdefault(pair, max(len(item["bids"]), len(item["asks"])))
        if pair not in self.books:
            return
        book = self.books[pair]
        for side, key in ((0, "bids"), (1, "asks")):
            for level in item[key]:
                book.put(side, level["price"], level["qty"])
        book.truncate(self.depths[pair])
        if self.checksum(book) != int(item["checksum"]):
            self.out.counts["checksums_failed"] += 1
            del self.books[pair]
            return
        self.out.counts["checksums_verified"] += 1
        self.out.publish_book(self.symbol(pair), book, "checksum", time, record)
        self.out.publish_top(self.symbol(pair), book, time, record)

    @staticmethod
    def checksum(book):
        return zlib.crc32("".join(
            text.replace(".", "").lstrip("0")
            for side in (1, 0) for level in book.top(side, 10) for text in level).encode())

    def take_trade(self, kind, item, time, record):
        if kind == "update":  # a snapshot is history, not new prints
            self.out.publish("trade", self.symbol(item["symbol"]), {
                "price": digits(item["price"]), "size": digits(item["qty"]), "side": item["side"],
                "id": str(item["trade_id"]),
            }, time, record)

    @staticmethod
    def open_of(item):
        """What the price was, by its change since; None for what is no price of the day."""
        if "change" not in item:
            return None
        was = decimal.Decimal(item["last"]) - decimal.Decimal(item["change"])
        in_day = decimal.Decimal(item["low"]) <= was <= decimal.Decimal(item["high"])
        return format(was, "f") if in_day else None

    def take_ticker(self, _, item, time, record):
        self.out.publish_if_new("ticker", self.symbol(item["symbol"]), {
            "last": digits(item["last"]), "open": self.open_of(item), "high": digits(item["high"]),
            "low": digits(item["low"]), "volume": digits(item["volume"]),
        }, time, record)

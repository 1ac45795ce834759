# SPDX-License-Identifier: Apache-2.0
"""How each venue says what a Venue has to say. One class a venue, by the venue's own documents."""

import json
import zlib
from datetime import datetime, timezone
from urllib.parse import parse_qs

import venue_candles

MICROS = 1_000_000


def rfc3339(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Binance:
    name, quotes_from_book = "binance", False
    halted, trades = "CANCEL_ONLY", "TRADING"
    streams = {"depth@100ms": "book", "bookTicker": "quote", "trade": "trade", "ticker": "ticker"}

    @staticmethod
    def spelled(pair):
        return pair.replace("-", "")

    def pair_of(self, venue, symbol):
        return next((pair for pair in venue.markets if self.spelled(pair) == symbol.upper()), None)

    def opened(self, venue, peer, path):
        self.want(venue, peer, path.partition("streams=")[2].split("/"))

    def want(self, venue, peer, streams):
        for stream in streams:
            symbol, _, kind = stream.partition("@")
            pair, channel = self.pair_of(venue, symbol), self.streams.get(kind)
            if pair and channel and (channel, pair) not in venue.IGNORE | venue.REFUSE:
                peer.wanted.add((channel, pair))

    def asked(self, venue, peer, text):
        request = json.loads(text)
        named = [self.key_of(venue, stream) for stream in request.get("params", [])]
        if request["method"] == "UNSUBSCRIBE":
            peer.wanted.difference_update(named)
        if request["method"] == "SUBSCRIBE":
            if any(key in venue.IGNORE for key in named):
                return
            if any(key in venue.REFUSE for key in named):
                peer.send(json.dumps({"error": {"code": 2, "msg": "Invalid request: refused"},
                                      "id": request["id"]}))
                return
            self.want(venue, peer, request["params"])
        peer.send(json.dumps({"result": None, "id": request["id"]}))

    def key_of(self, venue, stream):
        symbol, _, kind = stream.partition("@")
        return self.streams.get(kind), self.pair_of(venue, symbol)

    def wrapped(self, market, stream, data):
        symbol = self.spelled(market.pair)
        return json.dumps({"stream": f"{symbol.lower()}@{stream}", "data": {**data, "s": symbol}})

    def book(self, venue, peer, market):
        bids, asks = market.change()
        return self.wrapped(market, "depth@100ms", {
            "e": "depthUpdate", "E": int(venue.now() * 1000), "U": market.updates,
            "u": market.updates, "b": bids, "a": asks})

    def quote(self, venue, peer, market):
        bid, ask = market.best()
        return self.wrapped(market, "bookTicker", {"u": market.updates, "b": bid, "B": "1.00",
                                                   "a": ask, "A": "1.00"})

    def trade(self, venue, peer, market):
        now = int(market.traded * 1000)
        return self.wrapped(market, "trade", {
            "e": "trade", "E": now, "t": market.trades, "p": market.best()[0], "q": "0.10",
            "T": now, "m": True, "M": True})

    def ticker(self, venue, peer, market):
        price = market.best()[0]
        return self.wrapped(market, "ticker", {
            "e": "24hrTicker", "E": int(venue.now() * 1000), "c": price, "o": "100.00", "h": price,
            "l": "100.00", "v": "20.00"})

    def heartbeat(self, venue, peer):
        return None

    def tell_status(self, venue):
        venue.hang_up()  # it tells when it is asked: every few minutes, and at once by who reconnects

    def fetched(self, venue, url):
        query = parse_qs(url.query)
        if url.path == "/api/v3/time":
            return json.dumps({"serverTime": int(venue.now() * 1000)})
        if url.path.endswith("/klines"):
            return venue_candles.binance(venue, url)
        if url.path.endswith("/depth"):
            market = venue.markets.get(self.pair_of(venue, query["symbol"][0]))
            bids, asks = market.depth()
            return json.dumps({"lastUpdateId": market.updates, "bids": bids, "asks": asks})
        if url.path.endswith("/exchangeInfo"):
            return json.dumps({"symbols": [
                {"symbol": self.spelled(pair), "status": venue.STATUS.get(pair, "TRADING"),
                 "baseAsset": pair.split("-")[0], "quoteAsset": pair.split("-")[1]}
                for pair in venue.markets if venue.STATUS.get(pair) != "UNLISTED"]})
        if url.path.endswith("/ticker/bookTicker"):
            named = json.loads(query["symbols"][0]) if "symbols" in query else query["symbol"]
            quotes = [self.quote_of(venue.markets[self.pair_of(venue, symbol)]) for symbol in named]
            return json.dumps(quotes if "symbols" in query else quotes[0])
        return None

    def quote_of(self, market):
        bid, ask = market.best()
        return {"symbol": self.spelled(market.pair), "bidPrice": bid, "bidQty": "1.00",
                "askPrice": ask, "askQty": "1.00"}


class Coinbase:
    name, quotes_from_book = "coinbase", True
    halted, trades = "offline", "online"
    channels = {"level2": "book", "market_trades": "trade", "ticker": "ticker", "status": "status"}

    def opened(self, venue, peer, path):
        pass

    def numbered(self, venue, peer, channel, events):
        peer.sequence += 1
        return json.dumps({"channel": channel, "timestamp": rfc3339(venue.now()),
                           "sequence_num": peer.sequence, "events": events})

    def asked(self, venue, peer, text):
        request = json.loads(text)
        channel = self.channels.get(request["channel"])
        keys = {(channel, pair) for pair in request.get("product_ids", []) if pair in venue.markets}
        if request["type"] == "unsubscribe":
            peer.wanted -= keys
        elif channel:
            if keys & venue.REFUSE:
                refused = sorted(pair for _, pair in keys & venue.REFUSE)
                peer.send(json.dumps({"type": "error", "message": f"{refused[0]} is not valid"}))
                keys -= venue.REFUSE
            peer.wanted |= keys - venue.IGNORE
        listed = {}
        for wanted, pair in sorted(peer.wanted):
            spelled = next(word for word, ours in self.channels.items() if ours == wanted)
            listed.setdefault(spelled, []).append(pair)
        peer.send(self.numbered(venue, peer, "subscriptions", [{"subscriptions": listed}]))
        if channel == "book" and request["type"] == "subscribe":
            for _, pair in sorted(keys - venue.IGNORE):
                peer.send(self.levels(venue, peer, venue[pair], "snapshot", venue[pair].depth()))
        if channel == "status" and request["type"] == "subscribe":
            peer.send(self.statuses(venue, peer, "snapshot"))

    def statuses(self, venue, peer, kind):
        return self.numbered(venue, peer, "status", [{"type": kind, "products": [
            {"product_type": "SPOT", "id": pair, "status": venue.STATUS.get(pair, "online")}
            for pair in venue.markets]}])

    def tell_status(self, venue):
        venue.TELL.append(lambda peer: self.statuses(venue, peer, "update"))

    def levels(self, venue, peer, market, kind, sides):
        updates = [{"side": side, "event_time": rfc3339(venue.now()), "price_level": price,
                    "new_quantity": size.replace("0.00", "0") if size == "0.00" else size}
                   for side, levels in zip(("bid", "offer"), sides) for price, size in levels]
        return self.numbered(venue, peer, "l2_data", [
            {"type": kind, "product_id": market.pair, "updates": updates}])

    def book(self, venue, peer, market):
        return self.levels(venue, peer, market, "update", market.change())

    def quote(self, venue, peer, market):
        return None

    def trade(self, venue, peer, market):
        return self.numbered(venue, peer, "market_trades", [{"type": "update", "trades": [
            {"product_id": market.pair, "trade_id": str(market.trades), "price": market.best()[0],
             "size": "0.10", "time": rfc3339(market.traded), "side": "BUY"}]}])

    def ticker(self, venue, peer, market):
        price = market.best()[0]
        return self.numbered(venue, peer, "ticker", [{"type": "update", "tickers": [
            {"type": "ticker", "product_id": market.pair, "price": price, "volume_24_h": "20.00",
             "low_24_h": "100.00", "high_24_h": price}]}])

    def heartbeat(self, venue, peer):
        return self.numbered(venue, peer, "heartbeats", [
            {"current_time": "2026-08-09 21:05:48.85 +0000 UTC m=+41691.26",
             "heartbeat_counter": peer.sequence}])

    def fetched(self, venue, url):
        if url.path.endswith("/candles"):
            return venue_candles.coinbase(venue, url)
        if url.path != "/api/v3/brokerage/time":
            return None
        now = venue.now()
        return json.dumps({"iso": rfc3339(now), "epochSeconds": str(int(now)),
                           "epochMillis": str(int(now * 1000))})


class Kraken:
    name, quotes_from_book = "kraken", True
    halted, trades = "cancel_only", "online"

    @staticmethod
    def spelled(pair):
        return pair.replace("-", "/")

    def opened(self, venue, peer, path):
        peer.send(json.dumps({"channel": "status", "type": "update", "data": [
            {"version": "2.0.10", "system": "online", "api_version": "v2",
             "connection_id": 18239578009413566319}]}))

    def asked(self, venue, peer, text):
        request = json.loads(text)
        wanted, method = request.get("params", {}), request["method"]
        channel = wanted.get("channel")
        if channel == "instrument":
            peer.send(self.acknowledged(request, {"channel": channel}))
            peer.send(self.instruments(venue, "snapshot"))
        for symbol in wanted.get("symbol", []):
            key = (channel, symbol.replace("/", "-"))
            if method == "unsubscribe":
                peer.wanted.discard(key)
            elif key in venue.REFUSE or key[1] not in venue.markets:
                peer.send(json.dumps({
                    "error": f"Currency pair not supported {symbol}", "method": method,
                    "req_id": request.get("req_id"), "success": False, "symbol": symbol}))
                continue
            elif key in venue.IGNORE:
                continue
            else:
                peer.wanted.add(key)
            result = {"channel": channel, "symbol": symbol}
            if channel == "book":
                result["depth"] = wanted.get("depth", 10)
            peer.send(self.acknowledged(request, result))
            if method == "subscribe":
                self.begin(venue, peer, channel, venue[key[1]])

    @staticmethod
    def acknowledged(request, result):
        return json.dumps({"method": request["method"], "req_id": request.get("req_id"),
                           "success": True, "result": result})

    def begin(self, venue, peer, channel, market):
        if channel == "book":
            peer.send(self.levels(venue, market, "snapshot", market.depth()))
        if channel == "ticker":
            peer.send(self.ticker(venue, peer, market, "snapshot"))

    def tell_status(self, venue):
        venue.TELL.append(lambda peer: self.instruments(venue, "update"))

    def instruments(self, venue, kind):
        return json.dumps({"channel": "instrument", "type": kind, "data": {"assets": [], "pairs": [
            {"symbol": self.spelled(pair), "base": pair.split("-")[0],
             "quote": pair.split("-")[1], "status": venue.STATUS.get(pair, "online")}
            for pair in venue.markets]}})

    # Bare numbers with the digits as they are, which json.dumps would not keep.
    def levels(self, venue, market, kind, sides):
        whole = market.depth()
        texts = [",".join(f'{{"price":{price},"qty":{size}}}' for price, size in levels)
                 for levels in sides]
        digits = "".join(text.replace(".", "").lstrip("0") for levels in (whole[1], whole[0])
                         for level in levels[:10] for text in level)
        return ('{"channel":"book","type":"%s","data":[{"symbol":"%s","bids":[%s],"asks":[%s],'
                '"checksum":%d,"timestamp":"%s"}]}' % (
                    kind, self.spelled(market.pair), *texts, zlib.crc32(digits.encode()),
                    rfc3339(venue.now())))

    def book(self, venue, peer, market):
        return self.levels(venue, market, "update", market.change())

    def quote(self, venue, peer, market):
        return None

    def trade(self, venue, peer, market):
        return ('{"channel":"trade","type":"update","data":[{"symbol":"%s","side":"buy","price":%s,'
                '"qty":0.10,"ord_type":"market","trade_id":%d,"timestamp":"%s"}]}' % (
                    self.spelled(market.pair), market.best()[0], market.trades,
                    rfc3339(market.traded)))

    def ticker(self, venue, peer, market, kind="update"):
        bid, ask = market.best()
        return ('{"channel":"ticker","type":"%s","data":[{"symbol":"%s","bid":%s,"bid_qty":1.00,'
                '"ask":%s,"ask_qty":1.00,"last":%s,"volume":20.00,"vwap":100.0,"low":100.00,'
                '"high":%s,"change":0.0,"change_pct":0.0,"timestamp":"%s"}]}' % (
                    kind, self.spelled(market.pair), bid, ask, bid, bid, rfc3339(venue.now())))

    def heartbeat(self, venue, peer):
        return '{"channel":"heartbeat"}'

    def fetched(self, venue, url):
        if url.path.endswith("/OHLC"):
            return venue_candles.kraken(venue, url)
        if url.path != "/0/public/Time":
            return None
        return json.dumps({"error": [], "result": {"unixtime": int(venue.now())}})


ALL = (Binance, Coinbase, Kraken)

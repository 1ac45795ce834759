# SPDX-License-Identifier: Apache-2.0
"""The past of a Venue's markets, as each venue's REST interface tells it. A bar's prices are a
function of the minute in which it begins, and longer bars are made of minutes, so that a test can
tell from a bar alone whether it is the right one. The minute under way ends at 100.00."""

import json
from urllib.parse import parse_qs

MINUTE = 60
GRANULARITIES = {"ONE_MINUTE": 60, "FIVE_MINUTE": 300, "FIFTEEN_MINUTE": 900, "ONE_HOUR": 3600,
                 "ONE_DAY": 86400}
INTERVALS = {"1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "4h": 14400, "1d": 86400}
MOST = {"binance": 1000, "coinbase": 350, "kraken": 720}


def minute_of(start):
    """Open, high, low, close in cents, and hundredths traded, of a minute."""
    cents = 9000 + start // MINUTE % 500
    return cents, cents + 7, cents - 3, cents + 1, 100 + start // MINUTE % 50


def bar(start, length, now):
    """The same of a longer one, as far as it is over."""
    minutes = [minute_of(at - at % MINUTE) for at in range(start, min(start + length, int(now) + 1),
                                                           min(length, MINUTE))]
    return (minutes[0][0], max(one[1] for one in minutes), min(one[2] for one in minutes),
            minutes[-1][3], sum(one[4] for one in minutes))


def texts(start, length, now):
    return [f"{value // 100}.{value % 100:02d}" for value in bar(start, length, now)]


def starts(begin, end, length, now, most):
    """Of the bars that begin from `begin` to `end`, both inclusive; the newest, if they are too many."""
    first = -(-int(begin) // length) * length
    return list(range(first, int(min(end, now)) + 1, length))[-most:]


def binance(venue, url):
    query = {key: values[0] for key, values in parse_qs(url.query).items()}
    length, now = INTERVALS[query["interval"]], venue.now()
    rows = starts(int(query["startTime"]) / 1000, int(query["endTime"]) / 1000, length, now,
                  MOST["binance"])
    return json.dumps([[at * 1000, *texts(at, length, now), (at + length) * 1000 - 1, "1.00", 5,
                        "1.00", "1.00", "0"] for at in rows[:int(query["limit"])]])


def coinbase(venue, url):
    query = {key: values[0] for key, values in parse_qs(url.query).items()}
    length, now = GRANULARITIES[query["granularity"]], venue.now()
    rows = starts(int(query["start"]), int(query["end"]), length, now, MOST["coinbase"])
    names = ("open", "high", "low", "close", "volume")
    return json.dumps({"candles": [{"start": str(at), **dict(zip(names, texts(at, length, now)))}
                                   for at in reversed(rows)]})


def kraken(venue, url):
    query = {key: values[0] for key, values in parse_qs(url.query).items()}
    length, now = int(query["interval"]) * MINUTE, venue.now()
    rows = starts(int(query["since"]) + 1, now, length, now, MOST["kraken"])
    listed = [[at, *texts(at, length, now)[:4], "1.0", texts(at, length, now)[4], 5]
              for at in rows]
    return json.dumps({"error": [], "result": {"X" + query["pair"]: listed, "last": rows[-1]}})

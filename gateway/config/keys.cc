// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/keys.h"

#include <algorithm>

#include "gateway/config/config_values.h"

namespace tickgate::gateway {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr ListItems kOrigins = {
    1, 1000, "origins",
    R"(an origin like https://trade.example.com or https://*.example.com, or "*")",
    [](const std::string& text) { return text == "*" || is_origin(text); }};
constexpr ListItems kHosts = {0, 100, "hosts", R"(a host name like metrics.example.com, or "*")",
                              [](const std::string& text) { return is_host_or_any(text); }};
constexpr ListItems kNetworks = {
    0,          100,
    "networks", R"(a network like 10.0.0.0/8 or 2001:db8::/32, or an address)",
    is_network, "each network once"};
// Over as many connections as the venue makes of them.
constexpr ListItems kSymbols = {
    1,
    1000,
    R"(symbols like "BTC-USD")",
    R"(a symbol like "BTC-USD" of at most 40 bytes, of visible characters in UTF-8)",
    is_pair,
    "each symbol once"};

constexpr ListItems kPairs = {1,
                              1000,
                              "pairs",
                              R"(a pair like "BTC-USD", or a pattern: "*-USD", "BTC-*" or "*")",
                              is_pair_pattern,
                              "each pair once"};
constexpr ListItems kBestVenues = {
    1,        16,
    "venues", R"(a venue as symbols have it, in small letters: "kraken")",
    is_label, "each venue once"};
constexpr ListItems kJoin = {
    1, 16, "currencies", R"(a currency like "USDT")", is_currency, "each currency once"};

void visit_source_keys(KeyVisitor& keys, feeds::SourceSettings& source) {
  constexpr auto kOf = KeyOf::kMadeUp;
  keys.whole<std::uint64_t>({"seed", "the same seed, the same market", kOf}, source.seed, 0,
                            INT64_MAX);
  keys.whole<std::uint32_t>({"symbol_count", "how many symbols", kOf}, source.symbol_count, 1,
                            50'000);
  keys.whole<std::uint32_t>({"rate", "ticks a second in all", kOf}, source.rate, 1, 1'000'000);
  keys.word({"label", "the venue in symbols, where there are several: sim2 is SIM2:BTC-USD", kOf},
            source.label, "1 to 16 of a-z and 0-9", is_label);
  keys.choice({"names", "BTC-USD and the like, or S0000-USD and on", kOf}, source.names,
              {"market", "generated"});
  keys.boolean({"drama", "halts, silences, lost trades: what the states look like", kOf},
               source.drama);
}

void visit_capture_keys(KeyVisitor& keys, FeedConfig& feed) {
  constexpr auto kOf = KeyOf::kCaptures;
  keys.factor({"speed", "how many times the capture's own speed", kOf}, feed.speed, 0.01, 1000);
  keys.boolean({"loop", "from the start again when the capture ends", kOf}, feed.loop);
  keys.choice({"gaps", "after a gap leave the instrument out until it is whole, or go on", kOf},
              feed.gaps, {"resync", "warn"});
}

void visit_quarantine(KeyVisitor& keys, FeedConfig& feed) {
  keys.whole<std::uint32_t>({"price_factor",
                             "a price so many times above or below the last minute's median is "
                             "not served; 0: any is, else from 2"},
                            feed.price_factor, 0, 1'000'000);
  keys.duration({"price_move_after", "a new level of prices is believed once it lasts so long"},
                feed.price_move_after, seconds(1), minutes(10));
}

void visit_times(KeyVisitor& keys, FeedConfig& feed) {
  constexpr auto kOf = KeyOf::kVenues;
  keys.duration({"stale_after", "no shorter silence of an instrument is called stale"},
                feed.stale_after, milliseconds(100), hours(1));
  keys.duration({"idle_timeout", "not a byte for so long, and the connection is made anew", kOf},
                feed.idle_timeout, milliseconds(100), minutes(10));
  keys.duration(
      {"planned_reconnect", "a connection is renewed at this age; 0: never, else from 1s", kOf},
      feed.planned_reconnect, seconds(0), hours(24));
  keys.duration({"reconnect_min", "the first backoff between attempts to connect", kOf},
                feed.reconnect_min, milliseconds(10), minutes(1));
  keys.duration({"reconnect_max", "the longest backoff, not shorter than the first", kOf},
                feed.reconnect_max, milliseconds(10), minutes(10));
  keys.duration({"subscribe_ack_timeout",
                 "a subscription that is not answered for so long is sent again", kOf},
                feed.subscribe_ack_timeout, milliseconds(100), seconds(60));
}

}  // namespace

void visit_keys(KeyVisitor& keys, ServerConfig& server) {
  keys.address(fixed("listen", "where clients connect: address in digits and port"), server.listen);
  keys.address(fixed("admin_listen", "metrics, probes, feed states; not for the public"),
               server.admin_listen);
  keys.whole<std::uint32_t>(fixed("shards", "worker threads; 0: the cores granted less one"),
                            server.shards, 0, 64);
  keys.whole<std::uint32_t>(
      fixed("feed_threads", "threads of feeds; all feeds of a venue are on the same"),
      server.feed_threads, 1, 16);
  keys.other(fixed("tls", "TLS on the public port; read again when its files change"));
  keys.choice({"proxy_protocol", "whether whoever connects speaks the PROXY protocol first"},
              server.proxy_protocol, {"off", "required"});
  keys.choice({"forwarded_header", "where a proxy says whom a request comes from"},
              server.forwarded_header, {"none", "x-forwarded-for", "forwarded"});
  keys.list({"trusted_proxies", "networks of the proxies whose word on that is taken"},
            server.trusted_proxies, kNetworks);
  keys.list({"origins", "pages that may connect from a browser, or \"*\" for all"}, server.origins,
            kOrigins);
  keys.list({"admin_hosts", "host names of the admin port that have a dot; \"*\": any"},
            server.admin_hosts, kHosts);
  keys.file({"admin_token_file",
             "one line: the bearer token of the admin port; read again when it changes"},
            server.admin_token_file);
  keys.other(fixed("admin_tls", "TLS on the admin port; read again when its files change"));
  keys.whole<std::uint32_t>(
      {"ready_quorum", "feeds that must be live before /readyz says ready; 0: all of them"},
      server.ready_quorum, 0, kMostFeeds);
  keys.duration({"ready_patience", "from the start; then it is ready with whatever is live"},
                server.ready_patience, seconds(0), minutes(10));
  keys.duration(
      {"drain_time",
       "over which clients leave at the end, at most; else two seconds and 4 ms for each"},
      server.drain_time, seconds(0), seconds(300));
  keys.duration({"drain_delay", "from \"not ready\" to the first notice"}, server.drain_delay,
                seconds(0), seconds(60));
}

void visit_keys(KeyVisitor& keys, TlsConfig& tls) {
  keys.file({"certificate", "PEM file, the chain of certificates, leaf first"}, tls.certificate);
  keys.file({"key", "PEM file, its key"}, tls.key);
  keys.file({"client_ca", "PEM file, whose clients' certificates are a credential"}, tls.client_ca);
}

void visit_keys(KeyVisitor& keys, AdminTlsConfig& tls) {
  keys.file({"certificate", "PEM file, the chain of certificates, leaf first"}, tls.certificate);
  keys.file({"key", "PEM file, its key"}, tls.key);
  keys.file({"client_ca", "PEM file, the authorities of client certificates; then one is needed"},
            tls.client_ca);
}

void visit_keys(KeyVisitor& keys, LimitsConfig& limits) {
  keys.whole<std::uint32_t>(
      {"connections", "streams at once; the default is less where open files are few"},
      limits.connections, 1, 1'000'000);
  keys.whole<std::uint32_t>(
      {"unauthenticated_connections", "of them such as have shown no credential yet; 0: none"},
      limits.unauthenticated_connections, 0, 1'000'000);
  keys.whole<std::uint32_t>(
      {"handshakes_per_second", "connections taken in from all addresses; 0: no limit"},
      limits.handshakes_per_second, 0, 100'000);
  keys.whole<std::uint32_t>({"subscriptions_per_connection", "subscriptions of one client"},
                            limits.subscriptions_per_connection, 1, 100'000);
  keys.size({"message_bytes", "the largest message a client may send"}, limits.message_bytes, 1024,
            kMiB);
  keys.whole<std::uint32_t>({"requests_per_second", "requests of one client, sustained"},
                            limits.requests_per_second, 1, 10'000);
  keys.whole<std::uint32_t>({"request_burst", "requests of one client at once"},
                            limits.request_burst, 1, 100'000);
  keys.whole<std::uint32_t>({"bad_requests", "after so many a client is closed with 4400"},
                            limits.bad_requests, 1, 10'000);
  keys.size({"header_bytes", "the largest head of an HTTP request"}, limits.header_bytes, 1024,
            65'536);
  keys.whole<std::uint32_t>({"http_visitors", "answered over plain HTTP at once, streams apart"},
                            limits.http_visitors, 1, 100'000);
  keys.whole<std::uint32_t>(
      {"http_visitors_per_address", "of them of one address; 0: no limit, as behind a proxy"},
      limits.http_visitors_per_address, 0, 100'000);
  keys.whole<std::uint32_t>({"connections_per_address",
                             "open at once of one address, or of 64 bits of IPv6; 0: no limit"},
                            limits.connections_per_address, 0, 1'000'000);
  keys.whole<std::uint32_t>(
      {"handshakes_per_second_per_address", "how often one address may come; 0: no limit"},
      limits.handshakes_per_second_per_address, 0, 100'000);
  keys.whole<std::uint32_t>({"failed_credentials_per_minute_per_address",
                             "bad credentials of one address, then 429; 0: no limit"},
                            limits.failed_credentials_per_minute_per_address, 0, 100'000);
  keys.size({"http_bytes", "what their requests and unread answers may hold together"},
            limits.http_bytes, kMiB, 1024 * kMiB);
  keys.size({"memory", "of the process; near it clients are shed. 0: 80% of the container's limit"},
            limits.memory, 0, std::uint64_t{1} << 40U);
  keys.duration({"handshake_time", "from accepting a connection to its upgrade"},
                limits.handshake_time, milliseconds(100), seconds(60));
  keys.duration({"idle_time", "a client without a byte or a pong for so long is closed with 4010"},
                limits.idle_time, seconds(1), hours(1));
  keys.duration({"write_deadline", "a client that takes nothing for so long is closed with 4008"},
                limits.write_deadline, seconds(1), seconds(300));
  keys.duration({"min_interval", "the least time between two updates of a subscription"},
                limits.min_interval, seconds(0), seconds(60));
  keys.size({"frame_bytes", "the largest frame sent"}, limits.frame_bytes, 4096, 4 * kMiB);
  keys.size({"send_buffer_bytes", "what the kernel may hold of a slow client's data"},
            limits.send_buffer_bytes, 4096, kMiB);
  keys.size({"notsent_lowat_bytes", "how much of that may be unsent; not more than it"},
            limits.notsent_lowat_bytes, 1024, kMiB);
  keys.whole<std::uint32_t>(
      fixed("trades_kept", "newest trades of each instrument, for who reads slowly or comes back"),
      limits.trades_kept, 16, 65'536);
  keys.size(fixed("trades_memory", "of them in one shard; those followed longest ago go first"),
            limits.trades_memory, 0, std::uint64_t{1} << 36U);
}

void visit_keys(KeyVisitor& keys, LogConfig& log) {
  keys.choice({"level", "the least that is logged"}, log.level,
              {"debug", "info", "warning", "error"});
  keys.choice({"format", "auto: text on a terminal, else json"}, log.format,
              {"auto", "json", "text"});
}

void visit_keys(KeyVisitor& keys, BarsConfig& bars) {
  keys.duration(fixed("grace", "from the end of a bar to its close, by our clock"), bars.grace,
                seconds(0), seconds(60));
  keys.choice(fixed("empty", "an interval without a trade: no bar, or one of the last close"),
              bars.empty, {"omit", "carry"});
  keys.whole<std::uint32_t>(fixed("kept", "closed bars of each instrument and interval"), bars.kept,
                            0, 1000);
  keys.size(fixed("memory", "of a feed's bars; beyond it the oldest go"), bars.memory, kMiB,
            std::uint64_t{1} << 36U);
}

void visit_keys(KeyVisitor& keys, LedgerConfig& ledger) {
  keys.word(fixed("directory", "where usage is written, a file a day; absent: nowhere"),
            ledger.directory, "a directory's path of at most 4096 bytes",
            [](const std::string& text) { return !text.empty() && text.size() <= 4096; });
  keys.choice(fixed("addresses", "what it may hold of addresses: nothing, /24 and /48, all"),
              ledger.addresses, {"none", "prefix", "full"});
}

void visit_keys(KeyVisitor& keys, FeedConfig& feed) {
  keys.other({"venue", "where the prices come from"});
  keys.name({"name", "of the feed in logs and metrics; the venue's, if absent; no two alike"},
            feed.name);
  keys.list({"symbols", "our spelling, BASE-QUOTE", KeyOf::kVenues}, feed.symbols, kSymbols);
  keys.other({"book_depth", "levels of the book, as the venue offers them", KeyOf::kVenues});
  keys.url({"websocket_url", "elsewhere than the venue's own address", KeyOf::kNetwork},
           feed.websocket_url, "wss");
  keys.url({"rest_url", "elsewhere than the venue's own address", KeyOf::kNetwork}, feed.rest_url,
           "https");
  keys.whole(
      {"lines", "2: each symbol over two connections, and either is enough", KeyOf::kNetwork},
      feed.lines, 1U, 2U);
  keys.url({"second_websocket_url", "of the second line, which it asks for; else the first's",
            KeyOf::kNetwork},
           feed.second_websocket_url, "wss");
  keys.url({"second_rest_url", "of the second line; else the first's", KeyOf::kNetwork},
           feed.second_rest_url, "https");
  keys.url(
      {"proxy", "a proxy (CONNECT), http://host:port or none; else HTTPS_PROXY's", KeyOf::kNetwork},
      feed.proxy, "proxy");
  keys.file({"ca_file", "PEM file of authorities trusted beside the system's", KeyOf::kNetwork},
            feed.ca_file);
  keys.file({"capture", "recorded traffic in place of the network", KeyOf::kVenues}, feed.capture);
  visit_capture_keys(keys, feed);
  visit_times(keys, feed);
  visit_quarantine(keys, feed);
  visit_source_keys(keys, feed.source);
}

void visit_keys(KeyVisitor& keys, ConsolidatedConfig& one) {
  keys.list(fixed("pairs", "BEST:BTC-USD for BTC-USD; the first entry that fits a pair decides"),
            one.pairs, kPairs);
  keys.list(fixed("venues", "in the order that decides between equals; absent: those of all feeds"),
            one.venues, kBestVenues);
  keys.list(fixed("join", "currencies that count as the pair's; each is another one otherwise"),
            one.join, kJoin);
}

}  // namespace tickgate::gateway

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/venue_adapter.h"
#include "feeds/adapter/venue_factory.h"
#include "feeds/log/log.h"

namespace tickgate::feeds {
struct Venue;  // feeds/venues/all.h
}

// What an operator may set, with defaults. Filled by load_config() (config_loader.h), which checks
// the ranges of the table of keys (keys.cc), or by demo_config() (command_line.h). The keys in the
// file are the names of the members. Durations are written "500ms", "10s", "5m", "23h"; sizes
// 65536, "64KiB", "1MiB".
namespace tickgate::gateway {

using Milliseconds = std::chrono::milliseconds;

// Where to listen: "127.0.0.1:8080", "[::1]:8080". Port 0 lets the system choose one.
struct ListenAddress {
  std::string host;  // an IPv4 or IPv6 address in digits, without brackets
  std::uint16_t port = 0;

  std::string text() const;  // as it is written in the file
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// nullopt unless it is an address in digits and a port. Names are not looked up.
std::optional<ListenAddress> parse_listen_address(std::string_view text);

// PEM files for the public port; read at start, when they change, and on SIGHUP.
struct TlsConfig {
  std::string certificate;  // the chain, leaf first
  std::string key;
  // Authorities whose clients may show a certificate in place of another credential; empty: no
  // certificate is asked for.
  std::string client_ca{};

  friend bool operator==(const TlsConfig&, const TlsConfig&) = default;
};

// PEM files for the admin port, read like those of the public one.
struct AdminTlsConfig {
  std::string certificate;  // the chain, leaf first
  std::string key;
  // Authorities: who shows a certificate of theirs may ask. Empty: nobody is asked for one.
  std::string client_ca;

  friend bool operator==(const AdminTlsConfig&, const AdminTlsConfig&) = default;
};

// Whether whoever connects speaks the PROXY protocol first. Never guessed.
enum class ProxyProtocol : std::uint8_t { kOff, kRequired };

// In which header a proxy says whom a request comes from.
enum class ForwardedHeader : std::uint8_t { kNone, kXForwardedFor, kForwarded };

struct ServerConfig {
  ListenAddress listen{"127.0.0.1", 8080};        // clients
  ListenAddress admin_listen{"127.0.0.1", 9100};  // metrics and probes; never for the public
  std::uint32_t shards = 0;        // worker threads; 0: the cores granted less one, at least 1
  std::uint32_t feed_threads = 1;  // no more are started than there are venues
  std::optional<TlsConfig> tls;    // absent: plain
  // By what a proxy in front says who its clients are, and from which networks that is believed:
  // "10.0.0.0/8", "2001:db8::/32". At most one of the two ways.
  ProxyProtocol proxy_protocol = ProxyProtocol::kOff;
  ForwardedHeader forwarded_header = ForwardedHeader::kNone;
  std::vector<std::string> trusted_proxies;
  // Who may open a stream from a browser: scheme://host[:port], compared exactly, or "*" for all,
  // the default: there is no ambient credential that a foreign page could borrow.
  std::vector<std::string> origins{"*"};
  // Host names by which the admin port may be called, beside addresses and names without a dot; or
  // "*" for any. So a web page cannot reach it by a name of its own that points here.
  std::vector<std::string> admin_hosts;
  // Of one line: the bearer token of the admin port; read again when it changes. Empty: none.
  std::string admin_token_file;
  std::optional<AdminTlsConfig> admin_tls;  // absent: plain
  std::uint32_t ready_quorum = 0;           // feeds to be live before /readyz says ready; 0: all
  Milliseconds ready_patience{15'000};      // from the start; then ready with whatever is live
  Milliseconds drain_time{10'000};          // over which clients are sent away, at most
  Milliseconds drain_delay{0};              // from "not ready" to the first notice
};

struct LimitsConfig {
  std::uint32_t connections = 20'000;  // streams at once, or what the open files allow
  std::uint32_t unauthenticated_connections = 1'000;  // of them without a credential yet; 0: none
  std::uint32_t handshakes_per_second = 0;  // connections taken in, over all addresses; 0: no limit
  std::uint32_t subscriptions_per_connection = 5'000;
  std::uint32_t message_bytes = 262'144;         // largest message a client may send
  std::uint32_t requests_per_second = 20;        // sustained, by one client
  std::uint32_t request_burst = 1'000;           // at once, by one client; as many more wait
  std::uint32_t bad_requests = 50;               // after so many: closed with 4400
  std::uint32_t header_bytes = 32'768;           // largest head of an HTTP request
  std::uint32_t http_visitors = 256;             // answered over plain HTTP at once, streams apart
  std::uint32_t http_visitors_per_address = 32;  // 0: no limit; a proxy in front is one address
  // Of one address, or of one /64 of IPv6; eight times as much of a /48. 0: no limit.
  std::uint32_t connections_per_address = 0;
  std::uint32_t handshakes_per_second_per_address = 0;
  std::uint32_t failed_credentials_per_minute_per_address = 60;
  std::uint32_t http_bytes = 16'777'216;       // of all their requests and unread answers together
  std::uint64_t memory = 0;                    // of the process; 0: 80% of the cgroup's limit
  Milliseconds handshake_time{5'000};          // from accept to the upgrade (TLS included)
  Milliseconds idle_time{60'000};              // without a byte or a pong: closed with 4010
  Milliseconds write_deadline{10'000};         // socket takes nothing so long: closed with 4008
  Milliseconds min_interval{0};                // least interval_ms granted to a subscription
  std::uint32_t frame_bytes = 262'144;         // largest frame composed
  std::uint32_t send_buffer_bytes = 65'536;    // SO_SNDBUF of a client's socket
  std::uint32_t notsent_lowat_bytes = 16'384;  // TCP_NOTSENT_LOWAT, at most send_buffer_bytes
  std::uint32_t trades_kept = 256;             // newest trades of an instrument, for who comes back
  std::uint64_t trades_memory = 67'108'864;    // of them all, in one shard

  // A client is pinged four times within its idle time: every 15 s by default.
  Milliseconds ping_interval() const { return idle_time / 4; }
};

// kAuto: readable text on a terminal, JSON lines anywhere else.
enum class LogFormat : std::uint8_t { kAuto, kJson, kText };

struct LogConfig {
  feeds::log::Level level = feeds::log::Level::kInfo;
  LogFormat format = LogFormat::kAuto;
};

// kOmit: none; kCarry: a bar of the last close, without volume.
enum class EmptyBars : std::uint8_t { kOmit, kCarry };

struct BarsConfig {
  Milliseconds grace{1'000};                // from a bar's end to its close, by our clock
  EmptyBars empty = EmptyBars::kOmit;       // what an interval without a trade has
  std::uint32_t kept = 1'000;               // closed bars of each instrument and interval
  std::uint64_t memory = 256 * 1'048'576U;  // of the bars of one feed
};

struct FeedConfig {
  const feeds::Venue* venue = nullptr;  // of the table, which lives for ever
  std::string name;                  // of the feed in logs and metrics; default: the venue; unique
  std::vector<std::string> symbols;  // "BTC-USD", our spelling; with a capture it may be empty: all
                                     // that the capture holds
  // What the venue offers (its facts). The loader fills in its preset; 0 where there is no choice.
  std::uint32_t book_depth = 0;

  std::string websocket_url;  // wss://, or ws:// to a loopback host; empty: the venue's own
  std::string rest_url;       // https://, or http:// to a loopback host; empty: the venue's own
  std::uint32_t lines = 1;    // 2: each symbol over two connections; so too with an endpoint of the
                              // second, which is else the first's
  std::string second_websocket_url, second_rest_url;
  std::string proxy;    // http://[user:password@]host[:port], or "none"; empty: as the
                        // environment says
  std::string ca_file;  // PEM, trusted beside the system's; empty: none

  std::string capture;  // a file of capture format 1 in place of the network; empty: none
  double speed = 1.0;   // of the capture's own time
  bool loop = false;    // from the start again when the capture ends
  // About a gap in the capture: leave the instrument out until it is whole again, as on the
  // network, or go on through the holes (a capture that frames were cut out of).
  feeds::GapPolicy gaps = feeds::GapPolicy::kResync;

  Milliseconds stale_after{3'000};             // no shorter silence is called stale
  Milliseconds idle_timeout{30'000};           // no byte at all: reconnect
  Milliseconds planned_reconnect{82'800'000};  // of a connection, 23h; 0: never
  Milliseconds reconnect_min{500};             // first backoff
  Milliseconds reconnect_max{30'000};          // the backoff's cap, >= reconnect_min
  Milliseconds subscribe_ack_timeout{10'000};  // an unanswered subscription is resent

  // A price so many times above or below the last minute's median is not served; 0: any is.
  std::uint32_t price_factor = 10;
  Milliseconds price_move_after{10'000};  // but a new level that lasts so long is

  feeds::SourceSettings source;  // of a made-up venue; the keys stand directly in the feed
};

// What may be had, by a plan or where neither a credential nor its plan says anything.
struct EntitlementConfig {
  std::string name;                   // of a plan; of the defaults empty
  std::vector<std::string> symbols;   // patterns as clients write them; empty: all
  std::vector<std::string> channels;  // empty: all
  std::uint32_t depth = 5'000;        // levels of a book; of these the stream has 25
  Milliseconds min_interval{0};       // between two updates of a subscription
  Milliseconds delay{0};              // everything comes so much later, in whole seconds
  std::uint32_t connections = 0;      // of a subject at once; 0: no limit
  std::uint32_t subscriptions = 0;    // of a connection; 0: no limit but the gateway's own
  std::vector<std::string> said;      // the keys that stand in the file: of others nothing is said

  friend bool operator==(const EntitlementConfig&, const EntitlementConfig&) = default;
};

// Different delays of plans and defaults: each is a stream of its own.
inline constexpr std::size_t kMostDelays = 4;
inline constexpr std::chrono::hours kMostDelay{24};

// Who may come in. There is a key of one kind at least.
struct AuthConfig {
  std::string jwks_file;      // a JWK set; empty: none
  std::string jwks_url;       // https://, or http:// to a loopback host; empty: none
  std::string api_keys_file;  // as `tickgate key` writes it; empty: none
  std::string issuer;         // what tokens say of who issued them; empty: not asked for
  std::string audience;       // and of whom they are for; both are set beside a URL
  Milliseconds time{5'000};   // from the upgrade to a credential in band
  Milliseconds token_lifetime{366 * 86'400'000L};  // no token is taken that ends later
  std::vector<std::string> certificates;  // names of clients': "CN=desk-7", "DNS:a.b as PLAN"
  std::vector<std::string> denied;        // subjects, or "SUBJECT before 2026-11-29T12:00:00Z"
  EntitlementConfig defaults;
  std::uint64_t delay_memory = 256 * 1'048'576U;  // what is held back for those who are delayed
  std::string delay_directory;                    // where its file is; empty: in memory

  friend bool operator==(const AuthConfig&, const AuthConfig&) = default;
};

// How much of a client's address the usage ledger may hold: nothing, its network (an IPv4 /24, an
// IPv6 /48), or all of it.
enum class LedgerAddresses : std::uint8_t { kNone, kPrefix, kFull };

// Who has used what, by day.
struct LedgerConfig {
  std::string directory;  // of its files; it has to be there. Empty: no ledger
  LedgerAddresses addresses = LedgerAddresses::kNone;
};

// A NATS server, or several of one cluster, and how it knows us: what is secret stands in files.
struct NatsConfig {
  std::vector<std::string> url;  // "nats://10.0.0.5:4222", or tls://; one or more, tried in turn
  std::string credentials_file;  // at most one of these: a .creds file,
  std::string nkey_file;         // the seed of an nkey,
  std::string user;              // or a user,
  std::string password_file;     // and the password in a file of one line
  std::string ca_file;           // PEM, trusted in place of the system's; empty: those
  std::string certificate, key;  // PEM, of ours; both or none
  std::string subject_prefix = "tickgate.v1";

  friend bool operator==(const NatsConfig&, const NatsConfig&) = default;
};

// Where the trades are kept for edges that come later.
enum class TradesStorage : std::uint8_t { kMemory, kFile };

// An ingest: what its feeds say goes out to NATS.
struct PublishConfig {
  NatsConfig nats;
  std::string name;                     // among ingests; empty: the host's
  std::vector<std::string> bars{"1m"};  // intervals published always, others while wanted
  std::uint32_t replicas = 1;           // of the streams, in a cluster of servers
  Milliseconds trades_age{600'000};     // trades are kept so long at most
  std::uint64_t trades_memory = 256 * 1'048'576U;  // and as many as this holds
  TradesStorage trades_storage = TradesStorage::kMemory;

  friend bool operator==(const PublishConfig&, const PublishConfig&) = default;
};

// An edge: what it serves comes from ingests, over NATS. It stands in `feeds`, alone.
struct EdgeConfig {
  NatsConfig nats;
  std::vector<std::string> symbols;  // patterns as clients write them; empty: all
  Milliseconds linger{30'000};       // what nobody follows any more is asked for so much longer

  friend bool operator==(const EdgeConfig&, const EdgeConfig&) = default;
};

// BEST:BTC-USD and the like: the best bid and offer over venues.
struct ConsolidatedConfig {
  std::vector<std::string> pairs;   // "BTC-USD", "*-USD", "BTC-*" or "*"
  std::vector<std::string> venues;  // as venue_label() has them; the loader fills in all of them
  std::vector<std::string> join;    // currencies that count as the pairs' own
};

// The feed's venue as it stands in symbols, in small letters. Its venue is set.
std::string venue_label(const FeedConfig& feed);

struct Config {
  ServerConfig server;
  LimitsConfig limits;
  LogConfig log;
  BarsConfig bars;
  LedgerConfig ledger;
  std::optional<AuthConfig> auth;        // absent: everybody may have everything
  std::vector<EntitlementConfig> plans;  // by name, each once
  std::optional<PublishConfig> publish;  // absent: nothing is published
  std::optional<EdgeConfig> edge;        // then there are no other feeds
  std::vector<FeedConfig> feeds;
  std::vector<ConsolidatedConfig> consolidated;
};

}  // namespace tickgate::gateway

// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "gateway/config/auth_values.h"
#include "gateway/config/cluster_values.h"
#include "gateway/config/keys.h"
#include "schemas/interval.h"

// The keys of `publish` and of a feed of venue nats. None of them can change while the process
// runs: its edges, or its clients, are on what they name.
namespace tickgate::gateway {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr ListItems kUrls = {
    .least = 1,
    .most = 16,
    .of_what = "URLs",
    .expected = "nats://host:port or tls://host:port, without a user or a password",
    .right = is_nats_url,
    .once = "each URL once",
    .or_one = true,
    .hidden = true};
constexpr ListItems kIntervals = {.least = 0,
                                  .most = schemas::kIntervalCount,
                                  .of_what = "intervals",
                                  .expected = "1s, 1m, 5m, 15m, 1h, 4h or 1d",
                                  .right = is_interval,
                                  .once = "each interval once"};

void visit_nats(KeyVisitor& keys, NatsConfig& nats) {
  keys.list(fixed("url", "the servers, nats:// or tls://, one or a list"), nats.url, kUrls);
  keys.file(fixed("credentials_file", "a .creds file, by which the server knows us"),
            nats.credentials_file);
  keys.file(fixed("nkey_file", "the seed of an nkey, in its place"), nats.nkey_file);
  keys.word(fixed("user", "a user, in their place; its password stands in password_file"),
            nats.user, "1 to 256 bytes",
            [](const std::string& text) { return text.size() <= 256; });
  keys.file(fixed("password_file", "one line: the user's password"), nats.password_file);
  keys.file(fixed("ca_file", "PEM file, the authorities of the servers; else the system's"),
            nats.ca_file);
  keys.file(fixed("certificate", "PEM file, our own, where servers ask for one"), nats.certificate);
  keys.file(fixed("key", "PEM file, its key"), nats.key);
  keys.word(fixed("subject_prefix", "what all subjects begin with; edges have the ingest's"),
            nats.subject_prefix, "words of A-Z, a-z, 0-9, - and _ with dots between them",
            is_subject_prefix);
}

}  // namespace

void visit_keys(KeyVisitor& keys, PublishConfig& publish) {
  visit_nats(keys, publish.nats);
  keys.word(fixed("name", "among the ingests; absent: the host's"), publish.name,
            "1 to 64 of A-Z, a-z, 0-9, ., - and _", is_ingest_name);
  keys.list(fixed("bars", "intervals published always, the others while an edge wants them"),
            publish.bars, kIntervals);
  keys.whole<std::uint32_t>(fixed("replicas", "of what the servers keep, in a cluster of them"),
                            publish.replicas, 1, 5);
  keys.duration(fixed("trades_age", "so long trades are kept for edges that come back"),
                publish.trades_age, seconds(10), hours(24));
  keys.size(fixed("trades_memory", "and so much of them at most"), publish.trades_memory, kMiB,
            std::uint64_t{1} << 36U);
  keys.choice(fixed("trades_storage", "where the servers keep them: memory, or a file"),
              publish.trades_storage, {"memory", "file"});
}

void visit_keys(KeyVisitor& keys, EdgeConfig& edge) {
  keys.other({"venue", "where the prices come from"});
  visit_nats(keys, edge.nats);
  keys.list(fixed("symbols", "of what the ingest has, as clients write them; absent: all"),
            edge.symbols, kSymbolPatterns);
  keys.duration(fixed("linger", "what nobody follows any more is asked for so much longer"),
                edge.linger, seconds(0), minutes(10));
}

}  // namespace tickgate::gateway

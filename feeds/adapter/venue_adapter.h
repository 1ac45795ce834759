// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/adapter/candles.h"
#include "feeds/adapter/credentials.h"
#include "feeds/adapter/implausible.h"
#include "feeds/adapter/order_book.h"
#include "feeds/adapter/venue_facts.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// One thing subscribed to at a venue; what an acknowledgement speaks of.
struct VenueSubscription {
  schemas::InstrumentId instrument;
  schemas::Channel channel{};
  friend bool operator==(VenueSubscription, VenueSubscription) = default;
};

// A venue's own number: "u", 123.
struct VenueNumber {
  std::string_view name;  // a literal
  std::uint64_t value = 0;
};

// What an adapter meets and only counts. The names are metric label values.
enum class Anomaly : std::uint8_t {
  kParseError,         // not JSON, a field missing, a number that is none: the message was dropped
  kDuplicate,          // a sequence seen before: dropped
  kGap,                // a sequence was skipped
  kChecksumFailed,     // the rebuilt book is not the venue's
  kCrossedBook,        // best bid >= best ask
  kUnknownInstrument,  // a message for a symbol never asked for: dropped
  kUnknownMessage,     // a kind of message we do not know: dropped
  kBadTime,            // a time that is none, or cannot be one: left out, the rest counts
  kContradiction,      // the book and another channel tell different best prices
};
inline constexpr std::size_t kAnomalyCount = 9;
std::string_view name(Anomaly anomaly);

// An adapter's own name for a question, which comes back with the answer.
using FetchTag = std::uint64_t;
inline constexpr FetchTag kNoTag = 0;

// One question over HTTPS.
struct FetchRequest {
  std::string url;
  FetchTag tag = kNoTag;
  // While the connection lasts, ask again so long after each time; 0: once. One period a tag, or,
  // without one, a URL: the newest request's.
  std::chrono::seconds period{0};
  std::uint32_t weight = 1;  // of the venue's own count (VenueLimits::fetch_weight_per_second)
  // Whose snapshot it is, if it is one's: those that clients follow go first.
  std::optional<schemas::InstrumentId> instrument{};
  bool background = false;  // nobody's price waits for it: after all others, and few at a time
};

// The answer to one. Views live during the call.
struct FetchAnswer {
  std::string_view target;  // the URL asked for
  FetchTag tag = kNoTag;    // kNoTag also for what a capture answers unasked
  int status = 0;           // 0: it failed before an answer
  std::string_view body;    // padded like a frame
};

// What an adapter says, to the feed (or the replay, or the test) that drives it. Called only from
// within a call into the adapter, on its thread. References and views live during the call.
class AdapterEvents {
 public:
  virtual ~AdapterEvents() = default;

  // The adapter knows this instrument from now on; comes before anything else about it.
  virtual void on_instrument(const schemas::Instrument& instrument) = 0;

  // Ticks. header.sequence is the venue's number where that is the same over every connection
  // (VenueFacts::numbered), else 0: two lines are arbitrated by it, and clients get the receiver's.
  // While an instrument is not synced the receiver drops its quotes and books.
  virtual void on_tick(const schemas::Quote& quote) = 0;
  virtual void on_tick(const schemas::Book& book) = 0;
  virtual void on_tick(const schemas::Trade& trade) = 0;
  virtual void on_tick(const schemas::Ticker& ticker) = 0;
  // `count` trades between the last one and the next will never come.
  virtual void on_trades_lost(schemas::InstrumentId instrument, std::uint64_t count) = 0;

  // Step 3 of a tick's life, when the check fails: a gap, a checksum, a crossed book. The
  // instrument's book can't be trusted until on_synced.
  virtual void on_recovering(schemas::InstrumentId instrument, std::string_view reason) = 0;
  // The book is complete and proven as far as the venue permits; precedes its first book tick.
  virtual void on_synced(schemas::InstrumentId instrument) = 0;
  // What the venue gave as its quote is none (crossed, say): of an instrument whose quotes are not
  // made of its book, until the next quote.
  virtual void on_quote_invalid(schemas::InstrumentId /*instrument*/, std::string_view /*reason*/) {
  }
  // The answer to probe(): whether the venue still has what it said last, as far as it can be
  // compared. Only when nothing of the instrument came between question and answer.
  virtual void on_probed(schemas::InstrumentId /*instrument*/, bool /*same*/) {}
  // The venue says that trading is halted, or that it does not list the instrument (closed).
  virtual void on_halted(schemas::InstrumentId instrument, std::string_view reason) = 0;
  virtual void on_closed(schemas::InstrumentId instrument, std::string_view reason) = 0;
  // Trading again after on_halted or on_closed.
  virtual void on_trading(schemas::InstrumentId instrument) = 0;

  // Requests, each granted when the venue's limits permit.
  // Send this text; each of `awaited` is to be acknowledged in time.
  virtual void send(std::string text, std::span<const VenueSubscription> awaited) = 0;
  // Fetch this URL; the answer comes to on_http with the same text as `target`.
  virtual void fetch(std::string url) = 0;
  // The same with a tag, a period or both; the answer comes to on_answer.
  virtual void fetch_as(FetchRequest request) { fetch(std::move(request.url)); }
  // Send this before all that waits, and at once: the answer to a venue that wants one in seconds.
  virtual void send_urgent(std::string text) { send(std::move(text), {}); }
  // Send this in its turn, and let neither log nor recording have it: a login.
  virtual void send_secret(std::string text) { send(std::move(text), {}); }
  // Call VenueAdapter::resync for this instrument, paced.
  virtual void request_resync(schemas::InstrumentId instrument) = 0;
  // Close this connection and open another. Noted only: on_close comes after this call into the
  // adapter has returned, and in a replay never.
  virtual void request_reconnect(std::string_view reason) = 0;
  // Open another, with an adapter of its own, and close this one when that one has every book: the
  // venue will close it, but not yet. Nothing goes down.
  virtual void request_replacement(std::string_view reason) { request_reconnect(reason); }

  // A tick answers for its own channel, and on_synced for the book. Where one message answers
  // several channels, say so for each: a quiet symbol's trades are else called unanswered.
  virtual void on_acknowledged(VenueSubscription subscription) = 0;
  // A refused book leaves its instrument down; any other channel is said to be missing beside
  // `live`. ask_again() comes for either, slowly, for as long as it is missing.
  virtual void on_refused(VenueSubscription subscription, std::string_view message) = 0;
  // The venue serves no more books over this connection than those it has granted: `refused` are to
  // go to another one. In place of on_refused; what was granted is left alone. The adapter says
  // nothing more of those, and is not asked for them again.
  virtual void on_limit_reached(std::span<const schemas::InstrumentId> /*refused*/,
                                std::string_view /*message*/) {}

  // What came of ask_candles(); also behind several pages, when all are there.
  virtual void on_candles(const CandleAnswer& /*answer*/) {}

  // `detail` says what was wrong, with the text that was; it is logged at most once a second.
  virtual void on_anomaly(Anomaly anomaly, std::string_view detail) = 0;
  virtual void on_checksum_verified(schemas::InstrumentId instrument) = 0;
  // What the message at hand says cannot be right, and the adapter does not give it on: beside the
  // anomaly, the loss or the resync that follows from it.
  virtual void on_quarantined(const ImplausibleTick& /*tick*/) {}
};

// --gaps of `tickgate replay`: a capture with frames cut out can be read through its holes.
enum class GapPolicy : std::uint8_t { kResync, kWarn };

struct AdapterSettings {
  std::vector<std::string> pairs;  // "BTC-USD": ours, not the venue's spelling
  std::size_t book_depth = 0;      // 0: the adapter's default; its meaning is the venue's
  std::string websocket_url;       // empty: the venue's own; "wss://host[:port][/path]"
  std::string rest_url;            // empty: the venue's own; "https://host[:port]", no path
  bool discover = false;           // take every instrument that appears (replay of a capture)
  GapPolicy gaps = GapPolicy::kResync;
  Credentials credentials{};
};

// A venue's protocol without I/O: bytes in, ticks and requests out. Owns no socket, thread, clock
// or timer. One thread at a time. Never throws and never aborts on what a venue sends.
class VenueAdapter {
 public:
  virtual ~VenueAdapter() = default;

  // Of the WebSocket, with the streams where the URL names them.
  virtual std::string url() const = 0;
  // Where its venue's time is asked for (VenueFacts::clock); empty: nowhere.
  virtual std::string clock_url() const { return {}; }
  // Of its venue; they outlive the adapter.
  virtual const VenueFacts& facts() const = 0;

  // The connection is up: subscribe. Announces every configured instrument the first time.
  virtual void on_open(schemas::Timestamp now) = 0;
  // Step 2 of a tick's life: a whole text frame is decoded. At least 64 bytes behind its end are
  // readable (simdjson's padding).
  virtual void on_text(std::string_view frame, schemas::Timestamp received) = 0;
  // A whole binary frame, padded likewise. False: the venue sends none, and this one counts as a
  // message that cannot be read.
  virtual bool on_binary(std::string_view /*frame*/, schemas::Timestamp /*received*/) {
    return false;
  }
  // The answer to a fetch of any kind. Whoever needs no tags leaves it to on_http.
  virtual void on_answer(const FetchAnswer& answer, schemas::Timestamp received) {
    on_http(answer.target, answer.status, answer.body, received);
  }
  // The answer to fetch(); status 0: it failed before an answer. The body is padded like a frame. A
  // capture may hold what this adapter never asks for: an Anomaly::kUnknownMessage of its target.
  virtual void on_http(std::string_view target, int status, std::string_view body,
                       schemas::Timestamp received) = 0;
  // In a recording that discover mode reads: a text that the connection sent. It names symbols as
  // they were configured, which what the venue answers may not.
  virtual void on_sent(std::string_view /*text*/) {}
  // The connection is gone, and with it every book. Says nothing: the feed marks instruments down.
  virtual void on_close() = 0;
  // While it is open. From now on it speaks for these pairs too: announces them and subscribes to
  // them alone. Whoever cannot is made anew instead: a capture's, a made-up venue's.
  virtual void carry(std::span<const std::string> /*pairs*/, schemas::Timestamp /*now*/) {}
  // For these no more: unsubscribes from them, and says nothing of what is still on its way.
  virtual void release(std::span<const schemas::InstrumentId> /*instruments*/,
                       schemas::Timestamp /*now*/) {}

  // Makes one instrument's book anew (asked for by request_resync, or after an ack timeout). Comes
  // again and again for a symbol that the venue never answers: ask for that symbol alone, and never
  // by request_reconnect.
  virtual void resync(schemas::InstrumentId instrument) = 0;

  // Subscribes to one channel of one instrument anew: it was refused, or never answered, or has
  // fallen silent. Comes again and again, paced.
  virtual void ask_again(VenueSubscription subscription) {
    if (subscription.channel == schemas::Channel::kBook) resync(subscription.instrument);
  }
  // The instrument is quieter than usual: ask the venue, beside the stream, whether what we show is
  // still so; on_probed answers. False: this venue cannot be asked, or not now.
  virtual bool probe(schemas::InstrumentId /*instrument*/) { return false; }

  // Ask the venue, beside the stream, for bars of the past; on_candles answers each time, once,
  // also when it failed. False: it has none of this interval, or cannot be asked.
  virtual bool ask_candles(const CandleRequest& /*request*/) { return false; }

  // Speaks for the same instruments as this one, or for more, made by the same factory, from which
  // it is to take over: what outlives a connection, as the last trade's id, is taken from it where
  // it is further on. Called before the first connection and again when it takes over. False: no
  // trade ids by which on_trades_lost would be exact.
  virtual bool continue_from(const VenueAdapter& /*predecessor*/) { return false; }

  // How far the venue has counted of this instrument, by its own numberings, for people: the names
  // are the venue's.
  virtual std::vector<VenueNumber> numbers(schemas::InstrumentId /*instrument*/) const {
    return {};
  }

  // The full-depth book, null while it is not synced. Valid until the next call into the adapter.
  virtual const OrderBook* book(schemas::InstrumentId instrument) const = 0;
};

}  // namespace tickgate::feeds

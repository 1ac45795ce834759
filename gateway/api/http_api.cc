// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/http_api.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_split.h"
#include "gateway/fanout/object_text.h"
#include "gateway/http/http_preferences.h"
#include "gateway/protocol/client_request.h"
#include "gateway/protocol/symbol_pattern.h"
#include "schemas/json.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

using schemas::Channel;
using schemas::to_std;

constexpr std::string_view kJson = "application/json; charset=utf-8";

constexpr std::string_view kFrontPage = R"(tickgate: a live price-feed gateway.

  ws  /v1/stream                                   prices as they change (WebSocket, JSON)
  GET /                                            for a browser: the market, live
  GET /v1/venues                                   the venues, and how they are
  GET /v1/instruments?venue=V&limit=1000           what there is, and its state
  GET /v1/snapshot?channel=quote&symbols=A,B       the newest values, once
  POST /v1/snapshot                                the same, asked with the body of a subscribe
  GET /v1/book?symbol=A&depth=1000                 one full-depth order book
  GET /client.js                                   a client in JavaScript, one module
  GET /v1/asyncapi.yaml, /v1/openapi.yaml          all of it, with a schema of each message

To begin, open a WebSocket to /v1/stream and send:

  {"op":"subscribe","id":1,"channel":"quote","symbols":["*"]}

Channels: quote, trade, book, ticker, bar, status. Prices are strings of the venue's own digits.
A price whose status is not "live" must not be shown as live.
)";

std::string respond(const HttpAnswerBody& body, bool head_only) {
  return compose_http_response(body.status, kJson, body.json, head_only);
}

// What a snapshot is to show of each symbol.
struct Wanted {
  Channel channel{};
  schemas::Interval interval{};  // of bars
};

void append_bar(std::string& out, FanOut& fan_out, const schemas::Instrument& instrument,
                schemas::Interval interval) {
  std::string bar;
  if (!fan_out.append_bar(bar, instrument, interval)) return;
  if (out.size() > 1) out.push_back(',');
  out.append(bar);
}

void append_value(std::string& out, FanOut& fan_out, const schemas::Instrument& instrument,
                  const Wanted& wanted) {
  const auto add = [&]<typename Tick>(const Tick* tick) {
    if (tick == nullptr) return;
    if (out.size() > 1) out.push_back(',');
    if constexpr (std::is_same_v<Tick, schemas::Quote>) {
      append_json(out, *tick, instrument.symbol, instrument.sources);
    } else if constexpr (std::is_same_v<Tick, schemas::InstrumentStatus>) {
      append_json(out, *tick, instrument.symbol, live_name(fan_out.delay_s()));
    } else {
      append_json(out, *tick, instrument.symbol);
    }
    append_member(out, delay_member(fan_out.delay_s()));
  };
  const auto& cache = fan_out.cache();
  const auto channel = wanted.channel;
  const bool with_book = channel == Channel::kBook || channel == Channel::kStatus;
  if (const auto* const status = cache.status(instrument.id)) {
    const auto seen = with_book ? *status : without_book(*status);
    add(&seen);
  }
  switch (channel) {
    case Channel::kQuote:
      return add(cache.quote(instrument.id));
    case Channel::kTrade:
      return add(cache.trade(instrument.id));
    case Channel::kBook:
      return add(cache.book(instrument.id));
    case Channel::kTicker:
      return add(cache.ticker(instrument.id));
    case Channel::kStatus:
      return;
    case Channel::kBar:
      return append_bar(out, fan_out, instrument, wanted.interval);
  }
}

// The newest values of what a request names, as one array.
class Snapshot {
 public:
  enum class Added : std::uint8_t { kYes, kUnknown, kTooMany };

  Snapshot(FanOut& fan_out, const Wanted& wanted) : fan_out_(fan_out), wanted_(wanted) {}

  static std::size_t most(Channel channel) {
    return channel == Channel::kBar ? HttpApi::kMaxSnapshotBars : HttpApi::kMaxSnapshotSymbols;
  }

  Added add(std::string_view symbol) {
    const auto pattern = SymbolPattern::parse(symbol);
    if (!pattern.has_value()) return Added::kUnknown;
    if (pattern->is_exact()) {
      const auto* instrument = fan_out_.instrument(symbol);
      return instrument == nullptr ? Added::kUnknown : add(*instrument);
    }
    if (++patterns_ > SymbolPattern::kMaxInRequest) return Added::kTooMany;
    const auto& text = pattern->text();
    return text.starts_with("*:") && text != "*:*" ? add_everywhere(text.substr(2))
                                                   : add_all(text.substr(0, text.find('*')));
  }
  std::string finish() { return std::move(json_) + "]"; }

 private:
  // Both go by the order of symbols, so that a pattern costs what it finds and no look at 50,000.
  // All whose symbols begin so: "KRAKEN:", or with anything.
  Added add_all(std::string_view prefix) {
    const auto& all = fan_out_.in_order();
    for (auto at = all.lower_bound(prefix); at != all.end(); ++at) {
      if (!(*at)->symbol.starts_with(prefix)) break;
      if (add(**at) == Added::kTooMany) return Added::kTooMany;
    }
    return Added::kYes;
  }
  // This pair at each venue.
  Added add_everywhere(std::string_view pair) {
    const auto& all = fan_out_.in_order();
    for (auto at = all.begin(); at != all.end();) {
      std::string venue = (*at)->symbol.substr(0, (*at)->symbol.find(':'));
      const auto* const instrument = fan_out_.instrument(fmt::format("{}:{}", venue, pair));
      if (instrument != nullptr && add(*instrument) == Added::kTooMany) return Added::kTooMany;
      venue.push_back(':' + 1);  // behind all of this venue
      at = all.lower_bound(std::string_view(venue));
    }
    return Added::kYes;
  }
  Added add(const schemas::Instrument& instrument) {
    if (++count_ > most(wanted_.channel)) return Added::kTooMany;
    append_value(json_, fan_out_, instrument, wanted_);
    return Added::kYes;
  }

  FanOut& fan_out_;
  Wanted wanted_;
  std::string json_ = "[";
  std::size_t count_ = 0, patterns_ = 0;
};

HttpAnswerBody newest_values(const std::vector<std::string_view>& symbols, const Wanted& wanted,
                             FanOut& fan_out) {
  Snapshot snapshot(fan_out, wanted);
  for (const auto symbol : symbols) {
    switch (snapshot.add(symbol)) {
      case Snapshot::Added::kYes:
        break;
      case Snapshot::Added::kUnknown:
        return unknown_symbol_body("symbols", symbol, fan_out);
      case Snapshot::Added::kTooMany:
        return error_body(
            400, ErrorCode::kTooManySymbols,
            fmt::format("symbols: at most {} in all, and {} patterns",
                        Snapshot::most(wanted.channel), SymbolPattern::kMaxInRequest));
    }
  }
  return {200, snapshot.finish()};
}

}  // namespace

std::string instruments_response(const HttpRequest& request, const KeptPage& page) {
  const auto link = page.next.empty() ? "" : fmt::format(R"(<{}>; rel="next")", page.next);
  std::vector<HttpHeader> headers{{"Vary", "Accept-Encoding, Origin"},
                                  {"Access-Control-Expose-Headers", "ETag, Link"}};
  if (!link.empty()) headers.push_back({"Link", link});
  return compose_page_response(request, kJson, page, std::move(headers));
}

HttpAnswerBody snapshot_json(const HttpRequest& request, FanOut& fan_out) {
  if (request.is_post) {
    const auto parsed = RequestParser().parse_snapshot(request.body);
    if (const auto* const error = std::get_if<RequestError>(&parsed)) {
      return error_body(400, error->code, error->message);
    }
    const auto& asked = std::get<SubscribeRequest>(parsed);
    return newest_values({asked.symbols.begin(), asked.symbols.end()},
                         {asked.channel, asked.interval}, fan_out);
  }
  const auto channel = schemas::channel_from_name(request.parameter("channel").value_or("quote"));
  if (!channel.has_value()) {
    return error_body(400, ErrorCode::kBadRequest,
                      "channel: expected quote, trade, book, ticker, bar or status");
  }
  Wanted wanted{*channel};
  if (*channel == Channel::kBar) {
    const auto name = request.parameter("interval");
    const auto interval = schemas::interval_from_name(name.value_or(""));
    if (!interval.has_value()) {
      return error_body(400, name ? ErrorCode::kUnknownInterval : ErrorCode::kBadRequest,
                        fmt::format("interval: expected {}", kIntervalNames));
    }
    wanted.interval = *interval;
  }
  const auto symbols = request.parameter("symbols");
  if (!symbols.has_value() || symbols->empty()) {
    return error_body(400, ErrorCode::kBadRequest,
                      "symbols: expected one or more, separated by commas");
  }
  std::vector<std::string_view> parts;
  for (const auto part : absl::StrSplit(schemas::to_absl(*symbols), ',')) {
    parts.push_back(to_std(part));
  }
  return newest_values(parts, wanted, fan_out);
}

void HttpApi::answer(const std::shared_ptr<HttpSession>& session, const HttpRequest& request,
                     FanOut& fan_out, boost::asio::io_context& shard) {
  const bool head = request.head_only;
  if (request.path == "/v1/instruments") {
    answer_instruments(session, request, fan_out, shard);
  } else if (request.path == "/v1/snapshot") {
    session->answer(respond(snapshot_json(request, fan_out), head));
  } else if (request.path == "/v1/book") {
    answer_book(session, request, fan_out, shard);
  } else if (request.path == "/v1/venues") {
    session->answer(respond({200, venues_()}, head));
  } else if (request.path == "/readyz") {
    const auto state = ready_();
    session->answer(compose_http_response(state.ready ? 200 : 503, "text/plain; charset=utf-8",
                                          state.why + "\n", head));
  } else if (auto file = files_.answer(request)) {
    session->answer(*std::move(file));
  } else if (request.path == "/") {
    const HttpHeader vary[] = {{"Vary", "Accept"}};
    session->answer(
        compose_http_response(200, "text/plain; charset=utf-8", kFrontPage, head, vary));
  } else {
    session->answer(respond(error_body(404, ErrorCode::kBadRequest, "no such path; see /"), head));
  }
}

void HttpApi::answer_instruments(const std::shared_ptr<HttpSession>& session,
                                 const HttpRequest& request, const FanOut& fan_out,
                                 boost::asio::io_context& shard) {
  auto query = InstrumentQuery::read(request, fan_out);
  if (const auto* const error = std::get_if<HttpAnswerBody>(&query)) {
    return session->answer(respond(*error, request.head_only));
  }
  auto& pages = instruments_.try_emplace(fan_out.delay_s(), fan_out, shard).first->second;
  const bool taken = pages.read(
      std::get<InstrumentQuery>(std::move(query)), wants_gzip(request.accept_encoding), session,
      [weak = std::weak_ptr(session), request](const InstrumentPages::Page& page) {
        const auto waiting = weak.lock();
        if (waiting != nullptr) waiting->answer(instruments_response(request, *page));
      });
  if (taken) return;
  const auto refused = error_body(503, ErrorCode::kNotReady, "too many ask for instruments");
  const HttpHeader retry[] = {{"Retry-After", "1"}};
  session->answer(
      compose_http_response(refused.status, kJson, refused.json, request.head_only, retry));
}

void HttpApi::answer_book(const std::shared_ptr<HttpSession>& session, const HttpRequest& request,
                          const FanOut& fan_out, boost::asio::io_context& shard) {
  const bool head = request.head_only;
  const auto symbol = request.parameter("symbol").value_or("");
  if (symbol.empty()) {
    return session->answer(
        respond(error_body(400, ErrorCode::kBadRequest, "symbol: missing, expected one"), head));
  }
  const auto* instrument = fan_out.instrument(symbol);
  if (instrument == nullptr) {
    return session->answer(respond(unknown_symbol_body("symbol", symbol, fan_out), head));
  }
  const auto text = request.parameter("depth").value_or("1000");
  std::uint32_t depth = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), depth);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || depth == 0 ||
      depth > kMaxBookDepth) {
    return session->answer(
        respond(error_body(400, ErrorCode::kBadRequest,
                           fmt::format("depth: expected 1 to {}", kMaxBookDepth)),
                head));
  }
  if (fan_out.stands_still(instrument->id)) {  // it would not be answered
    return session->answer(
        respond(error_body(503, ErrorCode::kNotReady, "the feed's thread stands still"), head));
  }
  // There and back: the text is made elsewhere, the answer sent on the shard's thread.
  books_.read_book(
      *instrument, depth, [weak = std::weak_ptr(session), head, &shard](std::string json) {
        boost::asio::post(shard, [weak, head, json = std::move(json)] {
          const auto waiting = weak.lock();
          if (waiting == nullptr) return;
          waiting->answer(
              json.empty()
                  ? respond(error_body(503, ErrorCode::kNotReady, "the book is not whole"), head)
                  : respond({200, json}, head));
        });
      });
}

}  // namespace tickgate::gateway

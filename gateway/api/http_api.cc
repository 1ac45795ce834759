// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/http_api.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_split.h"
#include "gateway/protocol/replies.h"
#include "gateway/protocol/symbol_pattern.h"
#include "schemas/json.h"
#include "schemas/text.h"
#include "schemas/utf8.h"

namespace tickgate::gateway {
namespace {

using schemas::Channel;
using schemas::to_std;

constexpr std::string_view kJson = "application/json; charset=utf-8";

constexpr std::string_view kFrontPage = R"(tickgate: a live price-feed gateway.

  ws  /v1/stream                                   prices as they change (WebSocket, JSON)
  GET /v1/instruments                              what there is, and its state
  GET /v1/snapshot?channel=quote&symbols=A,B       the newest values, once
  GET /v1/book?symbol=A&depth=1000                 one full-depth order book

To begin, open a WebSocket to /v1/stream and send:

  {"op":"subscribe","id":1,"channel":"quote","symbols":["*"]}

Channels: quote, trade, book, ticker, status. Prices are strings of the venue's own digits.
A price whose status is not "live" must not be shown as live.
)";

HttpAnswerBody error_body(unsigned status, ErrorCode code, std::string_view message) {
  Replies error;
  error.add_error("null", code, message, false);
  return {status, error.text()};
}

std::string respond(const HttpAnswerBody& body, bool head_only) {
  return compose_http_response(body.status, kJson, body.json, head_only);
}

void append_value(std::string& out, const FanOut& fan_out, const schemas::Instrument& instrument,
                  Channel channel) {
  const auto add = [&](const auto* tick) {
    if (tick == nullptr) return;
    if (out.size() > 1) out.push_back(',');
    append_json(out, *tick, instrument.symbol);
  };
  const auto& cache = fan_out.cache();
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
    case Channel::kBar:
      return;
  }
}

// "unknown btc-usd, did you mean KRAKEN:BTC-USD?"
std::string unknown(const FanOut& fan_out, std::string_view symbol) {
  const auto near = fan_out.near_symbols(symbol);
  return fmt::format("unknown {}{}{}{}", schemas::utf8_prefix(symbol, SymbolPattern::kMaxLength),
                     near.empty() ? "" : ", did you mean ", fmt::join(near, " or "),
                     near.empty() ? "" : "?");
}

// The newest values of what a request names, as one array.
class Snapshot {
 public:
  enum class Added : std::uint8_t { kYes, kUnknown, kTooMany };

  Snapshot(const FanOut& fan_out, Channel channel) : fan_out_(fan_out), channel_(channel) {}

  Added add(std::string_view symbol) {
    const auto pattern = SymbolPattern::parse(symbol);
    if (!pattern.has_value()) return Added::kUnknown;
    if (pattern->is_exact()) {
      const auto* instrument = fan_out_.instrument(symbol);
      return instrument == nullptr ? Added::kUnknown : add(*instrument);
    }
    if (++patterns_ > SymbolPattern::kMaxInRequest) return Added::kTooMany;
    for (const auto* instrument : fan_out_.instruments()) {
      if (instrument == nullptr || !pattern->matches(*instrument)) continue;
      if (add(*instrument) == Added::kTooMany) return Added::kTooMany;
    }
    return Added::kYes;
  }
  std::string finish() { return std::move(json_) + "]"; }

 private:
  Added add(const schemas::Instrument& instrument) {
    if (++count_ > HttpApi::kMaxSnapshotSymbols) return Added::kTooMany;
    append_value(json_, fan_out_, instrument, channel_);
    return Added::kYes;
  }

  const FanOut& fan_out_;
  Channel channel_;
  std::string json_ = "[";
  std::size_t count_ = 0, patterns_ = 0;
};

}  // namespace

std::string instruments_json(const FanOut& fan_out) {
  std::string out = "[";
  for (const auto* instrument : fan_out.instruments()) {
    if (instrument == nullptr) continue;
    const auto* status = fan_out.cache().status(instrument->id);
    const auto state = status == nullptr ? schemas::State::kDown : status->state;
    if (out.size() > 1) out.push_back(',');
    fmt::format_to(std::back_inserter(out),
                   R"({{"symbol":"{}","venue":"{}","base":"{}","quote":"{}","state":"{}"}})",
                   instrument->symbol, instrument->venue, instrument->base, instrument->quote,
                   name(state));
  }
  out.push_back(']');
  return out;
}

HttpAnswerBody snapshot_json(const HttpRequest& request, const FanOut& fan_out) {
  const auto channel = schemas::channel_from_name(request.parameter("channel").value_or("quote"));
  if (!channel.has_value()) {
    return error_body(400, ErrorCode::kBadRequest,
                      "channel: expected quote, trade, book, ticker or status");
  }
  if (*channel == Channel::kBar) {
    return error_body(400, ErrorCode::kUnknownChannel, "channel: \"bar\" is not served");
  }
  const auto symbols = request.parameter("symbols");
  if (!symbols.has_value() || symbols->empty()) {
    return error_body(400, ErrorCode::kBadRequest,
                      "symbols: expected one or more, separated by commas");
  }
  Snapshot snapshot(fan_out, *channel);
  for (const auto part : absl::StrSplit(schemas::to_absl(*symbols), ',')) {
    switch (snapshot.add(to_std(part))) {
      case Snapshot::Added::kYes:
        break;
      case Snapshot::Added::kUnknown:
        return error_body(404, ErrorCode::kUnknownSymbol,
                          "symbols: " + unknown(fan_out, to_std(part)));
      case Snapshot::Added::kTooMany:
        return error_body(400, ErrorCode::kTooManySymbols,
                          fmt::format("symbols: at most {} in all, and {} patterns",
                                      HttpApi::kMaxSnapshotSymbols, SymbolPattern::kMaxInRequest));
    }
  }
  return {200, snapshot.finish()};
}

void HttpApi::answer(const std::shared_ptr<HttpSession>& session, const HttpRequest& request,
                     const FanOut& fan_out, boost::asio::io_context& shard) {
  const bool head = request.head_only;
  if (request.path == "/v1/instruments") {
    session->answer(respond({200, instruments_json(fan_out)}, head));
  } else if (request.path == "/v1/snapshot") {
    session->answer(respond(snapshot_json(request, fan_out), head));
  } else if (request.path == "/v1/book") {
    answer_book(session, request, fan_out, shard);
  } else if (request.path == "/") {
    session->answer(compose_http_response(200, "text/plain; charset=utf-8", kFrontPage, head));
  } else {
    session->answer(respond(error_body(404, ErrorCode::kBadRequest, "no such path; see /"), head));
  }
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
    return session->answer(respond(
        error_body(404, ErrorCode::kUnknownSymbol, "symbol: " + unknown(fan_out, symbol)), head));
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

// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/http_api.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/api/snapshot.h"
#include "gateway/api/venue_board.h"
#include "gateway/http/http_preferences.h"
#include "gateway/http/http_refusal.h"

namespace tickgate::gateway {
namespace {

using schemas::Channel;

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

bool is_guarded(std::string_view path) {
  return path == "/v1/instruments" || path == "/v1/snapshot" || path == "/v1/book" ||
         path == "/v1/venues";
}

// What lives with the feeds, which know of no delay.
HttpAnswerBody not_delayed(std::string_view what) {
  return error_body(403, ErrorCode::kForbidden, fmt::format("{} are not to be had delayed", what));
}

std::string respond(const HttpAnswerBody& body, bool head_only) {
  return compose_http_response(body.status, kJsonType, body.json, head_only);
}

std::string venues_that_are_covered(std::string all, const Entitled& who) {
  if (who.coverage == nullptr) return all;
  return venues_shown(all, [&](std::string_view venue) {
    auto text = std::string(venue) + ":*";
    absl::AsciiStrToUpper(&text);
    const auto pattern = SymbolPattern::parse(text);
    return pattern.has_value() && who.coverage->meets(*pattern);
  });
}

}  // namespace

std::string instruments_response(const HttpRequest& request, const KeptPage& page) {
  const auto link = page.next.empty() ? "" : fmt::format(R"(<{}>; rel="next")", page.next);
  // What is for one is not for a cache that others share, nor for another credential.
  std::vector<HttpHeader> headers{
      {"Vary",
       request.guarded ? "Authorization, Accept-Encoding, Origin" : "Accept-Encoding, Origin"},
      {"Access-Control-Expose-Headers", "ETag, Link"}};
  if (!link.empty()) headers.push_back({"Link", link});
  return compose_page_response(request, kJsonType, page, std::move(headers));
}

void HttpApi::answer(const std::shared_ptr<HttpSession>& session, const HttpRequest& request,
                     FanOut& fan_out, boost::asio::io_context& shard) {
  const bool head = request.head_only;
  const Entitled who{request.grant, request.grant ? entitlements_.of(request.grant) : nullptr};
  if (request.guarded && who.grant == nullptr && is_guarded(request.path)) {
    session->answer(compose_unauthenticated(
        ErrorCode::kUnauthenticated,
        "a credential is needed: Authorization: Bearer, with a token or an API key", false, head));
  } else if (fan_out.delay_s() == Market::kNever && is_guarded(request.path)) {
    session->answer(
        respond(error_body(403, ErrorCode::kForbidden, delay_refusal(*who.grant)), head));
  } else if (request.path == "/v1/instruments") {
    answer_instruments(session, request, fan_out, who, shard);
  } else if (request.path == "/v1/snapshot") {
    answer_snapshot(session, request, fan_out, who);
  } else if (request.path == "/v1/book") {
    answer_book(session, request, fan_out, who, shard);
  } else if (request.path == "/v1/venues") {
    // Only as they are now.
    session->answer(respond(who.is_delayed()
                                ? not_delayed("the venues' states")
                                : HttpAnswerBody{200, venues_that_are_covered(venues_(), who)},
                            head));
  } else if (request.path == "/readyz") {
    const auto state = ready_();
    session->answer(
        compose_http_response(state.ready ? 200 : 503, kTextType, state.why + "\n", head));
  } else if (auto file = files_.answer(request)) {
    session->answer(*std::move(file));
  } else if (request.path == "/") {
    const HttpHeader vary[] = {{"Vary", "Accept"}};
    session->answer(compose_http_response(200, kTextType, kFrontPage, head, vary));
  } else {
    session->answer(respond(error_body(404, ErrorCode::kBadRequest, "no such path; see /"), head));
  }
}

void HttpApi::answer_instruments(const std::shared_ptr<HttpSession>& session,
                                 const HttpRequest& request, const FanOut& fan_out,
                                 const Entitled& who, boost::asio::io_context& shard) {
  auto query = InstrumentQuery::read(request, fan_out, who);
  if (const auto* const error = std::get_if<HttpAnswerBody>(&query)) {
    return session->answer(respond(*error, request.head_only));
  }
  auto& pages = instruments_.try_emplace(fan_out.delay_s(), fan_out, shard).first->second;
  const bool taken = pages.read(
      {std::get<InstrumentQuery>(std::move(query)), who, wants_gzip(request.accept_encoding)},
      session, [weak = std::weak_ptr(session), request](const InstrumentPages::Page& page) {
        const auto waiting = weak.lock();
        if (waiting != nullptr) waiting->answer(instruments_response(request, *page));
      });
  if (taken) return;
  const auto refused = error_body(503, ErrorCode::kNotReady, "too many ask for instruments");
  const HttpHeader retry[] = {{"Retry-After", "1"}};
  session->answer(
      compose_http_response(refused.status, kJsonType, refused.json, request.head_only, retry));
}

void HttpApi::answer_snapshot(const std::shared_ptr<HttpSession>& session,
                              const HttpRequest& request, FanOut& fan_out, const Entitled& who) {
  std::vector<MissingValue> missing;
  const auto body = snapshot_json(request, fan_out, who, fetches_ == nullptr ? nullptr : &missing);
  // What is delayed comes no sooner for being asked for.
  if (missing.empty() || body.status != 200 || fan_out.delay_s() > 0) {
    return session->answer(respond(body, request.head_only));
  }
  const bool taken = fetches_->fetch(
      std::move(missing), fan_out, monotonic_now(),
      [weak = std::weak_ptr(session), request, &fan_out, who] {
        const auto waiting = weak.lock();
        if (waiting == nullptr) return;
        waiting->answer(respond(snapshot_json(request, fan_out, who), request.head_only));
      });
  if (taken) return;
  const auto refused = error_body(503, ErrorCode::kNotReady, "too many ask for what is not here");
  const HttpHeader retry[] = {{"Retry-After", "1"}};
  session->answer(
      compose_http_response(refused.status, kJsonType, refused.json, request.head_only, retry));
}

void HttpApi::answer_book(const std::shared_ptr<HttpSession>& session, const HttpRequest& request,
                          const FanOut& fan_out, const Entitled& who,
                          boost::asio::io_context& shard) {
  const bool head = request.head_only;
  const auto symbol = request.parameter("symbol").value_or("");
  if (symbol.empty()) {
    return session->answer(
        respond(error_body(400, ErrorCode::kBadRequest, "symbol: missing, expected one"), head));
  }
  if (!who.allows(Channel::kBook)) {
    return session->answer(respond(forbidden_body("channel", "book", *who.grant), head));
  }
  if (!who.covers(symbol)) {
    return session->answer(respond(forbidden_body("symbol", symbol, *who.grant), head));
  }
  if (who.is_delayed()) {
    return session->answer(respond(not_delayed("whole books (a snapshot's have 25 levels)"), head));
  }
  const auto* instrument = fan_out.instrument(symbol);
  if (instrument == nullptr) {
    return session->answer(respond(unknown_symbol_body("symbol", symbol, fan_out, who), head));
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
  depth = who.depth(depth);
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

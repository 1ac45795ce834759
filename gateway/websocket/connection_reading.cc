// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "gateway/websocket/connection.h"
#include "gateway/websocket/frame_composer.h"

// What a connection hears: readiness, frames, requests.
namespace tickgate::gateway {
namespace {

// Of one client, before others have their turn: some thousand frames of the smallest.
constexpr std::size_t kBytesPerTurn = 16'384;
// What a frame costs us beside its bytes, as so many bytes; and a request at once, of the burst.
constexpr std::int32_t kFrameCost = 64;
constexpr std::uint32_t kRequestCost = 256;
// Read in any case between two sweeps, beside a message of the largest size, or the burst.
constexpr std::uint32_t kLeastBudget = 65'536;
// Replies that may wait before the client is read no further.
constexpr std::size_t kManyReplies = 65'536;
// So many of the largest messages may wait for one client's turn.
constexpr std::size_t kMessagesOfBytes = 2;

}  // namespace

void Connection::wait_read() {
  if (reading_ || phase_ == Phase::kClosed) return;
  reading_ = true;
  absl::Cleanup take_back = [this] { reading_ = false; };
  auto readable = [this](boost::system::error_code) {
    reading_ = false;
    if (phase_ == Phase::kClosed) return delete_if_done();
    serve_alone([this] { on_readable(); });
  };
  if (transport_->pending() == 0) {
    socket_.async_wait(Socket::wait_read, readable);
  } else {  // the socket's readiness does not tell of them; others have their turn first
    boost::asio::post(socket_.get_executor(), [readable] { readable({}); });
  }
  std::move(take_back).Cancel();
}

void Connection::wait_write() {
  if (writing_ || phase_ == Phase::kClosed) return;
  writing_ = true;
  absl::Cleanup take_back = [this] { writing_ = false; };
  socket_.async_wait(Socket::wait_write, [this](boost::system::error_code) {
    writing_ = false;
    if (phase_ == Phase::kClosed) return delete_if_done();
    serve_alone([this] { write_unsent(); });
  });
  std::move(take_back).Cancel();
}

void Connection::on_readable() {
  // Over TLS a write may have waited for this.
  if (blocked() && !writing_) write_unsent();
  const auto now = monotonic_now();
  if (phase_ != Phase::kClosed) read(now);
  if (phase_ == Phase::kClosed) return;
  answer_ping();
  flush(now);
  if (wants_to_read()) wait_read();
}

// A client that asks more than it reads waits until it has read, or until its request is done; one
// that says more than anybody has to say, until the next sweep.
bool Connection::wants_to_read() const {
  return phase_ != Phase::kOpen ||
         (!is_busy() && replies.size() < kManyReplies && reading_left_ > 0);
}

// A flood of pings, or of anything, costs others so much twice a second and no more; what it is too
// fast for, TCP holds back.
std::int32_t Connection::reading_budget() const {
  const auto& limits = host_.limits();
  const auto largest = std::max(limits.message_bytes, kRequestCost * limits.request_burst);
  return static_cast<std::int32_t>(largest + kLeastBudget);
}

void Connection::read(Monotonic now) {
  const auto buffer = host_.read_buffer().first(kBytesPerTurn);
  const auto result = transport_->read_some(buffer);
  switch (result.status) {
    case IoStatus::kOk:
      last_received_ = now;
      return hear(buffer.first(result.size));
    case IoStatus::kWantRead:
      return;
    case IoStatus::kWantWrite:
      return wait_write();
    case IoStatus::kEof:
    case IoStatus::kError:
      return lose(result);
  }
}

void Connection::hear(std::span<char> bytes) {
  reading_left_ -= static_cast<std::int32_t>(bytes.size());
  if (phase_ != Phase::kOpen && reading_left_ < 0) return finish(true);
  if (phase_ != Phase::kLingering) reader_.feed(bytes, *this);
  if (phase_ == Phase::kAwaiting && reader_.ended()) end_sending();
}

void Connection::on_text(std::string_view text) {
  if (phase_ != Phase::kOpen || ended_) return;
  host_.counters().messages_received.add();
  reading_left_ -= kFrameCost;
  if (later_ == nullptr && !is_busy() && spend_token(last_received_)) return serve(text);
  const auto& limits = host_.limits();
  if (later_ == nullptr) later_ = std::make_unique<WaitingRequests>();
  if (later_->add(text, limits.request_burst, kMessagesOfBytes * limits.message_bytes)) return;
  host_.counters().rate_limited.add();
  ++rate_limited_;
  replies.add_rate_limited(host_.request_parser().id_of(text),
                           1000 / limits.requests_per_second + 1);
}

// What is over its rate has its turn when the rate permits, and once its answers are read.
void Connection::serve_waiting(Monotonic now) {
  while (later_ != nullptr && !is_busy() && phase_ == Phase::kOpen && spend_token(now)) {
    const auto text = later_->pop();
    if (later_->empty()) later_.reset();
    serve(text);
  }
}

void Connection::serve(std::string_view text) {
  const auto parsed = host_.request_parser().parse(text);
  if (const auto* error = std::get_if<RequestError>(&parsed)) {
    return refuse(error->id, error->code, error->message);
  }
  handle(std::get<ClientRequest>(parsed));
}

void Connection::handle(const ClientRequest& asked) {
  if (const auto* auth = std::get_if<AuthRequest>(&asked.what)) {
    return authenticate(asked.id, auth->token);
  }
  if (is_unknown() && !std::holds_alternative<PingRequest>(asked.what)) {
    return refuse(asked.id, ErrorCode::kUnauthenticated,
                  R"(say who you are first: {"op":"auth","token":"..."})");
  }
  auto& fan_out = host_.fan_out(grant.get());
  bool done = true;
  if (const auto* subscribe = std::get_if<SubscribeRequest>(&asked.what)) {
    host_.catch_up();  // what it is sent first is the newest
    if (phase_ != Phase::kOpen || ended_) return;
    done = fan_out.subscribe(*this, asked.id, *subscribe);
    host_.on_subscribed();
  } else if (const auto* unsubscribe = std::get_if<UnsubscribeRequest>(&asked.what)) {
    done = fan_out.unsubscribe(*this, asked.id, *unsubscribe);
  } else if (std::holds_alternative<ListRequest>(asked.what)) {
    fan_out.list(*this, asked.id);
  } else {
    replies.add_pong(asked.id, std::get<PingRequest>(asked.what).echo);
  }
  if (!done) post([this] { go_on(); });
}

// The next piece of a request that is half done, others having had their turn; then what came
// behind it.
void Connection::go_on() {
  if (phase_ != Phase::kOpen || ended_) return;
  if (!host_.fan_out(grant.get()).go_on(*this)) return post([this] { go_on(); });
  host_.on_subscribed();
  const auto now = monotonic_now();
  if (standing_ != nullptr && std::exchange(standing_->review_due, false)) review();
  serve_waiting(now);
  flush(now);
}

void Connection::refuse(std::string_view id, ErrorCode code, std::string_view message) {
  host_.counters().bad_requests.add();
  const bool fatal = ++bad_requests_ > host_.limits().bad_requests;
  replies.add_error(id, code, message, fatal);
  if (!fatal) return;
  flush(monotonic_now());
  close(CloseReason::kTooManyBadRequests);
}

bool Connection::spend_token(Monotonic now) {
  const auto& limits = host_.limits();
  const auto passed = std::chrono::duration<float>(now - tokens_at_).count();
  tokens_ = std::min(static_cast<float>(limits.request_burst),
                     tokens_ + passed * static_cast<float>(limits.requests_per_second));
  tokens_at_ = now;
  if (tokens_ < 1 || replies.size() > limits.frame_bytes) return false;
  tokens_ -= 1;
  return true;
}

void Connection::on_binary(std::string_view) { close(CloseReason::kUnsupportedData); }

// Answered when all that came with it is read, and no frame is half written: RFC 6455 5.5.3 lets
// the older ones go.
void Connection::on_ping(std::string_view payload) {
  if (phase_ != Phase::kOpen) return;
  reading_left_ -= kFrameCost;
  if (pong_ == nullptr) pong_ = std::make_unique<std::string>();
  pong_->assign(payload);
}

void Connection::answer_ping() {
  if (pong_ == nullptr || phase_ != Phase::kOpen || blocked()) return;
  std::string frame;
  append_pong(frame, *pong_);
  pong_.reset();
  write(frame);
}

// That it lives, last_received_ says. Ours has nothing in it; what else comes answers none.
void Connection::on_pong(std::string_view payload) {
  reading_left_ -= kFrameCost;
  if (!pong_awaited_ || !payload.empty()) return;
  pong_awaited_ = false;
  const auto took = std::clamp<std::int64_t>((last_received_ - last_ping_).count(), 1, UINT32_MAX);
  round_trip_ = static_cast<std::uint32_t>(took);
}

void Connection::on_close(std::optional<std::uint16_t> code, std::string_view reason) {
  std::string frame;
  append_close_reply(frame, code);
  begin_closing({CloseReason::kNormal, "client", code.value_or(0), reason}, frame);
}

void Connection::on_error(CloseReason reason, std::string_view why) { close(reason, why); }

}  // namespace tickgate::gateway

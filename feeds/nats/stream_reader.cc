// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/stream_reader.h"

#include <array>
#include <condition_variable>
#include <mutex>

#include "absl/strings/str_cat.h"

namespace tickgate::feeds {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Clock = std::chrono::steady_clock;

constexpr nanoseconds kHeartbeat = std::chrono::milliseconds(500);
constexpr nanoseconds kForgottenAfter = std::chrono::seconds(5);  // where we do not remove it
constexpr milliseconds kGlance{50};  // between two looks whether the connection stands

// What has come so far: the delivery thread writes, the reading one waits.
class Arrivals {
 public:
  void on_message(natsMsg& message, const NatsClient::OnMessage& deliver, Link& link) {
    if (const auto status = header_of(message, "Status"); !status.empty()) {
      return on_control(message, link);
    }
    const auto position = consumer_position(reply_of(message));
    if (!position) return;
    {
      const std::lock_guard lock(mutex_);
      if (position->consumer_seq != ++consumer_seq_) lost_ = true;
    }
    deliver({subject_of(message), payload_of(message), {}, position->stream_seq});
    const std::lock_guard lock(mutex_);
    pending_ = position->pending;
    last_at_ = Clock::now();
    changed_.notify_all();
  }

  void begin(std::uint64_t pending) {
    const std::lock_guard lock(mutex_);
    if (consumer_seq_ == 0) pending_ = pending;
  }

  // Until nothing is pending and `settle` has passed.
  absl::Status wait(Link& link, const ReadSpec& spec) {
    std::unique_lock lock(mutex_);
    last_at_ = Clock::now();
    std::optional<Clock::time_point> settled;
    while (true) {
      if (lost_) return absl::DataLossError(absl::StrCat(spec.stream, ": messages were dropped"));
      if (natsConnection_IsClosed(link.connection())) {
        return absl::UnavailableError(absl::StrCat(spec.stream, ": the connection has ended"));
      }
      const auto now = Clock::now();
      if (pending_ == 0 && !settled) settled = now + spec.settle;
      if (settled && now >= *settled) return absl::OkStatus();
      if (!settled && now - last_at_ >= spec.silence) {
        return absl::DeadlineExceededError(
            absl::StrCat(spec.stream, ": nothing came, and ", pending_, " are there"));
      }
      changed_.wait_until(lock, settled ? std::min(*settled, now + kGlance) : now + kGlance);
    }
  }

 private:
  // A sign of life, which says how far the consumer is, or that it waits for us: the answer lets it
  // go on.
  void on_control(natsMsg& message, Link& link) {
    auto go_on = reply_of(message);
    if (go_on.empty()) go_on = header_of(message, "Nats-Consumer-Stalled");
    if (!go_on.empty()) (void)link.publish(go_on, {}, {});
    const auto sent = number_in(header_of(message, "Nats-Last-Consumer"));
    const std::lock_guard lock(mutex_);
    if (sent && *sent > consumer_seq_) lost_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t consumer_seq_ = 0;
  std::uint64_t pending_ = UINT64_MAX;  // until the server has said it
  Clock::time_point last_at_{};
  bool lost_ = false;
};

// Nanoseconds since 1970, a tenth of a second early at most: the library (3.4.1) writes a fraction
// without the zeros in front of it, so that 0.05 s would be half a second, and read from there.
std::int64_t start_time(std::chrono::system_clock::time_point time) {
  using Tenths = std::chrono::duration<std::int64_t, std::deci>;
  return duration_cast<nanoseconds>(std::chrono::floor<Tenths>(time.time_since_epoch())).count();
}

jsConsumerConfig config_of(const ReadSpec& spec, const std::string& inbox) {
  jsConsumerConfig config;
  jsConsumerConfig_Init(&config);
  config.DeliverSubject = inbox.c_str();
  config.FilterSubject = spec.subject.c_str();
  config.AckPolicy = js_AckNone;
  config.FlowControl = true;
  config.Heartbeat = kHeartbeat.count();
  config.InactiveThreshold = kForgottenAfter.count();
  config.MemoryStorage = true;
  switch (spec.from) {
    case ReadSpec::From::kLastPerSubject:
      config.DeliverPolicy = js_DeliverLastPerSubject;
      break;
    case ReadSpec::From::kFirst:
      config.DeliverPolicy = js_DeliverAll;
      break;
    case ReadSpec::From::kSequence:
      config.DeliverPolicy = js_DeliverByStartSequence;
      config.OptStartSeq = spec.sequence;
      break;
    case ReadSpec::From::kTime:
      config.DeliverPolicy = js_DeliverByStartTime;
      config.OptStartTime = start_time(spec.time);
      break;
  }
  return config;
}

absl::Status consume(Link& link, const ReadSpec& spec, const std::string& inbox, Arrivals& arrivals,
                     milliseconds wait) {
  auto config = config_of(spec, inbox);
  auto options = js_options(wait);
  jsConsumerInfo* raw = nullptr;
  jsErrCode code{};
  const auto s =
      js_AddConsumer(&raw, link.streams(), spec.stream.c_str(), &config, &options, &code);
  if (s != NATS_OK) return nats_error(s, code, absl::StrCat("read ", spec.stream));
  const std::unique_ptr<jsConsumerInfo, schemas::FreedBy<jsConsumerInfo_Destroy>> info(raw);
  arrivals.begin(info->NumPending);
  auto status = arrivals.wait(link, spec);
  js_DeleteConsumer(link.streams(), spec.stream.c_str(), info->Name, &options, &code);
  return status;
}

}  // namespace

// $JS.ACK.STREAM.CONSUMER.DELIVERED.STREAM_SEQ.CONSUMER_SEQ.TIME.PENDING, and since 2.9, where it
// is asked for, with domain and account in front of the stream and a token behind.
std::optional<ConsumerPosition> consumer_position(std::string_view reply) {
  std::array<std::string_view, 12> tokens;
  std::size_t count = 0;
  while (!reply.empty() && count < tokens.size()) {
    const auto end = reply.find('.');
    tokens.at(count++) = reply.substr(0, end);
    reply.remove_prefix(end == std::string_view::npos ? reply.size() : end + 1);
  }
  if (count < 9 || count == 10 || tokens[0] != "$JS" || tokens[1] != "ACK") return std::nullopt;
  const std::size_t at = count == 9 ? 5 : 7;
  const auto stream_seq = number_in(tokens.at(at)), consumer_seq = number_in(tokens.at(at + 1)),
             pending = number_in(tokens.at(at + 3));
  if (!stream_seq || !consumer_seq || !pending) return std::nullopt;
  return ConsumerPosition{*stream_seq, *consumer_seq, *pending};
}

absl::Status read_stream(Link& link, Receivers& receivers, const ReadSpec& spec,
                         NatsClient::OnMessage on_message, milliseconds wait) {
  Arrivals arrivals;
  const auto inbox = make_inbox();
  const auto receiver = receivers.add(
      inbox, [&](natsMsg& message) { arrivals.on_message(message, on_message, link); });
  if (!receiver.ok()) return receiver.status();
  auto status = consume(link, spec, inbox, arrivals, wait);
  receivers.remove(*receiver);
  return status;
}

}  // namespace tickgate::feeds

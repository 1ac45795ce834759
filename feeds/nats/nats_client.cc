// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/nats_client.h"

#include <utility>

#include "feeds/nats/dialler.h"
#include "feeds/nats/stream_reader.h"
#include "feeds/nats/streams.h"

namespace tickgate::feeds {

using std::chrono::milliseconds;

class NatsClient::Impl {
 public:
  Impl(NatsOptions options, OnChange on_change)
      : dialler(std::move(options), std::move(on_change)) {}

  // The answer of a question over the connection there is.
  template <typename Ask>
  auto ask(Ask question) -> decltype(question(std::declval<Link&>())) {
    auto link = dialler.link_or_why();
    if (!link.ok()) return link.status();
    return question(**link);
  }
  milliseconds timeout() const { return dialler.options().timeout; }

  Dialler dialler;
};

class NatsClient::Subscription::Held {
 public:
  Held(Receivers& receivers, std::shared_ptr<Receiver> receiver)
      : receivers_(receivers), receiver_(std::move(receiver)) {}
  ~Held() { receivers_.remove(receiver_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  Receivers& receivers_;
  std::shared_ptr<Receiver> receiver_;
};

NatsClient::Subscription::Subscription(std::unique_ptr<Held> held) : held_(std::move(held)) {}
NatsClient::Subscription::~Subscription() = default;

absl::StatusOr<std::unique_ptr<NatsClient>> NatsClient::make(NatsOptions options,
                                                             OnChange on_change) {
  if (auto status = check(options); !status.ok()) return status;
  if (on_change == nullptr) on_change = [](Change) {};
  return std::unique_ptr<NatsClient>(
      new NatsClient(std::make_unique<Impl>(std::move(options), std::move(on_change))));
}

NatsClient::NatsClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NatsClient::~NatsClient() { stop(); }

void NatsClient::start() { impl_->dialler.start(); }
void NatsClient::stop() { impl_->dialler.stop(); }
bool NatsClient::connected() const { return impl_->dialler.connected(); }
std::string NatsClient::reason() const { return impl_->dialler.reason(); }
std::string NatsClient::server() const { return impl_->dialler.server(); }
std::uint64_t NatsClient::connects() const { return impl_->dialler.connects(); }
std::uint64_t NatsClient::errors() const { return impl_->dialler.errors(); }
std::uint64_t NatsClient::dropped() const { return impl_->dialler.receivers().dropped(); }
std::int64_t NatsClient::max_payload() const { return impl_->dialler.max_payload(); }

absl::Status NatsClient::publish(std::string_view subject, std::string_view payload,
                                 std::string_view reply) {
  return impl_->ask([&](Link& link) { return link.publish(subject, payload, reply); });
}

absl::StatusOr<std::unique_ptr<NatsClient::Subscription>> NatsClient::subscribe(
    std::string_view subject, OnMessage on_message) {
  auto& receivers = impl_->dialler.receivers();
  auto receiver =
      receivers.add(std::string(subject), [on_message = std::move(on_message)](natsMsg& message) {
        on_message({subject_of(message), payload_of(message), reply_of(message), 0});
      });
  if (!receiver.ok()) return receiver.status();
  return std::unique_ptr<Subscription>(
      new Subscription(std::make_unique<Subscription::Held>(receivers, *std::move(receiver))));
}

absl::Status NatsClient::flush(milliseconds wait) {
  return impl_->ask([&](Link& link) { return link.flush(wait); });
}

absl::StatusOr<std::string> NatsClient::request(std::string_view subject, std::string_view payload,
                                                milliseconds wait) {
  return impl_->ask([&](Link& link) -> absl::StatusOr<std::string> {
    const auto answer = link.request(subject, payload, wait);
    if (!answer.ok()) return answer.status();
    return std::string(payload_of(**answer));
  });
}

absl::StatusOr<std::uint64_t> NatsClient::publish_acked(std::string_view subject,
                                                        std::string_view payload,
                                                        milliseconds wait) {
  return impl_->ask(
      [&](Link& link) { return feeds::publish_acked(link, subject, payload, {}, wait); });
}

absl::StatusOr<std::uint64_t> NatsClient::publish_if_last(std::string_view subject,
                                                          std::string_view payload,
                                                          std::uint64_t sequence,
                                                          milliseconds wait) {
  return impl_->ask(
      [&](Link& link) { return feeds::publish_acked(link, subject, payload, sequence, wait); });
}

absl::StatusOr<NatsClient::Stored> NatsClient::last_stored(const std::string& stream,
                                                           const std::string& subject,
                                                           milliseconds wait) {
  return impl_->ask([&](Link& link) { return feeds::last_stored(link, stream, subject, wait); });
}

absl::Status NatsClient::erase(const std::string& stream, std::uint64_t stream_seq,
                               milliseconds wait) {
  return impl_->ask([&](Link& link) { return feeds::erase(link, stream, stream_seq, wait); });
}

absl::StatusOr<bool> NatsClient::ensure_stream(const StreamSpec& spec) {
  return impl_->ask([&](Link& link) { return feeds::ensure_stream(link, spec, impl_->timeout()); });
}

absl::StatusOr<StreamInfo> NatsClient::stream_info(const std::string& stream) {
  return impl_->ask([&](Link& link) { return feeds::stream_info(link, stream, impl_->timeout()); });
}

absl::StatusOr<StreamLimits> NatsClient::stream_limits() {
  return impl_->ask([&](Link& link) { return feeds::stream_limits(link, impl_->timeout()); });
}

absl::Status NatsClient::read(const ReadSpec& spec, OnMessage on_message) {
  return impl_->ask([&](Link& link) {
    return read_stream(link, impl_->dialler.receivers(), spec, std::move(on_message),
                       impl_->timeout());
  });
}

absl::Status NatsClient::get_last(std::string_view stream, std::string_view subject,
                                  OnLast on_last) {
  auto& gets = impl_->dialler.gets();
  const auto deadline = LastGets::Clock::now() + impl_->timeout();
  return impl_->ask(
      [&](Link& link) { return gets.ask(link, stream, subject, std::move(on_last), deadline); });
}

}  // namespace tickgate::feeds

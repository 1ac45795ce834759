// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/link.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "feeds/log/log.h"
#include "schemas/text.h"

namespace tickgate::feeds {
namespace {

// The library wants texts with an end. No allocation once a thread has published its longest.
const char* with_end(std::string& buffer, std::string_view text) {
  buffer.assign(text);
  return buffer.c_str();
}

std::string url_of(natsConnection* connection) {
  std::array<char, 512> url{};
  if (natsConnection_GetConnectedUrl(connection, url.data(), url.size()) != NATS_OK) return "";
  return log::redact_url(url.data());
}

}  // namespace

absl::StatusOr<std::shared_ptr<Link>> Link::dial(natsOptions& options) {
  natsConnection* connection = nullptr;
  if (const auto s = natsConnection_Connect(&connection, &options); s != NATS_OK) {
    return nats_error(s, "cannot connect");
  }
  jsCtx* streams = nullptr;
  if (const auto s = natsConnection_JetStream(&streams, connection, nullptr); s != NATS_OK) {
    natsConnection_Destroy(connection);
    return nats_error(s, "cannot connect");
  }
  return std::shared_ptr<Link>(new Link(connection, streams, url_of(connection)));
}

Link::~Link() {
  jsCtx_Destroy(streams_);
  natsConnection_Destroy(connection_);
}

void Link::close() { natsConnection_Close(connection_); }

absl::Status Link::publish(std::string_view subject, std::string_view payload,
                           std::string_view reply) {
  thread_local std::string subject_buffer, reply_buffer;
  const char* const to = with_end(subject_buffer, subject);
  const auto size = static_cast<int>(payload.size());
  const auto s = reply.empty()
                     ? natsConnection_Publish(connection_, to, payload.data(), size)
                     : natsConnection_PublishRequest(connection_, to, with_end(reply_buffer, reply),
                                                     payload.data(), size);
  if (s != NATS_OK) return nats_error(s, absl::StrCat("publish to ", to));
  return absl::OkStatus();
}

absl::Status Link::flush(std::chrono::milliseconds wait) {
  const auto s = natsConnection_FlushTimeout(connection_, wait.count());
  return s == NATS_OK ? absl::OkStatus() : nats_error(s, "flush");
}

absl::StatusOr<NatsMsg> Link::request(std::string_view subject, std::string_view payload,
                                      std::chrono::milliseconds wait) {
  const std::string to(subject);
  natsMsg* answer = nullptr;
  const auto s = natsConnection_Request(&answer, connection_, to.c_str(), payload.data(),
                                        static_cast<int>(payload.size()), wait.count());
  if (s != NATS_OK) return nats_error(s, absl::StrCat("request to ", to));
  return NatsMsg(answer);
}

}  // namespace tickgate::feeds

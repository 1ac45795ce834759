// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nats/nats.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "schemas/freed_by.h"

// What this room shares of the library. No header that other rooms include includes it.
namespace tickgate::feeds {

using NatsMsg = std::unique_ptr<natsMsg, schemas::FreedBy<natsMsg_Destroy>>;
using NatsLibraryOptions = std::unique_ptr<natsOptions, schemas::FreedBy<natsOptions_Destroy>>;
using NatsStreamInfo = std::unique_ptr<jsStreamInfo, schemas::FreedBy<jsStreamInfo_Destroy>>;

// What went wrong, as a caller may tell errors apart. `what` begins the message. The error code of
// JetStream, where one came, says more than the status.
absl::Status nats_error(natsStatus status, const std::string& what);
absl::Status nats_error(natsStatus status, jsErrCode code, const std::string& what);

// A name nobody else has, to be answered at.
std::string make_inbox();

// How long to wait for an answer.
jsOptions js_options(std::chrono::milliseconds wait);

inline std::string_view subject_of(const natsMsg& message) { return natsMsg_GetSubject(&message); }
inline std::string_view payload_of(const natsMsg& message) {
  return {natsMsg_GetData(&message), static_cast<std::size_t>(natsMsg_GetDataLength(&message))};
}
inline std::string_view reply_of(const natsMsg& message) {
  const char* const reply = natsMsg_GetReply(&message);
  return reply == nullptr ? std::string_view() : reply;
}
// Empty: there is none.
std::string_view header_of(natsMsg& message, const char* key);
// Of a header or a token: digits, and nothing else.
std::optional<std::uint64_t> number_in(std::string_view text);

}  // namespace tickgate::feeds

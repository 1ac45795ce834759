// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/library.h"

#include <charconv>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "schemas/check.h"

namespace tickgate::feeds {
namespace {

// The library's words for the last error of this thread, where it is this one.
const char* words(natsStatus status) {
  natsStatus last = NATS_OK;
  const char* const text = nats_GetLastError(&last);
  return last == status && text != nullptr && *text != '\0' ? text : natsStatus_GetText(status);
}

absl::StatusCode code_of(natsStatus status) {
  switch (status) {
    case NATS_TIMEOUT:
      return absl::StatusCode::kDeadlineExceeded;
    case NATS_NOT_FOUND:
      return absl::StatusCode::kNotFound;
    case NATS_NOT_PERMITTED:
    case NATS_CONNECTION_AUTH_FAILED:
      return absl::StatusCode::kPermissionDenied;
    case NATS_MAX_PAYLOAD:
    case NATS_INVALID_ARG:
    case NATS_INVALID_SUBJECT:
    case NATS_ADDRESS_MISSING:
      return absl::StatusCode::kInvalidArgument;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

// kOk: the code says nothing that the status does not.
absl::StatusCode code_of(jsErrCode code) {
  switch (code) {
    case JSStreamNotFoundErr:
    case JSConsumerNotFoundErr:
    case JSNoMessageFoundErr:
    case JSSequenceNotFoundErr:
      return absl::StatusCode::kNotFound;
    case JSAccountResourcesExceededErr:
    case JSInsufficientResourcesErr:
    case JSMemoryResourcesExceededErr:
    case JSStorageResourcesExceededErr:
    case JSStreamStoreFailedErr:
      return absl::StatusCode::kResourceExhausted;
    case JSStreamWrongLastSequenceErr:
    case JSStreamSubjectOverlapErr:
    case JSStreamNameExistErr:
    case JSStreamInvalidConfig:
    case JSStreamUpdateErr:
    case JSStreamReplicasNotSupportedErr:
    case JSStreamMaxBytesRequiredErr:
      return absl::StatusCode::kFailedPrecondition;
    default:
      return absl::StatusCode::kOk;
  }
}

}  // namespace

absl::Status nats_error(natsStatus status, const std::string& what) {
  TICKGATE_CHECK(status != NATS_OK);
  return {code_of(status), absl::StrCat(what, ": ", words(status))};
}

absl::Status nats_error(natsStatus status, jsErrCode code, const std::string& what) {
  const auto known = code == 0 ? absl::StatusCode::kOk : code_of(code);
  if (known == absl::StatusCode::kOk) return nats_error(status, what);
  return {known, absl::StrCat(what, ": ", words(status))};
}

std::string make_inbox() {
  natsInbox* made = nullptr;
  TICKGATE_CHECK(natsInbox_Create(&made) == NATS_OK);  // but for a lack of memory
  std::string inbox = made;
  natsInbox_Destroy(made);
  return inbox;
}

jsOptions js_options(std::chrono::milliseconds wait) {
  jsOptions options;
  jsOptions_Init(&options);
  options.Wait = wait.count();
  return options;
}

std::string_view header_of(natsMsg& message, const char* key) {
  const char* value = nullptr;
  if (natsMsgHeader_Get(&message, key, &value) != NATS_OK || value == nullptr) return {};
  return value;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace tickgate::feeds

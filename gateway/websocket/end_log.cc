// SPDX-License-Identifier: Apache-2.0
#include "gateway/websocket/end_log.h"

#include <chrono>
#include <vector>

#include "feeds/log/log.h"

namespace tickgate::gateway {

namespace log = feeds::log;

void EndLog::note(const ConnectionEnd& end, const ConnectionLife& life, Monotonic now) {
  if (!log::enabled(log::Level::kInfo)) return;
  if (now - since_ >= std::chrono::seconds(1)) {
    since_ = now;
    noted_ = 0;
  }
  if (noted_ == kMost) {
    ++suppressed_;
    return;
  }
  ++noted_;
  std::vector<log::Field> fields{{"address", life.peer},
                                 {"lasted_ms", life.lasted_ms},
                                 {"subprotocol", "tickgate.v1.json"},
                                 {"subscriptions", life.subscriptions},
                                 {"bytes_sent", life.bytes_sent},
                                 {"by", end.by},
                                 {"reason", close_info(end.reason).name}};
  if (!life.subject.empty()) {
    fields.emplace_back("subject", life.subject);
    fields.emplace_back("credential_kind", life.credential_kind);
  }
  if (end.code != 0) fields.emplace_back("code", end.code);
  if (!end.detail.empty()) fields.emplace_back("detail", end.detail);
  if (suppressed_ > 0) fields.emplace_back("suppressed", suppressed_);
  suppressed_ = 0;
  log::write(log::Level::kInfo, "gateway.client", "connection ended", fields);
}

}  // namespace tickgate::gateway

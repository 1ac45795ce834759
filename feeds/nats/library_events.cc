// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/library_events.h"

#include <mutex>
#include <unordered_map>

namespace tickgate::feeds {
namespace {

// All that listen, by number. The lock is held during a call, so that none outlasts its listener:
// calls are rare and short, and come on one thread.
struct Listeners {
  std::mutex mutex;
  std::uintptr_t last = 0;
  std::unordered_map<std::uintptr_t, LibraryListener*> by_number;
};

// Never destroyed: the library may call while the process ends.
Listeners& listeners() {
  static auto* const kListeners = new Listeners;
  return *kListeners;
}

template <typename Call>
void tell(void* number, Call call) {
  auto& all = listeners();
  const std::lock_guard lock(all.mutex);
  const auto found = all.by_number.find(reinterpret_cast<std::uintptr_t>(number));
  if (found != all.by_number.end()) call(*found->second);
}

void on_closed(natsConnection* connection, void* number) {
  const char* text = nullptr;
  const auto status = natsConnection_GetLastError(connection, &text);
  const std::string why = text != nullptr && *text != '\0' ? text : natsStatus_GetText(status);
  tell(number, [&](LibraryListener& listener) { listener.on_closed(*connection, why); });
}

void on_error(natsConnection* connection, natsSubscription*, natsStatus status, void* number) {
  if (status == NATS_SLOW_CONSUMER) {
    return tell(number, [](LibraryListener& listener) { listener.on_slow(); });
  }
  const char* text = nullptr;
  natsConnection_GetLastError(connection, &text);
  const std::string what = text != nullptr && *text != '\0' ? text : natsStatus_GetText(status);
  tell(number, [&](LibraryListener& listener) { listener.on_refused(what); });
}

}  // namespace

LibraryEvents::LibraryEvents(LibraryListener& listener) {
  auto& all = listeners();
  const std::lock_guard lock(all.mutex);
  number_ = ++all.last;
  all.by_number[number_] = &listener;
}

LibraryEvents::~LibraryEvents() {
  auto& all = listeners();
  const std::lock_guard lock(all.mutex);
  all.by_number.erase(number_);
}

void LibraryEvents::install(natsOptions& options) const {
  auto* const number = reinterpret_cast<void*>(number_);  // NOLINT(performance-no-int-to-ptr)
  natsOptions_SetClosedCB(&options, on_closed, number);
  natsOptions_SetErrorHandler(&options, on_error, number);
}

}  // namespace tickgate::feeds

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "feeds/nats/library.h"

namespace tickgate::feeds {

// Whoever is told what becomes of a connection: on the library's own thread for it, so nothing here
// may block.
class LibraryListener {
 public:
  virtual ~LibraryListener() = default;
  virtual void on_closed(const natsConnection& connection, const std::string& why) = 0;
  // Messages for us found no room.
  virtual void on_slow() = 0;
  // The server refused something of what was asked of it.
  virtual void on_refused(const std::string& what) = 0;
};

// Tells a listener what the library says of its connections. The library promises no moment at
// which its last call has come, so it is handed a number and not a pointer.
class LibraryEvents {
 public:
  explicit LibraryEvents(LibraryListener& listener);
  // Returns when no call runs, and none will come.
  ~LibraryEvents();
  LibraryEvents(const LibraryEvents&) = delete;
  LibraryEvents& operator=(const LibraryEvents&) = delete;

  void install(natsOptions& options) const;

 private:
  std::uintptr_t number_;
};

}  // namespace tickgate::feeds

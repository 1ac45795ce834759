// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tickgate::load {

// What an update says of itself; texts are views into the message.
struct Update {
  std::string_view object;
  std::string_view symbol;
  std::uint64_t sequence = 0;
  std::int64_t received = 0;  // microseconds since 1970; 0 when the update has none
};

// Walks over the objects of one message without parsing JSON: a handful of instructions for each
// update in the form that tickgate gives it (type, symbol and seq first, received last), a walk
// over the object's text for everything else.
class MessageScanner {
 public:
  enum class Item {
    kUpdate,  // of the channel: update()
    kOther,   // any other object: object()
    kEnd,
    kBroken,  // no array of objects
  };

  // `channel` is the type of the objects that are updates, "quote".
  explicit MessageScanner(std::string_view channel);

  // The message must outlive what next() gives.
  void begin(std::string_view message);
  Item next();

  const Update& update() const { return update_; }
  // The venue's own, of a trade; empty: it gives none.
  static std::string_view trade_id(const Update& update);
  std::string_view object() const { return object_; }

 private:
  bool take_update();
  bool look_for_fields();

  std::string head_;  // {"type":"quote","symbol":"
  std::string type_;  // "type":"quote"
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  bool first_ = true;
  Update update_;
  std::string_view object_;
};

}  // namespace tickgate::load

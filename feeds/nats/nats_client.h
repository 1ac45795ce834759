// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "feeds/nats/nats_options.h"
#include "feeds/nats/stream_spec.h"

namespace tickgate::feeds {

// A client of NATS servers that connects for ever: whatever ends a connection, also a refusal of
// who we are, it dials again, and all subscriptions stand again before it says so.
//
// Any thread may call; none waits for a connection. What is published while there is none fails at
// once and is never sent later. A call may wait for a socket that takes nothing, up to the write
// deadline, and for an answer as long as it says: not for a thread that must not stand still. None
// of those that wait for an answer may be called in an OnMessage: answers come on that thread.
//
// Errors: Unavailable (no connection, or nobody answers to the subject), DeadlineExceeded (no
// answer in time), NotFound (no such stream or message), ResourceExhausted (the server has no room
// to store it), FailedPrecondition (it can not be as asked for), PermissionDenied.
class NatsClient {
 public:
  // Views, valid during the call.
  struct Message {
    std::string_view subject, payload;
    std::string_view reply;        // publish the answer to it; empty: none is wanted
    std::uint64_t stream_seq = 0;  // of what is read of a stream; 0: live
  };
  // On the library's delivery thread, of which the process has one: what arrives is handed out in
  // the order in which it came, over all subscriptions. Must not block: what waits behind it is
  // bounded, and then the newest is dropped (Change::kSlow).
  using OnMessage = std::function<void(const Message&)>;

  enum class Change : std::uint8_t {
    kConnected,     // and what was subscribed to before arrives again
    kDisconnected,  // what is sent meanwhile by others is lost to us
    kSlow,          // messages for us were dropped; said again while there are more
  };
  // On the client's own thread, one at a time, in order. Until it returns nothing is dialled.
  using OnChange = std::function<void(Change)>;

  // An error is the operator's to mend (see check()).
  static absl::StatusOr<std::unique_ptr<NatsClient>> make(NatsOptions options, OnChange on_change);
  ~NatsClient();  // stops; subscriptions must be gone
  NatsClient(const NatsClient&) = delete;
  NatsClient& operator=(const NatsClient&) = delete;

  // Begins to dial, on a thread of its own.
  void start();
  // Closes the connection, and returns when no callback runs or will run any more. Not in one.
  void stop();

  bool connected() const;
  std::string reason() const;        // why not, in words; empty where it is connected
  std::string server() const;        // the URL it is connected to, or was last
  std::uint64_t connects() const;    // connections made since the start
  std::uint64_t errors() const;      // connections lost, dials that failed, what servers refused
  std::uint64_t dropped() const;     // messages for us that found no room
  std::int64_t max_payload() const;  // bytes the server takes in a message; 0 before the first

  // Hands it to the connection, which writes within a millisecond or so. OK is no receipt.
  // `reply`: where answers shall go. The subject is made by Subjects, or an inbox of a message: it
  // is not checked.
  absl::Status publish(std::string_view subject, std::string_view payload,
                       std::string_view reply = {});

  // Ends when destroyed: when its destructor has returned, OnMessage does not run and will not (but
  // for the call that destroys it). Outlived by its client.
  class Subscription;
  // `subject` may have wildcards. Without a connection it begins with the next.
  absl::StatusOr<std::unique_ptr<Subscription>> subscribe(std::string_view subject,
                                                          OnMessage on_message);

  // Returns when the server has taken all that was published and subscribed to before.
  absl::Status flush(std::chrono::milliseconds wait);
  // Of the first who answers.
  absl::StatusOr<std::string> request(std::string_view subject, std::string_view payload,
                                      std::chrono::milliseconds wait);

  // JetStream. These wait for answers; ResourceExhausted: it was sent to all who are subscribed,
  // but it is not stored.
  absl::StatusOr<std::uint64_t> publish_acked(std::string_view subject, std::string_view payload,
                                              std::chrono::milliseconds wait);
  // Stored only if the last message of the subject has this sequence (0: there is none), else
  // FailedPrecondition. Returns its own.
  absl::StatusOr<std::uint64_t> publish_if_last(std::string_view subject, std::string_view payload,
                                                std::uint64_t sequence,
                                                std::chrono::milliseconds wait);
  struct Stored {
    std::string payload;
    std::uint64_t stream_seq = 0;
  };
  // As the stream's leader has it, hence never an old one. NotFound: none, or no such stream.
  absl::StatusOr<Stored> last_stored(const std::string& stream, const std::string& subject,
                                     std::chrono::milliseconds wait);
  absl::Status erase(const std::string& stream, std::uint64_t stream_seq,
                     std::chrono::milliseconds wait);

  // Makes the stream, or changes it to this; true: it was made, so it is empty. What cannot be
  // changed (its storage) is FailedPrecondition, and says what to do.
  absl::StatusOr<bool> ensure_stream(const StreamSpec& spec);
  absl::StatusOr<StreamInfo> stream_info(const std::string& stream);
  absl::StatusOr<StreamLimits> stream_limits();  // Unavailable: the server has no JetStream

  // Reads what the stream holds, and what is stored meanwhile, by a consumer that is removed then.
  // Each message is given to OnMessage on the delivery thread, in the stream's order; the last call
  // has returned when this returns. Last values may come twice. DataLoss: messages were dropped on
  // their way (read again); Unavailable: the connection ended.
  absl::Status read(const ReadSpec& spec, OnMessage on_message);

  enum class Last : std::uint8_t { kFound, kNone, kNoAnswer };
  // Message: its subject is what was asked for, the rest of kFound alone.
  using OnLast = std::function<void(Last, const Message&)>;
  // Asks any replica for the newest of a subject without waiting: thousands may be on their way
  // (kMostGets). The answer comes once, on the delivery thread; kNoAnswer, after `timeout` of the
  // options or so, on the client's own. An error: it was not asked, and no answer comes.
  absl::Status get_last(std::string_view stream, std::string_view subject, OnLast on_last);
  static constexpr std::size_t kMostGets = 65'536;

 private:
  class Impl;
  explicit NatsClient(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

class NatsClient::Subscription {
 public:
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

 private:
  friend class NatsClient;
  class Held;
  explicit Subscription(std::unique_ptr<Held> held);

  std::unique_ptr<Held> held_;
};

}  // namespace tickgate::feeds

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/websocket/connection.h"

namespace tickgate::gateway {

// What the socket takes is the test's to say, byte by byte.
struct Wire {
  std::size_t room = SIZE_MAX;  // bytes it takes before it is full
  IoStatus full = IoStatus::kWantWrite;
  std::string written;
  std::string held;  // bytes the transport has after a read, as TLS may: no readiness tells of them
  bool shut = false;  // our side has ended
  bool gone = false;  // the transport, and so the connection that owns it
};

class ScriptedTransport final : public Transport {
 public:
  ScriptedTransport(int descriptor, Wire& wire)
      : plain_(make_plain_transport(descriptor)), wire_(wire) {}
  ~ScriptedTransport() override { wire_.gone = true; }

  IoResult handshake() override { return {}; }
  IoResult read_some(std::span<char> bytes) override {
    const auto result = plain_->read_some(bytes);
    if (result.status != IoStatus::kWantRead || wire_.held.empty()) return result;
    bytes[0] = wire_.held.front();
    wire_.held.erase(0, 1);
    return {IoStatus::kOk, 1, 0};
  }
  IoResult write_some(std::span<const char> bytes) override {
    const auto size = std::min(bytes.size(), wire_.room);
    if (size == 0) return {wire_.full, 0, 0};
    wire_.room -= size;
    wire_.written.append(bytes.data(), size);
    return {IoStatus::kOk, size, 0};
  }
  std::size_t pending() const override { return wire_.held.size(); }
  void shutdown() override { wire_.shut = true; }

 private:
  std::unique_ptr<Transport> plain_;
  Wire& wire_;
};

// A masked frame with a mask of zeros; payloads under 126 bytes.
inline std::string client_frame(int opcode, std::string_view payload) {
  std::string frame{static_cast<char>(0x80 | opcode), static_cast<char>(0x80U | payload.size())};
  return frame.append(4, '\0').append(payload);
}

struct ServerFrame {
  int opcode;
  std::string payload;
};

// Fails the test where the bytes are no whole frames.
inline std::vector<ServerFrame> parse_frames(std::string_view bytes) {
  std::vector<ServerFrame> frames;
  while (bytes.size() >= 2) {
    const auto at = [&](std::size_t i) {
      return std::size_t{static_cast<unsigned char>(bytes[i])};
    };
    std::size_t size = at(1), header = 2;
    if (size == 126) {
      size = at(2) << 8U | at(3);
      header = 4;
    } else if (size == 127) {
      size = at(6) << 24U | at(7) << 16U | at(8) << 8U | at(9);
      header = 10;
    }
    const auto opcode = at(0) & 0x0FU;
    EXPECT_TRUE((at(0) & 0xF0U) == 0x80U && (opcode == 1 || opcode >= 8)) << "byte " << at(0);
    if (bytes.size() < header + size) break;
    frames.push_back({static_cast<int>(opcode), std::string(bytes.substr(header, size))});
    bytes.remove_prefix(header + size);
  }
  EXPECT_TRUE(bytes.empty()) << "a frame is cut off";
  return frames;
}

// One connection at a host of the test's own, on a socket whose other end the test holds.
class ConnectionTest : public ::testing::Test, private ConnectionHost {
 protected:
  ConnectionTest() { open(); }
  ~ConnectionTest() override { end(); }

  void open(Admission admission = {}) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()), 0);
    Socket socket(io_);
    socket.assign(boost::asio::ip::tcp::v4(), ends_[0]);
    // It deletes itself.
    connection_ = new Connection(*this, std::move(socket),
                                 std::make_unique<ScriptedTransport>(ends_[0], wire_), Peer{},
                                 start_, std::move(admission));
    closed_ = false;
    connection_->start();
  }
  void end() {
    if (!closed_) connection_->abort(CloseReason::kRestart);
    for (auto due = std::exchange(scheduled_, {}).size(); due > 0; --due) connection_->on_due();
    ::close(ends_[1]);
    io_.restart();
    io_.run();
  }

  void client_sends(std::string_view bytes) {
    EXPECT_EQ(::send(ends_[1], bytes.data(), bytes.size(), 0), std::ssize(bytes));
    settle();
  }
  void client_asks(std::string_view text) { client_sends(client_frame(1, text)); }
  // A full socket is always ready here, so this must end by count.
  void settle() {
    io_.restart();
    for (int i = 0; i < 20; ++i) io_.poll_one();
  }
  std::vector<ServerFrame> pop_frames() { return parse_frames(std::exchange(wire_.written, {})); }
  std::string pop_text() {
    std::string text;
    for (const auto& frame : pop_frames()) {
      if (frame.opcode == 1) text += frame.payload;
    }
    return text;
  }

  const schemas::Instrument& add(const std::string& pair) {
    const auto& instrument = registry_.add("test", pair);
    fan_out_.on_instrument(instrument);
    return instrument;
  }
  template <typename Tick>
  void tick(const Tick& value, Monotonic now) {
    fan_out_.on_tick(value);
    fan_out_.mark_changed(now);
    flush_touched(now);
  }
  void flush_touched(Monotonic now) {
    for (auto* queue : {&fan_out_.flush_now(), &fan_out_.flush_in_quick_round(),
                        &fan_out_.flush_in_slow_round()}) {
      queue->pop(
          SIZE_MAX, [&](Subscriber&) { connection_->flush(now); }, [](const Subscriber&) {},
          [](const Subscriber&) {});
    }
  }
  std::uint64_t closed(CloseReason reason) {
    return counters_.closed[static_cast<std::size_t>(reason)].value();
  }

  boost::asio::io_context io_;
  schemas::InstrumentRegistry registry_;
  FanOut fan_out_{{}, "EPOCH"};
  FanOut delayed_{{}, "EPOCH", 60};  // of whoever has a delay
  std::chrono::milliseconds turn_{0};
  RequestParser parser_;
  ClientCounters counters_;
  LimitsConfig limits_;
  GuardHolder guard_;
  std::shared_ptr<SubjectCounts> subjects_ = std::make_shared<SubjectCounts>();
  Checkpoint checkpoint_{&guard_, nullptr, subjects_};
  Milliseconds auth_time_{5'000};
  std::vector<char> read_buffer_ = std::vector<char>(65'536);
  std::string scratch_;
  EndLog end_log_;
  std::vector<Monotonic> scheduled_;
  std::array<int, 2> ends_{-1, -1};
  Wire wire_;
  const Monotonic start_ = monotonic_now();
  Connection* connection_ = nullptr;
  bool closed_ = false;

 private:
  FanOut& fan_out(const Grant* grant) override {
    return grant != nullptr && grant->delay_s > 0 ? delayed_ : fan_out_;
  }
  std::chrono::milliseconds turn_of(const Connection&) const override { return turn_; }
  RequestParser& request_parser() override { return parser_; }
  ClientCounters& counters() override { return counters_; }
  const LimitsConfig& limits() const override { return limits_; }
  Checkpoint* checkpoint() override { return &checkpoint_; }
  Milliseconds auth_time() const override { return auth_time_; }
  std::span<char> read_buffer() override { return read_buffer_; }
  std::string& scratch() override { return scratch_; }
  EndLog& end_log() override { return end_log_; }
  void catch_up() override {}
  void on_subscribed() override {}
  void schedule(Connection&, Monotonic due) override { scheduled_.push_back(due); }
  void on_closed(Connection&) override { closed_ = true; }
};

}  // namespace tickgate::gateway

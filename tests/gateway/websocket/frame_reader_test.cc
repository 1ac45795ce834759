// SPDX-License-Identifier: Apache-2.0
#include "gateway/websocket/frame_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tickgate::gateway {
namespace {

using namespace std::string_literals;

constexpr std::uint32_t kMaxMessage = 1'000;
constexpr std::uint32_t kMaxFragments = 20;
constexpr unsigned kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10;

// `form`: 0 the shortest length, else 7, 16 or 64 bits. `claim`: a false length.
struct FrameOptions {
  bool fin = true;
  unsigned rsv = 0;
  bool mask = true;
  unsigned form = 0;
  std::int64_t claim = -1;
};

constexpr FrameOptions kUnfinished{.fin = false, .rsv = 0, .mask = true, .form = 0, .claim = -1};
constexpr FrameOptions kUnmasked{.fin = true, .rsv = 0, .mask = false, .form = 0, .claim = -1};

FrameOptions form(unsigned bits) { return {true, 0, true, bits, -1}; }
FrameOptions reserved(unsigned bits) { return {true, bits, true, 0, -1}; }
FrameOptions claim(std::int64_t length) { return {true, 0, true, 0, length}; }

// A client's frame.
std::string frame(unsigned opcode, const std::string& payload, FrameOptions options = {}) {
  const auto length = options.claim >= 0 ? static_cast<std::uint64_t>(options.claim)
                                         : static_cast<std::uint64_t>(payload.size());
  const unsigned shortest = length < 126 ? 7 : length < 65'536 ? 16 : 64;
  const unsigned bits = options.form != 0 ? options.form : shortest;
  std::string out;
  out += static_cast<char>((options.fin ? 0x80U : 0U) | options.rsv << 4U | opcode);
  out += static_cast<char>((options.mask ? 0x80U : 0U) | (bits == 7    ? length
                                                          : bits == 16 ? 126U
                                                                       : 127U));
  for (unsigned left = bits == 7 ? 0 : bits; left > 0; left -= 8) {
    out += static_cast<char>(length >> (left - 8));
  }
  if (!options.mask) return out + payload;
  const std::string key = "\x37\xfa\x21\x3d";
  out += key;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += static_cast<char>(payload[i] ^ key[i % 4]);
  }
  return out;
}

// The events as texts.
struct Recorder : FrameSink {
  void on_text(std::string_view text) override { add("text", text); }
  void on_binary(std::string_view bytes) override { add("binary", bytes); }
  void on_ping(std::string_view payload) override { add("ping", payload); }
  void on_pong(std::string_view payload) override { add("pong", payload); }
  void on_close(std::optional<std::uint16_t> code, std::string_view reason) override {
    add(code ? fmt::format("close {}", *code) : "close", reason);
  }
  void on_error(CloseReason reason, std::string_view why) override {
    events.push_back("error " + std::string(close_info(reason).name));
    EXPECT_FALSE(why.empty());
    EXPECT_LE(why.size(), 123U);
  }
  void add(const std::string& kind, std::string_view payload) {
    events.push_back(kind + "(" + std::string(payload) + ")");
  }
  std::vector<std::string> events;
};

// Feeds `bytes` in pieces that end at `cuts`, each in memory of its own, so that ASan sees a view
// that outlived its call.
std::vector<std::string> feed_cut(const std::string& bytes, const std::vector<std::size_t>& cuts) {
  FrameReader reader({kMaxMessage, kMaxFragments});
  Recorder recorder;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t end = i < cuts.size() ? cuts[i] : bytes.size();
    const auto text = bytes.substr(begin, end - begin);
    std::vector<char> piece(text.begin(), text.end());
    reader.feed(piece, recorder);
    begin = end;
  }
  EXPECT_TRUE(reader.open() || reader.held_bytes() == 0);
  return recorder.events;
}

std::string close_payload(unsigned code, const std::string& reason = {}) {
  return std::string{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)} + reason;
}

std::string repeat(const std::string& text, unsigned times) {
  std::string out;
  for (unsigned i = 0; i < times; ++i) out += text;
  return out;
}

struct Case {
  std::string name;
  std::string bytes;
  std::vector<std::string> events;
};

std::vector<Case> valid_messages() {
  const std::string x125(125, 'x'), x126(126, 'x'), y_limit(kMaxMessage, 'y');
  return {
      {"nothing", "", {}},
      {"text", frame(kText, "hello"), {"text(hello)"}},
      {"empty text", frame(kText, ""), {"text()"}},
      {"125 bytes", frame(kText, x125), {"text(" + x125 + ")"}},
      {"126 bytes", frame(kText, x126), {"text(" + x126 + ")"}},
      {"exactly the limit", frame(kText, y_limit), {"text(" + y_limit + ")"}},
      {"binary need not be UTF-8", frame(kBinary, "\xff\xfe\x80"), {"binary(\xff\xfe\x80)"}},
      {"two messages", frame(kText, "a") + frame(kText, "b"), {"text(a)", "text(b)"}},
      {"edge code points",
       frame(kText, "\0\xef\xbf\xbf\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80"s),
       {"text(\0\xef\xbf\xbf\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80)"s}},
      {"unfinished header", frame(kText, "hello").substr(0, 5), {}},
      {"unfinished payload", frame(kText, "hello").substr(0, 9), {}},
  };
}

std::vector<Case> valid_fragments() {
  const std::string smile = "\xf0\x9f\x98\x80";
  return {
      {"two fragments",
       frame(kText, "he", kUnfinished) + frame(kContinuation, "llo"),
       {"text(hello)"}},
      {"binary",
       frame(kBinary, "\xff", kUnfinished) + frame(kContinuation, "\xfe"),
       {"binary(\xff\xfe)"}},
      {"empty ones first, in the middle and last",
       frame(kText, "", kUnfinished) + frame(kContinuation, "ab", kUnfinished) +
           frame(kContinuation, "", kUnfinished) + frame(kContinuation, "c", kUnfinished) +
           frame(kContinuation, ""),
       {"text(abc)"}},
      {"only empty ones",
       frame(kText, "", kUnfinished) + frame(kContinuation, "") + frame(kText, "z"),
       {"text()", "text(z)"}},
      {"control frames between them",
       frame(kText, "a", kUnfinished) + frame(kPing, "mid") + frame(kPong, "") +
           frame(kContinuation, "b") + frame(kText, "c"),
       {"ping(mid)", "pong()", "text(ab)", "text(c)"}},
      {"as many as may be",
       frame(kText, "a", kUnfinished) +
           repeat(frame(kContinuation, "a", kUnfinished), kMaxFragments - 2) +
           frame(kContinuation, "b"),
       {"text(" + std::string(kMaxFragments - 1, 'a') + "b)"}},
      {"a code point cut between them",
       frame(kText, smile.substr(0, 2), kUnfinished) +
           frame(kContinuation, smile.substr(2, 1), kUnfinished) +
           frame(kContinuation, smile.substr(3)),
       {"text(" + smile + ")"}},
  };
}

std::vector<Case> valid_control_frames() {
  const std::string x125(125, 'x'), x123(123, 'x');
  return {
      {"ping and pong",
       frame(kPing, "p") + frame(kPong, "q") + frame(kPing, ""),
       {"ping(p)", "pong(q)", "ping()"}},
      {"ping of 125 bytes", frame(kPing, x125), {"ping(" + x125 + ")"}},
      {"close", frame(kClose, close_payload(1000, "bye")), {"close 1000(bye)"}},
      {"close without a code", frame(kClose, ""), {"close()"}},
      {"close reason of 123 bytes",
       frame(kClose, close_payload(4999, x123)),
       {"close 4999(" + x123 + ")"}},
      {"close between fragments",
       frame(kText, "a", kUnfinished) + frame(kClose, close_payload(1001)),
       {"close 1001()"}},
      {"nothing after a close",
       frame(kClose, close_payload(1000)) + frame(kPing, "after") + frame(kText, "x"),
       {"close 1000()"}},
  };
}

const std::vector<std::string> kProtocolError = {"error protocol_error"};
const std::vector<std::string> kTooLarge = {"error message_too_large"};
const std::vector<std::string> kBadUtf8 = {"error bad_utf8"};

std::vector<Case> broken_frames() {
  std::vector<Case> cases = {
      {"unmasked text", frame(kText, "{}", kUnmasked), kProtocolError},
      {"unmasked ping", frame(kPing, "x", kUnmasked), kProtocolError},
      {"unmasked close", frame(kClose, close_payload(1000), kUnmasked), kProtocolError},
      {"unmasked frame in a masked message",
       frame(kText, "{", kUnfinished) + frame(kContinuation, "}", kUnmasked), kProtocolError},
      {"ping of 126 bytes", frame(kPing, std::string(126, 'a')), kProtocolError},
      {"ping with a 64 bit length", frame(kPing, "a", form(64)), kProtocolError},
      {"fragmented ping", frame(kPing, "a", kUnfinished), kProtocolError},
      {"fragmented close", frame(kClose, close_payload(1000), kUnfinished), kProtocolError},
      {"continuation of nothing", frame(kContinuation, "x"), kProtocolError},
      {"continuation after a whole message",
       frame(kText, "a") + frame(kContinuation, "x"),
       {"text(a)", "error protocol_error"}},
      {"text inside a message", frame(kText, "a", kUnfinished) + frame(kText, "b"), kProtocolError},
      {"binary inside a message", frame(kText, "a", kUnfinished) + frame(kBinary, "b"),
       kProtocolError},
      {"16 bit length for 100 bytes", frame(kText, std::string(100, 'a'), form(16)),
       kProtocolError},
      {"64 bit length for 200 bytes", frame(kText, std::string(200, 'a'), form(64)),
       kProtocolError},
      {"top bit of the length", frame(kText, "{}", form(64)).replace(2, 1, "\x80"), kProtocolError},
      {"what came before is delivered, what comes after is not",
       frame(kText, "a") + frame(kPing, "b") + frame(3, "") + frame(kText, "c"),
       {"text(a)", "ping(b)", "error protocol_error"}},
  };
  for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
    cases.push_back({fmt::format("opcode {}", opcode), frame(opcode, "x"), kProtocolError});
  }
  for (const unsigned bits : {1U, 2U, 4U}) {
    for (const unsigned opcode : {kText, kBinary, kPing, kClose}) {
      cases.push_back({fmt::format("reserved bits {}, opcode {}", bits, opcode),
                       frame(opcode, "ab", reserved(bits)), kProtocolError});
    }
  }
  return cases;
}

std::vector<Case> broken_limits() {
  return {
      {"claim of 2^62 bytes", frame(kText, "{}", claim(1LL << 62)), kTooLarge},
      {"one byte over the limit", frame(kText, std::string(kMaxMessage + 1, 'a')), kTooLarge},
      {"known at the header", frame(kText, "", claim(kMaxMessage + 1)), kTooLarge},
      {"fragments over the limit",
       frame(kText, std::string(600, 'a'), kUnfinished) +
           frame(kContinuation, std::string(401, 'a'), kUnfinished),
       kTooLarge},
      {"too many fragments, all empty",
       frame(kText, "", kUnfinished) + repeat(frame(kContinuation, "", kUnfinished), kMaxFragments),
       kTooLarge},
  };
}

std::vector<Case> broken_closes() {
  std::vector<Case> cases = {{"close of one byte", frame(kClose, "\x03"), kProtocolError}};
  for (const unsigned code :
       {0U, 1U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U}) {
    cases.push_back(
        {fmt::format("close code {}", code), frame(kClose, close_payload(code)), kProtocolError});
  }
  return cases;
}

std::vector<Case> broken_texts() {
  std::vector<Case> cases;
  for (const std::string bad :
       {"\x80", "\xc0\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xed\xb0\x80",
        "\xed\xa0\x80", "\xed\xa0\x80\xed\xb0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
        "\xfe", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3\x28"}) {
    cases.push_back({"bad UTF-8", frame(kText, "{\"x\":\"" + bad), kBadUtf8});
    cases.push_back({"bad UTF-8 in a fragment",
                     frame(kText, "ab", kUnfinished) + frame(kContinuation, bad + "\""), kBadUtf8});
    cases.push_back(
        {"bad UTF-8 in a close reason", frame(kClose, close_payload(1000, bad)), kBadUtf8});
    cases.push_back(
        {"bad UTF-8, cut between fragments",
         frame(kText, bad.substr(0, 1), kUnfinished) + frame(kContinuation, bad.substr(1)),
         kBadUtf8});
  }
  return cases;
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& table : {valid_messages(), valid_fragments(), valid_control_frames(),
                            broken_frames(), broken_limits(), broken_closes(), broken_texts()}) {
    all.insert(all.end(), table.begin(), table.end());
  }
  return all;
}

}  // namespace

TEST(FrameReader, FedAtOnceGivesTheEvents) {
  for (const auto& c : all_cases()) EXPECT_EQ(feed_cut(c.bytes, {}), c.events) << c.name;
}

TEST(FrameReader, EveryCutIntoTwoGivesTheSameEvents) {
  for (const auto& c : all_cases()) {
    for (std::size_t cut = 0; cut <= c.bytes.size(); ++cut) {
      ASSERT_EQ(feed_cut(c.bytes, {cut}), c.events) << c.name << ", cut at " << cut;
    }
  }
}

TEST(FrameReader, ByteByByteGivesTheSameEvents) {
  for (const auto& c : all_cases()) {
    std::vector<std::size_t> cuts;
    for (std::size_t i = 1; i < c.bytes.size(); ++i) cuts.push_back(i);
    EXPECT_EQ(feed_cut(c.bytes, cuts), c.events) << c.name;
  }
}

TEST(FrameReader, EveryCutIntoThreeGivesTheSameEvents) {
  for (const auto& c : all_cases()) {
    if (c.bytes.size() > 64) continue;
    for (std::size_t a = 0; a <= c.bytes.size(); ++a) {
      for (std::size_t b = a; b <= c.bytes.size(); ++b) {
        ASSERT_EQ(feed_cut(c.bytes, {a, b}), c.events) << c.name << ", cut at " << a << ", " << b;
      }
    }
  }
}

TEST(FrameReader, BadUtf8IsReportedBeforeTheFrameEnds) {
  const auto bytes = frame(kText, "ab\xff" + std::string(500, 'c'));
  EXPECT_EQ(feed_cut(bytes.substr(0, 8 + 3), {}), kBadUtf8);
}

TEST(FrameReader, WholeTextFrameIsDeliveredFromWhereItLies) {
  struct WhereSink : Recorder {
    void on_text(std::string_view text) override { at = text.data(); }
    const char* at = nullptr;
  } sink;
  FrameReader reader({});
  auto bytes = frame(kText, "hello") + frame(kText, "again");
  reader.feed(bytes, sink);
  EXPECT_EQ(sink.at, bytes.data() + bytes.size() - 5);
  EXPECT_EQ(reader.held_bytes(), 0U);
}

TEST(FrameReader, IsSmallAndHoldsNothingWhileIdle) {
  EXPECT_LE(sizeof(FrameReader), 64U);
  FrameReader reader({kMaxMessage, kMaxFragments});
  Recorder sink;
  const auto held_after = [&](std::string bytes) {
    reader.feed(bytes, sink);
    return reader.held_bytes();
  };
  const auto text = frame(kText, "hello"), ping = frame(kPing, "hello");
  EXPECT_EQ(held_after(text.substr(0, 5)), 0U) << "part of a header needs no memory";
  EXPECT_GT(held_after(text.substr(5, 3)), 0U);
  EXPECT_EQ(held_after(text.substr(8)), 0U);
  EXPECT_GT(held_after(ping.substr(0, 8)), 0U);
  EXPECT_EQ(held_after(ping.substr(8)), 0U);
  EXPECT_GT(held_after(frame(kText, "a", kUnfinished)), 0U);
  EXPECT_GT(held_after(ping.substr(0, 8)), 0U);
  EXPECT_GT(held_after(ping.substr(8)), 0U) << "the message in fragments is still under way";
  EXPECT_EQ(held_after(frame(kContinuation, "b")), 0U);
  EXPECT_EQ(sink.events,
            (std::vector<std::string>{"text(hello)", "ping(hello)", "ping(hello)", "text(ab)"}));
}

TEST(FrameReader, ClaimedLengthAloneCostsNoMemory) {
  FrameReader reader({1U << 30U, 10});
  Recorder sink;
  auto bytes = frame(kText, "abc", claim(1 << 29));
  EXPECT_TRUE(reader.feed(bytes, sink));
  EXPECT_LT(reader.held_bytes(), 1'000U);
}

TEST(FrameReader, StopInACallbackEndsTheEvents) {
  struct StoppingSink : Recorder {
    void on_text(std::string_view text) override {
      Recorder::on_text(text);
      reader->stop();
      Recorder::on_text(text);  // still alive
    }
    FrameReader* reader = nullptr;
  } sink;
  FrameReader reader({});
  sink.reader = &reader;
  auto bytes = frame(kText, "a", kUnfinished) + frame(kContinuation, "b") + frame(kPing, "p");
  EXPECT_FALSE(reader.feed(bytes, sink));
  EXPECT_EQ(sink.events, (std::vector<std::string>{"text(ab)", "text(ab)"}));
  EXPECT_EQ(reader.held_bytes(), 0U);
}

TEST(FrameReader, LongMessageArrivesWholeHoweverItIsAligned) {
  std::string payload;
  for (int i = 0; i < 70'000; ++i) payload += static_cast<char>('a' + i % 23);
  for (const std::size_t piece : {1U, 7U, 13U, 4096U, 100'000U}) {
    FrameReader reader({100'000, 10});
    Recorder sink;
    auto bytes = frame(kText, payload);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.feed(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)), sink);
    }
    ASSERT_EQ(sink.events.size(), 1U);
    EXPECT_TRUE(sink.events[0] == "text(" + payload + ")") << "pieces of " << piece;
  }
}

}  // namespace tickgate::gateway

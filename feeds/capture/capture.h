// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/ids.h"

// Capture format 1: recorded venue traffic, one JSON object a line, plain, gzip or zstd.
namespace tickgate::feeds {

enum class CaptureKind : std::uint8_t {
  kOpen,    // a connection was opened; target is its URL
  kSent,    // text we sent
  kText,    // a text frame received
  kBinary,  // a binary frame or datagram received; base64 in the file, bytes here
  kHttp,    // a REST answer; target is its URL
  kOther,   // a kind that came after this reader: nobody's, but no reason to stop
};
std::string_view name(CaptureKind kind);

struct CaptureRecord {
  std::int64_t time_ns = 0;  // since the Unix epoch, when the bytes left our socket's read
  std::string_view venue;    // lower case, as in the configuration
  std::uint32_t conn = 0;    // which connection of this capture
  CaptureKind kind{};
  std::string_view target;        // empty unless kOpen or kHttp
  std::string_view data;          // the bytes, unchanged; empty when kOpen
  std::string_view other_kind{};  // the kind's own word when kOther

  schemas::Timestamp time() const { return schemas::Timestamp{time_ns / 1000}; }
};

// How many readable zero bytes follow a record's data (simdjson wants 64).
inline constexpr std::size_t kCapturePadding = 64;

// One line of a capture to a record. Keeps the memory that the record's views point into, which
// live until the next parse. One thread.
class CaptureLineParser {
 public:
  // `line` without its line feed, which must stand behind it, followed by 8 readable bytes.
  // nullopt unless it is a record of format 1: error() says what was expected.
  std::optional<CaptureRecord> parse(std::string_view line);
  const std::string& error() const { return error_; }

 private:
  enum Key : std::uint8_t { kTime, kVenue, kConn, kKind, kTarget, kData, kKeyCount };

  bool parse_member(CaptureRecord& record);
  bool parse_kind(CaptureRecord& record);
  std::optional<Key> parse_key();
  bool parse_string(std::string_view& out);
  bool parse_escape(char*& out);
  bool parse_integer(std::int64_t greatest, std::int64_t& out);
  bool check_whole(CaptureRecord& record);
  bool decode_base64(CaptureRecord& record);
  void skip_space();
  bool fail(std::string_view expected);

  const char* at_ = nullptr;
  const char* line_begin_ = nullptr;
  unsigned seen_ = 0;         // a bit per Key
  std::string text_;          // unescaped strings, one behind the other, each with its padding
  char* text_end_ = nullptr;  // where the next one goes
  std::string binary_;        // a kBinary record's bytes
  std::string error_;
};

// Appends the record as one line, line feed included.
void append_capture_line(std::string& out, const CaptureRecord& record);

}  // namespace tickgate::feeds

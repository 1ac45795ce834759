// SPDX-License-Identifier: Apache-2.0
#include "feeds/capture/capture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <iterator>

#include "absl/strings/escaping.h"
#include "schemas/text.h"

namespace tickgate::feeds {
namespace {

constexpr std::array<std::string_view, 6> kKinds = {"open",   "sent", "text",
                                                    "binary", "http", "other"};
constexpr std::array<std::string_view, 6> kKeys = {"time", "venue",  "conn",
                                                   "kind", "target", "data"};

// The high bit of each byte of `word` that ends a run of plain characters in a JSON string: a
// quote, a backslash or a control character. A byte above such a one may be marked falsely (the
// borrow), so only the lowest mark counts; none is ever missed.
constexpr std::uint64_t string_breaks(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  const auto zero_bytes = [](std::uint64_t w) { return (w - kOnes) & ~w & kHigh; };
  const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHigh;
  return zero_bytes(word ^ (kOnes * '"')) | zero_bytes(word ^ (kOnes * '\\')) | control;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Four hexadecimal digits, or -1. Stops at the first that is none, so never reads past the line.
int hex4(const char* p) {
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_value(p[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

char* write_utf8(char* out, unsigned code) {
  const auto put = [&out](unsigned byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
  return out;
}

// Escapes what JSON demands and passes every other byte through: the bytes stay as they came.
void append_escaped(std::string& out, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  out.push_back('"');
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.substr(plain, i - plain));
    plain = i + 1;
    if (c >= 0x20) {
      out.push_back('\\');
      out.push_back(text[i]);
    } else if (c == '\n') {
      out.append("\\n");
    } else {
      out.append("\\u00").push_back(kHex[c >> 4U]);
      out.push_back(kHex[c & 15U]);
    }
  }
  out.append(text.substr(plain)).push_back('"');
}

}  // namespace

std::string_view name(CaptureKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

bool CaptureLineParser::fail(std::string_view expected) {
  const auto column = at_ - line_begin_ + 1;
  error_ = fmt::format("expected {} at column {}", expected, column);
  return false;
}

void CaptureLineParser::skip_space() {
  while (*at_ == ' ' || *at_ == '\t' || *at_ == '\r') ++at_;
}

std::optional<CaptureRecord> CaptureLineParser::parse(std::string_view line) {
  at_ = line_begin_ = line.data();
  seen_ = 0;
  // An unescaped text is no longer than the escaped one; each of six strings has its padding.
  const auto room = line.size() + kKeyCount * (kCapturePadding + 8);
  if (text_.size() < room) text_.resize(room + room / 2);
  text_end_ = text_.data();
  CaptureRecord record;
  skip_space();
  if (*at_ != '{') return fail("a JSON object"), std::nullopt;
  do {
    ++at_;
    skip_space();
    if (!parse_member(record)) return std::nullopt;
    skip_space();
  } while (*at_ == ',');
  if (*at_ != '}') return fail("',' or '}'"), std::nullopt;
  ++at_;
  skip_space();
  if (at_ != line.data() + line.size()) return fail("the line's end"), std::nullopt;
  if (!check_whole(record)) return std::nullopt;
  return record;
}

std::optional<CaptureLineParser::Key> CaptureLineParser::parse_key() {
  const char* const begin = at_;
  if (*at_ != '"') return fail("a key"), std::nullopt;
  ++at_;
  const char* const first = at_;
  while (*at_ >= 'a' && *at_ <= 'z') ++at_;
  const std::string_view key(first, static_cast<std::size_t>(at_ - first));
  // In the order in which they are written, the one after those seen is the one.
  const auto expected = static_cast<std::size_t>(std::countr_one(seen_));
  for (std::size_t n = 0; n < kKeys.size(); ++n) {
    const auto i = (expected + n) % kKeys.size();
    if (*at_ != '"' || key != kKeys[i]) continue;
    if ((seen_ >> i & 1U) != 0) {
      at_ = begin;
      return fail(fmt::format(R"(each key once, got a second "{}")", key)), std::nullopt;
    }
    seen_ |= 1U << i;
    ++at_;
    return static_cast<Key>(i);
  }
  at_ = begin;
  return fail("time, venue, conn, kind, target or data as a key"), std::nullopt;
}

bool CaptureLineParser::parse_member(CaptureRecord& record) {
  const auto key = parse_key();
  if (!key) return false;
  skip_space();
  if (*at_ != ':') return fail("':'");
  ++at_;
  skip_space();
  switch (*key) {
    case kTime:
      return parse_integer(INT64_MAX, record.time_ns);
    case kConn: {
      std::int64_t conn = 0;
      if (!parse_integer(UINT32_MAX, conn)) return false;
      record.conn = static_cast<std::uint32_t>(conn);
      return true;
    }
    case kVenue:
      return parse_string(record.venue);
    case kTarget:
      return parse_string(record.target);
    case kData:
      return parse_string(record.data);
    default:
      break;
  }
  return parse_kind(record);
}

bool CaptureLineParser::parse_kind(CaptureRecord& record) {
  const char* const begin = at_;
  std::string_view kind;
  if (!parse_string(kind)) return false;
  const auto known = std::find(kKinds.begin(), kKinds.end(), kind);
  record.kind = known == kKinds.end() ? CaptureKind::kOther
                                      : static_cast<CaptureKind>(known - kKinds.begin());
  if (record.kind == CaptureKind::kOther) record.other_kind = kind;
  if (!kind.empty()) return true;
  at_ = begin;
  return fail("kind to be open, sent, text, binary or http");
}

bool CaptureLineParser::parse_integer(std::int64_t greatest, std::int64_t& out) {
  const char* p = at_;
  std::int64_t value = 0;
  for (; *p >= '0' && *p <= '9'; ++p) {
    const std::int64_t digit = *p - '0';
    const bool close = value >= INT64_MAX / 10 - 1;  // within a division of the end
    if (close && value > (INT64_MAX - digit) / 10) return fail("an integer in range");
    value = value * 10 + digit;
  }
  if (value > greatest) return fail("an integer in range");
  if (p == at_ || (*at_ == '0' && p != at_ + 1)) return fail("an integer, not negative");
  at_ = p;
  out = value;
  return true;
}

// Most of a capture is JSON within JSON, where a quote comes every few bytes: what this loop moves
// along is in registers, and \" and \\ are undone here.
bool CaptureLineParser::parse_string(std::string_view& out) {
  if (*at_ != '"') return fail("a string");
  const char* at = at_ + 1;
  char* const begin = text_end_;
  char* end = begin;
  while (true) {
    std::uint64_t word = 0;
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(&word, at, sizeof word);
      const auto breaks = string_breaks(word);
      std::memcpy(end, &word, sizeof word);
      const auto plain = breaks == 0 ? 8U : static_cast<unsigned>(std::countr_zero(breaks)) / 8;
      at += plain;
      end += plain;
      if (breaks == 0) continue;
    }
    if (*at == '\\' && (at[1] == '"' || at[1] == '\\')) [[likely]] {
      *end++ = at[1];
      at += 2;
    } else if (*at == '"') {
      break;
    } else if (*at == '\\') {
      at_ = at;
      if (!parse_escape(end)) return false;
      at = at_;
    } else if (static_cast<unsigned char>(*at) < 0x20) {
      at_ = at;
      return fail("a string's end");
    } else {
      *end++ = *at++;
    }
  }
  at_ = at + 1;
  std::memset(end, 0, kCapturePadding);
  out = {begin, static_cast<std::size_t>(end - begin)};
  text_end_ = end + kCapturePadding;
  return true;
}

bool CaptureLineParser::parse_escape(char*& out) {
  switch (at_[1]) {
    case '"':
    case '\\':
    case '/':
      *out++ = at_[1];
      break;
    case 'b':
      *out++ = '\b';
      break;
    case 'f':
      *out++ = '\f';
      break;
    case 'n':
      *out++ = '\n';
      break;
    case 'r':
      *out++ = '\r';
      break;
    case 't':
      *out++ = '\t';
      break;
    case 'u': {
      const int first = hex4(at_ + 2);
      if (first < 0) return fail("four hexadecimal digits after \\u");
      auto code = static_cast<unsigned>(first);
      if (code >= 0xD800 && code <= 0xDFFF) {
        const int second = code < 0xDC00 && at_[6] == '\\' && at_[7] == 'u' ? hex4(at_ + 8) : -1;
        if (second < 0xDC00 || second > 0xDFFF) return fail("a whole surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10U) + static_cast<unsigned>(second - 0xDC00);
        at_ += 6;
      }
      out = write_utf8(out, code);
      at_ += 6;
      return true;
    }
    default:
      return fail("a JSON escape");
  }
  at_ += 2;
  return true;
}

bool CaptureLineParser::check_whole(CaptureRecord& record) {
  const auto is_kind = [&](CaptureKind kind) { return record.kind == kind; };
  unsigned wanted = 1U << kTime | 1U << kVenue | 1U << kConn | 1U << kKind;
  if (is_kind(CaptureKind::kOpen) || is_kind(CaptureKind::kHttp)) wanted |= 1U << kTarget;
  const bool is_other = is_kind(CaptureKind::kOther);
  if (!is_kind(CaptureKind::kOpen) && !is_other) wanted |= 1U << kData;
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    if ((wanted & ~seen_ & (1U << i)) == 0) continue;
    error_ = fmt::format(R"(expected the key "{}")", kKeys[i]);
    return false;
  }
  if ((wanted & (1U << kTarget)) == 0 && !is_other) record.target = {};  // does not belong there
  if ((wanted & (1U << kData)) == 0 && !is_other) record.data = {};
  if (record.venue.empty()) {
    error_ = "expected a venue's name, got \"\"";
    return false;
  }
  return !is_kind(CaptureKind::kBinary) || decode_base64(record);
}

bool CaptureLineParser::decode_base64(CaptureRecord& record) {
  if (!absl::Base64Unescape(schemas::to_absl(record.data), &binary_)) {
    error_ = "expected base64 as the data of a binary record";
    return false;
  }
  const auto size = binary_.size();
  binary_.append(kCapturePadding, '\0');
  record.data = std::string_view(binary_).substr(0, size);
  return true;
}

void append_capture_line(std::string& out, const CaptureRecord& record) {
  fmt::format_to(std::back_inserter(out), R"({{"time":{},"venue":)", record.time_ns);
  append_escaped(out, record.venue);
  const bool is_other = record.kind == CaptureKind::kOther;
  fmt::format_to(std::back_inserter(out), R"(,"conn":{},"kind":)", record.conn);
  append_escaped(out, is_other ? record.other_kind : name(record.kind));
  if (record.kind == CaptureKind::kOpen || record.kind == CaptureKind::kHttp || is_other) {
    out.append(",\"target\":");
    append_escaped(out, record.target);
  }
  if (record.kind == CaptureKind::kBinary) {
    std::string text;
    absl::Base64Escape(schemas::to_absl(record.data), &text);
    out.append(",\"data\":\"").append(text).append("\"");
  } else if (record.kind != CaptureKind::kOpen) {
    out.append(",\"data\":");
    append_escaped(out, record.data);
  }
  out.append("}\n");
}

}  // namespace tickgate::feeds

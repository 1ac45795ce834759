// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "gateway/log/log.h"
#include "schemas/json.h"
#include "schemas/utf8.h"

namespace tickgate::gateway::log {
namespace {

constexpr std::size_t kLongestValue = 1024;

// RFC 3339 in UTC with microseconds: 2026-11-20T14:43:47.000123Z.
void append_time(std::string& out, std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch());
  const auto second = std::chrono::floor<std::chrono::seconds>(since);
  const std::time_t clock = second.count();
  std::tm utc{};
  gmtime_r(&clock, &utc);
  char text[40];
  const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  out.append(text, length);
  std::snprintf(text, sizeof text, ".%06dZ", static_cast<int>((since - second).count()));
  out.append(text);
}

// As JSON: quoted, escaped, cut. A cut in the middle of a UTF-8 sequence shows as U+FFFD.
void append_text(std::string& out, std::string_view text) {
  schemas::append_json_string(out, schemas::utf8_prefix(text, kLongestValue));
  if (text.size() > kLongestValue) out.insert(out.size() - 1, "...");
}

struct AppendValue {
  std::string& out;

  void operator()(std::string_view text) const { append_text(out, text); }
  void operator()(bool flag) const { out.append(flag ? "true" : "false"); }
  template <std::integral Number>
  void operator()(Number number) const {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  }
};

// Whether a terminal shows it as it is and a reader sees where it ends.
bool is_plain(std::string_view text) {
  return !text.empty() && text.size() <= kLongestValue &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return c > ' ' && c < 127 && c != '"' && c != '\\' && c != '=';
         });
}

}  // namespace

void append_json_line(std::string& out, std::chrono::system_clock::time_point time, Level level,
                      std::string_view component, std::string_view message,
                      std::span<const Field> fields) {
  out.append("{\"time\":\"");
  append_time(out, time);
  out.append("\",\"level\":\"").append(feeds::log::name(level)).append("\",\"component\":");
  append_text(out, component);
  out.append(",\"message\":");
  append_text(out, message);
  for (const auto& field : fields) {
    out.push_back(',');
    append_text(out, field.key);
    out.push_back(':');
    std::visit(AppendValue{out}, field.value);
  }
  out.push_back('}');
}

void append_text_line(std::string& out, std::chrono::system_clock::time_point time, Level level,
                      std::string_view component, std::string_view message,
                      std::span<const Field> fields) {
  append_time(out, time);
  out.push_back(' ');
  out.append(feeds::log::name(level)).append(8 - feeds::log::name(level).size(), ' ');
  out.append(component).append(": ");
  for (const char c : message) out.push_back(c >= ' ' && c != 127 ? c : '?');
  for (const auto& field : fields) {
    out.push_back(' ');
    out.append(field.key).push_back('=');
    const auto* const text = std::get_if<std::string_view>(&field.value);
    if (text != nullptr && is_plain(*text)) {
      out.append(*text);
    } else {
      std::visit(AppendValue{out}, field.value);
    }
  }
}

}  // namespace tickgate::gateway::log

// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/cluster_values.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/ascii.h"
#include "gateway/config/config_values.h"
#include "schemas/interval.h"

namespace tickgate::gateway {
namespace {

constexpr std::size_t kLongestPrefix = 64, kLongestName = 64, kLongestHost = 253;

bool is_word_byte(char byte) {
  return absl::ascii_isalnum(static_cast<unsigned char>(byte)) || byte == '-' || byte == '_';
}

bool is_host(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return std::ranges::all_of(host.substr(1, host.size() - 2), [](char byte) {
      return absl::ascii_isxdigit(static_cast<unsigned char>(byte)) || byte == ':' || byte == '.';
    });
  }
  return !host.empty() && host.size() <= kLongestHost &&
         std::ranges::all_of(host, [](char byte) { return is_word_byte(byte) || byte == '.'; });
}

bool is_port(std::string_view text) {
  const auto port = parse_whole(text);
  return port && *port >= 1 && *port <= UINT16_MAX;
}

}  // namespace

bool is_nats_url(const std::string& text) {
  std::string_view rest = text;
  const auto colon = rest.find("://");
  if (colon == rest.npos) return false;
  const auto scheme = rest.substr(0, colon);
  if (scheme != "nats" && scheme != "tls") return false;
  rest.remove_prefix(colon + 3);
  const auto bracket = rest.starts_with('[') ? rest.find(']') : 0;
  if (bracket == rest.npos) return false;
  const auto port = rest.find(':', bracket);
  if (port == rest.npos) return is_host(rest);
  return is_host(rest.substr(0, port)) && is_port(rest.substr(port + 1));
}

bool is_subject_prefix(const std::string& text) {
  const auto right = [](char byte) { return is_word_byte(byte) || byte == '.'; };
  return !text.empty() && text.size() <= kLongestPrefix && text.front() != '.' &&
         text.back() != '.' && text.find("..") == text.npos && std::ranges::all_of(text, right);
}

bool is_interval(const std::string& text) { return schemas::interval_from_name(text).has_value(); }

bool is_ingest_name(const std::string& text) {
  const auto right = [](char byte) { return is_word_byte(byte) || byte == '.'; };
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, right);
}

}  // namespace tickgate::gateway

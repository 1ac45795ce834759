// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/http_text.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address_v4.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gateway/protocol/utf8_checker.h"
#include "schemas/check.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

using schemas::to_absl;
using schemas::to_std;

bool is_hex(char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); }

bool is_plain_text(std::string_view text) {
  return is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7F;
         });
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const auto digits = to_absl(text.substr(i + 1, 2));
    if (!std::all_of(digits.begin(), digits.end(), is_hex)) return std::nullopt;
    out += absl::HexStringToBytes(digits);
    i += 2;
  }
  if (!is_plain_text(out)) return std::nullopt;
  return out;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(to_absl(a), to_absl(b));
}

std::vector<std::string_view> split_list(std::string_view list) {
  std::vector<std::string_view> elements;
  for (const auto element : absl::StrSplit(to_absl(list), ',', absl::SkipWhitespace())) {
    elements.push_back(to_std(absl::StripAsciiWhitespace(element)));
  }
  return elements;
}

bool list_has_token(std::string_view list, std::string_view token) {
  const auto elements = split_list(list);
  return std::any_of(elements.begin(), elements.end(),
                     [&](std::string_view e) { return equals_ignoring_case(e, token); });
}

std::optional<std::vector<QueryParameter>> parse_query(std::string_view query) {
  std::vector<QueryParameter> parameters;
  for (const auto parameter : absl::StrSplit(to_absl(query), '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(parameter, absl::MaxSplits('=', 1));
    auto name = decode(to_std(parts.first));
    auto value = decode(to_std(parts.second));
    if (!name || !value) return std::nullopt;
    parameters.push_back({*std::move(name), *std::move(value)});
  }
  return parameters;
}

bool allows_origin(std::string_view rule, std::string_view origin) {
  if (rule == "*" || rule == origin) return true;
  const auto star = rule.find("://*.");
  if (star == rule.npos) return false;
  const auto scheme = rule.substr(0, star + 3);
  const auto end = rule.substr(star + 4);  // ".example.com"
  if (!origin.starts_with(scheme) || !origin.ends_with(end)) return false;
  const auto label = origin.substr(scheme.size());
  return label.size() > end.size() && label.front() != '.' && label.find('/') == label.npos &&
         label.find('@') == label.npos;
}

std::string origin_form(std::string_view target) {
  if (target.starts_with('/')) return std::string(target);
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() <= scheme.size() ||
        !equals_ignoring_case(target.substr(0, scheme.size()), scheme)) {
      continue;
    }
    const auto rest = target.substr(scheme.size());
    const auto end = rest.find_first_of("/?");
    if (end == 0) return {};
    if (end == rest.npos) return "/";
    return rest[end] == '/' ? std::string(rest.substr(end)) : "/" + std::string(rest.substr(end));
  }
  return {};
}

bool goes_by(std::string_view host, const std::vector<std::string>& names) {
  if (host.starts_with('[')) return true;  // no name begins so
  const auto name = host.substr(0, host.find(':'));
  if (name.find('.') == name.npos) return true;
  boost::system::error_code error;
  boost::asio::ip::make_address_v4(std::string(name), error);
  return !error || std::ranges::any_of(names, [&](const std::string& one) {
    return one == "*" || equals_ignoring_case(one, name);
  });
}

bool is_websocket_key(std::string_view key) {
  std::string bytes;
  return absl::Base64Unescape(to_absl(key), &bytes) && bytes.size() == 16 &&
         absl::Base64Escape(bytes) == key;  // the one canonical form
}

std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  TICKGATE_CHECK(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) ==
                 1);
  return absl::Base64Escape({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace tickgate::gateway

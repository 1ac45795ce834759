// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/config_values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "absl/strings/ascii.h"
#include "gateway/config/network.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {
namespace {

constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kDurationUnits = {
    {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 3> kSizeUnits = {
    {{"MiB", 1U << 20U}, {"KiB", 1U << 10U}, {"", 1}}};
constexpr std::uint64_t kLongestDuration = 10ULL * 366 * 24 * 3'600'000;

bool is_digit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool is_lower(char c) { return absl::ascii_islower(static_cast<unsigned char>(c)); }
bool is_upper(char c) { return absl::ascii_isupper(static_cast<unsigned char>(c)); }

// The digits at the front, and what follows them.
std::pair<std::string_view, std::string_view> split_digits(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  return {text.substr(0, count), text.substr(count)};
}

struct Authority {
  std::string_view host;  // without brackets
  bool valid = false;
};

bool is_ip(int family, std::string_view host) {
  in6_addr room{};
  return inet_pton(family, std::string(host).c_str(), &room) == 1;
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253 || host.front() == '.' || host.front() == '-') return false;
  return std::all_of(host.begin(), host.end(), [](char c) {
    return is_digit(c) || is_lower(c) || is_upper(c) || c == '-' || c == '.';
  });
}

// host, host:port, [v6] or [v6]:port.
Authority parse_authority(std::string_view text) {
  Authority result;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return result;
    result.host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
    if (!is_ip(AF_INET6, result.host)) return result;
  } else {
    result.host = text.substr(0, text.find(':'));
    rest = text.substr(result.host.size());
    if (!is_host_name(result.host)) return result;
  }
  if (rest.empty()) {
    result.valid = true;
  } else if (rest.front() == ':') {
    const auto port = parse_whole(rest.substr(1));
    result.valid = port && *port >= 1 && *port <= 65535;
  }
  return result;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_ip(AF_INET, host));
}

}  // namespace

std::optional<std::uint64_t> parse_whole(std::string_view text) {
  const auto [digits, rest] = split_digits(text);
  if (digits.empty() || !rest.empty() || (digits.size() > 1 && digits.front() == '0')) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  const auto error = std::from_chars(digits.data(), digits.data() + digits.size(), value).ec;
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<Milliseconds> parse_duration(std::string_view text) {
  const auto [digits, unit] = split_digits(text);
  const auto count = parse_whole(digits);
  if (!count) return std::nullopt;
  if (*count == 0 && unit.empty()) return Milliseconds{0};
  for (const auto& [name, factor] : kDurationUnits) {
    if (unit != name) continue;
    if (*count > kLongestDuration / static_cast<std::uint64_t>(factor)) return std::nullopt;
    return Milliseconds{static_cast<std::int64_t>(*count) * factor};
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto [digits, unit] = split_digits(text);
  const auto count = parse_whole(digits);
  if (!count || *count > (1ULL << 40U)) return std::nullopt;
  for (const auto& [name, factor] : kSizeUnits) {
    if (unit == name) return *count * factor;
  }
  return std::nullopt;
}

std::optional<double> parse_factor(std::string_view text) {
  const auto [whole, rest] = split_digits(text);
  if (!parse_whole(whole) || text.size() > 20) return std::nullopt;
  if (!rest.empty()) {
    if (rest.front() != '.') return std::nullopt;
    const auto [decimals, garbage] = split_digits(rest.substr(1));
    if (decimals.empty() || !garbage.empty()) return std::nullopt;
  }
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  return value;
}

std::string duration_text(Milliseconds value) {
  for (const auto& [name, factor] : kDurationUnits) {
    // 60s and 90s read better than 1m and 1500ms would, so minutes begin at two.
    if (value.count() % factor == 0 && value.count() / factor >= (name == "m" ? 2 : 1)) {
      return std::to_string(value.count() / factor).append(name);
    }
  }
  return "0s";
}

std::string size_text(std::uint64_t bytes) {
  for (const auto& [name, factor] : kSizeUnits) {
    if (bytes % factor == 0 && bytes >= factor) return std::to_string(bytes / factor).append(name);
  }
  return "0";
}

std::string factor_text(double value) {
  auto text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

namespace {

std::optional<std::string> proxy_problem(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (url == "none") return std::nullopt;
  auto host = url.substr(std::min(kScheme.size(), url.size()));
  std::string_view user;
  if (const auto at = host.rfind('@'); at != host.npos) {
    user = host.substr(0, at);
    host.remove_prefix(at + 1);
    if (user.find(':') == user.npos) host = {};
  }
  if (host.ends_with('/')) host.remove_suffix(1);
  if (url.starts_with(kScheme) && parse_authority(host).valid) return std::nullopt;
  return "expected http://[user:password@]host[:port] or none; other kinds of proxies are not "
         "spoken to";
}

}  // namespace

std::optional<std::string> url_problem(std::string_view url, std::string_view scheme) {
  if (scheme == "proxy") return proxy_problem(url);
  const std::string_view plain = scheme == "wss" ? "ws" : "http";
  const auto expected = [&](std::string_view what) {
    return std::string("expected ").append(what);
  };
  const std::string form = std::string(scheme) + "://host[:port][/path]";
  const auto colon = url.find("://");
  const auto given = url.substr(0, colon);
  if (colon == std::string_view::npos || (given != scheme && given != plain)) return expected(form);
  const auto rest = url.substr(colon + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) {
    return expected(form + " without user and password");
  }
  const bool printable =
      std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 127; });
  const auto parsed = parse_authority(authority);
  if (!parsed.valid || !printable || url.find('#') != std::string_view::npos) return expected(form);
  if (given == plain && !is_loopback(parsed.host)) {
    return expected(form + ", and " + std::string(plain) + ":// only to a loopback host");
  }
  return std::nullopt;
}

bool is_origin(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto scheme = text.substr(0, colon);
  // Browsers send scheme and host in lower case; another spelling would never match.
  const bool lower = std::none_of(text.begin(), text.end(), is_upper);
  const bool named = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return is_lower(c) || is_digit(c) || c == '-' || c == '+' || c == '.';
  });
  auto host = text.substr(colon + 3);
  const bool wild = host.starts_with("*.");
  if (wild) host.remove_prefix(2);
  return lower && named && host.find('*') == host.npos && parse_authority(host).valid &&
         (!wild || host.find('.') != host.npos);
}

bool is_host_or_any(std::string_view text) { return text == "*" || is_host_name(text); }

bool is_network(const std::string& text) { return parse_network(text).has_value(); }

bool is_feed_name(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower(c) || is_digit(c) || c == '-' || c == '_';
  });
}

std::string our_pair(std::string text) {
  const auto last = std::min(text.rfind('-'), text.size());
  std::replace(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(last), '-', '_');
  return text;
}

bool is_pair(const std::string& text) {
  const std::string symbol = "V:" + our_pair(text);  // the parts are views into it
  const auto parts = schemas::split_symbol(symbol);
  return text.size() <= 40 && parts && !parts->quote.empty() &&
         std::none_of(parts->quote.begin(), parts->quote.end(), is_lower);
}

bool is_label(const std::string& text) {
  return !text.empty() && text.size() <= 16 &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c); });
}

bool is_currency(const std::string& text) { return is_pair("X-" + text); }

bool is_pair_pattern(const std::string& text) {
  if (text == "*") return true;
  const auto dash = text.rfind('-');
  if (dash == std::string::npos) return false;
  const auto base = text.substr(0, dash);
  const auto quote = text.substr(dash + 1);
  return is_pair((base == "*" ? "X" : base) + "-" + (quote == "*" ? "X" : quote));
}

}  // namespace tickgate::gateway

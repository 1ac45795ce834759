// SPDX-License-Identifier: Apache-2.0
#include "feeds/net/url.h"

#include <algorithm>
#include <array>

#include "absl/strings/numbers.h"
#include "schemas/text.h"

namespace tickgate::feeds {
namespace {

struct Scheme {
  std::string_view prefix;
  bool tls, websocket;
  std::string_view port;
};
constexpr std::array<Scheme, 4> kSchemes = {{{"wss://", true, true, "443"},
                                             {"ws://", false, true, "80"},
                                             {"https://", true, false, "443"},
                                             {"http://", false, false, "80"}}};

bool plain_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == ':';
  });
}

// A request line ends at a blank: a target with one, or with a control character, is none.
bool plain_target(std::string_view target) {
  return std::all_of(target.begin(), target.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7F && c != '#';
  });
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  for (const Scheme& scheme : kSchemes) {
    if (!text.starts_with(scheme.prefix)) continue;
    text.remove_prefix(scheme.prefix.size());
    Url url{scheme.tls, scheme.websocket, "", std::string(scheme.port), "/"};
    const auto slash = std::min(text.find_first_of("/?"), text.size());
    auto authority = text.substr(0, slash);
    if (slash < text.size()) {
      url.target = (text[slash] == '?' ? "/" : "") + std::string(text.substr(slash));
    }
    const bool bracketed = authority.starts_with('[');
    const auto host_end = bracketed ? authority.find(']') : authority.find(':');
    if (bracketed && host_end == std::string_view::npos) return std::nullopt;
    url.host = authority.substr(bracketed ? 1 : 0, bracketed ? host_end - 1 : host_end);
    auto rest = authority.substr(std::min(authority.size(), host_end + (bracketed ? 1 : 0)));
    if (!rest.empty()) {
      int port = 0;
      if (rest.front() != ':') return std::nullopt;
      rest.remove_prefix(1);
      const bool digits = rest.find_first_not_of("0123456789") == std::string_view::npos;
      if (!digits || !absl::SimpleAtoi(schemas::to_absl(rest), &port)) return std::nullopt;
      if (port < 1 || port > 65535) return std::nullopt;
      url.port = rest;
    }
    if (!plain_host(url.host) || !plain_target(url.target)) return std::nullopt;
    return url;
  }
  return std::nullopt;
}

std::string Url::authority() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? "443" : "80")) out.append(":").append(port);
  return out;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  const bool digits = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return digits && host.starts_with("127.");
}

}  // namespace tickgate::feeds

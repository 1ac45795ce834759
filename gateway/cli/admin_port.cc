// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/admin_port.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ssl/context.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <system_error>

#include "gateway/cli/flag_table.h"

namespace tickgate::gateway {
namespace {

constexpr std::size_t kMostToken = 4'096;

absl::Status bad(const std::string& what, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", what, why));
}

// What may stand in a field of a request: anything else could begin another.
absl::StatusOr<std::string> checked_token(std::string token, const std::string& source) {
  while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  const bool good = !token.empty() && token.size() <= kMostToken &&
                    std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7F; });
  if (!good) return bad(source, "expected one line, a token of visible ASCII characters");
  return token;
}

// Waits for a pipe: a shell may give one in place of a file.
absl::StatusOr<std::string> read_token(const std::string& path) {
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "re"), close);
  if (!file) return bad(path, std::generic_category().message(errno));
  std::array<char, kMostToken + 8> text{};
  return checked_token({text.data(), std::fread(text.data(), 1, text.size(), file.get())}, path);
}

absl::StatusOr<std::string> find_token(const AdminFlags& flags) {
  if (!flags.token_file.empty()) return read_token(flags.token_file);
  const char* const named = std::getenv("TICKGATE_ADMIN_TOKEN");
  if (named == nullptr || *named == '\0') return std::string();
  return checked_token(named, "TICKGATE_ADMIN_TOKEN");
}

absl::Status show_certificate(const AdminFlags& flags, boost::asio::ssl::context& context) {
  if (flags.certificate.empty() && flags.key.empty()) return absl::OkStatus();
  if (flags.certificate.empty() || flags.key.empty()) {
    return absl::InvalidArgumentError("--admin-cert and --admin-key belong together");
  }
  boost::system::error_code error;
  context.use_certificate_chain_file(flags.certificate, error);
  if (error) return bad(flags.certificate, error.message());
  context.use_private_key_file(flags.key, boost::asio::ssl::context::pem, error);
  if (error) return bad(flags.key, error.message());
  return absl::OkStatus();
}

}  // namespace

void add_admin(FlagTable& table, std::string_view name, const std::string& help, AdminNeeds needs,
               AdminFlags& flags) {
  table.text(name, "URL", help, "a URL like http://127.0.0.1:9100",
             [&flags](std::string_view text) {
               const auto url = feeds::parse_url(text);
               const bool good = url && !url->websocket;
               if (good) flags.url = text;
               return good;
             });
  if (needs == AdminNeeds::kToken) {
    table.file("admin-token-file", "its token, one line; else TICKGATE_ADMIN_TOKEN has it",
               flags.token_file, false);
  }
  table.file("admin-ca", "PEM file, authorities trusted beside the system's, with https",
             flags.ca_file, false);
  table.file("admin-cert", "PEM file, a certificate to show it", flags.certificate, false);
  table.file("admin-key", "PEM file, that one's key", flags.key, false);
}

void add_admin(FlagTable& table, AdminFlags& flags) {
  add_admin(table, "admin", "the admin port (" + flags.url + ")", AdminNeeds::kToken, flags);
}

absl::StatusOr<AdminPort> AdminPort::open(const AdminFlags& flags) {
  AdminPort port;
  port.url = *feeds::parse_url(flags.url);  // the flag's, which parsed
  auto token = find_token(flags);
  if (!token.ok()) return token.status();
  port.token = *std::move(token);
  if (!port.url.tls) return port;
  auto trust = feeds::TlsTrust::create(flags.ca_file);
  if (!trust.ok()) return trust.status();
  if (auto shown = show_certificate(flags, trust->context()); !shown.ok()) return shown;
  port.trust = *std::move(trust);
  return port;
}

std::string_view admin_hint(unsigned status) {
  return status == 401 ? "It wants a token (--admin-token-file FILE, or TICKGATE_ADMIN_TOKEN) or a "
                         "certificate (--admin-cert, --admin-key).\n"
                       : "";
}

}  // namespace tickgate::gateway

// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/nats_options.h"

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "feeds/log/log.h"
#include "feeds/nats/connect_options.h"
#include "feeds/nats/nkey.h"
#include "schemas/text.h"

namespace tickgate::feeds {
namespace {

using schemas::to_absl;

constexpr std::size_t kMostSecretBytes = 64 * 1024;

absl::Status refuse(const std::string& url, const char* why) {
  return absl::InvalidArgumentError(absl::StrCat("url: ", log::redact_url(url), ": ", why));
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return false;
  int port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    port = port * 10 + (c - '0');
  }
  return port > 0 && port <= 65'535;
}

absl::Status check_url(const std::string& url) {
  std::string_view rest = url;
  if (rest.starts_with("nats://")) {
    rest.remove_prefix(7);
  } else if (rest.starts_with("tls://")) {
    rest.remove_prefix(6);
  } else {
    return refuse(url, "it has to begin with nats:// or tls://");
  }
  if (rest.find('@') != std::string_view::npos) {
    return refuse(url, "who we are stands in files, not in it (user, password_file)");
  }
  if (rest.find_first_of("/?#, \t\r\n") != std::string_view::npos) {
    return refuse(url, "nothing may stand behind host and port");
  }
  std::string_view host = rest, port = "4222";
  const auto colon = rest.rfind(':'), bracket = rest.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    host = rest.substr(0, colon);
    port = rest.substr(colon + 1);
  }
  if (host.empty()) return refuse(url, "it names no host");
  if (!is_port(port)) return refuse(url, "its port has to be 1..65535");
  return absl::OkStatus();
}

// A secret's file, without the line end behind it.
absl::StatusOr<std::string> read_secret(const char* option, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMostSecretBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": ", path, ": it cannot be read, or is empty"));
  }
  return text;
}

absl::Status set_identity(natsOptions* made, const NatsOptions& options) {
  if (!options.credentials_file.empty()) {
    const auto text = read_secret("credentials_file", options.credentials_file);
    if (!text.ok()) return text.status();
    natsOptions_SetUserCredentialsFromFiles(made, options.credentials_file.c_str(), nullptr);
  } else if (!options.nkey_file.empty()) {
    const auto seed = read_secret("nkey_file", options.nkey_file);
    if (!seed.ok()) return seed.status();
    const auto key = public_nkey(*seed);
    if (!key) {
      return absl::InvalidArgumentError(
          absl::StrCat("nkey_file: ", options.nkey_file, ": it holds no seed of a user (SU...)"));
    }
    natsOptions_SetNKeyFromSeed(made, key->c_str(), options.nkey_file.c_str());
  } else if (!options.user.empty()) {
    const auto password = read_secret("password_file", options.password_file);
    if (!password.ok()) return password.status();
    natsOptions_SetUserInfo(made, options.user.c_str(), password->c_str());
  }
  return absl::OkStatus();
}

bool wants_tls(const NatsOptions& options) {
  if (!options.ca_file.empty() || !options.certificate.empty()) return true;
  return std::any_of(options.urls.begin(), options.urls.end(),
                     [](const std::string& url) { return url.starts_with("tls://"); });
}

absl::Status set_tls(natsOptions* made, const NatsOptions& options) {
  if (!wants_tls(options)) return absl::OkStatus();
  if (const auto s = natsOptions_SetSecure(made, true); s != NATS_OK) return nats_error(s, "TLS");
  if (!options.ca_file.empty() &&
      natsOptions_LoadCATrustedCertificates(made, options.ca_file.c_str()) != NATS_OK) {
    return absl::InvalidArgumentError(
        absl::StrCat("ca_file: ", options.ca_file, ": it holds no certificates"));
  }
  if (!options.certificate.empty() &&
      natsOptions_LoadCertificatesChain(made, options.certificate.c_str(), options.key.c_str()) !=
          NATS_OK) {
    return absl::InvalidArgumentError(absl::StrCat("certificate, key: ", options.certificate, ", ",
                                                   options.key, ": no certificate and its key"));
  }
  return absl::OkStatus();
}

absl::Status check_ways(const NatsOptions& options) {
  const int ways = int{!options.credentials_file.empty()} + int{!options.nkey_file.empty()} +
                   int{!options.user.empty() || !options.password_file.empty()};
  if (ways > 1) {
    return absl::InvalidArgumentError(
        "one of credentials_file, nkey_file, and user with password_file");
  }
  if (options.user.empty() != options.password_file.empty()) {
    return absl::InvalidArgumentError("user and password_file: both or neither");
  }
  if (options.certificate.empty() != options.key.empty()) {
    return absl::InvalidArgumentError("certificate and key: both or neither");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status check(const NatsOptions& options) {
  if (options.urls.empty()) return absl::InvalidArgumentError("url: at least one");
  for (const auto& url : options.urls) {
    if (auto status = check_url(url); !status.ok()) return status;
  }
  if (auto status = check_ways(options); !status.ok()) return status;
  return connect_options(options, options.timeout).status();
}

absl::StatusOr<NatsLibraryOptions> connect_options(const NatsOptions& options,
                                                   std::chrono::milliseconds timeout) {
  natsOptions* raw = nullptr;
  if (const auto s = natsOptions_Create(&raw); s != NATS_OK) return nats_error(s, "options");
  NatsLibraryOptions made(raw);
  std::vector<const char*> urls;
  for (const auto& url : options.urls) urls.push_back(url.c_str());
  const natsStatus results[] = {
      natsOptions_SetServers(raw, urls.data(), static_cast<int>(urls.size())),
      natsOptions_SetName(raw, options.name.c_str()),
      natsOptions_SetTimeout(raw, timeout.count()),
      natsOptions_SetPingInterval(raw, options.ping.count()),
      natsOptions_SetMaxPingsOut(raw, 2),
      natsOptions_SetWriteDeadline(raw, options.write_deadline.count()),
      natsOptions_SetAllowReconnect(raw, false),
      natsOptions_UseGlobalMessageDelivery(raw, true),
  };
  for (const auto s : results) {
    if (s != NATS_OK) return nats_error(s, "options");
  }
  if (auto status = set_identity(raw, options); !status.ok()) return status;
  if (auto status = set_tls(raw, options); !status.ok()) return status;
  return made;
}

}  // namespace tickgate::feeds

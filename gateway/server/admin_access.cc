// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/admin_access.h"

#include <boost/asio/ip/address.hpp>
#include <utility>

#include "gateway/log/log.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

void warn(const std::string& warning) {
  log::warning("gateway", "admin port", {{"warning", warning}});
}

bool is_loopback(const std::string& host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

}  // namespace

absl::Status AdminAccess::open(const ServerConfig& config) {
  if (const auto& tls = config.admin_tls) {
    tls_ = std::make_unique<TlsContextHolder>(TlsFiles{tls->certificate, tls->key, tls->client_ca});
    if (auto loaded = tls_->reload(); !loaded.ok()) return loaded;
    for (const auto& warning : tls_->current()->warnings()) warn(warning);
    certificate_ = !tls->client_ca.empty();
    port_.speak_tls(tls_.get());
  }
  if (!config.admin_token_file.empty()) {
    if (auto read = read_token(config.admin_token_file); !read.ok()) return read;
    if (!config.admin_tls && !is_loopback(config.admin_listen.host)) {
      warn("its token goes over the network in the clear: server.admin_tls hides it");
    }
  }
  tell_port();
  return absl::OkStatus();
}

// The token first: if the certificate then fails, the port has both as they were.
absl::Status AdminAccess::use(const ServerConfig& running, const ServerConfig& next) {
  const auto token = token_;
  const auto token_file = token_file_;
  if (next.admin_token_file.empty()) {
    token_.reset();
    token_file_.reset();
  } else if (next.admin_token_file != running.admin_token_file) {
    if (auto read = read_token(next.admin_token_file); !read.ok()) return read;
  }
  if (tls_ != nullptr && next.admin_tls && next.admin_tls != running.admin_tls) {
    const auto& tls = *next.admin_tls;
    if (auto used = tls_->use({tls.certificate, tls.key, tls.client_ca}); !used.ok()) {
      token_ = token;
      token_file_ = token_file;
      return used;
    }
    certificate_ = !tls.client_ca.empty();
  }
  tell_port();
  return absl::OkStatus();
}

void AdminAccess::look() {
  if (tls_ != nullptr) {
    if (const auto reloaded = tls_->poll()) note_certificate(*reloaded);
  }
  if (token_file_ && token_file_->changed()) reload_token();
}

void AdminAccess::reload() {
  if (tls_ != nullptr) note_certificate(tls_->reload());
  if (token_file_) reload_token();
}

absl::Status AdminAccess::read_token(const std::string& file) {
  FileWatch watch({file});
  watch.note_read();
  auto loaded = AdminToken::load(file);
  if (!loaded.ok()) return loaded.status();
  if (!loaded->warning.empty()) warn(loaded->warning);
  token_ = loaded->token;
  token_file_ = std::move(watch);
  return absl::OkStatus();
}

void AdminAccess::reload_token() {
  const auto file = token_file_->paths().front();
  token_file_->note_read();  // one that is bad is said once
  if (const auto read = read_token(file); !read.ok()) {
    return log::error("gateway", "admin token not reloaded, the old one stays",
                      {{"error", schemas::to_std(read.message())}});
  }
  tell_port();
  log::info("gateway", "admin token reloaded");
}

void AdminAccess::note_certificate(const absl::Status& reloaded) const {
  if (!reloaded.ok()) {
    return log::error("gateway", "admin certificate not reloaded, the old one stays",
                      {{"error", schemas::to_std(reloaded.message())}});
  }
  log::info("gateway", "admin certificate reloaded");
  for (const auto& warning : tls_->current()->warnings()) warn(warning);
}

void AdminAccess::tell_port() { port_.ask_for(token_, certificate_); }

}  // namespace tickgate::gateway

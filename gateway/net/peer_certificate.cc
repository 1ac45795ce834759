// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/peer_certificate.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "absl/strings/escaping.h"
#include "gateway/net/openssl.h"

namespace tickgate::gateway {
namespace {

constexpr std::size_t kLongest = 256;

// What is not printable could be told from a name that is mapped only by a machine: a zero, above
// all, ends some names too early.
void add(std::vector<std::string>& names, std::string_view kind, std::string_view text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7F;
  });
  if (text.empty() || kind.size() + text.size() > kLongest || !printable) return;
  names.push_back(std::string(kind).append(text));
}

void add_alternative(std::vector<std::string>& names, const GENERAL_NAME* name) {
  int type = 0;
  const void* const value = GENERAL_NAME_get0_value(name, &type);
  const std::string_view kind = type == GEN_DNS     ? "DNS:"
                                : type == GEN_EMAIL ? "email:"
                                : type == GEN_URI   ? "URI:"
                                                    : "";
  if (kind.empty() || value == nullptr) return;
  const auto* const text = static_cast<const ASN1_STRING*>(value);
  add(names, kind,
      {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
       static_cast<std::size_t>(std::max(ASN1_STRING_length(text), 0))});
}

void add_alternatives(std::vector<std::string>& names, const X509* certificate) {
  auto* const all = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    add_alternative(names, sk_GENERAL_NAME_value(all, i));
  }
  GENERAL_NAMES_free(all);
}

// The only one: of two nobody knows which is meant.
void add_common_name(std::vector<std::string>& names, const X509* certificate) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return;
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size > 0) {
    add(names, "CN=", {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)});
  }
  OPENSSL_free(text);
}

}  // namespace

std::optional<PeerCertificate> peer_certificate_of(ssl_st* session) {
  const X509* const shown = SSL_get0_peer_certificate(session);
  if (shown == nullptr || SSL_get_verify_result(session) != X509_V_OK) return std::nullopt;
  PeerCertificate peer;
  add_common_name(peer.names, shown);
  add_alternatives(peer.names, shown);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto ends = to_time_point(X509_get0_notAfter(shown));
  const bool digested = X509_digest(shown, EVP_sha256(), digest.data(), &size) == 1;
  ERR_clear_error();
  if (!digested || !ends) return std::nullopt;
  peer.sha256 = absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), size});
  peer.expires = schemas::Timestamp{
      std::chrono::duration_cast<std::chrono::microseconds>(ends->time_since_epoch()).count()};
  return peer;
}

}  // namespace tickgate::gateway

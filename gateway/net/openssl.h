// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "schemas/freed_by.h"

// What the sources share that read certificates. OpenSSL's names stay among them.
namespace tickgate::gateway {

using BioPointer = std::unique_ptr<BIO, schemas::FreedBy<BIO_free_all>>;
using CertificatePointer = std::unique_ptr<X509, schemas::FreedBy<X509_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, schemas::FreedBy<EVP_PKEY_free>>;
using ContextPointer = std::unique_ptr<SSL_CTX, schemas::FreedBy<SSL_CTX_free>>;
using StorePointer = std::unique_ptr<X509_STORE, schemas::FreedBy<X509_STORE_free>>;

// The oldest reason in OpenSSL's queue, which is then emptied.
std::string openssl_error();

// In place of OpenSSL's prompt on the terminal. `asked`: null, or a bool that is then true.
int no_password(char* buffer, int size, int writing, void* asked);

// "FILE: WHAT"
absl::Status bad_file(const std::string& file, std::string_view what);

// Reads from the text, which outlives it.
BioPointer bio_of(const std::string& text);

// The next certificate in PEM form; null at the end, and where one is broken.
CertificatePointer next_certificate(BIO* bio);
// After that: was it the end? Empties OpenSSL's queue if it was.
bool at_end_of_pem();

std::optional<std::chrono::system_clock::time_point> to_time_point(const ASN1_TIME* time);
// 2026-11-29T19:00:00Z
std::string print_time(std::chrono::system_clock::time_point time);

}  // namespace tickgate::gateway

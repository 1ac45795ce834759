// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/page_writer.h"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "absl/strings/escaping.h"
#include "gateway/api/gzip_writer.h"
#include "gateway/http/http_preferences.h"
#include "schemas/check.h"
#include "schemas/freed_by.h"
#include "schemas/text.h"

namespace tickgate::gateway {

// SHA-256, of which 16 bytes are enough to tell pages apart.
struct PageWriter::Digest {
  Digest() { TICKGATE_CHECK(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1); }
  void add(std::string_view text) {
    TICKGATE_CHECK(EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1);
  }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    TICKGATE_CHECK(EVP_DigestFinal_ex(context.get(), bytes.data(), nullptr) == 1);
    std::string text;
    for (const auto byte : std::span(bytes).first(16)) text.push_back(static_cast<char>(byte));
    return absl::BytesToHexString(text);
  }

  std::unique_ptr<EVP_MD_CTX, schemas::FreedBy<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
};

PageWriter::PageWriter(bool gzip)
    : digest_(std::make_unique<Digest>()), gzip_(gzip ? std::make_unique<GzipWriter>() : nullptr) {}
PageWriter::PageWriter(PageWriter&&) noexcept = default;
PageWriter::~PageWriter() = default;

void PageWriter::add(std::string_view text) {
  digest_->add(text);
  if (gzip_ == nullptr) {
    body_.append(text);
  } else {
    gzip_->add(text, body_);
  }
}

KeptPage PageWriter::finish() {
  if (gzip_ != nullptr) gzip_->finish(body_);
  body_.shrink_to_fit();
  // Tags are strong: each form has its own.
  auto etag = "\"" + digest_->hex() + (gzip_ != nullptr ? "-gzip\"" : "\"");
  return {std::move(body_), std::move(etag), gzip_ != nullptr, {}};
}

std::string compose_page_response(const HttpRequest& request, std::string_view content_type,
                                  const KeptPage& page, std::vector<HttpHeader> headers) {
  headers.push_back({"ETag", page.etag});
  // May be stored, and is asked for again each time: what it says may be another by then.
  headers.push_back({"Cache-Control", request.grant == nullptr ? "no-cache" : "private, no-cache"});
  if (holds(request.if_none_match, page.etag)) {
    return compose_http_response(304, {}, {}, false, headers);
  }
  if (page.gzip) headers.push_back({"Content-Encoding", "gzip"});
  return compose_http_response(200, content_type, page.body, request.head_only, headers);
}

}  // namespace tickgate::gateway

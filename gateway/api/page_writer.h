// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/http_request_reader.h"

namespace tickgate::gateway {

class GzipWriter;

// The body of an answer that may be given more than once.
struct KeptPage {
  std::string body;  // as it is sent
  std::string etag;  // of these bytes, in its quotes; the same on every shard and gateway
  bool gzip = false;
  std::string next;  // where the next page is to be had; empty: this was the last
};

// Makes one, from pieces of text as they come, so that no piece of the work is long. One thread.
class PageWriter {
 public:
  explicit PageWriter(bool gzip);
  PageWriter(PageWriter&&) noexcept;
  ~PageWriter();

  void add(std::string_view text);
  // Once, behind all pieces.
  KeptPage finish();

 private:
  struct Digest;

  std::string body_;
  std::unique_ptr<Digest> digest_;    // of the text, not of its packed form
  std::unique_ptr<GzipWriter> gzip_;  // null: plain
};

// The answer that has this page; 304 where the client holds it already. `headers` are added.
std::string compose_page_response(const HttpRequest& request, std::string_view content_type,
                                  const KeptPage& page, std::vector<HttpHeader> headers);

}  // namespace tickgate::gateway

// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/served_files.h"

#include <algorithm>
#include <utility>

#include "gateway/http/http_preferences.h"
#include "schemas/check.h"

namespace tickgate::gateway {
namespace {

// Nothing but this port's own files, and streams: of another name too, behind a proxy.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";

std::string_view content_type_of(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".yaml", "application/yaml"},  // RFC 9512
  };
  const auto* const type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                        [&](const auto& one) { return name.ends_with(one.first); });
  TICKGATE_CHECK(type != std::end(kTypes));
  return type->second;
}

KeptPage kept(std::string_view text, bool gzip) {
  PageWriter writer(gzip);
  writer.add(text);
  return writer.finish();
}

}  // namespace

const ServedFiles& ServedFiles::instance() {
  static const ServedFiles files;
  return files;
}

ServedFiles::ServedFiles() {
  for (const auto& [path, name, text] : served_sources()) {
    files_.push_back({path, content_type_of(name), kept(text, false), kept(text, true)});
  }
}

std::optional<std::string> ServedFiles::answer(const HttpRequest& request) const {
  if (request.path == "/" && !wants_html(request.accept)) return std::nullopt;
  const auto file = std::find_if(files_.begin(), files_.end(),
                                 [&](const File& one) { return one.path == request.path; });
  if (file == files_.end()) return std::nullopt;
  return compose_page_response(request, file->content_type,
                               wants_gzip(request.accept_encoding) ? file->packed : file->plain,
                               {{"Vary", "Accept, Accept-Encoding"},
                                {"Content-Security-Policy", kPolicy},
                                {"Referrer-Policy", "no-referrer"}});
}

}  // namespace tickgate::gateway

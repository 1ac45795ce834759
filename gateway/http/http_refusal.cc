// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/http_refusal.h"

#include <array>

#include "gateway/http/http_response.h"
#include "gateway/protocol/replies.h"
#include "schemas/check.h"

namespace tickgate::gateway {
namespace {

constexpr std::string_view kNotAccepted = R"(Bearer error="invalid_token")";

struct Info {
  unsigned status;
  std::string_view name;
  std::string_view why = {};
  std::string_view retry_after = {};  // seconds
};

// In the order of HttpRefusal.
constexpr std::array<Info, kHttpRefusals> kInfos{{
    {400, "malformed"},
    {431, "header_too_large"},
    {414, "target_too_long"},
    {405, "method"},
    {505, "version"},
    {400, "host"},
    {421, "foreign_host"},
    {413, "body"},
    {411, "body_length"},
    {426, "no_upgrade"},
    {426, "stream_version"},
    {400, "stream_key"},
    {400, "subprotocol"},
    {400, "early_bytes"},
    {403, "origin"},
    {400, "url_credential"},
    {400, "credentials"},
    {401, "unauthenticated", "the credential is not accepted\n"},
    {401, "token_expired", "the credential has expired\n"},
    {429, "connections_of_subject", "too many connections of this subject: try again later\n", "5"},
    {503, "unauthenticated_connections",
     "too many streams have shown no credential yet: show it with the upgrade, or try again\n",
     "1"},
    {503, "visitors", "too many requests are being answered: try again\n", "1"},
    {429, "visitors_of_address", "too many requests of your address are being answered\n", "1"},
    {503, "visitors_bytes", "too many answers wait to be read: try again\n", "1"},
    {503, "connections", "too many connections: try again later\n", "5"},
    {503, "over_memory", "short of memory: try again later\n", "5"},
    {503, "draining", "restarting: try again\n", "1"},
    {503, "starting", "no prices have come yet: try again\n", "1"},
    {429, "address_connections", "too many connections of your address are open\n", "5"},
    {429, "address_rate", "your address comes too often: try again\n", "1"},
    {429, "address_credentials", "too many bad credentials came from your address\n", "60"},
    {0, "proxy_header"},
    {0, "untrusted_proxy"},
    {0, "timeout"},
    {0, "tls"},
    {0, "yielded"},
}};

const Info& info(HttpRefusal refusal) {
  const auto index = static_cast<std::size_t>(refusal);
  TICKGATE_CHECK(index < kInfos.size());
  return kInfos[index];
}

}  // namespace

std::string_view name(HttpRefusal refusal) { return info(refusal).name; }

unsigned status(HttpRefusal refusal) { return info(refusal).status; }

HttpRefusal refusal_of(AddressTable::Refusal refusal) {
  return refusal == AddressTable::Refusal::kConnections ? HttpRefusal::kAddressOpen
                                                        : HttpRefusal::kAddressRate;
}

std::string compose_refusal(HttpRefusal refusal, bool head_only) {
  const auto& about = info(refusal);
  TICKGATE_CHECK(!about.why.empty());
  const HttpHeader more = about.status == 401 ? HttpHeader{"WWW-Authenticate", kNotAccepted}
                                              : HttpHeader{"Retry-After", about.retry_after};
  return compose_http_response(about.status, kTextType, about.why, head_only, {&more, 1});
}

std::string_view words(HttpRefusal refusal) {
  auto why = info(refusal).why;
  if (!why.empty()) why.remove_suffix(1);
  return why;
}

std::string compose_unauthenticated(ErrorCode code, std::string_view message, bool shown,
                                    bool head_only) {
  Replies error;
  error.add_error("null", code, message, false);
  const HttpHeader challenge{"WWW-Authenticate", shown ? kNotAccepted : "Bearer"};
  return compose_http_response(401, kJsonType, error.text(), head_only, {&challenge, 1});
}

}  // namespace tickgate::gateway

// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/kraken/requests.h"

#include "schemas/json.h"

namespace tickgate::feeds::kraken {
namespace {

std::string request(std::string_view method, std::string_view channel,
                    std::span<const std::string> venue_symbols, std::size_t depth,
                    std::string_view more, std::uint64_t request_id) {
  std::string out;
  out.append(R"({"method":")").append(method);
  out.append(R"(","params":{"channel":")").append(channel).append("\"");
  char separator = '[';
  for (const auto& symbol : venue_symbols) {
    out.append(separator == '[' ? R"(,"symbol":[)" : ",");
    schemas::append_json_string(out, symbol);
    separator = ',';
  }
  if (separator == ',') out.append("]");
  if (depth != 0) out.append(R"(,"depth":)").append(std::to_string(depth));
  out.append(more);
  return out.append(R"(},"req_id":)").append(std::to_string(request_id)).append("}");
}

}  // namespace

std::string venue_symbol(std::string_view pair) {
  std::string out(pair);
  if (const auto dash = out.find('-'); dash != std::string::npos) out[dash] = '/';
  return out;
}

std::string pair_of(std::string_view venue_symbol) {
  std::string out(venue_symbol);
  const auto slash = out.find('/');
  if (slash == std::string::npos) return {};
  out[slash] = '-';
  return out;
}

std::size_t subscribable_depth(std::size_t wanted) {
  if (wanted == 0) return 25;
  for (const std::size_t offered : {10U, 25U, 100U, 500U}) {
    if (wanted <= offered) return offered;
  }
  return 1000;
}

std::string subscribe(std::string_view channel, std::span<const std::string> venue_symbols,
                      std::size_t depth, std::uint64_t request_id) {
  return request("subscribe", channel, venue_symbols, depth, R"(,"snapshot":true)", request_id);
}

std::string unsubscribe(std::string_view channel, std::span<const std::string> venue_symbols,
                        std::size_t depth, std::uint64_t request_id) {
  return request("unsubscribe", channel, venue_symbols, depth, "", request_id);
}

}  // namespace tickgate::feeds::kraken

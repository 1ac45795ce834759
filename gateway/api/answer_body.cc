// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/answer_body.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gateway/protocol/replies.h"
#include "gateway/protocol/symbol_pattern.h"
#include "schemas/utf8.h"

namespace tickgate::gateway {

HttpAnswerBody error_body(unsigned status, ErrorCode code, std::string_view message) {
  Replies error;
  error.add_error("null", code, message, false);
  return {status, error.text()};
}

HttpAnswerBody unknown_symbol_body(std::string_view parameter, std::string_view symbol,
                                   const FanOut& fan_out) {
  const auto near = fan_out.near_symbols(symbol);
  return error_body(404, ErrorCode::kUnknownSymbol,
                    fmt::format("{}: unknown {}{}{}{}", parameter,
                                schemas::utf8_prefix(symbol, SymbolPattern::kMaxLength),
                                near.empty() ? "" : ", did you mean ", fmt::join(near, " or "),
                                near.empty() ? "" : "?"));
}

}  // namespace tickgate::gateway

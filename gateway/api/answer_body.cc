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
                                   const FanOut& fan_out, const Entitled& who) {
  auto near = fan_out.near_symbols(symbol);
  std::erase_if(near, [&](std::string_view one) { return !who.covers(one); });
  return error_body(404, ErrorCode::kUnknownSymbol,
                    fmt::format("{}: unknown {}{}{}{}", parameter,
                                schemas::utf8_prefix(symbol, SymbolPattern::kMaxLength),
                                near.empty() ? "" : ", did you mean ", fmt::join(near, " or "),
                                near.empty() ? "" : "?"));
}

HttpAnswerBody forbidden_body(std::string_view parameter, std::string_view what,
                              const Grant& grant) {
  return error_body(403, ErrorCode::kForbidden,
                    fmt::format("{}: {} is not covered by {}{}", parameter,
                                schemas::utf8_prefix(what, SymbolPattern::kMaxLength),
                                grant.plan.empty() ? "this credential" : "plan ", grant.plan));
}

}  // namespace tickgate::gateway

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "gateway/api/entitled.h"
#include "gateway/fanout/fan_out.h"
#include "gateway/protocol/error_code.h"

namespace tickgate::gateway {

// What the public port says, before it is an HTTP answer.
struct HttpAnswerBody {
  unsigned status = 200;
  std::string json;
};

// The `code` and `message` of the protocol, as one object.
HttpAnswerBody error_body(unsigned status, ErrorCode code, std::string_view message);
// 404 for a symbol that there is not: "symbols: unknown btc-usd, did you mean KRAKEN:BTC-USD?".
HttpAnswerBody unknown_symbol_body(std::string_view parameter, std::string_view symbol,
                                   const FanOut& fan_out, const Entitled& who = {});
// 403: "symbols: KRAKEN:BTC-USD is not covered by plan basic".
HttpAnswerBody forbidden_body(std::string_view parameter, std::string_view what,
                              const Grant& grant);

}  // namespace tickgate::gateway

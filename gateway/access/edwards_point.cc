// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/edwards_point.h"

#include <openssl/bn.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "schemas/freed_by.h"

namespace tickgate::gateway {
namespace {

using schemas::FreedBy;
using Scratch = std::unique_ptr<BN_CTX, FreedBy<BN_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, FreedBy<BN_free>>;

Number number(const char* hex) {
  BIGNUM* made = nullptr;
  BN_hex2bn(&made, hex);
  return Number(made);
}

// 2^255 - 19, of which all else is a remainder.
Number prime() {
  return number("7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFED");
}

// The y of the points whose order is 1, 2, 4 or 8.
constexpr std::array<const char*, 5> kLowOrder = {
    "1", "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEC", "0",
    "7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7",
    "05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826"};

// Whether there is an x to this y: (y^2 - 1) / (d y^2 + 1) is a square, with d = -121665/121666.
// A quotient is one if the product is.
bool is_on_curve(const BIGNUM* y, const BIGNUM* p) {
  constexpr BN_ULONG kD = 121'665;
  const Scratch scratch(BN_CTX_new());
  const Number square(BN_new()), above(BN_new()), below(BN_new()), product(BN_new());
  if (scratch == nullptr || !square || !above || !below || !product) return false;
  const bool done = BN_mod_sqr(square.get(), y, p, scratch.get()) == 1 &&
                    BN_copy(above.get(), square.get()) != nullptr &&
                    BN_sub_word(above.get(), 1) == 1 && BN_mul_word(above.get(), kD + 1) == 1 &&
                    BN_mul_word(square.get(), kD) == 1 && BN_set_word(below.get(), kD + 1) == 1 &&
                    BN_sub(below.get(), below.get(), square.get()) == 1 &&
                    BN_mod_mul(product.get(), above.get(), below.get(), p, scratch.get()) == 1;
  return done && BN_kronecker(product.get(), p, scratch.get()) == 1;
}

}  // namespace

bool may_be_ed25519_key(std::string_view x) {
  constexpr std::size_t kBytes = 32;
  if (x.size() != kBytes) return false;
  std::array<unsigned char, kBytes> bytes{};
  std::copy(x.begin(), x.end(), bytes.begin());
  bytes.back() &= 0x7FU;  // the sign of x
  const Number y(BN_lebin2bn(bytes.data(), kBytes, nullptr));
  const auto p = prime();
  if (!y || !p || BN_cmp(y.get(), p.get()) >= 0) return false;
  const bool low = std::any_of(kLowOrder.begin(), kLowOrder.end(), [&](const char* hex) {
    const auto one = number(hex);
    return one == nullptr || BN_cmp(one.get(), y.get()) == 0;
  });
  const bool good = !low && is_on_curve(y.get(), p.get());
  ERR_clear_error();  // of this thread, whose TLS connections read it
  return good;
}

}  // namespace tickgate::gateway

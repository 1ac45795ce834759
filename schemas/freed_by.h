// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tickgate::schemas {

// The deleter of a std::unique_ptr to what a C library makes, by the function that frees it:
// std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>.
template <auto kFree>
struct FreedBy {
  template <typename Type>
  void operator()(Type* one) const {
    kFree(one);
  }
};

}  // namespace tickgate::schemas

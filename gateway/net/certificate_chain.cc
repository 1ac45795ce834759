// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/certificate_chain.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "gateway/net/openssl.h"

namespace tickgate::gateway {
namespace {

bool signed_by(X509* issuer, X509* one) {
  return X509_check_issued(issuer, one) == X509_V_OK &&
         X509_verify(one, X509_get0_pubkey(issuer)) == 1;
}

bool issuer_is_known(X509* one) {
  const StorePointer store(X509_STORE_new());
  using StoreContext = std::unique_ptr<X509_STORE_CTX, schemas::FreedBy<X509_STORE_CTX_free>>;
  const StoreContext context(X509_STORE_CTX_new());
  if (!store || !context || X509_STORE_set_default_paths(store.get()) != 1 ||
      X509_STORE_CTX_init(context.get(), store.get(), one, nullptr) != 1) {
    return true;  // nothing can be said
  }
  X509* issuer = nullptr;
  const bool found = X509_STORE_CTX_get1_issuer(&issuer, context.get(), one) == 1;
  X509_free(issuer);
  return found;
}

std::string issuer_of(X509* one) {
  const BioPointer bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), X509_get_issuer_name(one), 0, XN_FLAG_ONELINE) < 0) {
    return "unknown";
  }
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

std::vector<std::string> chain_warnings(ssl_ctx_st* context, const std::string& file,
                                        std::chrono::system_clock::time_point now) {
  std::vector<std::string> warnings;
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context, &chain);
  X509* before = SSL_CTX_get0_certificate(context);
  bool whole = true;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* one = sk_X509_value(chain, i);
    if (!signed_by(one, before)) {
      whole = false;
      warnings.push_back(fmt::format(
          "{}: certificate {} did not sign the one before it; leaf first, then each one's issuer",
          file, i + 2));
    }
    const auto ends = to_time_point(X509_get0_notAfter(one));
    if (ends && now >= *ends) {
      warnings.push_back(
          fmt::format("{}: certificate {} expired at {}", file, i + 2, print_time(*ends)));
    }
    before = one;
  }
  if (whole && !signed_by(before, before) && !issuer_is_known(before)) {
    warnings.push_back(fmt::format(
        "{}: the chain is short: it ends before \"{}\", which is no authority that this machine "
        "knows; add the certificates between, unless all clients know that one",
        file, issuer_of(before)));
  }
  ERR_clear_error();
  return warnings;
}

}  // namespace tickgate::gateway

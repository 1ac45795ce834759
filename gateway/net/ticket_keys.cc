// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <new>
#include <utility>

namespace tickgate::gateway {
namespace {

using Kept = std::shared_ptr<TicketKeys>;
constexpr int kIvBytes = 16;  // of AES-256-CBC

void free_kept(void* /*parent*/, void* kept, CRYPTO_EX_DATA* /*data*/, int /*index*/,
               long /*number*/, void* /*pointer*/) {
  delete static_cast<Kept*>(kept);
}

int kept_index() {
  static const int kIndex = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_kept);
  return kIndex;
}

bool random(std::span<unsigned char> bytes) {
  return RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1;
}

bool set_mac(EVP_MAC_CTX* mac, TicketKeys::Key& key) {
  std::array<char, 7> digest{"SHA256"};
  const std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
}

// As SSL_CTX_set_tlsext_ticket_key_evp_cb(3) has it: -1 an error, 0 no such key and so a whole
// handshake, 1 done, 2 done and a new ticket is due.
int on_ticket(SSL* session, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
              EVP_MAC_CTX* mac, int sealing) try {
  auto* const kept =
      static_cast<Kept*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), kept_index()));
  if (kept == nullptr) return -1;
  const auto now = monotonic_now();
  auto newest = (*kept)->newest(now);
  if (!newest) return -1;
  if (sealing == 1) {
    std::copy(newest->name.begin(), newest->name.end(), name);
    const bool sealed =
        random({iv, kIvBytes}) && set_mac(mac, *newest) &&
        EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, newest->cipher.data(), iv) == 1;
    return sealed ? 1 : -1;
  }
  auto key = (*kept)->find({name, newest->name.size()}, now);
  if (!key) return 0;
  const bool opened = set_mac(mac, *key) && EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr,
                                                               key->cipher.data(), iv) == 1;
  if (!opened) return -1;
  return key->name == newest->name ? 1 : 2;
} catch (const std::bad_alloc&) {
  return -1;
}

}  // namespace

TicketKeys::Key::~Key() {
  OPENSSL_cleanse(cipher.data(), cipher.size());
  OPENSSL_cleanse(mac.data(), mac.size());
}

void TicketKeys::retire(Monotonic now) {
  const std::lock_guard lock(mutex_);
  for (auto* const key : {&newest_, &before_}) {
    if (*key && now - (*key)->made >= 2 * kPeriod) key->reset();
  }
}

std::optional<TicketKeys::Key> TicketKeys::newest(Monotonic now) {
  const std::lock_guard lock(mutex_);
  if (newest_ && now - newest_->made < kPeriod) return newest_;
  Key next;
  next.made = now;
  if (!random(next.name) || !random(next.cipher) || !random(next.mac)) return std::nullopt;
  before_ = std::exchange(newest_, next);
  return newest_;
}

std::optional<TicketKeys::Key> TicketKeys::find(std::span<const unsigned char> name,
                                                Monotonic now) const {
  const std::lock_guard lock(mutex_);
  for (const auto* const key : {&newest_, &before_}) {
    if (!*key || now - (*key)->made >= 2 * kPeriod) continue;
    if (std::equal(name.begin(), name.end(), (*key)->name.begin(), (*key)->name.end())) return *key;
  }
  return std::nullopt;
}

bool use_ticket_keys(ssl_ctx_st* context, std::shared_ptr<TicketKeys> keys) {
  auto kept = std::make_unique<Kept>(std::move(keys));
  if (SSL_CTX_set_ex_data(context, kept_index(), kept.get()) != 1) return false;
  kept.release();  // the context's now  NOLINT(bugprone-unused-return-value)
  return SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket) == 1;
}

}  // namespace tickgate::gateway

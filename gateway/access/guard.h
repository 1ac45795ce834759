// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/access/grant.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

// A longer credential is none; in a header of HTTP or a subprotocol, whoever asks allows the half.
inline constexpr std::size_t kMostCredentialBytes = 8192, kMostHeaderCredentialBytes = 4096;

enum class Verdict : std::uint8_t {
  kGranted,
  kRefused,  // whatever was wrong with it: nobody is told which part
  kExpired,  // it was good once: only what is rightly signed is called expired
  kUnknown,  // its key is not held, and is being fetched: ask again within two seconds
};

struct Checked {
  Verdict verdict = Verdict::kRefused;
  std::shared_ptr<const Grant> grant;  // null unless kGranted
};

// A client's certificate that TLS has found good.
struct ShownCertificate {
  std::vector<std::string> names;  // "CN=desk-7", "DNS:...", "email:...", "URI:..."
  std::string sha256;              // in hex
  schemas::Timestamp expires{};
};

// All that is known at one moment of who may have what: keys, plans, who is denied. Never changed,
// but replaced as a whole (GuardHolder). Any thread.
class Guard {
 public:
  virtual ~Guard() = default;
  // A token or an API key as it came, of any length and content. At most 300 us where it has to be
  // verified (RFC 7515), less where it was lately.
  virtual Checked check(std::string_view credential, schemas::Timestamp now) const = 0;
  // kRefused: none of its names is mapped to anything, which is nobody's fault.
  virtual Checked check_certificate(const ShownCertificate& /*shown*/,
                                    schemas::Timestamp /*now*/) const {
    return {};
  }
  // Is a key on its way by which what is kUnknown now, or refused for want of it, may be good?
  virtual bool awaits_keys() const { return false; }
  // Of a grant that an earlier Guard gave: nullptr once its key is gone, its subject denied or its
  // time over; else what it gives now, the same pointer where nothing changed.
  virtual std::shared_ptr<const Grant> renewed(const std::shared_ptr<const Grant>& grant,
                                               schemas::Timestamp now) const = 0;
};

// The guard that is asked from now on. The main thread replaces it; shards look at the generation,
// which is cheap, and ask for current() where it is another one.
class GuardHolder {
 public:
  // Null: everybody may have everything.
  std::shared_ptr<const Guard> current() const {
    const std::lock_guard lock(mutex_);
    return guard_;
  }
  std::uint64_t generation() const {
    return generation_.load(std::memory_order_acquire);  // pairs: replace()
  }
  void replace(std::shared_ptr<const Guard> guard) {
    {
      const std::lock_guard lock(mutex_);
      guard_ = std::move(guard);
    }
    generation_.fetch_add(1, std::memory_order_release);  // pairs: generation()
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Guard> guard_;  // under the mutex
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace tickgate::gateway

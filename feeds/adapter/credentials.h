// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace tickgate::feeds {

// A text that must not be seen: it turns into no string, log field or stream by accident. Whoever
// has to say it to a venue says reveal(), and hands the text to AdapterEvents::send_secret.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  bool empty() const { return text_.empty(); }
  std::string_view reveal() const { return text_; }

  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;
  template <typename Sink>
  friend void AbslStringify(Sink&, const Secret&) = delete;

 private:
  std::string text_;
};

// What a venue knows us by. Both are secret: some venues ask for a key alone.
struct Credentials {
  Secret key, secret;

  bool empty() const { return key.empty() && secret.empty(); }
};

// `text` with "***" in place of each occurrence of the key and the secret: for what a venue, or a
// URL, may repeat of them.
std::string without_credentials(std::string_view text, const Credentials& credentials);

}  // namespace tickgate::feeds

// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/api_key.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "gateway/access/claims_reader.h"
#include "gateway/access/crc32.h"
#include "gateway/access/printable_text.h"
#include "gateway/access/strict_json.h"
#include "schemas/json.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

constexpr std::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kMostName = 64;

bool is_digits(std::string_view text) {
  return text.find_first_not_of(kDigits) == std::string_view::npos;
}

std::string sum_text(std::string_view text) {
  auto sum = crc32(text);
  std::string out(ApiKeyText::kSumBytes, '0');
  for (auto digit = out.rbegin(); digit != out.rend(); ++digit, sum /= 62) {
    *digit = kDigits[sum % 62];
  }
  return out;
}

absl::Status bad_line(const std::string& what) { return absl::InvalidArgumentError(what); }

bool read_digest(std::string_view text, Digest& digest) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (text.size() != 2 * digest.size() || text.find_first_not_of(kHex) != std::string_view::npos) {
    return false;
  }
  const auto bytes = absl::HexStringToBytes({text.data(), text.size()});
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return true;
}

void append_time(std::string& out, std::string_view name,
                 const std::optional<schemas::Timestamp>& time) {
  if (time) out.append(fmt::format(R"(,"{}":{})", name, time->value() / kTimeUnit));
}

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& texts) {
  out.append(fmt::format(R"(,"{}":[)", name));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out.push_back(',');
    schemas::append_json_string(out, texts[i]);
  }
  out.push_back(']');
}

void append_entitlement(std::string& out, const Entitlement& what) {
  std::vector<std::string> texts;
  if (what.symbols) {
    for (const auto& pattern : what.symbols->patterns()) texts.push_back(pattern.text());
    append_list(out, "symbols", texts);
  }
  if (what.channels) {
    texts.clear();
    for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
      if ((*what.channels >> i & 1U) == 0) continue;
      texts.emplace_back(name(static_cast<schemas::Channel>(i)));
    }
    append_list(out, "channels", texts);
  }
  const auto number = [&out](std::string_view name, const auto& value) {
    if (value) out.append(fmt::format(R"(,"{}":{})", name, *value));
  };
  number("depth", what.depth);
  number("min_interval_ms", what.min_interval_ms);
  number("delay_s", what.delay_s);
  number("connections", what.connections);
  number("subscriptions", what.subscriptions);
}

// Calls `take` with the number and the text of each line that has something to say, until it
// returns false. Editors leave blanks behind, and those of Windows a carriage return.
template <typename Take>
void each_line(std::string_view text, Take take) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line =
        schemas::to_std(absl::StripAsciiWhitespace(schemas::to_absl(text.substr(0, end))));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (!take(number, line)) return;
  }
}

}  // namespace

bool ApiKeyText::is_id(std::string_view text) { return text.size() == kIdBytes && is_digits(text); }

std::optional<std::string_view> ApiKeyText::id_of(std::string_view text) {
  if (text.size() != kBytes || !text.starts_with(kPrefix)) return std::nullopt;
  if (!is_digits(text.substr(kPrefix.size()))) return std::nullopt;
  const auto sum = sum_text(text.substr(0, kBytes - kSumBytes));
  const auto given = text.substr(kBytes - kSumBytes);
  if (CRYPTO_memcmp(sum.data(), given.data(), kSumBytes) != 0) return std::nullopt;
  return text.substr(kPrefix.size(), kIdBytes);
}

std::optional<std::string> ApiKeyText::make() {
  std::string text(kPrefix);
  while (text.size() < kBytes - kSumBytes) {
    unsigned char byte = 0;
    if (RAND_bytes(&byte, 1) != 1) return std::nullopt;
    if (byte < 4 * 62) text.push_back(kDigits[byte % 62]);  // each digit as likely as the others
  }
  return text + sum_text(text);
}

std::string api_key_line(const ApiKey& key) {
  std::string out = fmt::format(R"({{"id":"{}","name":)", key.id);
  schemas::append_json_string(out, key.name);
  out.append(R"(,"subject":)");
  schemas::append_json_string(out, key.subject);
  out.append(fmt::format(R"(,"sha256":"{}")", hex_text(key.digest)));
  append_time(out, "created", key.created);
  append_time(out, "expires", key.expires);
  if (!key.plan.empty()) {
    out.append(R"(,"plan":)");
    schemas::append_json_string(out, key.plan);
  }
  append_entitlement(out, key.entitlement);
  return out.append("}");
}

absl::StatusOr<ApiKey> read_api_key_line(std::string_view line) {
  StrictJson parsed;
  if (!parsed.parse(line)) return bad_line("expected a JSON object with each name once");
  const auto root = parsed.root();
  const auto text = [root](std::string_view name) {
    return std::string(text_member(root, name).value.value_or(""));
  };
  ApiKey key;
  key.id = text("id");
  key.name = text("name");
  key.subject = text("subject");
  if (!ApiKeyText::is_id(key.id)) return bad_line("id: expected 8 letters and digits");
  if (!is_printable(key.name, kMostName)) return bad_line("name: expected 1 to 64 printable bytes");
  if (!is_printable(key.subject, kMostSubject)) {
    return bad_line("subject: expected 1 to 256 printable bytes");
  }
  if (!read_digest(text("sha256"), key.digest))
    return bad_line("sha256: expected 64 digits of 0-9a-f");
  for (const auto& [name, time] : {std::pair{"created", &key.created}, {"expires", &key.expires}}) {
    if (!read_time(root, name, *time)) {
      return bad_line(fmt::format("{}: expected seconds since the epoch", name));
    }
  }
  std::string wrong;
  auto claims = read_claims(root, {"id", "name", "subject", "sha256", "created", "expires"}, wrong);
  if (!claims) return bad_line(fmt::format("{}: not what it should be", wrong));
  key.plan = std::move(claims->plan);
  key.entitlement = std::move(claims->entitlement);
  return key;
}

std::string_view id_in_api_key_line(std::string_view line) {
  constexpr std::string_view kName = R"("id")", kBlanks = " \t";
  const auto at = line.find(kName);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + kName.size());
  for (const char wanted : {':', '"'}) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    if (line.empty() || line.front() != wanted) return {};
    line.remove_prefix(1);
  }
  const auto id = line.substr(0, line.find('"'));
  return ApiKeyText::is_id(id) ? id : std::string_view{};
}

absl::StatusOr<ApiKeys> ApiKeys::parse(std::string_view text, schemas::Timestamp now) {
  ApiKeys keys;
  std::map<std::string, std::size_t, std::less<>> of_subject;
  const auto add = [&](std::string_view line) {
    auto key = read_api_key_line(line);
    if (!key.ok()) return key.status();
    const bool lives = !key->expires || *key->expires > now;
    if (lives && ++of_subject[key->subject] > kMostOfSubject) {
      return bad_line("expected at most two keys of a subject at once");
    }
    if (keys.keys_.size() == kMostKeys)
      return bad_line(fmt::format("more than {} keys", kMostKeys));
    const auto id = key->id;
    const bool is_new = keys.keys_.emplace(id, *std::move(key)).second;
    return is_new ? absl::OkStatus() : bad_line("the id was there before");
  };
  absl::Status status;
  each_line(text, [&](std::size_t number, std::string_view line) {
    const auto added = add(line);
    if (!added.ok()) {
      status = bad_line(fmt::format("line {}: {}", number, schemas::to_std(added.message())));
    }
    return status.ok();
  });
  if (!status.ok()) return status;
  return keys;
}

ApiKeys ApiKeys::still_in(std::string_view text) const {
  ApiKeys keys;
  each_line(text, [&](std::size_t, std::string_view line) {
    auto read = read_api_key_line(line);
    const auto* const before = find(read.ok() ? read->id : id_in_api_key_line(line));
    if (before != nullptr) keys.keys_.emplace(before->id, read.ok() ? *std::move(read) : *before);
    return true;
  });
  return keys;
}

const ApiKey* ApiKeys::find(std::string_view id) const {
  const auto at = keys_.find(id);
  return at == keys_.end() ? nullptr : &at->second;
}

}  // namespace tickgate::gateway

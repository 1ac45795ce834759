// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/key_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>

#include "gateway/access/api_key.h"
#include "gateway/cli/exit_code.h"
#include "gateway/cli/key_file.h"
#include "gateway/cli/printable.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;

int complain(std::FILE* errors, std::string_view what, int status = kMistake) {
  fmt::print(errors, "tickgate key: {}", printable_line(what));
  return status;
}

schemas::Timestamp now() {
  const auto time = std::chrono::system_clock::now().time_since_epoch();
  return schemas::Timestamp{std::chrono::duration_cast<std::chrono::microseconds>(time).count()};
}

// Whole seconds, as the file has them.
std::optional<schemas::Timestamp> end_of(const KeyFlags::Expires& expires,
                                         schemas::Timestamp from) {
  if (expires.at) return expires.at;
  if (!expires.after) return std::nullopt;
  const auto end = from.value() + std::chrono::microseconds(*expires.after).count();
  return schemas::Timestamp{end / kMicroseconds * kMicroseconds};
}

std::string date_text(const std::optional<schemas::Timestamp>& time, std::string_view otherwise) {
  if (!time) return std::string(otherwise);
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(time->value() / kMicroseconds));
}

// All of it, as far as the system says.
bool is_written(std::FILE* out, const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), out) == text.size() && std::fflush(out) == 0;
}

int create(const KeyFlags& flags, std::FILE* out, std::FILE* errors) {
  auto file = KeyFile::lock(flags.file, KeyFile::Missing::kIsMade);
  if (!file.ok()) return complain(errors, schemas::to_std(file.status().message()));
  const auto text = ApiKeyText::make();
  if (!text) return complain(errors, "the system has no randomness", kFailed);
  const auto made = now();
  ApiKey key;
  key.id = *ApiKeyText::id_of(*text);
  key.name = flags.word;
  key.subject = flags.subject.empty() ? flags.word : flags.subject;
  key.digest = sha256(*text);
  key.plan = flags.plan;
  key.entitlement = flags.entitlement;
  key.created = schemas::Timestamp{made.value() / kMicroseconds * kMicroseconds};
  key.expires = end_of(flags.expires, made);
  if (key.expires && *key.expires <= made) return complain(errors, "--expires: has passed already");
  auto all = file->text();
  if (!all.empty() && all.back() != '\n') all.push_back('\n');
  all.append(api_key_line(key)).push_back('\n');
  if (const auto keys = ApiKeys::parse(all, made); !keys.ok()) {
    return complain(errors,
                    fmt::format("{}: {}", flags.file, schemas::to_std(keys.status().message())));
  }
  // Shown before it opens anything: a key that is good and that nobody has is the worse mistake.
  if (!is_written(out, *text + "\n")) {
    return complain(errors, "the key cannot be shown, so none is made", kFailed);
  }
  if (const auto written = file->replace(all); !written.ok()) {
    return complain(
        errors,
        fmt::format("{}; the key that was shown opens nothing", schemas::to_std(written.message())),
        kFailed);
  }
  fmt::print(errors, "{}",
             printable_line(
                 fmt::format("key {} of {} is in {}, expires: {}; it was shown this once", key.id,
                             key.subject, flags.file, date_text(key.expires, "never"))));
  return kDone;
}

int list(const KeyFlags& flags, std::FILE* out, std::FILE* errors) {
  const auto text = read_key_file(flags.file);
  if (!text.ok()) return complain(errors, schemas::to_std(text.status().message()));
  const auto keys = ApiKeys::parse(*text, now());
  if (!keys.ok()) {
    return complain(errors,
                    fmt::format("{}: {}", flags.file, schemas::to_std(keys.status().message())));
  }
  auto lines = fmt::format("{:<8}  {:<10}  {:<10}  {:<12}  {:<20}  {}\n", "id", "created",
                           "expires", "plan", "subject", "name");
  for (const auto& [id, key] : keys->all()) {
    const bool over = key.expires && *key.expires <= now();
    lines.append(printable_line(
        fmt::format("{:<8}  {:<10}  {:<10}  {:<12}  {:<20}  {}{}", id, date_text(key.created, "-"),
                    date_text(key.expires, "never"), key.plan.empty() ? "-" : key.plan, key.subject,
                    key.name, over ? " (expired)" : "")));
  }
  if (!is_written(out, lines)) return complain(errors, "the list cannot be written", kFailed);
  return kDone;
}

int revoke(const KeyFlags& flags, std::FILE* errors) {
  auto file = KeyFile::lock(flags.file, KeyFile::Missing::kIsAnError);
  if (!file.ok()) return complain(errors, schemas::to_std(file.status().message()));
  // Line by line, and not by what all of them parse to: a bad line keeps no key alive, not even its
  // own.
  std::string kept;
  bool found = false;
  std::string_view rest = file->text();
  while (!rest.empty()) {
    const auto line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
    rest.remove_prefix(line.size());
    const auto key = read_api_key_line(line);
    const bool is_it = (key.ok() ? key->id : id_in_api_key_line(line)) == flags.word;
    found = found || is_it;
    if (!is_it) kept.append(line);
  }
  if (!found) return complain(errors, fmt::format("{}: no key {}", flags.file, flags.word));
  if (const auto written = file->replace(kept); !written.ok()) {
    return complain(errors, schemas::to_std(written.message()), kFailed);
  }
  if (const auto keys = ApiKeys::parse(kept, now()); !keys.ok()) {
    return complain(errors,
                    fmt::format("key {} is out of {}, but a gateway will not start with that file, "
                                "and a running one takes in nothing new of it: {}",
                                flags.word, flags.file, schemas::to_std(keys.status().message())),
                    kFailed);
  }
  fmt::print(errors, "key {} is revoked\n", flags.word);
  return kDone;
}

}  // namespace

int run_key(const KeyFlags& flags, std::FILE* out, std::FILE* errors) {
  switch (flags.verb) {
    case KeyFlags::Verb::kCreate:
      return create(flags, out, errors);
    case KeyFlags::Verb::kList:
      return list(flags, out, errors);
    case KeyFlags::Verb::kRevoke:
      break;
  }
  return revoke(flags, errors);
}

}  // namespace tickgate::gateway

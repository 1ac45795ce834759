// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/usage_flags.h"

#include "gateway/ledger/day.h"

namespace tickgate::gateway {

FlagTable::Texts usage_page() {
  return {
      "usage", "--day DATE [flags]",
      "Prints what each subject used on a day (UTC), by plan and venue: connections, the most "
      "at\n"
      "once, minutes with a subscription, symbols, updates. From the ledger's files, or asks a\n"
      "running gateway, by its admin port. Exit status 1 if they cannot be read, or it cannot "
      "be\n"
      "asked.\n"};
}

void add_usage_flags(FlagTable& table, UsageFlags& flags) {
  table.text("day", "DATE", "the day, UTC", "a date like 2026-11-29", [&](std::string_view text) {
    flags.day = text;
    return parse_day(text).has_value();
  });
  table.text("directory", "PATH", "of the files (ledger.directory); nobody is asked then", "a path",
             [&](std::string_view text) {
               flags.directory = text;
               return !text.empty();
             });
  table.toggle("json", "print JSON, as /v1/usage has it", flags.json);
}

}  // namespace tickgate::gateway

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/ledger/usage.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

// The lines of the ledger's files, each one JSON object. `run` names one life of a gateway, its
// epoch on the stream.

// A run begins to write to a file.
struct BeginLine {
  schemas::Timestamp at;
  std::string run;
  std::string instance;  // the machine's or pod's name
};
// A run in this directory did not end in order: what was used between the two times may be missing.
// It stands where that run broke off, and where the next one begins.
struct GapLine {
  std::string run;
  schemas::Timestamp from, to;
};
// What this key has used on the file's day in this run, so far: each replaces the one before, but
// for the symbols, which are those since then.
struct UsageLine {
  schemas::Timestamp at;
  std::string run;
  UsageKey key;
  std::uint64_t connections = 0, updates = 0;
  std::uint32_t peak = 0;
  Minutes minutes;
  std::uint64_t symbols = 0;
  std::vector<std::string> new_symbols;
  UsageDetails details;
};
// All that was used until then is written, here or, of another day, in that one's file.
struct FlushedLine {
  schemas::Timestamp at;
  std::string run;
};
// The run has ended in order, or goes on in the next day's file.
struct EndLine {
  schemas::Timestamp at;
  std::string run;
};
using LedgerLine = std::variant<BeginLine, GapLine, UsageLine, FlushedLine, EndLine>;

// Appends it with its line end.
void append_line(std::string& out, const LedgerLine& line);

// Reads what append_line() has written; keeps its buffers. One thread.
class LedgerLineReader {
 public:
  LedgerLineReader();
  ~LedgerLineReader();
  // Without its line end. nullopt: no such line, or a part of one. Keys that are not known, and
  // types, are of a later version: the first are passed over.
  std::optional<LedgerLine> read(std::string_view line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tickgate::gateway

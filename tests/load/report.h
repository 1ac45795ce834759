// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "tests/load/findings.h"

namespace tickgate::load {

// What a run came to, said once and printed as a table or as JSON.
class Report {
 public:
  class Section {
   public:
    Section(std::string_view key, std::string_view title) : key_(key), title_(title) {}
    // `label` and `unit` are for the table, `key` for JSON. Not finite: null, and "-".
    void number(std::string_view key, std::string_view label, double value, int digits,
                std::string_view unit = "");
    void whole(std::string_view key, std::string_view label, std::uint64_t value,
               std::string_view unit = "");
    void list(std::string_view key, std::string_view label,
              const std::vector<std::uint64_t>& values);

   private:
    friend class Report;
    struct Field {
      std::string key, label, value, unit;
    };
    std::string key_, title_;
    std::vector<Field> fields_;
  };

  // Lives as long as the report.
  Section& section(std::string_view key, std::string_view title) {
    return sections_.emplace_back(key, title);
  }
  void findings(const Findings& findings) { findings_ = findings; }

  // One object of the sections' objects, and "findings": [{"what":"...","times":1}].
  std::string json() const;
  std::string table() const;

 private:
  std::list<Section> sections_;
  Findings findings_;
};

}  // namespace tickgate::load

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace tickgate::gateway {

// A page of the manual, written from top to bottom.
class Roff {
 public:
  Roff(std::string_view title, int section, std::string_view version);

  void section(std::string_view title) { macro(".SH", title); }
  void subsection(std::string_view title) { macro(".SS", title); }
  // Empty lines are between paragraphs; a line that begins with a blank stays as it is.
  void paragraphs(std::string_view text);
  // A term with what it means beside it; of the term `plain` is not bold.
  void term(std::string_view bold, std::string_view plain, std::string_view meaning);

  std::string take() { return std::move(text_); }

 private:
  void macro(std::string_view name, std::string_view argument);
  void line(std::string_view text);

  std::string text_;
};

}  // namespace tickgate::gateway

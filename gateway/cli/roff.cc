// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/roff.h"

#include <fmt/format.h>

namespace tickgate::gateway {
namespace {

// No character of it is a request, and each dash is the one that is typed.
std::string escaped(std::string_view text) {
  std::string out;
  if (text.starts_with(".") || text.starts_with("'")) out.append("\\&");
  for (const char character : text) {
    if (character == '\\') {
      out.append("\\e");
    } else if (character == '-') {
      out.append("\\-");
    } else if (character == '"') {
      out.append("\\(dq");
    } else {
      out.push_back(character);
    }
  }
  return out;
}

}  // namespace

Roff::Roff(std::string_view title, int section, std::string_view version) {
  // Without a date, so that the same program gives the same page.
  text_ = fmt::format(".TH {} {} \"\" \"tickgate {}\"\n", escaped(title), section, version);
}

void Roff::macro(std::string_view name, std::string_view argument) {
  text_.append(fmt::format("{} \"{}\"\n", name, escaped(argument)));
}

void Roff::line(std::string_view text) { text_.append(escaped(text)).append("\n"); }

void Roff::paragraphs(std::string_view text) {
  bool is_kept = false;  // as it is
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto next = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const bool keeps = next.starts_with(" ");
    if (keeps != is_kept) text_.append(keeps ? ".nf\n" : ".fi\n");
    is_kept = keeps;
    if (next.empty()) {
      if (!text.empty()) text_.append(".PP\n");
    } else {
      line(next);
    }
  }
  if (is_kept) text_.append(".fi\n");
}

void Roff::term(std::string_view bold, std::string_view plain, std::string_view meaning) {
  text_.append(fmt::format(".TP\n\\fB{}\\fR", escaped(bold)));
  if (!plain.empty()) text_.append(" ").append(escaped(plain));
  text_.push_back('\n');
  line(meaning);
}

}  // namespace tickgate::gateway

// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/completion.h"

#include <fmt/format.h>

#include <algorithm>

namespace tickgate::gateway {
namespace {

using Pages = std::vector<CommandPage>;

bool takes_file(const CommandPage::Flag& flag) { return flag.value == "FILE"; }
bool takes_files(const CommandPage& page) { return page.word == "a file"; }

// "market|generated": "market generated"; of a placeholder nothing.
std::string words_of(const CommandPage::Flag& flag) {
  if (flag.value.find('|') == std::string::npos) return "";
  auto words = flag.value;
  std::ranges::replace(words, '|', ' ');
  return words;
}

std::string names_of(const Pages& pages) {
  std::string names;
  for (const auto& page : pages) names.append(page.name).append(" ");
  return names.append("help");
}

// Within single quotes, as these three shells read them.
std::string shell_text(std::string_view text, std::string_view quote = R"('\'')") {
  std::string out = "'";
  for (const char character : text) {
    if (character == '\'') {
      out.append(quote);
    } else {
      out.push_back(character);
    }
  }
  return out.append("'");
}

// --- bash

void add_bash_values(std::string& out, const CommandPage& page) {
  for (const auto& flag : page.flags) {
    if (flag.value.empty()) continue;
    auto what = fmt::format("words={}", shell_text(words_of(flag)));
    if (takes_file(flag)) what = "files=1";
    out.append(fmt::format("    {}:--{}) {} ;;\n", page.name, flag.name, what));
  }
}

void add_bash_command(std::string& out, const CommandPage& page) {
  std::string flags;
  for (const auto& flag : page.flags) flags.append("--").append(flag.name).append(" ");
  out.append(fmt::format("      {}:-*) words='{}--help' ;;\n", page.name, flags));
  if (takes_files(page)) out.append(fmt::format("      {}:*) files=1 ;;\n", page.name));
  if (!page.words.empty()) {
    out.append(fmt::format("      {}:*) words='{}' ;;\n", page.name, fmt::join(page.words, " ")));
  }
}

std::string bash(const Pages& pages) {
  std::string values;
  std::string commands;
  for (const auto& page : pages) {
    add_bash_values(values, page);
    add_bash_command(commands, page);
  }
  return fmt::format(R"(# tickgate in bash, made by `tickgate completion bash`.
_tickgate() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} words= files=
  # Of --name=value bash makes three words.
  [[ $before == = ]] && before=${{COMP_WORDS[COMP_CWORD-2]}}
  [[ $current == = ]] && current=
  case ${{COMP_WORDS[1]}}:$before in
{0}    *) case ${{COMP_WORDS[1]}}:$current in
{1}      help:*) words='{2}' ;;
    esac ;;
  esac
  ((COMP_CWORD == 1)) && files= words='{2} --help --version'
  COMPREPLY=()
  if [[ $files ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  elif [[ $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}}
complete -F _tickgate tickgate
)",
                     values, commands, names_of(pages));
}

// --- zsh

// Within '--name[...]', which ends at a bracket, and where a colon divides.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char character : text) {
    if (character == '[' || character == ']' || character == ':') out.push_back('\\');
    out.push_back(character);
  }
  return out;
}

std::string zsh_flag(const CommandPage::Flag& flag) {
  if (flag.value.empty()) {
    return shell_text(fmt::format("--{}[{}]", flag.name, zsh_text(flag.help)));
  }
  auto action = fmt::format("({})", words_of(flag));
  if (action == "()") action = " ";
  if (takes_file(flag)) action = "_files";
  const auto what = words_of(flag).empty() ? std::string_view(flag.value) : flag.name;
  return shell_text(
      fmt::format("*--{}=[{}]:{}:{}", flag.name, zsh_text(flag.help), zsh_text(what), action));
}

std::string zsh(const Pages& pages) {
  std::string list;
  std::string commands;
  for (const auto& page : pages) {
    list.append(fmt::format("    {}\n", shell_text(fmt::format("{}:{}", page.name, page.summary))));
    commands.append(fmt::format("        {}) _arguments", page.name));
    for (const auto& flag : page.flags) commands.append(" \\\n          ").append(zsh_flag(flag));
    commands.append(" \\\n          '--help[this text]'");
    if (takes_files(page)) commands.append(" \\\n          '*:file:_files'");
    if (!page.words.empty()) {
      commands.append(fmt::format(" \\\n          '1:word:({})'", fmt::join(page.words, " ")));
    }
    commands.append(" ;;\n");
  }
  return fmt::format(R"(#compdef tickgate
# tickgate in zsh, made by `tickgate completion zsh`.
_tickgate() {{
  local -a commands=(
{0}    'help:say more of a command'
  )
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '--help[what the commands are]' '--version[print the version]' \
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
{1}        help) _arguments '1:command:({2})' ;;
      esac ;;
  esac
}}
if [[ $funcstack[1] == _tickgate ]]; then _tickgate "$@"; else compdef _tickgate tickgate; fi
)",
                     list, commands, names_of(pages));
}

// --- fish

std::string fish_text(std::string_view text) { return shell_text(text, R"(\')"); }

void add_fish(std::string& out, const CommandPage& page) {
  const auto here =
      fmt::format("complete -c tickgate -n '__fish_seen_subcommand_from {}'", page.name);
  for (const auto& flag : page.flags) {
    std::string takes;
    if (!flag.value.empty()) takes = " -x";
    if (const auto words = words_of(flag); !words.empty()) takes += " -a " + fish_text(words);
    if (takes_file(flag)) takes = " -r -F";
    out.append(fmt::format("{} -l {}{} -d {}\n", here, flag.name, takes, fish_text(flag.help)));
  }
  if (takes_files(page)) out.append(here).append(" -F\n");
  if (!page.words.empty()) {
    out.append(fmt::format("{} -a '{}'\n", here, fmt::join(page.words, " ")));
  }
}

std::string fish(const Pages& pages) {
  std::string out =
      "# tickgate in fish, made by `tickgate completion fish`.\n"
      "complete -c tickgate -f\n"
      "complete -c tickgate -l help -d 'what there is to say'\n";
  for (const auto& page : pages) {
    out.append(fmt::format("complete -c tickgate -n __fish_use_subcommand -a {} -d {}\n", page.name,
                           fish_text(page.summary)));
    add_fish(out, page);
  }
  return out.append(fmt::format(
      "complete -c tickgate -n __fish_use_subcommand -a help -d 'say more of a command'\n"
      "complete -c tickgate -n '__fish_seen_subcommand_from help' -a '{}'\n",
      names_of(pages)));
}

}  // namespace

std::string completion(std::string_view shell, const std::vector<CommandPage>& pages) {
  if (shell == "bash") return bash(pages);
  return shell == "zsh" ? zsh(pages) : fish(pages);
}

}  // namespace tickgate::gateway

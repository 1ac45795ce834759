// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/terminal.h"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "gateway/config/config_values.h"

namespace tickgate::gateway {
namespace {

// Another screen than the shell's, without a cursor; and back.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[2J";
constexpr std::string_view kLeave = "\x1b[0m\x1b[?25h\x1b[?1049l";

// What ends the process where no code of ours is asked first.
constexpr int kFatal[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV};

// For the handler of fatal signals, hence not the terminal's own.
termios usual;                        // of stdin
volatile std::sig_atomic_t keys = 0;  // `usual` is what it was, and is not now
volatile std::sig_atomic_t drawn = 0;

bool write_all(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Async-signal-safe.
void give_back() {
  if (drawn != 0) write_all(kLeave);
  if (keys != 0) ::tcsetattr(STDIN_FILENO, TCSANOW, &usual);
  drawn = 0;
  keys = 0;
}

extern "C" void give_back_and_end(int number) {
  give_back();
  ::raise(number);  // its default now (SA_RESETHAND)
}

// 0: not said.
std::size_t dimension(const char* variable) {
  const char* const text = std::getenv(variable);
  const auto number = text == nullptr ? std::nullopt : parse_whole(text);
  return number && *number < 10'000 ? static_cast<std::size_t>(*number) : 0;
}

}  // namespace

bool can_draw() {
  const char* const kind = std::getenv("TERM");
  const std::string_view name = kind == nullptr ? "" : kind;
  return ::isatty(STDOUT_FILENO) == 1 && !name.empty() && name != "dumb";
}

bool wants_colours() {
  const char* const refused = std::getenv("NO_COLOR");
  return refused == nullptr || *refused == '\0';
}

Terminal::Terminal() {
  for (const int number : kFatal) {
    struct sigaction action = {};
    action.sa_handler = give_back_and_end;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    ::sigaction(number, &action, nullptr);
  }
  enter();
}

Terminal::~Terminal() {
  leave();
  for (const int number : kFatal) std::signal(number, SIG_DFL);
}

void Terminal::enter() {
  if (keys == 0 && ::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &usual) == 0) {
    termios raw = usual;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_iflag &= ~static_cast<tcflag_t>(IXON);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    keys = 1;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  drawn = 1;
  write_all(kEnter);
}

void Terminal::leave() { give_back(); }

ScreenSize Terminal::size() const {
  winsize window = {};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0;
  ScreenSize size{known ? window.ws_col : std::size_t{0}, known ? window.ws_row : std::size_t{0}};
  if (size.width == 0) size.width = dimension("COLUMNS");
  if (size.height == 0) size.height = dimension("LINES");
  const ScreenSize usual_size;
  if (size.width == 0) size.width = usual_size.width;
  if (size.height == 0) size.height = usual_size.height;
  return size;
}

bool Terminal::has_keys() const { return keys != 0; }

bool Terminal::draw(const std::vector<StyledLine>& lines) const {
  std::string text = "\x1b[H";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) text.append("\r\n");
    text.append(lines[i].painted(colours_)).append("\x1b[K");
  }
  return write_all(text.append("\x1b[J"));
}

}  // namespace tickgate::gateway

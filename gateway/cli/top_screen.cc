// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/top_screen.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

namespace tickgate::gateway {
namespace {

namespace asio = boost::asio;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kPatience{2};  // beyond an interval; then the picture is called old

}  // namespace

TopScreen::TopScreen(const AdminPort& port, std::chrono::milliseconds interval)
    : signals_(io_, SIGINT, SIGTERM, SIGHUP),
      keys_(io_),
      second_(io_),
      watch_(io_, port, interval, [this](auto look) { on_look(std::move(look)); }) {
  signals_.add(SIGWINCH);
  signals_.add(SIGTSTP);
  situation_.where = port.url.authority();
  situation_.interval = interval;
}

bool TopScreen::run() {
  if (terminal_.has_keys()) {
    keys_.assign(STDIN_FILENO);
    await_key();
  }
  await_signal();
  await_second();
  watch_.start();
  draw();
  io_.run();
  if (keys_.is_open()) keys_.release();  // not ours to close
  return !gone_;
}

void TopScreen::on_look(absl::StatusOr<Look> look) {
  if (look.ok()) {
    model_ = make_model(look_ ? &*look_ : nullptr, *look);
    look_ = *std::move(look);
    heard_ = steady_clock::now();
    heard_wall_ = look_->wall;
    failure_.clear();
  } else {
    failure_ = std::string(look.status().message());
  }
  draw();
}

void TopScreen::await_signal() {
  signals_.async_wait([this](const auto& error, int number) {
    if (!error) on_signal(number);
  });
}

void TopScreen::on_signal(int number) {
  if (number == SIGTSTP) {
    terminal_.leave();
    ::raise(SIGSTOP);
    terminal_.enter();  // the shell has us back in front
  } else if (number != SIGWINCH) {
    return io_.stop();
  }
  draw();
  await_signal();
}

// Waits for readability and reads what there is: the descriptor is the shell's too, and stays as it
// is, blocking.
void TopScreen::await_key() {
  keys_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const auto& error) {
    if (error) return;
    std::array<char, 64> typed{};
    const auto size = ::read(STDIN_FILENO, typed.data(), typed.size());
    if (size <= 0) return io_.stop();  // hung up
    for (const char key : std::string_view(typed.data(), static_cast<std::size_t>(size)))
      on_key(key);
    draw();
    await_key();
  });
}

void TopScreen::on_key(char key) {
  if (key == 'q') {
    io_.stop();
  } else if (key == 'p') {
    pause(!situation_.paused);
  } else if (key == 's') {
    const auto next = (static_cast<std::size_t>(situation_.order) + 1) % kClientOrders;
    situation_.order = static_cast<ClientOrder>(next);
  } else if (key == '?') {
    situation_.help = !situation_.help;
  }
}

void TopScreen::pause(bool paused) {
  situation_.paused = paused;
  if (paused) return watch_.stop();
  heard_ = steady_clock::now();  // nobody asked meanwhile
  heard_wall_ = std::chrono::system_clock::now();
  failure_.clear();
  watch_.start();
}

// So that it is seen how long nothing came.
void TopScreen::await_second() {
  second_.expires_after(seconds(1));
  second_.async_wait([this](const auto& error) {
    if (error) return;
    if (silence()) draw();
    await_second();
  });
}

std::optional<Situation::Silence> TopScreen::silence() const {
  const auto lasts = steady_clock::now() - heard_;
  const bool late = lasts > situation_.interval + kPatience;
  if (situation_.paused || (failure_.empty() && !late)) return std::nullopt;
  const auto why = failure_.empty() ? std::string("no answer yet") : failure_;
  return Situation::Silence{heard_wall_, std::chrono::duration<double>(lasts).count(), why};
}

void TopScreen::draw() {
  situation_.silence = silence();
  const auto lines = lay_out(model_ ? &*model_ : nullptr, situation_, terminal_.size());
  if (terminal_.draw(lines)) return;
  gone_ = true;
  io_.stop();
}

}  // namespace tickgate::gateway

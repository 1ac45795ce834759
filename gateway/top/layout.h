// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gateway/top/model.h"
#include "gateway/top/styled_line.h"

// The picture: a model, as lines of a screen. Pure.
namespace tickgate::gateway {

enum class ClientOrder { kBacklog, kRoundTrip, kRate, kFolded };
inline constexpr std::size_t kClientOrders = 4;

// What the screen shows beside the model.
struct Situation {
  std::string where;  // host and port that are asked
  ClientOrder order = ClientOrder::kBacklog;
  bool paused = false;
  bool help = false;
  std::chrono::milliseconds interval{1'000};
  // The gateway does not answer: since when, for how long, and why. What is shown was before that.
  struct Silence {
    std::chrono::system_clock::time_point since;
    double seconds = 0;
    std::string why;
  };
  std::optional<Silence> silence;
};

struct ScreenSize {
  std::size_t width = 80;
  std::size_t height = 24;
};

// At most so many lines, none wider. `model`: nullptr before the first answer.
std::vector<StyledLine> lay_out(const Model* model, const Situation& situation, ScreenSize size);

// All of it, as wide as it is, without keys: for a pipe.
std::string lay_out_plain(const Model& model, const Situation& situation);

}  // namespace tickgate::gateway

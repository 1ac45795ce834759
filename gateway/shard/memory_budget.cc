// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/memory_budget.h"

#include <functional>

namespace tickgate::gateway {
namespace {

// Below it a client's end would free next to nothing.
constexpr std::size_t kMuchWaiting = 4'096;
constexpr std::size_t kMuch = 16'384;

// The `most` largest of those over `least`, until `excess` is reached.
std::vector<Holding> largest(std::span<const Holding> clients, std::size_t Holding::*size,
                             std::size_t least, std::size_t excess, std::size_t most) {
  std::vector<Holding> chosen;
  for (const auto& client : clients) {
    if (client.*size >= least) chosen.push_back(client);
  }
  const auto few = std::min(most, chosen.size());
  std::ranges::partial_sort(chosen, chosen.begin() + static_cast<std::ptrdiff_t>(few),
                            std::ranges::greater{}, size);
  std::size_t count = 0;
  for (std::size_t freed = 0; count < few && freed < excess; ++count) freed += chosen[count].all;
  chosen.resize(count);
  return chosen;
}

}  // namespace

std::vector<Holding> choose_to_shed(std::span<const Holding> clients, std::size_t excess,
                                    std::size_t most) {
  auto chosen = largest(clients, &Holding::waiting, kMuchWaiting, excess, most);
  return chosen.empty() ? largest(clients, &Holding::all, kMuch, excess, most) : chosen;
}

}  // namespace tickgate::gateway

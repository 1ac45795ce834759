// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/client_survey.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

namespace tickgate::gateway {
namespace {

bool slower(const ClientReport& a, const ClientReport& b) { return a.slowness > b.slowness; }

}  // namespace

void ClientSurvey::put(ClientReport report) {
  auto& heap = found_.slowest;
  if (most_ == 0) return;
  if (heap.size() == most_) {
    std::ranges::pop_heap(heap, slower);
    heap.pop_back();
  }
  heap.push_back(std::move(report));
  std::ranges::push_heap(heap, slower);
}

ClientSurvey::Found ClientSurvey::take() {
  std::ranges::sort(found_.slowest, slower);
  return std::move(found_);
}

ClientSurvey::Found merge(std::vector<ClientSurvey::Found> parts, std::size_t most) {
  ClientSurvey::Found all;
  for (auto& part : parts) {
    all.clients += part.clients;
    std::ranges::move(part.slowest, std::back_inserter(all.slowest));
  }
  std::ranges::stable_sort(all.slowest, slower);
  std::set<std::string> addresses;
  std::erase_if(all.slowest,
                [&](const ClientReport& one) { return !addresses.insert(one.address).second; });
  if (all.slowest.size() > most) all.slowest.resize(most);
  return all;
}

}  // namespace tickgate::gateway

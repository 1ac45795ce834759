// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace tickgate::feeds {

// Which numbers of a rising numbering were met: all from the first to the last, but for holes. Of
// holes it knows the newest 32, in room that never grows; what falls out counts as met. One thread.
class SeenIds {
 public:
  struct Hole {
    std::uint64_t first = 1, last = 0;  // empty so
    bool said = false;                  // its numbers were announced as lost
    bool holds(std::uint64_t id) const { return first <= id && id <= last; }
  };

  bool empty() const { return empty_; }
  std::uint64_t first() const { return first_; }
  std::uint64_t last() const { return last_; }
  // Null: met, or outside of what was met.
  const Hole* hole_of(std::uint64_t id) const {
    const auto it = std::ranges::find_if(holes_, [id](const Hole& hole) { return hole.holds(id); });
    return it == holes_.end() ? nullptr : &*it;
  }

  // Forgets all else.
  void restart(std::uint64_t first, std::uint64_t last) {
    *this = SeenIds();
    empty_ = false;
    first_ = first;
    last_ = last;
  }
  // `said`: of the hole that is made, if one is.
  void add(std::uint64_t id, bool said) {
    if (empty_) return restart(id, id);
    if (id > last_) {
      push({last_ + 1, id - 1, said});
      last_ = id;
    } else if (id < first_) {
      push({id + 1, first_ - 1, said});
      first_ = id;
    } else {
      split(id);
    }
  }

 private:
  void push(const Hole& hole) {
    if (hole.first > hole.last) return;
    holes_[next_] = hole;
    next_ = (next_ + 1) % holes_.size();
  }
  void split(std::uint64_t id) {
    const auto it = std::ranges::find_if(holes_, [id](const Hole& hole) { return hole.holds(id); });
    if (it == holes_.end()) return;
    const Hole above{id + 1, it->last, it->said};
    it->last = id - 1;
    if (it->first > it->last) {
      *it = above;
    } else {
      push(above);
    }
  }

  bool empty_ = true;
  std::uint64_t first_ = 0, last_ = 0;
  std::array<Hole, 32> holes_{};
  std::size_t next_ = 0;
};

}  // namespace tickgate::feeds

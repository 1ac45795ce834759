// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace tickgate::testing {

// While it lives, `good` allocations of this thread succeed and all after them throw
// std::bad_alloc. A program that uses it has its operator new.
class FailingNew {
 public:
  explicit FailingNew(std::size_t good);
  ~FailingNew();
  FailingNew(const FailingNew&) = delete;
  FailingNew& operator=(const FailingNew&) = delete;

  // Only one fails, and those after it succeed again.
  void once();
  // Whether one was asked for that failed.
  static bool failed();
};

}  // namespace tickgate::testing

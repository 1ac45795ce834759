// SPDX-License-Identifier: Apache-2.0
#include "tests/support/failing_new.h"

#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t left = SIZE_MAX;
thread_local bool only_once = false;
thread_local bool has_failed = false;

void* allocate(std::size_t size) {
  if (left == 0) {
    has_failed = true;
    if (only_once) left = SIZE_MAX;
    throw std::bad_alloc();
  }
  if (left != SIZE_MAX) --left;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

void* try_allocate(std::size_t size) noexcept {
  try {
    return allocate(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace

// All but those for more than the usual alignment: a sanitizer wants new and delete of one maker.
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return try_allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return try_allocate(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace tickgate::testing {

FailingNew::FailingNew(std::size_t good) {
  has_failed = only_once = false;
  left = good;
}
FailingNew::~FailingNew() {
  left = SIZE_MAX;
  only_once = false;
}
void FailingNew::once() { only_once = true; }
bool FailingNew::failed() { return has_failed; }

}  // namespace tickgate::testing

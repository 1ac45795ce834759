// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/doorbell.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "schemas/check.h"

namespace tickgate::feeds {

EventFd::EventFd() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

EventFd::~EventFd() { ::close(fd_); }

void EventFd::signal() noexcept {
  const std::uint64_t one = 1;
  while (::write(fd_, &one, sizeof one) < 0) {
    if (errno == EAGAIN) return;  // the counter is full: it is readable, which is all we want
    TICKGATE_CHECK(errno == EINTR);
  }
}

void EventFd::reset() noexcept {
  std::uint64_t count = 0;
  while (::read(fd_, &count, sizeof count) < 0) {
    if (errno == EAGAIN) return;  // nobody had signalled
    TICKGATE_CHECK(errno == EINTR);
  }
}

}  // namespace tickgate::feeds

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "gateway/http/http_session.h"

namespace tickgate::gateway {

// Those who came in at one port and are no stream yet, the oldest first. When it is full, whoever
// came in first and has asked for nothing yet yields to the new one, so nobody can keep others out
// by being silent. Its listener's thread only.
class Door {
 public:
  // False: full of such as are being answered.
  bool make_room(std::size_t most) {
    if (sessions_.size() < most) return true;
    forget_done();
    if (sessions_.size() < most) return true;
    const auto idle = std::ranges::find_if(sessions_, [](const auto& one) { return one->idle(); });
    if (idle == sessions_.end()) return false;
    (*idle)->yield();
    sessions_.erase(idle);
    return true;
  }
  void enter(std::shared_ptr<HttpSession> session) {
    sessions_.push_back(session);
    session->start();  // by our own reference: the list may change under it
  }
  void sweep(Monotonic now) {
    for (const auto& session : sessions_) session->sweep(now);
    forget_done();
  }
  void close() {
    for (const auto& session : sessions_) session->close();
  }
  std::size_t size() const { return sessions_.size(); }

 private:
  void forget_done() {
    std::erase_if(sessions_, [](const auto& session) { return session->done(); });
  }

  std::vector<std::shared_ptr<HttpSession>> sessions_;
};

}  // namespace tickgate::gateway

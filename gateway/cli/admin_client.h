// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "gateway/cli/admin_port.h"

namespace boost::asio {
class io_context;
}

namespace tickgate::gateway {

struct AdminResponse {
  unsigned status = 0;
  std::string content_type;
  std::string body;
};

// One GET over HTTP/1.1, plain or TLS, for commands that ask a running gateway. `target` stands
// behind the path of the port's URL. No redirect is followed, so its token goes nowhere else. Each
// wait ends after 5 s, all of it after 15; 4 MiB at most. An error says what did not work, for a
// person. On the io_context's thread.
class AdminQuestion {
 public:
  using Callback = std::function<void(absl::StatusOr<AdminResponse>)>;

  // Calls back once, later, unless it is gone by then.
  AdminQuestion(boost::asio::io_context& io, const AdminPort& port, std::string_view target,
                Callback callback);
  ~AdminQuestion();
  AdminQuestion(const AdminQuestion&) = delete;
  AdminQuestion& operator=(const AdminQuestion&) = delete;

 private:
  class Exchange;
  std::shared_ptr<Exchange> exchange_;
};

// The same, and waits for the answer.
absl::StatusOr<AdminResponse> ask_admin(const AdminPort& port, std::string_view target);

}  // namespace tickgate::gateway

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "gateway/config/config.h"
#include "gateway/net/socket.h"

namespace tickgate::gateway {

// Opens, binds and listens, non-blocking. `shared`: other acceptors of this process will listen on
// the same address (SO_REUSEPORT), and the kernel spreads the clients over them. The error names
// the address and the system's reason.
absl::Status open_listener(Acceptor& acceptor, const ListenAddress& address, bool shared);

// Refuses an address that somebody listens on already: a shared acceptor would join another process
// of the same user without a word. To be called before the first of them.
absl::Status check_listen_address(const ListenAddress& address);

}  // namespace tickgate::gateway

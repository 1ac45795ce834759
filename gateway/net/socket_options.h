// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace tickgate::gateway {

struct SocketOptions {
  std::uint32_t send_buffer_bytes = 65'536;    // SO_SNDBUF; the kernel doubles it for its own needs
  std::uint32_t notsent_lowat_bytes = 16'384;  // TCP_NOTSENT_LOWAT: writable only below it
};

// For a client's socket, once, after accept: no delay, and little room in the kernel, so that what
// waits, waits with us, where it can be conflated. Returns 0, or the errno of the first option that
// was refused; the rest are set even so.
int set_client_options(int descriptor, const SocketOptions& options);

// close() will send a reset and free what the kernel still held for a peer that does not read.
void abort_on_close(int descriptor);

}  // namespace tickgate::gateway

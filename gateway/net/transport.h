// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "gateway/net/peer_certificate.h"

namespace tickgate::gateway {

enum class IoStatus : std::uint8_t {
  kOk,
  kWantRead,   // nothing can be done before the socket is readable; then call the same again
  kWantWrite,  // the same, writable
  kEof,        // the peer has ended its side
  kError,      // the connection is lost; `error` says why
};

struct IoResult {
  IoStatus status = IoStatus::kOk;
  std::size_t size = 0;  // bytes read or written; > 0 with kOk
  int error = 0;         // errno, with kError; EPROTO for what TLS refused
};

// Bytes to and from a client over a non-blocking socket whose descriptor belongs to the caller and
// outlives this. Owned and used by one thread. Nothing here throws or blocks. Over TLS a read may
// want the socket writable and a write may want it readable: obey the status, not the call's name.
class Transport {
 public:
  virtual ~Transport() = default;

  // kOk once bytes can flow; plain: at once. With TLS to be called until it is kOk.
  virtual IoResult handshake() = 0;

  // What is there, at most bytes.size() > 0. To be repeated until kWantRead if readiness is
  // reported by edges; else see pending().
  virtual IoResult read_some(std::span<char> bytes) = 0;

  // kOk with what was taken, which may be less than all. After kWantRead or kWantWrite nothing was
  // taken, but over TLS the same bytes, wherever they lie by then, must be offered first next time:
  // they may be encrypted already. Empty `bytes` are kOk with 0.
  virtual IoResult write_some(std::span<const char> bytes) = 0;

  // Bytes that read_some() can give without the socket being readable: ask after stopping to read
  // early, or they wait for ever.
  virtual std::size_t pending() const = 0;

  // The peer showed a certificate of the authorities that TLS was told of, which holds now. After
  // the handshake.
  virtual bool peer_is_certified() const { return false; }
  // Whether what goes over it is encrypted: then nothing can be said before handshake() is kOk.
  virtual bool is_secure() const { return false; }

  // The certificate that the client showed in the handshake and that was found good, if any.
  virtual std::optional<PeerCertificate> peer_certificate() const { return std::nullopt; }

  // Ends our side in good order (over TLS with a close_notify), best effort; reading goes on.
  virtual void shutdown() = 0;
};

std::unique_ptr<Transport> make_plain_transport(int descriptor);

class TlsContext;
// The server's side; the session keeps what it needs of `context`. nullptr if out of memory.
std::unique_ptr<Transport> make_tls_transport(int descriptor, const TlsContext& context);

}  // namespace tickgate::gateway

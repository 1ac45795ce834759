// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/transport.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

#include "gateway/net/socket_options.h"
#include "gateway/net/tls_context.h"
#include "tests/support/test_certificate.h"

namespace tickgate::gateway {
namespace {

struct SessionFree {
  void operator()(SSL* session) const { SSL_free(session); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

// Two ends of a stream socket, both non-blocking: [0] is the server's.
struct SocketPair {
  SocketPair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0); }
  ~SocketPair() {
    close_client();
    ::close(ends[0]);
  }
  void close_client() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  std::array<int, 2> ends{-1, -1};
};

// `authority`: of clients, in PEM form.
std::shared_ptr<const TlsContext> make_context(const std::string& authority = {},
                                               std::shared_ptr<TicketKeys> tickets = nullptr) {
  const testing::TemporaryFolder folder;
  const auto pair = testing::make_certificate();
  auto loaded = TlsContext::load({folder.write("c", pair.certificate), folder.write("k", pair.key),
                                  authority.empty() ? "" : folder.write("ca", authority)},
                                 std::move(tickets));
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return *std::move(loaded);
}

// OpenSSL's own client on the other end, stepped by hand.
class TlsClient {
 public:
  explicit TlsClient(int descriptor, int max_version = TLS1_3_VERSION)
      : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), max_version);
    session_.reset(SSL_new(context_.get()));
    SSL_set_fd(session_.get(), descriptor);
    SSL_set_connect_state(session_.get());
  }
  void show(const testing::TestCertificate& mine) {
    const testing::TemporaryFolder folder;
    const auto certificate = folder.write("c", mine.certificate), key = folder.write("k", mine.key);
    EXPECT_EQ(SSL_use_certificate_file(session_.get(), certificate.c_str(), SSL_FILETYPE_PEM), 1);
    EXPECT_EQ(SSL_use_PrivateKey_file(session_.get(), key.c_str(), SSL_FILETYPE_PEM), 1);
  }
  // After a byte was read, by which the ticket has come. To be freed.
  SSL_SESSION* ticket() { return SSL_get1_session(session_.get()); }
  bool step() { return SSL_do_handshake(session_.get()) == 1; }
  SSL* native() { return session_.get(); }

 private:
  std::unique_ptr<SSL_CTX, SessionFree> context_;
  std::unique_ptr<SSL, SessionFree> session_;
};

// Runs both sides of the handshake to the server's end of it.
IoResult shake(Transport& server, TlsClient& client) {
  IoResult result{IoStatus::kWantRead, 0, 0};
  for (int i = 0; i < 20 && (result.status == IoStatus::kWantRead || !client.step()); ++i) {
    client.step();
    result = server.handshake();
    if (result.status == IoStatus::kError) break;
  }
  return result;
}

std::string read_once(Transport& transport, std::size_t size = 4'096) {
  std::string text(size, '\0');
  const auto result = transport.read_some(text);
  text.resize(result.status == IoStatus::kOk ? result.size : 0);
  return text;
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

// Writes all of `text`, reading with `read` whenever the server cannot go on; returns what was
// read.
template <typename Read>
std::string pump(Transport& server, std::string text, Read read) {
  std::string received;
  std::size_t written = 0;
  int stalls = 0;
  while (received.size() < text.size() && stalls < 100'000) {
    const auto result = server.write_some(std::span<const char>(text).subspan(written));
    EXPECT_NE(result.status, IoStatus::kError);
    written += result.size;
    // What is still to be written moves in memory, as it does in a connection.
    text = std::string(text);
    received += read();
    ++stalls;
  }
  EXPECT_EQ(written, text.size());
  return received;
}

}  // namespace

TEST(PlainTransport, HandshakeIsDoneAtOnce) {
  const SocketPair pair;
  EXPECT_EQ(make_plain_transport(pair.ends[0])->handshake().status, IoStatus::kOk);
}

TEST(PlainTransport, ReadsWhatIsThereThenWantsMoreThenSeesTheEnd) {
  SocketPair pair;
  const auto server = make_plain_transport(pair.ends[0]);
  std::array<char, 3> bytes{};
  EXPECT_EQ(server->read_some(bytes).status, IoStatus::kWantRead);
  ASSERT_EQ(::send(pair.ends[1], "hello", 5, 0), 5);
  EXPECT_EQ(read_once(*server, 3), "hel");
  EXPECT_EQ(read_once(*server), "lo");
  pair.close_client();
  EXPECT_EQ(server->read_some(bytes).status, IoStatus::kEof);
}

TEST(PlainTransport, WritesPartsUntilTheSocketIsFull) {
  const SocketPair pair;
  const auto server = make_plain_transport(pair.ends[0]);
  const auto text = pattern(4U << 20U);
  const auto first = server->write_some(text);
  EXPECT_EQ(first.status, IoStatus::kOk);
  EXPECT_LT(first.size, text.size());
  IoResult next = first;
  std::size_t written = first.size;
  while (next.status == IoStatus::kOk) {
    next = server->write_some(std::span<const char>(text).subspan(written));
    written += next.size;
  }
  EXPECT_EQ(next.status, IoStatus::kWantWrite);
  EXPECT_EQ(next.size, 0U);
}

TEST(PlainTransport, WritingToAPeerThatHasGoneIsAnErrorAndNoSignal) {
  SocketPair pair;
  const auto server = make_plain_transport(pair.ends[0]);
  pair.close_client();
  const auto result = server->write_some(std::string("x"));
  EXPECT_EQ(result.status, IoStatus::kError);
  EXPECT_EQ(result.error, EPIPE);
}

TEST(PlainTransport, AfterShutdownThePeerSeesTheEndAndMayStillSend) {
  const SocketPair pair;
  const auto server = make_plain_transport(pair.ends[0]);
  server->shutdown();
  char byte = 0;
  EXPECT_EQ(::recv(pair.ends[1], &byte, 1, 0), 0);
  ASSERT_EQ(::send(pair.ends[1], "x", 1, 0), 1);
  EXPECT_EQ(read_once(*server), "x");
}

TEST(TlsTransport, ShakesHandsAndCarriesBytesBothWays) {
  const SocketPair pair;
  const auto context = make_context();
  const auto server = make_tls_transport(pair.ends[0], *context);
  TlsClient client(pair.ends[1]);
  EXPECT_EQ(server->handshake().status, IoStatus::kWantRead);
  ASSERT_EQ(shake(*server, client).status, IoStatus::kOk);
  std::array<char, 16> bytes{};
  EXPECT_EQ(server->read_some(bytes).status, IoStatus::kWantRead);
  ASSERT_EQ(SSL_write(client.native(), "hello", 5), 5);
  EXPECT_EQ(read_once(*server, 2), "he");
  EXPECT_EQ(server->pending(), 3U) << "readable, though the socket is not";
  EXPECT_EQ(read_once(*server), "llo");
  EXPECT_EQ(server->pending(), 0U);
  EXPECT_EQ(server->write_some(std::string("bye")).size, 3U);
  ASSERT_EQ(SSL_read(client.native(), bytes.data(), bytes.size()), 3);
}

TEST(TlsTransport, LargeWriteArrivesWholeThoughTheSocketIsFullAllTheTime) {
  const SocketPair pair;
  const auto context = make_context();
  const auto server = make_tls_transport(pair.ends[0], *context);
  TlsClient client(pair.ends[1]);
  ASSERT_EQ(shake(*server, client).status, IoStatus::kOk);
  const auto text = pattern(3U << 20U);
  std::string part(20'000, '\0');
  const auto received = pump(*server, text, [&] {
    const int size = SSL_read(client.native(), part.data(), static_cast<int>(part.size()));
    return part.substr(0, size > 0 ? static_cast<std::size_t>(size) : 0);
  });
  EXPECT_TRUE(received == text);
}

TEST(TlsTransport, OldVersionsAndPlainTextAreRefused) {
  const auto context = make_context();
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    const SocketPair pair;
    const auto server = make_tls_transport(pair.ends[0], *context);
    TlsClient client(pair.ends[1], version);
    EXPECT_EQ(shake(*server, client).status, IoStatus::kError);
  }
  const SocketPair pair;
  const auto server = make_tls_transport(pair.ends[0], *context);
  ASSERT_EQ(::send(pair.ends[1], "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
  const auto result = server->handshake();
  EXPECT_EQ(result.status, IoStatus::kError);
  EXPECT_EQ(result.error, EPROTO);
  EXPECT_EQ(server->handshake().status, IoStatus::kError) << "and it stays so";
}

TEST(TlsTransport, Tls12IsSpokenWithAnAeadCipher) {
  const SocketPair pair;
  const auto context = make_context();
  const auto server = make_tls_transport(pair.ends[0], *context);
  TlsClient client(pair.ends[1], TLS1_2_VERSION);
  ASSERT_EQ(shake(*server, client).status, IoStatus::kOk);
  EXPECT_STREQ(SSL_get_version(client.native()), "TLSv1.2");
  EXPECT_EQ(SSL_CIPHER_is_aead(SSL_get_current_cipher(client.native())), 1);
}

TEST(TlsTransport, EndIsSeenWithAndWithoutCloseNotify) {
  const auto context = make_context();
  std::array<char, 16> bytes{};
  for (const bool notify : {true, false}) {
    const SocketPair pair;
    const auto server = make_tls_transport(pair.ends[0], *context);
    TlsClient client(pair.ends[1]);
    ASSERT_EQ(shake(*server, client).status, IoStatus::kOk);
    if (notify) SSL_shutdown(client.native());
    ::shutdown(pair.ends[1], SHUT_WR);
    EXPECT_EQ(server->read_some(bytes).status, IoStatus::kEof) << notify;
  }
}

TEST(TlsTransport, WritingToAPeerThatHasGoneIsAnErrorAndNoSignal) {
  SocketPair pair;
  const auto context = make_context();
  const auto server = make_tls_transport(pair.ends[0], *context);
  TlsClient client(pair.ends[1]);
  ASSERT_EQ(shake(*server, client).status, IoStatus::kOk);
  pair.close_client();
  EXPECT_EQ(server->write_some(std::string("x")).status, IoStatus::kError);
  server->shutdown();
}

TEST(TlsTransport, ShutdownTellsThePeer) {
  const SocketPair pair;
  const auto context = make_context();
  const auto server = make_tls_transport(pair.ends[0], *context);
  TlsClient client(pair.ends[1]);
  ASSERT_EQ(shake(*server, client).status, IoStatus::kOk);
  server->shutdown();
  char byte = 0;
  const int returned = SSL_read(client.native(), &byte, 1);
  EXPECT_EQ(SSL_get_error(client.native(), returned), SSL_ERROR_ZERO_RETURN);
}

// The session keeps what it needs when the context is swapped.
TEST(TlsTransport, OutlivesItsContext) {
  const SocketPair pair;
  auto context = make_context();
  const auto server = make_tls_transport(pair.ends[0], *context);
  context.reset();
  TlsClient client(pair.ends[1]);
  EXPECT_EQ(shake(*server, client).status, IoStatus::kOk);
}

// A handshake, with this ticket if there is one. -> the ticket that it ended with
SSL_SESSION* visit(const TlsContext& context, SSL_SESSION* ticket, bool resumed,
                   const testing::TestCertificate* mine = nullptr) {
  const SocketPair pair;
  const auto server = make_tls_transport(pair.ends[0], context);
  TlsClient client(pair.ends[1]);
  if (mine != nullptr) client.show(*mine);
  if (ticket != nullptr) SSL_set_session(client.native(), ticket);
  EXPECT_EQ(shake(*server, client).status, IoStatus::kOk);
  EXPECT_EQ(SSL_session_reused(client.native()) == 1, resumed);
  EXPECT_EQ(server->peer_certificate().has_value(), mine != nullptr);
  EXPECT_EQ(server->write_some(std::string("x")).size, 1U);
  char byte = 0;
  EXPECT_EQ(SSL_read(client.native(), &byte, 1), 1);
  SSL_shutdown(client.native());  // or its session would not be resumed
  SSL_SESSION_free(ticket);
  return client.ticket();
}

TEST(TlsTransport, ATicketServesAtAnyContextOfThePortAndNowhereElse) {
  const auto tickets = std::make_shared<TicketKeys>();
  const auto first = make_context({}, tickets), second = make_context({}, tickets);
  auto* ticket = visit(*first, nullptr, false);
  EXPECT_EQ(SSL_SESSION_get_max_early_data(ticket), 0U) << "0-RTT is not offered";
  ticket = visit(*second, ticket, true);
  ticket = visit(*make_context(), ticket, false);
  SSL_SESSION_free(ticket);
}

TEST(TlsTransport, AClientsCertificateIsSaidWithItsNames) {
  const auto authority = testing::make_certificate({.host = "ca", .authority = true});
  const auto mine = testing::make_certificate(
      {.host = "desk-7", .issuer = &authority, .more_names = ",URI:spiffe://a/desk,email:d@a.b"});
  const auto context = make_context(authority.certificate);
  const SocketPair pair;
  const auto server = make_tls_transport(pair.ends[0], *context);
  TlsClient client(pair.ends[1]);
  client.show(mine);
  ASSERT_EQ(shake(*server, client).status, IoStatus::kOk);
  const auto shown = server->peer_certificate();
  ASSERT_TRUE(shown.has_value());
  EXPECT_EQ(shown->names, (std::vector<std::string>{"CN=desk-7", "DNS:desk-7",
                                                    "URI:spiffe://a/desk", "email:d@a.b"}));
  EXPECT_EQ(shown->sha256.size(), 64U);
  EXPECT_GT(shown->expires.value(), 1'700'000'000'000'000);
}

TEST(TlsTransport, WhoShowsNoCertificateComesInAndWhoShowsAForeignOneDoesNot) {
  const auto authority = testing::make_certificate({.host = "ca", .authority = true});
  const auto other = testing::make_certificate({.host = "ca", .authority = true});
  const auto context = make_context(authority.certificate);
  SSL_SESSION_free(visit(*context, nullptr, false));
  const auto old = testing::make_certificate(
      {.begins = std::chrono::hours(-2), .ends = std::chrono::hours(-1), .issuer = &authority});
  for (const auto& foreign :
       {testing::make_certificate({.issuer = &other}), testing::make_certificate(), old}) {
    const SocketPair pair;
    const auto server = make_tls_transport(pair.ends[0], *context);
    TlsClient client(pair.ends[1]);
    client.show(foreign);
    EXPECT_EQ(shake(*server, client).status, IoStatus::kError);
    EXPECT_FALSE(server->peer_certificate().has_value());
  }
}

// A ticket carries the certificate, but not past those who let it in.
TEST(TlsTransport, AResumedClientIsWhoHeWasUntilTheAuthoritiesAreOthers) {
  const auto authority = testing::make_certificate({.host = "ca", .authority = true});
  const auto other = testing::make_certificate({.host = "other", .authority = true});
  const auto mine = testing::make_certificate({.issuer = &authority});
  const auto tickets = std::make_shared<TicketKeys>();
  const auto context = make_context(authority.certificate, tickets);
  auto* ticket = visit(*context, nullptr, false, &mine);
  ticket = visit(*context, ticket, true, &mine);
  const auto both = make_context(other.certificate + authority.certificate, tickets);
  ticket = visit(*both, ticket, false, &mine);
  SSL_SESSION_free(ticket);
}

TEST(SocketOptions, AreSetOnATcpSocket) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_GE(descriptor, 0);
  EXPECT_EQ(
      set_client_options(descriptor, {.send_buffer_bytes = 20'000, .notsent_lowat_bytes = 10'000}),
      0);
  const auto get = [&](int level, int option) {
    int value = 0;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(descriptor, level, option, &value, &size), 0);
    return value;
  };
  EXPECT_EQ(get(IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(get(IPPROTO_TCP, TCP_NOTSENT_LOWAT), 10'000);
  EXPECT_EQ(get(SOL_SOCKET, SO_SNDBUF), 40'000);
  ::close(descriptor);
  EXPECT_EQ(set_client_options(descriptor, {}), EBADF);
}

TEST(SocketOptions, AbortOnCloseSendsAReset) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&address), size), 0);
  const int server = ::accept(listener, nullptr, nullptr);
  ASSERT_GE(server, 0);
  abort_on_close(server);
  ::close(server);
  char byte = 0;
  EXPECT_EQ(::recv(client, &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
  ::close(client);
  ::close(listener);
}

}  // namespace tickgate::gateway

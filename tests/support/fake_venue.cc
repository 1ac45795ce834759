// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_venue.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <deque>
#include <iterator>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "tests/support/test_certificate.h"

namespace tickgate::testing {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using Error = boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds kHeartbeatEvery{200};
constexpr std::size_t kDripBytes = 8;
constexpr int kFarLevels = 62'000;  // about 6 MB of snapshot

// An unmasked text frame, as servers send them.
std::string frame_of(std::string_view text) {
  std::string out(1, '\x81');
  const auto put = [&](std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) {
      out.push_back(static_cast<char>(text.size() >> (8 * i) & 0xFFU));
    }
  };
  if (text.size() < 126) {
    put(1);
  } else if (text.size() < 65536) {
    out.push_back(126);
    put(2);
  } else {
    out.push_back(127);
    put(8);
  }
  return out.append(text);
}

struct Pair {
  FakeMarket market;
  std::vector<Fault> faults;
  std::optional<std::string> held_back;  // of kOutOfOrder
  std::atomic<std::uint64_t> snapshots{0}, updates{0};
};

}  // namespace

class FakeVenue::Impl {
 public:
  explicit Impl(Options options);
  ~Impl() {
    asio::post(io_, [this] { io_.stop(); });
    thread_.join();
  }

  Pair& pair(const std::string& name) {
    const auto found = std::find_if(pairs_.begin(), pairs_.end(),
                                    [&](const Pair& one) { return one.market.pair() == name; });
    if (found == pairs_.end()) std::abort();
    return *found;
  }
  template <class Work>
  void post(Work work) {
    asio::post(io_, std::move(work));
  }

  class Peer;
  void accept();
  void tick();
  void beat();
  void answer(Peer& peer, const std::string& request);
  void answer_binance(Peer& peer, const std::string& request);
  std::string rest_body(std::string_view target);

  Options options_;
  TemporaryFolder folder_;
  std::string ca_file_;
  asio::io_context io_{1};
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  tcp::acceptor acceptor_{io_, {asio::ip::make_address("127.0.0.1"), 0}};
  asio::steady_timer ticker_{io_}, beats_{io_};
  std::uint16_t port_ = acceptor_.local_endpoint().port();
  std::deque<Pair> pairs_;
  std::set<std::shared_ptr<Peer>> peers_;
  int refuse_fetches_ = 0;
  std::atomic<std::uint64_t> connections_{0}, upgrades_{0}, fetches_{0};
  std::thread thread_;
};

// One connection: TLS, a request, and then either an answer or a WebSocket. Beast reads; frames are
// written by hand, for they are to be broken.
class FakeVenue::Impl::Peer : public std::enable_shared_from_this<Peer> {
 public:
  Peer(Impl& venue, tcp::socket socket)
      : venue_(venue), socket_(std::move(socket), venue.tls_), pace_(venue.io_) {}

  void start() {
    socket_.next_layer().async_handshake(asio::ssl::stream_base::server,
                                         [me = shared_from_this()](const Error& error) {
                                           if (error) return me->drop();
                                           me->read_request();
                                         });
  }

  void send(std::string_view text) { push(frame_of(text), false); }
  void drip(std::string_view text) { push(frame_of(text), true); }
  // Half a frame, and gone.
  void break_off(std::string_view text) {
    auto frame = frame_of(text);
    frame.resize(frame.size() / 2);
    unsent_.push_back({std::move(frame), false, true});
    if (unsent_.size() == 1) write();
  }
  void drop() {
    Error ignored;
    socket_.next_layer().next_layer().close(ignored);
    pace_.cancel();
    venue_.peers_.erase(shared_from_this());
  }

  bool ready = false;                 // upgraded
  bool silent = false;                // nothing more is sent, whatever is asked
  std::uint64_t sequence = 0;         // Coinbase's
  std::set<std::string> books;        // venue symbols subscribed to
  std::vector<std::string> channels;  // Coinbase's, acknowledged so far
  std::vector<std::string> products;

 private:
  struct Unsent {
    std::string bytes;
    bool slowly, then_close;
  };

  void read_request() {
    http::async_read(socket_.next_layer(), buffer_, request_,
                     [me = shared_from_this()](const Error& error, std::size_t) {
                       if (error) return me->drop();
                       if (websocket::is_upgrade(me->request_)) return me->upgrade();
                       me->answer_fetch();
                     });
  }

  void answer_fetch() {
    ++venue_.fetches_;
    const auto target = request_.target();
    const bool refuse = venue_.refuse_fetches_ > 0;
    if (refuse) --venue_.refuse_fetches_;
    response_.result(refuse ? http::status::too_many_requests : http::status::ok);
    if (refuse) response_.set(http::field::retry_after, "1");
    if (!refuse) response_.body() = venue_.rest_body({target.data(), target.size()});
    response_.keep_alive(false);
    response_.prepare_payload();
    http::async_write(socket_.next_layer(), response_,
                      [me = shared_from_this()](const Error&, std::size_t) { me->drop(); });
  }

  void upgrade() {
    socket_.async_accept(request_, [me = shared_from_this()](const Error& error) {
      if (error) return me->drop();
      ++me->venue_.upgrades_;
      if (me->venue_.options_.hangs_up) return me->drop();
      me->ready = true;
      me->buffer_.clear();
      me->read();
    });
  }

  void read() {
    socket_.async_read(buffer_, [me = shared_from_this()](const Error& error, std::size_t) {
      if (error) return me->drop();
      const auto text = boost::beast::buffers_to_string(me->buffer_.data());
      me->buffer_.clear();
      me->venue_.answer(*me, text);
      me->read();
    });
  }

  void push(std::string frame, bool slowly) {
    if (silent) return;
    unsent_.push_back({std::move(frame), slowly, false});
    if (unsent_.size() == 1) write();
  }

  void write() {
    auto& next = unsent_.front();
    const auto size = next.slowly ? std::min(kDripBytes, next.bytes.size()) : next.bytes.size();
    asio::async_write(socket_.next_layer(), asio::buffer(next.bytes.data(), size),
                      [me = shared_from_this(), size](const Error& error, std::size_t) {
                        if (error) return me->drop();
                        me->written(size);
                      });
  }

  void written(std::size_t size) {
    auto& first = unsent_.front();
    if (first.then_close) return drop();
    first.bytes.erase(0, size);
    if (!first.bytes.empty()) {
      pace_.expires_after(milliseconds(20));
      pace_.async_wait([me = shared_from_this()](const Error& error) {
        if (!error) me->write();
      });
      return;
    }
    unsent_.pop_front();
    if (!unsent_.empty()) write();
  }

  Impl& venue_;
  websocket::stream<asio::ssl::stream<tcp::socket>> socket_;
  asio::steady_timer pace_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
  std::deque<Unsent> unsent_;
};

FakeVenue::Impl::Impl(Options options) : options_(std::move(options)) {
  const auto identity = options_.identity;
  const auto own = make_certificate(
      {.host = identity == Identity::kWrongName ? "elsewhere.example" : "localhost"});
  const auto other = make_certificate({.host = "localhost"});
  ca_file_ = folder_.write(
      "ca.pem", identity == Identity::kUnknownAuthority ? other.certificate : own.certificate);
  tls_.use_certificate_chain(asio::buffer(own.certificate));
  tls_.use_private_key(asio::buffer(own.key), asio::ssl::context::pem);
  std::int64_t base = 1000;
  for (const auto& name : options_.pairs) {
    pairs_.emplace_back(FakeMarket(options_.dialect, name, base *= 2));
  }
  accept();
  tick();
  beat();
  thread_ = std::thread([this] { io_.run(); });
}

void FakeVenue::Impl::accept() {
  acceptor_.async_accept([this](const Error& error, tcp::socket socket) {
    if (error) return;
    ++connections_;
    Error ignored;  // a peer that is gone already; the next read tells
    socket.set_option(tcp::no_delay(true), ignored);  // or a big frame waits for many a late ACK
    auto peer = std::make_shared<Peer>(*this, std::move(socket));
    peers_.insert(peer);
    peer->start();
    accept();
  });
}

// Every pair's next update, to everybody who subscribed to it.
void FakeVenue::Impl::tick() {
  for (Pair& pair : pairs_) {
    std::set<Fault> faults(pair.faults.begin(), pair.faults.end());
    pair.faults.clear();
    const bool wrong_checksum = faults.contains(Fault::kWrongChecksum);
    std::string last;
    const auto peers = peers_;  // a faulty one leaves the set
    // The truth moves once; Coinbase's frames differ by connection.
    std::optional<std::string> frame;
    for (const auto& peer : peers) {
      if (!peer->ready || !peer->books.contains(pair.market.venue_symbol())) continue;
      if (faults.contains(Fault::kSilence)) peer->silent = true;
      if (faults.contains(Fault::kHugeFrame)) {
        peer->send(pair.market.snapshot(peer->sequence, kFarLevels));
      }
      frame = frame ? pair.market.newest(peer->sequence, wrong_checksum)
                    : pair.market.update(peer->sequence, wrong_checksum);
      const int garbage = faults.contains(Fault::kGarbageFlood)    ? 30
                          : faults.contains(Fault::kMalformedJson) ? 1
                                                                   : 0;
      for (int i = 0; i < garbage; ++i) peer->send(R"({"channel":"book","data":[{,}]})");
      if (faults.contains(Fault::kAbruptClose)) {
        peer->break_off(*frame);
      } else if (faults.contains(Fault::kTruncatedJson)) {
        peer->send(std::string_view(*frame).substr(0, frame->size() / 2));
      } else if (faults.contains(Fault::kOutOfOrder)) {
        pair.held_back = *frame;
      } else if (faults.contains(Fault::kSlowDrip)) {
        peer->drip(*frame);
      } else if (!faults.contains(Fault::kGap)) {
        peer->send(*frame);
        if (faults.contains(Fault::kDuplicate)) peer->send(*frame);
        if (pair.held_back) peer->send(*std::exchange(pair.held_back, std::nullopt));
      }
    }
    pair.updates = pair.market.updates();
  }
  ticker_.expires_after(options_.interval);
  ticker_.async_wait([this](const Error& error) {
    if (!error) tick();
  });
}

void FakeVenue::Impl::beat() {
  const auto peers = peers_;
  for (const auto& peer : peers) {
    if (!peer->ready) continue;
    const auto text = heartbeat(options_.dialect, peer->sequence);
    if (!text.empty()) peer->send(text);
  }
  beats_.expires_after(kHeartbeatEvery);
  beats_.async_wait([this](const Error& error) {
    if (!error) beat();
  });
}

void FakeVenue::Impl::answer(Peer& peer, const std::string& request) {
  if (options_.dialect == Dialect::kBinance) return answer_binance(peer, request);
  const auto channel = member_text(request, "channel");
  const bool book = channel == (options_.dialect == Dialect::kKraken ? "book" : "level2");
  const bool subscribe = request.find("unsubscribe") == std::string::npos;
  const auto symbols =
      member_texts(request, options_.dialect == Dialect::kKraken ? "symbol" : "product_ids");
  std::vector<std::string> refused;
  for (const auto& name : options_.refused) refused.push_back(pair(name).market.venue_symbol());
  if (options_.dialect == Dialect::kKraken && subscribe) {
    for (const auto& text : kraken_acknowledgements(request, refused)) peer.send(text);
  }
  if (options_.dialect == Dialect::kCoinbase && subscribe) {
    peer.channels.push_back(channel);
    for (const auto& symbol : symbols) {
      if (std::find(peer.products.begin(), peer.products.end(), symbol) == peer.products.end()) {
        peer.products.push_back(symbol);
      }
    }
    peer.send(coinbase_acknowledgement(peer.channels, peer.products, peer.sequence));
  }
  if (!book) return;
  for (Pair& one : pairs_) {
    const auto symbol = one.market.venue_symbol();
    if (std::find(symbols.begin(), symbols.end(), symbol) == symbols.end()) continue;
    if (std::find(refused.begin(), refused.end(), symbol) != refused.end()) continue;
    if (!subscribe) {
      peer.books.erase(symbol);
      continue;
    }
    peer.books.insert(symbol);
    peer.send(one.market.snapshot(peer.sequence));
    ++one.snapshots;
  }
}

void FakeVenue::Impl::answer_binance(Peer& peer, const std::string& request) {
  const bool subscribe = request.find("UNSUBSCRIBE") == std::string::npos;
  for (const auto& stream : member_texts(request, "params")) {
    const auto symbol = absl::AsciiStrToUpper(stream.substr(0, stream.find('@')));
    if (!stream.ends_with("@depth@100ms")) continue;
    if (subscribe) {
      peer.books.insert(symbol);
    } else {
      peer.books.erase(symbol);
    }
  }
  peer.send(R"({"result":null,)" + request.substr(request.rfind(R"("id":)")));
}

std::string FakeVenue::Impl::rest_body(std::string_view target) {
  std::uint64_t none = 0;
  for (Pair& one : pairs_) {
    const auto symbol = one.market.venue_symbol();
    if (target.find("symbol=" + symbol) == std::string_view::npos) continue;
    ++one.snapshots;
    return one.market.snapshot(none);
  }
  std::string list;
  for (const Pair& one : pairs_) {
    const auto dash = one.market.pair().find('-');
    fmt::format_to(std::back_inserter(list),
                   R"({}{{"symbol":"{}","status":"TRADING","baseAsset":"{}","quoteAsset":"{}"}})",
                   list.empty() ? "" : ",", one.market.venue_symbol(),
                   one.market.pair().substr(0, dash), one.market.pair().substr(dash + 1));
  }
  return R"({"timezone":"UTC","symbols":[)" + list + "]}";
}

FakeVenue::FakeVenue(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
FakeVenue::~FakeVenue() = default;

void FakeVenue::inject(Fault fault, const std::string& pair) {
  impl_->post([this, fault, pair] { impl_->pair(pair).faults.push_back(fault); });
}
void FakeVenue::refuse_fetches(int count) {
  impl_->post([this, count] { impl_->refuse_fetches_ = count; });
}
std::string FakeVenue::websocket_url() const {
  return fmt::format("wss://localhost:{}", impl_->port_);
}
std::string FakeVenue::rest_url() const {
  return fmt::format("https://localhost:{}", impl_->port_);
}
std::string FakeVenue::ca_file() const { return impl_->ca_file_; }
std::uint64_t FakeVenue::connections() const { return impl_->connections_; }
std::uint64_t FakeVenue::upgrades() const { return impl_->upgrades_; }
std::uint64_t FakeVenue::fetches() const { return impl_->fetches_; }
std::uint64_t FakeVenue::snapshots(const std::string& pair) const {
  return impl_->pair(pair).snapshots;
}
std::uint64_t FakeVenue::updates(const std::string& pair) const {
  return impl_->pair(pair).updates;
}

}  // namespace tickgate::testing

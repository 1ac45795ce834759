// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "gateway/http/http_request_reader.h"
#include "gateway/http/http_response.h"
#include "gateway/net/listener.h"
#include "gateway/net/socket_options.h"
#include "gateway/shard/shard.h"

// How clients come to a shard and leave it.
namespace tickgate::gateway {

using std::chrono::milliseconds;
namespace {

// A storm of clients costs others no more than this at a time.
constexpr std::chrono::milliseconds kAcceptTurn{2};
// No descriptors or no memory: trying again at once would burn a core. And the longest until it is
// looked again whether somebody may come in: the limit may be another one by then.
constexpr std::chrono::milliseconds kAcceptPause{100};

// Of looking at what clients are granted, at a time.
constexpr std::chrono::milliseconds kReviewTurn{2};

// Of clients whose numbers begin anew: from one's Close to the next, and all of them at most.
constexpr std::chrono::milliseconds kPerRestart{4}, kMostRestart{5'000};

// At the door while memory is short: to be told so.
constexpr std::uint32_t kFewAtDoor = 64;

// Who cannot be let in, not even to be told. What he has sent is read away, or its reset would take
// the answer along.
void say_at_once(Socket& socket, HttpRefusal refusal) {
  auto response = compose_refusal(refusal, false);
  finish_http_response(response, false, {});
  const int descriptor = socket.native_handle();
  std::array<char, 4096> unread;
  ::send(descriptor, response.data(), response.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(descriptor, SHUT_WR);
  ::recv(descriptor, unread.data(), unread.size(), MSG_DONTWAIT);
}

}  // namespace

Visitors::Limits visitor_limits(const LimitsConfig& limits) {
  return {limits.http_visitors, limits.http_visitors_per_address, limits.http_bytes};
}

FanOutLimits fan_out_limits(const LimitsConfig& limits) {
  return {limits.subscriptions_per_connection,
          static_cast<std::uint32_t>(limits.min_interval.count()), limits.frame_bytes,
          limits.trades_kept, limits.trades_memory};
}

AddressTable::Limits address_limits(const LimitsConfig& limits) {
  return {limits.connections_per_address, limits.handshakes_per_second_per_address,
          limits.failed_credentials_per_minute_per_address};
}

void Shard::set_rules() {
  rules_.addresses = settings_.addresses;
  rules_.body_paths = {"/v1/snapshot"};
  rules_.probe_paths = {"/readyz"};
  rules_.stream_path = "/v1/stream";
  rules_.subprotocol = "tickgate.v1.json";
  note_limits();
}

void Shard::note_limits() {
  const auto& limits = settings_.limits;
  rules_.max_header = limits.header_bytes;
  rules_.request_time = limits.handshake_time;
  rules_.max_body = limits.message_bytes;
  rules_.allowed_origins = settings_.origins;
  rules_.proxies = settings_.proxies;
  checkpoint_.set_most_unnamed(limits.unauthenticated_connections);
}

void Shard::take(std::shared_ptr<const ClientRules> rules) {
  boost::asio::post(io_, [this, rules = std::move(rules)] {
    settings_.limits = rules->limits;
    settings_.origins = rules->origins;
    settings_.proxies = rules->proxies;
    settings_.auth_time = rules->auth_time;
    note_limits();
    for (const auto& lane : lanes_) lane->fan_out().set_limits(fan_out_limits(settings_.limits));
  });
}

absl::Status Shard::listen(const ListenAddress& address) {
  auto status = open_listener(acceptor_, address, /*shared=*/true);
  if (status.ok()) port_ = acceptor_.local_endpoint().port();
  return status;
}

void Shard::wait_for_clients() {
  if (!acceptor_.is_open()) return;
  acceptor_.async_wait(Acceptor::wait_read, [this](boost::system::error_code error) {
    if (!error) accept_clients();
  });
}

// While the door is crowded, or as many have come as may in a second, others wait in the kernel's
// queue.
void Shard::accept_clients() {
  if (!acceptor_.is_open()) return;
  auto now = monotonic_now();
  const auto until = now + kAcceptTurn;
  for (; !door_.is_crowded() && now < until; now = monotonic_now()) {
    const auto wait = settings_.pace == nullptr ? Monotonic{0} : settings_.pace->take(now);
    if (wait > Monotonic{0}) {
      client_counters_.accepts_paced.add();
      return accept_later(wait);
    }
    boost::system::error_code error;
    Socket socket(io_);
    boost::asio::ip::tcp::endpoint peer;
    acceptor_.accept(socket, peer, error);
    if (!error) {
      welcome_alone(std::move(socket), peer);
      continue;
    }
    uncount_accept();
    if (error == boost::asio::error::would_block) break;
    if (error != boost::asio::error::connection_aborted) {
      client_counters_.accept_failures.add();
      return accept_later(kAcceptPause);
    }
  }
  if (!door_.is_crowded()) return wait_for_clients();
  boost::asio::post(io_, [this] { accept_clients(); });
}

void Shard::accept_later(Monotonic wait) {
  accept_pause_.expires_after(std::min<Monotonic>(wait, kAcceptPause));
  accept_pause_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) wait_for_clients();
  });
}

// Without memory for it the visitor is turned away, and nothing is left of it.
void Shard::welcome_alone(Socket socket, const boost::asio::ip::tcp::endpoint& peer) {
  try {
    welcome(std::move(socket), peer);
  } catch (const std::bad_alloc&) {
    client_counters_.out_of_memory.add();
  }
}

// Who is sent away by his address costs no handshake, takes no turn of others' and puts nobody out.
void Shard::welcome(Socket socket, const boost::asio::ip::tcp::endpoint& peer) {
  const auto& limits = settings_.limits;
  const auto from = peer_of(peer);
  boost::system::error_code error;
  socket.native_non_blocking(true, error);
  if (error) return;
  const auto arrival = arrival_of(from);
  AddressStay stay;
  if (arrival == Arrival::kDirect) {
    const auto refusal = refuse_address(from);
    if (refusal) return turn_away(std::move(socket), from, *refusal);
    if (settings_.addresses != nullptr) stay = AddressStay(settings_.addresses, from.address);
  }
  if (!door_.make_room(places_at_door())) {
    door_.note(HttpRefusal::kConnections, from);
    if (settings_.tls == nullptr) say_at_once(socket, HttpRefusal::kConnections);
    return;
  }
  const int descriptor = socket.native_handle();
  set_client_options(descriptor, {limits.send_buffer_bytes, limits.notsent_lowat_bytes});
  const auto tls = settings_.tls == nullptr ? nullptr : settings_.tls->current();
  auto transport =
      tls == nullptr ? make_plain_transport(descriptor) : make_tls_transport(descriptor, *tls);
  if (transport == nullptr) return;
  door_.enter(std::make_shared<HttpSession>(static_cast<HttpSessionHost&>(*this), std::move(socket),
                                            std::move(transport), from, arrival, std::move(stay)));
}

// nullopt: this address is counted with those that are here.
std::optional<HttpRefusal> Shard::refuse_address(const Peer& from) {
  if (settings_.proxies.protocol == ProxyProtocol::kRequired) return HttpRefusal::kUntrusted;
  if (settings_.addresses == nullptr) return std::nullopt;
  const auto refusal = settings_.addresses->enter(from.address, monotonic_now());
  return refusal ? std::optional(refusal_of(*refusal)) : std::nullopt;
}

// At most as many at the door as streams: nobody can fill the memory by not upgrading. Without
// descriptors a few beside those who are being answered, so that whoever comes is told.
std::size_t Shard::places_at_door() {
  const auto most = settings_.limits.connections;
  if (!may_enter()) return door_.answered() + ClientDescriptors::kToBeTold;
  return is_tight() ? std::min(kFewAtDoor, most) : most;
}

Arrival Shard::arrival_of(const Peer& peer) const {
  const auto& rules = settings_.proxies;
  if (!rules.trusts(peer.address)) return Arrival::kDirect;
  if (rules.protocol == ProxyProtocol::kRequired) return Arrival::kProxied;
  return rules.header == ForwardedHeader::kNone ? Arrival::kDirect : Arrival::kForwarded;
}

// Before any TLS, which would cost a thousand times as much as this; so there he hears nothing. Nor
// does a stranger in a proxy's place.
void Shard::turn_away(Socket socket, const Peer& peer, HttpRefusal refusal) {
  door_.note(refusal, peer);
  uncount_accept();
  if (settings_.tls != nullptr || refusal == HttpRefusal::kUntrusted) return;
  if (!may_enter() || door_.size() >= settings_.limits.connections) {
    return say_at_once(socket, refusal);
  }
  auto transport = make_plain_transport(socket.native_handle());
  const auto session = std::make_shared<HttpSession>(static_cast<HttpSessionHost&>(*this),
                                                     std::move(socket), std::move(transport), peer);
  session->turn_away(refusal);
  door_.enter(session);
}

void Shard::uncount_accept() {
  if (settings_.pace != nullptr) settings_.pace->give_back();
}

// Is there a descriptor for one more?
bool Shard::may_enter() {
  note_descriptors();
  return settings_.descriptors == nullptr || settings_.descriptors->have_room();
}

// He was let in to be told so.
bool Shard::lacks_descriptors() {
  note_descriptors();
  return settings_.descriptors != nullptr && settings_.descriptors->is_over();
}

void Shard::note_descriptors() {
  if (settings_.descriptors == nullptr) return;
  const auto held = static_cast<std::int64_t>(connections_.size() + door_.size());
  settings_.descriptors->add(held - std::exchange(noted_descriptors_, held));
}

void Shard::on_request(const std::shared_ptr<HttpSession>& session, const HttpRequest& request) {
  catch_up();  // what is told is the newest
  site_.answer(session, request, lane_of(request.grant.get()).fan_out(), io_);
}

std::optional<HttpRefusal> Shard::refuse_request() {
  return lacks_descriptors() ? std::optional(HttpRefusal::kVisitors) : std::nullopt;
}

std::optional<HttpRefusal> Shard::refuse_upgrade() {
  if (draining()) return HttpRefusal::kDraining;
  if (is_tight()) return HttpRefusal::kMemory;
  if (!is_named()) return HttpRefusal::kStarting;
  if (lacks_descriptors()) return HttpRefusal::kConnections;
  if (open_connections_.load(std::memory_order_relaxed) < settings_.limits.connections) return {};
  return HttpRefusal::kConnections;
}

void Shard::on_upgraded(HttpSession& session, Socket socket, std::unique_ptr<Transport> transport,
                        Admission admission) {
  const bool outdated = admission.generation != checkpoint_.generation();
  auto usage = usage_of(session.peer());
  connections_.push_back(nullptr);  // first: without memory the connection is none
  absl::Cleanup take_back = [this] { connections_.pop_back(); };
  // Owns itself: its pending waits must come back before it can go.
  auto* connection = new Connection(*this, std::move(socket), std::move(transport), session.peer(),
                                    monotonic_now(), std::move(admission));
  std::move(take_back).Cancel();
  session.hand_over_stay();
  connection->usage = std::move(usage);
  connections_.back() = connection;
  // Relaxed: a count across shards, no more; two at the same moment may pass the limit by one.
  open_connections_.fetch_add(1, std::memory_order_relaxed);
  connection->index = static_cast<std::uint32_t>(connections_.size() - 1);
  connection->start();
  // Its answer was on the way when the others were told to leave.
  const auto stays = [&] { return !connections_.empty() && connections_.back() == connection; };
  if (outdated && stays()) connection->on_guard_changed();
  if (drain_ && stays()) connection->drain(monotonic_now(), drain_->notice);
}

void Shard::on_closed(Connection& connection) {
  open_connections_.fetch_sub(1, std::memory_order_relaxed);
  if (settings_.addresses != nullptr) settings_.addresses->leave(connection.peer_address());
  Connection* last = connections_.back();
  connections_[connection.index] = last;
  last->index = connection.index;
  connections_.pop_back();
}

// Another guard, and so what was said of somebody may hold no more. All are looked at before long,
// in pieces, others having their turns between.
void Shard::notice_guard() {
  const auto generation = checkpoint_.generation();
  if (std::exchange(reviewed_, generation) == generation) return;
  review_left_ = connections_.size();
  if (!review_posted_) review_some();
}

void Shard::review_some() {
  const auto until = monotonic_now() + kReviewTurn;
  do {
    review_left_ = std::min(review_left_, connections_.size());
    if (review_left_ == 0) return;
    connections_[--review_left_]->on_guard_changed();
  } while (monotonic_now() < until);
  review_posted_ = true;
  boost::asio::post(io_, [this] {
    review_posted_ = false;
    review_some();
  });
}

// Of that lane (of the live one also those who find nothing): each is flushed a last time, has
// nothing more, and is closed within some seconds, one after the other, so that not all come back
// at once. Backwards, as sweeps go.
void Shard::end_streams(const Lane& lane) {
  const auto now = monotonic_now();
  for (auto i = connections_.size(); i-- > 0;) {
    if (i >= connections_.size()) continue;
    auto& connection = *connections_[i];
    const Lane& its = lane_of(connection.grant.get());
    if (&its != &lane && (&its != nowhere_.get() || &lane != &live())) continue;
    connection.end_stream(now, turn_of(connection));
  }
}

milliseconds Shard::turn_of(const Connection& connection) const {
  const auto all = static_cast<std::int64_t>(connections_.size());
  const auto spread = std::min(kMostRestart, all * kPerRestart);
  return spread * static_cast<std::int64_t>(connection.index) / all;
}

void Shard::begin_drain(milliseconds notice, milliseconds spread) {
  draining_.store(true, std::memory_order_release);  // pairs with draining(): the count is visible
  const auto now = monotonic_now();
  notice_pause(now);  // moments that are given now are not to be moved by it
  drain_ = {notice, {now, spread, connections_.size()}, 0, connections_.size()};
}

// Backwards, for one that ends leaves its place to the last: who has not been told is before
// `next`. Of those that were, some may come to stand there too.
void Shard::drain_some(Monotonic now) {
  if (!drain_) return;
  const auto due = drain_->pace.due(now);
  while (drain_->told < due && drain_->next > 0) {
    drain_->next = std::min(drain_->next, connections_.size());
    if (drain_->next == 0) return;
    auto* connection = connections_[--drain_->next];
    if (connection->is_leaving()) continue;
    ++drain_->told;
    connection->drain(now, drain_->notice);
  }
}

}  // namespace tickgate::gateway

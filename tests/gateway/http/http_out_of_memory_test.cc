// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "gateway/http/door.h"
#include "gateway/http/http_response.h"
#include "gateway/http/http_session.h"
#include "tests/support/failing_new.h"

namespace tickgate::gateway {
namespace {

using testing::FailingNew;

constexpr std::size_t kMostAllocations = 2'000;

// A port of the test's own. Every allocation of a visit fails once: the visit ends, and the next
// one is answered.
class VisitOutOfMemory : public ::testing::Test, private HttpSessionHost {
 protected:
  VisitOutOfMemory() { rules_.body_paths = {"/asked"}, rules_.max_body = 1'000; }

  // -> what came back
  std::string visit(std::size_t good) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    Socket socket(io_);
    socket.assign(boost::asio::ip::tcp::v4(), ends[0]);
    auto transport = make_plain_transport(ends[0]);
    {
      FailingNew failing(good);
      failing.once();
      try {  // as whoever accepts does
        door_.enter(std::make_shared<HttpSession>(static_cast<HttpSessionHost&>(*this),
                                                  std::move(socket), std::move(transport), Peer{}));
      } catch (const std::bad_alloc&) {
        counters_.out_of_memory.add();
      }
      for (const auto& part : asked_) {
        ::send(ends[1], part.data(), part.size(), MSG_NOSIGNAL);
        settle();
      }
      failed_ = FailingNew::failed();
    }
    std::string answer(100'000, '\0');
    const auto size = ::recv(ends[1], answer.data(), answer.size(), 0);
    answer.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    ::close(ends[1]);
    settle();
    door_.close();
    settle();
    return answer;
  }
  void settle() {
    io_.restart();
    for (int i = 0; i < 20; ++i) io_.poll_one();
  }

  const std::vector<std::string> asked_{
      "GET /asked?a=b HTTP/1.1\r\nHost: ", "a\r\nOrigin: https://a.example\r\n\r\nGET /as",
      "ked HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST /asked HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
      "GET /unknown\x01 HTTP/1.1\r\n\r\n"};
  boost::asio::io_context io_;
  HttpRules rules_;
  ClientCounters counters_;
  std::shared_ptr<Visitors> visitors_ = std::make_shared<Visitors>(Visitors::Limits{8, 8, 100'000});
  Door door_{"test", io_, counters_, visitors_};
  std::vector<char> read_buffer_ = std::vector<char>(16'384);
  bool failed_ = false;  // an allocation, in the last visit

 private:
  const HttpRules& rules() const override { return rules_; }
  ClientCounters& counters() override { return counters_; }
  Door& door() override { return door_; }
  std::span<char> read_buffer() override { return read_buffer_; }
  void on_request(const std::shared_ptr<HttpSession>& session,
                  const HttpRequest& request) override {
    session->answer(
        compose_http_response(200, "text/plain", std::string(5'000, 'x'), request.head_only));
  }
  Checkpoint* checkpoint() override { return nullptr; }
  void uncount_accept() override {}
  std::optional<HttpRefusal> refuse_request() override { return std::nullopt; }
  std::optional<HttpRefusal> refuse_upgrade() override { return HttpRefusal::kConnections; }
  bool keeps_connections() const override { return true; }
  void on_upgraded(HttpSession&, Socket, std::unique_ptr<Transport>, Admission) override {}
};

}  // namespace

TEST_F(VisitOutOfMemory, EndsThatVisitAndNoOther) {
  const auto whole = visit(SIZE_MAX).size();
  EXPECT_GT(whole, 15'000U);
  std::size_t good = 0;
  failed_ = true;
  for (; failed_ && good < kMostAllocations; ++good) {
    SCOPED_TRACE(good);
    const auto ended = counters_.out_of_memory.value();
    visit(good);
    EXPECT_EQ(counters_.out_of_memory.value(), ended + (failed_ ? 1 : 0));
    EXPECT_EQ(door_.size(), 0U);
    EXPECT_EQ(visitors_->count(), 0U);
    if (HasFailure()) return;
  }
  EXPECT_GT(good, 20U) << "what was to fail was hardly asked for";
  EXPECT_FALSE(failed_) << "it never went well";
  EXPECT_EQ(visit(SIZE_MAX).size(), whole);
}

}  // namespace tickgate::gateway

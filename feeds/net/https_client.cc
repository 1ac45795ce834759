// SPDX-License-Identifier: Apache-2.0
#include "feeds/net/https_client.h"

#include <fmt/format.h>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>

#include "feeds/net/cache_control.h"
#include "feeds/net/dialer.h"
#include "feeds/net/retry_after.h"

namespace tickgate::feeds {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Error = boost::system::error_code;
using std::chrono::seconds;

constexpr std::uint32_t kMaxHeader = 16U << 10U;
constexpr std::size_t kBehindBody = 64;
constexpr int kMostInterim = 8;

seconds retry_after_of(const http::response<http::string_body>& response) {
  const auto header = response[http::field::retry_after];
  return parse_retry_after({header.data(), header.size()}, std::chrono::system_clock::now());
}

std::optional<seconds> max_age_of(const http::response<http::string_body>& response) {
  const auto header = response[http::field::cache_control];
  return parse_max_age({header.data(), header.size()});
}

}  // namespace

class HttpsClient::Queue : public std::enable_shared_from_this<Queue> {
 public:
  Queue(asio::io_context& io, TlsTrust trust, ProxyRules proxies, Limits limits)
      : io_(io),
        trust_(std::move(trust)),
        proxies_(std::move(proxies)),
        limits_(limits),
        timer_(io) {}

  void get(std::string url, Callback callback) {
    waiting_.push_back({std::move(url), std::move(callback)});
    if (waiting_.size() == 1) start();
  }

  void cancel() {
    waiting_.clear();
    drop_connection();
  }

 private:
  struct Request {
    std::string url;
    Callback callback;
  };

  // One request's connection and what it reads; replaced as a whole by the next one's.
  struct Exchange {
    std::unique_ptr<TcpSocket> plain;
    std::unique_ptr<TlsStream> tls;
    http::request<http::empty_body> request;
    std::optional<http::response_parser<http::string_body>> parser;
    int interim = 0;  // answers before the one that counts
    std::chrono::steady_clock::time_point asked;
    boost::beast::flat_buffer buffer{std::size_t{1} << 20U};
  };

  // Runs `work` only if this request is still the one under way.
  template <class Work>
  auto guarded(Work work) {
    return [me = shared_from_this(), turn = turn_, work] {
      if (turn == me->turn_) work(*me);
    };
  }

  // The first in the queue; it is answered later in any case.
  void start() {
    ++turn_;
    const auto url = parse_url(waiting_.front().url);
    if (!url || url->websocket) {
      return asio::post(io_, guarded([](Queue& queue) { queue.fail("not an https URL"); }));
    }
    timer_.expires_after(limits_.time);
    timer_.async_wait(
        [go = guarded([](Queue& queue) { queue.fail("no answer in time"); })](const Error& error) {
          if (!error) go();
        });
    dialer_ = std::make_shared<Dialer>(io_, trust_, proxies_, *url);
    dialer_->dial([me = shared_from_this(), turn = turn_, url = *url](Dialer::Result result) {
      if (turn != me->turn_) return;
      if (result.failure != nullptr) {
        return me->fail(
            fmt::format("{}: {}", name(result.failure->reason), result.failure->detail));
      }
      me->exchange(url, std::move(result));
    });
  }

  void exchange(const Url& url, Dialer::Result result) {
    exchange_ = std::make_shared<Exchange>();
    exchange_->plain = std::move(result.plain);
    exchange_->tls = std::move(result.tls);
    exchange_->request = {http::verb::get, url.target, 11};
    exchange_->request.set(http::field::host, url.authority());
    exchange_->request.set(http::field::user_agent, "tickgate");
    exchange_->request.set(http::field::accept, "application/json");
    exchange_->request.keep_alive(false);
    expect_answer();
    if (exchange_->tls) return write(*exchange_->tls);
    write(*exchange_->plain);
  }

  void expect_answer() {
    exchange_->parser.emplace();
    exchange_->parser->body_limit(limits_.body);
    exchange_->parser->header_limit(kMaxHeader);
  }

  // 1xx but 101: the answer is yet to come (RFC 9110, 15.2).
  bool is_interim() const {
    const auto status = exchange_->parser->get().result_int();
    return status >= 100 && status < 200 && status != 101;
  }

  template <class Stream>
  void write(Stream& stream) {
    exchange_->asked = std::chrono::steady_clock::now();
    http::async_write(stream, exchange_->request,
                      [me = shared_from_this(), turn = turn_, keep = exchange_, &stream](
                          const Error& error, std::size_t) {
                        if (turn != me->turn_) return;
                        if (error) return me->fail(error.message());
                        me->read(stream);
                      });
  }

  template <class Stream>
  void read(Stream& stream) {
    http::async_read(stream, exchange_->buffer, *exchange_->parser,
                     [me = shared_from_this(), turn = turn_, keep = exchange_, &stream](
                         const Error& error, std::size_t) {
                       if (turn != me->turn_) return;
                       // A body cut off by a bare end of stream is refused: it might be truncated.
                       if (error) return me->fail(error.message());
                       if (!me->is_interim()) return me->answered();
                       if (++me->exchange_->interim > kMostInterim)
                         return me->fail("no answer but interim ones");
                       me->expect_answer();
                       me->read(stream);
                     });
  }

  void answered() {
    const auto took = std::chrono::steady_clock::now() - exchange_->asked;
    auto response = exchange_->parser->release();
    const auto size = response.body().size();
    response.body().append(kBehindBody, '\0');
    HttpsAnswer answer;
    answer.status = static_cast<int>(response.result_int());
    answer.body = std::string_view(response.body()).substr(0, size);
    answer.retry_after = retry_after_of(response);
    answer.took = std::chrono::ceil<std::chrono::microseconds>(took);
    answer.max_age = max_age_of(response);
    finish(answer, "");
  }

  void fail(const std::string& failure) {
    // Empty, and its padding may be read as well.
    static constexpr char kEmpty[kBehindBody] = {};
    HttpsAnswer answer;
    answer.body = std::string_view(kEmpty);
    finish(answer, failure);
  }

  void finish(HttpsAnswer answer, const std::string& failure) {
    drop_connection();
    const Request request = std::move(waiting_.front());
    waiting_.pop_front();
    if (!waiting_.empty()) start();
    answer.target = request.url;
    request.callback(answer, failure);  // last: it may ask for more, or cancel all
  }

  void drop_connection() {
    ++turn_;
    timer_.cancel();
    if (dialer_) dialer_->cancel();
    dialer_.reset();
    if (!exchange_) return;
    Error ignored;
    if (exchange_->tls) exchange_->tls->next_layer().close(ignored);
    if (exchange_->plain) exchange_->plain->close(ignored);
    exchange_.reset();
  }

  asio::io_context& io_;
  TlsTrust trust_;
  ProxyRules proxies_;
  Limits limits_;
  asio::steady_timer timer_;
  std::deque<Request> waiting_;
  std::uint64_t turn_ = 0;  // a late completion of an abandoned request is told by it
  std::shared_ptr<Dialer> dialer_;
  std::shared_ptr<Exchange> exchange_;
};

HttpsClient::HttpsClient(asio::io_context& io, TlsTrust trust, ProxyRules proxies, Limits limits)
    : queue_(std::make_shared<Queue>(io, std::move(trust), std::move(proxies), limits)) {}

HttpsClient::~HttpsClient() { cancel(); }

void HttpsClient::get(const std::string& url, Callback callback) {
  queue_->get(url, std::move(callback));
}

void HttpsClient::cancel() { queue_->cancel(); }

}  // namespace tickgate::feeds

// SPDX-License-Identifier: Apache-2.0
// A session with a venue that wants a login, over a real socket: what of the credentials is seen
// anywhere but at the venue.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <mutex>
#include <thread>

#include "feeds/capture/capture.h"
#include "feeds/log/log.h"
#include "feeds/thread/feed_thread.h"
#include "tests/support/toy_venue.h"

namespace tickgate::feeds {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kKey = "AK-0123456789", kSecret = "hush-hush-4711";

// Everything said by the log and the recording, one text.
class Said {
 public:
  void add(std::string_view text) {
    const std::scoped_lock lock(mutex_);
    text_.append(text).push_back('\n');
  }
  std::string text() const {
    const std::scoped_lock lock(mutex_);
    return text_;
  }
  void clear() {
    const std::scoped_lock lock(mutex_);
    text_.clear();
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

Said& logged() {
  static Said said;
  return said;
}

void log_sink(log::Level, std::string_view, std::string_view message,
              std::span<const log::Field> fields) {
  std::string line(message);
  for (const auto& field : fields) {
    const auto* text = std::get_if<std::string_view>(&field.value);
    line.append(" ").append(field.key).append("=").append(text != nullptr ? *text : "#");
  }
  logged().add(line);
}

class Recording final : public FeedTap {
 public:
  void on_record(const CaptureRecord& record) override {
    std::string line;
    append_capture_line(line, record);
    said.add(line);
    if (record.kind == CaptureKind::kBinary) said.add(record.data);  // base64 hides nothing
  }
  Said said;
};

// A venue on this host: takes one WebSocket, answers the login by `greetings`, keeps what it hears.
class PlainVenue {
 public:
  explicit PlainVenue(std::vector<std::pair<std::string, bool>> greetings)
      : greetings_(std::move(greetings)),
        acceptor_(io_, {asio::ip::make_address("127.0.0.1"), 0}),
        thread_([this] { serve(); }) {}
  ~PlainVenue() {
    // If nobody came, so that it need not wait for ever.
    asio::ip::tcp::socket last(io_);
    boost::system::error_code ignored;
    last.connect(acceptor_.local_endpoint(), ignored);
    last.close(ignored);
    thread_.join();
  }
  std::string url() const {
    return fmt::format("ws://127.0.0.1:{}/ws?token={}", acceptor_.local_endpoint().port(), kKey);
  }
  Said heard;

 private:
  void serve() {
    boost::system::error_code error;
    boost::beast::websocket::stream<asio::ip::tcp::socket> socket(acceptor_.accept(error));
    socket.accept(error);
    while (!error) {
      boost::beast::flat_buffer buffer;
      socket.read(buffer, error);
      const std::string text(static_cast<const char*>(buffer.data().data()), buffer.size());
      if (error || text.empty()) return;
      if (text.starts_with("login")) {
        for (const auto& [greeting, binary] : greetings_) {
          socket.binary(binary);
          socket.write(asio::buffer(greeting), error);
        }
      }
      heard.add(text);
    }
  }

  std::vector<std::pair<std::string, bool>> greetings_;
  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

template <typename Predicate>
bool until(Predicate&& predicate) {
  const auto deadline = std::chrono::steady_clock::now() + seconds(20);
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return true;
}

TEST(Credentials, NeitherLogNorRecordingHasThemThoughTheVenueRepeatsThem) {
  log::install(log_sink, log::Level::kDebug);
  const std::string echo = fmt::format("who is {}?", kKey);
  const std::string refusal = fmt::format("ref 0 trade bad:{}", kSecret);
  PlainVenue venue({{echo, false}, {refusal, false}, {"#" + echo, true}, {"snap 0 1 7", false}});
  const std::string url = venue.url();
  FeedSettings settings;
  settings.options.name = settings.options.venue = "toy";
  settings.options.pairs = settings.adapter.pairs = {"A-USD"};
  settings.adapter.credentials = {Secret(std::string(kKey)), Secret(std::string(kSecret))};
  settings.make_adapter = [&url](const AdapterSettings& adapter,
                                 schemas::InstrumentRegistry& registry, AdapterEvents& events) {
    return std::make_unique<ToyAdapter>(adapter.pairs, registry, events,
                                        VenueFacts{.name = "toy", .websocket_url = url},
                                        adapter.credentials);
  };
  schemas::InstrumentRegistry registry;
  TickRing ring{std::size_t{1} << 20U};
  Doorbell bell;
  Recording recording;
  LineSink sink;
  {
    FeedThread thread({settings}, registry, {{&ring, &bell}}, &recording);
    ASSERT_TRUE(thread.start().ok());
    EXPECT_TRUE(until([&] {
      ring.drain(sink);
      return sink.states.contains(0) && sink.states[0] == schemas::State::kLive;
    }));
  }
  ring.drain(sink);
  log::install(nullptr, log::Level::kError);

  EXPECT_THAT(venue.heard.text(), HasSubstr("login AK-0123456789 hush-hush-4711"));
  const auto said = logged().text() + recording.said.text() + testing::PrintToString(sink.reasons) +
                    testing::PrintToString(sink.lines);
  EXPECT_THAT(said, Not(HasSubstr(std::string(kKey))));
  EXPECT_THAT(said, Not(HasSubstr(std::string(kSecret))));
  // It was all there.
  EXPECT_THAT(logged().text(), HasSubstr("who is ***?"));
  EXPECT_THAT(logged().text(), HasSubstr("message=bad:***"));
  for (const char* part : {"/ws?token=***", R"("sent","data":"***")", "sub 0", "#who is ***?"}) {
    EXPECT_THAT(recording.said.text(), HasSubstr(part));
  }
  logged().clear();
}

}  // namespace
}  // namespace tickgate::feeds

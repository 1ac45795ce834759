// SPDX-License-Identifier: Apache-2.0
#include "gateway/log/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace tickgate::gateway::log {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

constexpr std::chrono::system_clock::time_point kTime{milliseconds(1'732'100'000'007)};

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    close_reader();
    close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int writer() const { return ends_[1]; }
  void close_reader() {
    if (ends_[0] >= 0) close(ends_[0]);
    ends_[0] = -1;
  }
  // What was written so far, by lines; the writer must be done.
  std::vector<std::string> lines() {
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    std::string text(1U << 20U, '\0');
    const auto length = read(ends_[0], text.data(), text.size());
    text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

std::string json(std::string_view message, std::initializer_list<Field> fields) {
  std::string out;
  append_json_line(out, kTime, Level::kWarning, "feeds.kraken", message,
                   {fields.begin(), fields.size()});
  return out;
}

std::string text(std::string_view message, std::initializer_list<Field> fields) {
  std::string out;
  append_text_line(out, kTime, Level::kInfo, "feeds.kraken", message,
                   {fields.begin(), fields.size()});
  return out;
}

TEST(LogLine, JsonHasTheTimeInMicrosecondsAndEveryKindOfField) {
  EXPECT_EQ(json("gap", {{"symbols", 24},
                         {"lost", std::uint64_t{18446744073709551615U}},
                         {"drift", -5},
                         {"resync", true},
                         {"symbol", "KRAKEN:BTC-USD"}}),
            R"({"time":"2024-11-20T10:53:20.007000Z","level":"warning","component":"feeds.kraken",)"
            R"("message":"gap","symbols":24,"lost":18446744073709551615,"drift":-5,"resync":true,)"
            R"("symbol":"KRAKEN:BTC-USD"})");
}

TEST(LogLine, JsonEscapesWhatAPeerMaySend) {
  EXPECT_THAT(json("x", {{"text", "\"}\n\x1b[31m\xff"}}), EndsWith(R"("text":"\"}\u000a\u001b[31m)"
                                                                   "\xEF\xBF\xBD\"}"));
}

TEST(LogLine, ALongValueIsCut) {
  const std::string line = json("x", {{"text", std::string(100'000, 'a')}});
  EXPECT_LT(line.size(), 1300U);
  EXPECT_THAT(line, EndsWith("aaa...\"}"));
}

TEST(LogLine, TextQuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(text("subscribed", {{"symbols", 24}, {"url", "wss://a/b"}, {"reason", "no \x1b[2J"}}),
            "2024-11-20T10:53:20.007000Z info    feeds.kraken: subscribed symbols=24 url=wss://a/b "
            R"(reason="no \u001b[2J")");
}

TEST(Log, LinesReachTheDescriptorInOrder) {
  Pipe pipe;
  start({}, pipe.writer());
  info("gateway", "one");
  debug("gateway", "below the level");
  feeds::log::error("feeds.kraken", "two", {{"code", 7}});
  stop();
  info("gateway", "after the end");
  const auto lines = pipe.lines();
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[0], HasSubstr(R"("level":"info","component":"gateway","message":"one"})"));
  EXPECT_THAT(lines[1], HasSubstr(R"("message":"two","code":7})"));
  EXPECT_EQ(dropped(), 0U);
}

TEST(Log, APipeThatNobodyReadsCostsLinesAndNoTime) {
  Pipe pipe;
  start({}, pipe.writer());
  const auto begin = std::chrono::steady_clock::now();
  const std::string value(500, 'x');
  constexpr int kLines = 20'000;
  for (int i = 0; i < kLines; ++i) info("gateway", "many", {{"i", i}, {"value", value}});
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(10));
  const auto lines = pipe.lines();
  EXPECT_GT(lines.size(), 50U);  // a pipe holds 64 KiB
  EXPECT_GE(dropped() + lines.size(), kLines - 1U);
  EXPECT_GT(dropped(), 0U);
}

TEST(Log, AReaderThatWentAwayIsSurvived) {
  Pipe pipe;
  start({}, pipe.writer());
  pipe.close_reader();
  for (int i = 0; i < 100; ++i) info("gateway", "nobody listens");
  stop();
  EXPECT_EQ(dropped(), 100U);
}

TEST(Log, AClosedDescriptorIsSurvived) {
  const int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  close(fd);
  start({}, fd);
  info("gateway", "nowhere");
  stop();
  EXPECT_EQ(dropped(), 1U);
}

TEST(Log, ThreadsMayLogWhileItStops) {
  Pipe pipe;
  start({}, pipe.writer());
  std::atomic<bool> done{false};
  std::thread other([&] {
    while (!done) info("gateway", "still here", {{"flag", true}});
  });
  stop();
  done = true;
  other.join();
  for (const auto& line : pipe.lines()) EXPECT_THAT(line, StartsWith("{\"time\":"));
}

TEST(Limiter, PassesOneLineASecondAndCountsTheOthers) {
  Limiter limiter;
  const Limiter::Clock::time_point begin{seconds(100)};
  EXPECT_EQ(limiter.admit(begin), 0U);
  EXPECT_EQ(limiter.admit(begin + milliseconds(1)), std::nullopt);
  EXPECT_EQ(limiter.admit(begin + milliseconds(999)), std::nullopt);
  EXPECT_EQ(limiter.admit(begin + seconds(1)), 2U);
  EXPECT_EQ(limiter.admit(begin + seconds(9)), 0U);
}

TEST(Limiter, ABurstIsOneLine) {
  Pipe pipe;
  start({}, pipe.writer());
  Limiter limiter;
  for (int i = 0; i < 1000; ++i) limiter.warning("gateway", "bad input");
  stop();
  const auto lines = pipe.lines();
  EXPECT_LE(lines.size(), 3U);  // a slow machine may take more than a second for the burst
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines[0], EndsWith(R"("message":"bad input"})"));
}

TEST(Limiter, TheNextLineSaysHowManyWereHeldBack) {
  Pipe pipe;
  start({}, pipe.writer());
  Limiter limiter;
  const auto past = Limiter::Clock::now() - seconds(5);
  limiter.admit(past);
  limiter.admit(past);
  limiter.admit(past);
  limiter.error("gateway", "bad input", {{"from", "10.0.0.1"}});
  stop();
  const auto lines = pipe.lines();
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_THAT(lines[0], EndsWith(R"("from":"10.0.0.1","suppressed":2})"));
}

TEST(RedactUrl, DropsUserQueryAndFragment) {
  struct Case {
    const char *url, *shown;
  };
  for (const auto& [url, shown] : std::vector<Case>{
           {"wss://ws.kraken.com/v2", "wss://ws.kraken.com/v2"},
           {"wss://me:key@host:443/path?token=abc#x", "wss://***@host:443/path?***"},
           {"https://host#frag", "https://host#***"},
           {"https://a@b@host/x@y", "https://***@host/x@y"},
           {"/v1/stream?token=abc", "/v1/stream?***"},
           {"", ""},
       }) {
    EXPECT_EQ(redact_url(url), shown);
  }
}

}  // namespace
}  // namespace tickgate::gateway::log

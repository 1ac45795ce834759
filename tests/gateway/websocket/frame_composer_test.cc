// SPDX-License-Identifier: Apache-2.0
#include "gateway/websocket/frame_composer.h"

#include <gtest/gtest.h>

#include <utility>

namespace tickgate::gateway {
namespace {

using namespace std::string_literals;

std::string compose(const std::string& payload) {
  std::string scratch;
  const auto start = begin_frame(scratch);
  scratch += payload;
  const auto frame = finish_frame(scratch, start);
  return {frame.begin(), frame.end()};
}

}  // namespace

TEST(FrameComposer, LengthTakesItsShortestForm) {
  EXPECT_EQ(compose(""), "\x81\x00"s);
  EXPECT_EQ(compose("hi"), "\x81\x02hi");
  for (const auto& [size, header] :
       {std::pair{125U, "\x81\x7d"s}, std::pair{126U, "\x81\x7e\x00\x7e"s},
        std::pair{65'535U, "\x81\x7e\xff\xff"s},
        std::pair{65'536U, "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s}}) {
    const std::string payload(size, 'x');
    EXPECT_TRUE(compose(payload) == header + payload) << size;
  }
}

TEST(FrameComposer, FrameEndsWhereScratchEndsAndControlFramesFollow) {
  std::string scratch = "before";
  const auto start = begin_frame(scratch);
  scratch += "[]";
  const auto frame = finish_frame(scratch, start, Opcode::kBinary);
  EXPECT_EQ(std::string(frame.begin(), frame.end()), "\x82\x02[]");
  EXPECT_EQ(frame.data() + frame.size(), scratch.data() + scratch.size());
  EXPECT_EQ(scratch.substr(0, 6), "before");
  append_pong(scratch, "p");
  EXPECT_EQ(scratch.substr(scratch.size() - 7), "\x82\x02[]\x8a\x01p");
}

TEST(FrameComposer, ControlFrames) {
  std::string out;
  append_ping(out, "a");
  append_pong(out, "");
  append_close_reply(out, std::nullopt);
  append_close_reply(out, 1000);
  EXPECT_EQ(out, "\x89\x01"s + "a\x8a\x00\x88\x00\x88\x02\x03\xe8"s);
}

TEST(FrameComposer, CloseCarriesTheReasonsCodeAndText) {
  std::string out;
  append_close(out, CloseReason::kRestart);
  EXPECT_EQ(out, "\x88\x18\x03\xf4restart: come back now");
  out.clear();
  append_close(out, CloseReason::kProtocolError, "reserved opcode");
  EXPECT_EQ(out, "\x88\x11\x03\xeareserved opcode");
}

TEST(FrameComposer, LongCloseReasonIsCutBeforeACodePoint) {
  std::string out;
  append_close(out, CloseReason::kProtocolError, std::string(122, 'x').append("\xc3\xa4"));
  EXPECT_EQ(out, "\x88\x7c\x03\xea" + std::string(122, 'x'));
}

TEST(FrameComposerDeathTest, ControlFrameOver125BytesIsOurBug) {
  std::string out;
  EXPECT_DEATH(append_ping(out, std::string(126, 'x')), "broken invariant");
}

}  // namespace tickgate::gateway

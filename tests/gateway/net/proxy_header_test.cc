// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/proxy_header.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "absl/strings/escaping.h"
#include "gateway/net/crc32c.h"

namespace tickgate::gateway {
namespace {

using Status = ProxyHeader::Status;

std::string bytes(const std::string& hex) {
  return absl::HexStringToBytes("0d0a0d0a000d0a515549540a" + hex);
}

// "" where it is bad, "more", "local", or the client.
std::string said(const std::string& header) {
  const auto read = parse_proxy_header(header);
  if (read.status == Status::kBad) return "";
  if (read.status == Status::kNeedMore) return "more";
  if (!read.client) return "local";
  return peer_text(read.client->address, read.client->port);
}

std::string line(const std::string& words) { return "PROXY " + words + "\r\n"; }

// As HAProxy 2.6 sent them.
const std::string kFour = "2111000c7f0000017f000001d380426b";
const std::string kSix =
    "212100240000000000000000000000000000000100000000000000000000000000000001bfb6426c";
const std::string kChecked = "211100137f0000017f00000185bc426e030004c09ce7a7";
const std::string kTls =
    "2111007"
    "27f0000017f000001d508426d010008687474702f312e3102000a67772e6578616d706c65050000200048"
    "0700000000210007544c5376312e332200066465736b2d372500075253413230343824000a5253412d5348413235"
    "36230016544c535f4145535f3235365f47434d5f534841333834";

}  // namespace

TEST(ProxyHeader, SaysWhatHaproxySaid) {
  EXPECT_EQ(said(line("TCP4 127.0.0.1 127.0.0.1 34308 17001")), "127.0.0.1:34308");
  EXPECT_EQ(said(line("TCP6 ::1 ::1 45826 17002")), "[::1]:45826");
  EXPECT_EQ(said(line("UNKNOWN")), "local");
  EXPECT_EQ(said(line("UNKNOWN ::1 ::1 1 2")), "local");
  EXPECT_EQ(said(bytes("20000000")), "local");
  EXPECT_EQ(said(bytes(kFour)), "127.0.0.1:54144");
  EXPECT_EQ(said(bytes(kSix)), "[::1]:49078");
  EXPECT_EQ(said(bytes(kChecked)), "127.0.0.1:34236");
  EXPECT_EQ(said(bytes(kTls)), "127.0.0.1:54536");
}

TEST(ProxyHeader, OfALocalOneEverythingIsLeftOut) {
  EXPECT_EQ(said(bytes("2011000c7f0000017f000001d380426b")), "local") << "as AWS sends it";
  EXPECT_EQ(said(bytes("20000003ffffff")), "local");
  EXPECT_EQ(said(bytes("21000000")), "local") << "of no family";
  EXPECT_EQ(said(bytes("213100d8" + std::string(432, '0'))), "local")
      << "a socket of a file system";
}

TEST(ProxyHeader, WhatIsNotAsItShouldBeIsBad) {
  for (const char* words :
       {"TCP4 192.0.2.256 192.0.2.1 1 2", "TCP4 192.0.2.1 192.0.2.1 65536 2", "TCP4 ::1 ::1 1 2",
        "TCP6 192.0.2.1 192.0.2.1 1 2", "TCP4 192.0.2.1 192.0.2.1 1",
        "TCP4 192.0.2.1 192.0.2.1 1 2 3", "TCP4  192.0.2.1 192.0.2.1 1 2",
        "TCP4 192.0.2.1 192.0.2.1 01 2", "UDP4 192.0.2.1 192.0.2.1 1 2",
        "TCP4 192.0.2.1 192.0.2.1 1 2 ", "TCP4 192.0.2.1 192.0.2.1 -1 2",
        "tcp4 192.0.2.1 192.0.2.1 1 2", "", "UNKNOWNS"}) {
    EXPECT_EQ(said(line(words)), "") << words;
  }
  EXPECT_EQ(said("PROXY UNKNOWN\n"), "");
  EXPECT_EQ(said("GET / HTTP/1.1\r\n"), "");
  EXPECT_EQ(said("\x16\x03\x01"), "") << "TLS without a header";
  EXPECT_EQ(said(bytes("3111000c")), "") << "another version";
  EXPECT_EQ(said(bytes("2211000c")), "") << "another command";
  EXPECT_EQ(said(bytes("2111000b7f0000017f000001d38042")), "") << "too short for its addresses";
  EXPECT_EQ(said(bytes("2151000c7f0000017f000001d380426b")), "") << "no such family";
  EXPECT_EQ(said(bytes("2111000f7f0000017f000001d380426b040001")), "") << "a value that overruns";
  EXPECT_EQ(said(bytes("2111000d7f0000017f000001d380426b04")), "") << "half a value";
  EXPECT_EQ(said(bytes("211100137f0000017f00000185bc426e030004c09ce7a8")), "")
      << "a wrong checksum";
  EXPECT_EQ(said(bytes("211100127f0000017f00000185bc426e030003c09ce7")), "") << "a cut checksum";
}

TEST(ProxyHeader, IsSoLongAndNoLonger) {
  EXPECT_EQ(said("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n"), "local");
  EXPECT_EQ(said("PROXY UNKNOWN " + std::string(92, 'x') + "\r\n"), "");
  EXPECT_EQ(said("PROXY UNKNOWN " + std::string(92, 'x')), "more");
  EXPECT_EQ(said("PROXY UNKNOWN " + std::string(93, 'x')), "") << "before its end has come";
  EXPECT_EQ(said(bytes("20000ff0" + std::string(8160, '0'))), "local");
  EXPECT_EQ(said(bytes("20000ff1")), "") << "before the rest has come";
}

TEST(ProxyHeader, MayComeByteByByte) {
  for (const auto& whole :
       {line("TCP6 2001:db8::7 ::1 45826 17002"), bytes(kTls), bytes(kChecked)}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      ASSERT_EQ(said(whole.substr(0, size)), "more") << size;
    }
    EXPECT_EQ(parse_proxy_header(whole + "GET /").size, whole.size());
  }
}

TEST(ProxyHeader, IsTakenOffTheSocketWithoutAByteOfWhatIsBehindIt) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  std::string kept;
  EXPECT_EQ(read_proxy_header(ends[0], kept).status, Status::kNeedMore) << "nothing has come";
  const auto header = bytes(kTls);
  for (const auto& part :
       {header.substr(0, 5), header.substr(5, 30), header.substr(35) + "client"}) {
    ASSERT_EQ(::send(ends[1], part.data(), part.size(), 0), static_cast<ssize_t>(part.size()));
    const auto read = read_proxy_header(ends[0], kept);
    EXPECT_EQ(read.status, part.ends_with("client") ? Status::kWhole : Status::kNeedMore);
  }
  std::array<char, 64> rest{};
  EXPECT_EQ(::recv(ends[0], rest.data(), rest.size(), MSG_DONTWAIT), 6);
  ::close(ends[1]);
  EXPECT_EQ(read_proxy_header(ends[0], kept).status, Status::kBad) << "it has ended";
  ::close(ends[0]);
}

TEST(Crc32c, IsThatOfTheStandardsExample) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
}

}  // namespace tickgate::gateway

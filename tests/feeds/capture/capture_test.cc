// SPDX-License-Identifier: Apache-2.0
#include "feeds/capture/capture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/capture/capture_reader.h"
#include "feeds/capture/capture_writer.h"

namespace tickgate::feeds {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::string_view kText =
    R"({"time":1723161253937085768,"venue":"kraken","conn":7,"kind":"text","data":"{\"a\":1}"})";

// No other process has it; tests of one process run one after another.
std::string own_path(std::string_view suffix) {
  return fmt::format("{}capture_test_{}{}", testing::TempDir(), getpid(), suffix);
}

class CaptureFile : public testing::Test {
 protected:
  void SetUp() override { path_ = own_path(".ndjson"); }
  void TearDown() override { std::filesystem::remove(path_); }
  // A packed file of so many records, each flushed.
  std::string packed(int records, bool closed = true) {
    auto writer = CaptureWriter::create(path_);
    for (int i = 0; i < records; ++i) {
      EXPECT_TRUE(writer->append({i, "v", 1, CaptureKind::kText, "", "data"}).ok());
      EXPECT_TRUE(writer->flush().ok());
    }
    auto flushed = bytes();
    EXPECT_TRUE(writer->close().ok());
    return closed ? bytes() : flushed;
  }
  void write(std::string_view bytes) {
    std::ofstream(path_, std::ios::binary).write(bytes.data(), std::ssize(bytes));
  }
  std::string bytes() {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // The error of reading a file to its end; empty when there was none.
  std::string read_error(const std::string& path) {
    auto reader = CaptureReader::open(path);
    if (!reader.ok()) return std::string(reader.status().message());
    CaptureRecord record;
    while (true) {
      const auto more = reader->next(record);
      if (!more.ok()) return std::string(more.status().message());
      if (!*more) return "";
      ++good_;
    }
  }

  std::string path_;
  int good_ = 0;  // records read by read_error()
};

// Parses as the reader would: a line feed and readable bytes behind the line.
std::optional<CaptureRecord> parse(CaptureLineParser& parser, std::string& kept,
                                   std::string_view line) {
  kept.assign(line).append("\n").append(16, 'x');
  return parser.parse(std::string_view(kept).substr(0, line.size()));
}

TEST(CaptureLine, GivesEveryFieldOfARecord) {
  CaptureLineParser parser;
  std::string kept;
  const auto record = parse(parser, kept, kText);
  ASSERT_TRUE(record) << parser.error();
  EXPECT_EQ(record->time_ns, 1723161253937085768);
  EXPECT_EQ(record->time().value(), 1723161253937085);
  EXPECT_EQ(record->venue, "kraken");
  EXPECT_EQ(record->conn, 7U);
  EXPECT_EQ(record->kind, CaptureKind::kText);
  EXPECT_EQ(record->data, R"({"a":1})");
  for (std::size_t i = 0; i < kCapturePadding; ++i) {
    ASSERT_EQ(record->data.data()[record->data.size() + i], '\0');
  }
}

TEST(CaptureLine, UnderstandsAnyOrderSpacesAndEveryEscape) {
  CaptureLineParser parser;
  std::string kept;
  const auto record = parse(
      parser, kept,
      "  { \"data\" : \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20AC\\ud83d\\ude00\\u0000 plain text\" "
      ",\t\"kind\":\"http\",\"target\":\"https://h/\",\"conn\":0,\"venue\":\"v\",\"time\":0 } \r");
  ASSERT_TRUE(record) << parser.error();
  EXPECT_EQ(record->data, "\"\\/\b\f\n\r\t\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\0 plain text"sv);
  EXPECT_EQ(record->target, "https://h/");
}

TEST(CaptureLine, BinaryDataComesAsBytes) {
  CaptureLineParser parser;
  std::string kept;
  const auto record =
      parse(parser, kept, R"({"time":1,"venue":"iex","conn":1,"kind":"binary","data":"AAEC/w=="})");
  ASSERT_TRUE(record) << parser.error();
  EXPECT_EQ(record->data, "\x00\x01\x02\xff"sv);
  EXPECT_EQ(record->data.data()[record->data.size() + kCapturePadding - 1], '\0');
}

TEST(CaptureLine, AKindOfAnotherDayIsARecordAllTheSame) {
  CaptureLineParser parser;
  std::string kept;
  for (const std::string_view line :
       {R"({"time":1,"venue":"v","conn":1,"kind":"close"})",
        R"({"time":1,"venue":"v","conn":1,"kind":"other","data":"d","target":"t"})"}) {
    const auto record = parse(parser, kept, line);
    ASSERT_TRUE(record) << parser.error();
    EXPECT_EQ(record->kind, CaptureKind::kOther);
    std::string again;
    append_capture_line(again, *record);
    EXPECT_NE(again.find(fmt::format(R"("kind":"{}")", record->other_kind)), std::string::npos);
  }
}

TEST(CaptureLine, SaysWhatWasExpected) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"hello", "a JSON object at column 1"},
      {"[1]", "a JSON object at column 1"},
      {"{}", "a key at column 2"},
      {R"({"time":1})", R"(the key "venue")"},
      {R"({"time":1,"venue":"k","conn":1,"kind":"open"})", R"(the key "target")"},
      {R"({"time":1,"venue":"k","conn":1,"kind":"text"})", R"(the key "data")"},
      {R"({"time":1,"venue":"","conn":1,"kind":"text","data":""})", "a venue's name"},
      {R"({"time":1,"venue":"k","conn":1,"kind":"","data":""})", "kind to be open, sent"},
      {R"({"time":1.5,"venue":"k"})", "',' or '}' at column 10"},
      {R"({"time":-1})", "an integer, not negative at column 9"},
      {R"({"time":01})", "an integer, not negative at column 9"},
      {R"({"time":9223372036854775808})", "an integer in range"},
      {R"({"conn":4294967296})", "an integer in range"},
      {R"({"time":"1"})", "an integer"},
      {R"({"venue":1})", "a string at column 10"},
      {R"({"time":1,"time":2})", "each key once"},
      {R"({"times":1})", "time, venue, conn, kind, target or data"},
      {R"({"data":"abc)", "a string's end at column 13"},
      {R"({"data":"\)", "a JSON escape"},
      {R"({"data":"\x"})", "a JSON escape"},
      {R"({"data":"\u12g4"})", "four hexadecimal digits"},
      {R"({"data":"\u12)", "four hexadecimal digits"},
      {R"({"data":"\ud800"})", "a whole surrogate pair"},
      {R"({"data":"\ud800\u0041"})", "a whole surrogate pair"},
      {R"({"data":"\udc00"})", "a whole surrogate pair"},
      {std::string(kText) + "x", "the line's end"},
      {std::string(kText.substr(0, kText.size() - 1)), "',' or '}'"},
      {R"({"time":1,"venue":"k","conn":1,"kind":"binary","data":"A*=="})", "base64"},
  };
  CaptureLineParser parser;
  std::string kept;
  for (const auto& [line, expected] : cases) {
    EXPECT_FALSE(parse(parser, kept, line)) << line;
    EXPECT_NE(parser.error().find(expected), std::string::npos) << line << ": " << parser.error();
  }
}

TEST(CaptureLine, EveryTruncationOfARecordIsRefused) {
  CaptureLineParser parser;
  std::string kept;
  for (std::size_t size = 0; size < kText.size(); ++size) {
    EXPECT_FALSE(parse(parser, kept, kText.substr(0, size))) << size;
  }
}

TEST(CaptureLine, EveryByteAtEveryOffsetSurvivesWritingAndParsing) {
  CaptureLineParser parser;
  for (std::size_t before = 0; before < 20; ++before) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      const auto data =
          std::string(before, 'a') + static_cast<char>(byte) + std::string(before % 9, '\x80');
      std::string line;
      append_capture_line(line, {5, "v", 1, CaptureKind::kText, "", data});
      ASSERT_EQ(line.find('\n'), line.size() - 1);
      const auto size = line.size() - 1;
      line.append(16, '\0');
      const auto record = parser.parse(std::string_view(line).substr(0, size));
      ASSERT_TRUE(record) << parser.error();
      ASSERT_EQ(record->data, data);
    }
  }
}

// In both kinds of packing, by the file's name.
class PackedCapture : public CaptureFile, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override { path_ = own_path(GetParam()); }
  std::string kind() const { return path_.ends_with(".zst") ? "zstd" : "gzip"; }
};
INSTANTIATE_TEST_SUITE_P(Kinds, PackedCapture, testing::Values(".ndjson.gz", ".ndjson.zst"),
                         [](const auto& suffix) {
                           return std::string(suffix.param).ends_with("gz") ? "gzip" : "zstd";
                         });

TEST_P(PackedCapture, WhatIsWrittenIsReadBack) {
  const std::string large = std::string(20U << 20U, 'z') + std::string(1U << 20U, '"');
  const std::vector<CaptureRecord> records = {
      {1, "kraken", 1, CaptureKind::kOpen, "wss://h/?a=\"b\"", ""},
      {2, "kraken", 1, CaptureKind::kSent, "", "{\"op\":\"x\"}\n\t\x01"},
      {3, "kraken", 4294967295, CaptureKind::kText, "", large},
      {4, "binance", 2, CaptureKind::kHttp, "https://h/x?y", "\xff\xfe not UTF-8"},
      {INT64_MAX, "iex", 3, CaptureKind::kBinary, "", "\0\xff\n"sv},
  };
  auto writer = CaptureWriter::create(path_);
  ASSERT_TRUE(writer.ok()) << writer.status();
  for (const auto& record : records) ASSERT_TRUE(writer->append(record).ok());
  ASSERT_TRUE(writer->close().ok());
  EXPECT_EQ(bytes().substr(0, 2), kind() == "gzip" ? "\x1f\x8b" : "\x28\xb5");
  EXPECT_LT(bytes().size(), large.size() / 100);

  auto reader = CaptureReader::open(path_);
  ASSERT_TRUE(reader.ok());
  CaptureRecord got;
  for (const auto& want : records) {
    const auto more = reader->next(got);
    ASSERT_TRUE(more.ok() && *more) << more.status();
    EXPECT_EQ(got.time_ns, want.time_ns);
    EXPECT_EQ(got.venue, want.venue);
    EXPECT_EQ(got.conn, want.conn);
    EXPECT_EQ(got.kind, want.kind);
    EXPECT_EQ(got.target, want.target);
    EXPECT_TRUE(got.data == want.data);
  }
  const auto more = reader->next(got);
  EXPECT_TRUE(more.ok() && !*more);
  EXPECT_EQ(reader->line(), records.size());
}

TEST_F(CaptureFile, PlainFileWithoutALastLineFeedIsRead) {
  write(std::string(kText) + "\n\n" + std::string(kText));
  EXPECT_EQ(read_error(path_), "");
  EXPECT_EQ(good_, 2);
}

TEST_F(CaptureFile, ErrorsNameFileAndLine) {
  write(std::string(kText) + "\n" + std::string(kText) + "\n{\"time\":true}\n");
  EXPECT_EQ(read_error(path_), path_ + ":3: expected an integer, not negative at column 9");
  EXPECT_EQ(good_, 2);
}

TEST_F(CaptureFile, AbsentFileAndDirectoryAreErrors) {
  EXPECT_EQ(read_error(path_), path_ + ":1: expected a readable file: No such file or directory");
  const auto error = read_error(testing::TempDir());
  EXPECT_NE(error.find("Is a directory"), std::string::npos) << error;
}

TEST_F(CaptureFile, AFileWithoutARecordIsAnError) {
  for (const auto text : {"", "\n", "\n\n\n"}) {
    write(text);
    EXPECT_EQ(read_error(path_), path_ + ":1: expected a record, the file is empty");
  }
}

TEST_P(PackedCapture, WithoutARecordIsAnError) {
  packed(0);
  EXPECT_EQ(read_error(path_), path_ + ":1: expected a record, the file is empty");
}

TEST_P(PackedCapture, WhatWasFlushedBeforeItWasCutOffIsRead) {
  write(packed(3, false));
  EXPECT_EQ(read_error(path_),
            fmt::format("{}:4: expected more: the {} file is cut off", path_, kind()));
  EXPECT_EQ(good_, 3);
}

TEST_P(PackedCapture, EveryTruncationIsAnError) {
  const auto whole = packed(2);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write(std::string_view(whole).substr(0, size));
    EXPECT_NE(read_error(path_), "") << size;
  }
}

TEST_P(PackedCapture, DamageIsAnError) {
  auto damaged = packed(1);
  const auto checksum = damaged.size() - (kind() == "gzip" ? 8 : 4);
  damaged[checksum] = static_cast<char>(damaged[checksum] ^ 1);
  write(damaged);
  const auto error = read_error(path_);
  EXPECT_NE(error.find(": expected readable data"), std::string::npos) << error;
}

TEST_P(PackedCapture, SeveralEndToEndAreOne) {
  const auto one = packed(1);
  write(one + one + one);
  EXPECT_EQ(read_error(path_), "");
  EXPECT_EQ(good_, 3);
}

TEST_F(CaptureFile, ANameSaysNothingOfThePacking) {
  path_ += ".zst";
  packed(2);
  std::filesystem::rename(path_, path_ + ".gz");
  EXPECT_EQ(read_error(path_ + ".gz"), "");
  EXPECT_EQ(good_, 2);
  std::filesystem::remove(path_ + ".gz");
}

TEST_F(CaptureFile, AZstdFileThatWantsMuchMemoryIsAnError) {
  // RFC 8878: magic, a descriptor without flags, and a window of two to the (10 + exponent).
  for (const int window : {ByteSource::kMostWindow + 1, 41}) {
    write("\x28\xb5\x2f\xfd"s + '\0' + static_cast<char>((window - 10) << 3) +
          std::string(64, 'x'));
    EXPECT_EQ(read_error(path_), path_ + ":1: expected a zstd window of at most 128 MiB");
  }
}

TEST(CaptureWriter, FullDiskIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  auto writer = CaptureWriter::create("/dev/full");
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(writer->append({1, "v", 1, CaptureKind::kText, "", "data"}).ok());
  const auto status = writer->flush();
  EXPECT_NE(status.message().find("No space left on device"), absl::string_view::npos) << status;
  EXPECT_FALSE(writer->append({1, "v", 1, CaptureKind::kText, "", "data"}).ok());
}

TEST(CaptureWriter, UnwritablePathIsAnError) {
  EXPECT_FALSE(CaptureWriter::create("/nonexistent/folder/x.zst").ok());
  EXPECT_FALSE(CaptureWriter::create("/nonexistent/folder/x.gz").ok());
}

}  // namespace
}  // namespace tickgate::feeds

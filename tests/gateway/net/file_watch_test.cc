// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/file_watch.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/test_certificate.h"

namespace tickgate::gateway {
namespace {

using testing::TemporaryFolder;

TEST(FileWatch, ActsWhenTwoLooksSawTheSameNewFile) {
  const TemporaryFolder folder;
  const auto path = folder.write("a", "one");
  FileWatch watch({path});
  watch.note_read();
  EXPECT_FALSE(watch.changed());
  folder.write("a", "three");
  EXPECT_FALSE(watch.changed()) << "it may be half written";
  folder.write("a", "three more");
  EXPECT_FALSE(watch.changed()) << "it was";
  EXPECT_TRUE(watch.changed());
  EXPECT_TRUE(watch.changed()) << "until it is read";
  watch.note_read();
  EXPECT_FALSE(watch.changed());
}

TEST(FileWatch, SeesALinkThatIsSwapped) {
  const TemporaryFolder folder;
  const auto first = folder.write("first", "text");
  const auto second = folder.write("second", "text");
  const auto link = first + ".link";
  std::filesystem::create_symlink(first, link);
  FileWatch watch({link});
  watch.note_read();
  std::filesystem::remove(link);
  EXPECT_FALSE(watch.changed());
  std::filesystem::create_symlink(second, link);
  EXPECT_FALSE(watch.changed());
  EXPECT_TRUE(watch.changed());
}

TEST(FileWatch, AFileThatIsGoneIsAChangeToo) {
  const TemporaryFolder folder;
  const auto path = folder.write("a", "one");
  FileWatch watch({path});
  watch.note_read();
  std::filesystem::remove(path);
  EXPECT_FALSE(watch.changed());
  EXPECT_TRUE(watch.changed());
}

}  // namespace
}  // namespace tickgate::gateway

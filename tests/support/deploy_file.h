// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace tickgate::testing {

// The text of a file in deploy/.
inline std::string deploy_file(const std::string& name) {
  const auto root = std::filesystem::path(TICKGATE_TEST_DATA).parent_path().parent_path();
  const auto path = root / "deploy" / name;
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace tickgate::testing

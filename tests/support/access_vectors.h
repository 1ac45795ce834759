// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>

#include "gateway/access/credential_guard.h"

namespace tickgate::testing {

// tests/data/access: keys and tokens that others made, and when they are what their names say.
constexpr schemas::Timestamp kVectorsNow{1'800'000'000'000'000};

inline std::string access_file(const std::string& name) {
  const auto path = std::string(TICKGATE_TEST_DATA) + "/access/" + name;
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::map<std::string, std::string> vector_tokens() {
  std::map<std::string, std::string> tokens;
  std::ifstream file(std::string(TICKGATE_TEST_DATA) + "/access/tokens.txt");
  for (std::string name, token; file >> name >> token;) tokens[name] = token;
  return tokens;
}

inline std::shared_ptr<const gateway::KeySet> vector_keys() {
  auto keys = gateway::KeySet::parse(access_file("keys.json"), gateway::KeySet::From::kFile);
  EXPECT_TRUE(keys.ok()) << keys.status();
  return std::make_shared<const gateway::KeySet>(*std::move(keys));
}

// By which the good ones are good.
inline gateway::GuardSettings vector_settings() {
  gateway::GuardSettings settings;
  settings.rules = {"https://issuer.example", "tickgate", 86'400};
  settings.plans["basic"].depth = 5;
  settings.denied = {{"mallory", {}}, {"old", kVectorsNow}};
  settings.keys = vector_keys();
  return settings;
}

}  // namespace tickgate::testing

// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/config_schema.h"

#include <gtest/gtest.h>

#include "tests/support/deploy_file.h"

namespace tickgate::gateway {
namespace {

TEST(ConfigSchema, TheFileInDeployIsTheTablesSchema) {
  EXPECT_EQ(testing::deploy_file("tickgate.schema.json"), config_schema())
      << "tickgate schema > deploy/tickgate.schema.json";
}

}  // namespace
}  // namespace tickgate::gateway

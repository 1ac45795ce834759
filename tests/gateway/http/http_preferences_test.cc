// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/http_preferences.h"

#include <gtest/gtest.h>

namespace tickgate::gateway {

TEST(HttpPreferences, GzipIsForWhoAsksForIt) {
  for (const auto* wish :
       {"gzip", "GZIP", "x-gzip", "gzip, deflate, br, zstd", "br;q=1.0, gzip;q=0.5", "*", "*;q=0.1",
        "deflate, gzip;q=1.000", "gzip ; q=0.001", "gzip;Q=1", "identity;q=0.5, gzip",
        "identity, gzip", "gzip;x=1;q=0.3, identity;q=0", "identity;q=0, *", ",, gzip ,"}) {
    EXPECT_TRUE(wants_gzip(wish)) << wish;
  }
  for (const auto* wish : {"",
                           "identity",
                           "br",
                           "deflate",
                           "gzip;q=0",
                           "gzip;q=0.0",
                           "gzip; q=0.000",
                           "gzip;q=0, *",
                           "*;q=0",
                           "identity, gzip;q=0.5",
                           "gzip;q=abc",
                           "gzip;q=",
                           "gzip;q=2",
                           "gzip;q=1.001",
                           "gzip;q=0.1234",
                           "gzip;q=-1",
                           "gzipped",
                           "gzi",
                           "x-gzip;q=0, identity",
                           "\"gzip\""}) {
    EXPECT_FALSE(wants_gzip(wish)) << wish;
  }
}

TEST(HttpPreferences, APageIsForWhoNamesIt) {
  EXPECT_TRUE(wants_html("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
  EXPECT_TRUE(wants_html("application/json, Text/HTML;level=1;q=0.4"));
  for (const auto* wish :
       {"", "*/*", "text/*", "text/html;q=0", "application/json", "text/htmlx"}) {
    EXPECT_FALSE(wants_html(wish)) << wish;
  }
}

TEST(HttpPreferences, OpenMetricsIsForWhoNamesItAndLikesItNoLess) {
  for (const auto* wish :
       {"application/openmetrics-text", "application/openmetrics-text;version=1.0.0",
        "application/openmetrics-text; version=\"1.0.0\"; charset=utf-8",
        // Prometheus 2.42 and 3
        "application/openmetrics-text;version=1.0.0,application/"
        "openmetrics-text;version=0.0.1;q=0.75,"
        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
        "text/plain;version=0.0.4;q=0.4",
        "text/plain;q=0.9, Application/OpenMetrics-Text;q=0.9"}) {
    EXPECT_TRUE(wants_openmetrics(wish)) << wish;
  }
  for (const auto* wish :
       {"", "*/*", "text/plain", "application/*", "text/html,*/*;q=0.8",
        "application/openmetrics-text;q=0", "application/openmetrics-text;version=0.0.1",
        "application/openmetrics-text;version=2.0.0", "application/openmetrics-text;version=",
        "application/openmetrics-text;version=1.0.0;q=0.3,text/plain;q=0.4",
        "application/openmetrics-text;q=0.3,text/*;q=0.4",
        "application/openmetrics-text;q=0.3,*/*;q=0.4", "application/openmetrics-textual"}) {
    EXPECT_FALSE(wants_openmetrics(wish)) << wish;
  }
}

TEST(HttpPreferences, ATagIsHeldWhicheverWayItIsSaid) {
  constexpr const char* kTag = "\"0123-gzip\"";
  for (const auto* list : {"\"0123-gzip\"", "W/\"0123-gzip\"", "*", "\"a\", \"0123-gzip\"",
                           "\"a,b\",W/\"0123-gzip\" , \"c\"", " * "}) {
    EXPECT_TRUE(holds(list, kTag)) << list;
  }
  for (const auto* list : {"", "\"0123\"", "0123-gzip", "w/\"0123-gzip\"", "\"*\"", "W/", ",",
                           "\"0123-gzip", "\"0123-GZIP\""}) {
    EXPECT_FALSE(holds(list, kTag)) << list;
  }
}

}  // namespace tickgate::gateway

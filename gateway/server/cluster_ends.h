// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "feeds/edge/edge.h"
#include "feeds/ingest/ingest.h"
#include "gateway/server/cluster.h"

namespace tickgate::gateway {

// What a cluster owns, for the sources that are built with NATS only.
struct Cluster::Ends {
  EdgeConfig edge_config;
  PublishConfig publish;
  ClusterSurroundings surroundings;
  std::string name;                    // of the ingest
  std::unique_ptr<feeds::Demand> all;  // of a relay: everything is wanted, for its own edges
  // In the order of their lives: the ingest of a relay asks the edge.
  std::unique_ptr<feeds::Edge> edge;
  std::unique_ptr<feeds::Ingest> ingest;
  std::thread leaving;
};

}  // namespace tickgate::gateway

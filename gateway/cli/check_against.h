// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>

#include "gateway/cli/admin_port.h"
#include "gateway/config/config_loader.h"

namespace tickgate::gateway {

// `tickgate check --against URL`: what a reload of this file, which is right by itself, would
// change at the gateway with that admin port, a line each. The exit status: 0, or 3 if some of it
// needs a restart; 1 if the gateway cannot be asked.
int check_against(const LoadResult& loaded, const AdminFlags& admin, std::FILE* out,
                  std::FILE* errors);

}  // namespace tickgate::gateway

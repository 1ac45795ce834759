#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes down which version and commit a build is of; called by every build:
#   sh deploy/version.sh VERSION COMMIT FILE
# An empty COMMIT is asked of git. FILE stays untouched where it says so already.
set -eu
commit=$2
tree=$(dirname "$0")/..
if [ -z "$commit" ] && [ -e "$tree/.git" ]; then
  commit=$(GIT_OPTIONAL_LOCKS=0 git -C "$tree" describe --always --dirty --abbrev=12 --exclude='*') ||
    commit=
fi
text="#include \"gateway/api/version.h\"
namespace tickgate::gateway {
constinit const std::string_view kVersion = \"$1\";
constinit const std::string_view kCommit = \"$commit\";
}  // namespace tickgate::gateway"
[ "$(cat "$3" 2>/dev/null)" = "$text" ] || printf '%s\n' "$text" >"$3"

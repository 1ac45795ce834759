// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/api/metric_families.h"
#include "gateway/config/config.h"
#include "gateway/config/config_diff.h"
#include "gateway/config/config_loader.h"
#include "gateway/config/config_view.h"
#include "gateway/net/file_watch.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

enum class ReloadResult : std::uint8_t {
  kApplied,
  kUnchanged,
  kRefused,  // all of the file, or keys of it that need a restart
};
inline constexpr std::size_t kReloadResults = 3;
std::string_view name(ReloadResult result);

// The configuration in force, and the way from a file that changed to it: read, compare, take in
// what can be, say what came of it. Main thread.
class Reload {
 public:
  // Takes in what differs, and says nothing; or says what is wrong, and has changed nothing.
  using Apply = std::function<std::vector<std::string>(const Config& running, const Config& next)>;

  // A file without a path is none: there is nothing to read again then.
  Reload(Config config, ConfigFile file, Apply apply);

  // Reads the file now: SIGHUP.
  void run();
  // Call it every few seconds: reads the file if it changed and rests since the last call.
  void look();

  bool has_file() const { return !file_.path.empty(); }
  const ConfigView& view() const { return view_; }
  const ConfigFile& file() const { return file_; }
  // When what is in force was read.
  schemas::Timestamp loaded() const { return loaded_; }

  // What came of one.
  struct Report {
    schemas::Timestamp at{};
    ReloadResult result{};
    std::vector<std::string> changes;   // that were taken in, a line each
    std::vector<std::string> problems;  // `file:line: ...`, as check has them
  };
  // The last one, and the last that was refused; null: there was none.
  const Report* last() const { return last_.at.value() == 0 ? nullptr : &last_; }
  const Report* last_refused() const { return refused_.at.value() == 0 ? nullptr : &refused_; }
  // For /metrics.
  void collect(MetricFamilies& families) const;

 private:
  void take_in(LoadResult loaded);
  void refuse(std::vector<std::string> problems);
  void note(Report report);

  Apply apply_;
  Config config_;  // what the file says, but for what is fixed
  ConfigView view_;
  ConfigFile file_;
  FileWatch watch_;
  schemas::Timestamp loaded_;
  Report last_, refused_;
  std::array<std::uint64_t, kReloadResults> counts_{};
};

}  // namespace tickgate::gateway

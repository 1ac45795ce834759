// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/reload.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "gateway/config/keep_fixed.h"
#include "gateway/log/log.h"
#include "gateway/net/clock.h"

namespace tickgate::gateway {
namespace {

// Of one report: beyond it, what is wrong is one thing said often.
constexpr std::size_t kMostProblems = 100;
constexpr std::size_t kMostLogged = 10;  // of them, lines
constexpr std::size_t kLongestLogged = 900;

// A FIFO would be waited for, and everything else with it.
LoadResult load(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode)) {
    LoadResult result;
    result.errors.push_back(path + ": not a regular file");
    return result;
  }
  return load_config(path);
}

// As check says what is wrong: with the place in the file, where the key stands there.
std::vector<std::string> problems_of(std::span<const ConfigChange> fixed, const ConfigFile& file) {
  std::vector<std::string> problems;
  for (const auto& change : fixed) {
    const auto at = file.places.find(change.place);
    const auto line = at == file.places.end() ? "" : fmt::format(":{}", at->second.line);
    problems.push_back(fmt::format("{}{}: {}", file.path, line, change.text));
  }
  return problems;
}

void log_problems(log::Level level, const std::vector<std::string>& problems) {
  const auto said = std::min(problems.size(), kMostLogged);
  for (std::size_t i = 0; i < said; ++i) {
    feeds::log::write(level, "gateway", "configuration",
                      std::array{log::Field{"problem", problems[i]}});
  }
}

}  // namespace

std::string_view name(ReloadResult result) {
  static constexpr std::array<std::string_view, kReloadResults> kNames = {"applied", "unchanged",
                                                                          "refused"};
  return kNames.at(static_cast<std::size_t>(result));
}

Reload::Reload(Config config, ConfigFile file, Apply apply)
    : apply_(std::move(apply)),
      config_(std::move(config)),
      view_(config_view(config_, file.places)),
      file_(std::move(file)),
      watch_({file_.path}),
      loaded_(wall_now()) {
  watch_.note_read();
}

void Reload::look() {
  if (has_file() && watch_.changed()) run();
}

void Reload::run() {
  if (!has_file()) {
    log::info("gateway", "no configuration file to read again");
    return;
  }
  watch_.note_read();
  auto loaded = load(file_.path);
  if (loaded.ok()) return take_in(std::move(loaded));
  refuse(std::move(loaded.errors));
}

void Reload::take_in(LoadResult loaded) {
  const auto next = keep_fixed(config_, loaded.config);
  auto view = config_view(loaded.config, loaded.file.places);
  auto changes = config_diff(view_, view);
  const auto fixed = std::stable_partition(
      changes.begin(), changes.end(),
      [](const ConfigChange& change) { return change.kind != ConfigChange::Kind::kFixed; });
  auto problems = problems_of({fixed, changes.end()}, loaded.file);
  changes.erase(fixed, changes.end());
  if (!changes.empty()) {
    if (auto wrong = apply_(config_, next); !wrong.empty()) return refuse(std::move(wrong));
    log::info("gateway", "configuration reloaded",
              {{"changes", changes_text(changes, kLongestLogged)}});
  } else if (problems.empty()) {
    log::info("gateway", "configuration unchanged");
  }
  if (!problems.empty()) {
    log::warning("gateway", "configuration needs a restart for some keys, the old values stay",
                 {{"keys", problems.size()}});
    log_problems(log::Level::kWarning, problems);
  }
  config_ = next;
  view_ = keep_fixed(view_, std::move(view));
  file_ = std::move(loaded.file);
  loaded_ = wall_now();
  Report report{loaded_, ReloadResult::kUnchanged, {}, std::move(problems)};
  for (const auto& change : changes) report.changes.push_back(change.line());
  if (!changes.empty()) report.result = ReloadResult::kApplied;
  if (!report.problems.empty()) report.result = ReloadResult::kRefused;
  note(std::move(report));
}

void Reload::refuse(std::vector<std::string> problems) {
  log::error("gateway", "configuration not reloaded, the old one stays",
             {{"problems", problems.size()}});
  log_problems(log::Level::kError, problems);
  if (problems.size() > kMostProblems) problems.resize(kMostProblems);
  note({wall_now(), ReloadResult::kRefused, {}, std::move(problems)});
}

void Reload::note(Report report) {
  ++counts_[static_cast<std::size_t>(report.result)];
  if (report.result == ReloadResult::kRefused) refused_ = report;
  last_ = std::move(report);
}

void Reload::collect(MetricFamilies& families) const {
  const bool successful = last() == nullptr || last_.result != ReloadResult::kRefused;
  families.gauge("config_last_reload_successful",
                 "1 while the file as it was last read is in force, to the last key",
                 successful ? 1 : 0);
  families.gauge("config_last_reload_timestamp_seconds",
                 "when the configuration in force was read, at start or again",
                 static_cast<double>(loaded_.value()) * 1e-6);
  for (std::size_t i = 0; i < kReloadResults; ++i) {
    families.counter(
        "config_reloads_total", "times the file was read again; refused: all of it, or keys of it",
        static_cast<double>(counts_[i]), {{"result", name(static_cast<ReloadResult>(i))}});
  }
}

}  // namespace tickgate::gateway

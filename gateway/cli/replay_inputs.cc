// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/replay_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

namespace fs = std::filesystem;

// Records of several connections may be out of order by less than this.
constexpr std::int64_t kMoment = 1'000'000'000;

bool is_capture(std::string_view name) {
  return name.ends_with(".ndjson") || name.ends_with(".ndjson.gz") || name.ends_with(".ndjson.zst");
}

}  // namespace

void ReplayInputs::fail(std::string_view message) {
  failed_ = true;
  on_error_(message);
}

void ReplayInputs::add(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return add_folder(path);
  add_file(path);
}

void ReplayInputs::add_folder(const std::string& path) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    const auto& entry = it->path();
    if (is_capture(entry.filename().native())) found.push_back(entry.native());
  }
  if (error) return fail(fmt::format("{}: expected a readable folder: {}", path, error.message()));
  if (found.empty()) {
    return fail(fmt::format(
        "{}: expected files that end in .ndjson, .ndjson.gz or .ndjson.zst, got none", path));
  }
  std::sort(found.begin(), found.end());
  for (const auto& file : found) add_file(file);
}

// Its first record says when it begins. What can be opened again is closed until then: a folder may
// hold thousands.
void ReplayInputs::add_file(const std::string& path) {
  File file;
  file.path = path;
  if (!open(file)) return;
  file.first_ns = file.record.time_ns;
  std::error_code ignored;
  if (path != "-" && fs::is_regular_file(path, ignored)) {
    file.reader.reset();
    file.loaded = false;
  }
  files_.push_back(std::move(file));
}

bool ReplayInputs::open(File& file) {
  auto reader =
      file.path == "-" ? feeds::CaptureReader::open_stdin() : feeds::CaptureReader::open(file.path);
  if (!reader.ok()) {
    fail(schemas::to_std(reader.status().message()));
    return false;
  }
  file.reader = std::make_unique<feeds::CaptureReader>(*std::move(reader));
  return load(file);
}

bool ReplayInputs::load(File& file) {
  const auto more = file.reader->next(file.record);
  if (!more.ok()) fail(schemas::to_std(more.status().message()));
  file.loaded = more.ok() && *more && file.record.time_ns - kMoment <= end_ns_;
  return file.loaded;
}

void ReplayInputs::close(File& file) {
  file.reader.reset();
  file.ended = true;
  ++ended_files_;
}

void ReplayInputs::begin() {
  begun_ = true;
  std::stable_sort(files_.begin(), files_.end(),
                   [](const File& a, const File& b) { return a.first_ns < b.first_ns; });
}

void ReplayInputs::open_those_that_begin() {
  for (; waiting_ < files_.size(); ++waiting_) {
    File& file = files_[waiting_];
    const bool is_later = std::any_of(playing_.begin(), playing_.end(), [&](std::size_t i) {
      return files_[i].record.time_ns < file.first_ns;
    });
    if (is_later) return;
    if (file.loaded || open(file)) {
      playing_.push_back(waiting_);
    } else {
      close(file);
    }
  }
}

const feeds::CaptureRecord* ReplayInputs::next() {
  if (!begun_) {
    begin();
  } else if (!playing_.empty() && !load(files_[at_])) {
    close(files_[at_]);
    playing_.erase(std::find(playing_.begin(), playing_.end(), at_));
  }
  open_those_that_begin();
  if (playing_.empty()) return nullptr;
  at_ = *std::min_element(playing_.begin(), playing_.end(), [this](std::size_t a, std::size_t b) {
    return files_[a].record.time_ns < files_[b].record.time_ns;
  });
  return &files_[at_].record;
}

std::string ReplayInputs::place() const {
  const auto& reader = *files_[at_].reader;
  return fmt::format("{}:{}", reader.path(), reader.line());
}

}  // namespace tickgate::gateway

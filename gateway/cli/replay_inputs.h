// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/capture/capture_reader.h"

namespace tickgate::gateway {

// The captures of a replay as one: by the times of their records, whatever their order on the
// command line. Of files that overlap in time, the record that is next is given; within a file the
// order is the file's. A file that cannot be read, or not to its end, is told of and the others go
// on. Only those are open that the time at hand falls into. One thread.
class ReplayInputs {
 public:
  using ErrorHook = std::function<void(std::string_view message)>;

  explicit ReplayInputs(ErrorHook on_error) : on_error_(std::move(on_error)) {}

  // A file, a folder with captures in it, or "-" for stdin. All before the first next().
  void add(const std::string& path);
  // Nanoseconds: no file is read on behind a record that is later by more than a moment.
  void stop_at(std::int64_t end_ns) { end_ns_ = end_ns; }

  // The next record, whose views live until the next call; null at the end of all.
  const feeds::CaptureRecord* next();
  // Of the last one: which file it is from, counted from 0, and FILE:LINE.
  std::size_t file() const { return at_; }
  std::string place() const;
  // Whether this file has come to its end, and how many have.
  bool ended(std::size_t file) const { return files_[file].ended; }
  std::size_t ended_files() const { return ended_files_; }
  bool failed() const { return failed_; }

 private:
  struct File {
    std::string path;
    std::unique_ptr<feeds::CaptureReader> reader;  // null: not open
    feeds::CaptureRecord record;                   // the next one, while `loaded`
    bool loaded = false;
    bool ended = false;
    std::int64_t first_ns = 0;
  };

  void add_file(const std::string& path);
  void add_folder(const std::string& path);
  bool open(File& file);
  bool load(File& file);
  void close(File& file);
  void begin();
  void open_those_that_begin();
  void fail(std::string_view message);

  ErrorHook on_error_;
  std::vector<File> files_;           // by their first times, once begun
  std::vector<std::size_t> playing_;  // of files_
  std::size_t waiting_ = 0;           // the first of files_ that has not begun
  std::size_t at_ = 0;
  std::size_t ended_files_ = 0;
  std::int64_t end_ns_ = INT64_MAX;
  bool begun_ = false;
  bool failed_ = false;
};

}  // namespace tickgate::gateway

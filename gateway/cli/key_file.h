// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tickgate::gateway {

// The file of API keys while it is changed: locked against others of these commands, and replaced
// as a whole, so that a gateway that reads meanwhile sees the old or the new one. Errors name it.
class KeyFile {
 public:
  enum class Missing : std::uint8_t { kIsAnError, kIsMade };  // with mode 0600

  // Waits for whoever has it locked. One that was made and is not replaced is gone with this.
  static absl::StatusOr<KeyFile> lock(const std::string& path, Missing missing);
  ~KeyFile();
  KeyFile(KeyFile&& other) noexcept
      : path_(std::move(other.path_)),
        text_(std::move(other.text_)),
        file_(std::exchange(other.file_, -1)),
        made_(std::exchange(other.made_, false)) {}
  KeyFile(const KeyFile&) = delete;
  KeyFile& operator=(const KeyFile&) = delete;
  KeyFile& operator=(KeyFile&&) = delete;

  const std::string& text() const { return text_; }
  // On the disk when it returns. Owner and group stay; nobody else may read it from then on.
  absl::Status replace(const std::string& text);

 private:
  KeyFile(std::string path, int file) : path_(std::move(path)), file_(file) {}

  absl::Status failed(const char* what) const;
  void open(Missing missing);

  std::string path_;  // with links followed
  std::string text_;
  int file_;
  bool made_ = false;  // there was none, and there is none in its place yet
};

absl::StatusOr<std::string> read_key_file(const std::string& path);

}  // namespace tickgate::gateway

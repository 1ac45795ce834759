// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace tickgate::feeds {

// Records in the order in which they came, each with its moment and its source, in one bounded ring
// of mapped memory: kept until the last of several readers has read them. Never grows. One
// thread's.
class DelayLog {
 public:
  using Bytes = std::span<const std::byte>;

  static constexpr std::size_t kLeastBytes = std::size_t{1} << 20U;
  static constexpr std::size_t kMostRecord = 2'048;  // bytes of the longest

  // `bytes` is at least kLeastBytes. With a directory the memory is a file in it, without a name
  // and allocated whole, so that no disk that fills up later ends us; else it is anonymous. An
  // error is the operator's to mend: no such directory, no room.
  static absl::StatusOr<std::unique_ptr<DelayLog>> make(std::size_t bytes,
                                                        const std::string& directory,
                                                        std::size_t readers);
  ~DelayLog();
  DelayLog(const DelayLog&) = delete;
  DelayLog& operator=(const DelayLog&) = delete;

  struct Record {
    std::int64_t at = 0;  // microseconds of the steady clock, never less than the one before
    std::uint32_t source = 0;
    Bytes bytes{};  // 8-byte aligned; valid until the reader goes on
  };

  // How many records of any length there is certainly room for.
  std::size_t room_for() const {
    const auto most = (capacity_ - used_bytes()) / (kUnit + kMostRecord);
    return most > 0 ? most - 1 : 0;  // what is skipped at the end is less than one
  }
  // False: no room, and nothing was written.
  [[nodiscard]] bool append(const Record& record);

  // The oldest that this reader has not read; nullopt: it has read all.
  std::optional<Record> next(std::size_t reader);
  // It has read that one. Call it only behind a next() that gave one.
  void pop(std::size_t reader);

  std::size_t capacity() const { return capacity_; }
  std::size_t used_bytes() const { return static_cast<std::size_t>(tail_ - head_); }

 private:
  struct Head {
    std::int64_t at;
    std::uint32_t length;  // kPadding: the next record begins where the memory does
    std::uint32_t source;
  };
  static constexpr std::uint32_t kPadding = UINT32_MAX;
  static constexpr std::size_t kUnit = sizeof(Head);

  DelayLog(std::byte* memory, std::size_t capacity, std::size_t readers)
      : memory_(memory), capacity_(capacity), read_(readers) {}

  static std::size_t size_of(std::size_t length) {
    return kUnit + (length + kUnit - 1) / kUnit * kUnit;
  }
  std::byte* place(std::uint64_t position) const { return memory_ + position % capacity_; }
  Head head_at(std::uint64_t position) const;

  std::byte* memory_;
  std::size_t capacity_;  // a multiple of kUnit
  // Bytes since the start; [head_, tail_) is held.
  std::uint64_t head_ = 0, tail_ = 0;
  std::vector<std::uint64_t> read_;  // by reader: those before it
};

}  // namespace tickgate::feeds

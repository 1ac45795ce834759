// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tickgate::feeds {

// A stream as it has to be. 0 where there is no bound.
struct StreamSpec {
  std::string name;
  std::vector<std::string> subjects;
  bool in_memory = true;         // else in files
  std::int64_t per_subject = 0;  // messages kept of each subject
  std::int64_t bytes = 0;        // of all; the oldest go first
  std::chrono::milliseconds age{0};
  int replicas = 1;
  bool direct = true;  // any replica answers for the last of a subject
};

struct StreamInfo {
  std::uint64_t messages = 0, bytes = 0;
  std::uint64_t first_seq = 0, last_seq = 0;  // one that falls: the stream was made anew
  std::uint64_t subjects = 0;                 // those that have messages
  std::int64_t created = 0;  // nanoseconds since 1970; may stay the same where all was lost
};

// What to read of a stream.
struct ReadSpec {
  enum class From : std::uint8_t { kLastPerSubject, kFirst, kSequence, kTime };

  std::string stream;
  std::string subject;  // may have wildcards
  From from = From::kLastPerSubject;
  std::uint64_t sequence = 0;                  // kSequence: this one is the first
  std::chrono::system_clock::time_point time;  // kTime: by the server's clock; 0.1 s early at most
  // So long it goes on behind the last that was there, to catch what was on its way into the stream
  // when a subscription for the same began.
  std::chrono::milliseconds settle{250};
  std::chrono::milliseconds silence{2'000};  // without a message while there are more: given up
};

// What an account may keep, and keeps. -1: no bound that we are told of.
struct StreamLimits {
  std::int64_t memory = -1, memory_used = 0;    // bytes
  std::int64_t storage = -1, storage_used = 0;  // bytes
};

}  // namespace tickgate::feeds

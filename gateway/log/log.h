// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "feeds/log/log.h"
#include "gateway/config/config.h"

// Where log lines go: JSON lines or readable text on stderr, by way of spdlog's asynchronous queue.
// The queue is bounded, the oldest lines give way, and a stderr that is full or closed costs lines,
// never a wait of the thread that logs.
namespace tickgate::gateway::log {

using feeds::log::debug;
using feeds::log::error;
using feeds::log::Field;
using feeds::log::info;
using feeds::log::Level;
using feeds::log::Limiter;
using feeds::log::redact_url;
using feeds::log::warning;

// From now on lines of feeds::log and of this go to `fd`, which outlives stop(). Called by main
// before the other threads start; a second call replaces the first. SIGPIPE is ignored from here
// on, in the whole process: a reader of ours that goes away is an error code, not the end.
void start(const LogConfig& config, int fd = 2);

// From the next line on, between start() and stop(): another level or form. Any thread.
void change(const LogConfig& config);

// Writes what is queued, as far as `fd` takes it within a moment, and logs no more.
void stop();

// Lines lost since start(), because the queue or `fd` was full. Any thread.
std::uint64_t dropped();

// One line of either form, without a line end. A value longer than 1 KB is cut.
void append_json_line(std::string& out, std::chrono::system_clock::time_point time, Level level,
                      std::string_view component, std::string_view message,
                      std::span<const Field> fields);
void append_text_line(std::string& out, std::chrono::system_clock::time_point time, Level level,
                      std::string_view component, std::string_view message,
                      std::span<const Field> fields);

}  // namespace tickgate::gateway::log

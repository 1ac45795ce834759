// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/pem_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "gateway/net/openssl.h"

namespace tickgate::gateway {
namespace {

absl::Status failed(const std::string& path, std::string_view what) {
  return bad_file(path, fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

}  // namespace

absl::StatusOr<PemFile> read_pem_file(const std::string& path, std::size_t most_bytes) {
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (file < 0) return failed(path, "cannot be opened");
  const absl::Cleanup close = [file] { ::close(file); };
  struct stat found {};
  if (::fstat(file, &found) != 0) return failed(path, "cannot be read");
  if (!S_ISREG(found.st_mode)) return bad_file(path, "not a regular file");
  const auto too_large = [&] {
    return bad_file(path, fmt::format("larger than {} MiB", most_bytes >> 20U));
  };
  const auto expected = static_cast<std::size_t>(found.st_size);
  if (expected > most_bytes) return too_large();
  PemFile read;
  read.others_read = (found.st_mode & S_IROTH) != 0;
  read.others_write = (found.st_mode & S_IWOTH) != 0;
  read.group_reads = (found.st_mode & S_IRGRP) != 0 && found.st_uid == ::geteuid();
  read.group_writes = (found.st_mode & S_IWGRP) != 0;
  read.text.resize(expected + 1);
  std::size_t size = 0;
  while (size < read.text.size()) {
    const auto got = ::read(file, read.text.data() + size, read.text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(path, "cannot be read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > most_bytes) return too_large();
    if (size == read.text.size()) read.text.resize(2 * size);  // it grows meanwhile
  }
  read.text.resize(size);
  return read;
}

}  // namespace tickgate::gateway

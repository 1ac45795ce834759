// SPDX-License-Identifier: Apache-2.0
#include "feeds/capture/byte_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "schemas/check.h"

namespace tickgate::feeds {
namespace {

class GzipSink final : public ByteSink {
 public:
  explicit GzipSink(gzFile file) : file_(file) { gzbuffer(file, 128U << 10U); }
  GzipSink(const GzipSink&) = delete;
  GzipSink& operator=(const GzipSink&) = delete;
  ~GzipSink() override {
    if (file_ != nullptr) gzclose_w(file_);
  }

  absl::Status write(std::string_view bytes) override {
    errno = 0;
    const auto size = static_cast<unsigned>(bytes.size());
    if (gzwrite(file_, bytes.data(), size) == static_cast<int>(size)) return absl::OkStatus();
    return failure();
  }
  absl::Status flush() override {
    errno = 0;
    return gzflush(file_, Z_SYNC_FLUSH) == Z_OK ? absl::OkStatus() : failure();
  }
  absl::Status close() override {
    errno = 0;
    const int code = gzclose_w(std::exchange(file_, nullptr));
    if (code == Z_OK) return absl::OkStatus();
    return absl::UnavailableError(errno != 0 ? std::strerror(errno)
                                             : fmt::format("zlib's error {}", code));
  }

 private:
  absl::Status failure() {
    int code = Z_OK;
    const char* const message = gzerror(file_, &code);
    return absl::UnavailableError(code == Z_ERRNO ? std::strerror(errno) : message);
  }

  gzFile file_;
};

class ZstdSink final : public ByteSink {
 public:
  explicit ZstdSink(int fd) : fd_(fd), stream_(ZSTD_createCCtx()), block_(ZSTD_CStreamOutSize()) {
    TICKGATE_CHECK(stream_ != nullptr);
    ZSTD_CCtx_setParameter(stream_, ZSTD_c_checksumFlag, 1);
  }
  ZstdSink(const ZstdSink&) = delete;
  ZstdSink& operator=(const ZstdSink&) = delete;
  ~ZstdSink() override {
    if (fd_ >= 0) close().IgnoreError();
    ZSTD_freeCCtx(stream_);
  }

  absl::Status write(std::string_view bytes) override { return pack(bytes, ZSTD_e_continue); }
  absl::Status flush() override { return pack({}, ZSTD_e_flush); }
  absl::Status close() override {
    auto status = pack({}, ZSTD_e_end);
    if (::close(std::exchange(fd_, -1)) == 0 || !status.ok()) return status;
    return absl::UnavailableError(std::strerror(errno));
  }

 private:
  absl::Status pack(std::string_view bytes, ZSTD_EndDirective directive) {
    ZSTD_inBuffer from{bytes.data(), bytes.size(), 0};
    while (true) {
      ZSTD_outBuffer to{block_.data(), block_.size(), 0};
      const auto left = ZSTD_compressStream2(stream_, &to, &from, directive);
      if (ZSTD_isError(left) != 0) return absl::UnavailableError(ZSTD_getErrorName(left));
      if (auto status = write_all({block_.data(), to.pos}); !status.ok()) return status;
      if (directive == ZSTD_e_continue ? from.pos == from.size : left == 0) {
        return absl::OkStatus();
      }
    }
  }
  absl::Status write_all(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno != EINTR) return absl::UnavailableError(std::strerror(errno));
      if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return absl::OkStatus();
  }

  int fd_;
  ZSTD_CCtx* stream_;
  std::vector<char> block_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSink>> ByteSink::create(const std::string& path) {
  errno = 0;
  if (path.ends_with(".zst")) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd >= 0) return std::make_unique<ZstdSink>(fd);
  } else if (gzFile const file = gzopen(path.c_str(), "wb6e"); file != nullptr) {
    return std::make_unique<GzipSink>(file);
  }
  return absl::UnavailableError(errno != 0 ? std::strerror(errno) : "no memory");
}

}  // namespace tickgate::feeds

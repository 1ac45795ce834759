// SPDX-License-Identifier: Apache-2.0
#include "feeds/capture/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/check.h"

namespace tickgate::feeds {
namespace {

constexpr std::size_t kBlock = std::size_t{128} << 10U;
constexpr std::size_t kMagic = 4;  // bytes that tell what a file is

absl::Status unreadable(std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("expected readable data: {}", why));
}
absl::Status cut_off(std::string_view kind) {
  return absl::InvalidArgumentError(fmt::format("expected more: the {} file is cut off", kind));
}

// A descriptor's bytes, a block at a time.
class Input {
 public:
  explicit Input(int fd) : fd_(fd), block_(kBlock) {}
  Input(Input&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        block_(std::move(other.block_)),
        begin_(other.begin_),
        end_(other.end_) {}
  Input& operator=(Input&&) = delete;
  ~Input() {
    if (fd_ >= 0) ::close(fd_);
  }

  // What was read and not consumed.
  std::string_view rest() const { return {block_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t count) { begin_ += count; }
  // Until there are `wanted` bytes, or fewer at the end of the file.
  absl::Status fill(std::size_t wanted) {
    std::memmove(block_.data(), block_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
    while (end_ < wanted) {
      const auto count = read(block_.data() + end_, block_.size() - end_);
      if (!count.ok()) return count.status();
      if (*count == 0) break;
      end_ += *count;
    }
    return absl::OkStatus();
  }
  // Past the block; only when nothing is left in it.
  absl::StatusOr<std::size_t> read(char* out, std::size_t size) const {
    while (true) {
      const auto count = ::read(fd_, out, size);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) return unreadable(std::strerror(errno));
    }
  }

 private:
  int fd_;
  std::vector<char> block_;
  std::size_t begin_ = 0, end_ = 0;
};

class PlainSource final : public ByteSource {
 public:
  explicit PlainSource(Input input) : input_(std::move(input)) {}

  absl::StatusOr<std::size_t> read(char* out, std::size_t size) override {
    const auto rest = input_.rest();
    if (rest.empty()) return input_.read(out, size);
    const auto count = std::min(size, rest.size());
    std::memcpy(out, rest.data(), count);
    input_.consume(count);
    return count;
  }

 private:
  Input input_;
};

class GzipSource final : public ByteSource {
 public:
  explicit GzipSource(Input input) : input_(std::move(input)) {
    constexpr int kGzipOnly = MAX_WBITS + 16;
    TICKGATE_CHECK(inflateInit2(&stream_, kGzipOnly) == Z_OK);
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;
  ~GzipSource() override { inflateEnd(&stream_); }

  absl::StatusOr<std::size_t> read(char* out, std::size_t size) override {
    while (true) {
      if (input_.rest().empty()) {
        if (auto status = input_.fill(1); !status.ok()) return status;
        if (input_.rest().empty()) return within_ ? cut_off("gzip") : absl::StatusOr<size_t>(0);
      }
      auto count = inflate_some(out, size);
      if (!count.ok() || *count > 0) return count;
    }
  }

 private:
  absl::StatusOr<std::size_t> inflate_some(char* out, std::size_t size) {
    const auto rest = input_.rest();
    within_ = true;
    // NOLINTBEGIN(cppcoreguidelines-pro-type-*-cast): zlib speaks of unsigned bytes
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    // NOLINTEND(cppcoreguidelines-pro-type-*-cast)
    stream_.avail_in = static_cast<uInt>(rest.size());
    const auto room = static_cast<uInt>(std::min<std::size_t>(size, UINT32_MAX));
    stream_.avail_out = room;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    input_.consume(rest.size() - stream_.avail_in);
    const std::size_t count = room - stream_.avail_out;
    if (code == Z_STREAM_END) {  // perhaps another one follows
      within_ = false;
      inflateReset(&stream_);
    } else if (code != Z_OK && code != Z_BUF_ERROR && count == 0) {
      return unreadable(stream_.msg != nullptr ? stream_.msg : "a preset dictionary");
    }
    return count;
  }

  Input input_;
  z_stream stream_{};
  bool within_ = false;  // a gzip file that is not at its end
};

class ZstdSource final : public ByteSource {
 public:
  explicit ZstdSource(Input input) : input_(std::move(input)), stream_(ZSTD_createDStream()) {
    TICKGATE_CHECK(stream_ != nullptr);
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kMostWindow);
  }
  ZstdSource(const ZstdSource&) = delete;
  ZstdSource& operator=(const ZstdSource&) = delete;
  ~ZstdSource() override { ZSTD_freeDStream(stream_); }

  absl::StatusOr<std::size_t> read(char* out, std::size_t size) override {
    while (true) {
      if (!more_inside_ && input_.rest().empty()) {
        if (auto status = input_.fill(1); !status.ok()) return status;
        if (input_.rest().empty()) return within_ ? cut_off("zstd") : absl::StatusOr<size_t>(0);
      }
      const auto rest = input_.rest();
      ZSTD_inBuffer from{rest.data(), rest.size(), 0};
      ZSTD_outBuffer to{out, size, 0};
      const auto hint = ZSTD_decompressStream(stream_, &to, &from);
      input_.consume(from.pos);
      if (ZSTD_isError(hint) != 0) return failure(hint);
      within_ = hint != 0;
      more_inside_ = to.pos == to.size;
      if (to.pos > 0) return to.pos;
    }
  }

 private:
  static absl::Status failure(std::size_t code) {
    if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge) {
      return absl::ResourceExhaustedError(
          fmt::format("expected a zstd window of at most {} MiB", 1 << (kMostWindow - 20)));
    }
    return unreadable(ZSTD_getErrorName(code));
  }

  Input input_;
  ZSTD_DStream* stream_;
  bool within_ = false;       // a frame that is not at its end
  bool more_inside_ = false;  // unpacked, but there was no room for it
};

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }
// A frame, or one to be skipped, which may stand before it.
bool is_zstd(std::string_view bytes) {
  return bytes.starts_with("\x28\xb5\x2f\xfd") ||
         (bytes.size() >= kMagic && (bytes[0] & 0xF0) == 0x50 &&
          bytes.substr(1).starts_with("\x2a\x4d\x18"));
}

absl::StatusOr<std::unique_ptr<ByteSource>> source_of(int fd) {
  Input input(fd);
  if (auto status = input.fill(kMagic); !status.ok()) return status;
  const auto first = input.rest();
  if (is_gzip(first)) return std::make_unique<GzipSource>(std::move(input));
  if (is_zstd(first)) return std::make_unique<ZstdSource>(std::move(input));
  return std::make_unique<PlainSource>(std::move(input));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> ByteSource::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd >= 0) return source_of(fd);
  return absl::NotFoundError(fmt::format("expected a readable file: {}", std::strerror(errno)));
}

absl::StatusOr<std::unique_ptr<ByteSource>> ByteSource::open_stdin() {
  const int fd = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  if (fd >= 0) return source_of(fd);
  return absl::NotFoundError(fmt::format("expected an open stdin: {}", std::strerror(errno)));
}

}  // namespace tickgate::feeds

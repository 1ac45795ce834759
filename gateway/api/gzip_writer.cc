// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/gzip_writer.h"

#define ZLIB_CONST  // its input is const
#include <zlib.h>

#include <array>

#include "schemas/check.h"

namespace tickgate::gateway {

// At the fastest level: what is packed are the same few words over and over.
struct GzipWriter::Stream {
  static constexpr int kGzipWindow = 15 + 16;  // of 32 KiB, with gzip's header
  static constexpr int kMemoryLevel = 8;

  Stream() {
    TICKGATE_CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                                Z_DEFAULT_STRATEGY) == Z_OK);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { deflateEnd(&stream); }

  void add(std::string_view text, int flush, std::string& out) {
    std::array<unsigned char, 4096> buffer;  // NOLINT: zlib fills it
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): zlib's char is unsigned
    stream.next_in = reinterpret_cast<const unsigned char*>(text.data());
    stream.avail_in = static_cast<unsigned>(text.size());
    do {
      stream.next_out = buffer.data();
      stream.avail_out = static_cast<unsigned>(buffer.size());
      TICKGATE_CHECK(deflate(&stream, flush) != Z_STREAM_ERROR);
      out.append(buffer.begin(), buffer.end() - stream.avail_out);
    } while (stream.avail_out == 0);
  }

  z_stream stream{};
};

GzipWriter::GzipWriter() : stream_(std::make_unique<Stream>()) {}
GzipWriter::~GzipWriter() = default;

void GzipWriter::add(std::string_view text, std::string& out) {
  stream_->add(text, Z_NO_FLUSH, out);
}
void GzipWriter::finish(std::string& out) { stream_->add({}, Z_FINISH, out); }

std::string gzipped(std::string_view text) {
  GzipWriter writer;
  std::string out;
  writer.add(text, out);
  writer.finish(out);
  return out;
}

}  // namespace tickgate::gateway

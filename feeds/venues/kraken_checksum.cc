// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/kraken_checksum.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace tickgate::feeds::kraken {
namespace {

constexpr std::size_t kLevels = 10;
constexpr std::size_t kLongestNumber = schemas::Decimal::kMaxText;

// A mantissa of zero would be no digits at all; a book holds none.
char* append_digits(char* out, schemas::Decimal value) {
  if (!value.fits_mantissa()) [[unlikely]]
    return schemas::write_whole(out, value);
  return std::to_chars(out, out + kLongestNumber, value.mantissa).ptr;
}

}  // namespace

std::uint32_t checksum(const OrderBook& book) {
  std::array<char, 2 * kLevels * 2 * kLongestNumber> text;
  char* end = text.data();
  for (const BookSide side : {BookSide::kAsk, BookSide::kBid}) {
    const auto count = std::min(book.depth(side), kLevels);
    for (std::size_t i = 0; i < count; ++i) {
      const auto& level = book.level(side, i);
      end = append_digits(end, level.price.value());
      end = append_digits(end, level.size.value());
    }
  }
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): zlib speaks of unsigned bytes
  const auto* const bytes = reinterpret_cast<const Bytef*>(text.data());
  return static_cast<std::uint32_t>(
      crc32(crc32(0, nullptr, 0), bytes, static_cast<uInt>(end - text.data())));
}

}  // namespace tickgate::feeds::kraken

// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/proxy_header.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "gateway/net/crc32c.h"

namespace tickgate::gateway {
namespace {

using Status = ProxyHeader::Status;

constexpr std::string_view kLine = "PROXY ";
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixed = 16;  // of version 2: signature, command, family, length
constexpr std::size_t kTlvHead = 3;
constexpr std::uint8_t kCrc32c = 0x03;
constexpr std::size_t kCrcBytes = 4;

constexpr ProxyHeader kBad{Status::kBad, 0, std::nullopt};
constexpr ProxyHeader kMore{Status::kNeedMore, 0, std::nullopt};

std::uint8_t byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<std::uint8_t>(bytes[index]);
}

std::uint16_t number_at(std::string_view bytes, std::size_t index) {
  return static_cast<std::uint16_t>(byte_at(bytes, index) << 8U | byte_at(bytes, index + 1));
}

// Up to the next blank, which goes too; nothing if there is none.
std::string_view take_word(std::string_view& text) {
  const auto end = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

// "TCP4 192.0.2.1 192.0.2.2 34308 443", all of it.
std::optional<Peer> parse_line(std::string_view line) {
  if (line.ends_with(' ')) return std::nullopt;
  const auto family = take_word(line);
  const auto from = take_word(line), to = take_word(line);
  const auto from_port = parse_port(take_word(line)), to_port = parse_port(take_word(line));
  const bool four = family == "TCP4";
  if ((!four && family != "TCP6") || !line.empty() || !from_port || !to_port) return std::nullopt;
  const auto has_family = [&](std::string_view address) {
    return (address.find(':') == address.npos) == four;
  };
  const auto client = parse_address(from);
  if (!client || !parse_address(to) || !has_family(from) || !has_family(to)) return std::nullopt;
  return Peer{{*client}, *from_port};
}

ProxyHeader parse_version_1(std::string_view bytes) {
  const auto head = bytes.substr(0, kMostProxyLine);
  const auto end = head.find('\n');
  if (end == head.npos) return head.size() == kMostProxyLine ? kBad : kMore;
  if (end == 0 || head[end - 1] != '\r') return kBad;
  const auto line = head.substr(kLine.size(), end - 1 - kLine.size());
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return {Status::kWhole, end + 1, {}};
  const auto client = parse_line(line);
  return client ? ProxyHeader{Status::kWhole, end + 1, client} : kBad;
}

// Of those behind the addresses only the checksum is looked at (PP2_TYPE_CRC32C): over the whole
// header, the checksum itself taken as zeros.
bool check_tlvs(std::string_view header, std::size_t from) {
  for (std::size_t at = from; at < header.size();) {
    if (header.size() - at < kTlvHead) return false;
    const std::size_t size = number_at(header, at + 1);
    const auto value = at + kTlvHead;
    if (size > header.size() - value) return false;
    if (byte_at(header, at) == kCrc32c) {
      if (size != kCrcBytes) return false;
      std::string zeroed(header);
      std::fill_n(zeroed.begin() + static_cast<std::ptrdiff_t>(value), kCrcBytes, '\0');
      const auto said =
          std::uint32_t{number_at(header, value)} << 16U | number_at(header, value + 2);
      if (crc32c(zeroed) != said) return false;
    }
    at = value + size;
  }
  return true;
}

ProxyHeader parse_version_2(std::string_view bytes) {
  if (bytes.size() < kFixed) return kMore;
  const auto command = byte_at(bytes, 12), family = byte_at(bytes, 13);
  const std::size_t size = kFixed + number_at(bytes, 14);
  if (size > kMostProxyHeader || (command != 0x20 && command != 0x21)) return kBad;
  if (bytes.size() < size) return kMore;
  const auto header = bytes.substr(0, size);
  const ProxyHeader local{Status::kWhole, size, std::nullopt};
  if (command == 0x20) return local;  // whatever stands in it
  const bool four = family == 0x11;
  if (!four && family != 0x21) return family >> 4U > 3 || (family & 0xFU) > 2 ? kBad : local;
  const std::size_t address = four ? 4 : 16;
  const auto tlvs = kFixed + 2 * address + 4;
  if (size < tlvs || !check_tlvs(header, tlvs)) return kBad;
  Peer client;
  auto& to = client.address.bytes;
  if (four) to[10] = to[11] = 0xFF;
  std::transform(header.begin() + kFixed,
                 header.begin() + static_cast<std::ptrdiff_t>(kFixed + address),
                 to.end() - static_cast<std::ptrdiff_t>(address),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  client.port = number_at(header, kFixed + 2 * address);
  return {Status::kWhole, size, client};
}

// Both begin alike, as far as they have come.
bool begins(std::string_view bytes, std::string_view with) {
  const auto size = std::min(bytes.size(), with.size());
  return bytes.substr(0, size) == with.substr(0, size);
}

}  // namespace

ProxyHeader parse_proxy_header(std::string_view bytes) {
  if (bytes.empty()) return kMore;
  if (begins(bytes, kSignature)) {
    return bytes.size() < kSignature.size() ? kMore : parse_version_2(bytes);
  }
  if (!begins(bytes, kLine)) return kBad;
  return bytes.size() < kLine.size() ? kMore : parse_version_1(bytes);
}

ProxyHeader read_proxy_header(int descriptor, std::string& kept) {
  std::array<char, kMostProxyHeader> peeked{};
  const auto before = kept.size();
  const auto room = peeked.size() - std::min(before, peeked.size());
  ssize_t got = 0;
  do {
    got = ::recv(descriptor, peeked.data(), room, MSG_PEEK | MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return kMore;
  if (got <= 0) return kBad;
  kept.append(peeked.data(), static_cast<std::size_t>(got));
  auto header = parse_proxy_header(kept);
  if (header.status == Status::kBad) return header;
  // What is not behind it is taken off the socket, or it would be readable for ever.
  const auto ours =
      header.status == Status::kWhole ? header.size - before : static_cast<std::size_t>(got);
  if (::recv(descriptor, peeked.data(), ours, MSG_DONTWAIT) != static_cast<ssize_t>(ours))
    return kBad;
  return header;
}

}  // namespace tickgate::gateway

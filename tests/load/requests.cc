// SPDX-License-Identifier: Apache-2.0
#include "tests/load/requests.h"

#include <array>
#include <span>

#include "schemas/json.h"

namespace tickgate::load {
namespace {

using gateway::Opcode;

std::string request(std::string_view op, std::uint32_t id, std::string_view channel,
                    std::span<const std::string> symbols) {
  std::string out = "{\"op\":\"";
  out.append(op).append("\",\"id\":").append(std::to_string(id));
  out.append(",\"channel\":\"").append(channel).append("\",\"symbols\":[");
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    if (i > 0) out.push_back(',');
    schemas::append_json_string(out, symbols[i]);
  }
  return out.append("]");
}

std::string subscribe(const SubscriptionTexts& texts, std::uint32_t id,
                      std::span<const std::string> symbols) {
  return request("subscribe", id, texts.channel, symbols)
      .append(",\"interval_ms\":")
      .append(std::to_string(texts.interval_ms))
      .append("}");
}

}  // namespace

std::string upgrade_request(const feeds::Url& url, std::string_view token) {
  std::string credential;
  if (!token.empty()) credential.append("Authorization: Bearer ").append(token).append("\r\n");
  return "GET " + url.target + " HTTP/1.1\r\nHost: " + url.authority() +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Protocol: tickgate.v1.json\r\nUser-Agent: tickgate-load\r\n" +
         credential + "\r\n";
}

std::string client_frame(Opcode opcode, std::string_view payload) {
  constexpr std::array<char, 4> kMask = {0x35, 0x1a, 0x6c, 0x47};
  std::string out(1, static_cast<char>(0x80U | static_cast<unsigned>(opcode)));
  const std::size_t bytes = payload.size() < 126 ? 0 : payload.size() < 65'536 ? 2 : 8;
  const std::size_t length = bytes == 0 ? payload.size() : bytes == 2 ? 126 : 127;
  out.push_back(static_cast<char>(0x80U | length));
  for (std::size_t i = bytes; i > 0; --i) {
    out.push_back(static_cast<char>(payload.size() >> (8 * (i - 1)) & 0xFFU));
  }
  out.append(kMask.data(), kMask.size());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out.push_back(static_cast<char>(payload[i] ^ kMask[i % kMask.size()]));
  }
  return out;
}

std::string subscribe_frames(const SubscriptionTexts& texts,
                             const std::vector<std::string>& symbols, std::uint32_t& requests) {
  std::string out;
  for (std::size_t begin = 0; begin < symbols.size();) {
    std::size_t end = begin;
    for (std::size_t size = 0; end < symbols.size() && size < kLongestRequest; ++end) {
      size += symbols[end].size() + 3;
    }
    const auto part = std::span(symbols).subspan(begin, end - begin);
    out.append(client_frame(Opcode::kText, subscribe(texts, ++requests, part)));
    begin = end;
  }
  return out;
}

std::string subscribe_frame(const SubscriptionTexts& texts, std::string_view symbol,
                            std::uint32_t id) {
  const std::string one(symbol);
  return client_frame(Opcode::kText, subscribe(texts, id, {&one, 1}));
}

std::string unsubscribe_frame(const SubscriptionTexts& texts, std::string_view symbol,
                              std::uint32_t id) {
  const std::string one(symbol);
  return client_frame(Opcode::kText,
                      request("unsubscribe", id, texts.channel, {&one, 1}).append("}"));
}

}  // namespace tickgate::load

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "gateway/api/explain_answer.h"
#include "gateway/api/time_text.h"

namespace tickgate::gateway {
namespace {

using schemas::Channel;
using schemas::State;

const feeds::ChannelReport* channel_of(const ExplainAnswer& answer, Channel channel) {
  if (!answer.told) return nullptr;
  const auto& all = answer.told->channels;
  const auto found = std::ranges::find(all, channel, &feeds::ChannelReport::channel);
  return found == all.end() ? nullptr : &*found;
}

// What silence was borne, and how long it is.
std::string silence_text(const ExplainAnswer& answer, State state, Channel channel) {
  if (state != State::kStale) return {};
  const auto* const report = channel_of(answer, channel);
  if (report == nullptr) return {};
  const auto& rhythm = report->rhythm;
  if (rhythm.stale_in == feeds::Monotonic::max() || rhythm.stale_in.count() > 0) return {};
  return fmt::format(" (nothing came for {}, and its rhythm explains {})",
                     length_text(rhythm.silent), length_text(rhythm.patience));
}

// Where the connection is not live, it is the reason of all its instruments.
std::string connection_text(const ExplainAnswer& answer) {
  if (!answer.told) return {};
  const auto& connection = answer.told->connection;
  if (connection.state == feeds::FeedState::kLive) return {};
  const auto to = connection.host.empty() ? "" : " to " + connection.host;
  const auto which = connection.count == 1
                         ? std::string()
                         : fmt::format(" {} of {}", connection.index, connection.count);
  return fmt::format(" (connection{}{} is {} for {})", which, to, name(connection.state),
                     since_text(answer, connection.since));
}

std::string missing_text(const ExplainAnswer& answer) {
  if (answer.told || answer.missing.empty()) return {};
  return fmt::format("; {} did not answer, so more is not known", answer.missing.front());
}

// What an edge hears may be late, or not all.
std::string edge_text(const ExplainAnswer& answer) {
  return answer.edge ? fmt::format("; {}", edge_words(*answer.edge)) : std::string();
}

std::string grey_text(const ExplainAnswer& answer, const schemas::InstrumentStatus& status) {
  const auto since = since_text(answer, status.since);
  const auto reason = because(status.reason.view());
  if (status.quote_state == State::kLive) {
    return fmt::format("grey where its book is shown, which is {} for {}{}{}; its quote is live",
                       name(status.state), since, reason,
                       silence_text(answer, status.state, Channel::kBook));
  }
  const bool by_quote =
      status.state == status.quote_state && status.reason.view() == status.quote_reason.view();
  const auto silence =
      silence_text(answer, status.state, by_quote ? Channel::kQuote : Channel::kBook);
  return fmt::format("grey: {} for {}{}{}{}", name(status.state), since, reason, silence,
                     answer.stands_still ? std::string() : connection_text(answer));
}

}  // namespace

std::string since_text(const ExplainAnswer& answer, schemas::Timestamp since) {
  return length_text(std::chrono::microseconds(answer.now.value() - since.value()));
}

std::string because(std::string_view reason) {
  return reason.empty() ? std::string() : fmt::format(": {}", reason);
}

std::string explain_words(const ExplainAnswer& answer) {
  const auto& symbol = answer.instrument->symbol;
  if (!answer.status) {
    return fmt::format("{} is grey: nothing was said of it yet{}", symbol, missing_text(answer));
  }
  const auto& status = *answer.status;
  if (status.state != State::kLive || status.quote_state != State::kLive) {
    return fmt::format("{} is {}{}{}", symbol, grey_text(answer, status), edge_text(answer),
                       missing_text(answer));
  }
  const auto note = status.note.view();
  return fmt::format("{} is not grey: live for {}{}{}{}", symbol, since_text(answer, status.since),
                     note.empty() ? "" : "; ", note, missing_text(answer));
}

}  // namespace tickgate::gateway

// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/explainer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "gateway/api/client_list.h"
#include "gateway/api/explain_answer.h"
#include "gateway/api/time_text.h"
#include "gateway/config/config_values.h"
#include "gateway/net/clock.h"
#include "gateway/protocol/symbol_pattern.h"
#include "schemas/json.h"
#include "schemas/utf8.h"

namespace tickgate::gateway {
namespace {

// In the protocol's form; `more` are further members.
AdminAnswer error(unsigned status, std::string_view code, std::string_view message, bool as_text,
                  std::string_view more = {}) {
  if (as_text) return {status, kTextType, terminal_text(message) + "\n"};
  std::string json = fmt::format(R"({{"type":"error","code":"{}","message":)", code);
  schemas::append_json_string(json, message);
  json.append(more).append("}\n");
  return {status, kJsonType, std::move(json)};
}

// What is followed: channel, of bars their length, interval.
using Followed = std::tuple<schemas::Channel, std::optional<schemas::Interval>, std::uint32_t>;

std::vector<FollowerCount> sum(const std::map<Followed, std::size_t>& all) {
  std::vector<FollowerCount> followers;
  followers.reserve(all.size());
  for (const auto& [what, count] : all) {
    const auto [channel, bar, interval_ms] = what;
    followers.push_back({channel, bar, interval_ms, count});
  }
  return followers;
}

}  // namespace

Explainer::Explainer(boost::asio::io_context& io, const schemas::InstrumentRegistry& registry,
                     std::vector<Shard*> shards, std::vector<FeedsThread> feeds,
                     std::function<std::optional<EdgeReport>()> edge)
    : io_(io),
      registry_(registry),
      shards_(std::move(shards)),
      feeds_(std::move(feeds)),
      edge_(std::move(edge)),
      debts_(shards_.size() + feeds_.size()) {}

// A reply that counts until it is given; nullopt: too many wait, and this one was told so.
std::optional<AdminServer::Reply> Explainer::enter(AdminServer::Reply reply) {
  if (running_ >= kMostAtOnce) {
    reply(error(503, "not_ready", "several such questions are being answered: ask again", false));
    return std::nullopt;
  }
  ++running_;
  return [this, reply = std::move(reply)](AdminAnswer answer) {
    --running_;
    reply(std::move(answer));
  };
}

template <typename Answer>
std::shared_ptr<Gathering<Answer>> Explainer::begin(std::size_t asked,
                                                    typename Gathering<Answer>::Done done) {
  auto gathering = std::make_shared<Gathering<Answer>>(io_, asked, std::move(done));
  std::erase_if(gatherings_, [](const auto& one) { return one.expired(); });
  gatherings_.push_back(gathering);
  gathering->begin(kTime);
  return gathering;
}

void Explainer::stop() {
  for (const auto& one : gatherings_) {
    if (const auto gathering = one.lock()) gathering->cancel();
  }
}

void Explainer::explain(const HttpRequest& request, AdminServer::Reply reply) {
  const auto format = request.parameter("format").value_or("json");
  const bool as_text = format == "text";
  const std::string symbol(request.parameter("symbol").value_or(""));
  if (format != "json" && !as_text) {
    return reply(error(400, "bad_request", "format: expected json or text", false));
  }
  if (symbol.empty()) {
    return reply(error(400, "bad_request", "symbol: expected one like KRAKEN:BTC-USD", as_text));
  }
  const auto done = enter(std::move(reply));
  if (!done) return;
  const auto form = as_text ? Form::kText : Form::kJson;
  const auto* const instrument = registry_.find(symbol);
  const auto asked = shards_.size() + (instrument == nullptr ? 0 : feeds_.size());
  const auto gathering = begin<Part>(asked, [this, instrument, symbol, form,
                                             done = *done](Parts parts) {
    done(instrument == nullptr || is_removed(parts) ? unknown(symbol, parts, form)
                                                    : answer(*instrument, std::move(parts), form));
  });
  ask_shards(symbol, gathering);
  if (instrument != nullptr) ask_feeds(instrument->id, gathering);
}

// It was served once: no shard that answers serves it now.
bool Explainer::is_removed(const Parts& parts) const {
  bool any = false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i]) continue;
    if (parts[i]->report.known || parts[i]->told) return false;
    any = any || i < shards_.size();
  }
  return any;
}

void Explainer::ask_shards(const std::string& symbol,
                           const std::shared_ptr<Gathering<Part>>& gathering) {
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    auto token = debts_[i].take();
    if (token == nullptr) {
      gathering->skip();
      continue;
    }
    shards_[i]->report_instrument(
        symbol, [gathering, i, token = std::move(token)](InstrumentReport report) {
          gathering->give(i, {std::move(report), std::nullopt});
        });
  }
}

void Explainer::ask_feeds(schemas::InstrumentId id,
                          const std::shared_ptr<Gathering<Part>>& gathering) {
  for (std::size_t i = 0; i < feeds_.size(); ++i) {
    const auto place = shards_.size() + i;
    auto token = debts_[place].take();
    if (token == nullptr) {
      gathering->skip();
      continue;
    }
    feeds_[i].ask(
        id, [gathering, place, token = std::move(token)](std::optional<feeds::Explanation> told) {
          gathering->give(place, {{}, std::move(told)});
        });
  }
}

AdminAnswer Explainer::answer(const schemas::Instrument& instrument, Parts parts, Form form) const {
  ExplainAnswer answer;
  answer.instrument = &instrument;
  answer.now = wall_now();
  std::map<Followed, std::size_t> followers;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool is_shard = i < shards_.size();
    if (!parts[i]) {
      answer.missing.push_back(is_shard ? fmt::format("shard {}", i)
                                        : feeds_[i - shards_.size()].name);
      continue;
    }
    auto& [report, told] = *parts[i];
    if (told) answer.told = std::move(told);
    if (report.status && !answer.status) answer.status = report.status;
    if (report.stands_still) answer.status = report.status;
    answer.stands_still = answer.stands_still || report.stands_still;
    if (report.values.size() > answer.values.size()) answer.values = report.values;
    for (const auto& some : report.followers) {
      followers[{some.channel, some.bar, some.interval_ms}] += some.subscribers;
    }
  }
  // The threads of feeds are asked for the one that has it: who has it not is no part of it.
  if (answer.told) {
    std::erase_if(answer.missing, [](const auto& who) { return !who.starts_with("shard "); });
    if (!answer.stands_still) answer.status = answer.told->status;
  }
  answer.followers = sum(followers);
  if (edge_) answer.edge = edge_();
  if (form == Form::kText) return {200, kTextType, explain_text(answer)};
  return {200, kJsonType, explain_json(answer)};
}

AdminAnswer Explainer::unknown(const std::string& symbol, const Parts& parts, Form form) const {
  std::vector<std::string> near;
  for (const auto& part : parts) {
    if (part && near.empty()) near = part->report.near;
  }
  const auto message = fmt::format(
      "symbol: unknown {}{}{}{}", schemas::utf8_prefix(symbol, SymbolPattern::kMaxLength),
      near.empty() ? "" : ", did you mean ", fmt::join(near, " or "), near.empty() ? "" : "?");
  std::string more = ",\"did_you_mean\":[";
  for (const auto& one : near) {
    if (more.back() != '[') more.push_back(',');
    schemas::append_json_string(more, one);
  }
  return error(404, "unknown_symbol", message, form == Form::kText, more.append("]"));
}

void Explainer::list_clients(const HttpRequest& request, AdminServer::Reply reply) {
  const auto asked = request.parameter("limit");
  const auto limit = asked ? parse_whole(*asked) : kDefaultClients;
  if (!limit || *limit < 1 || *limit > kMostClients) {
    const auto expected = fmt::format("limit: expected a whole number from 1 to {}", kMostClients);
    return reply(error(400, "bad_request", expected, false));
  }
  const auto done = enter(std::move(reply));
  if (!done) return;
  const auto most = static_cast<std::size_t>(*limit);
  const auto gathering = begin<ClientSurvey::Found>(
      shards_.size(), [most, done = *done](Gathering<ClientSurvey::Found>::Answers answers) {
        done({200, kJsonType, client_list_json(std::move(answers), most, wall_now())});
      });
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    auto token = debts_[i].take();
    if (token == nullptr) {
      gathering->skip();
      continue;
    }
    shards_[i]->survey_clients(most,
                               [gathering, i, token = std::move(token)](ClientSurvey::Found found) {
                                 gathering->give(i, std::move(found));
                               });
  }
}

}  // namespace tickgate::gateway

// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/key_table.h"

#include <algorithm>

#include "gateway/config/config_values.h"
#include "gateway/config/keys.h"
#include "schemas/check.h"

namespace tickgate::gateway {
namespace {

using Kind = KeyRow::Kind;

// Writes the rows down.
class RowCollector final : public KeyVisitor {
 public:
  std::vector<KeyRow> rows;

  void duration(const Key& key, Milliseconds& value, Milliseconds least,
                Milliseconds most) override {
    rows.push_back(
        {key, Kind::kDuration, duration_text(value), static_cast<std::uint64_t>(least.count()),
         static_cast<std::uint64_t>(most.count()), duration_text(least), duration_text(most)});
  }
  void factor(const Key& key, double& value, double least, double most) override {
    rows.push_back(
        {key, Kind::kFactor, factor_text(value), 0, 0, factor_text(least), factor_text(most)});
  }
  void boolean(const Key& key, bool& value) override {
    rows.push_back({key, Kind::kBoolean, value ? "true" : "false"});
  }
  void address(const Key& key, ListenAddress& value) override {
    rows.push_back({key, Kind::kAddress, value.text()});
  }
  void name(const Key& key, std::string& value) override { text(key, value); }
  void word(const Key& key, std::string& value, std::string_view /*expected*/,
            bool (* /*right*/)(const std::string&)) override {
    text(key, value);
  }
  void file(const Key& key, std::string& value) override { text(key, value); }
  void url(const Key& key, std::string& value, std::string_view /*scheme*/) override {
    rows.push_back({key, Kind::kUrl, value});
  }
  void list(const Key& key, std::vector<std::string>& value, const ListItems& items) override {
    std::string text;
    for (const auto& item : value) text.append(text.empty() ? "[\"" : "\", \"").append(item);
    if (!text.empty()) text.append("\"]");
    rows.push_back({key, Kind::kList, text, items.least, items.most, std::to_string(items.least),
                    std::to_string(items.most)});
    rows.back().items = value;
    rows.back().or_one = items.or_one;
  }
  void other(const Key& key) override { rows.push_back({key, Kind::kOther, ""}); }

 private:
  void text(const Key& key, const std::string& value) { rows.push_back({key, Kind::kText, value}); }
  void on_whole(const Key& key, std::uint64_t& value, std::uint64_t least,
                std::uint64_t most) override {
    rows.push_back({key, Kind::kWhole, std::to_string(value), least, most, std::to_string(least),
                    std::to_string(most)});
  }
  void on_size(const Key& key, std::uint64_t& bytes, std::uint64_t least,
               std::uint64_t most) override {
    rows.push_back(
        {key, Kind::kSize, size_text(bytes), least, most, size_text(least), size_text(most)});
  }
  void on_choice(const Key& key, std::size_t& index,
                 std::span<const std::string_view> words) override {
    rows.push_back({key, Kind::kChoice, std::string(words[index])});
    rows.back().words.assign(words.begin(), words.end());
  }
};

template <typename Section>
std::vector<KeyRow> collect(Section section) {
  RowCollector collector;
  visit_keys(collector, section);
  return std::move(collector.rows);
}

}  // namespace

std::vector<KeyRow> key_rows(const ServerConfig& server) { return collect(server); }
std::vector<KeyRow> key_rows(const TlsConfig& tls) { return collect(tls); }
std::vector<KeyRow> key_rows(const AdminTlsConfig& tls) { return collect(tls); }
std::vector<KeyRow> key_rows(const LimitsConfig& limits) { return collect(limits); }
std::vector<KeyRow> key_rows(const LogConfig& log) { return collect(log); }
std::vector<KeyRow> key_rows(const BarsConfig& bars) { return collect(bars); }
std::vector<KeyRow> key_rows(const LedgerConfig& ledger) { return collect(ledger); }
std::vector<KeyRow> key_rows(const AuthConfig& auth) { return collect(auth); }
std::vector<KeyRow> key_rows(const EntitlementConfig& plan) { return collect(plan); }
std::vector<KeyRow> key_rows(const PublishConfig& publish) { return collect(publish); }
std::vector<KeyRow> key_rows(const EdgeConfig& edge) { return collect(edge); }
std::vector<KeyRow> key_rows(const FeedConfig& feed) { return collect(feed); }
std::vector<KeyRow> key_rows(const ConsolidatedConfig& one) { return collect(one); }

const std::vector<KeySection>& key_table() {
  static const std::vector<KeySection> kSections = {
      {"server", key_rows(ServerConfig{})},
      {"server.tls", key_rows(TlsConfig{})},
      {"server.admin_tls", key_rows(AdminTlsConfig{})},
      {"limits", key_rows(LimitsConfig{})},
      {"log", key_rows(LogConfig{})},
      {"bars", key_rows(BarsConfig{})},
      {"ledger", key_rows(LedgerConfig{})},
      {"auth", key_rows(AuthConfig{})},
      {"plans", key_rows(EntitlementConfig{})},
      {"publish.nats", key_rows(PublishConfig{})},
      {"feeds", key_rows(FeedConfig{})},
      {"feeds.nats", key_rows(EdgeConfig{})},
      {"consolidated", key_rows(ConsolidatedConfig{})}};
  return kSections;
}

const KeyRow& key_row(std::string_view section, std::string_view name) {
  const auto& sections = key_table();
  const auto found = std::ranges::find(sections, section, &KeySection::name);
  TICKGATE_CHECK(found != sections.end());
  const auto row = std::ranges::find_if(
      found->rows, [name](const KeyRow& candidate) { return candidate.key.name == name; });
  TICKGATE_CHECK(row != found->rows.end());
  return *row;
}

}  // namespace tickgate::gateway

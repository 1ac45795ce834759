// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/keep_fixed.h"

#include <algorithm>
#include <any>
#include <iterator>
#include <vector>

#include "gateway/config/keys.h"

namespace tickgate::gateway {
namespace {

// Reads the fixed values of one section, then writes them into another of its kind.
class FixedValues final : public KeyVisitor {
 public:
  void turn_round() { writes_ = true; }

  void duration(const Key& key, Milliseconds& value, Milliseconds /*least*/,
                Milliseconds /*most*/) override {
    visit(key, value);
  }
  void factor(const Key& key, double& value, double /*least*/, double /*most*/) override {
    visit(key, value);
  }
  void boolean(const Key& key, bool& value) override { visit(key, value); }
  void address(const Key& key, ListenAddress& value) override { visit(key, value); }
  void name(const Key& key, std::string& value) override { visit(key, value); }
  void word(const Key& key, std::string& value, std::string_view /*expected*/,
            bool (* /*right*/)(const std::string&)) override {
    visit(key, value);
  }
  void file(const Key& key, std::string& value) override { visit(key, value); }
  void url(const Key& key, std::string& value, std::string_view /*scheme*/) override {
    visit(key, value);
  }
  void list(const Key& key, std::vector<std::string>& value, const ListItems& /*items*/) override {
    visit(key, value);
  }
  void other(const Key& /*key*/) override {}

 private:
  template <typename Value>
  void visit(const Key& key, Value& value) {
    if (key.in_force != InForce::kNextStart) return;
    if (writes_) {
      value = std::any_cast<Value>(values_[written_++]);
    } else {
      values_.emplace_back(value);
    }
  }
  void on_whole(const Key& key, std::uint64_t& value, std::uint64_t /*least*/,
                std::uint64_t /*most*/) override {
    visit(key, value);
  }
  void on_size(const Key& key, std::uint64_t& bytes, std::uint64_t /*least*/,
               std::uint64_t /*most*/) override {
    visit(key, bytes);
  }
  void on_choice(const Key& key, std::size_t& index,
                 std::span<const std::string_view> /*words*/) override {
    visit(key, index);
  }

  bool writes_ = false;
  std::vector<std::any> values_;
  std::size_t written_ = 0;
};

template <typename Section>
void keep(Section running, Section& next) {
  FixedValues values;
  visit_keys(values, running);
  values.turn_round();
  visit_keys(values, next);
}

// A section that a reload neither brings nor takes away.
void keep_presence(const ConfigView& running, ConfigView& next, std::string_view name) {
  constexpr auto kPlain = ConfigView::Section::Kind::kPlain;
  const auto* const before = running.find(kPlain, name);
  if (before == nullptr) {
    std::erase_if(next.sections,
                  [name](const auto& one) { return one.kind == kPlain && one.name == name; });
  } else if (next.find(kPlain, name) == nullptr) {
    next.sections.insert(next.sections.begin() + 1, *before);
  }
}

// All of a kind are as they were.
void keep_kind(const ConfigView& running, ConfigView& next, ConfigView::Section::Kind kind) {
  const auto is_one = [kind](const auto& section) { return section.kind == kind; };
  std::erase_if(next.sections, is_one);
  std::ranges::copy_if(running.sections, std::back_inserter(next.sections), is_one);
}

}  // namespace

Config keep_fixed(const Config& running, Config next) {
  keep(running.server, next.server);
  keep(running.limits, next.limits);
  keep(running.log, next.log);
  keep(running.bars, next.bars);
  keep(running.ledger, next.ledger);
  next.consolidated = running.consolidated;
  next.publish = running.publish;
  if (running.edge.has_value() != next.edge.has_value()) next.feeds = running.feeds;
  next.edge = running.edge;
  if (running.server.tls.has_value() != next.server.tls.has_value()) {
    next.server.tls = running.server.tls;
  }
  if (running.server.admin_tls.has_value() != next.server.admin_tls.has_value()) {
    next.server.admin_tls = running.server.admin_tls;
  }
  if (running.auth.has_value() != next.auth.has_value()) next.auth = running.auth;
  if (running.auth.has_value()) keep(*running.auth, *next.auth);
  return next;
}

ConfigView keep_fixed(const ConfigView& running, ConfigView next) {
  for (auto& section : next.sections) {
    const auto* const before = running.find(section.kind, section.name);
    if (before == nullptr) continue;
    for (auto& value : section.values) {
      const auto* const kept = before->find(value.key);
      if (value.in_force == InForce::kNextStart && kept != nullptr) value = *kept;
    }
  }
  if ((edge_section(running) == nullptr) != (edge_section(next) == nullptr)) {
    keep_kind(running, next, ConfigView::Section::Kind::kFeed);
  }
  keep_kind(running, next, ConfigView::Section::Kind::kConsolidated);
  for (const std::string_view name :
       {"publish.nats", "auth.defaults", "auth", "server.admin_tls", "server.tls"}) {
    keep_presence(running, next, name);
  }
  return next;
}

}  // namespace tickgate::gateway

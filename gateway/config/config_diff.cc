// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/config_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "schemas/utf8.h"

namespace tickgate::gateway {
namespace {

using Change = ConfigChange::Kind;
using Section = ConfigView::Section;
using Value = ConfigView::Value;

constexpr std::size_t kLongestValue = 120;

std::string short_text(const std::string& text) {
  if (text.empty()) return "nothing";
  if (text.size() <= kLongestValue) return text;
  return std::string(schemas::utf8_prefix(text, kLongestValue)).append("...");
}

bool is_same(const Value& one, const Value& other) {
  if (one.exact && other.exact) return *one.exact == *other.exact;
  return one.text == other.text;
}

bool contains(const std::vector<std::string>& items, const std::string& item) {
  return std::ranges::find(items, item) != items.end();
}

class Differ {
 public:
  Differ(const ConfigView& running, const ConfigView& next) : running_(running), next_(next) {}

  std::vector<ConfigChange> compare() {
    for (const auto& section : running_.sections) {
      if (next_.find(section.kind, section.name) == nullptr) compare_gone(section);
    }
    if (another_kind_) {
      add(Change::kFixed, "feeds",
          fmt::format("feeds: one of venue nats {}: needs a restart",
                      edge_section(next_) == nullptr ? "is gone" : "is new"));
    }
    for (const auto& section : next_.sections) {
      if (another_kind_ && section.kind == Section::Kind::kFeed) continue;
      const auto* const before = running_.find(section.kind, section.name);
      if (before != nullptr) {
        compare_values(*before, section);
      } else if (section.kind == Section::Kind::kFeed) {
        add(Change::kAdded, section.place, "feed " + section.name);
      } else if (section.kind == Section::Kind::kConsolidated) {
        add(Change::kFixed, section.place,
            fmt::format("consolidated {} is new: needs a restart", short_text(section.name)));
      } else if (const auto whole = whole_name(section); !whole.empty()) {
        add(Change::kFixed, section.place, fmt::format("{} is new: needs a restart", whole));
      } else if (section.kind == Section::Kind::kPlan) {
        add(Change::kAdded, section.place, "plan " + section.name);
      }
    }
    compare_order();
    return std::move(changes_);
  }

 private:
  void add(Change kind, std::string place, std::string text) {
    changes_.push_back({kind, std::move(place), std::move(text)});
  }

  // TLS that is gone is told by the key above it, and the defaults by auth.
  void compare_gone(const Section& section) {
    if (section.kind == Section::Kind::kFeed) {
      if (another_kind_) return;
      add(Change::kRemoved, "feeds",
          fmt::format("feed {} (clients are unsubscribed)", section.name));
    } else if (section.kind == Section::Kind::kConsolidated) {
      add(Change::kFixed, "consolidated",
          fmt::format("consolidated {} is gone: needs a restart", short_text(section.name)));
    } else if (const auto whole = whole_name(section); !whole.empty()) {
      add(Change::kFixed, std::string(whole), fmt::format("{} is gone: needs a restart", whole));
    } else if (section.kind == Section::Kind::kPlan) {
      add(Change::kRemoved, "plans", fmt::format("plan {} (who has it has nothing)", section.name));
    }
  }

  // Keys that only one of them has belong to another kind of feed, which `venue` or `capture` says.
  void compare_values(const Section& before, const Section& after) {
    for (const auto& value : after.values) {
      const auto* const old = before.find(value.key);
      const auto place = yaml_path(after.place, value.key);
      if (old == nullptr) continue;
      if (is_same(*old, value)) {
        const bool known = old->exact && value.exact;
        if (!known && value.is_cut) {
          add(Change::kHidden, place,
              name(after, value) + ": a part of it is hidden, and may differ");
        }
      } else if (value.is_list && value.in_force == InForce::kLive) {
        compare_items(*old, value, after, place);
      } else {
        compare_texts(*old, value, after, place);
      }
    }
  }

  static std::string name(const Section& section, const Value& value) {
    switch (section.kind) {
      case Section::Kind::kPlain:
        return section.name + "." + value.key;
      case Section::Kind::kPlan:
        return "plan " + section.name + ": " + value.key;
      case Section::Kind::kFeed:
        return "feed " + section.name + ": " + value.key;
      case Section::Kind::kConsolidated:
        break;
    }
    return "consolidated " + short_text(section.name) + ": " + value.key;
  }

  void compare_texts(const Value& old, const Value& value, const Section& section,
                     const std::string& place) {
    auto text = fmt::format("{} {} -> {}", name(section, value), short_text(old.text),
                            short_text(value.text));
    if (value.in_force == InForce::kNextStart) {
      return add(Change::kFixed, place, text.append(": needs a restart"));
    }
    if (old.text == value.text) text.append(" (in what is hidden)");
    if (section.kind == Section::Kind::kFeed) text.append(" (it connects anew)");
    add(Change::kChanged, place, std::move(text));
  }

  void compare_items(const Value& old, const Value& value, const Section& section,
                     const std::string& place) {
    const bool symbols = section.kind == Section::Kind::kFeed;
    const auto what = symbols ? section.name : name(section, value);
    for (const auto& item : value.items) {
      if (!contains(old.items, item)) add(Change::kAdded, place, what + ": " + short_text(item));
    }
    for (const auto& item : old.items) {
      if (contains(value.items, item)) continue;
      add(Change::kRemoved, place,
          fmt::format("{}: {}{}", what, short_text(item),
                      symbols ? " (clients are unsubscribed)" : ""));
    }
  }

  // The first entry that fits a pair decides.
  void compare_order() {
    const auto order = [](const ConfigView& view, const ConfigView& other) {
      std::vector<std::string> names;
      for (const auto& section : view.sections) {
        const bool both = other.find(section.kind, section.name) != nullptr;
        if (both && section.kind == Section::Kind::kConsolidated) names.push_back(section.name);
      }
      return names;
    };
    if (order(running_, next_) == order(next_, running_)) return;
    add(Change::kFixed, "consolidated", "consolidated in another order: needs a restart");
  }

  // Of a plain section that a reload neither brings nor takes away, what stands in the file; empty:
  // it is none, or is told otherwise.
  static std::string_view whole_name(const Section& section) {
    if (section.kind != Section::Kind::kPlain) return {};
    if (section.name == "auth") return "auth";
    return section.name == "publish.nats" ? "publish" : "";
  }

  const ConfigView& running_;
  const ConfigView& next_;
  // One of the two is an edge's: its feeds are not compared to the other's.
  const bool another_kind_ =
      (edge_section(running_) == nullptr) != (edge_section(next_) == nullptr);
  std::vector<ConfigChange> changes_;
};

}  // namespace

std::vector<ConfigChange> config_diff(const ConfigView& running, const ConfigView& next) {
  return Differ(running, next).compare();
}

std::string changes_text(const std::vector<ConfigChange>& changes, std::size_t most_bytes) {
  std::string text;
  std::size_t said = 0;
  for (; said < changes.size(); ++said) {
    const auto line = changes[said].line();
    constexpr std::size_t kRest = 32;  // "; and 1000 more"
    if (said > 0 && text.size() + line.size() + kRest > most_bytes) break;
    text.append(said > 0 ? "; " : "").append(line);
  }
  if (said < changes.size()) text.append(fmt::format("; and {} more", changes.size() - said));
  return text;
}

}  // namespace tickgate::gateway

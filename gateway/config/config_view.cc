// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/config_view.h"

#include <algorithm>
#include <utility>

#include "feeds/log/log.h"
#include "feeds/venues/all.h"
#include "gateway/config/cluster_values.h"
#include "gateway/config/key_table.h"

namespace tickgate::gateway {
namespace {

using Section = ConfigView::Section;
using Value = ConfigView::Value;

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text.append(text.empty() ? "" : ", ").append(item);
  return text;
}

class Viewer {
 public:
  explicit Viewer(const KeyPlaces& places) : places_(places) {}

  Section section(Section::Kind kind, std::string name, std::string place,
                  const std::vector<KeyRow>& rows) const {
    Section out{kind, std::move(name), std::move(place), {}};
    for (const auto& row : rows) out.values.push_back(value(row, out.place));
    return out;
  }

 private:
  // As it stands in the file, where that names a variable.
  const std::string* source(const std::string& path) const {
    const auto at = places_.find(path);
    return at == places_.end() || at->second.source.empty() ? nullptr : &at->second.source;
  }

  Value value(const KeyRow& row, const std::string& above) const {
    const auto path = yaml_path(above, row.key.name);
    Value out{std::string(row.key.name), row.value};
    out.in_force = row.key.in_force;
    out.exact = row.value;
    if (row.kind == KeyRow::Kind::kList) {
      out.is_list = true;
      out.items = row.items;
      for (std::size_t i = 0; i < out.items.size(); ++i) {
        const auto* written = source(path + "[" + std::to_string(i) + "]");
        if (written == nullptr && row.or_one) written = source(path);  // it stands there alone
        if (written != nullptr) out.items[i] = *written;
      }
      out.text = joined(out.items);
    } else if (const auto* const written = source(path)) {
      out.text = shown(row.kind, *written);
    } else {
      out.text = shown(row.kind, row.value);
      out.is_cut = out.text != row.value;
    }
    return out;
  }

  static std::string shown(KeyRow::Kind kind, const std::string& text) {
    return kind == KeyRow::Kind::kUrl ? feeds::log::redact_url(text) : text;
  }

  const KeyPlaces& places_;
};

bool has(const FeedConfig& feed, KeyOf kind) {
  const bool made_up = feed.venue->facts.made_up;
  switch (kind) {
    case KeyOf::kAll:
      return true;
    case KeyOf::kVenues:
      return !made_up;
    case KeyOf::kNetwork:
      return !made_up && feed.capture.empty();
    case KeyOf::kCaptures:
      return !made_up && !feed.capture.empty();
    case KeyOf::kMadeUp:
      return made_up;
  }
  return true;
}

// Of the keys that it has; with what the table leaves to others.
std::vector<KeyRow> feed_rows(const FeedConfig& feed) {
  auto rows = key_rows(feed);
  std::erase_if(rows, [&](const KeyRow& row) { return !has(feed, row.key.feeds); });
  for (auto& row : rows) {
    if (row.key.name == "venue") row.value = feed.venue->facts.name;
    if (row.key.name == "book_depth" && feed.book_depth > 0) {
      row.value = std::to_string(feed.book_depth);
    }
  }
  return rows;
}

std::vector<KeyRow> server_rows(const ServerConfig& server) {
  auto rows = key_rows(server);
  for (auto& row : rows) {
    if (row.key.name == "tls") row.value = server.tls.has_value() ? "on" : "off";
    if (row.key.name == "admin_tls") row.value = server.admin_tls.has_value() ? "on" : "off";
  }
  return rows;
}

std::vector<KeyRow> auth_rows(const AuthConfig& auth) {
  auto rows = key_rows(auth);
  std::erase_if(rows, [](const KeyRow& row) { return row.key.name == "defaults"; });
  return rows;
}

std::vector<KeyRow> edge_rows(const EdgeConfig& edge) {
  auto rows = key_rows(edge);
  for (auto& row : rows) {
    if (row.key.name == "venue") row.value = kNatsVenue;
  }
  return rows;
}

// Of what is not said no value is shown: it is not the same as the value that it begins with.
std::vector<KeyRow> entitlement_rows(const EntitlementConfig& entitlement) {
  auto rows = key_rows(entitlement);
  for (auto& row : rows) {
    const auto at = std::ranges::find(entitlement.said, row.key.name);
    if (at == entitlement.said.end()) row.value.clear();
  }
  return rows;
}

}  // namespace

const Value* Section::find(std::string_view key) const {
  const auto at = std::ranges::find(values, key, &Value::key);
  return at == values.end() ? nullptr : &*at;
}

const Section* ConfigView::find(Section::Kind kind, std::string_view name) const {
  const auto at = std::ranges::find_if(sections, [&](const Section& section) {
    return section.kind == kind && section.name == name;
  });
  return at == sections.end() ? nullptr : &*at;
}

ConfigView config_view(const Config& config, const KeyPlaces& places) {
  const Viewer viewer(places);
  ConfigView view;
  const auto plain = [&](const char* name, const std::vector<KeyRow>& rows) {
    view.sections.push_back(viewer.section(Section::Kind::kPlain, name, name, rows));
  };
  const auto place = [](const char* list, std::size_t index) {
    return list + ("[" + std::to_string(index) + "]");
  };
  plain("server", server_rows(config.server));
  if (config.server.tls.has_value()) plain("server.tls", key_rows(*config.server.tls));
  if (config.server.admin_tls.has_value()) {
    plain("server.admin_tls", key_rows(*config.server.admin_tls));
  }
  plain("limits", key_rows(config.limits));
  plain("log", key_rows(config.log));
  plain("bars", key_rows(config.bars));
  plain("ledger", key_rows(config.ledger));
  if (config.auth.has_value()) {
    plain("auth", auth_rows(*config.auth));
    plain("auth.defaults", entitlement_rows(config.auth->defaults));
  }
  for (const auto& plan : config.plans) {
    view.sections.push_back(viewer.section(Section::Kind::kPlan, plan.name, "plans." + plan.name,
                                           entitlement_rows(plan)));
  }
  if (config.publish.has_value()) plain("publish.nats", key_rows(*config.publish));
  if (config.edge.has_value()) {
    view.sections.push_back(viewer.section(Section::Kind::kFeed, kNatsVenue, place("feeds", 0),
                                           edge_rows(*config.edge)));
  }
  for (std::size_t i = 0; i < config.feeds.size(); ++i) {
    const auto& feed = config.feeds[i];
    view.sections.push_back(
        viewer.section(Section::Kind::kFeed, feed.name, place("feeds", i), feed_rows(feed)));
  }
  for (std::size_t i = 0; i < config.consolidated.size(); ++i) {
    const auto& one = config.consolidated[i];
    auto section =
        viewer.section(Section::Kind::kConsolidated, "", place("consolidated", i), key_rows(one));
    section.name = section.find("pairs")->text;
    view.sections.push_back(std::move(section));
  }
  return view;
}

const Section* edge_section(const ConfigView& view) {
  const auto* const section = view.find(Section::Kind::kFeed, kNatsVenue);
  const auto* const venue = section == nullptr ? nullptr : section->find("venue");
  return venue != nullptr && venue->text == kNatsVenue ? section : nullptr;
}

bool same_but_symbols(const FeedConfig& one, const FeedConfig& other) {
  const auto rows = feed_rows(one);
  const auto others = feed_rows(other);
  return std::ranges::equal(rows, others, [](const KeyRow& a, const KeyRow& b) {
    return a.key.name == b.key.name && (a.key.name == "symbols" || a.value == b.value);
  });
}

}  // namespace tickgate::gateway

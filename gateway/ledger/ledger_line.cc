// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/ledger_line.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <iterator>
#include <utility>

#include "schemas/json.h"

namespace tickgate::gateway {

using schemas::Timestamp;

namespace {

using Object = simdjson::dom::object;

constexpr std::size_t kMostText = 1'024;   // of a subject, a plan and the like
constexpr std::size_t kMostNames = 4'096;  // of one list

// ,"key":value
class Writer {
 public:
  Writer(std::string& out, std::string_view type) : out_(out) {
    fmt::format_to(std::back_inserter(out_), R"({{"type":"{}")", type);
  }
  void end() { out_ += "}\n"; }
  void text(std::string_view key, std::string_view value) {
    name(key);
    schemas::append_json_string(out_, value);
  }
  template <typename Number>
  void number(std::string_view key, Number value) {
    name(key);
    fmt::format_to(std::back_inserter(out_), "{}", value);
  }
  template <typename Texts>
  void texts(std::string_view key, const Texts& values) {
    name(key);
    char before = '[';
    for (const std::string_view value : values) {
      out_.push_back(std::exchange(before, ','));
      schemas::append_json_string(out_, value);
    }
    out_ += before == '[' ? "[]" : "]";
  }

 private:
  void name(std::string_view key) { fmt::format_to(std::back_inserter(out_), ",\"{}\":", key); }
  std::string& out_;
};

std::vector<std::string_view> names_of(std::uint8_t channels) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    if ((channels >> i & 1U) != 0) names.push_back(name(static_cast<schemas::Channel>(i)));
  }
  return names;
}

struct Append {
  std::string& out;

  void operator()(const BeginLine& line) const {
    Writer writer(out, "begin");
    writer.number("at", line.at.value());
    writer.text("run", line.run);
    writer.text("instance", line.instance);
    writer.end();
  }
  void operator()(const GapLine& line) const {
    Writer writer(out, "gap");
    writer.text("run", line.run);
    writer.number("from", line.from.value());
    writer.number("to", line.to.value());
    writer.end();
  }
  void operator()(const UsageLine& line) const {
    Writer writer(out, "usage");
    writer.number("at", line.at.value());
    writer.text("run", line.run);
    writer.text("subject", line.key.subject);
    writer.text("plan", line.key.plan);
    writer.text("venue", line.key.venue);
    writer.number("delay_s", line.key.delay_s);
    writer.number("connections", line.connections);
    writer.number("peak", line.peak);
    writer.text("minutes", line.minutes.text());
    writer.number("symbols", line.symbols);
    writer.number("updates", line.updates);
    writer.texts("channels", names_of(line.details.channels));
    writer.number("depth", unsigned{line.details.depth});
    writer.texts("credentials", line.details.credentials);
    if (!line.details.addresses.empty()) writer.texts("addresses", line.details.addresses);
    if (!line.new_symbols.empty()) writer.texts("new_symbols", line.new_symbols);
    writer.end();
  }
  void operator()(const FlushedLine& line) const { moment("flushed", line.at, line.run); }
  void operator()(const EndLine& line) const { moment("end", line.at, line.run); }
  void moment(std::string_view type, Timestamp at, std::string_view run) const {
    Writer writer(out, type);
    writer.number("at", at.value());
    writer.text("run", run);
    writer.end();
  }
};

// The members of one line; what is missing or of another kind is noted.
class Members {
 public:
  explicit Members(const Object& object) : object_(object) {}

  bool right() const { return right_; }
  std::string text(std::string_view key) {
    std::string_view value;
    require(object_[key].get(value) == simdjson::SUCCESS && value.size() <= kMostText);
    return std::string(value);
  }
  std::uint64_t number(std::string_view key, std::uint64_t most = UINT64_MAX) {
    std::uint64_t value = 0;
    require(object_[key].get(value) == simdjson::SUCCESS && value <= most);
    return value;
  }
  Timestamp time(std::string_view key) {
    constexpr std::uint64_t kYear9999 = 253'402'300'800'000'000;
    return Timestamp{static_cast<std::int64_t>(number(key, kYear9999 - 1))};
  }
  // None, if there is no such key.
  std::vector<std::string> texts(std::string_view key) {
    std::vector<std::string> found;
    simdjson::dom::element element;
    if (object_[key].get(element) != simdjson::SUCCESS) return found;
    simdjson::dom::array array;
    require(element.get(array) == simdjson::SUCCESS && array.size() <= kMostNames);
    if (!right_) return found;
    for (const auto item : array) {
      std::string_view value;
      require(item.get(value) == simdjson::SUCCESS && value.size() <= kMostText);
      found.emplace_back(value);
    }
    return found;
  }
  void require(bool right) { right_ = right_ && right; }

 private:
  const Object& object_;
  bool right_ = true;
};

UsageLine read_usage(Members& members) {
  UsageLine line;
  line.at = members.time("at");
  line.run = members.text("run");
  line.key.subject = members.text("subject");
  line.key.plan = members.text("plan");
  line.key.venue = members.text("venue");
  line.key.delay_s = static_cast<std::uint32_t>(members.number("delay_s", UINT32_MAX));
  line.connections = members.number("connections");
  line.peak = static_cast<std::uint32_t>(members.number("peak", UINT32_MAX));
  const auto minutes = Minutes::parse(members.text("minutes"));
  members.require(minutes.has_value());
  line.minutes = minutes.value_or(Minutes());
  line.symbols = members.number("symbols");
  line.updates = members.number("updates");
  for (const auto& text : members.texts("channels")) {
    const auto channel = schemas::channel_from_name(text);
    if (!channel.has_value()) continue;  // of a later version
    line.details.channels |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(*channel));
  }
  line.details.depth = static_cast<std::uint8_t>(members.number("depth", UINT8_MAX));
  for (auto& text : members.texts("credentials")) line.details.credentials.insert(std::move(text));
  for (auto& text : members.texts("addresses")) line.details.addresses.insert(std::move(text));
  line.new_symbols = members.texts("new_symbols");
  return line;
}

std::optional<LedgerLine> read_members(std::string_view type, Members& members) {
  if (type == "begin") {
    return BeginLine{members.time("at"), members.text("run"), members.text("instance")};
  }
  if (type == "gap") {
    return GapLine{members.text("run"), members.time("from"), members.time("to")};
  }
  if (type == "usage") return read_usage(members);
  if (type == "flushed") return FlushedLine{members.time("at"), members.text("run")};
  if (type == "end") return EndLine{members.time("at"), members.text("run")};
  return std::nullopt;
}

}  // namespace

void append_line(std::string& out, const LedgerLine& line) { std::visit(Append{out}, line); }

struct LedgerLineReader::Impl {
  simdjson::dom::parser parser;
};

LedgerLineReader::LedgerLineReader() : impl_(std::make_unique<Impl>()) {}
LedgerLineReader::~LedgerLineReader() = default;

std::optional<LedgerLine> LedgerLineReader::read(std::string_view line) {
  Object object;
  std::string_view type;
  // parse() copies into a padded buffer of the parser's own.
  if (impl_->parser.parse(line.data(), line.size(), true).get(object) != simdjson::SUCCESS ||
      object["type"].get(type) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  Members members(object);
  auto found = read_members(type, members);
  if (!members.right()) return std::nullopt;
  return found;
}

}  // namespace tickgate::gateway

// SPDX-License-Identifier: Apache-2.0
#include "feeds/thread/capture_adapter.h"

#include <utility>

#include "feeds/adapter/fetch_tags.h"

namespace tickgate::feeds {

using schemas::Channel;
using schemas::InstrumentId;
using schemas::Timestamp;

// One connection of the file: its adapter, and what of its words passes.
class CaptureAdapter::Part final : public AdapterEvents, public CaptureConnection {
 public:
  explicit Part(CaptureAdapter& whole)
      : whole_(whole),
        to_(whole.events_),
        adapter_(whole.make_(whole.settings_, whole.registry_, *this)) {}

  VenueAdapter& adapter() const { return *adapter_; }
  const std::optional<std::uint32_t>& conn() const { return conn_; }
  void name(std::uint32_t conn) { conn_ = conn; }
  FetchTag tag_of(std::string_view url) const { return tags_.of(url); }

  void begin(Timestamp now) {
    if (std::exchange(open, true)) return;
    opened = ++whole_.openings_;
    adapter_->on_open(now);
  }
  void end() {
    if (!std::exchange(open, false)) return;
    whole_books.clear();
    tags_.clear();
    adapter_->on_close();
  }
  // Only its own books.
  void lose_books(std::string_view reason) {
    const auto lost = std::exchange(whole_books, {});
    for (std::uint32_t i = 0; i < lost.size(); ++i) {
      if (lost[i] && is_carrier_of_book(InstrumentId{i}))
        to_.on_recovering(InstrumentId{i}, reason);
    }
  }

 private:
  template <typename Tick>
  bool carries(Channel channel, const Tick& tick) {
    return whole_.carriers_.carries(channel, tick.header.instrument, *this);
  }
  // Also while there is none yet.
  bool is_carrier_of_book(InstrumentId instrument) const {
    const auto* const carrier = whole_.carriers_.carrier(Channel::kBook, instrument);
    return carrier == nullptr || carrier == this;
  }

  void on_instrument(const schemas::Instrument& instrument) override {
    to_.on_instrument(instrument);
  }
  void on_tick(const schemas::Quote& quote) override {
    const bool from_book = adapter_->facts().quotes_from_book;
    if (carries(from_book ? Channel::kBook : Channel::kQuote, quote)) to_.on_tick(quote);
  }
  void on_tick(const schemas::Book& book) override {
    if (carries(Channel::kBook, book)) to_.on_tick(book);
  }
  void on_tick(const schemas::Trade& trade) override {
    if (!whole_.carriers_.came_before(trade, *this)) to_.on_tick(trade);
  }
  void on_tick(const schemas::Ticker& ticker) override {
    if (carries(Channel::kTicker, ticker)) to_.on_tick(ticker);
  }
  void on_trades_lost(InstrumentId instrument, std::uint64_t count) override {
    to_.on_trades_lost(instrument, count);
  }
  void on_recovering(InstrumentId instrument, std::string_view reason) override {
    set_book(instrument, false);
    if (is_carrier_of_book(instrument)) to_.on_recovering(instrument, reason);
  }
  void on_synced(InstrumentId instrument) override {
    set_book(instrument, true);
    if (whole_.carriers_.carries(Channel::kBook, instrument, *this)) to_.on_synced(instrument);
  }
  void on_quote_invalid(InstrumentId instrument, std::string_view reason) override {
    if (whole_.carriers_.carries(Channel::kQuote, instrument, *this)) {
      to_.on_quote_invalid(instrument, reason);
    }
  }
  void on_halted(InstrumentId instrument, std::string_view reason) override {
    to_.on_halted(instrument, reason);
  }
  void on_closed(InstrumentId instrument, std::string_view reason) override {
    to_.on_closed(instrument, reason);
  }
  void on_trading(InstrumentId instrument) override { to_.on_trading(instrument); }
  void send(std::string text, std::span<const VenueSubscription> awaited) override {
    to_.send(std::move(text), awaited);
  }
  void fetch(std::string url) override { to_.fetch(std::move(url)); }
  void fetch_as(FetchRequest request) override {
    tags_.expect(request.url, request.tag);
    to_.fetch(std::move(request.url));
  }
  void request_resync(InstrumentId instrument) override {
    if (is_carrier_of_book(instrument)) to_.request_resync(instrument);
  }
  // Beside others, its own end comes in the file.
  void request_reconnect(std::string_view reason) override {
    if (whole_.connections() == 1) to_.request_reconnect(reason);
  }
  void on_acknowledged(VenueSubscription subscription) override {
    to_.on_acknowledged(subscription);
  }
  void on_refused(VenueSubscription subscription, std::string_view message) override {
    to_.on_refused(subscription, message);
  }
  void on_anomaly(Anomaly anomaly, std::string_view detail) override {
    to_.on_anomaly(anomaly, detail);
  }
  void on_checksum_verified(schemas::InstrumentId instrument) override {
    to_.on_checksum_verified(instrument);
  }
  void on_quarantined(const ImplausibleTick& tick) override { to_.on_quarantined(tick); }

  CaptureAdapter& whole_;
  AdapterEvents& to_;
  std::optional<std::uint32_t> conn_;  // absent until it carries more than answers
  FetchTags tags_;
  std::unique_ptr<VenueAdapter> adapter_;
};

CaptureAdapter::CaptureAdapter(AdapterFactory make, AdapterSettings settings,
                               schemas::InstrumentRegistry& registry, AdapterEvents& events)
    : make_(std::move(make)),
      settings_(std::move(settings)),
      registry_(registry),
      events_(events),
      selected_(&add_part()) {}

CaptureAdapter::~CaptureAdapter() = default;

CaptureAdapter::Part& CaptureAdapter::add_part() {
  return *parts_.emplace_back(std::make_unique<Part>(*this));
}

VenueAdapter& CaptureAdapter::first() const { return parts_.front()->adapter(); }

void CaptureAdapter::select(const CaptureRecord& record) {
  ConnectionOfRecord<Part> whose(record);
  for (const auto& part : parts_) whose.offer(*part, part->conn());
  selected_ = whose.found() != nullptr ? whose.found() : &add_part();
  if (record.kind != CaptureKind::kHttp) selected_->name(record.conn);
}

void CaptureAdapter::reopen_selected(Timestamp now) {
  selected_->lose_books("opened anew in the capture");
  selected_->end();
  selected_->begin(now);
}

VenueAdapter& CaptureAdapter::opened(Timestamp now) {
  selected_->begin(now);
  return selected_->adapter();
}

void CaptureAdapter::on_open(Timestamp now) { parts_.front()->begin(now); }

void CaptureAdapter::on_text(std::string_view frame, Timestamp received) {
  opened(received).on_text(frame, received);
}

// Who was told what to serve knows the names.
void CaptureAdapter::on_sent(std::string_view text) {
  if (settings_.discover) selected_->adapter().on_sent(text);
}

bool CaptureAdapter::on_binary(std::string_view frame, Timestamp received) {
  return opened(received).on_binary(frame, received);
}

void CaptureAdapter::on_answer(const FetchAnswer& answer, Timestamp received) {
  auto own = answer;
  own.tag = selected_->tag_of(answer.target);
  opened(received).on_answer(own, received);
}

void CaptureAdapter::on_http(std::string_view target, int status, std::string_view body,
                             Timestamp received) {
  on_answer({target, kNoTag, status, body}, received);
}

void CaptureAdapter::on_close() {
  for (const auto& part : parts_) part->end();
}

void CaptureAdapter::resync(InstrumentId instrument) {
  const auto* const carrier = carriers_.carrier(Channel::kBook, instrument);
  const auto* const part = static_cast<const Part*>(carrier);
  (part != nullptr ? part->adapter() : first()).resync(instrument);
}

std::vector<VenueNumber> CaptureAdapter::numbers(InstrumentId instrument) const {
  const auto* const carrier = carriers_.carrier(Channel::kBook, instrument);
  if (carrier == nullptr) return {};
  return static_cast<const Part*>(carrier)->adapter().numbers(instrument);
}

const OrderBook* CaptureAdapter::book(InstrumentId instrument) const {
  const auto* const carrier = carriers_.carrier(Channel::kBook, instrument);
  return carrier == nullptr ? nullptr
                            : static_cast<const Part*>(carrier)->adapter().book(instrument);
}

}  // namespace tickgate::feeds

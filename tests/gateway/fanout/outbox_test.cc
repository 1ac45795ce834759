// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/outbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace tickgate::gateway {
namespace {

using namespace std::chrono_literals;
using schemas::Channel;
using schemas::InstrumentId;
using Outcome = Outbox::Outcome;

struct Round {
  std::vector<std::uint32_t> statuses, values;  // instruments, in the order they were given
};

Round pop_all(Outbox& outbox, Monotonic now, Outcome answer = Outcome::kSent) {
  Round round;
  outbox.pop_due(
      now,
      [&](const Slot& slot) {
        round.statuses.push_back(slot.instrument.value());
        return true;
      },
      [&](Slot& slot) {
        round.values.push_back(slot.instrument.value());
        return answer;
      });
  return round;
}

SlotIndex add(Outbox& outbox, std::uint32_t instrument, std::uint32_t interval_ms = 0) {
  return *outbox.add(InstrumentId{instrument}, Channel::kQuote, 25, interval_ms);
}

using List = std::vector<std::uint32_t>;

}  // namespace

TEST(Outbox, NewSubscriptionIsOwedItsStatusAndItsValue) {
  Outbox outbox;
  add(outbox, 7);
  const auto round = pop_all(outbox, 1s);
  EXPECT_EQ(round.statuses, List{7});
  EXPECT_EQ(round.values, List{7});
  EXPECT_FALSE(outbox.due().has_value());
}

TEST(Outbox, SlotMarkedTwiceIsGivenOnce) {
  Outbox outbox;
  const auto slot = add(outbox, 7);
  pop_all(outbox, 1s);
  EXPECT_TRUE(outbox.mark(slot));
  EXPECT_FALSE(outbox.mark(slot)) << "the second is conflated with the first";
  EXPECT_EQ(pop_all(outbox, 1s).values, List{7});
  EXPECT_TRUE(pop_all(outbox, 1s).values.empty());
}

TEST(Outbox, ValueWaitsForItsIntervalAndStatusDoesNot) {
  Outbox outbox;
  const auto slot = add(outbox, 7, 100);
  pop_all(outbox, 1000ms);
  outbox.mark(slot);
  EXPECT_TRUE(pop_all(outbox, 1050ms).values.empty());
  ASSERT_TRUE(outbox.due().has_value());
  EXPECT_GE(*outbox.due(), 1100ms);
  outbox.mark_status(slot);
  EXPECT_EQ(pop_all(outbox, 1060ms).statuses, List{7});
  EXPECT_EQ(pop_all(outbox, *outbox.due()).values, List{7});
}

TEST(Outbox, RoundsOfOneIntervalMeetOnOneGridAndNeverComeTooSoon) {
  Outbox outbox;
  const auto slot = add(outbox, 7, 50);
  Monotonic last = 1013ms;
  pop_all(outbox, last);
  for (int i = 0; i < 5; ++i) {
    outbox.mark(slot);
    const auto due = *outbox.due();
    EXPECT_EQ(due % 50ms, 0us);
    EXPECT_GE(due - last, 50ms);
    EXPECT_LT(due - last, 100ms);
    EXPECT_EQ(pop_all(outbox, due).values, List{7});
    last = due;
  }
}

TEST(Outbox, ValueKeptBackComesAfterTheNextStatus) {
  Outbox outbox;
  const auto slot = add(outbox, 7);
  EXPECT_EQ(pop_all(outbox, 1s, Outcome::kLater).values, List{7});
  EXPECT_FALSE(outbox.due().has_value()) << "nothing to do until the status changes";
  EXPECT_TRUE(pop_all(outbox, 2s).values.empty());
  outbox.mark_status(slot);
  const auto round = pop_all(outbox, 3s);
  EXPECT_EQ(round.statuses, List{7});
  EXPECT_EQ(round.values, List{7});
}

TEST(Outbox, FullFrameLeavesTheRestOwedInItsOrder) {
  Outbox outbox;
  for (std::uint32_t i = 0; i < 5; ++i) add(outbox, i);
  List given;
  const auto pop_two = [&] {
    std::size_t room = 2;
    outbox.pop_due(
        1s, [](const Slot&) { return true; },
        [&](Slot& slot) {
          if (room-- == 0) return Outcome::kFull;
          given.push_back(slot.instrument.value());
          return Outcome::kSent;
        });
  };
  pop_two();
  EXPECT_TRUE(outbox.due().has_value());
  pop_two();
  pop_two();
  EXPECT_EQ(given, (List{0, 1, 2, 3, 4}));
  EXPECT_FALSE(outbox.due().has_value());
}

TEST(Outbox, RemovedSlotIsOwedNothingAndItsPlaceIsUsedAgain) {
  Outbox outbox;
  const auto first = add(outbox, 1);
  add(outbox, 2);
  outbox.remove(first);
  EXPECT_EQ(outbox.size(), 1U);
  EXPECT_EQ(pop_all(outbox, 1s).values, List{2});
  EXPECT_EQ(add(outbox, 3), first);
  EXPECT_EQ(pop_all(outbox, 2s).values, List{3});
  EXPECT_EQ(outbox.size(), 2U);
}

TEST(Outbox, PlaceUsedAgainBeforeItsOldMarkIsPoppedIsGivenOnce) {
  Outbox outbox;
  outbox.remove(add(outbox, 1));
  add(outbox, 2);
  const auto round = pop_all(outbox, 1s);
  EXPECT_EQ(round.statuses, List{2});
  EXPECT_EQ(round.values, List{2});
  EXPECT_TRUE(pop_all(outbox, 2s).values.empty());
}

TEST(Outbox, IntervalCanBeChangedWithAMarkWaiting) {
  Outbox outbox;
  const auto slot = add(outbox, 1, 60'000);
  pop_all(outbox, 1s);
  outbox.mark(slot);
  ASSERT_TRUE(outbox.set_interval(slot, 0));
  EXPECT_EQ(pop_all(outbox, 2s).values, List{1});
}

TEST(Outbox, MarksMoveWithTheirSlotToItsNewPaceAndGoWithIt) {
  Outbox outbox;
  std::vector<SlotIndex> slots;
  for (std::uint32_t i = 0; i < 6; ++i) slots.push_back(add(outbox, i, i % 2 == 0 ? 0 : 50));
  outbox.remove(slots[0]);
  outbox.remove(slots[5]);
  ASSERT_TRUE(outbox.set_interval(slots[1], 0));
  ASSERT_TRUE(outbox.set_interval(slots[2], 50));
  EXPECT_EQ(outbox.size(), 4U);
  EXPECT_EQ(pop_all(outbox, 1000ms).values, (List{1, 2, 3, 4}));
  for (const auto slot : {slots[1], slots[2], slots[3], slots[4]}) outbox.mark(slot);
  EXPECT_EQ(pop_all(outbox, 1010ms).values, (List{1, 4})) << "those without an interval";
  EXPECT_EQ(pop_all(outbox, 1050ms).values, (List{2, 3}));
  const auto again = add(outbox, 8);
  EXPECT_TRUE(again == slots[0] || again == slots[5]) << "places are used again";
}

TEST(Outbox, WhoFoundNoRoomGoesBeforeThoseMarkedAgain) {
  Outbox outbox;
  std::vector<SlotIndex> slots;
  for (std::uint32_t i = 0; i < 150; ++i) slots.push_back(add(outbox, i));
  std::vector<int> given(slots.size());
  for (int frame = 0; frame < 10; ++frame) {
    for (const auto slot : slots) outbox.mark(slot);
    std::size_t room = 45;
    outbox.pop_due(
        1s, [](const Slot&) { return true; },
        [&](Slot& slot) {
          if (room-- == 0) return Outcome::kFull;
          ++given[slot.instrument.value()];
          return Outcome::kSent;
        });
  }
  EXPECT_EQ(std::count(given.begin(), given.end(), 3), 150) << "450 places for 150, all alike";
}

TEST(Outbox, MarkOnWhatIsHeldBackIsConflatedWithIt) {
  Outbox outbox;
  const auto slot = add(outbox, 7);
  pop_all(outbox, 1s, Outcome::kLater);
  EXPECT_FALSE(outbox.mark(slot)) << "one was owed already";
  EXPECT_EQ(pop_all(outbox, 2s).values, List{7});
  EXPECT_TRUE(outbox.mark(slot));
}

// Against the plainest thing that could be right: sets of what is owed.
TEST(Outbox, OwesWhatAModelOwesWhateverIsDone) {
  constexpr std::uint32_t kInstruments = 200;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 engine(seed);
    const auto below = [&](std::uint32_t end) {
      return static_cast<std::uint32_t>(engine() % end);
    };
    Outbox outbox;
    std::map<std::uint32_t, SlotIndex> slots;
    std::set<std::uint32_t> owed, held_back;
    for (int step = 0; step < 3'000; ++step) {
      const std::uint32_t instrument = below(kInstruments);
      const auto it = slots.find(instrument);
      if (it == slots.end()) {
        slots.emplace(instrument, add(outbox, instrument, below(3) * 10));
        owed.insert(instrument);
        continue;
      }
      switch (below(8)) {
        case 0:
          outbox.remove(it->second);
          owed.erase(instrument);
          held_back.erase(instrument);
          slots.erase(it);
          break;
        case 1:
          ASSERT_TRUE(outbox.set_interval(it->second, below(3) * 10));
          break;
        case 2:
          outbox.mark_status(it->second);
          break;
        case 3: {  // the frame has room for some; a seventh of the instruments is recovering
          std::size_t room = below(40);
          outbox.pop_due(
              step * 25ms,
              [&](const Slot& slot) {
                if (held_back.erase(slot.instrument.value()) > 0) {
                  owed.insert(slot.instrument.value());
                }
                return true;
              },
              [&](Slot& slot) {
                if (room == 0) return Outcome::kFull;
                --room;
                const auto given = slot.instrument.value();
                EXPECT_EQ(owed.erase(given), 1U);
                if (given % 7 != 0) return Outcome::kSent;
                held_back.insert(given);
                return Outcome::kLater;
              });
          EXPECT_TRUE(room == 0 || owed.empty());
          break;
        }
        default:
          EXPECT_EQ(outbox.mark(it->second),
                    !owed.contains(instrument) && !held_back.contains(instrument));
          held_back.erase(instrument);
          owed.insert(instrument);
      }
      EXPECT_EQ(outbox.size(), slots.size());
      EXPECT_TRUE(outbox.due().has_value() || owed.empty());
    }
  }
}

TEST(Outbox, FloorSlowsEveryIntervalUntilItIsLifted) {
  Outbox outbox;
  const auto slot = add(outbox, 1, 0);
  outbox.set_floor(500);
  pop_all(outbox, 1s);
  outbox.mark(slot);
  EXPECT_GE(*outbox.due(), 1500ms);
  outbox.set_floor(0);
  pop_all(outbox, *outbox.due());
  outbox.mark(slot);
  EXPECT_LE(*outbox.due(), 2s);
}

TEST(Outbox, MoreThan255DifferentIntervalsAreRefused) {
  Outbox outbox;
  for (std::uint32_t i = 0; i < 255; ++i) add(outbox, i, i);
  EXPECT_FALSE(outbox.add(InstrumentId{999}, Channel::kQuote, 25, 999).has_value());
  EXPECT_TRUE(outbox.add(InstrumentId{999}, Channel::kQuote, 25, 7).has_value());
}

}  // namespace tickgate::gateway

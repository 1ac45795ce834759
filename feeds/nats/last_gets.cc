// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/last_gets.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "schemas/text.h"

namespace tickgate::feeds {

LastGets::LastGets(Receivers& receivers) : receivers_(receivers), inbox_(make_inbox()) {
  auto added = receivers_.add(inbox_ + ".*", [this](natsMsg& message) { answer(message); });
  receiver_ = *std::move(added);  // there is no connection yet that could refuse it
}

LastGets::~LastGets() { receivers_.remove(receiver_); }

absl::Status LastGets::ask(Link& link, std::string_view stream, std::string_view subject,
                           OnLast on_last, Clock::time_point deadline) {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    if (questions_.size() >= NatsClient::kMostGets) {
      return absl::ResourceExhaustedError("too many questions are on their way");
    }
    number = ++last_;
    questions_[number] = {std::string(subject), std::move(on_last), deadline};
  }
  auto status = link.publish(
      absl::StrCat("$JS.API.DIRECT.GET.", schemas::to_absl(stream), ".", schemas::to_absl(subject)),
      {}, absl::StrCat(inbox_, ".", number));
  if (!status.ok()) {
    const std::lock_guard lock(mutex_);
    if (questions_.erase(number) == 0) return absl::OkStatus();  // it was answered already
  }
  return status;
}

void LastGets::answer(natsMsg& message) {
  Question question;
  {
    const auto subject = subject_of(message);
    const std::lock_guard lock(mutex_);
    const auto found = questions_.find(number_in(subject.substr(inbox_.size() + 1)).value_or(0));
    if (found == questions_.end()) return;  // too late
    question = std::move(found->second);
    questions_.erase(found);
  }
  const auto status = header_of(message, "Status");
  if (status.empty()) {
    const auto seq = number_in(header_of(message, "Nats-Sequence")).value_or(0);
    question.on_last(NatsClient::Last::kFound, {question.subject, payload_of(message), {}, seq});
  } else {
    const auto last = status == "404" ? NatsClient::Last::kNone : NatsClient::Last::kNoAnswer;
    question.on_last(last, {question.subject, {}, {}, 0});
  }
}

void LastGets::expire(Clock::time_point now) {
  std::vector<Question> over;
  {
    const std::lock_guard lock(mutex_);
    for (auto next = questions_.begin(); next != questions_.end();) {
      if (next->second.deadline <= now) {
        over.push_back(std::move(next->second));
        next = questions_.erase(next);
      } else {
        ++next;
      }
    }
  }
  for (const auto& question : over) {
    question.on_last(NatsClient::Last::kNoAnswer, {question.subject, {}, {}, 0});
  }
}

}  // namespace tickgate::feeds

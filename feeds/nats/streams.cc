// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/streams.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"

namespace tickgate::feeds {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// A cluster elects somebody for a new stream first.
constexpr milliseconds kMakeWait{5'000};

// The library and the server say -1 where there is no bound, and 0 for the age.
std::int64_t bound(std::int64_t value) { return value > 0 ? value : -1; }

jsStorageType storage_of(const StreamSpec& spec) {
  return spec.in_memory ? js_MemoryStorage : js_FileStorage;
}

// The fields of ours, into a configuration that may have others. `subjects` must outlive it.
void fill(jsStreamConfig& config, const StreamSpec& spec, std::vector<const char*>& subjects) {
  config.Name = spec.name.c_str();
  config.Subjects = subjects.data();
  config.SubjectsLen = static_cast<int>(subjects.size());
  config.MaxBytes = bound(spec.bytes);
  config.MaxAge = duration_cast<nanoseconds>(spec.age).count();
  config.MaxMsgsPerSubject = bound(spec.per_subject);
  config.Storage = storage_of(spec);
  config.Replicas = spec.replicas;
  config.AllowDirect = spec.direct;
  // What stays within this of an identical one is dropped by its id; we send none.
  const auto two_minutes = duration_cast<nanoseconds>(std::chrono::minutes(2)).count();
  config.Duplicates = config.MaxAge > 0 ? std::min(config.MaxAge, two_minutes) : two_minutes;
}

bool same(const jsStreamConfig& config, const StreamSpec& spec) {
  std::vector<std::string> subjects(config.Subjects, config.Subjects + config.SubjectsLen);
  return std::is_permutation(subjects.begin(), subjects.end(), spec.subjects.begin(),
                             spec.subjects.end()) &&
         bound(config.MaxBytes) == bound(spec.bytes) &&
         config.MaxAge == duration_cast<nanoseconds>(spec.age).count() &&
         bound(config.MaxMsgsPerSubject) == bound(spec.per_subject) &&
         config.Replicas == spec.replicas && config.AllowDirect == spec.direct;
}

absl::StatusOr<NatsStreamInfo> look_at(Link& link, const std::string& stream, milliseconds wait) {
  auto options = js_options(wait);
  jsStreamInfo* info = nullptr;
  jsErrCode code{};
  const auto s = js_GetStreamInfo(&info, link.streams(), stream.c_str(), &options, &code);
  if (s != NATS_OK) return nats_error(s, code, absl::StrCat("stream ", stream));
  return NatsStreamInfo(info);
}

}  // namespace

absl::StatusOr<bool> ensure_stream(Link& link, const StreamSpec& spec, milliseconds wait) {
  std::vector<const char*> subjects;
  for (const auto& subject : spec.subjects) subjects.push_back(subject.c_str());
  auto options = js_options(std::max(wait, kMakeWait));
  jsErrCode code{};
  auto info = look_at(link, spec.name, wait);
  if (absl::IsNotFound(info.status())) {
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    fill(config, spec, subjects);
    const auto s = js_AddStream(nullptr, link.streams(), &config, &options, &code);
    if (s != NATS_OK) return nats_error(s, code, absl::StrCat("make stream ", spec.name));
    return true;
  }
  if (!info.ok()) return info.status();
  jsStreamConfig config = *(*info)->Config;
  if (config.Storage != storage_of(spec)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "stream ", spec.name, " is in ",
        spec.in_memory ? "files and should be in memory" : "memory and should be in files",
        ", which cannot be changed: delete it, or say otherwise"));
  }
  if (same(config, spec)) return false;
  fill(config, spec, subjects);
  const auto s = js_UpdateStream(nullptr, link.streams(), &config, &options, &code);
  if (s != NATS_OK) return nats_error(s, code, absl::StrCat("change stream ", spec.name));
  return false;
}

absl::StatusOr<StreamInfo> stream_info(Link& link, const std::string& stream, milliseconds wait) {
  const auto info = look_at(link, stream, wait);
  if (!info.ok()) return info.status();
  const auto& state = (*info)->State;
  return StreamInfo{state.Msgs,
                    state.Bytes,
                    state.FirstSeq,
                    state.LastSeq,
                    static_cast<std::uint64_t>(state.NumSubjects),
                    (*info)->Created};
}

absl::StatusOr<StreamLimits> stream_limits(Link& link, milliseconds wait) {
  auto options = js_options(wait);
  jsAccountInfo* raw = nullptr;
  jsErrCode code{};
  const auto s = js_GetAccountInfo(&raw, link.streams(), &options, &code);
  if (s != NATS_OK) return nats_error(s, code, "JetStream");
  const std::unique_ptr<jsAccountInfo, schemas::FreedBy<jsAccountInfo_Destroy>> info(raw);
  return StreamLimits{info->Limits.MaxMemory, static_cast<std::int64_t>(info->Memory),
                      info->Limits.MaxStore, static_cast<std::int64_t>(info->Store)};
}

absl::StatusOr<std::uint64_t> publish_acked(Link& link, std::string_view subject,
                                            std::string_view payload,
                                            std::optional<std::uint64_t> last, milliseconds wait) {
  const std::string to(subject);
  jsPubOptions options;
  jsPubOptions_Init(&options);
  options.MaxWait = wait.count();
  if (last) {
    options.ExpectLastSubjectSeq = *last;
    options.ExpectNoMessage = *last == 0;
  }
  jsPubAck* raw = nullptr;
  jsErrCode code{};
  const auto s = js_Publish(&raw, link.streams(), to.c_str(), payload.data(),
                            static_cast<int>(payload.size()), &options, &code);
  if (s != NATS_OK) return nats_error(s, code, absl::StrCat("store at ", to));
  const std::unique_ptr<jsPubAck, schemas::FreedBy<jsPubAck_Destroy>> ack(raw);
  return ack->Sequence;
}

absl::StatusOr<NatsClient::Stored> last_stored(Link& link, const std::string& stream,
                                               const std::string& subject, milliseconds wait) {
  auto options = js_options(wait);
  natsMsg* raw = nullptr;
  jsErrCode code{};
  const auto s =
      js_GetLastMsg(&raw, link.streams(), stream.c_str(), subject.c_str(), &options, &code);
  if (s != NATS_OK) return nats_error(s, code, absl::StrCat("last of ", subject));
  const NatsMsg message(raw);
  return NatsClient::Stored{std::string(payload_of(*message)), natsMsg_GetSequence(raw)};
}

absl::Status erase(Link& link, const std::string& stream, std::uint64_t stream_seq,
                   milliseconds wait) {
  auto options = js_options(wait);
  jsErrCode code{};
  const auto s = js_DeleteMsg(link.streams(), stream.c_str(), stream_seq, &options, &code);
  if (s != NATS_OK) return nats_error(s, code, absl::StrCat("erase of ", stream));
  return absl::OkStatus();
}

}  // namespace tickgate::feeds

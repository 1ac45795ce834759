// SPDX-License-Identifier: Apache-2.0
#include "tests/support/nats_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "schemas/check.h"

namespace tickgate::testing {
namespace {

using Clock = std::chrono::steady_clock;

// As Debian installs it, and as deploy/packages.sh takes it out of the package.
std::string program() {
  for (const char* path : {"/usr/sbin/nats-server", "/usr/bin/nats-server",
                           "build/tools/proxies/usr/sbin/nats-server"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  return {};
}

template <typename Done>
void wait_until(Done done) {
  const auto deadline = Clock::now() + std::chrono::seconds(20);
  while (!done()) {
    TICKGATE_CHECK(Clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

bool listens(const std::string& port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool done =
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(socket);
  return done;
}

}  // namespace

bool NatsServer::is_there() { return !program().empty(); }

NatsServer::NatsServer(std::string config, std::string memory)
    : config_(std::move(config)), memory_(std::move(memory)) {
  start();
}

NatsServer::~NatsServer() { kill(); }

std::string NatsServer::write_config() const {
  return folder_.write("nats.conf", "listen: \"127.0.0.1:" + port_ +
                                        "\"\nwrite_deadline: \"500ms\"\nserver_name: \"test\"\n"
                                        "ports_file_dir: \"" +
                                        folder_.path("") + "\"\n" + "jetstream { store_dir: \"" +
                                        folder_.path("store") + "\", max_memory_store: " + memory_ +
                                        ", max_file_store: 64M }\n" + config_ + "\n");
}

void NatsServer::start() {
  TICKGATE_CHECK(process_ == -1);
  const auto path = program(), config = write_config(), log = folder_.path("log");
  process_ = ::fork();
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(file, 1);
    ::dup2(file, 2);
    ::execl(path.c_str(), path.c_str(), "-c", config.c_str(), nullptr);
    ::_exit(127);
  }
  TICKGATE_CHECK(process_ > 0);
  if (port_ == "-1") learn_port();
  wait_until([this] { return listens(port_); });
}

// It writes them as JSON: {"nats":["nats://127.0.0.1:35123"]}.
void NatsServer::learn_port() {
  const auto path = folder_.path("nats-server_" + std::to_string(process_) + ".ports");
  wait_until([&] {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    const auto all = text.str();
    const auto colon = all.rfind(':');
    const auto end = all.find_first_not_of("0123456789", colon + 1);
    if (all.find('}') == std::string::npos || colon == std::string::npos) return false;
    port_ = all.substr(colon + 1, end - colon - 1);
    return !port_.empty();
  });
}

void NatsServer::kill() {
  if (process_ == -1) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

void NatsServer::freeze() {
  ::kill(process_, SIGSTOP);
  ::waitpid(process_, nullptr, WUNTRACED);  // it stands still when this returns
}
void NatsServer::go_on() { ::kill(process_, SIGCONT); }

std::string NatsServer::url(const std::string& host) const {
  return "nats://" + host + ":" + port_;
}

}  // namespace tickgate::testing

# SPDX-License-Identifier: Apache-2.0
# Which Debian packages tickgate is built and tested with, and how they get there.
# Sourced by deploy/demo.sh, tests/run.sh, tests/on_debian.sh and deploy/Dockerfile; runs under dash.
#
# Nothing is asked of the network while everything is installed, so that both commands work offline.

BUILD_PACKAGES="g++ cmake ninja-build pkg-config libsimdjson-dev libabsl-dev prometheus-cpp-dev
  libssl-dev libyaml-cpp-dev libfmt-dev libspdlog-dev zlib1g-dev libzstd-dev"

TEST_PACKAGES="libgtest-dev libgmock-dev libbenchmark-dev clang-14 libclang-rt-14-dev
  clang-format-14 clang-tidy-14 git python3 python3-pytest python3-pytest-xdist python3-websockets
  python3-yaml python3-jsonschema python3-jwt ccache openssl yamllint"

say() { printf '%s\n' "$*" >&2; }

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Debian 12 has the Boost we need (1.81) beside its default (1.74); later systems have it as default.
boost_is_installed() {
  is_installed libboost1.81-dev && return 0
  is_installed libboost-dev &&
    dpkg --compare-versions "$(dpkg-query -W -f '${Version}' libboost-dev)" ge 1.81
}
is_offered() { [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]; }
boost_package() {
  if is_offered libboost1.81-dev; then
    echo libboost1.81-dev
  else
    echo libboost-dev
  fi
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  else
    say "This needs root or sudo: $*"
    return 1
  fi
}

# The package lists are fetched once a run, and only when something has to be installed.
lists_are_fresh=no
refresh_lists() {
  [ "$lists_are_fresh" = yes ] && return 0
  as_root apt-get update -q >&2 || say "apt-get update failed; going on with the lists at hand."
  lists_are_fresh=yes
}

# install_packages NAME...: those of them that are missing, and nothing they merely recommend.
# --no-remove, because a package of ours must never throw out one that somebody uses.
install_packages() {
  missing=
  for package in "$@"; do
    is_installed "$package" || missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  say "Installing:$missing"
  refresh_lists
  # shellcheck disable=SC2086  # a list of words on purpose
  if ! as_root apt-get install -y -q --no-install-recommends --no-remove $missing >&2; then
    say "apt-get could not install:$missing"
    say "If it refused to remove packages: libboost1.81-dev cannot stand beside libboost-dev (1.74),"
    say "nor beside what depends on that. Remove libboost-dev, or build in a container (deploy/Dockerfile)."
    return 1
  fi
}

install_build_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "No dpkg here, so nothing is installed. tickgate is built with these Debian packages or their like:"
    say "libboost-dev (1.81 or later)" $BUILD_PACKAGES
    return 0
  fi
  if ! boost_is_installed; then
    refresh_lists
    install_packages "$(boost_package)" || return 1
  fi
  # shellcheck disable=SC2086
  install_packages $BUILD_PACKAGES || return 1
  # One tickgate alone is whole without it.
  install_if_offered libnats-dev || say "No libnats-dev: tickgate is built without NATS."
}

# What deploy/image makes the image with, and of.
install_image_packages() { install_packages ca-certificates python3; }

# A tool that only some tests need: without it they are skipped, by name, and the rest goes on.
install_if_offered() {
  is_installed "$1" && return 0
  refresh_lists
  is_offered "$1" && install_packages "$1"
}

# promtool and prometheus, taken out of their package: installing it would start a server.
fetch_prometheus() {
  command -v promtool >/dev/null 2>&1 && command -v prometheus >/dev/null 2>&1 && return 0
  refresh_lists
  mkdir -p build/tools/deb
  (cd build/tools/deb && rm -f prometheus_*.deb && apt-get download -q prometheus >&2) &&
    dpkg-deb --fsys-tarfile build/tools/deb/prometheus_*.deb |
    tar -x -C build/tools/deb --strip-components=3 -f - ./usr/bin/promtool ./usr/bin/prometheus &&
    mv build/tools/deb/promtool build/tools/deb/prometheus build/tools/
  fetched=$?
  rm -rf build/tools/deb
  return $fetched
}

# A server that the tests start, such as a proxy, taken out of its package like promtool.
fetch_proxy() {
  { [ -x "/usr/sbin/$1" ] || [ -x "build/tools/proxies/usr/sbin/$1" ]; } && return 0
  refresh_lists
  mkdir -p build/tools/deb build/tools/proxies
  (cd build/tools/deb && apt-get download -q "$1" >&2) &&
    dpkg-deb -x build/tools/deb/"$1"_*.deb build/tools/proxies
  fetched=$?
  rm -rf build/tools/deb
  return $fetched
}

# Call from the top of the tree: tools that come without a package go to build/tools.
install_test_packages() {
  PATH="$PWD/build/tools:$PATH"
  export PATH
  install_build_packages || return 1
  command -v dpkg-query >/dev/null 2>&1 || return 0
  # shellcheck disable=SC2086
  install_packages $TEST_PACKAGES || return 1
  install_image_packages || say "No certificate authorities: the image goes untested."
  install_if_offered skopeo || say "No skopeo: the image's archive is read by nobody else."
  # Debian's own kubectl cannot be unpacked over one that came from elsewhere.
  command -v kubectl >/dev/null 2>&1 || install_if_offered kubernetes-client ||
    say "No kubectl: what Kustomize renders goes untested."
  # Debian 12's Node is too old for the JavaScript client, whose tests are skipped then.
  command -v node >/dev/null 2>&1 || install_if_offered nodejs ||
    say "No node: the JavaScript client goes untested."
  command -v tsc >/dev/null 2>&1 || install_if_offered node-typescript ||
    say "No tsc: the types of the JavaScript client go uncompiled."
  command -v "${TICKGATE_CHROMIUM:-chromium}" >/dev/null 2>&1 || install_if_offered chromium ||
    say "No chromium: the console goes untested in a browser."
  # Its text is as wide as the tests of its looks take it for.
  install_if_offered fonts-liberation || say "No Liberation fonts: how the console looks may differ."
  for tool in debootstrap dpkg-dev lintian; do
    install_if_offered $tool || say "No $tool: the Debian packages go untested, or less tested."
  done
  for shell in zsh fish; do
    install_if_offered $shell || say "No $shell: its completions go untested."
  done
  install_if_offered groff-base || say "No groff: the form of the manual goes untested."
  install_if_offered python3-pip || say "No pip: the Python client goes untested on the newest websockets."
  install_if_offered python3-aiohttp || say "No aiohttp: that client goes untested."
  install_if_offered python3-prometheus-client || say "No prometheus_client: the form of OpenMetrics goes untested."
  for library in libpcre2-8-0 liblua5.3-0 libopentracing-c-wrapper0; do
    install_if_offered $library || say "No $library: a proxy may not run, and go untested."
  done
  fetch_proxy nginx || say "No nginx: that proxy goes untested."
  fetch_proxy haproxy || say "No haproxy: that proxy goes untested."
  # Taken out of its package as well: installing it would start a server.
  fetch_proxy nats-server || say "No nats-server: what goes over NATS goes untested."
  install_if_offered faketime || say "No faketime: no clock is set while NATS carries prices."
  fetch_prometheus || say "No prometheus: the form of the metrics, the rules and the dashboard go untested."
}

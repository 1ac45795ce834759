# SPDX-License-Identifier: Apache-2.0
"""The Debian packages: what is in them, and their life on a Debian that has nothing else.

That Debian is made by debootstrap (kept in build/debian12), and booted with its own systemd in
namespaces, over a layer that is thrown away.
"""
import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import ROOT

HERE = Path(__file__).resolve().parent
SYSTEM = ROOT / "build" / "debian12"
SECONDS = 120  # for one command, or until what is waited for
SIMULATED = """server:
  listen: 127.0.0.1:8080
  admin_listen: 127.0.0.1:9100
feeds:
  - venue: simulator
"""
# What the namespaces of a folder cannot give.
DROP_IN = "[Service]\nPrivateDevices=no\n"
# What running a system writes by itself, and what dpkg remembers.
NOT_OURS = ("var/log", "var/cache", "var/lib/dpkg", "var/lib/systemd", "var/tmp", "tmp", "run", "dev", "proc",
            "sys", "etc/machine-id", "etc/.pwd.lock", "root")


def run(*command, seconds=SECONDS, check=True):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, errors="replace",
                          timeout=seconds, check=False)
    assert not check or done.returncode == 0, f"{command}: {done.stdout[-3000:]}"
    return done.stdout if check else done


def until(condition, what):
    deadline = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {SECONDS} s: {what}"
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def packages(release_binary, tmp_path_factory):
    """-> the packages of two versions, and the symbols of the first"""
    for tool in ("cpack", "dpkg-shlibdeps", "dpkg-deb"):
        if not shutil.which(tool):
            pytest.skip(f"no {tool}")
    folder = tmp_path_factory.mktemp("packages")
    # Without compression, which would take most of the time.
    run("cpack", "--config", release_binary.parent / "CPackConfig.cmake", "-B", folder,
        "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=none", seconds=180)
    first, = folder.glob("tickgate_*.deb")
    symbols, = folder.glob("tickgate-dbgsym_*.deb")
    content, second = folder / "content", folder / "second.deb"
    run("dpkg-deb", "-R", first, content)
    control = content / "DEBIAN/control"
    control.write_text(re.sub(r"^(Version: .*-)1$", r"\g<1>2", control.read_text(), flags=re.M))
    run("dpkg-deb", "-b", "-Znone", "--root-owner-group", content, second)
    return first, second, symbols


def field(package, name):
    return run("dpkg-deb", "-f", package, name).strip()


def depends(package):
    return re.findall(r"(?:^|, )([^\s,]+)", field(package, "Depends"))


class Machine:
    """A booted Debian, by the process id of its systemd."""

    def __init__(self, layer):
        self.layer, self.root = layer, layer / "root"
        with open(layer / "console", "wb") as console:
            self.process = subprocess.Popen(["sh", HERE / "boot.sh", SYSTEM, layer], stdout=console,
                                            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            self.systemd = until(self.find_systemd, f"a systemd: {self.console()}")
            until(lambda: self.run("systemctl", "is-system-running", check=False).stdout.strip()
                  in ("running", "degraded"), f"a booted system: {self.console()}")
        except BaseException:
            self.end()
            raise

    def console(self):
        return (self.layer / "console").read_text(errors="replace")[-2000:]

    @staticmethod
    def children(process):
        with contextlib.suppress(OSError):
            return Path(f"/proc/{process}/task/{process}/children").read_text().split()
        return []

    def find_systemd(self):
        assert self.process.poll() is None, f"it does not boot: {self.console()}"
        for unshare in self.children(self.process.pid):
            for child in self.children(unshare):
                with contextlib.suppress(OSError):
                    if Path(f"/proc/{child}/comm").read_text() == "systemd\n":
                        return child
        return None

    def inside(self, *command):
        return ["nsenter", "-t", self.systemd, "-a", "-r", "-w", *map(str, command)]

    def run(self, *command, **more):
        return run(*self.inside("env", "DEBIAN_FRONTEND=noninteractive", *command), **more)

    def install(self, package):
        with open(package, "rb") as content:
            done = subprocess.run(self.inside("sh", "-c", "cat >/tmp/package.deb && dpkg -i /tmp/package.deb"),
                                  stdin=content, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  timeout=SECONDS * 2, check=False)
        assert done.returncode == 0, done.stdout

    def show(self, name):
        return self.run("systemctl", "show", "-P", name, "tickgate").strip()

    def wait_until_active(self):
        until(lambda: self.show("ActiveState") == "active", "an active service")
        return self.show("MainPID")

    def journal(self):
        return self.run("journalctl", "-u", "tickgate", "--no-pager", "-n", "40")

    def files(self):
        listed = self.run("find", "/", "-xdev", "-not", "-type", "d").splitlines()
        return {name for name in listed if not name[1:].startswith(NOT_OURS)}

    def write(self, path, text):
        self.run("sh", "-c", f"cat >{path} <<'END'\n{text}END")

    def end(self):
        for unshare in self.children(self.process.pid):
            for child in self.children(unshare):
                os.kill(int(child), 9)
        self.process.wait(SECONDS)


def bootstrap(wanted):
    """The system, with what the package depends on; made anew where it depends on something else."""
    mark = SYSTEM / ".complete"
    if mark.is_file() and mark.read_text() == " ".join(wanted):
        return
    shutil.rmtree(SYSTEM, ignore_errors=True)
    SYSTEM.parent.mkdir(exist_ok=True)
    # Whatever it mounts ends with it, also where it is interrupted.
    done = run("unshare", "--mount", "debootstrap", "--variant=minbase",
               "--include=systemd,systemd-sysv", "bookworm", SYSTEM, seconds=900, check=False)
    if done.returncode != 0:
        pytest.skip(f"debootstrap could not: {done.stdout[-500:]}")
    shutil.copy("/etc/resolv.conf", SYSTEM / "etc/resolv.conf")
    # apt, since some of them are provided by a package of another name.
    for words in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *wanted], ["clean"]):
        run("chroot", SYSTEM, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *words, seconds=600)
    mark.write_text(" ".join(wanted))


@pytest.fixture(scope="module")
def machine(packages, tmp_path_factory):
    for tool in ("debootstrap", "unshare", "nsenter"):
        if not shutil.which(tool):
            pytest.skip(f"no {tool}")
    if os.geteuid() != 0:
        pytest.skip("not root, who alone makes a system")
    bootstrap(depends(packages[0]))
    layer = tmp_path_factory.mktemp("layer")
    probe = run("unshare", "--mount", "sh", "-c", f"mkdir -p {layer}/cgroup && mount -t cgroup2 cgroup2 {layer}/cgroup",
                check=False)
    if probe.returncode != 0:
        pytest.skip("no cgroup of the second version may be mounted here")
    booted = Machine(layer)
    yield booted
    booted.end()


def test_the_package_says_what_it_is(packages, binary):
    first, second, symbols = packages
    assert (field(first, "Package"), field(symbols, "Package")) == ("tickgate", "tickgate-dbgsym")
    assert field(symbols, "Depends") == f"tickgate (= {field(first, 'Version')})"
    assert field(second, "Version") == field(first, "Version")[:-1] + "2"
    assert {"ca-certificates", "libssl3", "libc6"} <= set(depends(first))
    # Built with NATS where libnats-dev is, and whole without.
    with_nats = "libnats.so" in run("readelf", "-d", binary)
    assert any(name.startswith("libnats") for name in depends(first)) == with_nats


def test_lintian_finds_nothing(packages):
    if not shutil.which("lintian"):
        pytest.skip("no lintian")
    for package in (packages[0], packages[2]):
        found = run("lintian", "--allow-root", "--fail-on=none", "--suppress-tags",
                    "uses-no-compression-for-data-tarball", package, seconds=300)
        assert [line for line in found.splitlines() if line.startswith(("E:", "W:"))] == [], found


def test_a_life_of_it(machine, packages):
    """Installed, started, an invalid configuration refused, upgraded under a client, purged."""
    first, second, _ = packages
    machine.run("mkdir", "-p", "/etc/systemd/system/tickgate.service.d")
    machine.write("/etc/systemd/system/tickgate.service.d/folder.conf", DROP_IN)
    before = machine.files()
    machine.install(first)
    machine.wait_until_active()
    assert machine.show("UnitFileState") == "enabled"
    until(lambda: "0 of 3 feeds live" in machine.show("StatusText"), "a status line")

    machine.write("/etc/tickgate/tickgate.yaml", SIMULATED.replace("simulator", "nobody"))
    refused = machine.run("systemctl", "reload", "tickgate", check=False)
    assert refused.returncode != 0 and "tickgate.yaml:5" in machine.journal()
    machine.write("/etc/tickgate/tickgate.yaml", SIMULATED)
    machine.run("systemctl", "restart", "tickgate")
    old = machine.wait_until_active()
    user = machine.run("stat", "-c", "%u", f"/proc/{old}").strip()
    assert 61184 <= int(user) <= 65519, f"not a user that systemd made up: {user}"
    machine.run("systemctl", "reload", "tickgate")
    assert machine.wait_until_active() == old

    network = f"--net=/proc/{machine.systemd}/ns/net"
    client = subprocess.Popen(["nsenter", network, sys.executable, HERE / "package_client.py",
                               "ws://127.0.0.1:8080/v1/stream"], stdout=subprocess.PIPE, text=True)
    try:
        assert client.stdout.readline() == "live\n"
        machine.install(second)
        assert client.communicate(timeout=SECONDS)[0].split() == ["drain", "1012"]
    finally:
        client.kill()
        client.wait()
    assert machine.wait_until_active() != old
    assert machine.run("cat", "/etc/tickgate/tickgate.yaml") == SIMULATED
    assert machine.show("NRestarts") == "0"

    machine.run("dpkg", "--purge", "tickgate")
    assert machine.files() == before
    assert machine.show("LoadState") == "not-found"

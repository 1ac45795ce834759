# SPDX-License-Identifier: Apache-2.0
"""What `cmake --install` puts where, and that it is of use there."""
import gzip
import re
import shutil
import subprocess

import pytest


def run(*command):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=120).stdout


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def installed(build, binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    run("cmake", "--install", build, "--prefix", folder)
    return folder


def build_id(program):
    return re.search(r"Build ID: ([0-9a-f]+)", run("readelf", "-n", program))[1]


def sections(program):
    return set(re.findall(r"\] (\.\S+)", run("readelf", "-SW", program)))


def test_everything_is_in_its_place(installed):
    number = build_id(installed / "bin/tickgate")
    assert files(installed) == {
        "bin/tickgate",
        f"lib/debug/.build-id/{number[:2]}/{number[2:]}.debug",
        "lib/systemd/system/tickgate.service",
        "share/tickgate/tickgate.yaml", "share/tickgate/tickgate.schema.json",
        "share/tickgate/tickgate-ingest.yaml", "share/tickgate/tickgate-edge.yaml",
        "share/man/man1/tickgate.1.gz", "share/man/man5/tickgate.yaml.5.gz",
        "share/bash-completion/completions/tickgate", "share/zsh/site-functions/_tickgate",
        "share/fish/vendor_completions.d/tickgate.fish",
        *(f"share/doc/tickgate/{name}"
          for name in ("LICENSE", "CHANGELOG.md", "README.md", "protocol.md", "nats.md", "nats-server.conf",
                       "copyright"))}


def test_the_program_runs_from_there(installed):
    assert re.match(r"tickgate \d+\.\d+\.\d+( \([0-9a-f]{7,}(-dirty)?\))?\n$",
                    run(installed / "bin/tickgate", "version"))
    run(installed / "bin/tickgate", "check", "--config", installed / "share/tickgate/tickgate.yaml")


def test_what_only_a_debugger_reads_lies_apart(installed, binary):
    program = installed / "bin/tickgate"
    number = build_id(program)
    symbols = installed / "lib/debug/.build-id" / number[:2] / f"{number[2:]}.debug"
    assert build_id(symbols) == number == build_id(binary)
    assert not {".symtab", ".debug_info", ".debug_line"} & sections(program)
    assert {".symtab", ".debug_info", ".debug_line"} <= sections(symbols)
    assert f"{number[2:]}.debug" in run("readelf", "-p", ".gnu_debuglink", program)
    assert program.stat().st_size < binary.stat().st_size / 2


def test_a_component_is_installed_alone(build, binary, tmp_path):
    run("cmake", "--install", build, "--prefix", tmp_path, "--component", "debug")
    assert {name.split("/")[1] for name in files(tmp_path)} == {"debug"}


def test_the_unit_starts_what_is_installed(installed):
    unit = (installed / "lib/systemd/system/tickgate.service").read_text()
    programs = re.findall(r"^Exec\w+=(\S+/tickgate) ", unit, re.M)
    assert set(programs) == {str(installed / "bin/tickgate")}


@pytest.mark.parametrize("page", ["man1/tickgate.1", "man5/tickgate.yaml.5"])
def test_the_manual_has_no_mistake(installed, page):
    if not shutil.which("groff"):
        pytest.skip("no groff")
    text = gzip.decompress((installed / f"share/man/{page}.gz").read_bytes())
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-rLL=100n"], input=text, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    assert done.stderr == b""
    assert len(done.stdout.decode().splitlines()) > 100

# SPDX-License-Identifier: Apache-2.0
"""What `cmake --install` puts where, and that the program runs from there."""
import subprocess

from conftest import ROOT


def run(*command):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=True, timeout=120).stdout


def test_install_puts_the_program_its_configuration_and_its_papers(build, binary, tmp_path):
    run("cmake", "--install", build, "--prefix", tmp_path)
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    papers = {"LICENSE", "README.md", *(["protocol.md"] * (ROOT / "schemas/protocol.md").is_file())}
    assert found == {"bin/tickgate", "share/tickgate/tickgate.yaml",
                     *(f"share/doc/tickgate/{name}" for name in papers)}
    assert "tickgate" in run(tmp_path / "bin/tickgate", "version")
    run(tmp_path / "bin/tickgate", "check", "--config", tmp_path / "share/tickgate/tickgate.yaml")

# SPDX-License-Identifier: Apache-2.0
"""The release binary as it goes into the image: hardened, and with every library it asks for."""
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What debian:bookworm-slim has anyway.
IN_EVERY_DEBIAN = {"libc6", "libgcc-s1", "libstdc++6"}


def output_of(*command):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True,
                          text=True, timeout=60).stdout


def image_packages():
    """The packages that the last stage of the Dockerfile installs."""
    stage = (ROOT / "deploy/Dockerfile").read_text().split("\nFROM ")[-1]
    install = re.search(r"apt-get install (.*?)&&", stage, re.S).group(1)
    return {word for word in re.findall(r"\S+", install) if not word.startswith(("-", "\\"))}


def package_of(library):
    """The Debian package of a file; dpkg may know it under /usr or without it."""
    for path in (Path(library).resolve(), Path(library), "/usr" + library):
        found = subprocess.run(["dpkg-query", "-S", str(path)], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, check=False).stdout
        if found:
            return found.split(":")[0]
    return f"no package of {library}"


def on_bookworm():
    return "bookworm" in Path("/etc/os-release").read_text()


@pytest.fixture(scope="module")
def needed(release_binary):
    """The packages of the libraries that the binary asks for."""
    if not on_bookworm():
        pytest.skip("the image is Debian 12, and this system has other package names")
    return {package_of(library)
            for library in re.findall(r"=> (/\S+)", output_of("ldd", release_binary))}


def test_the_image_installs_every_library_that_is_asked_for(needed):
    assert needed - IN_EVERY_DEBIAN - image_packages() == set()


def test_the_image_installs_no_library_in_vain(needed):
    assert image_packages() - needed == {"ca-certificates"}


def test_the_binary_is_position_independent_with_read_only_relocations(release_binary):
    dynamic = output_of("readelf", "-d", release_binary)
    assert re.search(r"FLAGS_1\).*NOW.*PIE", dynamic)
    assert "GNU_RELRO" in output_of("readelf", "-lW", release_binary)


def test_the_stack_is_not_executable_and_is_guarded(release_binary):
    stack = re.search(r"GNU_STACK.*", output_of("readelf", "-lW", release_binary)).group(0)
    assert "RWE" not in stack
    assert "__stack_chk_fail" in output_of("readelf", "--dyn-syms", "-W", release_binary)

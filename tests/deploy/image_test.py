# SPDX-License-Identifier: Apache-2.0
"""The release binary as it goes into the image: hardened, and with every library it asks for."""
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TICKGATE = ROOT / "build" / "release" / "tickgate"
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


@unittest.skipUnless(TICKGATE.exists(), "no release build")
class Binary(unittest.TestCase):
    def test_the_image_installs_every_library_that_is_asked_for(self):
        if "bookworm" not in Path("/etc/os-release").read_text():
            self.skipTest("the image is Debian 12, and this system has other package names")
        libraries = re.findall(r"=> (/\S+)", output_of("ldd", TICKGATE))
        needed = {package_of(library) for library in libraries}
        self.assertEqual(needed - IN_EVERY_DEBIAN - image_packages(), set())

    def test_the_image_installs_no_library_in_vain(self):
        libraries = {package_of(path) for path in re.findall(r"=> (/\S+)", output_of("ldd", TICKGATE))}
        if "bookworm" in Path("/etc/os-release").read_text():
            self.assertEqual(image_packages() - libraries, {"ca-certificates"})

    def test_the_binary_is_position_independent_with_read_only_relocations(self):
        dynamic = output_of("readelf", "-d", TICKGATE)
        self.assertRegex(dynamic, r"FLAGS_1\).*NOW.*PIE")
        self.assertIn("GNU_RELRO", output_of("readelf", "-lW", TICKGATE))

    def test_the_stack_is_not_executable_and_is_guarded(self):
        stack = re.search(r"GNU_STACK.*", output_of("readelf", "-lW", TICKGATE)).group(0)
        self.assertNotIn("RWE", stack)
        self.assertIn("__stack_chk_fail", output_of("readelf", "--dyn-syms", "-W", TICKGATE))


if __name__ == "__main__":
    unittest.main(verbosity=2)

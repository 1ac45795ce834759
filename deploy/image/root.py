# SPDX-License-Identifier: Apache-2.0
"""Makes the root file system of the image: the program, the shared libraries that it asks for, the
venues' certificate authorities, and which packages they are of. No shell, no package manager.

  python3 root.py BUILD ROOT

All but the program is copied from the packages that are installed here, each file held against its
package's checksum.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import packages
import sbom

USER = 65532
FILES = {
    "etc/passwd": f"root:x:0:0:root:/:/sbin/nologin\nnonroot:x:{USER}:{USER}:nonroot:/:/sbin/nologin\n",
    "etc/group": f"root:x:0:\nnonroot:x:{USER}:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}
BUNDLE = "etc/ssl/certs/ca-certificates.crt"
LINKS = {"usr/lib/ssl/cert.pem": "/" + BUNDLE}  # where OpenSSL looks
DIRECTORIES = ("dev", "proc", "sys")  # where an engine mounts what it brings
# By these a scanner knows which advisories are meant.
RELEASE = ("/etc/os-release", "/etc/debian_version")


def output_of(*command):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True,
                          text=True).stdout


def libraries(program):
    """The paths by which the program finds its libraries, and its loader."""
    listed = output_of("ldd", program)
    missing = re.findall(r"^\s*(\S+) => not found", listed, re.M)
    if missing:
        sys.exit(f"root.py: {program} asks for {', '.join(missing)}, which is not here")
    return sorted(re.findall(r"(?:=>|^)\s*(/\S+) \(0x", listed, re.M))


class Root:
    """The folder, and which package what in it is of."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.packages = {}  # name -> Package

    def write(self, path, content, mode=0o644):
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        target.chmod(mode)

    def link(self, path, target):
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.is_symlink():
            place.symlink_to(target)

    def take(self, path):
        """A file of a package, by any of its names; symbolic links on the way are kept."""
        path = pathlib.Path(path)
        top = pathlib.Path("/", path.parts[1])
        if top.is_symlink():  # /lib -> usr/lib
            self.link(top.relative_to("/"), os.readlink(top))
        path = path.parent.resolve() / path.name
        if path.is_symlink():
            target = os.readlink(path)
            self.link(path.relative_to("/"), target)
            self.take(path.parent / target)
            return
        package = self.package_of(path)
        package.verify(path)
        executable = os.access(path, os.X_OK)
        self.write(path.relative_to("/"), path.read_bytes(), 0o755 if executable else 0o644)
        package.files.append(path.relative_to("/"))

    def package_of(self, path):
        name = packages.owner(path)
        if name not in self.packages:
            self.packages[name] = packages.Package(name)
        return self.packages[name]

    def take_authorities(self):
        """The bundle that ca-certificates makes when it is installed, without what was added here."""
        package = self.packages.setdefault("ca-certificates", packages.Package("ca-certificates"))
        parts = []
        for path in package.listed("/usr/share/ca-certificates/", ".crt"):
            package.verify(path)
            parts.append(path.read_bytes().rstrip() + b"\n")
        if not parts:
            sys.exit("root.py: ca-certificates has no certificates here")
        self.write(BUNDLE, b"".join(parts))
        package.files.append(pathlib.Path(BUNDLE))

    def describe(self):
        """As distroless images do, so that scanners find the packages: a stanza in a file each."""
        for package in self.packages.values():
            place = pathlib.Path("usr/share/doc", package.plain_name, "copyright")
            self.write(place, pathlib.Path("/", place).resolve().read_bytes())
            package.files.append(place)
            self.write(f"var/lib/dpkg/status.d/{package.plain_name}", package.stanza())
            self.write(f"var/lib/dpkg/status.d/{package.plain_name}.md5sums", "".join(
                f"{packages.digest('md5', self.folder / path)}  {path}\n"
                for path in sorted(package.files)))


def install(build, root):
    """What `cmake --install` puts into place, as far as a container has use for it."""
    with tempfile.TemporaryDirectory() as staged:
        output_of("cmake", "--install", build, "--prefix", staged, "--strip")
        for name, mode in (("bin/tickgate", 0o755), ("share/tickgate/tickgate.yaml", 0o644),
                           ("share/doc/tickgate/LICENSE", 0o644)):
            path = pathlib.Path(staged, name)
            place = f"usr/local/{name}" if mode == 0o755 else f"usr/{name}"
            root.write(place, path.read_bytes(), mode)


def main(build, folder):
    os.umask(0o022)
    shutil.rmtree(folder, ignore_errors=True)
    root = Root(folder)
    install(build, root)
    program = root.folder / "usr/local/bin/tickgate"
    for path in (*libraries(program), *RELEASE):
        root.take(path)
    root.take_authorities()
    root.describe()
    for path, content in FILES.items():
        root.write(path, content)
    for path, target in LINKS.items():
        root.link(path, target)
    for name in DIRECTORIES:
        (root.folder / name).mkdir()
    version = output_of(program, "--version").split()[1]
    listed = sbom.document(root.folder, version, list(root.packages.values()))
    root.write("usr/share/doc/tickgate/tickgate.spdx.json", listed)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

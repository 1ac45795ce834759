# SPDX-License-Identifier: Apache-2.0
"""What dpkg knows of an installed package."""
import functools
import hashlib
import pathlib
import re
import subprocess
import sys

INFO = pathlib.Path("/var/lib/dpkg/info")


def digest(kind, path):
    return hashlib.new(kind, pathlib.Path(path).read_bytes(), usedforsecurity=False).hexdigest()


def spellings(path):
    """dpkg may know a file under /usr or without it: /lib is a link to /usr/lib by now."""
    text = str(path)
    return [text, text.removeprefix("/usr") if text.startswith("/usr/") else "/usr" + text]


@functools.cache
def owners():
    """Path -> package, with its architecture where dpkg says one: libc6:amd64. To ask dpkg-query for
    each file takes a tenth of a second a file."""
    return {path: listing.stem for listing in INFO.glob("*.list")
            for path in listing.read_text(errors="surrogateescape").splitlines()}


def owner(path):
    for spelling in spellings(path):
        if spelling in owners():
            return owners()[spelling]
    sys.exit(f"{path} belongs to no package: the image would hold what nobody can name")


class Package:
    def __init__(self, name):
        self.name = name
        self.plain_name = name.partition(":")[0]
        self.files = []  # of it in the image, without the slash in front

    @functools.cached_property
    def fields(self):
        """As dpkg's status has them; a field may have several lines."""
        text = subprocess.run(["dpkg-query", "-s", self.name], stdout=subprocess.PIPE, check=True,
                              text=True).stdout
        return dict(re.findall(r"^([A-Za-z-]+): ?(.*(?:\n .*)*)", text, re.M))

    @property
    def version(self):
        return self.fields["Version"]

    def stanza(self):
        """For a scanner: what the package is. What only an installed one has is left out."""
        wanted = ("Package", "Status", "Priority", "Section", "Maintainer", "Architecture",
                  "Multi-Arch", "Source", "Version", "Depends", "Description", "Homepage")
        return "".join(f"{name}: {self.fields[name]}\n" for name in wanted if name in self.fields)

    @functools.cached_property
    def sums(self):
        for name in (self.name, self.plain_name):
            path = INFO / f"{name}.md5sums"
            if path.is_file():
                return dict(reversed(line.split(maxsplit=1)) for line in path.read_text().splitlines())
        return {}

    def verify(self, path):
        """That it is still what the package brought; what is configuration has no checksum there."""
        for spelling in spellings(path):
            wanted = self.sums.get(spelling[1:])
            if wanted is not None and wanted != digest("md5", path):
                sys.exit(f"{path} is not what {self.name} {self.version} brought")

    def listed(self, below, ending):
        text = subprocess.run(["dpkg-query", "-L", self.name], stdout=subprocess.PIPE, check=True,
                              text=True).stdout
        return sorted(pathlib.Path(line) for line in text.splitlines()
                      if line.startswith(below) and line.endswith(ending))

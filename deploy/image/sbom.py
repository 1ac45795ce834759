# SPDX-License-Identifier: Apache-2.0
"""The list of what is in the image, as SPDX 2.3 in JSON (https://spdx.github.io/spdx-spec/v2.3)."""
import datetime
import hashlib
import json
import os
import pathlib
import re

import packages

PROGRAM = "usr/local/bin/tickgate"
# Debian's short names of licences that have one of SPDX's; those that are alike need no entry.
KNOWN = {
    "expat": "MIT", "x11": "X11", "zlib": "Zlib", "isc": "ISC", "0bsd": "0BSD", "apache-2.0": "Apache-2.0",
    "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause", "bsl-1.0": "BSL-1.0",
    "cc0-1.0": "CC0-1.0", "mpl-2.0": "MPL-2.0", "gpl-1+": "GPL-1.0-or-later", "gpl-2": "GPL-2.0-only",
    "gpl-2+": "GPL-2.0-or-later", "gpl-2.0+": "GPL-2.0-or-later", "gpl-3": "GPL-3.0-only",
    "gpl-3+": "GPL-3.0-or-later", "lgpl-2.1": "LGPL-2.1-only", "lgpl-2.1+": "LGPL-2.1-or-later",
}


def spdx_id(kind, name):
    return f"SPDXRef-{kind}-" + re.sub(r"[^A-Za-z0-9.-]", "-", str(name))


class Licences:
    """Debian's names as SPDX expressions; what has no name there gets one of ours, and its text."""

    def __init__(self):
        self.extracted = {}  # LicenseRef -> (Debian's name, text)

    def of(self, copyright_text):
        """All that its files are under; NOASSERTION where the file is not for machines (dep5)."""
        if not re.match(r"Format: ?\S*copyright-format", copyright_text):
            return "NOASSERTION"
        paragraphs = re.split(r"\n\s*\n", copyright_text)
        texts = dict(re.findall(r"^License: *(.+)\n((?: .*\n?)+)", copyright_text, re.M))
        names = {found.group(1).strip() for paragraph in paragraphs
                 if re.search(r"^Files:", paragraph, re.M)
                 and (found := re.search(r"^License: *(.+)$", paragraph, re.M))}
        return " AND ".join(sorted({self.expression(name, texts) for name in names})) or "NOASSERTION"

    def expression(self, name, texts):
        parts = re.split(r",?\s+(or|and)\s+", name, flags=re.I)
        words = [part.upper() if i % 2 else self.one(part, texts) for i, part in enumerate(parts)]
        return words[0] if len(words) == 1 else "(" + " ".join(words) + ")"

    def one(self, name, texts):
        known = KNOWN.get(name.lower())
        if known:
            return known
        text = texts.get(name, "Its text stands in /usr/share/doc/*/copyright of the package.")
        number = hashlib.sha256(text.encode()).hexdigest()[:8]  # two packages may mean two texts by it
        reference = "LicenseRef-Debian-" + re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-") + f"-{number}"
        self.extracted[reference] = (name, text)
        return reference

    def listed(self):
        return [{"licenseId": reference, "name": name, "extractedText": text}
                for reference, (name, text) in sorted(self.extracted.items())]


def file_entry(root, path):
    return {
        "SPDXID": spdx_id("File", path), "fileName": f"./{path}",
        "checksums": [{"algorithm": kind.upper(), "checksumValue": packages.digest(kind, root / path)}
                      for kind in ("sha1", "sha256")],
        "licenseConcluded": "NOASSERTION", "licenseInfoInFiles": ["NOASSERTION"],
        "copyrightText": "NOASSERTION",
    }


def package_entry(name, version, **more):
    return {"SPDXID": spdx_id("Package", name), "name": name, "versionInfo": version,
            "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION", **more}


def debian_entry(package, release, licences):
    source, _, source_version = package.fields.get("Source", package.plain_name).partition(" ")
    text = pathlib.Path(f"/usr/share/doc/{package.plain_name}/copyright").read_text(errors="replace")
    locator = (f"pkg:deb/debian/{package.plain_name}@{package.version.replace('+', '%2B').replace(':', '%3A')}"
               f"?arch={package.fields['Architecture']}&distro=debian-{release}")
    return package_entry(
        package.plain_name, package.version, licenseDeclared=licences.of(text),
        supplier="Organization: Debian",
        sourceInfo=f"built from {source} {source_version.strip('()') or package.version}",
        externalRefs=[{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                       "referenceLocator": locator}])


def verification_code(root, paths):
    """SPDX 2.3, 7.9: of the SHA-1s of a package's files, in order."""
    sums = "".join(sorted(packages.digest("sha1", root / path) for path in paths))
    return {"packageVerificationCodeValue":
            hashlib.sha1(sums.encode(), usedforsecurity=False).hexdigest()}


def document(root, version, installed):
    """-> its text. `installed`: the packages, with their files below `root`."""
    licences = Licences()
    release = (root / "etc/debian_version").read_text().partition(".")[0].strip()
    ours = [path.relative_to(root) for path in sorted(root.rglob("*"))
            if path.is_file() and not path.is_symlink()
            and (path.match("usr/local/bin/*") or "tickgate" in path.relative_to(root).parts)]
    contents = [("tickgate", ours)] + [(package.plain_name, package.files)
                                       for package in sorted(installed, key=lambda one: one.plain_name)]
    entries = [package_entry("tickgate", version, licenseDeclared="Apache-2.0", supplier="NOASSERTION")]
    entries += [debian_entry(package, release, licences)
                for package in sorted(installed, key=lambda one: one.plain_name)]
    for entry, (_, paths) in zip(entries, contents):
        entry.update(filesAnalyzed=True, licenseInfoFromFiles=["NOASSERTION"],
                     packageVerificationCode=verification_code(root, paths))
    image = package_entry("image", version, primaryPackagePurpose="CONTAINER")
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", image["SPDXID"])]
    for entry, (name, paths) in zip(entries, contents):
        relations.append((image["SPDXID"], "CONTAINS", entry["SPDXID"]))
        relations += [(entry["SPDXID"], "CONTAINS", spdx_id("File", path)) for path in sorted(paths)]
        if name != "tickgate":
            relations.append((entries[0]["SPDXID"], "DEPENDS_ON", entry["SPDXID"]))
    # Its headers are compiled in; no file of it is here.
    boost = headers_entry(release, licences)
    if boost:
        entries.append(boost)
        relations.append((entries[0]["SPDXID"], "STATIC_LINK", boost["SPDXID"]))
    files = [file_entry(root, path) for path in sorted({path for _, paths in contents for path in paths})]
    names = hashlib.sha256(json.dumps([entries, files]).encode()).hexdigest()
    created = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    return json.dumps({
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"tickgate-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/tickgate-{version}-{names}",
        "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "creators": ["Tool: deploy/image/sbom.py"]},
        "packages": [image, *entries], "files": files,
        "hasExtractedLicensingInfos": licences.listed(),
        "relationships": [{"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b}
                          for a, kind, b in relations],
    }, indent=1) + "\n"


def headers_entry(release, licences):
    header = pathlib.Path("/usr/include/boost/version.hpp")
    return debian_entry(packages.Package(packages.owner(header)), release, licences) if header.is_file() else None

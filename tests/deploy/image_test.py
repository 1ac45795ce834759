# SPDX-License-Identifier: Apache-2.0
"""The image, made as deploy/image.sh makes it: what is in it and nothing else, that it runs as it will
in a cluster, and that the list of its contents is true."""
import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import tarfile
import threading

import pytest

from conftest import ROOT

sys.path[:0] = [str(ROOT / "tests/end_to_end"), str(ROOT / "deploy/image")]
import certificate  # noqa: E402
import packages  # noqa: E402
from client import Client  # noqa: E402
from harness import Gateway, eventually  # noqa: E402

MOST_MIB = 24  # of files; README.md says how many there are
USER = 65532
PROGRAM = "usr/local/bin/tickgate"


def output_of(*command, **more):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True,
                          text=True, timeout=120, **more).stdout


@pytest.fixture(scope="module", name="make")
def maker(build, binary):
    """Makes an image in a folder."""
    if not pathlib.Path("/etc/debian_version").exists() or not shutil.which("dpkg-query"):
        pytest.skip("the image is made of Debian's packages, and this is no Debian")
    if b"__asan_init" in binary.read_bytes():
        pytest.skip("a sanitizer's program is not what the image is made of")

    def make(folder, **variables):
        output_of("sh", ROOT / "deploy/image.sh", build, folder,
                  env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000", "TICKGATE_COMMIT": "c0ffee",
                       **variables})
        return folder
    return make


@pytest.fixture(scope="module")
def image(make, tmp_path_factory):
    return make(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="module")
def root(image):
    return image / "root"


def files(root):
    return {path.relative_to(root): path for path in root.rglob("*")
            if path.is_file() and not path.is_symlink()}


def elves(root):
    return {name: path for name, path in files(root).items() if path.read_bytes()[:4] == b"\x7fELF"}


def needed(path):
    return set(re.findall(r"NEEDED.*\[(.*)\]", output_of("readelf", "-d", path)))


class Archive:
    """The image as it is handed on."""

    def __init__(self, path):
        with tarfile.open(path) as tar:
            self.parts = {member.name: tar.extractfile(member).read() for member in tar}
        self.index = json.loads(self.parts["index.json"])
        self.manifest = json.loads(self.blob(self.index["manifests"][0]))
        self.config = json.loads(self.blob(self.manifest["config"]))

    def blob(self, described):
        content = self.parts["blobs/" + described["digest"].replace(":", "/")]
        assert described["digest"] == "sha256:" + hashlib.sha256(content).hexdigest()
        assert described["size"] == len(content)
        return content


@pytest.fixture(scope="module")
def archive(image):
    return Archive(image / "tickgate.oci.tar")


@pytest.fixture(scope="module")
def sbom(image):
    return json.loads((image / "tickgate.spdx.json").read_text())


def test_made_twice_it_is_the_same_to_the_byte(make, image, tmp_path):
    os.utime(ROOT / "deploy/tickgate.yaml")
    mask = os.umask(0o077)
    try:
        again = make(tmp_path, TZ="Asia/Tokyo", LC_ALL="C")
    finally:
        os.umask(mask)
    for name in ("tickgate.oci.tar", "tickgate.spdx.json"):
        assert (image / name).read_bytes() == (again / name).read_bytes(), name


def test_every_library_that_is_asked_for_is_inside_and_no_other(root):
    inside = {path.name: name for name, path in elves(root).items() if ".so" in path.name}
    links = {path.name: path.resolve().name for path in root.rglob("*.so*") if path.is_symlink()}
    reached, rest = set(), [root / PROGRAM]
    while rest:
        path = rest.pop()
        for library in needed(path):
            name = links.get(library, library)
            assert name in inside, f"{path.name} asks for {library}"
            if name not in reached:
                reached.add(name)
                rest.append(root / inside[name])
    assert set(inside) - reached == set()


def test_no_other_program_is_inside_and_no_script(root):
    can_run = {path.name for path in files(root).values() if path.stat().st_mode & 0o111}
    assert {name for name in can_run if ".so" not in name} == {"tickgate"}
    for path in root.rglob("*"):
        assert not path.lstat().st_mode & (stat.S_ISUID | stat.S_ISGID), path
        assert not path.is_file() or path.read_bytes()[:2] != b"#!", path


def test_no_debug_information_is_inside_and_it_is_small(root):
    for path in elves(root).values():
        assert ".debug_info" not in output_of("readelf", "-SW", path), path
    assert ".symtab" not in output_of("readelf", "-SW", root / PROGRAM)
    assert sum(path.stat().st_size for path in files(root).values()) < MOST_MIB * 2**20


def test_authorities_are_those_of_the_package_and_none_of_this_machine(root):
    bundle = (root / "etc/ssl/certs/ca-certificates.crt").read_text()
    listed = packages.Package("ca-certificates").listed("/usr/share/ca-certificates/", ".crt")
    assert bundle.count("BEGIN CERTIFICATE") == len(listed) > 50
    context = ssl.create_default_context(cadata=bundle)
    assert context.cert_store_stats()["x509_ca"] == len(listed)


def test_what_is_not_as_its_package_brought_it_is_refused(tmp_path):
    package = packages.Package("ca-certificates")
    path = package.listed("/usr/share/ca-certificates/", ".crt")[0]
    package.verify(path)
    package.sums = {str(path)[1:]: hashlib.md5(b"another", usedforsecurity=False).hexdigest()}
    with pytest.raises(SystemExit, match="is not what ca-certificates"):
        package.verify(path)
    with pytest.raises(SystemExit, match="belongs to no package"):
        packages.owner(tmp_path / "stranger")


def container(root, folder):
    """A program that is the one in the image, run as a cluster would: that root and no other, which it
    cannot write, as that user, without privileges."""
    if os.geteuid() != 0:
        pytest.skip("only root can enter another root")
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespaces here")
    script = folder / "in_image"
    script.write_text(f"""#!/bin/sh
exec unshare --mount sh -c '
  mount --bind {root} {root} && mount -t proc proc {root}/proc && mount --bind {folder} {root}/dev &&
    mount -o remount,bind,ro {root} && cd {root} &&
    exec setpriv --no-new-privs chroot --userspec={USER}:{USER} {root} /{PROGRAM} "$@"' sh "$@"
""")
    script.chmod(0o755)
    folder.chmod(0o755)
    return script


async def test_it_serves_as_nobody_on_a_root_that_it_cannot_write(root, tmp_path):
    with Gateway.demo(container(root, tmp_path)) as gateway:
        status = pathlib.Path(f"/proc/{gateway.process.pid}/status").read_text()
        assert re.search(rf"^Uid:\s+{USER}\s+{USER}\s+{USER}\s+{USER}$", status, re.M), status
        assert re.search(r"^CapEff:\s+0+$", status, re.M), status
        mounts = pathlib.Path(f"/proc/{gateway.process.pid}/mounts").read_text()
        assert re.search(r"^\S+ / \S+ ro\b", mounts, re.M), mounts
        async with Client(gateway) as client:
            await client.subscribe("quote", "SIM:BTC-USD")
            await client.until(lambda told: told["type"] == "quote", "a quote")
        assert gateway.metric("tickgate_connections_opened_total") == 1
        assert gateway.metric("process_resident_memory_bytes") > 2**20
        assert gateway.metric("process_open_fds") > 5


def test_the_sample_configuration_is_good_inside(root, tmp_path):
    program = container(root, tmp_path)
    told = output_of(program, "check", "--config", "/usr/share/tickgate/tickgate.yaml")
    assert told.endswith(": good\n")
    assert output_of(program, "--version").startswith("tickgate ")


class Door(threading.Thread):
    """A TLS server that lets one in, and says whether the certificate was believed."""

    def __init__(self, keys):
        super().__init__(daemon=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*keys)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.asked = []

    def run(self):
        while True:
            try:
                wire, _ = self.listener.accept()
            except OSError:
                return  # closed
            wire.settimeout(10)
            try:
                with self.context.wrap_socket(wire, server_side=True) as safe:
                    self.asked.append(safe.recv(4096)[:3])
            except (OSError, ssl.SSLError) as error:
                self.asked.append(str(error))


@pytest.mark.parametrize("listed", [True, False])
async def test_a_venue_is_believed_by_the_authorities_inside(root, tmp_path, listed):
    keys = certificate.self_signed(tmp_path, "venue")
    its = tmp_path / "root"
    shutil.copytree(root, its, symlinks=True)
    if listed:
        with open(its / "etc/ssl/certs/ca-certificates.crt", "a", encoding="ascii") as bundle:
            bundle.write(keys[0].read_text())
    door = Door(keys)
    door.start()
    gateway = Gateway.serve(container(its, tmp_path), f"""- venue: kraken
  symbols: [BTC-USD]
  reconnect_min: 100ms
  websocket_url: wss://127.0.0.1:{door.port}/v2
  rest_url: https://127.0.0.1:{door.port}
""")
    # In a cluster it is mounted; here /dev is the one folder of the host that is seen inside.
    shutil.copy(pathlib.Path(gateway.folder.name) / "tickgate.yaml", tmp_path)
    gateway.arguments = ["serve", "--config", "/dev/tickgate.yaml"]
    gateway.ready_path = "/livez"
    with gateway:
        await eventually(lambda: door.asked, "it comes to the venue")
        said = door.asked[0]
        assert (said == b"GET") if listed else ("unknown ca" in said), said
    door.listener.close()


def test_the_list_has_what_spdx_demands(sbom):
    assert (sbom["spdxVersion"], sbom["dataLicense"], sbom["SPDXID"]) == (
        "SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT")
    assert re.fullmatch(r"https://\S+", sbom["documentNamespace"]) and "#" not in sbom["documentNamespace"]
    assert sbom["creationInfo"]["created"] == "2023-11-14T22:13:20Z"
    assert all(re.match(r"(Tool|Person|Organization): ", one) for one in sbom["creationInfo"]["creators"])
    elements = [sbom["SPDXID"], *(one["SPDXID"] for one in sbom["packages"] + sbom["files"])]
    assert len(set(elements)) == len(elements)
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", one) for one in elements)
    for package in sbom["packages"]:
        assert package["name"] and package["versionInfo"] and package["downloadLocation"]
        assert package["filesAnalyzed"] == ("packageVerificationCode" in package)
    references = {one["licenseId"] for one in sbom["hasExtractedLicensingInfos"]}
    assert all(one["extractedText"].strip() for one in sbom["hasExtractedLicensingInfos"])
    used = {word for package in sbom["packages"]
            for word in re.findall(r"LicenseRef-[A-Za-z0-9.-]+", package["licenseDeclared"])}
    assert used == references
    for relation in sbom["relationships"]:
        assert {relation["spdxElementId"], relation["relatedSpdxElement"]} <= set(elements)
    described = [one for one in sbom["relationships"] if one["relationshipType"] == "DESCRIBES"]
    assert [one["relatedSpdxElement"] for one in described] == ["SPDXRef-Package-image"]


def test_the_list_and_the_root_say_the_same(sbom, root):
    listed = {one["fileName"][2:]: {sum["algorithm"]: sum["checksumValue"] for sum in one["checksums"]}
              for one in sbom["files"]}
    own = {"etc/passwd", "etc/group", "etc/nsswitch.conf", "usr/share/doc/tickgate/tickgate.spdx.json"}
    found = {str(name): path for name, path in files(root).items()
             if "status.d" not in name.parts and str(name) not in own}
    assert set(listed) == set(found)
    for name, path in found.items():
        assert listed[name]["SHA256"] == hashlib.sha256(path.read_bytes()).hexdigest(), name
        assert listed[name]["SHA1"] == packages.digest("sha1", path), name
    contains = {one["relatedSpdxElement"] for one in sbom["relationships"]
                if one["relationshipType"] == "CONTAINS"}
    assert {one["SPDXID"] for one in sbom["files"]} <= contains


def test_each_package_of_the_list_is_where_scanners_look(sbom, root):
    inside = {}
    for path in (root / "var/lib/dpkg/status.d").iterdir():
        if path.suffix != ".md5sums":
            fields = dict(re.findall(r"^(\S+): (.*)$", path.read_text(), re.M))
            inside[fields["Package"]] = fields["Version"]
            assert (root / "usr/share/doc" / fields["Package"] / "copyright").stat().st_size > 0
    compiled_in = {one["relatedSpdxElement"] for one in sbom["relationships"]
                   if one["relationshipType"] == "STATIC_LINK"}
    listed = {one["name"]: one for one in sbom["packages"] if one["SPDXID"] not in compiled_in}
    assert set(listed) - {"image", "tickgate"} == set(inside)
    assert {"libc6", "libssl3", "ca-certificates", "base-files"} <= set(inside) or "libssl3t64" in inside
    with_nats = any(library.startswith("libnats.so") for library in needed(root / PROGRAM))
    assert any(re.fullmatch(r"libnats[\d.]+(t64)?", name) for name in inside) == with_nats
    for name, version in inside.items():
        assert listed[name]["versionInfo"] == version
        assert version in output_of("dpkg-query", "-W", "-f", "${Version}\n", name).split()
        assert listed[name]["externalRefs"][0]["referenceLocator"].startswith(f"pkg:deb/debian/{name}@")
    assert [name for name in (one["name"] for one in sbom["packages"]) if "boost" in name]


def test_the_archive_is_an_oci_layout(archive):
    assert json.loads(archive.parts["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    (layer,) = archive.manifest["layers"]
    unpacked = gzip.decompress(archive.blob(layer))
    assert archive.config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(unpacked).hexdigest()]
    (docker,) = json.loads(archive.parts["manifest.json"])
    assert docker["Layers"] == ["blobs/" + layer["digest"].replace(":", "/")]
    assert json.loads(archive.parts[docker["Config"]]) == archive.config
    with tarfile.open(fileobj=io.BytesIO(unpacked)) as tar:
        members = tar.getmembers()
    assert {(one.uid, one.gid, one.uname, one.gname, one.mtime) for one in members} == {(0, 0, "", "", 1700000000)}
    assert {one.mode for one in members} <= {0o755, 0o644, 0o777}
    assert [one.name for one in members if one.mode == 0o777 and not one.issym()] == []


def test_it_is_run_as_the_dockerfile_says(archive, sbom):
    settings = archive.config["config"]
    assert (settings["User"], settings["Entrypoint"], settings["Cmd"], settings["StopSignal"]) == (
        "65532:65532", [f"/{PROGRAM}"], ["--help"], "SIGTERM")
    assert settings["ExposedPorts"] == {"8080/tcp": {}, "9100/tcp": {}}
    assert settings["Env"] == ["PATH=/usr/local/bin"]
    check = settings["Healthcheck"]
    assert check.pop("Test")[:3] == ["CMD", f"/{PROGRAM}", "health"]
    assert check == {"Interval": 10 * 10**9, "Timeout": 6 * 10**9, "StartPeriod": 30 * 10**9, "Retries": 3}
    labels = {name.removeprefix("org.opencontainers.image."): text
              for name, text in settings["Labels"].items()}
    assert labels["title"] == "tickgate" and labels["licenses"] == "Apache-2.0"
    assert labels["version"] == next(one["versionInfo"] for one in sbom["packages"] if one["name"] == "tickgate")
    assert labels["revision"] == "c0ffee"
    assert labels["created"] == "2023-11-14T22:13:20Z"
    assert archive.manifest["annotations"] == settings["Labels"]


def test_whatever_the_dockerfile_copies_reaches_the_engine():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert ignored[0] == "*"
    sent = {line.removeprefix("!") for line in ignored[1:]}
    for line in re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "deploy/Dockerfile").read_text(), re.M):
        for name in line.split()[:-1]:
            assert name in sent or str(pathlib.Path(name).parent) in sent, name
            assert (ROOT / name).exists(), name


def test_skopeo_reads_it(image):
    if not shutil.which("skopeo"):
        pytest.skip("no skopeo: nobody else has read the archive")
    for kind in ("oci-archive", "docker-archive"):
        told = json.loads(output_of("skopeo", "inspect", f"{kind}:{image / 'tickgate.oci.tar'}"))
        assert told["Labels"]["org.opencontainers.image.title"] == "tickgate", kind


def test_the_binary_is_position_independent_with_read_only_relocations(release_binary):
    dynamic = output_of("readelf", "-d", release_binary)
    assert re.search(r"FLAGS_1\).*NOW.*PIE", dynamic)
    assert "GNU_RELRO" in output_of("readelf", "-lW", release_binary)


def test_the_stack_is_not_executable_and_is_guarded(release_binary):
    stack = re.search(r"GNU_STACK.*", output_of("readelf", "-lW", release_binary)).group(0)
    assert "RWE" not in stack
    assert "__stack_chk_fail" in output_of("readelf", "--dyn-syms", "-W", release_binary)

# SPDX-License-Identifier: Apache-2.0
"""Packs a root file system as an image that podman, docker and skopeo load: an OCI layout in a tar,
with the index of `docker save` beside its own.

  python3 archive.py ROOT FILE

How it runs (user, entry point, labels and so on) is what the last stage of deploy/Dockerfile says.
"""
import datetime
import gzip
import hashlib
import io
import json
import os
import pathlib
import platform
import re
import shlex
import sys
import tarfile

DOCKERFILE = pathlib.Path(__file__).resolve().parents[1] / "Dockerfile"
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
OCI = "application/vnd.oci.image"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
SECONDS = 1_000_000_000  # Docker's durations are nanoseconds


def instructions(text):
    """Of the last stage: [(name, argument)]."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\s*\n", " ", "\n".join(lines))
    words = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    last = max(i for i, (name, *_) in enumerate(words) if name == "FROM")
    return [(name, " ".join(argument)) for name, *argument in words[last + 1:]]


def pairs(argument):
    """key=value key="some value" """
    return dict(word.split("=", 1) for word in shlex.split(argument))


def health(argument):
    """--interval=10s CMD ["program", "word"]"""
    options, _, command = argument.partition("CMD")
    check = {"Test": ["CMD", *json.loads(command)]}
    for name, number, unit in re.findall(r"--([a-z-]+)=(\d+)(s?)\b", options):
        check[name.title().replace("-", "")] = int(number) * (SECONDS if unit else 1)
    return check


def run_configuration(text):
    config = {"Env": [], "Labels": {}, "ExposedPorts": {}}
    for name, argument in instructions(text):
        if name == "ENV":
            config["Env"] += [f"{key}={value}" for key, value in pairs(argument).items()]
        elif name == "LABEL":
            config["Labels"].update(pairs(os.path.expandvars(argument)))
        elif name == "EXPOSE":
            config["ExposedPorts"].update({f"{port}/tcp": {} for port in argument.split()})
        elif name == "USER":
            config["User"] = argument
        elif name == "STOPSIGNAL":
            config["StopSignal"] = argument
        elif name in ("ENTRYPOINT", "CMD"):
            config[name.capitalize()] = json.loads(argument)
        elif name == "HEALTHCHECK":
            config["Healthcheck"] = health(argument)
        elif name not in ("COPY", "ARG"):  # the root itself; what the environment says
            sys.exit(f"archive.py: {DOCKERFILE} says {name}, which is not known here")
    return config


def entry(name, size=0, mode=0o644, kind=tarfile.REGTYPE):
    member = tarfile.TarInfo(name)
    member.type, member.size, member.mode, member.mtime = kind, size, mode, EPOCH
    return member


def layer(root):
    """The files as a tar: everything root's, of one time, in order."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(root))
            if path.is_symlink():
                member = entry(name, mode=0o777, kind=tarfile.SYMTYPE)
                member.linkname = os.readlink(path)
                tar.addfile(member)
            elif path.is_dir():
                tar.addfile(entry(name, mode=0o755, kind=tarfile.DIRTYPE))
            else:
                content = path.read_bytes()
                mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
                tar.addfile(entry(name, len(content), mode), io.BytesIO(content))
    return out.getvalue()


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def json_bytes(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def blob_path(content):
    return "blobs/" + digest(content).replace(":", "/")


def described(kind, content, **more):
    return {"mediaType": f"{OCI}.{kind}", "digest": digest(content), "size": len(content), **more}


def pack(root, target):
    settings = run_configuration(DOCKERFILE.read_text())
    # Docker's versions of labels may stand in a variable of the Dockerfile; here the list says it.
    listed = json.loads((root / "usr/share/doc/tickgate/tickgate.spdx.json").read_text())
    version = next(one["versionInfo"] for one in listed["packages"] if one["name"] == "tickgate")
    created = datetime.datetime.fromtimestamp(EPOCH, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    settings["Labels"] |= {"org.opencontainers.image.version": version,
                           "org.opencontainers.image.created": created}
    files = layer(root)
    packed = gzip.compress(files, 9, mtime=0)
    config = json_bytes({
        "created": created, "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux", "config": settings, "rootfs": {"type": "layers", "diff_ids": [digest(files)]},
        "history": [{"created": created, "created_by": "deploy/image/root.py"}]})
    manifest = json_bytes({
        "schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json",
        "config": described("config.v1+json", config),
        "layers": [described("layer.v1.tar+gzip", packed)],
        "annotations": settings["Labels"]})
    name = f"tickgate:{version}"
    index = json_bytes({
        "schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json",
        "manifests": [described("manifest.v1+json", manifest,
                                annotations={"org.opencontainers.image.ref.name": version,
                                             "io.containerd.image.name": f"docker.io/library/{name}"})]})
    docker = json_bytes([{"Config": blob_path(config), "RepoTags": [name], "Layers": [blob_path(packed)]}])
    contents = {"oci-layout": json_bytes({"imageLayoutVersion": "1.0.0"}), "index.json": index,
                "manifest.json": docker,
                **{blob_path(content): content for content in (config, manifest, packed)}}
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        for path, content in sorted(contents.items()):
            tar.addfile(entry(path, len(content)), io.BytesIO(content))
    print(f"{target}: {name}, {digest(manifest)}\n"
          f"{len(files) / 2**20:.1f} MiB of files, {len(packed) / 2**20:.1f} MiB to pull")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    pack(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))

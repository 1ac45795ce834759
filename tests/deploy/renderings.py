# SPDX-License-Identifier: Apache-2.0
"""What is rendered for each choice, by Kustomize and by Helm, as objects."""
import functools
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
TOOLS = ROOT / "build" / "tools"  # where tools.sh puts what it builds
COMPONENTS = sorted(path.name for path in (DEPLOY / "components").iterdir())
OVERLAYS = sorted(path.name for path in (DEPLOY / "overlays").iterdir())

# What people choose: a name, and the components beside the base; of an overlay it says them itself.
CHOICES = {"base": [], **{name: [name] for name in COMPONENTS}, "everything": COMPONENTS,
           **{name: None for name in OVERLAYS}}


def tool(name):
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), str(TOOLS)]))
    return found or pytest.skip(f"{name} is not there (sh tests/deploy/tools.sh builds it)")


def output_of(*command):
    done = subprocess.run([str(word) for word in command], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def kubectl_minor():
    version = json.loads(output_of(tool("kubectl"), "version", "--client", "-o", "json"))["clientVersion"]
    return int(re.match(r"\d+", version["minor"]).group())


@functools.lru_cache
def kustomize(components):
    """The command that renders; Debian 12's kubectl (1.20) knows no components."""
    built = shutil.which("kustomize", path=TOOLS)
    if built:
        return (built, "build")
    if components and kubectl_minor() < 21:
        pytest.skip("this kubectl knows no components (sh tests/deploy/tools.sh builds a kustomize that does)")
    return (tool("kubectl"), "kustomize")


@functools.lru_cache
def by_kustomize(choice):
    components = CHOICES[choice]
    if components is None:
        return parsed(output_of(*kustomize(True), DEPLOY / "overlays" / choice))
    if not components:
        return parsed(output_of(*kustomize(False), DEPLOY / "base"))
    with tempfile.TemporaryDirectory(prefix="tickgate-overlay-") as folder:
        def path(*parts):
            return os.path.relpath(DEPLOY.joinpath(*parts), os.path.realpath(folder))
        overlay = {"resources": [path("base")], "components": [path("components", name) for name in components]}
        Path(folder, "kustomization.yaml").write_text(json.dumps(overlay), encoding="utf-8")
        return parsed(output_of(*kustomize(True), folder))


RENDERERS = {"kustomize": by_kustomize}
RENDERINGS = [(renderer, choice) for renderer in RENDERERS for choice in CHOICES]


def parsed(text):
    return [item for item in yaml.safe_load_all(text) if item]


class Rendering:
    """The objects of one choice, and the parts that tests ask for."""

    def __init__(self, renderer, choice):
        self.renderer, self.choice = renderer, choice
        self.objects = RENDERERS[renderer](choice)
        self.deployment = self.one("Deployment")
        self.pod = self.deployment["spec"]["template"]
        self.spec = self.pod["spec"]
        self.container = self.spec["containers"][0]
        self.configuration = self.one("ConfigMap", "tickgate.yaml")["data"]["tickgate.yaml"]
        self.settings = yaml.safe_load(self.configuration)

    def all(self, kind):
        return [item for item in self.objects if item["kind"] == kind]

    def one(self, kind, key=None):
        """The only one of its kind; of several ConfigMaps the one that has the key."""
        found = [item for item in self.all(kind) if key is None or key in item["data"]]
        assert len(found) == 1, f"{len(found)} of {kind}"
        return found[0]

    def service(self, port):
        return next((item for item in self.all("Service") if item["spec"]["ports"][0]["name"] == port), None)

    def port(self, name):
        return next(port["containerPort"] for port in self.container["ports"] if port["name"] == name)

# SPDX-License-Identifier: Apache-2.0
"""What is rendered for each choice, by Kustomize and by Helm, as objects."""
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import textwrap
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
TOOLS = ROOT / "build" / "tools"  # where tools.sh puts what it builds
# One patches what others bring, so it comes behind them.
COMPONENTS = {path.name: path for path in sorted([*(DEPLOY / "components").iterdir(), DEPLOY / "grafana"],
                                                 key=lambda path: (path.name == "admin-token", path.name))}
DASHBOARD = DEPLOY / "grafana" / "tickgate.json"
OVERLAYS = sorted(path.name for path in (DEPLOY / "overlays").iterdir())

# What people choose: a name, and the components beside the base; of an overlay it says them itself.
CHOICES = {"base": [], **{name: [name] for name in COMPONENTS}, "everything": list(COMPONENTS),
           **{name: None for name in OVERLAYS}}


def find(name):
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), str(TOOLS)]))


def tool(name):
    return find(name) or pytest.skip(f"{name} is not there (sh tests/deploy/tools.sh builds it)")


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
        def path(one):
            return os.path.relpath(one, os.path.realpath(folder))
        overlay = {"resources": [path(DEPLOY / "base")], "components": [path(COMPONENTS[name]) for name in components]}
        Path(folder, "kustomization.yaml").write_text(json.dumps(overlay), encoding="utf-8")
        return parsed(output_of(*kustomize(True), folder))


CHART = DEPLOY / "helm" / "tickgate"
RULES = DEPLOY / "prometheus" / "rules.yml"
PROMETHEUS_RULE = DEPLOY / "components" / "prometheus-operator" / "prometheus-rule.yaml"
KEPT = Path(__file__).with_name("chart_everything.yaml")
# The values that choose what a component is.
VALUES = {"admin-token": {"adminToken": {"secretName": "tickgate-admin"}},
          "gateway-api": {"gatewayApi": {"enabled": True}},
          "grafana": {"grafanaDashboard": {"enabled": True}},
          "hpa": {"autoscaling": {"enabled": True}}, "ingress": {"ingress": {"enabled": True}},
          "nats": yaml.safe_load((DEPLOY / "helm" / "nats.yaml").read_text(encoding="utf-8")),
          "network-policy": {"networkPolicy": {"enabled": True}},
          "prometheus-operator": {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}},
          "reload-in-place": {"configReload": "inPlace"}}


def prometheus_rule():
    """The text of the component's PrometheusRule: its head, and deploy/prometheus/rules.yml below `spec`."""
    head = PROMETHEUS_RULE.read_text(encoding="utf-8").split("\nspec:\n")[0] + "\nspec:\n"
    rules = RULES.read_text(encoding="utf-8").removeprefix("# SPDX-License-Identifier: Apache-2.0\n")
    return head + textwrap.indent(rules, "  ")


def helm(*words):
    return output_of(tool("helm"), *words)


def template(release, *words):
    """What `helm template` renders; asked of no cluster, it takes an old Kubernetes unless told otherwise."""
    return parsed(helm("template", release, CHART, "--kube-version", "1.32.0", *words))


def by_values(values):
    """What the chart renders for these values, hooks of `helm test` left out."""
    with tempfile.TemporaryDirectory(prefix="tickgate-values-") as folder:
        path = Path(folder, "values.yaml")
        path.write_text(json.dumps(values), encoding="utf-8")
        return template("tickgate", "--skip-tests", "-f", path)


@functools.lru_cache
def by_helm(choice):
    components = CHOICES[choice]
    if components is None:
        return by_values(yaml.safe_load((DEPLOY / "helm" / f"{choice}.yaml").read_text(encoding="utf-8")))
    return by_values({key: value for name in components for key, value in VALUES[name].items()})


def without_files(objects):
    """The objects without what they carry of deploy/prometheus and deploy/grafana, which a test compares by itself."""
    emptied = {"PrometheusRule": {"spec": {}}, "ConfigMap": {"data": {}}}
    return [item if item["kind"] not in emptied or "tickgate.yaml" in item.get("data", {})
            else {**item, **emptied[item["kind"]]} for item in objects]


def kept(_choice):
    """What the chart rendered last for everything, for where there is no helm; keep.py writes it."""
    return parsed(KEPT.read_text(encoding="utf-8"))


def chart_digest():
    """Of all that the kept rendering is made of; the rules and the dashboard are left out of it."""
    digest = hashlib.sha256()
    for path in sorted(CHART.rglob("*")):
        if path.is_file() and "files" not in path.parts:
            digest.update(f"{path.relative_to(CHART)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


RENDERERS = {"kustomize": by_kustomize, "helm": by_helm, "kept": kept}


def is_rendered(renderer, choice):
    """Whether the tool for it is here."""
    if renderer == "helm":
        return find("helm") is not None
    knows_components = find("kustomize") or (find("kubectl") and kubectl_minor() >= 21)
    return knows_components or (choice == "base" and find("kubectl") is not None)


EVERY_RENDERING = [(renderer, choice) for renderer in ("kustomize", "helm") for choice in CHOICES]
# What can be looked at here; policy_test.py says what is missing.
RENDERINGS = [*(one for one in EVERY_RENDERING if is_rendered(*one)), ("kept", "everything")]
GATEWAY, INGEST = "tickgate", "tickgate-ingest"
# Of which pods: the gateways, and the ingests where there are some.
PODS = [*((*one, GATEWAY) for one in RENDERINGS),
        *((*one, INGEST) for one in RENDERINGS if one[1] in ("nats", "everything"))]


def parsed(text):
    return [item for item in yaml.safe_load_all(text) if item]


class Rendering:
    """The objects of one choice, and the parts that tests ask for of its gateways, or of its ingests."""

    def __init__(self, renderer, choice, name=GATEWAY):
        self.renderer, self.choice, self.name = renderer, choice, name
        self.objects = RENDERERS[renderer](choice)
        self.deployment = next(item for item in self.all("Deployment") if item["metadata"]["name"] == name)
        self.pod = self.deployment["spec"]["template"]
        self.spec = self.pod["spec"]
        self.container = self.spec["containers"][0]
        volume = next(one for one in self.spec["volumes"] if one["name"] == "config")["configMap"]["name"]
        self.configmap = next(item for item in self.all("ConfigMap") if item["metadata"]["name"] == volume)
        self.configuration = self.configmap["data"]["tickgate.yaml"]
        self.settings = yaml.safe_load(self.configuration)

    def all(self, kind):
        return [item for item in self.objects if item["kind"] == kind]

    def mine(self, kind):
        """Those of the kind that select these pods."""
        def names(spec):
            selector = spec.get("podSelector") or spec.get("selector") or {}
            return selector.get("matchLabels", selector)["app.kubernetes.io/name"]
        return [item for item in self.all(kind) if names(item["spec"]) == self.name]

    def service(self, port):
        return next((item for item in self.mine("Service") if item["spec"]["ports"][0]["name"] == port), None)

    def port(self, name):
        return next(port["containerPort"] for port in self.container["ports"] if port["name"] == name)

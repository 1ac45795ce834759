# SPDX-License-Identifier: Apache-2.0
"""What deploy/README.md says to write for Kubernetes: an overlay, and the autoscaler's metrics."""
import os
import re
import shutil

import yaml

from harness import Gateway
from renderings import COMPONENTS, DEPLOY, kustomize, output_of, parsed

README = (DEPLOY / "README.md").read_text(encoding="utf-8")


def block(word):
    """The YAML block that has the word."""
    return next(text for text in re.findall(r"```yaml\n(.*?)```", README, re.S) if word in text)


def test_the_overlay_renders(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    text = block("kind: Kustomization").replace("../../", os.path.relpath(DEPLOY, os.path.realpath(folder)) + "/")
    (folder / "kustomization.yaml").write_text(text, encoding="utf-8")
    shutil.copy(DEPLOY / "base/tickgate.yaml", folder)
    objects = {item["kind"]: item for item in parsed(output_of(*kustomize(True), folder))}
    assert objects["Ingress"]["spec"]["rules"][0]["host"] == "prices.example.com"
    image = objects["Deployment"]["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image.startswith("registry.example.com/tickgate:")


def test_every_component_is_in_the_table():
    for name, path in COMPONENTS.items():
        assert f" `{name if path.parent.name == 'components' else '../' + name}` |" in README, name


def test_the_autoscaler_asks_for_what_the_gateway_has(binary):
    scaler = yaml.safe_load((COMPONENTS["hpa"] / "horizontal-pod-autoscaler.yaml").read_text(encoding="utf-8"))
    asked = {one["pods"]["metric"]["name"] for one in scaler["spec"]["metrics"] if one["type"] == "Pods"}
    rules = yaml.safe_load(block("seriesQuery"))["rules"]
    series = [rule["seriesQuery"].split("{")[0] for rule in rules]
    assert asked == {rule.get("name", {}).get("as", name) for rule, name in zip(rules, series)}
    with Gateway.demo(binary) as gateway:
        for name in series:
            assert gateway.metric(name) is not None, name

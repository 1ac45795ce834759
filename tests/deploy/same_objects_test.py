# SPDX-License-Identifier: Apache-2.0
"""For the same choices Kustomize and Helm render the same objects."""
import copy
import re

import pytest
import yaml

from renderings import (KEPT, PROMETHEUS_RULE, RENDERINGS, Rendering, by_helm, chart_digest, kept, prometheus_rule,
                        without_files)

# What Helm says of a release, and nothing selects across releases by.
RELEASE_LABELS = {"helm.sh/chart", "app.kubernetes.io/instance", "app.kubernetes.io/version",
                  "app.kubernetes.io/managed-by"}


def without(value, keys):
    """A copy of the tree in which no dict has these keys."""
    if isinstance(value, dict):
        return {key: without(inner, keys) for key, inner in value.items() if key not in keys}
    return [without(inner, keys) for inner in value] if isinstance(value, list) else value


def comparable(rendering):
    """The objects by kind and name, as far as they have to be the same.

    Left out are the labels of a release, and how a changed configuration rolls the pods: Kustomize by a name with
    a hash, Helm by a checksum, and a mount that never changes. The configuration is compared by what it says,
    without its comments.
    """
    found = {}
    for item in copy.deepcopy(without_files(rendering.objects)):
        item = without(item, RELEASE_LABELS)
        metadata = item["metadata"]
        if item["kind"] == "ConfigMap" and "tickgate.yaml" in item["data"]:
            item["data"]["tickgate.yaml"] = yaml.safe_load(item["data"]["tickgate.yaml"])
            # By Kustomize that is for the overlay's own tickgate.yaml to say.
            item["data"]["tickgate.yaml"]["server"].pop("admin_token_file", None)
            metadata["name"] = unhashed(metadata["name"])
        if item["kind"] == "Deployment":
            template = item["spec"]["template"]
            annotations = template["metadata"].pop("annotations", {})
            annotations.pop("checksum/config", None)
            if annotations:
                template["metadata"]["annotations"] = annotations
            for mount in template["spec"]["containers"][0]["volumeMounts"]:
                mount["mountPath"] = mount["mountPath"].removesuffix("/" + mount.pop("subPath", ""))
            for volume in template["spec"]["volumes"]:
                if "configMap" in volume:
                    volume["configMap"]["name"] = unhashed(volume["configMap"]["name"])
            template["spec"]["volumes"].sort(key=lambda volume: volume["name"])
            template["spec"]["containers"][0]["volumeMounts"].sort(key=lambda mount: mount["name"])
        found[f"{item['kind']} {metadata['name']}"] = item
    return found


def unhashed(name):
    return re.sub(r"-[a-z0-9]{10}$", "", name)


@pytest.mark.parametrize("other, choice", [(other, choice) for other, choice in RENDERINGS
                                           if other != "kustomize" and ("kustomize", choice) in RENDERINGS])
def test_kustomize_and_helm_render_the_same(other, choice):
    ours, theirs = (comparable(Rendering(renderer, choice)) for renderer in ("kustomize", other))
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert ours[name] == theirs[name], name


def test_the_rules_of_kustomize_are_those_of_the_tree():
    assert PROMETHEUS_RULE.read_text(encoding="utf-8") == prometheus_rule(), "python3 tests/deploy/keep.py rules"


def test_what_is_kept_of_the_chart_is_of_this_chart():
    digest = KEPT.read_text(encoding="utf-8").split("\n", 1)[0].rsplit(" ", 1)[1]
    assert digest == chart_digest(), "python3 tests/deploy/keep.py chart, where helm is"


def test_what_is_kept_of_the_chart_is_what_it_renders():
    assert kept("everything") == without_files(by_helm("everything"))

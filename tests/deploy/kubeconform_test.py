# SPDX-License-Identifier: Apache-2.0
"""Types, required keys and unknown keys of all that is rendered, by the schemas of Kubernetes and of the CRDs."""
import subprocess

import pytest
import yaml

from renderings import DEPLOY, RENDERINGS, TOOLS, Rendering, find, is_rendered, kustomize, output_of, parsed

SCHEMAS = TOOLS / "schemas"
if not (find("kubeconform") and any(SCHEMAS.glob("*.json")) and is_rendered("kustomize", "everything")):
    pytest.skip("no kubeconform, schemas or kustomize (sh tests/deploy/tools.sh builds them)", allow_module_level=True)
LOCATION = f"{SCHEMAS}/{{{{.ResourceKind}}}}-{{{{.Group}}}}-{{{{.ResourceAPIVersion}}}}.json"


def verdict(objects):
    """-> exit status, and what it says"""
    done = subprocess.run([find("kubeconform"), "-strict", "-schema-location", LOCATION, "-"],
                          input=yaml.safe_dump_all(objects), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, timeout=60)
    return done.returncode, done.stdout


@pytest.mark.parametrize("rendering", RENDERINGS, ids="-".join)
def test_every_object_is_as_its_schema_says(rendering):
    status, said = verdict(Rendering(*rendering).objects)
    assert status == 0, said


def test_the_servers_between_ingests_and_edges_are_as_well():
    status, said = verdict(parsed(output_of(*kustomize(False), DEPLOY / "nats")))
    assert status == 0, said


@pytest.mark.parametrize("kind, key, value", [
    ("Service", "sessionAfinity", "None"), ("HorizontalPodAutoscaler", "minReplicas", "three"),
    ("ServiceMonitor", "selektor", {}), ("HTTPRoute", "hostnames", "tickgate.example.com"),
])
def test_a_mistake_is_seen(kind, key, value):
    objects = yaml.safe_load_all(yaml.safe_dump_all(Rendering("kustomize", "everything").objects))
    broken = [{**item, "spec": {**item["spec"], key: value}} for item in objects if item["kind"] == kind]
    status, said = verdict(broken)
    assert status == 1 and key in said, said

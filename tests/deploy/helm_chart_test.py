# SPDX-License-Identifier: Apache-2.0
"""The chart: its values, their schema, and what Helm itself says of it."""
import copy
import json
import re

import pytest
import yaml

from renderings import CHART, DEPLOY, ROOT, VALUES, by_values, helm, template

jsonschema = pytest.importorskip("jsonschema")

SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
TEMPLATES = sorted((CHART / "templates").rglob("*.*"))
# All that the components do not choose.
MORE = {
    "image": {"repository": "registry.example.com/tickgate", "digest": "sha256:" + "0" * 64, "pullPolicy": "Always"},
    "imagePullSecrets": [{"name": "registry"}],
    "env": [{"name": "PROXY_USER", "value": "tickgate"}],
    "envFrom": [{"secretRef": {"name": "tickgate"}}],
    "tls": {"secretName": "tickgate-tls"},
    "adminToken": {"secretName": "tickgate-admin"},
    "extraVolumes": [{"name": "ca", "configMap": {"name": "ca"}}],
    "extraVolumeMounts": [{"name": "ca", "mountPath": "/etc/ca", "readOnly": True}],
    "serviceAccount": {"create": True, "annotations": {"example.com/role": "prices"}},
    "podLabels": {"team": "prices"}, "podAnnotations": {"example.com/note": "here"},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
    "tolerations": [{"key": "prices", "operator": "Exists"}],
    "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "rack", "whenUnsatisfiable": "DoNotSchedule",
                                   "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "tickgate"}}}],
    "priorityClassName": "prices",
    "service": {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "annotations": {"example.com/lb": "tcp"}},
    "config": {"server": {"listen": "0.0.0.0:8443", "drain_delay": "500ms", "drain_time": "2m"}},
    "preStopSeconds": 7,
}


def loaded(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


DEFAULTS = loaded(CHART / "values.yaml")


def merged(values, over):
    """As Helm merges: dicts key by key, anything else as a whole."""
    result = copy.deepcopy(values)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def is_valid(values):
    return jsonschema.Draft7Validator(SCHEMA).is_valid(merged(DEFAULTS, values))


def test_versions_are_those_of_the_tree():
    version = re.search(r"project\(tickgate VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
    assert loaded(CHART / "Chart.yaml")["appVersion"] == version
    assert loaded(DEPLOY / "base/kustomization.yaml")["images"] == [{"name": "tickgate", "newTag": version}]


def test_defaults_and_what_people_choose_are_valid():
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.validate(DEFAULTS, SCHEMA, jsonschema.Draft7Validator)
    for values in [*VALUES.values(), MORE, loaded(DEPLOY / "helm/dev.yaml"), loaded(DEPLOY / "helm/prod.yaml")]:
        assert is_valid(values), values


@pytest.mark.parametrize("mistake", [
    {"replica": 3}, {"replicas": "3"}, {"autoscaling": {"enable": True}}, {"image": {"tags": "x"}},
    {"configReload": "in-place"}, {"config": {"server": {"drain_time": "30"}}}, {"config": {"feeds": []}},
    {"resources": {"limit": {}}}, {"ingress": {"host": "a.example"}}, {"preStopSeconds": 0},
    {"podLabels": {"team": 7}}, {"config": {"server": {"tls": {"certificate": "a", "key": "b"}}}},
    {"config": {"server": {"admin_token_file": "a"}}}, {"adminToken": {"token": "secret"}},
    {"config": {"ledger": {"directory": "/a"}}}, {"ledger": {"claim": "usage"}},
], ids=json.dumps)
def test_a_mistake_in_the_values_is_seen(mistake):
    assert not is_valid(mistake)


def test_every_value_is_in_the_schema_and_the_other_way_round():
    def compare(values, schema, path):
        if schema.get("additionalProperties") is not False or not values:
            return
        assert values.keys() == schema["properties"].keys() - {"global"}, path
        for key, value in values.items():
            compare(value, schema["properties"][key], f"{path}.{key}")
    compare(DEFAULTS, SCHEMA, "")


def test_every_value_is_used_and_none_other():
    used = {match for path in TEMPLATES for match in re.findall(r"(?:\.Values|\$values)\.(\w+)", path.read_text(encoding="utf-8"))}
    assert used == set(DEFAULTS)


@pytest.mark.parametrize("values, configuration", [
    ({}, "base/tickgate.yaml"), (loaded(DEPLOY / "helm/dev.yaml"), "overlays/dev/tickgate.yaml"),
], ids=["base", "dev"])
def test_the_configuration_is_that_of_kustomize(values, configuration):
    assert merged(DEFAULTS, values)["config"] == loaded(DEPLOY / configuration)


def test_helm_finds_nothing_to_say():
    helm("lint", "--strict", CHART)
    for name in ("dev", "prod"):
        helm("lint", "--strict", CHART, "-f", DEPLOY / "helm" / f"{name}.yaml")


def test_helm_refuses_what_the_schema_does():
    with pytest.raises(AssertionError, match="replica"):
        template("tickgate", "--set", "replica=3")


def test_what_helm_test_starts_is_restricted_and_taken_for_no_gateway():
    objects = template("tickgate", "--set", "image.repository=registry.example.com/tickgate")
    hook = next(item for item in objects if item["metadata"].get("annotations", {}).get("helm.sh/hook") == "test")
    gateway = next(item for item in objects if item["kind"] == "Deployment")["spec"]["template"]
    service = next(item for item in objects if item["kind"] == "Service")["spec"]
    assert not service["selector"].items() <= hook["metadata"]["labels"].items()
    ours, theirs = hook["spec"]["containers"][0], gateway["spec"]["containers"][0]
    assert hook["spec"]["securityContext"] == gateway["spec"]["securityContext"]
    assert (ours["image"], ours["securityContext"]) == (theirs["image"], theirs["securityContext"])
    assert ours["args"] == ["health", "--url", f"http://tickgate:{service['ports'][0]['port']}/readyz"]
    assert not any(item["kind"] == "Pod" for item in template("tickgate", "--set", "tls.secretName=tickgate-tls"))


def test_every_value_arrives():
    objects = {item["kind"]: item for item in by_values(MORE)}
    template = objects["Deployment"]["spec"]["template"]
    pod, container = template["spec"], template["spec"]["containers"][0]
    assert container["image"] == f"{MORE['image']['repository']}@{MORE['image']['digest']}"
    assert container["imagePullPolicy"] == "Always"
    assert template["metadata"]["labels"].items() >= MORE["podLabels"].items()
    assert template["metadata"]["annotations"].items() >= MORE["podAnnotations"].items()
    for key in ("imagePullSecrets", "nodeSelector", "affinity", "tolerations", "topologySpreadConstraints",
                "priorityClassName"):
        assert pod[key] == MORE[key], key
    assert pod["volumes"][-1] == MORE["extraVolumes"][0]
    assert container["volumeMounts"][-1] == MORE["extraVolumeMounts"][0]
    assert (container["env"], container["envFrom"]) == (MORE["env"], MORE["envFrom"])
    assert pod["serviceAccountName"] == objects["ServiceAccount"]["metadata"]["name"]
    assert objects["ServiceAccount"]["metadata"]["annotations"] == MORE["serviceAccount"]["annotations"]
    assert objects["ServiceAccount"]["automountServiceAccountToken"] is False
    service = objects["Service"]
    assert (service["spec"]["type"], service["spec"]["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
    assert service["metadata"]["annotations"] == MORE["service"]["annotations"]


def test_tls_is_mounted_and_served_and_the_service_says_so():
    objects = {item["kind"]: item for item in by_values(MORE)}
    server = yaml.safe_load(objects["ConfigMap"]["data"]["tickgate.yaml"])["server"]
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    mount = next(one for one in pod["containers"][0]["volumeMounts"] if one["name"] == "tls")
    assert {path.rsplit("/", 1)[0] for path in server["tls"].values()} == {mount["mountPath"]}
    assert {path.rsplit("/", 1)[1] for path in server["tls"].values()} == {"tls.crt", "tls.key"}
    assert next(one for one in pod["volumes"] if one["name"] == "tls")["secret"] == {"secretName": "tickgate-tls"}
    assert objects["Service"]["spec"]["ports"][0]["appProtocol"] == "kubernetes.io/wss"


def test_an_admin_token_is_mounted_and_shown_by_the_scrape():
    objects = {item["kind"]: item for item in by_values({**MORE, "serviceMonitor": {"enabled": True}})}
    server = yaml.safe_load(objects["ConfigMap"]["data"]["tickgate.yaml"])["server"]
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    mount = next(one for one in pod["containers"][0]["volumeMounts"] if one["name"] == "admin-token")
    volume = next(one for one in pod["volumes"] if one["name"] == "admin-token")["secret"]
    assert server["admin_token_file"] == f"{mount['mountPath']}/{volume['items'][0]['path']}"
    assert objects["ServiceMonitor"]["spec"]["endpoints"][0]["authorization"] == {
        "type": "Bearer", "credentials": {"name": volume["secretName"], "key": volume["items"][0]["key"]}}
    alone = next(item for item in by_values(MORE) if item["kind"] == "Deployment")
    assert not any(name.startswith("prometheus.io") for name in alone["spec"]["template"]["metadata"]["annotations"])


def test_a_ledger_is_written_to_the_claim_each_pods_in_a_directory_of_its_own():
    values = {**MORE, "ledger": {"claimName": "usage"}}
    values["config"] = {**MORE["config"], "ledger": {"addresses": "prefix"}}
    objects = {item["kind"]: item for item in by_values(values)}
    ledger = yaml.safe_load(objects["ConfigMap"]["data"]["tickgate.yaml"])["ledger"]
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    mount = next(one for one in container["volumeMounts"] if one["name"] == "ledger")
    volume = next(one for one in pod["volumes"] if one["name"] == "ledger")
    assert ledger == {"directory": mount["mountPath"], "addresses": "prefix"}
    assert volume["persistentVolumeClaim"] == {"claimName": "usage"} and not mount.get("readOnly")
    name, *more = container["env"]
    assert mount["subPathExpr"] == f"$({name['name']})"
    assert name["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    assert more == MORE["env"]
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsGroup"]
    without = next(item for item in by_values(MORE) if item["kind"] == "Deployment")["spec"]["template"]["spec"]
    assert "fsGroup" not in without["securityContext"]


def test_ports_and_grace_follow_the_configuration():
    pod = next(item for item in by_values(MORE) if item["kind"] == "Deployment")["spec"]["template"]["spec"]
    assert {one["name"]: one["containerPort"] for one in pod["containers"][0]["ports"]} == {"ws": 8443, "admin": 9100}
    assert pod["terminationGracePeriodSeconds"] == 7 + 1 + 120 + 10
    assert pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"] == 7


def test_large_numbers_stay_what_they_are():
    objects = by_values({"config": {"limits": {"connections": 1000000, "memory": "4096MiB"}}})
    text = next(item for item in objects if item["kind"] == "ConfigMap")["data"]["tickgate.yaml"]
    assert "connections: 1000000\n" in text


def test_a_changed_configuration_changes_the_pods_unless_they_read_it_again():
    def pods(**values):
        return next(item for item in by_values(values) if item["kind"] == "Deployment")["spec"]["template"]
    other = {"limits": {"connections": 4000}}
    assert pods() != pods(config=other)
    assert pods(configReload="inPlace") == pods(configReload="inPlace", config=other)


def test_names_follow_the_release():
    def names(release, *words):
        return {item["metadata"]["name"] for item in template(release, "--skip-tests", *words)}
    assert names("tickgate") == {"tickgate"}
    assert names("east") == {"east-tickgate"}
    assert names("east", "--set", "fullnameOverride=prices") == {"prices"}

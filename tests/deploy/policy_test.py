# SPDX-License-Identifier: Apache-2.0
"""The rules that whatever is rendered has to keep: each choice, by Kustomize and by Helm."""
import json
import re
import subprocess

import pytest
import yaml

from renderings import (DASHBOARD, EVERY_RENDERING, INGEST, PODS, RENDERINGS, RULES, Rendering, kubectl_minor,
                        tool)

SPARE_SECONDS = 10
TOY = {"dev"}  # a made-up market on a desk
KINDS = {"Deployment", "Service", "ConfigMap", "PodDisruptionBudget"}
KINDS_OF = {"hpa": {"HorizontalPodAutoscaler"}, "ingress": {"Ingress"}, "gateway-api": {"HTTPRoute"},
            "nats": {"NetworkPolicy"}, "network-policy": {"NetworkPolicy"}, "prometheus-operator": {"ServiceMonitor", "PrometheusRule"}}
COMPONENTS_OF = {"prod": ["gateway-api", "hpa", "network-policy", "prometheus-operator"], "everything": list(KINDS_OF)}


def seconds(duration):
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h)", duration).groups()
    return int(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]


def key_paths(value, path=""):
    """Every key in a tree of dicts and lists, as a/b/0/c."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield f"{path}/{key}"
        yield from key_paths(inner, f"{path}/{key}")


@pytest.fixture(scope="module", params=PODS, ids="-".join)
def rendering(request):
    return Rendering(*request.param)


@pytest.mark.parametrize("renderer", ["kustomize", "helm"])
def test_every_choice_is_rendered(renderer):
    missing = [choice for one, choice in EVERY_RENDERING if one == renderer and (one, choice) not in RENDERINGS]
    if missing:
        pytest.skip(f"no {renderer} for {', '.join(missing)} (sh tests/deploy/tools.sh builds one)")


@pytest.fixture
def checked(rendering, binary, tmp_path):
    """What `tickgate check` says of the configuration that the pods are given."""
    path = tmp_path / "tickgate.yaml"
    (tmp_path / "password").write_text("secret\n", encoding="utf-8")
    (tmp_path / "token").write_text("of-sixteen-characters-or-more\n", encoding="utf-8")
    text = re.sub("/etc/tickgate-(nats|admin)", str(tmp_path), rendering.configuration)
    path.write_text(text, encoding="utf-8")
    done = subprocess.run([binary, "check", "--config", path], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=30)
    if "built without NATS" in done.stdout:
        pytest.skip("this tickgate was built without NATS")
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_these_objects_and_no_other(rendering):
    chosen = COMPONENTS_OF.get(rendering.choice, [rendering.choice])
    expected = KINDS.union(*(KINDS_OF.get(name, set()) for name in chosen))
    assert {item["kind"] for item in rendering.objects} == expected


def test_selectors_match_the_pods(rendering):
    labels = rendering.pod["metadata"]["labels"].items()
    selectors = [rendering.deployment["spec"]["selector"]["matchLabels"],
                 *(item["spec"]["selector"] for item in rendering.mine("Service")),
                 *(item["spec"]["selector"]["matchLabels"] for item in rendering.mine("PodDisruptionBudget")),
                 *(item["spec"]["podSelector"]["matchLabels"] for item in rendering.mine("NetworkPolicy")),
                 *(rule["labelSelector"]["matchLabels"] for rule in rendering.spec["topologySpreadConstraints"])]
    for selector in selectors:
        assert selector and selector.items() <= labels
    assert rendering.mine("PodDisruptionBudget") and rendering.mine("Service")


def test_no_selector_takes_pods_of_two_kinds(rendering):
    """An ingest serves nobody, so no Service of the gateways may lead to it."""
    others = [item["spec"]["template"]["metadata"]["labels"] for item in rendering.all("Deployment")
              if item["metadata"]["name"] != rendering.name]
    for item in rendering.mine("Service") + rendering.mine("PodDisruptionBudget") + rendering.mine("NetworkPolicy"):
        selector = item["spec"].get("podSelector") or item["spec"]["selector"]
        assert not any(selector.get("matchLabels", selector).items() <= labels.items() for labels in others)


def test_the_configuration_listens_on_the_named_ports_of_every_interface(rendering):
    server = rendering.settings["server"]
    assert server["listen"] == f"0.0.0.0:{rendering.port('ws')}"
    assert server["admin_listen"] == f"0.0.0.0:{rendering.port('admin')}"


def test_the_container_reads_the_mounted_configuration(rendering):
    mount = next(one for one in rendering.container["volumeMounts"] if one["name"] == "config")
    volume = next(one for one in rendering.spec["volumes"] if one["name"] == "config")
    assert mount["readOnly"]
    path = mount["mountPath"] if "subPath" in mount else mount["mountPath"] + "/tickgate.yaml"
    assert rendering.container["args"] == ["serve", "--config", path]
    assert volume["configMap"]["name"] == rendering.configmap["metadata"]["name"]


def test_a_changed_configuration_rolls_the_pods_unless_they_read_it_again(rendering):
    """And a pod that is to be replaced does not see the new one before: its ConfigMap, or its file, stays the old."""
    name = rendering.configmap["metadata"]["name"]
    mount = next(one for one in rendering.container["volumeMounts"] if one["name"] == "config")
    by_name = re.fullmatch(rf"{rendering.name}-[a-z0-9]{{10}}", name) is not None
    by_checksum = "checksum/config" in rendering.pod["metadata"].get("annotations", {})
    assert by_checksum == ("subPath" in mount)
    in_place = rendering.choice in ("reload-in-place", "everything") and rendering.name != INGEST
    assert (by_name or by_checksum) == (not in_place)


def test_clients_are_offered_the_stream_and_nothing_else(rendering):
    if rendering.name == INGEST:
        assert rendering.service("ws") is None
        return
    ports = rendering.service("ws")["spec"]["ports"]
    assert [(port["targetPort"], port["appProtocol"]) for port in ports] == [("ws", "kubernetes.io/ws")]
    for item in rendering.all("Ingress"):
        paths = [path for rule in item["spec"]["rules"] for path in rule["http"]["paths"]]
        assert {(path["backend"]["service"]["name"], path["backend"]["service"]["port"]["name"])
                for path in paths} == {("tickgate", "ws")}
    for item in rendering.all("HTTPRoute"):
        backends = [one for rule in item["spec"]["rules"] for one in rule["backendRefs"]]
        assert backends == [{"name": "tickgate", "port": ports[0]["port"]}]


def test_the_admin_port_is_closed_to_all_but_the_monitoring(rendering):
    assert rendering.name != INGEST or rendering.mine("NetworkPolicy")
    for item in rendering.mine("NetworkPolicy"):
        policy = item["spec"]
        assert policy["policyTypes"] == ["Ingress"]
        assert all(len(rule["ports"]) == 1 for rule in policy["ingress"])
        open_to = {rule["ports"][0]["port"]: rule.get("from") for rule in policy["ingress"]}
        clients = {} if rendering.name == INGEST else {"ws": None}
        assert open_to == {**clients, "admin": [{"namespaceSelector": {
            "matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]}


def test_the_admin_token_is_a_secrets_and_shown_by_the_scrape(rendering):
    mount = next((one for one in rendering.container["volumeMounts"] if one["name"] == "admin-token"), None)
    assert (mount is not None) == (rendering.choice in ("admin-token", "everything"))
    if mount is None:
        return
    secret = next(one for one in rendering.spec["volumes"] if one["name"] == "admin-token")["secret"]
    file = f"{mount['mountPath']}/{secret['items'][0]['path']}"
    assert mount["readOnly"] and rendering.settings["server"].get("admin_token_file", file) == file
    assert ("admin_token_file" in rendering.settings["server"]) == (rendering.renderer != "kustomize")
    for item in rendering.all("ServiceMonitor"):
        assert item["spec"]["endpoints"][0]["authorization"] == {
            "type": "Bearer", "credentials": {"name": secret["secretName"], "key": secret["items"][0]["key"]}}


def test_probes_ask_the_admin_port(rendering):
    for probe, path in (("startupProbe", "/livez"), ("readinessProbe", "/readyz"), ("livenessProbe", "/livez")):
        assert rendering.container[probe]["httpGet"] == {"path": path, "port": "admin"}, probe


def test_a_pod_is_scraped_by_one_way_and_whether_ready_or_not(rendering):
    notes = rendering.pod["metadata"].get("annotations", {})
    by_annotation = {key: value for key, value in notes.items() if key.startswith("prometheus.io/")}
    monitors = rendering.all("ServiceMonitor")
    guarded = any(one["name"] == "admin-token" for one in rendering.spec["volumes"])
    if not monitors:
        # Whoever scrapes by annotations would not show a token.
        expected = {"prometheus.io/scrape": "true", "prometheus.io/path": "/metrics",
                    "prometheus.io/port": str(rendering.port("admin"))}
        assert by_annotation == ({} if guarded else expected)
        return
    assert not by_annotation
    service = rendering.service("admin")
    assert monitors[0]["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert service["metadata"]["labels"][monitors[0]["spec"]["jobLabel"]] == "tickgate"
    assert [(one["port"], one["path"]) for one in monitors[0]["spec"]["endpoints"]] == [("admin", "/metrics")]
    assert service["spec"]["publishNotReadyAddresses"] and service["spec"]["clusterIP"] == "None"


def test_the_rules_are_those_of_the_tree(rendering):
    if rendering.renderer != "kept":
        for item in rendering.all("PrometheusRule"):
            assert item["spec"] == yaml.safe_load(RULES.read_text(encoding="utf-8"))


def test_the_dashboard_is_that_of_the_tree_and_found_by_its_label(rendering):
    for item in rendering.all("ConfigMap"):
        if "tickgate.yaml" not in item["data"]:
            assert item["metadata"]["labels"]["grafana_dashboard"] == "1"
            same = item["data"] == {DASHBOARD.name: DASHBOARD.read_text(encoding="utf-8")}
            assert same or rendering.renderer == "kept"


def test_the_drain_ends_within_the_grace_period(rendering):
    server = rendering.settings["server"]
    pre_stop = rendering.container["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = seconds(server.get("drain_delay", "0s")) + seconds(server.get("drain_time", "10s"))
    assert rendering.spec["terminationGracePeriodSeconds"] >= pre_stop + drain + SPARE_SECONDS


def test_a_rollout_never_has_fewer_pods_than_asked_for(rendering):
    assert rendering.deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert [item["spec"]["maxUnavailable"] for item in rendering.mine("PodDisruptionBudget")] == [1]


def test_pod_security_is_restricted(rendering):
    pod, own = rendering.spec["securityContext"], rendering.container["securityContext"]
    assert pod["runAsNonRoot"] and pod["runAsUser"] == pod["runAsGroup"] == 65532
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                   "capabilities": {"drop": ["ALL"]}}
    assert rendering.spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & rendering.spec.keys()
    assert all("hostPath" not in volume for volume in rendering.spec["volumes"])


def test_memory_is_limited_and_cpu_is_not(rendering):
    resources = rendering.container["resources"]
    assert set(resources["limits"]) == {"memory"}
    assert set(resources["requests"]) == {"cpu", "memory"}


def test_the_threads_fit_the_cpu_requested(rendering):
    shards = rendering.settings["server"]["shards"]  # said: the default would count the node's cores
    if rendering.choice not in TOY:
        assert shards + 1 <= int(rendering.container["resources"]["requests"]["cpu"])


def test_the_memory_limit_holds_what_check_says_it_may_take(rendering, checked):
    number, unit = re.search(r"memory: at most ([\d.]+) ([MG])iB", checked).groups()
    worst = float(number) * {"M": 1, "G": 1024}[unit]
    limit = rendering.container["resources"]["limits"]["memory"]
    assert worst <= int(re.fullmatch(r"(\d+)Mi", limit).group(1))


def test_the_autoscaler_alone_says_how_many(rendering):
    scalers = [] if rendering.name == INGEST else rendering.all("HorizontalPodAutoscaler")
    for scaler in scalers:
        assert "replicas" not in rendering.deployment["spec"]
        reference = scaler["spec"]["scaleTargetRef"]
        assert (reference["kind"], reference["name"]) == ("Deployment", rendering.deployment["metadata"]["name"])
    if not scalers:
        assert rendering.deployment["spec"]["replicas"] >= (1 if rendering.choice in TOY else 2)


def test_pods_are_added_before_the_limit_and_taken_away_slowly(rendering):
    for scaler in [] if rendering.name == INGEST else rendering.all("HorizontalPodAutoscaler"):
        targets = {one["pods"]["metric"]["name"]: one["pods"]["target"]["averageValue"]
                   for one in scaler["spec"]["metrics"] if one["type"] == "Pods"}
        assert set(targets) == {"tickgate_connections", "tickgate_sent_bytes_per_second"}
        assert int(targets["tickgate_connections"]) <= 0.8 * rendering.settings["limits"]["connections"]
        down = scaler["spec"]["behavior"]["scaleDown"]
        grace = rendering.spec["terminationGracePeriodSeconds"]
        assert down["stabilizationWindowSeconds"] >= 300
        assert [(one["type"], one["value"]) for one in down["policies"]] == [("Pods", 1)]
        assert down["policies"][0]["periodSeconds"] > grace  # one drain at a time


def test_kubernetes_knows_every_field_of_the_deployment(rendering):
    if kubectl_minor() < 30:
        pytest.skip("this kubectl does not know preStop sleep")
    ours = {**rendering.deployment, "metadata": {"name": "tickgate"}}
    typed = subprocess.run([tool("kubectl"), "set", "image", "--local", "-f", "-", "tickgate=tickgate:test",
                            "-o", "json"], input=yaml.safe_dump(ours), stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert typed.returncode == 0, typed.stderr
    assert set(key_paths(ours)) - set(key_paths(json.loads(typed.stdout))) == set()

# SPDX-License-Identifier: Apache-2.0
"""deploy/nats on Kubernetes, and how ingests and edges find it: addresses, secrets, ports, what may connect."""
import re

import pytest
import yaml

from nats_words import NATS, PASSWORDS
from renderings import DEPLOY, GATEWAY, INGEST, PODS, Rendering, kustomize, output_of, parsed

TIER = [one for one in PODS if one[1] == "nats"]
CONFS = "".join((NATS / name).read_text(encoding="utf-8") for name in ("nats-server.conf", "cluster.conf"))


@pytest.fixture(scope="module")
def servers():
    return {item["kind"]: item for item in parsed(output_of(*kustomize(False), NATS))}


@pytest.fixture(scope="module", params=TIER, ids="-".join)
def tier(request):
    return Rendering(*request.param)


def connection(tier):
    """What of the configuration says how NATS is reached."""
    return tier.settings["publish"]["nats"] if tier.name == INGEST else tier.settings["feeds"][0]


def test_an_edge_has_one_feed_and_an_ingest_the_venues(tier):
    venues = [feed["venue"] for feed in tier.settings["feeds"]]
    assert (venues == ["nats"]) == (tier.name == GATEWAY)
    assert ("publish" in tier.settings) == (tier.name == INGEST)


def test_it_is_given_the_address_of_each_server(tier, servers):
    stateful, service = servers["StatefulSet"], servers["Service"]
    name, headless = stateful["metadata"]["name"], service["metadata"]["name"]
    assert stateful["spec"]["serviceName"] == headless and service["spec"]["clusterIP"] == "None"
    port = service["spec"]["ports"][0]["port"]
    assert connection(tier)["url"] == [f"nats://{name}-{i}.{headless}:{port}"
                                       for i in range(stateful["spec"]["replicas"])]


def test_its_password_is_a_file_of_a_secret_of_its_own(tier):
    mount = next(one for one in tier.container["volumeMounts"] if one["name"] == "nats")
    secret = next(one for one in tier.spec["volumes"] if one["name"] == "nats")["secret"]
    role = "ingest" if tier.name == INGEST else "edge"
    assert mount["readOnly"] and secret == {"secretName": f"tickgate-nats-{role}"}
    assert connection(tier)["password_file"] == f"{mount['mountPath']}/password"
    assert connection(tier)["user"] == role and role in PASSWORDS
    assert not {"password", "token"} & connection(tier).keys()


def test_no_more_copies_are_asked_for_than_there_are_servers(tier, servers):
    if tier.name == INGEST:
        assert connection(tier)["replicas"] == servers["StatefulSet"]["spec"]["replicas"]


def test_two_ingests_stand_and_one_is_enough(tier):
    if tier.name == INGEST:
        assert tier.deployment["spec"]["replicas"] == 2


def test_the_servers_read_what_is_mounted(servers):
    spec = servers["StatefulSet"]["spec"]["template"]["spec"]
    container = spec["containers"][0]
    mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    assert container["args"][:2] == ["--config", f"{mounts['config']}/cluster.conf"]
    sources = next(one for one in spec["volumes"] if one["name"] == "config")["projected"]["sources"]
    assert sources[0]["configMap"]["name"] == servers["ConfigMap"]["metadata"]["name"]
    assert [item["path"] for item in sources[1]["secret"]["items"]] == re.findall(r'^include "(password.*)"', CONFS, re.M)
    assert servers["ConfigMap"]["data"] == {name: (NATS / name).read_text(encoding="utf-8")
                                            for name in ("nats-server.conf", "cluster.conf")}
    assert re.search(r'store_dir: "(.*)"', CONFS)[1] == mounts["data"]


def test_the_servers_ports_are_those_of_their_configuration(servers):
    ports = {one["name"]: one["containerPort"]
             for one in servers["StatefulSet"]["spec"]["template"]["spec"]["containers"][0]["ports"]}
    listens = re.findall(r"^\s*(?:listen|http): 0.0.0.0:(\d+)", CONFS, re.M)
    assert sorted(map(int, listens)) == sorted(ports.values())


def test_each_server_is_routed_to_by_its_name(servers):
    name, headless = servers["StatefulSet"]["metadata"]["name"], servers["Service"]["metadata"]["name"]
    assert re.findall(r'"nats://(.*):6222"', CONFS) == [f"{name}-{i}.{headless}" for i in range(3)]


def test_memory_holds_the_streams_and_what_waits(servers):
    container = servers["StatefulSet"]["spec"]["template"]["spec"]["containers"][0]
    limit = int(re.fullmatch(r"(\d)Gi", container["resources"]["limits"]["memory"])[1]) << 30
    go = next(one for one in container["env"] if one["name"] == "GOMEMLIMIT")["value"]
    streams = int(re.search(r"max_memory_store: (\d+)GiB", CONFS)[1]) << 30
    waiting = int(re.search(r"max_pending: (\d+)MiB", CONFS)[1]) << 20
    assert streams + 32 * waiting < int(go.removesuffix("MiB")) << 20 < 0.95 * limit


def test_a_server_leaves_within_its_grace(servers):
    spec = servers["StatefulSet"]["spec"]["template"]["spec"]
    assert spec["containers"][0]["lifecycle"]["preStop"]["exec"]["command"] == ["nats-server", "--signal", "ldm=1"]
    lame = int(re.search(r'lame_duck_duration: "(\d+)s"', CONFS)[1])
    assert spec["terminationGracePeriodSeconds"] >= lame + 20


def test_only_the_tier_connects(servers):
    clients, cluster = servers["NetworkPolicy"]["spec"]["ingress"]
    names, readers = clients["from"]
    assert names["podSelector"]["matchExpressions"][0]["values"] == [GATEWAY, INGEST]
    assert readers["podSelector"]["matchLabels"] == {"tickgate.example.com/reads-nats": "true"}
    assert clients["ports"] == [{"port": "nats"}] and cluster["ports"] == [{"port": "cluster"}]
    labels = servers["StatefulSet"]["spec"]["template"]["metadata"]["labels"]
    assert cluster["from"] == [{"podSelector": {"matchLabels": labels}}]


def test_two_servers_stay(servers):
    assert servers["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1
    assert servers["StatefulSet"]["spec"]["replicas"] == 3
    spread = servers["StatefulSet"]["spec"]["template"]["spec"]["affinity"]["podAntiAffinity"]
    assert spread["requiredDuringSchedulingIgnoredDuringExecution"][0]["topologyKey"] == "kubernetes.io/hostname"


def test_the_servers_pods_are_restricted(servers):
    spec = servers["StatefulSet"]["spec"]["template"]["spec"]
    assert spec["securityContext"]["runAsNonRoot"] and not spec["automountServiceAccountToken"]
    assert spec["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert re.fullmatch(r"nats:\d+\.\d+\.\d+-alpine", spec["containers"][0]["image"])


def test_helm_and_kustomize_have_one_configuration_of_ingests():
    values = yaml.safe_load((DEPLOY / "helm/tickgate/values.yaml").read_text(encoding="utf-8"))
    component = (DEPLOY / "components/nats/ingest-tickgate.yaml").read_text(encoding="utf-8")
    assert values["ingest"]["config"] == yaml.safe_load(component)

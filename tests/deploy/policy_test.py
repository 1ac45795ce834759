# SPDX-License-Identifier: Apache-2.0
"""The rules that what deploy/base renders to has to keep."""
import json
import re
import shutil
import subprocess
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SPARE_SECONDS = 10


def kubectl(*words, text=None):
    return subprocess.run(["kubectl", *words], cwd=ROOT, input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=60)


def seconds(duration):
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h)", duration).groups()
    return int(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]


def key_paths(value, path=""):
    """Every key in a tree of dicts and lists, as a/b/0/c."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield f"{path}/{key}"
        yield from key_paths(inner, f"{path}/{key}")


@unittest.skipUnless(shutil.which("kubectl"), "no kubectl")
class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = kubectl("kustomize", "deploy/base")
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.objects = {item["kind"]: item for item in yaml.safe_load_all(done.stdout)}
        cls.deployment = cls.objects["Deployment"]
        cls.pod = cls.deployment["spec"]["template"]
        cls.spec = cls.pod["spec"]
        cls.container = cls.spec["containers"][0]
        cls.settings = yaml.safe_load(cls.objects["ConfigMap"]["data"]["tickgate.yaml"])

    def port(self, name):
        return next(port["containerPort"] for port in self.container["ports"] if port["name"] == name)

    def test_renders_these_objects_and_no_other(self):
        self.assertEqual(set(self.objects), {"Deployment", "Service", "ConfigMap", "PodDisruptionBudget",
                                             "NetworkPolicy"})

    def test_selectors_match_the_pods(self):
        labels = self.pod["metadata"]["labels"].items()
        for selector in (self.deployment["spec"]["selector"]["matchLabels"],
                         self.objects["Service"]["spec"]["selector"],
                         self.objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
                         self.objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]):
            self.assertLessEqual(selector.items(), labels)

    def test_the_configuration_listens_on_the_named_ports_of_every_interface(self):
        self.assertEqual(self.settings["server"]["listen"], f"0.0.0.0:{self.port('ws')}")
        self.assertEqual(self.settings["server"]["admin_listen"], f"0.0.0.0:{self.port('admin')}")

    def test_a_changed_configuration_rolls_the_pods(self):
        name = self.objects["ConfigMap"]["metadata"]["name"]
        self.assertRegex(name, r"^tickgate-[a-z0-9]{10}$")
        self.assertEqual(self.spec["volumes"][0]["configMap"]["name"], name)

    def test_the_container_reads_the_mounted_configuration(self):
        mount = self.container["volumeMounts"][0]
        self.assertTrue(mount["readOnly"])
        self.assertEqual(self.container["args"], ["serve", "--config", mount["mountPath"] + "/tickgate.yaml"])

    def test_the_service_offers_clients_the_stream_and_nothing_else(self):
        ports = self.objects["Service"]["spec"]["ports"]
        self.assertEqual([(port["targetPort"], port["appProtocol"]) for port in ports],
                         [("ws", "kubernetes.io/ws")])

    def test_the_admin_port_is_closed_to_all_but_the_monitoring(self):
        policy = self.objects["NetworkPolicy"]["spec"]
        self.assertEqual(policy["policyTypes"], ["Ingress"])
        open_to = {rule["ports"][0]["port"]: rule.get("from") for rule in policy["ingress"]}
        self.assertIsNone(open_to["ws"])
        self.assertEqual(open_to["admin"], [{"namespaceSelector": {
            "matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}])
        self.assertEqual(set(open_to), {port["name"] for port in self.container["ports"]})
        self.assertTrue(all(len(rule["ports"]) == 1 for rule in policy["ingress"]))

    def test_probes_ask_the_admin_port(self):
        for probe, path in (("startupProbe", "/livez"), ("readinessProbe", "/readyz"),
                            ("livenessProbe", "/livez")):
            self.assertEqual(self.container[probe]["httpGet"], {"path": path, "port": "admin"}, probe)

    def test_the_scrape_annotations_name_the_admin_port(self):
        notes = self.pod["metadata"]["annotations"]
        self.assertEqual(notes["prometheus.io/scrape"], "true")
        self.assertEqual(notes["prometheus.io/port"], str(self.port("admin")))
        self.assertEqual(notes["prometheus.io/path"], "/metrics")

    def test_the_drain_ends_within_the_grace_period(self):
        server = self.settings["server"]
        pre_stop = self.container["lifecycle"]["preStop"]["sleep"]["seconds"]
        drain = seconds(server.get("drain_delay", "0s")) + seconds(server["drain_time"])
        self.assertGreaterEqual(self.spec["terminationGracePeriodSeconds"],
                                pre_stop + drain + SPARE_SECONDS)

    def test_a_rollout_never_has_fewer_pods_than_asked_for(self):
        self.assertEqual(self.deployment["spec"]["strategy"]["rollingUpdate"],
                         {"maxSurge": 1, "maxUnavailable": 0})
        self.assertEqual(self.objects["PodDisruptionBudget"]["spec"]["maxUnavailable"], 1)

    def test_pod_security_is_restricted(self):
        pod, own = self.spec["securityContext"], self.container["securityContext"]
        self.assertTrue(pod["runAsNonRoot"])
        self.assertEqual(pod["runAsUser"], 65532)
        self.assertEqual(pod["seccompProfile"], {"type": "RuntimeDefault"})
        self.assertFalse(own["allowPrivilegeEscalation"])
        self.assertTrue(own["readOnlyRootFilesystem"])
        self.assertEqual(own["capabilities"], {"drop": ["ALL"]})
        self.assertFalse(self.spec["automountServiceAccountToken"])

    def test_memory_is_limited_and_cpu_is_not(self):
        resources = self.container["resources"]
        self.assertEqual(set(resources["limits"]), {"memory"})
        self.assertEqual(set(resources["requests"]), {"cpu", "memory"})

    def test_the_threads_fit_the_cpu_requested(self):
        cores = int(self.container["resources"]["requests"]["cpu"])
        self.assertLessEqual(self.settings["server"]["shards"] + 1, cores)

    def test_kubernetes_knows_every_field_of_the_deployment(self):
        version = json.loads(kubectl("version", "--client", "-o", "json").stdout)["clientVersion"]
        if int(re.match(r"\d+", version["minor"]).group(0)) < 30:
            self.skipTest(f"kubectl {version['gitVersion']} does not know preStop sleep")
        ours = {**self.deployment, "metadata": {"name": "tickgate"}}
        typed = kubectl("set", "image", "--local", "-f", "-", "tickgate=tickgate:test", "-o", "json",
                        text=yaml.safe_dump(ours))
        self.assertEqual(typed.returncode, 0, typed.stderr)
        unknown = set(key_paths(ours)) - set(key_paths(json.loads(typed.stdout)))
        self.assertEqual(unknown, set())


def test_tickgate_accepts_the_configuration(binary):
    done = subprocess.run([binary, "check", "--config", ROOT / "deploy/base/tickgate.yaml"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=30)
    assert done.returncode == 0, done.stdout.decode()


def test_the_memory_limit_holds_what_check_says_it_may_take(binary):
    done = subprocess.run([binary, "check", "--config", ROOT / "deploy/base/tickgate.yaml"],
                          stdout=subprocess.PIPE, text=True, check=True, timeout=30)
    number, unit = re.search(r"memory: at most ([\d.]+) ([MG])iB", done.stdout).groups()
    worst = float(number) * {"M": 1, "G": 1024}[unit]
    documents = yaml.safe_load_all((ROOT / "deploy/base/deployment.yaml").read_text(encoding="utf-8"))
    pod = next(one for one in documents if one["kind"] == "Deployment")["spec"]["template"]["spec"]
    limit = pod["containers"][0]["resources"]["limits"]["memory"]
    assert worst <= int(re.fullmatch(r"(\d+)Mi", limit).group(1))

# SPDX-License-Identifier: Apache-2.0
"""Suites that look at tickgate from outside: replays, real clients, the prober, Kubernetes."""
import os
import re

import gateway_process
from house import Outcome, PYTHON, ROOT, beside, run, script_suite, skipped

PROBE_SECONDS = 900


def golden_suite(preset="release"):
    return script_suite("tests/golden/golden_test.py", "--tickgate",
                        ROOT / "build" / preset / "tickgate", timeout=900)


def end_to_end_suite(preset="release"):
    return script_suite("tests/end_to_end/run.py", "--tickgate",
                        ROOT / "build" / preset / "tickgate", timeout=900)


def negative_controls_suite():
    return script_suite("tests/negative_controls.sh", ROOT / "build" / "tsan", timeout=900)


def deploy_suite():
    """Every script parses as sh, every YAML file is tidy, what is rendered keeps the rules."""
    outcome = Outcome()
    for script in sorted([*ROOT.glob("deploy/*.sh"), *ROOT.glob("tests/*.sh")]):
        done = run(["sh", "-n", script], "sh-n")
        outcome.check(f"sh -n {script.relative_to(ROOT)}", done.code == 0, done.output)
    for manifest in sorted(ROOT.glob("deploy/**/*.yaml")):
        done = run(["yamllint", "-s", "-c", "tests/deploy/yamllint.yaml", manifest], "yamllint")
        outcome.check(f"yamllint {manifest.relative_to(ROOT)}", done.code == 0, done.output)
    outcome.add(script_suite("tests/deploy/policy_test.py"))
    outcome.add(script_suite("tests/deploy/image_test.py"))
    return outcome


# Why the prober leaves cases out, in our words.
NOT_OURS = (
    (("token", "hs-secret", "public-key"), "authentication: tickgate has none yet"),
    (("permessage-deflate",), "permessage-deflate: tickgate declines it"),
    (("per-ip-limit",), "a limit for each address: tickgate has one for all"),
    (("tls", "bad-origin", "ping-timeout"), "covered by the suite over TLS"),
    (("plain TCP",), "covered by the suite over plain TCP"),
)


def wsprobe(log, gateway, *options):
    """Whole conformance of the public port, by the prober that may lie beside the checkout."""
    tool = beside("TICKGATE_TOOLS", "shared/tools") / "wsprobe.py"
    done = run([PYTHON, tool, "--port", gateway.port, "--pid", gateway.pid,
                "--path", "/v1/stream", "--subprotocol", "tickgate.v1.json",
                "--subscribe", '{"op":"subscribe","id":1,"channel":"quote","symbols":["*"]}',
                "--expect", '"type":"subscribed"', "--max-message", "65536", "--deflate", "off",
                "--handshake-timeout", "5", *options], log, PROBE_SECONDS)
    outcome = Outcome(passed=len(re.findall(r"^PASS ", done.output, re.M)))
    for case, rest in re.findall(r"^FAIL +(\S+) +(.*)$", done.output, re.M):
        outcome.check(case, False, rest)
    for case, why in re.findall(r"^SKIP +(\S+) .*\[(.*)\]$", done.output, re.M):
        ours = [text for words, text in NOT_OURS if any(word in why for word in words)]
        outcome.skips.append((case, ours[0] if ours else why))
    if done.code != 0 and not outcome.failures:
        outcome.check("wsprobe.py", False, done.tail())
    return outcome


def probe_is_there():
    tools = beside("TICKGATE_TOOLS", "shared/tools")
    return tools and (tools / "wsprobe.py").is_file()


NO_PROBE = skipped("wsprobe.py", "not beside the checkout (TICKGATE_TOOLS says where)")


def wsprobe_plain_suite():
    if not probe_is_there():
        return NO_PROBE
    with gateway_process.demo("wsprobe-demo", "--write-deadline", "5s") as gateway:
        return wsprobe("wsprobe", gateway, "--slow-reader", "10")


TLS_SETTINGS = """\
server:
  listen: 127.0.0.1:{port}
  admin_listen: 127.0.0.1:{admin_port}
  tls:
    certificate: {certificate}
    key: {key}
  origins: ["https://good.example"]
limits:
  idle_time: 12s
  write_deadline: 5s
feeds:
  - venue: simulator
    symbol_count: 24
    rate: 2000
"""


def wsprobe_tls_suite():
    """Over TLS, and with the settings that bring the origin and time-out cases into play."""
    if not probe_is_there():
        return NO_PROBE
    certificate, key = gateway_process.self_signed(ROOT / "build" / "tls")
    port, admin_port = gateway_process.free_port(), gateway_process.free_port()
    settings = TLS_SETTINGS.format(port=port, admin_port=admin_port, certificate=certificate,
                                   key=key)
    with gateway_process.serve("wsprobe-tls-serve", settings, port, admin_port) as gateway:
        foreign = ("https://evil.example", "null", "https://good.example.evil.example")
        return wsprobe("wsprobe-tls", gateway, "--tls", "--cafile", certificate,
                       "--sni", "localhost", "--origin", "https://good.example",
                       *(word for origin in foreign for word in ("--bad-origin", origin)),
                       "--ping-timeout", "12", "--slow-reader", "10")


def debian13_suite():
    """Builds and runs the demo on a bare Debian 13; asked for, as it downloads a whole system."""
    if os.environ.get("TICKGATE_DEBIAN13") != "1":
        return skipped("the demo on Debian 13",
                       "downloads a whole system; TICKGATE_DEBIAN13=1 asks for it")
    return script_suite("tests/on_debian.sh", "trixie", ROOT / "build" / "debian13", timeout=3600)

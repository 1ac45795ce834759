# SPDX-License-Identifier: Apache-2.0
"""The manual says every command, flag and key that there is."""
import json
import re
import subprocess

from conftest import ROOT


def said(binary, *words):
    return subprocess.run([binary, *words], stdout=subprocess.PIPE, text=True, check=True,
                          timeout=20).stdout


def plain(page):
    return page.replace("\\-", "-").replace("\\e", "\\")


def commands(binary):
    listed = said(binary, "help").split("\nCommands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  (\w+) ", listed, re.M)


def test_each_command_has_its_part_with_its_flags(binary):
    page = plain(said(binary, "man", "tickgate"))
    parts = dict(re.findall(r'^\.SS "tickgate (\w+)[^\n]*\n(.*?)(?=^\.S)', page, re.S | re.M))
    assert list(parts) == commands(binary)
    for command, part in parts.items():
        flags = re.findall(r"^  (--\S+)", said(binary, command, "--help"), re.M)
        assert re.findall(r"^\\fB(--\S+)\\fR", part, re.M) == [flag for flag in flags if flag != "--help"]


def test_each_key_has_its_line(binary):
    page = plain(said(binary, "man", "tickgate.yaml"))
    schema = json.loads((ROOT / "deploy/tickgate.schema.json").read_text())
    parts = dict(re.findall(r'^\.SH "([a-z.]+)"\n(.*?)(?=^\.SH)', page, re.S | re.M))
    maps = {**schema["properties"], "server.tls": schema["properties"]["server"]["properties"]["tls"],
            "plans": schema["definitions"]["plan"], "feeds": schema["definitions"]["feed"],
            "feeds.nats": schema["definitions"]["edge"],
            "publish.nats": schema["properties"]["publish"]["properties"]["nats"],
            "consolidated": schema["definitions"]["consolidated"]}
    del maps["publish"]  # it has the one key
    assert set(parts) == set(maps)
    for name, part in parts.items():
        assert set(re.findall(r"^\\fB(\S+)\\fR", part, re.M)) == set(maps[name]["properties"])
    assert "limits" in parts and "Default: 20000." in parts["limits"]

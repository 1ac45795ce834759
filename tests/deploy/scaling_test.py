# SPDX-License-Identifier: Apache-2.0
"""deploy/scaling.py: its tables are those of SCALING.md, its costs are measured by commands that there are, and more
of anything never takes fewer machines."""
import dataclasses
import math
import re
import subprocess
import sys

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "deploy"))
import scaling  # noqa: E402
from scaling import Costs, Model, Question  # noqa: E402

TEXT = scaling.DOCUMENT.read_text(encoding="utf-8")


def run(*words):
    return subprocess.run([sys.executable, ROOT / "deploy/scaling.py", *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=60)


def with_(kind, **changed):
    return dataclasses.replace(kind(), **changed)


def test_the_document_has_what_the_script_says():
    tables = scaling.parts(Question(), Costs(), scaling.INTERVALS_MS)
    assert scaling.kept(TEXT, tables) == TEXT, "python3 deploy/scaling.py --keep"


def test_what_it_prints_is_what_the_document_has():
    for table in run().stdout.strip().split("\n\n"):
        assert table in TEXT


def test_each_cost_names_a_command_of_the_tree():
    runner = (ROOT / "tests/bench/run.sh").read_text(encoding="utf-8")
    for field in dataclasses.fields(Costs):
        if test := re.fullmatch(r"python3 -m pytest -s (\S+) -k (\w+)", field.metadata["by"]):
            assert re.search(rf"^def test_\w*{test[2]}", (ROOT / test[1]).read_text(encoding="utf-8"), re.M)
            continue
        name = re.fullmatch(r"sh tests/bench/run\.sh (\w+)( -- \w+)?", field.metadata["by"])[1]
        assert re.search(rf"\b{name}\b", runner), name


def test_the_bytes_of_an_update_are_those_of_the_examples():
    assert f"JSON is {scaling.UPDATE_BYTES} bytes" in TEXT
    assert 100 < scaling.UPDATE_BYTES < scaling.PAYLOAD_BYTES < 1000


@pytest.mark.parametrize("kind, changed", [
    (Question, {"clients": 2_000_000}), (Question, {"symbols": 40}), (Question, {"updates": 4.0}),
    (Question, {"edge_cores": 4}), (Question, {"edge_gbit": 1.0}), (Question, {"edge_connections": 20_000}),
    (Question, {"use": 0.4}), (Costs, {"frame_of_1_us": 9.4, "frame_of_20_us": 20.6}), (Costs, {"tls": 3.0}),
    (Costs, {"connection_bytes": 500_000.0})], ids=str)
@pytest.mark.parametrize("interval", scaling.INTERVALS_MS)
def test_more_work_or_smaller_machines_never_take_fewer(kind, changed, interval):
    before = Model(Question(), Costs(), interval)
    after = Model(with_(Question, **changed) if kind is Question else Question(),
                  with_(Costs, **changed) if kind is Costs else Costs(), interval)
    assert (after.edges, after.server_cores, after.cores()) >= (before.edges, before.server_cores, before.cores())
    assert after.edges >= before.edges and after.servers >= before.servers


def test_a_client_is_sent_what_it_wants_and_no_more_often_than_it_asked():
    assert (Model(Question(), Costs(), 0).frames, Model(Question(), Costs(), 0).updates) == (40, 40)
    assert (Model(Question(), Costs(), 500).frames, Model(Question(), Costs(), 500).updates) == (2, 40)
    assert (Model(Question(), Costs(), 1000).frames, Model(Question(), Costs(), 1000).updates) == (1, 20)


def test_the_edges_carry_all_clients_within_what_may_be_used():
    for interval in scaling.INTERVALS_MS:
        one = Model(Question(), Costs(), interval)
        assert one.edges * one.on_edge >= Question().clients > (one.edges - 1) * one.on_edge
        used = (one.on_edge * one.client_us / 1e6 + one.intake_cores) / Question().edge_cores
        assert used <= Question().use + 1e-9
        assert one.on_edge * one.client_bytes * 8 <= Question().edge_gbit * 1e9 * Question().use + 1e-3


def test_what_nats_carries_follows_edges_and_not_clients():
    few, many = (Model(with_(Question, clients=clients), Costs(), 500) for clients in (300_000, 900_000))
    assert many.server_cores < 3 * few.server_cores
    assert Model(with_(Question, symbols=2), Costs(), 500).messages == few.messages


def test_an_edge_that_cannot_take_in_what_comes_is_said_to_be_none():
    one = Model(with_(Question, instruments=5_000_000), Costs(), 500)
    assert (one.on_edge, one.edges) == (0, math.inf)
    assert "cannot take in" in run("--instruments", "5000000", "--interval-ms", "500").stdout.split("\n\n")[1]


@pytest.mark.parametrize("words", [["--clients", "0"], ["--clients", "many"], ["--use", "1.5"], ["--regions", "1"],
                                   ["--interval-ms", "-1"], ["--tls", "nan"], ["--colour", "red"]], ids=" ".join)
def test_a_question_without_sense_is_refused(words):
    done = run(*words)
    assert done.returncode == 2 and done.stdout == "", done.stderr

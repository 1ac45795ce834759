# SPDX-License-Identifier: Apache-2.0
"""Writes the copies in the tree that tests hold to their originals: python3 tests/deploy/keep.py [rules | chart].

rules: the PrometheusRule of Kustomize, which can put no file into an object. chart: what the chart renders for
everything, so that it is looked at where there is no helm.
"""
import sys

import yaml

from renderings import KEPT, PROMETHEUS_RULE, by_helm, chart_digest, prometheus_rule, without_files


def keep_rules():
    PROMETHEUS_RULE.write_text(prometheus_rule(), encoding="utf-8")


def keep_chart():
    head = f"# What the chart renders for everything: python3 tests/deploy/keep.py chart; of {chart_digest()}\n"
    KEPT.write_text(head + yaml.safe_dump_all(without_files(by_helm("everything"))), encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:] or ("rules", "chart"):
        {"rules": keep_rules, "chart": keep_chart}[name]()

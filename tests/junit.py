# SPDX-License-Identifier: Apache-2.0
"""What a suite came to, read from the JUnit file of pytest or ctest."""
import re
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """`failures` and `skips` are (what, why or output) pairs."""

    passed: int = 0
    failures: list = field(default_factory=list)
    skips: list = field(default_factory=list)

    @property
    def failed(self):
        return len(self.failures)

    @property
    def skipped(self):
        return len(self.skips)


def read(path, suite, code, output):
    """A suite that wrote no file, or ended badly with no case to blame, is one failure."""
    outcome = Outcome()
    if path.exists():
        for case in xml.parse(path).iter("testcase"):
            add(outcome, case)
    if not path.exists() or (code != 0 and not outcome.failures):
        outcome.failures.append((suite, f"exit code {code}\n{output[-3000:]}"))
    return outcome


def add(outcome, case):
    name = case.get("name")
    bad = case.find("failure") if case.find("failure") is not None else case.find("error")
    left_out = case.find("skipped")
    printed = case.findtext("system-out") or ""
    if bad is not None:
        outcome.failures.append((name, said(bad, printed)))
    elif left_out is None:
        outcome.passed += 1
    elif "Unable to find" in left_out.get("message", ""):  # ctest: the program was not built
        outcome.failures.append((name, left_out.get("message")))
    else:
        # What GTEST_SKIP() was told stands in the output; pytest has it in the element.
        told = re.search(r"Skipped\n(.+)", printed)
        outcome.skips.append((name, told[1] if told else left_out.get("message", "")))


def said(bad, printed):
    """The end of what was printed, or a sanitizer's report from its beginning."""
    text = bad.text or printed or bad.get("message", "")
    report = re.search(r"^.*(?:ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:)", text,
                       re.M)
    lines = text[report.start():].splitlines()[:30] if report else text.splitlines()[-30:]
    return "\n".join(lines)

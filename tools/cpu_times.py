"""Where the tests' CPU time goes: a plugin of pytest that adds a table, one line a file (option --cpu-times).

CPU time, and not time on the clock: it is the same on a busy machine, within a little. The processes that a test starts
are counted with it, when they have ended.
"""

import os
from collections import defaultdict

import pytest

LINES = 40


def pytest_addoption(parser):
    parser.addoption(
        "--cpu-times", action="store_true", help="print the CPU time of each test file"
    )


def cpu_seconds():
    """What this process and those that it has started and seen end have used, s."""
    times = os.times()
    return sum(times[:4])  # user and system, own and children's


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    item.cpu_start = cpu_seconds()
    yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "teardown":  # the last of the three reports carries the whole
        outcome.get_result().user_properties.append(("cpu", cpu_seconds() - item.cpu_start))


def pytest_terminal_summary(terminalreporter):
    if not terminalreporter.config.getoption("--cpu-times"):
        return
    seconds, tests = defaultdict(float), defaultdict(int)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "teardown":
                file = report.nodeid.partition("::")[0]
                seconds[file] += dict(report.user_properties).get("cpu", 0)
                tests[file] += 1
    terminalreporter.section(f"CPU time: {sum(seconds.values()) / 60:.1f} minutes")
    for file in sorted(seconds, key=seconds.get, reverse=True)[:LINES]:
        terminalreporter.write_line(f"{seconds[file]:8.1f} s {tests[file]:6d} tests  {file}")

"""Measures the handlers that bench/run has started, in turn and round by round, and says what a session adds to a page.

Added = a percentile of the handler's pages minus the same one of pages without a session in the same round.
CPU = run time of the php-fpm worker's threads per page (/proc/PID/task/*/schedstat), also minus the page without.
"""

import argparse
import glob
import json
import os
import statistics
import sys

import chart
import pages
from floor import Floor

MODES = {"ro": "read-only page", "rw": "read-write page", "new": "new session"}


class Handler:
    """One php-fpm pool: a master with one worker."""

    def __init__(self, name, socket, master, work=0):
        self.name, self.socket, self.work, self.cookie, self.count = name, socket, work, None, 0
        with open(f"/proc/{master}/task/{master}/children", encoding="ascii") as children:
            self.worker = children.read().split()[0]
        self.bad = []

    def cpu(self):
        total = 0
        for path in glob.glob(f"/proc/{self.worker}/task/*/schedstat"):
            with open(path, encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total / 1e6

    def page(self, mode, session_file):
        if mode == "rw":
            self.count += 1
        query, cookie = f"mode={mode}&work={self.work}", None if mode == "new" else self.cookie
        took, cookie, text = pages.get(self.socket, "page.php", query, cookie, session_file)
        if mode != "none" and text != f"OK {0 if mode == 'new' else self.count}":
            self.bad.append(f"{self.name}, {mode}: {text[:300]}")
        return took, cookie

    def begin(self, session_file):
        _, self.cookie = self.page("new", session_file)
        self.count = 0
        for _ in range(5):
            self.page("ro", session_file)

    def run(self, mode, count, session_file):
        before = self.cpu()
        times = [self.page(mode, session_file)[0] for _ in range(count)]
        return times, (self.cpu() - before) / count


def percentile(times, percent):
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


def measure(handlers, floor, mode, rounds, count, session_file):
    """Rows of (name, p50 of all rounds, lowest, highest, p95, CPU)."""
    rounds_of = {handler.name: [] for handler in handlers}
    floors = []
    for number in range(rounds):
        floors.append([floor.page(mode) for _ in range(count)])
        for handler in handlers[number % len(handlers):] + handlers[:number % len(handlers)]:
            # At half, after and before a part of the pages: what else the machine does meanwhile hits both.
            empty, empty_cpu = handler.run("none", count, session_file)
            times, cpu = handler.run(mode, count, session_file)
            added = [percentile(times, percent) - percentile(empty, percent) for percent in (50, 95)]
            rounds_of[handler.name].append((*added, cpu - empty_cpu))
    rows = [("floor", *spread([percentile(times, 50) for times in floors]),
             statistics.median(percentile(times, 95) for times in floors), None)]
    for handler in handlers:
        half, most, cpu = zip(*rounds_of[handler.name])
        rows.append((handler.name, *spread(half), statistics.median(most), statistics.median(cpu)))
    return rows


def spread(values):
    return statistics.median(values), min(values), max(values)


def show(title, rows):
    print(f"\n{title}: added by the session, ms")
    print(f"{'':28}{'p50':>7}{'rounds':>14}{'p95':>8}{'CPU':>7}{'x floor':>9}")
    for name, half, low, high, most, cpu in rows:
        cpu = "" if cpu is None else f"{cpu:.2f}"
        print(f"{name:28}{half:7.2f}{f'{low:.2f}..{high:.2f}':>14}{most:8.2f}{cpu:>7}{half / rows[0][1]:9.2f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--svg")
    parser.add_argument("--setup", required=True, help="JSON of what bench/run has started")
    options = parser.parse_args()
    setup = json.loads(options.setup)
    rounds, count = (5, 40) if options.quick else (11, 200)
    with open(setup["session"], "rb") as file:
        floor = Floor(setup["port"], setup["ca"], file.read())
    handlers = [Handler(**handler) for handler in setup["handlers"]]
    for handler in handlers:
        handler.begin(setup["session"])
    results = {}
    for mode, title in MODES.items():
        results[mode] = measure(handlers, floor, mode, rounds, count, setup["session"])
        show(title, results[mode])
    print(f"\n{os.path.getsize(setup['session'])} bytes of session; {rounds} rounds of {count} pages; round trip {setup['rtt']} ms, "
          f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} CPUs.")
    if options.svg:
        with open(options.svg, "w", encoding="utf-8") as file:
            file.write(chart.svg({MODES[mode]: rows for mode, rows in results.items()}, setup["rtt"]))
        print(f"Chart: {options.svg}")
    bad = [text for handler in handlers for text in handler.bad]
    for text in bad[:10]:
        print(f"FAILED {text}", file=sys.stderr)
    print(f"{len(bad)} pages failed")
    sys.exit(1 if bad else 0)


main()

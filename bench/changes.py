"""What clients that change one session at once lose, and what they pay, for the handlers that bench/parallel has started.

A change is a count in a key of the client's own. Lost: pages that said OK, less what is counted in the end. A pause is what a
visitor's network takes between two pages; without one, the client that has just freed a lock is there first to take it again.
Calls: those that nginx and Redis have counted. A write unit is 1 KB of the whole item for each UpdateItem, refused or not:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import argparse
import base64
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request

import pages

CLIENTS = (1, 4, 16)
PAUSES = (0, 20)    # ms


class Calls:
    """What both servers were asked so far."""

    def __init__(self, setup):
        self.log, self.redis = setup["log"], setup["redis"]

    def now(self):
        with open(self.log, encoding="ascii") as file:
            calls = file.read()
        stats = subprocess.run([*self.redis, "info", "stats"], check=True, capture_output=True, text=True).stdout
        of_redis = next(int(line.split(":")[1]) for line in stats.splitlines() if line.startswith("total_commands"))
        return calls.count(".UpdateItem "), calls.count(".UpdateItem 400"), calls.count(".GetItem "), of_redis

    def since(self, before):
        """Updates, those of them that were refused, reads, and commands of Redis, without the INFO that asks."""
        updates, refused, reads, of_redis = (new - old for new, old in zip(self.now(), before))
        return updates, refused, reads, of_redis - 1


class Total:
    """What pages of one kind have come to."""

    def __init__(self):
        self.times, self.done, self.lost, self.failed = [], 0, 0, []
        self.updates = self.refused = self.reads = self.redis = self.units = 0

    def percentile(self, percent):
        times = sorted(self.times)
        return times[min(len(times) - 1, len(times) * percent // 100)]

    def each(self, number):
        return number / len(self.times)


class Handler:
    """One php-fpm pool, or several that serve a visitor in turn."""

    def __init__(self, setup, name, socket, work, **_):
        self.setup, self.name, self.sockets, self.work = setup, name, socket.split(","), work
        self.calls = Calls(setup)

    def get(self, do, cookie=None, client=0, session_file=""):
        query = f"do={do}&work={self.work}&client={client}"
        return pages.get(self.sockets[client % len(self.sockets)], "change.php", query, cookie, session_file)

    def begin(self, session_file):
        _, cookie, text = self.get("new", session_file=session_file)
        if text != "OK 0":
            raise RuntimeError(f"{self.name}: {text[:300]}")
        return cookie

    def item_size(self, cookie):
        body = {"TableName": "bench", "Key": {"id": {"S": f"PHPSESSID_{cookie}"}}, "ConsistentRead": True}
        head = {"X-Amz-Target": "DynamoDB_20120810.GetItem", "Content-Type": "application/x-amz-json-1.0",
                "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request, "
                                 f"SignedHeaders=host, Signature={'0' * 64}", "X-Amz-Date": "20260101T000000Z"}
        with urllib.request.urlopen(urllib.request.Request(self.setup["engine"], json.dumps(body).encode(), head)) as answer:
            return sum(len(name) + size(value) for name, value in json.load(answer).get("Item", {}).items())

    def run(self, total, clients, count, session_file, spread=0.0, pause=0.0):
        """So many clients, each with so many pages in turn and pauses between; they begin within `spread` seconds."""
        cookie, barrier = self.begin(session_file), threading.Barrier(clients)
        before, answers = self.calls.now(), []

        def client(number):
            barrier.wait()
            time.sleep(spread * number / clients)
            for _ in range(count):
                took, _, text = self.get("change", cookie, number)
                answers.append((took, text))
                time.sleep(pause)

        threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        updates, refused, reads, redis = self.calls.since(before)
        done = sum(text.startswith("OK ") for _, text in answers)
        total.times += [took for took, _ in answers]
        total.failed += [text for _, text in answers if not text.startswith("OK ")]
        total.done += done
        total.lost += done - int(self.get("counts", cookie)[2][3:])
        total.updates, total.refused = total.updates + updates, total.refused + refused
        total.reads, total.redis = total.reads + reads, total.redis + redis
        if updates:
            total.units += updates * -(-self.item_size(cookie) // 1024)


def size(value):
    """Bytes of a value, as DynamoDB counts them."""
    (kind, text), = value.items()
    return {"B": lambda: len(base64.b64decode(text)), "N": lambda: len(text) // 2 + 2}.get(kind, lambda: len(text.encode()))()


def again_and_again(handlers, session_file, rounds, counts, pause):
    for clients, count in zip(CLIENTS, counts):
        totals = {handler.name: Total() for handler in handlers}
        for number in range(rounds):
            for handler in handlers[number % len(handlers):] + handlers[:number % len(handlers)]:
                handler.run(totals[handler.name], clients, count, session_file, pause=pause / 1000)
        print(f"\nClients: {clients}, pause {pause} ms; {rounds} rounds of {count} pages each")
        print(f"{'':28}{'changes':>9}{'lost':>6}{'failed':>8}{'p50, ms':>9}{'mean':>8}{'p95':>8}{'calls':>8}{'write units':>13}")
        for name, total in totals.items():
            calls, mean = total.each(total.updates + total.reads + total.redis), total.each(sum(total.times))
            print(f"{name:28}{total.done:9}{total.lost:6}{len(total.failed):8}{total.percentile(50):9.1f}{mean:8.1f}"
                  f"{total.percentile(95):8.1f}{calls:8.2f}{total.each(total.units):13.1f}", flush=True)
        yield from totals.items()


def at_once(handlers, files, rounds):
    print(f"\nPages that begin together, and spread over 50 ms: {rounds} rounds; calls and write units of a page")
    print("Refused: updates that met the change of another page, or its lock")
    print(f"{'':28}{'bytes':>8}{'pages':>7}{'begin':>10}{'lost':>6}{'p50, ms':>9}{'p95':>8}{'updates':>9}{'refused':>9}"
          f"{'reads':>7}{'write units':>13}")
    for file in files:
        for clients in CLIENTS[1:]:
            for spread, title in ((0.0, "together"), (0.05, "in 50 ms")):
                for handler in handlers:
                    total = Total()
                    for _ in range(rounds):
                        handler.run(total, clients, 1, file, spread)
                    print(f"{handler.name:28}{os.path.getsize(file):8}{clients:7}{title:>10}{total.lost:6}"
                          f"{total.percentile(50):9.1f}{total.percentile(95):8.1f}{total.each(total.updates):9.2f}"
                          f"{total.each(total.refused):9.2f}{total.each(total.reads):7.2f}{total.each(total.units):13.1f}")
                    yield handler.name, total


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--setup", required=True, help="JSON of what bench/parallel has started")
    options = parser.parse_args()
    setup = json.loads(options.setup)
    small, large = setup["sessions"]
    handlers = [Handler(setup, **handler) for handler in setup["handlers"]]
    for handler in handlers:    # every worker connects
        for _ in range(2):
            handler.run(Total(), max(CLIENTS), 2, small)
    rounds, counts, once = (2, (20, 10, 5), 3) if options.quick else (5, (40, 20, 12), 10)
    totals = [pair for pause in PAUSES for pair in again_and_again(handlers, small, rounds, counts, pause)]
    totals += at_once([handler for handler in handlers if handler.name in setup["at_once"]], (small, large), once)
    print(f"\n{os.path.getsize(small)} bytes of session unless said; {handlers[0].work} ms of application in a page; round trip "
          f"{setup['rtt']} ms, load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} CPUs.")
    bad = [f"{name}: {text[:200]}" for name, total in totals for text in total.failed]
    for text in sorted(set(bad))[:10]:
        print(f"failed: {text}")
    lost = [name for name, total in totals if total.lost and name in setup["lossless"]]
    for name in lost:
        print(f"FAILED {name} has lost changes", file=sys.stderr)
    sys.exit(1 if lost else 0)


main()

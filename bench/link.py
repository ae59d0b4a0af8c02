"""python3 link.py LISTEN_PORT TARGET_PORT ROUND_TRIP_MS: a TCP relay that delays.

What it emulates: every run of bytes arrives half a round trip after it was sent, in both directions, and a connection
takes one round trip more before its first bytes travel. What it does not: packets, loss, congestion windows, bandwidth.
"""

import queue
import socket
import sys
import threading
import time


def relay(source, target, delay):
    """Passes on what `source` sends, each piece when its time has come; its end too."""
    pieces = queue.SimpleQueue()

    def send():
        while True:
            due, piece = pieces.get()
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                if not piece:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(piece)
            except OSError:
                return

    threading.Thread(target=send, daemon=True).start()
    extra = delay[1]
    while True:
        try:
            piece = source.recv(65536)
        except OSError:
            piece = b""
        pieces.put((time.monotonic() + delay[0] + extra, piece))
        extra = 0.0
        if not piece:
            return


def main():
    listen_port, target_port, round_trip = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000
    server = socket.create_server(("127.0.0.1", listen_port), backlog=128)
    while True:
        client, _ = server.accept()
        backend = socket.create_connection(("127.0.0.1", target_port))
        for end in (client, backend):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for source, target, first in ((client, backend, round_trip), (backend, client, 0.0)):
            threading.Thread(target=relay, args=(source, target, (round_trip / 2, first)), daemon=True).start()


main()

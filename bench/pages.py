"""Asking php-fpm for a page, by FastCGI: https://fastcgi-archives.github.io/FastCGI_Specification.html"""

import os
import socket
import struct
import time

BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7
FOLDER = os.path.dirname(os.path.abspath(__file__))


def record(kind, content):
    return struct.pack("!BBHHBx", 1, kind, 1, len(content), 0) + content


def length(text):
    return struct.pack("!B", len(text)) if len(text) < 128 else struct.pack("!L", len(text) | 0x80000000)


def request(params):
    pairs = b"".join(length(n) + length(v) + n.encode() + v.encode() for n, v in params.items())
    return record(BEGIN, struct.pack("!HB5x", 1, 0)) + record(PARAMS, pairs) + record(PARAMS, b"") + record(STDIN, b"")


def read_exactly(connection, count):
    data = bytearray()
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError("php-fpm closed the connection")
        data += piece
    return bytes(data)


def get(path, script, query, cookie, session_file):
    """One page from the php-fpm that listens on `path`: its time in ms, its cookie, its text."""
    params = {"SCRIPT_FILENAME": os.path.join(FOLDER, script), "REQUEST_METHOD": "GET", "QUERY_STRING": query,
              "REQUEST_URI": f"/?{query}", "BENCH_SESSION": session_file, "SERVER_PROTOCOL": "HTTP/1.1"}
    if cookie:
        params["HTTP_COOKIE"] = f"PHPSESSID={cookie}"
    message, output = request(params), bytearray()
    started = time.perf_counter()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(message)
        while True:
            _, kind, _, size, padding = struct.unpack("!BBHHBx", read_exactly(connection, 8))
            content = read_exactly(connection, size + padding)[:size]
            if kind in (STDOUT, STDERR):
                output += content
            elif kind == END:
                break
    took = (time.perf_counter() - started) * 1000
    head, _, body = output.partition(b"\r\n\r\n")
    for line in head.decode("latin-1").split("\r\n"):
        if line.startswith("Set-Cookie: PHPSESSID="):
            cookie = line.split("=", 1)[1].split(";")[0]
    return took, cookie, body.decode("latin-1")

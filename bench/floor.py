"""The floor: the same calls to DynamoDB, one after the other, by a bare client on one warm TLS connection."""

import base64
import json
import socket
import ssl
import time


class Floor:
    def __init__(self, port, ca, data):
        context = ssl.create_default_context(cafile=ca)
        self.connection = context.wrap_socket(socket.create_connection(("localhost", port)), server_hostname="localhost")
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = {"TableName": "bench", "Key": {"id": {"S": "floor"}}}
        values = {":d": {"B": base64.b64encode(data).decode()}, ":e": {"N": "4000000000"}}
        update = {**key, "UpdateExpression": "SET #d = :d, expires = :e", "ExpressionAttributeNames": {"#d": "data"},
                  "ExpressionAttributeValues": values}
        self.get = self.message("GetItem", {**key, "ConsistentRead": True})
        self.update = self.message("UpdateItem", update)
        self.ask(self.update)

    @staticmethod
    def message(operation, body):
        body = json.dumps(body).encode()
        credential = "AKIDEXAMPLE/20260101/eu-central-1/dynamodb/aws4_request"
        head = (f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
                f"X-Amz-Target: DynamoDB_20120810.{operation}\r\nX-Amz-Date: 20260101T000000Z\r\n"
                f"Authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature={'0' * 64}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n")
        return head.encode() + body

    def ask(self, message):
        self.connection.sendall(message)
        answer = bytearray()
        while b"\r\n\r\n" not in answer:
            answer += self.receive()
        head, _, body = bytes(answer).partition(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        if " 200 " not in lines[0] + " ":
            raise RuntimeError(f"the engine answers {lines[0]}: {body[:200]!r}")
        size = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length:"))
        missing = size - len(body)
        while missing > 0:
            missing -= len(self.receive())

    def receive(self):
        piece = self.connection.recv(65536)
        if not piece:
            raise ConnectionError("the engine closed the connection")
        return piece

    def page(self, mode):
        """The calls of one page, in ms."""
        started = time.perf_counter()
        for message in {"ro": [self.get], "rw": [self.get, self.update], "new": [self.get, self.update]}[mode]:
            self.ask(message)
        return (time.perf_counter() - started) * 1000

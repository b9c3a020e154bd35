#!/usr/bin/python3
"""raw_req.py URL: a strict REQ client that was written from src/wire/PROTOCOL.md alone puts a key and gets it."""
import msgpack, random, sys, zmq

socket = zmq.Context().socket(zmq.REQ)
socket.rcvtimeo, socket.linger = 30_000, 0
socket.connect(sys.argv[1])


def call(kind, *fields):
    socket.send(msgpack.packb([1, kind, 7, 5000, *fields]))
    reply = msgpack.unpackb(socket.recv(), raw=False)
    assert reply[:4] == [1, kind, 7, 0], reply
    return reply[9:]


revision, _ = call(1, random.randrange(1, 2**64), 1, 1, b"greeting", b"hello")
count, more, records = call(3, b"greeting")
assert (count, more, records) == (1, False, [[b"greeting", b"hello", revision, revision, 1, 0]]), records

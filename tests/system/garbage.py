#!/usr/bin/python3
"""garbage.py CLIENT_URL PEER_URL: sends nonsense to both ports of a node: bytes that are not ZeroMQ, ZeroMQ messages that are not ours, and messages
that nearly are. Ends with 0 once all of it is sent."""
import random
import socket
import struct
import sys

import msgpack
import zmq

MESSAGES = 300


def greeting(version):
    return b"\xff" + bytes(8) + b"\x7f" + bytes([version, 0]) + b"NULL".ljust(20, b"\0") + bytes(32)


def not_zeromq(dice, url):
    """Whatever comes to a TCP port: other protocols, port scanners, broken peers."""
    host, port = url.removeprefix("tcp://").split(":")
    starts = [b"", b"GET / HTTP/1.1\r\n\r\n", b"\xff", greeting(3), greeting(1), greeting(3) + b"\x04\x26\x05READY"]
    for start in starts * 10:
        with socket.create_connection((host, int(port))) as tcp:
            try:
                tcp.sendall(start + dice.randbytes(dice.randrange(2000)))
                if dice.random() < 0.5:  # reset instead of an orderly end
                    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass  # it hung up on us, as it may


def nearly_a_message(dice):
    """An array as in the protocols, with fields of any kind in any number, possibly cut off."""
    def field():
        return dice.choice([None, True, -1, 0, 1, 2, 5, 2**64 - 1, 1.5, b"", b"key", "text", dice.randbytes(40),
                            [1, [2, [3]]], {b"a": 1}])
    body = msgpack.packb([dice.choice([0, 1, 2]), dice.randrange(12)] + [field() for _ in range(dice.randrange(12))])
    return body[: dice.randrange(len(body) + 1)] if dice.random() < 0.3 else body


def not_ours(dice, url, context, kind):
    with context.socket(kind) as out:
        out.linger = 10_000
        out.connect(url)
        for _ in range(MESSAGES):
            out.send_multipart(dice.choice([
                [dice.randbytes(dice.randrange(200))],
                [b"", dice.randbytes(dice.randrange(200))],
                [nearly_a_message(dice)],
                [b"", nearly_a_message(dice) + nearly_a_message(dice)],
                [b"x"] * dice.randrange(1, 12),
                [b"", b""],
                [b"\xdd\xff\xff\xff\xff"],
                [b"\x91" * 10_000],
            ]))


def wrong_kind(url, context):
    """A client that got the ports mixed up."""
    with context.socket(zmq.DEALER) as out:
        out.linger = 0
        out.connect(url)
        out.send(b"hello")
        out.poll(200)


def main():
    client_url, peer_url = sys.argv[1:]
    seed = random.randrange(2**32)
    print("seed", seed)
    dice = random.Random(seed)
    with zmq.Context() as context:
        for url in client_url, peer_url:
            not_zeromq(dice, url)
        not_ours(dice, client_url, context, zmq.DEALER)
        not_ours(dice, peer_url, context, zmq.PUSH)
        wrong_kind(peer_url, context)


main()

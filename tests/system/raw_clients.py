#!/usr/bin/python3
"""raw_clients.py URL: the other kinds of clients that src/wire/PROTOCOL.md describes: a REQ that may ask again,
a DEALER with many requests under way, and a DEALER that imitates a REQ; retries, refusals and nonsense with each."""
import random
import sys

import msgpack
import zmq

PUT, REMOVE, RANGE, STATUS, MEMBERS = 1, 2, 3, 4, 5
OK, MALFORMED, UNSUPPORTED, INVALID_ARGUMENT, TOO_LARGE, STALE_REQUEST = 0, 1, 2, 3, 4, 10


def request(kind, number, *fields):
    return msgpack.packb([1, kind, number, 5000, *fields])


def replies(frame):
    unpacker = msgpack.Unpacker(raw=False)
    unpacker.feed(frame)
    return list(unpacker)


def open_socket(context, kind, url, **options):
    socket = context.socket(kind)
    socket.rcvtimeo, socket.linger = 30_000, 0
    for name, value in options.items():
        setattr(socket, name, value)
    socket.connect(url)
    return socket


def relaxed_req(context, url):
    """It sends a second time without having waited for the answer, and gets the answer to the second."""
    socket = open_socket(context, zmq.REQ, url, req_relaxed=True, req_correlate=True)
    client = random.randrange(1, 2**64)
    put = request(PUT, 1, client, 1, 1, b"relaxed", b"once")
    socket.send(put)
    socket.send(put)
    (first,) = replies(socket.recv())
    assert first[:4] == [1, PUT, 1, OK], first
    socket.send(request(RANGE, 2, b"relaxed"))
    (reply,) = replies(socket.recv())
    # Applied once: version 1. Elements may be appended to a record.
    assert [record[:5] for record in reply[11]] == [[b"relaxed", b"once", first[9], first[9], 1]], reply


def dealer(context, url):
    """Many requests in one message, many messages under way, replies in any order, retries of all of them."""
    socket = open_socket(context, zmq.DEALER, url)
    client = random.randrange(1, 2**64)
    count, per_message = 300, 10
    prefix = b"dealer/%016x/" % client

    def put_all():
        """The revision of each write, by its number."""
        requests = [request(PUT, n, client, n, 1, prefix + b"%04d" % n, b"%d" % n) for n in range(1, count + 1)]
        for i in range(0, count, per_message):
            socket.send(b"".join(requests[i : i + per_message]))
        revisions = {}
        while len(revisions) < count:
            for reply in replies(socket.recv()):
                assert reply[1] == PUT and reply[3] == OK, reply
                revisions[reply[2]] = reply[9]
        return revisions

    revisions = put_all()
    assert len(set(revisions.values())) == count
    assert put_all() == revisions, "a retry changed something"

    socket.send(request(RANGE, 1, prefix, prefix[:-1] + b"0", 10))
    (reply,) = replies(socket.recv())
    assert reply[9:11] == [count, True] and len(reply[11]) == 10, reply
    assert reply[11][0][:5] == [prefix + b"0001", b"1", revisions[1], revisions[1], 1], reply[11][0]
    socket.send(request(REMOVE, 2, client, count + 1, count + 1, prefix, prefix[:-1] + b"0"))
    (reply,) = replies(socket.recv())
    assert reply[3] == OK and reply[10] == count, reply
    socket.send(request(PUT, 3, client, 1, 1, prefix, b"again"))
    (reply,) = replies(socket.recv())
    assert reply[3] == STALE_REQUEST, reply


def delimited_dealer(context, url):
    """With the empty frame of a REQ it is served as one; frames before that come back."""
    socket = open_socket(context, zmq.DEALER, url)
    for envelope in [b""], [b"ours", b""]:
        socket.send_multipart([*envelope, request(STATUS, 9)])
        *returned, body = socket.recv_multipart()
        assert returned == envelope, returned
        (reply,) = replies(body)
        assert reply[1:4] == [STATUS, 9, OK] and reply[9][2] in ("leader", "follower"), reply
        socket.send_multipart([*envelope, request(MEMBERS, 10)])
        (reply,) = replies(socket.recv_multipart()[-1])
        assert reply[3] == OK and all(len(member) >= 4 for member in reply[9]), reply


def refusals(context, url):
    """What is wrong comes back with a code and a line for a person, and the socket stays usable."""
    socket = open_socket(context, zmq.REQ, url)
    for body, code in [
        (request(PUT, 1, 1, 1, 1, b"", b"no key"), INVALID_ARGUMENT),
        (request(PUT, 1, 1, 1, 1, b"k" * 32_769, b""), TOO_LARGE),
        (request(PUT, 1, 1, 1, 1, b"k", b"v" * (2**20 + 1)), TOO_LARGE),
        (request(PUT, 1, 1, 1, 1), MALFORMED),
        (request(RANGE, 1, b"k", b"", 0, 8), UNSUPPORTED),
        (request(99, 1), UNSUPPORTED),
        (msgpack.packb([2, PUT, 1, 0]), UNSUPPORTED),
        (b"\xc1 nonsense", MALFORMED),
    ]:
        socket.send(body)
        (reply,) = replies(socket.recv())
        assert reply[3] == code, (body[:40], reply)
        assert reply[9] and "\n" not in reply[9], reply
    socket.send(request(RANGE, 2, b"absent"))
    (reply,) = replies(socket.recv())
    assert reply[3] == OK and reply[9:] == [0, False, []], reply


def main():
    with zmq.Context() as context:
        for client in relaxed_req, dealer, delimited_dealer, refusals:
            client(context, sys.argv[1])
            print(client.__name__, "passed", flush=True)
        context.destroy(linger=0)


main()

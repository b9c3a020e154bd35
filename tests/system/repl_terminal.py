"""kvctl at a terminal, as a person meets it: prompt, completion, history, Ctrl-C, Ctrl-D.

usage: repl_terminal.py KVCTL ENDPOINT STATE_DIRECTORY
"""
import os
import pty
import re
import select
import sys
import time

kvctl, endpoint, state = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(XDG_STATE_HOME=state, TERM="dumb", LC_ALL="C.UTF-8")
    os.execv(kvctl, [kvctl, "--endpoints", endpoint])

seen = ""


def expect(pattern, seconds=20):
    """Waits until what was printed since the last call has this in it."""
    global seen
    until = time.monotonic() + seconds
    while not (found := re.search(pattern, seen)):
        left = until - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            sys.exit(f"waited for {pattern!r}, and got {seen!r}")
        try:
            seen += os.read(terminal, 65536).decode(errors="replace")
        except OSError:
            sys.exit(f"it ended before {pattern!r}: {seen!r}")
    seen = seen[found.end():]


def say(text):
    os.write(terminal, text.encode())


prompt = re.escape(endpoint) + "> "
expect(prompt)
say("put planet/mars '1.52 AU'\n")
expect("OK\r\n")
expect(prompt)
say("put planet/earth 1\n")
expect("OK\r\n")
expect(prompt)
say("ge\tplanet/m\t\n")  # both words are completed
expect("planet/mars\r\n1.52 AU\r\n")
expect(prompt)
say("nonsense\n")
expect("unknown command: nonsense")
expect(prompt)
say("get planet/\t")  # a list of keys
expect("planet/earth  planet/mars")
say("\x03")  # and then no command at all
expect(prompt)
say("watch --prefix planet/ --progress-notify\n")
expect("progress notify: ")
say("\x03")  # ends the watch, not the repl
expect(prompt)
say("history planet/mars -w simple\n")
expect('2 PUT "planet/mars"')
expect(prompt)
say("\x04")
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))

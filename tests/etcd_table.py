#!/usr/bin/env python3
"""Does every row of ETCD.md name a test, and are all tests that it names there?

In a row each link names a file, and the code after it, up to the next link, what must be in it: SUITE.NAME is a test of
a .cc file; anything else a line of a text file. Exits 1 and says what is missing otherwise."""
import pathlib
import re
import sys

table = pathlib.Path(sys.argv[1])
link_or_code = re.compile(r"\[[^]]*\]\(([^)]+)\)|`([^`]+)`")


def in_file(text, name):
    if not re.fullmatch(r"\w+\.\w+", name):
        return name in text.splitlines()
    suite, test = name.split(".")
    return re.search(rf"^TEST(_F|_P)?\({suite},\s*{test}\)", text, re.MULTILINE)


complaints = []
rows = tests = 0
for number, line in enumerate(table.read_text().splitlines(), 1):
    cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    if len(cells) != 3 or cells[0] == "field" or set(cells[0]) == {"-"}:
        continue
    rows += 1
    named, text, path = 0, None, ""
    for found, code in link_or_code.findall(cells[1]):
        if found:
            path = found
            text = (table.parent / path).read_text() if (table.parent / path).is_file() else None
            if text is None:
                complaints.append(f"{number}: there is no {path}")
        elif text is not None:
            named += 1
            if not in_file(text, code.replace("\\|", "|")):
                complaints.append(f"{number}: {path} has no {code}")
    tests += named
    if not named:
        complaints.append(f"{number}: no test shows {cells[0]}")
for complaint in complaints:
    print(f"{table.name}:{complaint}")
print(f"{rows} rows, {tests} references to tests, {len(complaints)} wrong")
sys.exit(bool(complaints) or rows == 0)

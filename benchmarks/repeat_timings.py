"""Tells how far two measurements of the same machine agree: takes two files of docs/data/timings/.

A topic agrees in the strict sense where each ratio of one run lies within the interval of the other's, both ways, and
in the wide sense where their intervals overlap. Exit status 1 where fewer than 19 of 20 topics agree in the wide sense.

    python benchmarks/repeat_timings.py FIRST.json SECOND.json
"""

from __future__ import annotations

import sys
from pathlib import Path

from snippets_lib import results
from snippets_lib.model import TandemError

SHARE = 0.95
Key = tuple[str, str, str, str, int | None]


def ratios(entry: results.Entry) -> dict[Key, results.Ratio]:
    """The ratios of a topic by what they compare."""
    return {(r.numerator, r.denominator, r.work, r.dtype, r.batch_size): r for r in entry.ratios}


def within(one: results.Ratio, other: results.Ratio) -> bool:
    """True where each lies within the other's interval."""
    return other.low <= one.ratio <= other.high and one.low <= other.ratio <= one.high


def overlap(one: results.Ratio, other: results.Ratio) -> bool:
    """True where the intervals have a number in common."""
    return one.low <= other.high and other.low <= one.high


def main() -> int:
    """Compare and print the table."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        files = [results.read(Path(path)) for path in sys.argv[1:]]
    except TandemError as error:
        print(error, file=sys.stderr)
        return 2
    first, second = ({(entry.topic, entry.device): entry for entry in file.entries} for file in files)
    rows = []
    for topic, device in sorted(first.keys() & second.keys()):
        one, two = ratios(first[topic, device]), ratios(second[topic, device])
        pairs = [(one[key], two[key]) for key in one if key in two]
        agree = [sum(sense(*pair) for pair in pairs) for sense in (within, overlap)]
        rows.append((f"{topic} on {device}", len(pairs), *agree))
    print("| topic | ratios | each within the other's interval | intervals overlap |\n|---|---:|---:|---:|")
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")
    total, strict, wide = (sum(row[n] for row in rows) for n in (1, 2, 3))
    print(f"| together | {total} | {strict} | {wide} |\n")
    alone = sorted(f"{topic} on {device}" for topic, device in first.keys() ^ second.keys())
    print(f"In one file alone: {', '.join(alone)}\n" if alone else "", end="")
    agree = [sum(row[n] == row[1] for row in rows) for n in (2, 3)]
    print(f"Of {len(rows)} topics {agree[0]} agree in the strict sense in every ratio, {agree[1]} in the wide sense.")
    return 0 if rows and agree[1] >= SHARE * len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())

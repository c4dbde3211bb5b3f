"""Compares: two snippets' values number by number, and a transcript with its record.

Guarantee: what cannot be compared does not agree, and does not count as a difference either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations, zip_longest
from typing import Any

from .model import Gap, Run, Topic

_NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?(?!\w|\.\d)|(?<![\w.])[-+]?(?:nan|inf)(?!\w)"
)
_WHOLE = re.compile(r"[-+]?\d+")
_BLANK = re.compile(r"(?<!\w) | (?!\w)")  # one that parts no two words: arrays are padded as their numbers need


def gap(first: Any, second: Any) -> tuple[float, str]:
    """How far two arrays lie apart: `max|a-b| / max(1, max|a|, max|b|)`.

    Args:
        first: an array of any shape, numeric, boolean or text.
        second: another.

    Returns:
        The gap and an empty note; or infinity and why the two cannot be compared: another shape, nothing in them,
        a NaN or an infinity (which match nothing), text against numbers. Equal texts have gap 0, others 1.

    ```python
    from snippets_lib.compare import gap

    print(gap([1.0, 200.0], [1.0, 202.0]))
    #> (0.009900990099009901, '')
    print(gap([1.0], [1.0, 1.0]))
    #> (inf, 'shapes (1,) and (2,)')
    ```
    """
    import numpy as np

    a, b = np.asarray(first), np.asarray(second)
    if a.shape != b.shape:
        return float("inf"), f"shapes {a.shape} and {b.shape}"
    if a.size == 0:
        return float("inf"), "nothing in it"
    texts = [array.dtype.kind == "U" for array in (a, b)]
    if any(texts):
        return (0.0 if np.array_equal(a, b) else 1.0, "") if all(texts) else (float("inf"), "text and numbers")
    wide = complex if "c" in a.dtype.kind + b.dtype.kind else float
    a, b = a.astype(wide), b.astype(wide)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf"), "not a finite number"
    scale = max(1.0, np.abs(a).max(), np.abs(b).max())
    return float(np.abs(a / scale - b / scale).max() if scale > 1e300 else np.abs(a - b).max() / scale), ""


def gaps(topic: Topic, runs: Mapping[str, Run]) -> tuple[Gap, ...]:
    """Every gap the topic speaks of. With three snippets or more, the worst pair counts."""
    found = []
    for kind, bounds in (("agree", topic.agree), ("differ", topic.differ)):
        for name, allowed in bounds.items():
            pairs = combinations([run for run in runs.values() if name in run.values], 2)
            measured = [gap(one.values[name], two.values[name]) for one, two in pairs]
            if measured:
                worst, note = (max if kind == "agree" else min)(measured)
                note = next((why for _, why in measured if why), note)
                found.append(Gap(name, kind, worst, allowed, note))
    return tuple(found)


def first_difference(recorded: str, printed: str, tolerance: float) -> tuple[int, str, str] | None:
    r"""Where two transcripts part: the line from 1, what was recorded, what was printed; None where they do not.

    Words must be the same, but for blanks that part no two words, and so must whole numbers. A number with a
    fraction or an exponent may differ by `tolerance` relative to its size, or by one unit of its last printed digit.

    ```python
    from snippets_lib.compare import first_difference

    print(first_difference("loss 0.251\n", "loss 0.252\n", 1e-3))
    #> None
    print(first_difference("epoch 3 loss 0.251\n", "epoch 4 loss 0.251\n", 1e-3))
    #> (1, 'epoch 3 loss 0.251', 'epoch 4 loss 0.251')
    ```
    """
    lines = zip_longest(recorded.splitlines(), printed.splitlines())
    for number, (old, new) in enumerate(lines, 1):
        if old is None or new is None or not _same_line(old, new, tolerance):
            return number, "no more lines" if old is None else old, "no more lines" if new is None else new
    return None


def _same_line(old: str, new: str, tolerance: float) -> bool:
    if old == new:
        return True
    shapes = [_BLANK.sub("", " ".join(_NUMBER.sub("#", line).split())) for line in (old, new)]
    if shapes[0] != shapes[1]:
        return False
    return all(_same_number(a, b, tolerance) for a, b in zip(_NUMBER.findall(old), _NUMBER.findall(new), strict=True))


def _same_number(old: str, new: str, tolerance: float) -> bool:
    if old == new:
        return True
    if any(_WHOLE.fullmatch(text) or "n" in text.lower() for text in (old, new)):  # an integer, nan or inf
        return False
    a, b = float(old), float(new)
    units = [unit for text in (old, new) if (unit := _last_digit(text))]
    return abs(a - b) <= max(tolerance * max(abs(a), abs(b)), 1.01 * min(units, default=0.0))


def _last_digit(text: str) -> float:
    """One unit in the last place of a printed number: 0.01 for 3.14, 1e-5 for 1.00e-3; 0 for 3. without decimals."""
    mantissa, _, exponent = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return float(10.0 ** (int(exponent or 0) - decimals)) if decimals or exponent else 0.0

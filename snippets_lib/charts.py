"""Recorded timings as HTML: bars for a topic, intervals for all of them. Guarantee: pure text from recorded numbers.

Each row is words, a drawing and a number. The drawing is an SVG whose lengths are shares of its width, so it fits any
screen without a script, and its colours are the theme's. What is stale or was measured under load says so.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

import msgspec

from . import render, results
from .model import FRAMEWORKS, Topic
from .results import File, Ratio, Result, Shown, count

RUNNERS: Mapping[str, str] = {
    "pytorch/eager": "PyTorch",
    "pytorch/torch.compile": "torch.compile",
    "tensorflow/eager": "TensorFlow",
    "tensorflow/tf.function": "tf.function",
    "tensorflow/xla": "tf.function, XLA",
}
"""What a framework in a mode is called in a chart."""

DEVICES = {"cpu": "CPU", "cuda": "GPU (CUDA)", "rocm": "GPU (ROCm)", "mps": "GPU (Apple)"}
DOWNLOADS = {"timings.json": "every raw value, with the machines", "timings.csv": "a row for each result"}
"""The files that `tandem export` writes into docs/ -> what they hold."""

_SPAN = 4.0  # powers of two to each side of equal on the axis of ratios
_BETWEEN = [race for race in results.RACES if race[0].split("/")[0] != race[1].split("/")[0]]


def duration(seconds: float) -> str:
    """Seconds as readers see them: three digits and a unit.

    ```python
    from snippets_lib.charts import duration

    print(duration(0.0000123), duration(0.0456), duration(7.891), sep=", ")
    #> 12.3 µs, 45.6 ms, 7.89 s
    ```
    """
    for factor, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")):
        if seconds >= 0.9995 * factor or unit == "ns":
            value = float(f"{seconds / factor:.3g}")
            return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f} {unit}" if value else "0 s"
    raise AssertionError


def times(ratio: float) -> str:
    """A ratio with two or three digits."""
    if ratio < 0.0995:
        return f"{ratio:.2g}"
    return f"{ratio:.2f}" if ratio < 9.995 else f"{ratio:.3g}" if ratio < 999.5 else f"{ratio:.0f}"


def case_name(work: str, dtype: str, batch_size: int | None) -> str:
    """What was done, in words: `one training step, batch of 32`."""
    words = results.WORKS[work] + (f", batch of {batch_size}" if batch_size else "")
    return words + ("" if dtype == "float32" else f", {dtype}")


def machine_name(file: File, device: str) -> str:
    """What readers need to know of a machine, in a line."""
    here = file.machine
    for accelerator in here.devices:
        if accelerator.kind == device:
            return f"{accelerator.name}, driver {accelerator.driver}, in a machine with {here.processor}"
    virtual = ", virtual" if here.virtual else ""
    return f"{here.processor}, {here.cores} cores{virtual}, {here.gib:g} GiB, {here.system}"


def _threads(number: int) -> str:
    return "one thread" if number == 1 else f"{number} threads"


def topic(found: Sequence[Shown], which: Topic, place: render.Place) -> str:
    """The timings of one topic: for each machine and device a chart for each case; the first open, others folded."""
    page = f"[how this was measured]({place.up}performance/timings.md#how-this-was-measured)"
    blocks = [f'<div class="tandem-timing" data-timed="{escape(which.id)}" markdown>']
    if which.time and which.time.note:
        blocks.append(f"**No fair race.** {which.time.note}\n{{ .tandem-unfair }}")
    for number, item in enumerate(found):
        body = "\n".join(_topic_block(item))
        if number:
            name = escape(machine_name(item.file, item.entry.device))
            body = f"<details><summary>{name}</summary>\n{body}\n</details>"
        blocks.append(body)
    told = f"Bars are medians, lines the middle half of all samples; {page}."
    blocks.append(f"{told if found else 'No timings are recorded for this yet.'}\n{{ .tandem-run }}")
    return "\n\n".join([*blocks, "</div>"]) + "\n"


def _topic_block(item: Shown) -> Iterator[str]:
    entry = item.entry
    versions = ", ".join(f"{name} {version}" for name, version in entry.versions.items() if name != "python")
    here = (machine_name(item.file, entry.device), _threads(entry.threads), versions, entry.measured_on)
    told = escape("; ".join(here))
    yield f'<div class="tandem-timed" data-stale="{str(bool(item.stale)).lower()}">'
    yield f'<p class="tandem-timing-head"><strong>Measured</strong> on {told}</p>'
    yield from _warnings(item)
    yield '<div class="tandem-bars-grid">'
    for case in dict.fromkeys(result.case for result in entry.results):
        yield from _bars([result for result in entry.results if result.case == case])
    yield "</div></div>"


def _warnings(item: Shown) -> Iterator[str]:
    entry = item.entry
    if item.stale:
        yield f'<p class="tandem-stale"><strong>Not current:</strong> {escape(item.stale)}.</p>'
    if entry.loaded:
        busy = f"{entry.others + entry.stolen:.2f} cores were busy with other work"
        yield f'<p class="tandem-stale"><strong>Measured under load:</strong> {busy}.</p>'


def _bars(found: Sequence[Result]) -> Iterator[str]:
    """A case as bars from zero, one for each framework and mode."""
    longest = max(max(r.q3, r.median) for r in found) * 1.04
    title = case_name(*found[0].case)
    yield f'<figure class="tandem-bars"><figcaption>{title[0].upper()}{title[1:]}</figcaption>'
    for r in found:
        said = f"{RUNNERS[r.runner]}: {duration(r.median)}, middle half {duration(r.q1)} to {duration(r.q3)}"
        said += "" if r.warm else "; it had not become steady"
        yield (
            f'<div class="tandem-bar tandem-{r.framework}" title="{escape(said)}"><span>{RUNNERS[r.runner]}</span>'
            f'<svg role="img" aria-label="{escape(said)}" width="100%" height="16">'
            f'<rect x="0" y="3" width="{_share(r.median, longest)}" height="10"/>'
            f'<line x1="{_share(r.q1, longest)}" x2="{_share(r.q3, longest)}" y1="8" y2="8"/></svg>'
            f"<span>{duration(r.median)}{'' if r.warm else ' *'}</span></div>"
        )
    firsts = ", ".join(f"{RUNNERS[r.runner]} {duration(r.first[0])}" for r in found)
    yield f'<p class="tandem-best">{_best(found)} First call: {firsts}.</p></figure>'


def _share(value: float, whole: float) -> str:
    return f"{100 * value / whole:.2f}%"


def best(found: Sequence[Result]) -> Ratio | None:
    """The fastest mode of TensorFlow over the fastest of PyTorch; None where one has none."""
    fastest = {}
    for key in ("tensorflow", "pytorch"):
        own = [r for r in found if r.framework == key]
        if not own:
            return None
        fastest[key] = min(own, key=lambda r: r.median)
    a, b = fastest["tensorflow"], fastest["pytorch"]
    return Ratio(a.runner, b.runner, *a.case, *results.interval(a.seconds, b.seconds))


def verdict(ratio: Ratio) -> str:
    """A ratio between two frameworks as a sentence that its interval allows."""
    slow, fast, (r, low, high) = ratio.numerator, ratio.denominator, (ratio.ratio, ratio.low, ratio.high)
    if not ratio.faster:
        told = f"{_label(slow)} took {times(r)} times as long ({times(low)} to {times(high)})"
        return f"Neither is faster for sure: {told}."
    if ratio.faster == slow:
        slow, fast, r, low, high = fast, slow, 1 / r, 1 / high, 1 / low
    name = {key: f"{_label(key)} ({key.split('/')[1]})" for key in (slow, fast)}
    return f"{name[slow]} took {times(r)} times as long as {name[fast]} ({times(low)} to {times(high)})."


def _label(runner: str) -> str:
    return FRAMEWORKS[runner.split("/")[0]].label


def _best(found: Sequence[Result]) -> str:
    ratio = best(found)
    if ratio is None:
        return ""
    modes = {r.mode for r in found}
    return ("Best against best: " if len(modes) > 1 else "") + escape(verdict(ratio))


def everything(found: Sequence[Shown], place: render.Place, titles: Mapping[str, str]) -> str:
    """All timings: a summary, the ratios between the frameworks as intervals, the raw table, the downloads.

    Args:
        found: what to show.
        place: where it will stand.
        titles: area -> heading.
    """
    if not found:
        return "No timings are recorded yet.\n"
    rows = [(item, ratio) for item in found for ratio in item.entry.ratios if _race(ratio) in _BETWEEN]
    blocks = ['<div class="tandem-timings" data-tandem-timings>', _missing(found), _filters(rows, titles)]
    blocks += ("\n".join(_race_block(race, [r for r in rows if _race(r[1]) == race], place)) for race in _BETWEEN)
    links = " · ".join(f"[{name}]({place.up}{name}){{ download }}: {what}" for name, what in DOWNLOADS.items())
    blocks += ["</div>", links, "\n".join(_table(found))]
    return "\n\n".join(blocks) + "\n"


def _race(ratio: Ratio) -> tuple[str, str]:
    return (ratio.numerator, ratio.denominator)


def _missing(found: Sequence[Shown]) -> str:
    kinds = {item.entry.device for item in found}
    machines = {item.file.machine.name: machine_name(item.file, "cpu") for item in found}
    listed = "".join(f"<li><strong>{escape(name)}</strong>: {escape(what)}</li>" for name, what in machines.items())
    gpu = "" if kinds - {"cpu"} else "<p><strong>No GPU timings are recorded yet</strong>, and none are guessed.</p>"
    return f"<ul>{listed}</ul>{gpu}"


def _filters(rows: Iterable[tuple[Shown, Ratio]], titles: Mapping[str, str]) -> str:
    """The choices, which a script shows and obeys."""
    rows = list(rows)
    sizes = sorted({ratio.batch_size for _, ratio in rows if ratio.batch_size})
    areas = dict.fromkeys(item.topic.area for item, _ in rows)
    choices: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("machine", "Machine", [(name, name) for name in dict.fromkeys(i.file.machine.name for i, _ in rows)]),
        ("device", "Device", [(kind, DEVICES[kind]) for kind in dict.fromkeys(i.entry.device for i, _ in rows)]),
        ("race", "Mode", [(results.RACES[race], results.RACES[race]) for race in _BETWEEN]),
        ("area", "Area", [(area, titles[area]) for area in titles if area in areas]),
        ("work", "Work", list(results.WORKS.items())),
        ("batch", "Batch", [*((str(size), str(size)) for size in sizes), ("none", "no batches")]),
        ("dtype", "Type", [(dtype, dtype) for dtype in dict.fromkeys(ratio.dtype for _, ratio in rows)]),
    ]
    selects = [
        f'<label>{title}<select name="{name}"><option value="">all</option>'
        + "".join(f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in options)
        + "</select></label>"
        for name, title, options in choices
    ]
    order = '<option value="">by topic</option><option value="ratio">by ratio</option>'
    selects.append(f'<label>Order<select name="order">{order}</select></label>')
    told = '<output class="tandem-count" aria-live="polite"></output>'
    return f'<form class="tandem-filters" hidden>{"".join(selects)}{told}</form>'


def summary(found: Sequence[Shown]) -> str:
    """How often which framework took less time, counted from the intervals of what is current."""
    current = [item for item in found if item.counts]
    if not current:
        return "No current timings are recorded.\n"
    machines = {machine_name(item.file, item.entry.device) for item in current}
    lines = [
        "| compared | PyTorch took less time | TensorFlow took less time | neither for sure |",
        "|---|--:|--:|--:|",
    ]
    for race in _BETWEEN:
        counts = count(ratio for item in current for ratio in item.entry.ratios if _race(ratio) == race)
        above, below = RUNNERS[race[0]], RUNNERS[race[1]]
        name = results.RACES[race]
        lines.append(f"| {name}: {above} against {below} | {' | '.join(map(str, counts))} |")
    fair = len({item.topic.id for item in current})
    threads = " or ".join(_threads(number) for number in sorted({item.entry.threads for item in current}))
    told = f"{fair} topics that are fair races, measured with {threads} on {'; '.join(sorted(machines))}."
    return "\n".join(lines) + f"\n\n{told}\n{{ .tandem-run }}\n"


def _race_block(race: tuple[str, str], rows: Sequence[tuple[Shown, Ratio]], place: render.Place) -> Iterator[str]:
    """The ratios of one race on a logarithmic axis with 1 in the middle."""
    above, below = RUNNERS[race[0]], RUNNERS[race[1]]
    name = results.RACES[race]
    current = [ratio for item, ratio in rows if item.counts]
    pytorch, tensorflow, neither = count(current)
    yield f'<section class="tandem-race" data-race="{escape(name)}">'
    yield f"<h3>{name[0].upper()}{name[1:]}: {above} over {below}</h3>"
    yield (
        f"<p>Of {len(current)} comparisons that are fair and current, PyTorch took less time in {pytorch} and "
        f"TensorFlow in {tensorflow}; in {neither} the interval holds 1, so neither is sure.</p>"
    )
    marks = "".join(f'<span style="left:{_at(2.0**n)}">{_tick(n)}</span>' for n in range(-3, 4))
    ends = "<b>← TensorFlow takes less</b><b>PyTorch takes less →</b>"
    yield (
        '<div class="tandem-ratio tandem-axis" aria-hidden="true"><span></span>'
        f'<div class="tandem-ticks">{ends}{marks}</div><span></span></div>'
    )
    for item, ratio in rows:
        yield _ratio_row(item, ratio, place)
    yield "</section>"


def _tick(power: int) -> str:
    return f"{2**power}" if power >= 0 else f"1/{2**-power}"


def _at(ratio: float) -> str:
    """Where a ratio stands on the axis; beyond its ends, at the end."""
    return f"{50 + 50 * max(-1.0, min(1.0, math.log2(ratio) / _SPAN)):.2f}%"


def _ratio_row(item: Shown, ratio: Ratio, place: render.Place) -> str:
    entry, which = item.entry, item.topic
    home = (place.homes or {}).get(which.id, "")
    case = case_name(ratio.work, ratio.dtype, ratio.batch_size)
    name = escape(which.title)
    if home:
        name = f'<a href="{place.base}{render.url_of(home)}#{render.anchor(which)}">{name}</a>'
    notes = [text for flag, text in ((item.stale, "not current"), (entry.loaded, "under load")) if flag]
    notes += ["no fair race"] if which.time and which.time.note else []
    notes += [DEVICES[entry.device]] if entry.device != "cpu" else []
    small = ", ".join([case, *notes])
    data = {
        "machine": item.file.machine.name,
        "device": entry.device,
        "area": which.area,
        "work": ratio.work,
        "batch": str(ratio.batch_size or "none"),
        "dtype": ratio.dtype,
        "ratio": str(ratio.ratio),
        "faster": ratio.faster.split("/")[0],
        "stale": str(bool(item.stale)).lower(),
        "counts": str(item.counts).lower(),
    }
    attributes = " ".join(f'data-{key}="{escape(value)}"' for key, value in data.items())
    said = escape(f"{which.title}, {case}: {verdict(ratio)}")
    return (
        f'<div class="tandem-ratio" {attributes} title="{said}"><span>{name} <small>{escape(small)}</small></span>'
        f'<svg role="img" aria-label="{said}" width="100%" height="18">'
        '<line class="tandem-one" x1="50%" x2="50%" y1="0" y2="18"/>'
        f'<line class="tandem-interval" x1="{_at(ratio.low)}" x2="{_at(ratio.high)}" y1="9" y2="9"/>'
        f'<circle cx="{_at(ratio.ratio)}" cy="9" r="4"/></svg>'
        f"<span>{times(ratio.ratio)} <small>{times(ratio.low)} to {times(ratio.high)}</small></span></div>"
    )


_COLUMNS = (
    "topic",
    "work",
    "batch",
    "type",
    "device",
    "framework",
    "mode",
    "median",
    "middle half",
    "first call",
    "MiB",
)


def _table(found: Sequence[Shown]) -> Iterator[str]:
    """Every result as a row, folded."""
    total = sum(len(item.entry.results) for item in found)
    yield f'<details class="tandem-raw"><summary>All {total} results as a table</summary>'
    yield '<div class="tandem-scroll" tabindex="0" role="region" aria-label="All results"><table class="tandem-table">'
    yield "<thead><tr>" + "".join(f"<th>{name}</th>" for name in _COLUMNS) + "</tr></thead><tbody>"
    for item in found:
        for r in item.entry.results:
            memory = f"{r.device_mib or r.host_mib:.0f}" if r.device_mib or r.host_mib else "?"
            cells = (
                f"{item.entry.topic}{' (not current)' if item.stale else ''}",
                results.WORKS[r.work],
                str(r.batch_size or ""),
                r.dtype,
                item.entry.device,
                FRAMEWORKS[r.framework].label,
                r.mode,
                duration(r.median) + ("" if r.warm else " *"),
                f"{duration(r.q1)} to {duration(r.q3)}",
                duration(r.first[0]),
                memory,
            )
            yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
    yield "</tbody></table></div></details>"


def as_json(found: Sequence[Shown]) -> str:
    """Everything that is recorded, with what is stale marked."""
    files: dict[str, dict[str, Any]] = {}
    for item in found:
        file = files.setdefault(
            item.file.machine.name, {"machine": msgspec.to_builtins(item.file.machine), "entries": []}
        )
        file["entries"].append(msgspec.to_builtins(item.entry) | {"stale": item.stale, "title": item.topic.title})
    return msgspec.json.encode(list(files.values())).decode() + "\n"


def as_csv(found: Sequence[Shown]) -> str:
    """A row for each result, seconds as numbers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    fields = [name for name in Result.__struct_fields__ if name not in ("seconds", "first")]
    head = ["machine", "device", "topic", "measured_on", "threads", "rounds", "stale", "loaded"]
    writer.writerow([*head, *fields, "first_call", "samples"])
    for item in found:
        entry = item.entry
        line = [item.file.machine.name, entry.device, entry.topic, entry.measured_on, entry.threads, entry.rounds]
        for r in entry.results:
            told = [getattr(r, name) for name in fields]
            writer.writerow([*line, item.stale, entry.loaded, *told, r.first[0], sum(map(len, r.seconds))])
    return text.getvalue()

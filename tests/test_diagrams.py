"""Diagrams of classes and calls: what they say is what the source says."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from snippets_lib import diagrams, model

LAYERS = """
from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar
import torch

T = TypeVar("T")

class Layer(ABC):
    def __init__(self): ...
    def __call__(self, x): return self.call(x)
    @abstractmethod
    def call(self, x): ...

class Twice(Layer):
    def call(self, x): return 2 * x
    def undo(self, x): return x / 2

class Thrice(Twice):
    def call(self, x): return 3 * x

class Still(Twice): ...

class Named:
    def name(self): ...

class Both(Still, Named): ...

class Diamond(Still, Thrice): ...

class Module(torch.nn.Module):
    def forward(self, x): return x

class Callable_(Protocol[T]):
    def __call__(self, x: T) -> T: ...

class Box(Generic[T]): ...
"""
HALVES = """
from functools import singledispatch
from typing import overload

@overload
def split(number: int) -> int: ...
@overload
def split(number: float, by: int) -> float: ...
def split(number, by=2): return number / by

@singledispatch
def halve(number): raise TypeError
@halve.register
def _(number: int): return number // 2
@halve.register(str)
def first_half(text): return text[: len(text) // 2]

@my_op.register_kernel("cpu")
def my_op_cpu(x): return x.numpy()

@dispatches(torch.add, torch.mul)
def both(x, y): ...
"""


def found(name: str) -> diagrams.Class:
    return next(one for one in diagrams.classes(LAYERS) if one.name == name)


def test_classes_are_read_with_bases_and_methods() -> None:
    names = [one.name for one in diagrams.classes(LAYERS)]
    assert names[0] == "torch.nn.Module"
    assert names[1:] == ["Layer", "Twice", "Thrice", "Still", "Named", "Both", "Diamond", "Module", "Callable_", "Box"]
    layer = found("Layer")
    assert (layer.kind, layer.bases) == ("abstract", ())
    assert [(m.name, m.is_abstract, m.overrides) for m in layer.methods] == [
        ("__call__", False, False), ("call", True, False),
    ]  # fmt: skip
    assert [(m.name, m.overrides) for m in found("Twice").methods] == [("call", True), ("undo", False)]
    assert found("Thrice").methods == (diagrams.Method("call", overrides=True),)
    assert found("Both").bases == ("Still", "Named")
    assert found("Callable_").kind == "protocol"
    assert found("Callable_").bases == found("Box").bases == ()
    assert found("torch.nn.Module").is_outside


def test_a_call_goes_to_the_class_that_python_finds() -> None:
    ways = {way.given: way.answer for way in diagrams.ways(LAYERS, "call")}
    scope: dict[str, Any] = {}
    exec(LAYERS.replace("import torch", "").replace("torch.nn.Module", "object"), scope)
    python = {name: f"{scope[name].call.__qualname__}" for name in ("Twice", "Thrice", "Still", "Both", "Diamond")}
    assert ways == python
    assert python["Both"] == "Twice.call"
    assert python["Diamond"] == "Thrice.call"  # depth first would say Twice


@pytest.mark.parametrize(
    ("of", "ways"),
    [
        ("split", [("int", "split -> int"), ("float, int", "split -> float")]),
        ("halve", [("anything else", "halve"), ("int", "return number // 2"), ("str", "first_half")]),
        ("my_op", [("cpu", "my_op_cpu")]),
        ("dispatches", [("torch.add, torch.mul", "both")]),
        ("nothing", []),
    ],
)
def test_ways_of_a_function(of: str, ways: list[tuple[str, str]]) -> None:
    assert [(way.given, way.answer) for way in diagrams.ways(HALVES, of)] == ways


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    rects = re.findall(r'<rect [^>]*x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', svg)
    return [tuple(map(float, rect)) for rect in rects]


def test_the_drawing_holds_every_class_once_and_boxes_do_not_overlap() -> None:
    svg = diagrams.draw_classes(diagrams.classes(LAYERS), 'Layers & "more"')
    root = ElementTree.fromstring(svg)
    texts = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    for one in diagrams.classes(LAYERS):
        assert texts.count(one.name) == 1
    assert texts.count("call()overrides") == 2
    assert "also Named" in texts
    assert svg.count("tandem-tip") == 6
    assert "Thrice inherits from Twice: overrides call" in root[1].text
    wide, high = float(root.get("width")), float(root.get("height"))
    drawn = boxes(svg)
    assert len(drawn) == 11
    for number, (x, y, width, height) in enumerate(drawn):
        assert x + width <= wide
        assert y + height <= high
        assert all(y >= top + tall or top >= y + height for _, top, _, tall in drawn[:number])


def test_a_drawing_of_calls_has_an_arrow_for_each() -> None:
    svg = diagrams.draw_ways(diagrams.ways(LAYERS, "call"), "call", "Calls")
    ElementTree.fromstring(svg)
    assert svg.count("tandem-arrow") == 5
    assert svg.count(">Twice.call<") == 1
    assert "Still: Twice.call" in svg


def test_what_is_not_there_is_said(checkout: Any, program: Any) -> None:
    checkout.topic("polymorphism/one", 'unpaired = "alone"\n', python=program("class A:\n    def call(self): ...\n"))
    topic = checkout.load().topics["polymorphism/one"]
    diagrams.check("classes", topic, ("A",), "", "here")
    diagrams.check("dispatch", topic, (), "call", "here")
    with pytest.raises(model.TandemError, match="no class 'B'"):
        diagrams.check("classes", topic, ("B",), "", "here")
    with pytest.raises(model.TandemError, match="dispatches no 'run' in python"):
        diagrams.check("dispatch", topic, (), "run", "here")


def test_a_class_of_one_half_is_drawn_under_its_name(checkout: Any, program: Any) -> None:
    halves = {"pytorch": "class Ours: ...\nclass Theirs: ...\n", "tensorflow": "class Ours: ...\n"}
    checkout.topic("polymorphism/one", "[agree]\nnumbers = 0\n", **{key: program(half) for key, half in halves.items()})
    topic = checkout.load().topics["polymorphism/one"]
    both, alone = (diagrams.figure("classes", topic, (name,)) for name in ("Ours", "Theirs"))
    assert both.count("<svg") == alone.count("<svg") == 1
    assert "<p>" not in both
    assert "<p>PyTorch</p>" in alone
    for name in ("Ours", "Theirs"):
        diagrams.check("classes", topic, (name,), "", "here")

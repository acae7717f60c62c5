"""Profiles: stacks with a weight each, and the formats in which tools open them.

A profile is the same thing whether it counts seconds of a processor or bytes of memory: how much was seen under which
chain of calls. `folded` is one line a stack, `speedscope` JSON for https://www.speedscope.app, `pprof` the format of
`go tool pprof` (see `pprof`), and a notebook shows the flame graph (see `flame`).
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

SCHEMA = "https://www.speedscope.app/file-format-schema.json"


class Frame(NamedTuple):
    """One function in a stack."""

    name: str
    file: str
    line: int
    """Where the function begins, so that all samples in it fall together."""


Stack = tuple[Frame, ...]
"""Frames from the outermost to the innermost."""


@dataclass
class Profile:
    """What was seen, by stack.

    Attributes:
        weights: how much was seen under each stack.
        unit: of the weights: "seconds" or "bytes".
        kind: what was measured: "cpu" or "heap".
        duration_s: how long it was looked at, in seconds.
    """

    weights: Counter[Stack] = field(default_factory=Counter)
    unit: str = "seconds"
    kind: str = "cpu"
    duration_s: float = 0.0

    def total(self) -> float:
        """The weight of all stacks together."""
        return sum(self.weights.values())

    def self_weights(self) -> dict[str, float]:
        """How much was seen in each function itself, the most first."""
        found: Counter[str] = Counter()
        for stack, weight in self.weights.items():
            found[stack[-1].name if stack else "(nothing)"] += weight
        return dict(found.most_common())

    def folded(self) -> str:
        """One line for each stack: `outer;inner weight`, the form that flame graph tools read."""
        lines = [f"{';'.join(frame.name for frame in stack)} {weight:g}" for stack, weight in self.weights.items()]
        return "\n".join(sorted(lines))

    def __repr__(self) -> str:
        """Say what it is, but no figure: those differ in every run."""
        return f"<profile: {self.kind}, {self.unit}>"

    def _ipython_display_(self) -> None:
        """Draw a flame graph while the kernel runs; what is stored of an output names no figure."""
        from . import views
        from .flame import flame_graph

        words = f"{self!r}: the flame graph is drawn when you run this cell"
        if not views.has_kernel():
            views.show_static(escape(words), words)
            return
        import ipywidgets

        html = flame_graph(self)._repr_mimebundle_()["text/html"]
        views.show_live(ipywidgets.HTML(html), escape(words), words)


def stack_of(frame: FrameType | None) -> Stack:
    """The stack that ends in a frame."""
    found = []
    while frame is not None:
        code = frame.f_code
        found.append(Frame(code.co_qualname, code.co_filename, code.co_firstlineno))
        frame = frame.f_back
    return tuple(reversed(found))


def speedscope(profile: Profile, name: str = "service") -> str:
    """A profile as JSON that https://www.speedscope.app opens."""
    places: dict[Frame, int] = {}
    samples = [[places.setdefault(frame, len(places)) for frame in stack] for stack in profile.weights]
    shown: Mapping[str, Any] = {
        "$schema": SCHEMA,
        "exporter": "servicelab",
        "shared": {"frames": [frame._asdict() for frame in places]},
        "profiles": [
            {
                "type": "sampled",
                "name": name,
                "unit": profile.unit,
                "startValue": 0,
                "endValue": profile.total(),
                "samples": samples,
                "weights": list(profile.weights.values()),
            }
        ],
    }
    return json.dumps(shown)


def decode_speedscope(text: str | bytes) -> dict[tuple[str, ...], float]:
    """Read speedscope's JSON: the weight of each stack of function names, outermost first.

    Raises:
        ValueError: if it is not of that form: no JSON, no frames, or a sample that names a frame that is not there.
    """
    try:
        shown = json.loads(text)
        names = [str(frame["name"]) for frame in shown["shared"]["frames"]]
        found: Counter[tuple[str, ...]] = Counter()
        for profile in shown["profiles"]:
            stacks = _sampled(profile) if profile["type"] == "sampled" else _evented(profile)
            for stack, weight in stacks:
                found[tuple(names[place] for place in stack)] += weight  # type: ignore[assignment]  # a float counts too
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(f"expected JSON for speedscope: {error!r}") from error
    if "speedscope" not in str(shown.get("$schema")):
        raise ValueError("expected JSON for speedscope: its $schema says what it is")
    return dict(found)


def _sampled(profile: Mapping[str, Any]) -> list[tuple[list[int], float]]:
    samples, weights = profile["samples"], profile["weights"]
    if len(samples) != len(weights):
        raise ValueError(f"expected JSON for speedscope: {len(samples)} samples have {len(weights)} weights")
    return list(zip(samples, weights, strict=True))


def _evented(profile: Mapping[str, Any]) -> list[tuple[list[int], float]]:
    """The stacks of a profile that tells when functions open and close."""
    found: list[tuple[list[int], float]] = []
    stack: list[int] = []
    since = 0.0
    for event in profile["events"]:
        if stack:
            found.append((list(stack), event["at"] - since))
        since = event["at"]
        stack = [*stack, event["frame"]] if event["type"] == "O" else stack[:-1]
    return found

"""What a student's process has shown of a graded cell: its events, read into runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Episode:
    """What was seen of one `verify` under one schedule."""

    saw: list[tuple[int, list[Any]]] = field(default_factory=list)
    raised: dict[str, Any] | None = None
    problems: list[tuple[str, str, float]] = field(default_factory=list)
    trace: list[tuple[int, int]] | None = None
    end_s: float = 0.0
    ended: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Transcript:
    """All that was seen of one graded cell.

    Attributes:
        episodes: by number of the `verify` call and of the schedule.
        done: how many `verify` calls ended; None if the cell did not come to its end.
        raised: what left the cell outside any `verify`.
        broken: why the events cannot be read; empty if they can.
    """

    episodes: dict[tuple[int, int], Episode] = field(default_factory=dict)
    done: int | None = None
    raised: dict[str, Any] | None = None
    broken: str = ""


def read(events: object) -> Transcript:
    """Read the events of a graded cell; never raises, whatever the student's process sent."""
    transcript = Transcript()
    try:
        _read_into(transcript, events)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
        transcript.broken = f"the observations cannot be read ({type(error).__name__})"
    return transcript


def _read_into(transcript: Transcript, events: Any) -> None:
    episode: Episode | None = None
    for kind, *rest in events:
        if kind == "begin":
            key = (int(rest[0]), int(rest[1]))
            if key in transcript.episodes or episode is not None:
                raise ValueError("a schedule began twice")
            episode = transcript.episodes[key] = Episode()
        elif kind == "saw" and episode is not None:
            episode.saw.append((int(rest[0]), list(rest[1:])))
        elif kind == "problem" and episode is not None:
            episode.problems.append((str(rest[0]), str(rest[1]), float(rest[2])))
        elif kind == "end" and episode is not None:
            episode.trace = [(int(pick), int(size)) for pick, size in rest[2]]
            episode.end_s = float(rest[3])
            episode.ended = [(int(all_), int(cancelled)) for all_, cancelled in rest[4]] if len(rest) > 4 else []
            episode = None
        elif kind == "raised":
            told = {name: rest[0][name] for name in ("type", "text", "inside", "where", "stub")}
            if episode is None:
                transcript.raised = told
            else:
                episode.raised = told
        elif kind == "done" and episode is None:
            transcript.done = int(rest[0])
        else:
            raise ValueError(f"unexpected event {kind!r}")

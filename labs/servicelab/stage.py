"""A shot of a film as HTML: the lines in which the tasks stand, and a table of the tasks.

Only lines near to where a task ever stands are shown, and always the same ones, so that nothing jumps from step to
step. Colour is never alone: the task that goes on has a triangle, and each line names the tasks that stand in it.
"""

from __future__ import annotations

import linecache
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from .film import function_of
from .lanes import number
from .svg import INK, PAPER, SOFT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType

    from .film import Film, Line, Shot, Standing

CONTEXT = 1
"""Lines shown above and below each line in which a task ever stands."""
GOES, STANDS, CALLS, FELL = "#ffe08a", "#d3e6f5", "#eef1f4", "#f9d0d9"
_BOX = f"background:{PAPER};color:{INK};border:1px solid #d5dae0;border-radius:6px;padding:6px 8px"
_CELL = f"text-align:left;vertical-align:top;padding:1px 10px 1px 4px;line-height:1.4;color:{INK}"
_MONO = (
    "font-family:var(--jp-code-font-family,monospace);font-size:12px;"
    "line-height:1.5;white-space:pre-wrap;word-break:normal"
)


class Block(NamedTuple):
    """A stretch of one file: a function with those inside of it, and the lines of it that are shown."""

    name: str
    file: str
    lines: tuple[int, ...]


class Spot(NamedTuple):
    """A line of a file."""

    file: str
    line: int


def spot_of(place: Line) -> Spot:
    """Where a task stands, whatever the function."""
    return Spot(place.code.co_filename, place.line)


def blocks(*films: Film) -> list[Block]:
    """The functions in which a task of the films ever stands, file by file."""
    seen: dict[str, dict[int, tuple[CodeType, set[int]]]] = {}
    places = [place for film in films for shot in film.shots for one in shot.standings for place in one.lines]
    for code, line in [*places, *(film.fell for film in films if film.fell)]:
        first = code.co_firstlineno
        seen.setdefault(code.co_filename, {}).setdefault(first, (code, {first}))[1].add(line)
    return [block for file, functions in seen.items() for block in _blocks_of(file, functions)]


def _blocks_of(file: str, seen: dict[int, tuple[CodeType, set[int]]]) -> Iterator[Block]:
    """Functions that lie inside of each other are one block."""
    source = linecache.getlines(file)
    open_until, name, wanted = 0, "", set[int]()
    for first in sorted(seen):
        code, lines = seen[first]
        if first > open_until and wanted:
            yield Block(name, file, _near(wanted, open_until, source))
            wanted = set()
        if not wanted:
            name, open_until = function_of(code), 0
        open_until = max(open_until, _last_line(code))
        wanted |= lines
    if wanted:
        yield Block(name, file, _near(wanted, open_until, source))


def _near(wanted: Iterable[int], last: int, source: list[str]) -> tuple[int, ...]:
    first = min(wanted)
    near = {line + shift for line in wanted for shift in range(-CONTEXT, CONTEXT + 1)}
    return tuple(line for line in sorted(near) if first <= line <= last and line <= len(source))


def _last_line(code: CodeType) -> int:
    own = max((line for _, _, line in code.co_lines() if line), default=code.co_firstlineno)
    return max([own, *(_last_line(inner) for inner in code.co_consts if hasattr(inner, "co_lines"))])


def page(film: Film, shot: Shot, shown: list[Block]) -> str:
    """A shot: the code, blocks side by side where there is room, and the tasks below."""
    code = "".join(_block(film, shot, block) for block in shown)
    beside = "display:flex;flex-wrap:wrap;gap:6px;align-items:flex-start;margin:4px 0 6px"
    return f'<div style="max-width:900px"><div style="{beside}">{code}</div>{table(film, shot)}</div>'


def _block(film: Film, shot: Shot, block: Block) -> str:
    source = linecache.getlines(block.file)
    texts = {line: source[line - 1].rstrip() for line in block.lines}
    indent = min((len(text) - len(text.lstrip()) for text in texts.values() if text.strip()), default=0)
    rows, before = [], 0
    for line, words in texts.items():
        rows += [f'<div style="color:{SOFT}">   ⋮</div>'] if 0 < before < line - 1 else []
        rows.append(_row(film, shot, Spot(block.file, line), words[indent:]))
        before = line
    head = f'<div style="color:{SOFT}">{escape(block.name)}</div>' if "." in block.name else ""
    return f'<pre style="{_BOX};{_MONO};margin:0;flex:1 1 28em">{head}{"".join(rows)}</pre>'


def _row(film: Film, shot: Shot, spot: Spot, words: str) -> str:
    here = [one for one in shot.standings if any(spot_of(place) == spot for place in one.lines)]
    stands = [one for one in here if spot_of(one.lines[-1]) == spot]
    fell = shot is film.shots[-1] and film.fell is not None and spot_of(film.fell) == spot
    goes = any(one.task == shot.goes for one in stands)
    fill = FELL if fell else GOES if goes else STANDS if stands else CALLS if here else ""
    told = ", ".join(film.name(one.task) if one in stands else f"({film.name(one.task)})" for one in here)
    style = f"padding-left:5ch;text-indent:-5ch;border-radius:3px{';background:' + fill if fill else ''}"
    who = f"  <b>◀ {escape(told)}</b>" if told else "  <b>✗ raised here</b>" if fell else ""
    return f'<div style="{style}">{"▶" if goes else " "}{spot.line:>3} {escape(words)}{who}</div>'


def table(film: Film, shot: Shot) -> str:
    """The tasks of a shot, and what they do, as a table."""
    head = "".join(f'<th scope="col" style="{_CELL}">{name}</th>' for name in ("Task", "State", "Values"))
    rows = "".join(_task_row(film, shot, one) for one in shot.standings)
    rows = rows or f'<tr><td colspan="3" style="{_CELL}">all tasks have ended</td></tr>'
    style = f"{_BOX};width:100%;margin:0;border-collapse:separate;border-spacing:0;font-size:12px"
    return f'<table style="{style}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _task_row(film: Film, shot: Shot, one: Standing) -> str:
    goes = one.task == shot.goes
    line = f", line {one.lines[-1].line}" if one.lines else ""
    values = ", ".join(f"{name} = {told}" for name, told in one.values)
    texts = (("▶ " if goes else "") + film.name(one.task), one.state + line, values)
    fill = f' style="background:{GOES}"' if goes else f' style="background:{PAPER}"'
    styles = (f"{_CELL};white-space:nowrap", _CELL, _CELL)
    cells = (f'<td style="{style}">{escape(text)}</td>' for style, text in zip(styles, texts, strict=True))
    return f"<tr{fill}>{''.join(cells)}</tr>"


def headline(film: Film, place: int) -> str:
    """Where in the film a shot is, in words."""
    shot = film.shots[place]
    when = f"step {place} of {len(film.shots) - 1}, at {number(shot.at_s)} s"
    if shot.goes is None:
        return f"{when}: the end"
    verb = next(one.state for one in shot.standings if one.task == shot.goes)
    return f"{when}: {film.name(shot.goes)} {verb}"

"""Be the scheduler: choose which ready task goes on next in your own code, and try to break its promise.

Theory of operation
===================
1. A program's run is decided by its picks (`schedules`). Each click adds one pick and runs the program again from the
   start, up to the first choice that is not decided yet. There the camera looks at every task, and the run is ended.
2. Where only one task is ready there is nothing to choose; it goes on by itself.
3. At the end the promise is judged as `verify` does it. What the explorer found in all orders is told on request, and
   when the promise was broken.
4. By keyboard: every control is a button, and none is ever disabled, which would take the focus away from it; one that
   can do nothing says so and does nothing. In text: `replay(check, [0, 1])` takes the picks as a list.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

from . import stage, stimuli, views
from .drawing import page
from .errors import CouldNotBeJudged, NotAttempted
from .explore import message
from .schedules import Run, explore
from .verify import Check, explain, filmed, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from .film import Film

LIMIT = 2_000
"""Orders that the explorer tries at most."""
_GREY, _RED, _GREEN = "#8c959f", "#b3123a", "#00704f"


def be_the_scheduler(check: Callable[[], Any]) -> None:
    """Let the student pick the task that goes on next, and try to break the promise of a check.

    Args:
        check: an async function without arguments that asserts what was promised, as for `verify`.

    Raises:
        AuthorError: if the check asserts nothing.
    """
    game = Game(prepare(check))
    if game.hindrance:
        told = message(game.hindrance, _GREY)
        views.show_static(told.html, told.text)
    elif views.has_kernel():
        views.show_live(Board(game).widget, game.html(), game.text())
    else:
        views.show_static(game.html(), game.text())


@dataclass(frozen=True)
class Position:
    """What the picks so far have led to; `choice` holds the tasks to choose from, nothing at the end."""

    run: Run
    film: Film

    @property
    def choice(self) -> tuple[int, ...]:
        """The tasks that could go on, in the order of their picks."""
        return self.film.choice or ()


class Game:
    """A check, the picks so far, and where they lead.

    Args:
        check: the check.
    """

    def __init__(self, check: Check) -> None:
        self.check = check
        self.picks: list[int] = []
        self.taken: list[str] = []
        self._fair = self._play(stop=False).film
        self.position = self._play()

    def pick(self, task: int) -> None:
        """Let a task go on; does nothing if it cannot."""
        if task in self.position.choice:
            self.picks.append(self.position.choice.index(task))
            self.taken.append(self.position.film.name(task))
            self.position = self._play()

    def undo(self, count: int = 1) -> None:
        """Take back choices."""
        del self.picks[len(self.picks) - count :], self.taken[len(self.taken) - count :]
        self.position = self._play()

    @property
    def promise(self) -> str:
        """What the student tries to break."""
        return "; ".join(promise.message or promise.left for promise in self.check.promises)

    @property
    def hindrance(self) -> str:
        """Why there is nothing to play with: the code is not written, or something that it needs is missing."""
        error = None if self.position.choice else explain(self.check, self.position.run, 0)
        return error.failure.text() if isinstance(error, (NotAttempted, CouldNotBeJudged)) else ""

    @property
    def broken(self) -> bool:
        """Whether the run has ended and broke the promise."""
        return not self.position.choice and self.check.fails(self.position.run)

    def state(self, task: int) -> str:
        """What a task does that is not ready."""
        return "waits" if self.position.film.timeline.tasks[task].end_s is None else "has ended"

    def verdict(self) -> str:
        """What came of it, in words; empty while there is something to choose."""
        if self.position.choice:
            return ""
        if not self.broken:
            return f"It held with {_count(len(self.picks), 'choice')}. Take one back, or start again."
        failure = explain(self.check, self.position.run, 0).failure
        return replace(failure, headline=f"You broke it with {_count(len(self.picks), 'choice')}.", look="").text()

    def explored(self) -> str:
        """What the explorer found in all orders, or in as many as it tried."""
        broken: list[list[int]] = []

        def look(run: Run) -> bool:
            if self.check.fails(run):
                broken.append(run.picks)
            return False

        with contextlib.redirect_stdout(io.StringIO()):
            stimuli.draw_from("practice:0")
            found = explore(self.check.main, look, limit=LIMIT, drawn=0)
        tried = f"The explorer tried {'all ' if found.complete else ''}{_count(found.runs, 'order')}"
        if not broken:
            return f"{tried}: none of them breaks it."
        return f"{tried}: {len(broken):,} of them break it. The first one: `replay({self.check.name}, {broken[0]})`."

    def text(self) -> str:
        """The position in words."""
        film = self.position.film
        ready = ", ".join(film.name(task) for task in self.position.choice)
        lines = [f"Be the scheduler: {self.promise}", f"ready: {ready}" if ready else self.verdict()]
        return "\n".join([*lines, f"as text: {self._text_form()}"])

    def html(self) -> str:
        """The position as a static page."""
        note = f"In JupyterLab you choose here which task goes on. As text: {self._text_form()}"
        below = message(note if self.position.choice else self.verdict(), _GREY).html
        return self.head() + self.board() + below

    def head(self) -> str:
        """What is played."""
        words = f"Be the scheduler. The promise: {self.promise}"
        return f'<div style="font-weight:600">{escape(words)}</div>'

    def board(self) -> str:
        """The lines in which the tasks stand, or the timeline of a run that has ended."""
        film = self.position.film
        if self.position.choice:
            return stage.page(film, film.shots[-1], stage.blocks(self._fair, film))
        return page(film.timeline.svg(axis="steps"), film.timeline.text("steps"))

    def _text_form(self) -> str:
        return f"`replay({self.check.name}, [0, 1])`, with a number for each choice, from 0"

    def _play(self, *, stop: bool = True) -> Position:
        with contextlib.redirect_stdout(io.StringIO()):
            return Position(*filmed(self.check, self.picks, stop=stop))


class Board:
    """The widget: where the tasks stand, a button for each task, undo, start again, and the explorer."""

    def __init__(self, game: Game) -> None:
        import ipywidgets

        self._game = game
        self._make = ipywidgets.Button
        self._auto = ipywidgets.Layout(width="auto")
        wrapped = ipywidgets.Layout(flex_flow="row wrap")
        self.board, self.told = ipywidgets.HTML(), ipywidgets.HTML()
        self.tasks: list[Any] = []
        self._row = ipywidgets.HBox(layout=wrapped)
        self.undo = self._button("Take back", "Take back the last choice", lambda: game.undo())
        self.again = self._button("Start again", "Take back all choices", lambda: game.undo(len(game.picks)))
        self.ask = self._button("Ask the explorer", "Try all orders and say how many break it", lambda: None)
        self.ask.on_click(lambda _: self._tell(asked=True))
        controls = ipywidgets.HBox([self.undo, self.again, self.ask], layout=wrapped)
        wide = ipywidgets.Layout(width="100%", max_width="920px")
        self.widget = ipywidgets.VBox(
            [ipywidgets.HTML(game.head()), self.board, self._row, controls, self.told], layout=wide
        )
        self._draw()

    def _button(self, label: str, tooltip: str, do: Callable[[], None]) -> Any:
        button = self._make(description=label, tooltip=tooltip, layout=self._auto)

        def clicked(_: Any) -> None:
            do()
            self._draw()

        button.on_click(clicked)
        return button

    def _draw(self) -> None:
        position = self._game.position
        names = [task.name for task in position.film.timeline.tasks]
        while len(self.tasks) < len(names):
            number = len(self.tasks)
            self.tasks.append(self._button("", "", lambda number=number: self._game.pick(number)))  # type: ignore[misc]
        for number, name in enumerate(names):
            ready = number in position.choice
            self.tasks[number].button_style = "primary" if ready else ""
            self.tasks[number].description = f"let {name} go on" if ready else f"{name} {self._game.state(number)}"
        self._row.children = tuple(self.tasks[: len(names)])
        self.board.value = self._game.board()
        self._tell()

    def _tell(self, *, asked: bool = False) -> None:
        game = self._game
        taken = f"{_count(len(game.picks), 'choice')} so far" + (f": {', '.join(game.taken)}." if game.taken else ".")
        alone = " Where only one task is ready, it goes on by itself." if not game.taken else ""
        found = game.explored() if asked or (game.broken and game.picks) else ""
        lines = "\n".join(filter(None, [taken + alone, game.verdict(), found]))
        mark = _RED if game.broken else _GREY if game.position.choice else _GREEN
        self.told.value = f'<div role="status">{message(lines, mark).html}</div>'


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")

"""Be the scheduler: picks by hand, what they lead to, and what the explorer says of it."""

from __future__ import annotations

import re

import trio

from servicelab import be_the_scheduler, replay
from servicelab.scheduler import Board, Game
from servicelab.verify import prepare

from .clicks import locked, racy
from .shells import bare_shell


def made(check=racy) -> Game:
    return Game(prepare(check))


def names(game: Game) -> list[str]:
    return sorted(game.position.film.name(task) for task in game.position.choice)


def pick(game: Game, *names: str) -> None:
    for name in names:
        game.pick(next(task.index for task in game.position.film.timeline.tasks if task.name == name))


def test_the_first_choice_is_between_the_tasks_that_are_ready():
    assert names(made()) == ["first", "second"]


def test_a_lost_update_is_found_by_hand_in_under_ten_choices():
    game = made()
    pick(game, "first", "second", "first", "second", "first")
    assert game.broken
    assert len(game.picks) == 5
    assert "You broke it with 5 choices.\n  Promised  both clicks are counted\n" in game.verdict()


def test_one_task_after_the_other_keeps_the_promise():
    game = made()
    pick(game, "first", "first", "first")
    assert not game.broken
    assert game.verdict() == "It held with 3 choices. Take one back, or start again."


def test_a_task_that_is_not_ready_is_not_picked():
    game = made()
    game.pick(0)
    assert game.picks == []


def test_choices_are_taken_back():
    game = made()
    pick(game, "first", "first")
    game.undo()
    assert game.taken == ["first"]
    game.undo(1)
    assert names(game) == ["first", "second"]


def test_what_was_broken_by_hand_can_be_replayed_from_its_message(capsys):
    game = made()
    pick(game, "second", "second", "first", "first", "second")
    found = re.search(r"replay\(racy,\s+(\[[\d, ]+\])\)", game.verdict())
    assert found
    replay(racy, [int(number) for number in found[1].strip("[]").split(",")])
    assert "both clicks are counted" in capsys.readouterr().out


def test_the_explorer_says_how_many_orders_break_the_promise():
    assert (
        made().explored() == "The explorer tried all 20 orders: 12 of them break it. The first one: `replay(racy, [])`."
    )


def test_the_explorer_says_that_nothing_breaks_a_promise():
    assert re.fullmatch(r"The explorer tried all \d+ orders: none of them breaks it\.", made(locked).explored())


def test_what_the_code_does_when_it_is_cancelled_is_not_its_end():
    async def stubborn() -> None:
        async def task() -> None:
            try:
                await trio.lowlevel.checkpoint()
            finally:
                seen.append("cleaned up")

        seen: list[str] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(task)
            nursery.start_soon(task)
        assert seen == ["cleaned up"] * 2, "both clean up"

    game = made(stubborn)
    while game.position.choice:
        game.pick(game.position.choice[0])
    assert not game.broken


def test_buttons_follow_the_game():
    board = Board(made())
    board.tasks[1].click()
    board.tasks[2].click()
    assert "2 choices so far: first, second." in board.told.value
    assert [button.description for button in board.tasks] == ["racy waits", "let first go on", "let second go on"]
    board.tasks[0].click()
    assert "2 choices so far" in board.told.value
    for number in (1, 2, 1):
        board.tasks[number].click()
    assert "You broke it with 5 choices." in board.told.value
    assert "12 of them break it" in board.told.value
    assert "<svg" in board.board.value
    assert [button.description for button in board.tasks] == ["racy has ended", "first has ended", "second has ended"]
    assert not any(button.disabled for button in [*board.tasks, board.undo, board.again, board.ask])
    board.again.click()
    assert "0 choices so far" in board.told.value
    board.ask.click()
    assert "12 of them break it" in board.told.value


def test_without_a_kernel_the_first_choice_is_told(capsys):
    with bare_shell():
        be_the_scheduler(racy)
    assert capsys.readouterr().out == (
        "Be the scheduler: both clicks are counted\nready: first, second\n"
        "as text: `replay(racy, [0, 1])`, with a number for each choice, from 0\n"
    )


def test_code_that_is_not_written_yet_is_waited_for(capsys):
    async def stub() -> None:
        raise NotImplementedError("Exercise 0.5: LockedCounter")

    async def check() -> None:
        await STUBS[0]()
        assert trio.current_time() == 0, "at once"

    STUBS[:] = [stub]
    with bare_shell():
        be_the_scheduler(check)
    assert capsys.readouterr().out.startswith("Not attempted: Exercise 0.5: LockedCounter is not written yet.")


STUBS: list = []

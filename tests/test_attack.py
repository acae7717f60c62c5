"""The hostile corpus earns nothing, harms nobody, and every detector of harm sees what it is for."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import trio

from autograder import attack, cli, harm, hostile, inert
from autograder.course import find_course
from autograder.engine import default_jobs
from autograder.errors import CourseError
from autograder.hostile import Arena, Attack, Outcome
from servicelab.schedules import run_once
from servicelab.timeline import Recorder
from tests.browser import CHROMIUM, chromium, new_page
from tests.tiny_course import FOLDER, make_course

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "tests" / "submissions" / "hostile"
UNSAFE = shutil.which("bwrap") is None
FIRST = "000-bystander"
SECOND = "002-bystander"


# --- the corpus ---
def test_the_corpus_is_large_and_partly_honest():
    attacks = hostile.read_attacks(CORPUS)
    assert len(attacks) >= 60
    assert sum(one.honest for one in attacks) >= 10
    assert all(one.about for one in attacks)


@pytest.mark.timeout(3600)
@pytest.mark.skipif(UNSAFE, reason="needs bubblewrap: without a jail attacks do what they try")
def test_no_attack_gains_or_harms_and_nothing_honest_loses(tmp_path: Path):
    course = find_course(ROOT)
    arena = hostile.make_arena(tmp_path, course, course.lab("00"))
    outcome = attack.run_attack(arena, hostile.read_attacks(CORPUS), jobs=default_jobs())
    figures = outcome.figures()
    assert figures.pop("submissions") >= 60
    assert list(attack.complaints(outcome)) == []
    assert set(figures.values()) == {0}
    assert not outcome.late
    _shown_in_a_browser(
        arena, [name for name, one in outcome.students.items() if one and one.name.startswith("feedback")]
    )


def _shown_in_a_browser(arena: Arena, students: list[str]) -> None:
    """No page changes its title, asks something, or goes elsewhere when it is opened."""
    if CHROMIUM is None:
        pytest.skip("needs chromium")
    with chromium() as opened:
        page = new_page(opened)
        asked: list[str] = []
        page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
        page.route("http*://**", lambda route: route.abort())
        for student in students:
            address = arena.page(student).as_uri()
            page.goto(address, wait_until="load")
            assert (page.url, "pwned" in page.title(), asked) == (address, False, [])


def test_a_corpus_from_outside_needs_the_form(tmp_path: Path):
    (tmp_path / "hang_x.py").write_text('"""attack: nothing"""\nCELL = "1"\n')
    with pytest.raises(CourseError, match="deserves: nothing"):
        hostile.read_attacks(tmp_path)
    (tmp_path / "hang_x.py").write_text('"""\nattack: nothing\ndeserves: nothing\n"""\n')
    with pytest.raises(CourseError, match="expected CELL"):
        hostile.read_attacks(tmp_path)
    (tmp_path / "hang_x.py").unlink()
    with pytest.raises(CourseError, match="no hostile submissions"):
        hostile.read_attacks(tmp_path)


# --- the detectors, on a class that nobody has graded ---
SOURCE = "print('a-telling-word-of-mine')"


@pytest.fixture
def arena(tmp_path: Path) -> Arena:
    course = make_course(tmp_path / "given")
    return hostile.make_arena(tmp_path / "arena", course, course.lab(FOLDER))


@pytest.fixture
def outcome(arena: Arena) -> Outcome:
    """A class of two bystanders around one attack, as if all had been graded as they deserve."""
    students = hostile.write_class(arena, [Attack("print_word", "it prints", False, SOURCE, None)])
    for student in students:
        for path, text in ((arena.page(student), "<p>fine</p>"), (arena.graded(student), json.dumps({"cells": []}))):
            path.parent.mkdir(parents=True)
            path.write_text(text)
    rows = {student: {"score": 3.0 if one is None else 0.0, "status": "graded"} for student, one in students.items()}
    return Outcome(students, rows, 3.0)


def test_the_class_has_a_bystander_before_and_after(outcome: Outcome):
    assert list(outcome.students) == [FIRST, "001-print_word", SECOND]


def test_a_class_without_harm_has_no_figures(arena: Arena, outcome: Outcome):
    outcome.harm = [*harm.on_pages(arena, outcome), *harm.strangers(arena, outcome)]
    assert outcome.figures() == {
        "submissions": 1,
        "undeserved_points": 0,
        "lost_points": 0,
        "unfinished": 0,
        "bystanders_harmed": 0,
    }


def test_points_for_nothing_are_seen(outcome: Outcome):
    outcome.rows["001-print_word"]["score"] = 2.0
    assert outcome.undeserved == {"001-print_word": 2.0}


def test_a_bystander_who_lost_points_is_seen(outcome: Outcome):
    outcome.rows[SECOND]["score"] = 2.0
    assert outcome.harmed == ["002-bystander: 2 of 3 points"]


def test_a_submission_without_a_row_is_seen(outcome: Outcome):
    del outcome.rows["001-print_word"]
    assert outcome.unfinished == ["001-print_word"]


@pytest.mark.parametrize(
    "planted",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href=' java\nscript:alert(1)'>x</a>",
        "<iframe srcdoc='x'></iframe>",
        "<meta http-equiv=refresh content='0; url=https://example.org'>",
        "<img src='https://example.org/pixel'>",
        "<form action=x></form>",
    ],
)
def test_what_a_page_would_run_is_seen(arena: Arena, outcome: Outcome, planted: str):
    arena.page("001-print_word").write_text(f"<p>fine</p>{planted}")
    found = harm.on_pages(arena, outcome)
    assert found
    assert all(one.startswith("001-print_word: the page would run") for one in found)


@pytest.mark.parametrize(
    "planted", ["&lt;script&gt;alert(1)&lt;/script&gt;", "<p title='onerror=alert(1)'>javascript:</p>"]
)
def test_what_only_looks_like_a_script_is_not(arena: Arena, outcome: Outcome, planted: str):
    arena.page("001-print_word").write_text(f"<p>fine</p>{planted}")
    assert harm.on_pages(arena, outcome) == []


def test_a_hidden_check_on_a_page_is_seen(arena: Arena, outcome: Outcome):
    arena.page("001-print_word").write_text("<p>hidden_delay = unseen(&quot;delay&quot;).randint(1, 99)</p>")
    [found] = harm.on_pages(arena, outcome)
    assert found.startswith("001-print_word: the page shows a hidden check: hidden_delay")


def test_an_attackers_word_at_a_bystander_is_seen(arena: Arena, outcome: Outcome):
    arena.page(SECOND).write_text("<p>a-telling-word-of-mine</p>")
    assert harm.on_pages(arena, outcome) == ["002-bystander: shows 'a-telling-word-of-mine' of print_word"]


def test_a_bystander_with_other_outputs_is_seen(arena: Arena, outcome: Outcome):
    arena.graded(SECOND).write_text(json.dumps({"cells": [{"outputs": [{"text": "other"}]}]}))
    assert harm.on_pages(arena, outcome) == ["002-bystander: the outputs are not those of 000-bystander"]


def test_files_where_none_belong_are_seen(arena: Arena, outcome: Outcome):
    (arena.temporary / "rest").touch()
    (arena.workspace / "extra").touch()
    (arena.workspace / "autograded" / "stranger").mkdir()
    found = harm.strangers(arena, outcome)
    assert found == ["left behind: rest", "made in the class: extra", "made in autograded/: stranger"]


def test_changed_new_and_missing_files_are_seen(arena: Arena, outcome: Outcome):
    before = harm.state(arena)
    source = arena.lab.source
    source.write_text(source.read_text() + " ")
    (arena.submitted(FIRST) / "new.txt").touch()
    gone = next(arena.submitted(SECOND).iterdir())
    gone.unlink()
    assert sorted(harm.changed(before, harm.state(arena))) == sorted(
        [f"changed: {source}", f"gone: {gone}", f"new: {arena.submitted(FIRST) / 'new.txt'}"]
    )


@pytest.fixture
def subreaper() -> Iterator[None]:
    harm.be_subreaper(True)
    yield
    harm.be_subreaper(False)


def test_a_surviving_process_is_seen_with_its_port_and_ended(subreaper: None):
    code = "import os, socket, sys, time\ns = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()\n"
    code += "print(s.getsockname()[1], flush=True)\nif os.fork():\n    os._exit(0)\n"
    code += "os.setsid()\nos.close(1)\ntime.sleep(600)"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    [found] = harm.processes_left(patience_s=0.2)
    assert found.startswith("a process is left: ")
    assert found.endswith(f"listening on port {done.stdout.strip()}")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(done.stdout))) != 0


def test_without_processes_left_there_is_nothing_to_tell():
    assert harm.processes_left(patience_s=0.2) == []


def test_a_run_that_does_not_end_is_ended_at_its_bound(arena: Arena):
    students = hostile.write_class(arena, [Attack("print_word", "it prints", False, SOURCE, None)])
    rows, wall_s, late = attack._graded(arena, len(students), 1, UNSAFE, 0.1, quiet=True)
    assert (rows, late) == ({}, True)
    assert wall_s < 30


# --- what makes a page inert ---
@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<b>x</b><script>alert(1)</script>", "<b>x</b>"),
        ("<img src=x onerror=alert(1)>", "<img>"),
        ("<a href='javascript:alert(1)'>x</a>", "<a>x</a>"),
        ("<a href='https://example.org'>x</a>", '<a href="https://example.org">x</a>'),
        ("<svg viewBox='0 0 1 1' onload=alert(1)><g id='x'/></svg>", '<svg viewBox="0 0 1 1"><g id="x"></g></svg>'),
        ("<p style='background:url(https://example.org)'>x", "<p>x</p>"),
        ("<p style='color:red'>1 < 2</p>", '<p style="color:red">1 &lt; 2</p>'),
        ("<svg><style><img src=x onerror=alert(1)></style></svg>", "<svg></svg>"),
        ("<i><b>x</i>", "<i><b>x</b></i>"),
        ("&lt;script&gt;", "&lt;script&gt;"),
    ],
)
def test_what_is_left_of_html_does_nothing(html: str, left: str):
    assert inert.clean(html) == left


def test_a_timeline_comes_through_as_it_is():
    recorder = Recorder()
    run_once(partial(trio.sleep, 1), instruments=[recorder])
    html = recorder.timeline()._repr_mimebundle_()["text/html"]
    cleaned = inert.clean(html)
    attribute = re.compile(r' [\w-]+="')
    assert attribute.findall(cleaned) == attribute.findall(html)
    assert 'paint-order="' in html  # words with a halo are there
    assert inert.clean(cleaned) == cleaned


def test_a_level_that_is_not_to_be_had_is_told_and_is_no_figure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cli.main(["attack", "--level", "bubblewrap", "--only", "hang_loop", "--json"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("autograder: nothing was graded: the level bubblewrap was asked for and is not to be had")

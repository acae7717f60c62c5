"""Hint ladders: one rung at a time, the same output in every run."""

from __future__ import annotations

import pytest

from servicelab import hints, notebook
from servicelab.errors import AuthorError
from servicelab.hints import Ladder, parse, plain, rungs, static
from servicelab.progress import load, record_hint

from .shells import bare_shell, executed

TABLE = "| a | b |\n|---|---|\n| 1 | 2 |"
LADDER = f"a **question**\n---\na pointer\n\n{TABLE}\n---   \n```python\nasync def contest(fn): ...\n```\n"


@pytest.fixture(autouse=True)
def _clean(tmp_path, monkeypatch):
    monkeypatch.setenv("SERVICELAB_HOME", str(tmp_path))
    monkeypatch.setattr(hints, "_ladders", {})


def test_rungs_stand_between_lines_of_three_dashes():
    assert [rung.split()[0] for rung in parse(LADDER)] == ["a", "a", "```python"]


@pytest.mark.parametrize("text", ["", "one\n---\n", "one\n---\n---\ntwo"])
def test_an_empty_rung_is_the_authors_mistake(text):
    with pytest.raises(AuthorError, match=r"^expected a hint between every two lines of ---, not an empty one$"):
        parse(text)


@pytest.mark.parametrize("line", ["", "0", "race", "0.2 0.3"])
def test_the_magic_wants_an_exercise(line):
    with pytest.raises(AuthorError, match=r"^expected the number of an exercise after %%hints"):
        hints.hints_magic(line, LADDER)


def test_without_a_kernel_the_hints_are_known_and_nothing_is_given_away(capsys):
    with bare_shell() as shell:
        notebook.load_ipython_extension(shell)
        assert shell.run_cell(f"%%hints 0.2\n{LADDER}").success
    assert len(rungs("0.2")) == 3
    assert capsys.readouterr().out == "3 hints for exercise 0.2, opened one at a time\n"


def test_an_unknown_exercise_has_no_hints():
    assert rungs("9.9") == ()


def test_the_static_form_folds_each_rung_into_the_one_before():
    hints.hints_magic("0.2", LADDER)
    html = static("0.2")
    assert html.count("<details") == html.count("</details>") == 3
    assert html.index("Hint 1 of 3") < html.index("Hint 2 of 3") < html.index("Hint 3 of 3")
    assert html.endswith("</details></details></details>")
    assert "<strong>question</strong>" in html
    assert "<td>1</td>" in html


def test_html_in_a_hint_is_shown_not_used():
    hints.hints_magic("0.2", "<script>alert(1)</script>")
    assert "<script>" not in static("0.2")


def test_one_hint_is_singular():
    hints.hints_magic("0.2", "one")
    assert plain("0.2") == "1 hint for exercise 0.2, opened one at a time"


def test_the_button_opens_one_rung_at_a_time():
    opened: list[int] = []
    ladder = Ladder(("one", "two"), opened.append, "0.2")
    assert (ladder.button.description, ladder.texts) == ("Hint 1 of 2", [])
    ladder.button.click()
    assert (ladder.button.description, len(ladder.texts)) == ("Hint 2 of 2", 1)
    assert "one" in ladder.texts[0]
    ladder.button.click()
    ladder.button.click()
    assert (opened, len(ladder.texts), ladder.button.description) == ([1, 2], 2, "All 2 hints are open")


def test_opened_hints_are_counted():
    ladder = Ladder(("one", "two"), lambda rung: record_hint("0.2", rung), "0.2")
    ladder.button.click()
    assert load()["hints"]["0.2"]["opened"] == 1


def test_a_kernel_shows_the_widget_and_the_same_static_forms_in_every_run():
    (first,), (second,) = executed(f"%%hints 0.2\n{LADDER}", f"%%hints 0.2\n{LADDER}")
    assert sorted(first.data) == ["application/vnd.jupyter.widget-view+json", "text/html", "text/plain"]
    assert {**first.data, hints.views.WIDGET: None} == {**second.data, hints.views.WIDGET: None}

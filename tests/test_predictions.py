"""Predictions: sealed answers, kept choices, kind verdicts."""

from __future__ import annotations

import pytest

from servicelab import notebook, predictions
from servicelab.errors import AuthorError
from servicelab.predictions import Form, predict, reveal, seal
from servicelab.progress import load, record_prediction

from .shells import bare_shell, executed

OPTIONS = ["`slow` wins", "`fast` wins", "neither"]
KEY = "0.2-race"
SEALED = seal(KEY, OPTIONS[1])
ASK = f"from servicelab import predict, reveal\npredict({KEY!r}, 'Which **one**?', {OPTIONS!r}, {SEALED!r})"


@pytest.fixture(autouse=True)
def _clean(tmp_path, monkeypatch):
    monkeypatch.setenv("SERVICELAB_HOME", str(tmp_path))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(predictions, "_asked", {})


@pytest.fixture
def shell():
    with bare_shell() as made:
        notebook.load_ipython_extension(made)
        yield made


@pytest.fixture
def form() -> Form:
    predict(KEY, "Which?", OPTIONS, seal(KEY, OPTIONS[1]))
    return Form(KEY, predictions._asked[KEY])


def choose(form: Form, option: str) -> None:
    form.choose(option)
    form.button.click()


def test_a_seal_depends_on_question_and_option_and_gives_neither_away():
    assert seal(KEY, "a") == seal(KEY, "a")
    assert len({seal(KEY, "a"), seal(KEY, "b"), seal("other", "a")}) == 3
    assert len(seal(KEY, "a")) == 12


@pytest.mark.parametrize(("options", "answer"), [(OPTIONS, "wrong"), (["a", "a"], seal(KEY, "a"))])
def test_an_answer_must_be_the_seal_of_one_option(options, answer):
    with pytest.raises(
        AuthorError, match=rf"^prediction '{KEY}': expected the seal of one of the options, not '{answer}'$"
    ):
        predict(KEY, "Which?", options, answer)


def test_without_a_kernel_question_and_options_are_printed_in_their_order(shell, capsys):
    predict(KEY, "Which **one**?", OPTIONS, seal(KEY, OPTIONS[1]))
    assert capsys.readouterr().out == "Which **one**?\n( ) `slow` wins\n( ) `fast` wins\n( ) neither\n"


def test_without_a_prediction_the_answer_is_told_all_the_same(shell, form, capsys):
    capsys.readouterr()
    reveal(KEY, "Because.")
    assert capsys.readouterr().out == "You made no prediction. What happens: `fast` wins\nBecause.\n"


def test_without_the_question_the_explanation_is_given(shell, capsys):
    reveal("unknown", "Because.")
    assert capsys.readouterr().out == "You were not asked yet: run the cell with the question first.\nBecause.\n"


@pytest.mark.parametrize(
    ("option", "verdict"),
    [
        (OPTIONS[1], "As you predicted: `fast` wins"),
        (OPTIONS[0], "You predicted: `slow` wins\nWhat happens: `fast` wins"),
    ],
)
def test_a_prediction_is_compared(shell, form, capsys, option, verdict):
    choose(form, option)
    capsys.readouterr()
    reveal(KEY, "Because.")
    assert capsys.readouterr().out == f"{verdict}\nBecause.\n"


def test_nothing_is_chosen_beforehand_and_nothing_can_be_kept(form):
    assert (form.chosen, form.button.disabled, form.status.value) == (None, True, "")
    form.button.click()
    assert predictions._asked[KEY].chosen is None


def test_a_kept_choice_is_recorded_hashed(form):
    choose(form, OPTIONS[0])
    kept = load()["predictions"][KEY]
    assert (kept["sealed"], kept["right"]) == (seal(KEY, OPTIONS[0]), False)
    assert OPTIONS[0] not in str(load())


def test_a_choice_can_be_changed_until_the_end(form):
    choose(form, OPTIONS[0])
    assert not form.button.disabled  # a button that is disabled while it has the focus takes it away
    choose(form, OPTIONS[1])
    assert predictions._asked[KEY].chosen == OPTIONS[1]
    assert load()["predictions"][KEY]["right"] is True


def test_a_cell_that_is_run_again_remembers_the_choice(form):
    choose(form, OPTIONS[2])
    predict(KEY, "Which?", OPTIONS, seal(KEY, OPTIONS[1]))
    again = Form(KEY, predictions._asked[KEY])
    assert (again.chosen, again.status.value) == (OPTIONS[2], "Kept: <b>neither</b>. Now run the next cells.")


def test_labels_are_plain_text(form):
    assert [button.description for button in form.options] == ["○ slow wins", "○ fast wins", "○ neither"]
    form.options[1].click()
    assert [button.description for button in form.options] == ["○ slow wins", "● fast wins", "○ neither"]


@pytest.mark.parametrize(("session", "expected"), [(None, None), ("lab.ipynb", OPTIONS[0])])
def test_an_earlier_kernels_choice_is_remembered_only_where_somebody_sits(shell, monkeypatch, session, expected):
    record_prediction(KEY, seal(KEY, OPTIONS[0]), False)
    if session:
        monkeypatch.setenv("JPY_SESSION_NAME", session)
        monkeypatch.setattr("servicelab.views.has_kernel", lambda: True)
    assert predictions._remembered(KEY, OPTIONS) == expected


def test_a_kernel_shows_the_same_static_forms_in_every_run():
    outputs = executed(ASK, f"reveal({KEY!r}, 'Because **so**.')", ASK)
    (question,), (answer,), (again,) = outputs
    assert "<strong>one</strong>" in question.data["text/html"]
    assert "<strong>so</strong>" in answer.data["text/html"]
    assert answer.data["text/plain"] == "You made no prediction. What happens: `fast` wins\nBecause **so**."
    assert [question.data[key] for key in ("text/html", "text/plain")] == [
        again.data[key] for key in ("text/html", "text/plain")
    ]

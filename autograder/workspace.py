"""Where a class's submissions, grades and pages are, and what is remembered of each student."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from . import intake
from .errors import CourseError, UsageError
from .execute import configure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .course import Course, Lab

GRADED = "graded"
VERDICT = "verdict.json"


@dataclass(frozen=True)
class Row:
    """What the table shows of one student.

    Attributes:
        student: the student's id.
        score: points earned.
        max_score: points that there are.
        status: "graded", or why the submission could not be graded as it was: "missing", "corrupt", "time-out" ...
        reason: the status in a sentence; empty if there is nothing to say.
        flags: what a person should look at; never a change of grade.
        wall_s: real seconds that the student's code ran.
        fingerprint: of the submission and the lab; the same means that there is nothing to grade.
    """

    student: str
    score: float
    max_score: float
    status: str
    reason: str = ""
    flags: tuple[str, ...] = ()
    wall_s: float = 0.0
    fingerprint: str = ""


@dataclass(frozen=True)
class Workspace:
    """The folder with `submitted/`, the gradebook and what grading makes: nbgrader's course directory."""

    root: Path
    course: Course
    config: Config = field(init=False)

    def __post_init__(self) -> None:
        config = _course_config(self.root / "nbgrader_config.py")
        configure(config)
        config.CourseDirectory.root = str(self.root)
        config.CourseDirectory.course_id = self.course.course_id
        config.CourseDirectory.source_directory = str(self.course.solutions)
        config.CourseDirectory.db_url = self.db_url
        object.__setattr__(self, "config", config)

    @property
    def db_url(self) -> str:
        """Address of the gradebook."""
        return f"sqlite:///{self.root / 'gradebook.db'}"

    def submitted(self, student: str, lab: str) -> Path:
        """Where a student's submission is."""
        return self.root / "submitted" / student / lab

    def autograded(self, student: str, lab: str) -> Path:
        """Where a student's graded notebook is."""
        return self.root / "autograded" / student / lab

    def feedback(self, student: str, lab: str) -> Path:
        """A student's feedback page."""
        return self.root / "feedback" / student / lab / f"{lab}.html"

    def handed_in(self, lab: str) -> set[str]:
        """Everybody who has a folder of the lab in `submitted/`."""
        return {path.parent.name for path in self.root.glob(f"submitted/*/{lab}")}

    def has_graded(self, lab: str) -> bool:
        """Whether anybody's lab was graded here."""
        return (self.root / "gradebook.db").is_file() and any(self.root.glob(f"autograded/*/{lab}"))

    @property
    def staging(self) -> Path:
        """Where a submission is while it is being graded; thrown away afterwards."""
        return self.root / ".grading"

    def coursedir(self, **options: str) -> CourseDirectory:
        """Nbgrader's course directory, with options of one step."""
        return CourseDirectory(config=self.config, **options)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second run out while this one writes; the lock ends with the process, however it ends.

        Raises:
            UsageError: if another run is at work here.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        folder = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise UsageError(f"another run grades in {self.root}: wait until it has ended, then start again") from None
        finally:
            os.close(folder)

    def fingerprint(self, student: str, lab: Lab) -> str:
        """Tell a submission and the lab's source from every other."""
        digest = hashlib.sha256(lab.source.read_bytes())
        folder = self.submitted(student, lab.folder)
        for path in sorted(folder.glob("*")) if folder.is_dir() else []:
            with contextlib.suppress(OSError):  # what cannot be read is `intake`'s business
                if path.is_file() and not path.is_symlink() and path.stat().st_size <= intake.MAX_FILE_BYTES:
                    digest.update(os.fsencode(path.name) + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()

    def remembered(self, student: str, lab: str) -> Row | None:
        """The row of a submission that was graded before, to its end."""
        try:
            known = json.loads((self.autograded(student, lab) / VERDICT).read_text(encoding="utf-8"))
            fields = {name: known[name] for name in Row.__dataclass_fields__ if name != "flags"}
            return Row(**fields, flags=tuple(known["flags"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _course_config(path: Path) -> Config:
    """What the course's own `nbgrader_config.py` says, late penalties for one; not where things are, which is ours.

    Raises:
        CourseError: if it cannot be read.
    """
    if not path.is_file():
        return Config()
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)  # as nbgrader does: a plugin of the course lies beside the file
    try:
        config = PyFileConfigLoader(path.name, str(path.parent)).load_config()
    except Exception as error:  # it is a program
        raise CourseError(f"{path.name}: {type(error).__name__}: {error}") from error
    config.pop("CourseDirectory", None)
    return config


def remember(folder: Path, row: Row, **more: str) -> None:
    """Write a row beside the graded notebook, with what is needed to repeat the run."""
    text = json.dumps({**asdict(row), **more}, indent=1)
    (folder / VERDICT).write_text(text, encoding="utf-8")

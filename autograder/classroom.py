"""`autograder course DIR`: a class on one machine, with nbgrader's exchange, in a folder outside of the repository.

Theory of operation
===================
1. `DIR/course` belongs to the instructor and nobody else can enter it: gradebook, submissions, grades, feedback, and
   `source`, which leads to the labs with their solutions. nbgrader's commands and formgrader run there.
2. `DIR/exchange` is nbgrader's exchange, through which labs, submissions and feedback go. Everybody can write into it,
   and take away only what is their own; nbgrader sets the rights below.
3. `DIR/student/nbgrader_config.py` is what a student's account needs, in `~/.jupyter` or for all in `/etc/jupyter`.
4. `DIR/hub/jupyterhub_config.py` is for JupyterHub, if the class is to be served from here; it is written once and then
   yours.
5. Run again, the command adds what is new, students and labs, and leaves the rest as it is.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import notebooks
from .course import find_course
from .errors import UsageError
from .gradebook import one_gradebook
from .pages import TEMPLATES
from .release import generate
from .roster import COLUMNS, read_roster
from .workspace import Workspace
from .writer import register

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from pathlib import Path

    from .course import Course

INSTRUCTOR = '''\
"""A class on one machine, made by `autograder course`: run nbgrader's commands and JupyterLab in this folder."""

from pathlib import Path

c = get_config()  # noqa: F821  # traitlets defines it
load_subconfig({own!r})  # noqa: F821  # how labs are released and graded

here = Path({here!r})

c.CourseDirectory.root = str(here)
c.CourseDirectory.course_id = {course_id!r}
c.CourseDirectory.source_directory = "source"
c.CourseDirectory.release_directory = "release"
c.CourseDirectory.db_url = f"sqlite:///{{here / 'gradebook.db'}}"
c.Exchange.root = {exchange!r}
'''
STUDENT = '''\
"""What a student's account needs to fetch and submit: copy it to ~/.jupyter, or for everybody to /etc/jupyter."""

c = get_config()  # noqa: F821  # traitlets defines it
c.Exchange.root = {exchange!r}
c.CourseDirectory.course_id = {course_id!r}
'''


@dataclass(frozen=True)
class Classroom:
    """The folders of a class.

    Attributes:
        base: what holds them.
        course: the course that is taught.
    """

    base: Path
    course: Course

    @property
    def own(self) -> Path:
        """The instructor's folder."""
        return self.base / "course"

    @property
    def exchange(self) -> Path:
        """Nbgrader's exchange."""
        return self.base / "exchange"

    def make(self, roster: Iterable[dict[str, str]]) -> None:
        """Make the folders, or add what is new.

        Args:
            roster: students, with the fields of `roster.COLUMNS`.
        """
        for folder, mode in ((self.base, 0o755), (self.own, 0o700), (self.exchange, 0o1777), (self._student, 0o755)):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)
        values = {"course_id": self.course.course_id, "exchange": str(self.exchange), "here": str(self.own)}
        own = str(self.course.root / "nbgrader_config.py")
        notebooks.write(self.own / "nbgrader_config.py", INSTRUCTOR.format(own=own, **values))
        notebooks.write(self._student / "nbgrader_config.py", STUDENT.format(**values))
        if not (self.own / "source").is_symlink():
            (self.own / "source").symlink_to(self.course.solutions, target_is_directory=True)
        students = list(roster)
        self._register(students)
        hub = self.base / "hub" / "jupyterhub_config.py"
        if not hub.exists():
            hub.parent.mkdir(mode=0o700, exist_ok=True)
            notebooks.write(hub, self._hub({student["id"] for student in students}))

    def _hub(self, students: set[str]) -> str:
        form = (TEMPLATES / "jupyterhub_config.py.in").read_text(encoding="utf-8")
        return form.format(base=self.base, own=self.own, exchange=self.exchange, students=sorted(students))

    @property
    def _student(self) -> Path:
        return self.base / "student"

    def _register(self, roster: Iterable[dict[str, str]]) -> None:
        """Write labs and students into the gradebook, and the students' notebooks where nbgrader releases them from."""
        workspace = Workspace(self.own, self.course)
        with one_gradebook(workspace.db_url, self.course.course_id) as gradebook:
            for student in roster:
                fields = {key: student[key] for key in COLUMNS[1:]}
                if not student["first_name"] and not student["last_name"]:
                    fields["last_name"] = student["id"]  # else formgrader's link to the student is one comma
                gradebook.update_or_create_student(student["id"], **fields)
            for folder in self.course.folders:
                release = self.own / "release" / folder
                notebooks.write(release / f"{folder}.ipynb", generate(self.course, folder))
                for name in self.course.files.get(folder, ()):
                    shutil.copyfile(self.course.source(folder).parent / name, release / name)
                register(workspace, folder)
            gradebook.commit()


# --- the command ---
NEXT = """\
instructor's folder: {own}
students need {student} as ~/.jupyter/nbgrader_config.py, or for everybody in /etc/jupyter
next, in the instructor's folder:
  nbgrader release_assignment {lab}
  nbgrader collect {lab}
  autograder grade {lab}
  autograder report {lab}
  nbgrader release_feedback {lab}
or in a browser: jupyter lab, then Nbgrader > Formgrader"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define `autograder course`."""
    from pathlib import Path

    parser.add_argument("base", type=Path, metavar="DIR", help="where to make it, outside of the repository")
    parser.add_argument("--roster", type=Path, metavar="CSV", help=f"students: {', '.join(COLUMNS)}")


def main(args: argparse.Namespace) -> int:
    """Run `autograder course`."""
    course = find_course(getattr(args, "course", None))
    base = args.base.resolve()
    if base.is_relative_to(course.root):
        raise UsageError(f"{args.base} lies in the repository: names, work and grades never belong there")
    roster = read_roster(args.roster) if args.roster else []
    classroom = Classroom(base, course)
    classroom.make(roster)
    student = classroom.base / "student" / "nbgrader_config.py"
    print(NEXT.format(own=classroom.own, student=student, lab=course.folders[0]))
    return 0

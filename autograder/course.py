"""The course: where things are, and what each lab's source notebook holds."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from . import notebooks
from .errors import CourseError, UsageError
from .exercises import Check, Exercise, read_exercises

ENVIRONMENT = "AUTOGRADER_COURSE"
COURSE_FILE = Path("solutions", "course.toml")

FOLDER = re.compile(r"^(?P<number>\d\d)-(?P<slug>[a-z0-9-]+)$")
FIELDS: Mapping[str, type] = {"lab": str, "module": str, "title": str, "minutes": int, "difficulty": int}


@dataclass(frozen=True)
class Lab:
    """One lab, as its source notebook describes it."""

    course: Course = field(repr=False)
    folder: str
    title: str
    module: str
    minutes: int
    difficulty: int
    covers: tuple[str, ...]
    exercises: tuple[Exercise, ...]
    manual: tuple[str, ...]
    """The grade ids of the cells that a person grades."""

    @property
    def number(self) -> str:
        """The two digits in front: `00`."""
        return self.folder[:2]

    @property
    def slug(self) -> str:
        """The folder's name without its number."""
        return self.folder[3:]

    @property
    def source(self) -> Path:
        """The notebook with solutions."""
        return self.course.source(self.folder)

    @property
    def released(self) -> Path:
        """The student's notebook."""
        return self.course.released(self.folder)

    @property
    def checks(self) -> tuple[Check, ...]:
        """All checks of the lab, in order."""
        return tuple(check for exercise in self.exercises for check in exercise.checks)

    @property
    def points(self) -> float:
        """What the checks are worth together, without what a person grades."""
        return sum(check.points for check in self.checks)

    def notebook(self) -> NotebookNode:
        """Return a fresh copy of the source notebook."""
        return notebooks.read(self.source, self.course.relative(self.source))

    def exercise(self, exercise_id: str) -> Exercise:
        """Return the exercise with this id.

        Raises:
            UsageError: if there is none.
        """
        for exercise in self.exercises:
            if exercise.id == exercise_id:
                return exercise
        raise UsageError(f"no exercise {exercise_id!r} in lab {self.folder}")


@dataclass(frozen=True, eq=False)
class Course:
    """The course: a folder with `solutions/course.toml` and what that file says."""

    root: Path
    title: str
    course_id: str
    folders: tuple[str, ...]
    coverage: tuple[str, ...]
    planned: Mapping[str, str]
    files: Mapping[str, tuple[str, ...]]

    @property
    def solutions(self) -> Path:
        """Where the source notebooks are."""
        return self.root / "solutions"

    @property
    def labs_folder(self) -> Path:
        """Where the students' notebooks are."""
        return self.root / "labs"

    def source(self, folder: str) -> Path:
        """Return the path of a lab's source notebook."""
        return self.solutions / folder / f"{folder}.ipynb"

    def released(self, folder: str) -> Path:
        """Return the path of a lab's student notebook."""
        return self.labs_folder / folder / f"{folder}.ipynb"

    def relative(self, path: Path) -> str:
        """Return a path as messages show it."""
        return notebooks.relative(path, self.root)

    def folder(self, name: str) -> str:
        """Return the folder of a lab by number, slug, folder or path.

        Raises:
            UsageError: if there is no such lab.
        """
        wanted = Path(name).name.removesuffix(".ipynb")
        for folder in self.folders:
            if wanted in (folder, folder[:2], folder[3:]):
                return folder
        raise UsageError(f"no lab {name!r}; there are {', '.join(self.folders)}")

    def chosen(self, names: Iterable[str] = ()) -> tuple[str, ...]:
        """Return the folders of the named labs in the course's order; all of them if none is named."""
        wanted = {self.folder(name) for name in names}
        return tuple(folder for folder in self.folders if not wanted or folder in wanted)

    def lab(self, name: str) -> Lab:
        """Load one lab by number, slug or folder.

        Raises:
            UsageError: if there is no such lab.
            CourseError: if its notebook is not what a lab must be; names the file and the cell.
        """
        return load_lab(self, self.folder(name))

    def labs(self, names: Iterable[str] = ()) -> tuple[Lab, ...]:
        """Load the named labs, or all of them."""
        return tuple(load_lab(self, folder) for folder in self.chosen(names))


def find_course(root: Path | str | None = None) -> Course:
    """Find the course and read its `course.toml`.

    Args:
        root: its folder; else the environment's AUTOGRADER_COURSE, else the current folder or one above it, else the
            checkout that this package lies in.

    Raises:
        UsageError: if there is no course.
        CourseError: if `course.toml` is not what it must be.
    """
    given = root or os.environ.get(ENVIRONMENT)
    if given:
        folder = Path(given).resolve()
        if not (folder / COURSE_FILE).is_file():
            raise UsageError(f"no course in {given}: expected {COURSE_FILE.as_posix()} in it")
        return load_course(folder)
    here = Path.cwd()
    for candidate in (here, *here.parents, Path(__file__).resolve().parent.parent):
        if (candidate / COURSE_FILE).is_file():
            return load_course(candidate)
    raise UsageError(f"no course here: expected {COURSE_FILE.as_posix()} in this folder or above; or give --course DIR")


def load_course(root: Path) -> Course:
    """Read `course.toml`.

    Raises:
        CourseError: if it is not what it must be.
    """
    name = COURSE_FILE.as_posix()
    try:
        table = tomllib.loads((root / COURSE_FILE).read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CourseError(f"{name}: expected TOML: {error}") from None
    unknown = sorted(table.keys() - {"title", "course_id", "labs", "coverage", "files", "planned"})
    if unknown:
        raise CourseError(f"{name}: unknown key {unknown[0]!r}")
    course = Course(
        root=root,
        title=str(table.get("title", "")),
        course_id=str(table.get("course_id", "")),
        folders=_strings(table, "labs"),
        coverage=_strings(table, "coverage"),
        planned={str(key): str(lab) for key, lab in dict(table.get("planned", {})).items()},
        files={str(lab): tuple(map(str, names)) for lab, names in dict(table.get("files", {})).items()},
    )
    for folder in course.folders:
        if not FOLDER.match(folder):
            raise CourseError(f"{name}: labs: expected a folder like 00-first-nursery, not {folder!r}")
    return course


def _strings(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return a list of unique strings from `course.toml`."""
    values = table.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise CourseError(f"{COURSE_FILE.as_posix()}: {key}: expected a list of strings, not {values!r}")
    doubled = sorted({value for value in values if values.count(value) > 1})
    if doubled:
        raise CourseError(f"{COURSE_FILE.as_posix()}: {key}: {doubled[0]} is there twice")
    return tuple(values)


def load_lab(course: Course, folder: str) -> Lab:
    """Read a lab from its source notebook.

    Raises:
        CourseError: if the notebook is not what a lab must be; names the file and the cell.
    """
    name = course.relative(course.source(folder))
    notebook = notebooks.read(course.source(folder), name)
    about = notebook.metadata.get("servicelab", {})
    for key, kind in FIELDS.items():
        if not isinstance(about.get(key), kind):
            raise CourseError(f"{name}: notebook: metadata servicelab.{key}: expected {kind.__name__}")
    if about["lab"] != folder:
        raise CourseError(f"{name}: notebook: metadata servicelab.lab: expected {folder!r}, not {about['lab']!r}")
    return Lab(
        course=course,
        folder=folder,
        title=about["title"],
        module=about["module"],
        minutes=about["minutes"],
        difficulty=about["difficulty"],
        covers=tuple(notebook.metadata.get("covers", ())),
        exercises=read_exercises(notebook, name),
        manual=tuple(notebooks.nbgrader(cell)["grade_id"] for cell in notebook.cells if notebooks.is_manual(cell)),
    )

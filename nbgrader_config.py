"""The course as nbgrader sees it: formgrader and the stock commands work on the same folders and give the same grades.

`solutions/` is nbgrader's source folder and `labs/` its release folder. What a class hands in, its grades and feedback
lie in `submitted/`, `autograded/`, `feedback/` and `gradebook.db` beside this file; git ignores them.
"""

from __future__ import annotations

import contextlib
import os
import sysconfig
from pathlib import Path

c = get_config()  # noqa: F821  # traitlets defines it

root = Path(__file__).resolve().parent

c.CourseDirectory.root = str(root)
c.CourseDirectory.course_id = "servicelab"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "labs"
c.CourseDirectory.submitted_directory = "submitted"
c.CourseDirectory.autograded_directory = "autograded"
c.CourseDirectory.feedback_directory = "feedback"
c.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook.db'}"
# nbgrader copies every file beside a notebook as it is (nbgrader #1237): these would hold solutions
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "__pycache__",
    "*.pyc",
    "*.py",
    "*.md",
    "*.Rmd",
    "*.qmd",
]

# nbgrader starts alembic by name: let it find the one of this environment, activated or not
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])

# a student's install has no autograder, and needs none of this
with contextlib.suppress(ImportError):
    from autograder.release import release_preprocessors

    c.GenerateAssignment.preprocessors = release_preprocessors()

with contextlib.suppress(ImportError):
    from autograder.execute import configure

    configure(c)

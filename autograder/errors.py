"""The exceptions of the autograder: one tree, a branch for each person whose turn it is."""

from __future__ import annotations


class AutograderError(Exception):
    """Raised when a command cannot do what it was asked; the command line shows it as one line."""

    exit_code = 1


class UsageError(AutograderError):
    """Raised when the command itself is wrong: an unknown lab, an impossible option."""

    exit_code = 2


class AuthorError(AutograderError):
    """Raised when something that an author wrote must be mended."""


class CourseError(AuthorError):
    """Raised when `course.toml` or a source notebook is not what the course needs."""


class ReleaseError(AuthorError):
    """Raised when a lab cannot be released as it is."""


class ExecutionError(AuthorError):
    """Raised when a source notebook does not run to its end."""


class SubmissionError(AutograderError):
    """Raised when a student's submission cannot be read or graded as it is."""


class GraderError(AutograderError):
    """Raised when the grader itself failed; never the student's fault."""

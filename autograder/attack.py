"""Attack the grader: a class of hostile and of odd submissions, graded as an instructor would, and what it cost.

Theory of operation
===================
1. A hostile submission is a file `<family>_<slug>.py`: a docstring header (`attack:`, `deserves: nothing | full`),
   `CELL` (code for the first solution cell), `tamper(folder)` (changes the submitted folder), or both.
2. The class is made of them, with an honest bystander after every few. The course is a copy of the real one, cut down to
   the first exercise of a lab, so that a run stays short.
3. `autograder grade` runs as a process of its own, with its own folder for temporary files, and is ended at a time
   bound. This process adopts whatever that one leaves behind.
4. Scores are compared with what was deserved. Then the traces are looked for: bystanders whose results differ from the
   first one's, hidden checks and attackers' words on pages where they have no business, scripts that a page would run,
   files, processes and ports that are left, files of the course and of the packages that changed.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import ctypes
import hashlib
import html.parser
import json
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from rich.console import Console
from rich.progress import Progress

from . import notebooks
from .course import find_course
from .demo import handed_in
from .errors import CourseError
from .release import generate
from .view import servicelab_folder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nbformat import NotebookNode

    from .course import Course, Lab

NAME = re.compile(r"^[a-z0-9]+_\w+\.py$")
_HEADER = re.compile(r"^(attack|deserves):\s*", re.MULTILINE)
BYSTANDER = "bystander"
EVERY = 5  # attacks between two bystanders
BASE_S, EACH_S = 240.0, 15.0  # the time bound of a run: for all, and for each submission
_TELLING = 14  # characters of a string literal from which on it tells whose it is
_JAIL_USERS = range(0x60000000, 0x70000000)
_PR_SET_CHILD_SUBREAPER = 36
_PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock")
_PACKAGES = ("trio", "outcome", "servicelab", "IPython", "nbgrader", "nbconvert", "nbformat", "sortedcontainers", "starlette")


# --- the corpus ---
@dataclass(frozen=True)
class Attack:
    """One submission of the hostile corpus.

    Attributes:
        name: file name without suffix, "hang_loop".
        about: what it tries, in words.
        honest: whether it comes with the right solutions and deserves full marks.
        cell: code for the first solution cell.
        tamper: changes the submitted folder.
    """

    name: str
    about: str
    honest: bool
    cell: str
    tamper: Callable[[Path], object] | None

    @property
    def words(self) -> set[str]:
        """String literals of its code that nobody else's results should hold."""
        with contextlib.suppress(SyntaxError, ValueError, RecursionError):
            nodes = list(ast.walk(ast.parse(self.cell)))
            texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
            return {text for text in texts if len(text) >= _TELLING and "\n" not in text}
        return set()


def read_attacks(folder: Path) -> list[Attack]:
    """Read a hostile corpus.

    Raises:
        CourseError: if a file is not of the form, or there is none.
    """
    attacks = [_read(path) for path in sorted(folder.glob("*.py")) if NAME.match(path.name)]
    if not attacks:
        raise CourseError(f"no hostile submissions (<family>_<slug>.py) in {folder}")
    return attacks


def _read(path: Path) -> Attack:
    try:
        found = runpy.run_path(str(path))
    except Exception as error:
        raise CourseError(f"{path.name}: {type(error).__name__}: {error}") from error
    parts = _HEADER.split(found.get("__doc__") or "")
    header = {name: " ".join(text.split()) for name, text in zip(parts[1::2], parts[2::2], strict=False)}
    if header.get("deserves") not in ("nothing", "full"):
        raise CourseError(f"{path.name}: expected `deserves: nothing` or `deserves: full` in its docstring")
    if "CELL" not in found and "tamper" not in found:
        raise CourseError(f"{path.name}: expected CELL, tamper(folder) or both")
    cell, tamper = str(found.get("CELL", "")), found.get("tamper")
    return Attack(path.stem, header.get("attack", ""), header["deserves"] == "full", cell, tamper)


# --- the class ---
@dataclass(frozen=True)
class Arena:
    """Where it happens: a cut-down copy of the course, a class, a folder for temporary files."""

    root: Path
    course: Course
    lab: Lab

    @property
    def workspace(self) -> Path:
        """The folder with `submitted/`."""
        return self.root / "class"

    @property
    def temporary(self) -> Path:
        """Where the grading process puts what it does not keep."""
        return self.root / "tmp"

    def submitted(self, student: str) -> Path:
        """A student's submission."""
        return self.workspace / "submitted" / student / self.lab.folder

    def page(self, student: str) -> Path:
        """A student's feedback page."""
        return self.workspace / "feedback" / student / self.lab.folder / f"{self.lab.folder}.html"

    def graded(self, student: str) -> Path:
        """A student's graded notebook."""
        return self.workspace / "autograded" / student / self.lab.folder / f"{self.lab.folder}.ipynb"


def make_arena(root: Path, course: Course, lab: Lab, *, whole: bool = False) -> Arena:
    """Copy a course with one lab, cut after its first exercise unless the whole of it is wanted."""
    source = lab.notebook()
    if not whole and len(lab.exercises) > 1:
        source = _first_exercise(source, lab)
    place = root / "course" / "solutions" / lab.folder / f"{lab.folder}.ipynb"
    place.parent.mkdir(parents=True)
    place.write_text(nbformat.writes(source) + "\n", encoding="utf-8")
    (root / "course" / "labs").mkdir()
    about = f'title = "Under attack"\ncourse_id = "{course.course_id}"\nlabs = ["{lab.folder}"]\ncoverage = []\n[files]\n[planned]\n'
    (root / "course" / "solutions" / "course.toml").write_text(about, encoding="utf-8")
    (root / "tmp").mkdir()
    copied = find_course(root / "course")
    return Arena(root, copied, copied.lab(lab.folder))


def _first_exercise(notebook: NotebookNode, lab: Lab) -> NotebookNode:
    """The notebook until its second exercise begins."""
    cut = copy.deepcopy(notebook)
    second = f"## Exercise {lab.exercises[1].id} "
    cut.cells = cut.cells[: next(place for place, cell in enumerate(cut.cells) if second in cell.source)]
    return cut


def write_class(arena: Arena, attacks: Sequence[Attack], every: int = EVERY) -> dict[str, Attack | None]:
    """Write all submissions; students in the order in which they are graded, None for a bystander.

    Raises:
        CourseError: if an attack cannot change its own submission.
    """
    blank = nbformat.reads(generate(arena.course, arena.lab.folder), as_version=4)
    solved = arena.lab.notebook()
    order: list[Attack | None] = [None]
    for place, attack in enumerate(attacks, start=1):
        order += [attack, None] if place % every == 0 or place == len(attacks) else [attack]
    students = {f"{place:03}-{attack.name if attack else BYSTANDER}": attack for place, attack in enumerate(order)}
    for student, attack in students.items():
        folder = arena.submitted(student)
        folder.mkdir(parents=True)
        made = _answered(blank, solved, attack)
        (folder / f"{arena.lab.folder}.ipynb").write_text(json.dumps(made), encoding="utf-8")
        if attack is not None and attack.tamper is not None:
            try:
                attack.tamper(folder)
            except Exception as error:
                raise CourseError(f"{attack.name}: tamper raised {type(error).__name__}: {error}") from error
    return students


def _answered(blank: NotebookNode, solved: NotebookNode, attack: Attack | None) -> NotebookNode:
    if attack is None or attack.honest:
        return handed_in(blank, solved, before=attack.cell if attack and attack.cell else None)
    return handed_in(blank, blank, before=attack.cell or None)


# --- grading it ---
@dataclass
class Outcome:
    """How an attack on the grader went.

    Attributes:
        students: everybody in the class, with the attack that each one is; None for a bystander.
        rows: what `autograder grade` said of each.
        full: what an honest submission earns.
        harm: every trace of an attack outside its own submission, in words.
        wall_s: real seconds of the grading.
        late: whether it had to be ended at its time bound.
    """

    students: dict[str, Attack | None]
    rows: dict[str, dict[str, Any]]
    full: float
    harm: list[str] = field(default_factory=list)
    wall_s: float = 0.0
    late: bool = False

    @property
    def undeserved(self) -> dict[str, float]:
        """Points that were earned by nothing."""
        return {s: self._score(s) for s, attack in self.students.items() if attack and not attack.honest and self._score(s)}

    @property
    def lost(self) -> dict[str, float]:
        """Points that odd but honest submissions did not get."""
        short = {s: self.full - self._score(s) for s, attack in self.students.items() if attack and attack.honest}
        return {student: points for student, points in short.items() if points}

    @property
    def unfinished(self) -> list[str]:
        """Students without a row."""
        return [student for student in self.students if student not in self.rows]

    @property
    def harmed(self) -> list[str]:
        """Bystanders without full marks, in words, and all other harm."""
        short = {s: self._score(s) for s, attack in self.students.items() if attack is None and self._score(s) != self.full}
        return [*(f"{student}: {score:g} of {self.full:g} points" for student, score in short.items()), *self.harm]

    def figures(self) -> dict[str, float]:
        """The figures that count; all but the first should be 0."""
        return {
            "submissions": sum(attack is not None for attack in self.students.values()),
            "undeserved_points": sum(self.undeserved.values()),
            "lost_points": sum(self.lost.values()),
            "unfinished": len(self.unfinished),
            "bystanders_harmed": len(self.harmed),
        }

    def _score(self, student: str) -> float:
        return float(self.rows.get(student, {}).get("score", 0.0))


def run_attack(
    arena: Arena, attacks: Sequence[Attack], *, jobs: int, unsafe: bool = False, limit_s: float | None = None, quiet: bool = False
) -> Outcome:
    """Grade a class of attacks and look for what they did.

    Args:
        arena: where.
        attacks: the corpus.
        jobs: how many notebooks run at the same time.
        unsafe: whether to go on without a jail where none can be built.
        limit_s: when to end it; from the number of submissions by default.
        quiet: whether to leave out the progress bar.
    """
    students = write_class(arena, attacks)
    full = sum(check.points for check in arena.lab.checks)
    before = _state(arena)
    _be_subreaper(True)
    try:
        limit_s = limit_s or BASE_S + EACH_S * len(students)
        rows, wall_s, late = _graded(arena, len(students), jobs, unsafe, limit_s, quiet)
        outcome = Outcome(students, rows, full, wall_s=wall_s, late=late)
        outcome.harm += _processes_left()
    finally:
        _be_subreaper(False)
    outcome.harm += _changed(before, _state(arena))
    outcome.harm += _strangers(arena, outcome)
    outcome.harm += _on_pages(arena, outcome)
    return outcome


def _graded(
    arena: Arena, students: int, jobs: int, unsafe: bool, limit_s: float, quiet: bool
) -> tuple[dict[str, dict[str, Any]], float, bool]:
    """Run `autograder grade` and read what it says; whether it had to be ended."""
    command = [sys.executable, "-m", "autograder", "grade", arena.lab.folder, "--json", "--jobs", str(jobs)]
    command += ["--root", str(arena.workspace), "--course", str(arena.course.root), *(["--unsafe"] if unsafe else [])]
    environment = {**os.environ, "TMPDIR": str(arena.temporary), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    started = time.monotonic()
    said, complaints = arena.root / "said.json", arena.root / "complaints.txt"
    with said.open("wb") as out, complaints.open("wb") as err, Progress(console=Console(stderr=True, quiet=quiet)) as bar:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment, cwd=arena.root, start_new_session=True)
        task = bar.add_task(arena.lab.folder, total=students)
        while _still_running(process) and time.monotonic() - started < limit_s:
            bar.update(task, completed=len(list(arena.workspace.glob("autograded/*/*/verdict.json"))))
        late = process.poll() is None
        if late:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    try:
        rows = json.loads(said.read_text(encoding="utf-8"))["students"]
    except (ValueError, KeyError, TypeError):
        rows = _written(arena)
        if not late:
            print(complaints.read_text(errors="replace")[-2000:], file=sys.stderr)
    return rows, time.monotonic() - started, late


def _still_running(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(0.5)
    except subprocess.TimeoutExpired:
        return True
    return False


def _written(arena: Arena) -> dict[str, dict[str, Any]]:
    """What was written for each student until the end came."""
    rows = {}
    for path in arena.workspace.glob("autograded/*/*/verdict.json"):
        with contextlib.suppress(OSError, ValueError):
            rows[path.parent.parent.name] = json.loads(path.read_text(encoding="utf-8"))
    return rows


# --- processes and ports ---
def _be_subreaper(adopt: bool) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(adopt), 0, 0, 0)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, path.read_text().split())
    return found


def _processes_left(patience_s: float = 3.0) -> list[str]:
    """End and name the processes that were adopted, and the ports that they listen on."""
    deadline = time.monotonic() + patience_s  # what was killed with the run may still be on its way out
    while time.monotonic() < deadline and any(_is_alive(pid) for pid in _children(os.getpid())):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        time.sleep(0.05)
    found = []
    for pid in filter(_is_alive, _children(os.getpid())):
        ports = ", ".join(sorted(_listening(pid)))
        found.append(f"a process is left: {_name(pid)}" + (f", listening on {ports}" if ports else ""))
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return found


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (OSError, IndexError):
        return False


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:80].strip()
    except OSError:
        return str(pid)


def _listening(pid: int) -> Iterator[str]:
    """The TCP ports on which a process listens."""
    sockets = set()
    with contextlib.suppress(OSError):
        for fd in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                sockets.add(os.readlink(f"/proc/{pid}/fd/{fd}"))
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                    yield f"port {int(fields[1].rsplit(':', 1)[1], 16)}"


# --- files ---
def _state(arena: Arena) -> dict[str, str]:
    """Digests of everything that grading must not change."""
    packages = Path(sysconfig.get_path("purelib"))
    folders = [arena.course.root, arena.workspace / "submitted", Path(servicelab_folder()), Path(__file__).parent]
    folders += [packages / name for name in _PACKAGES]
    return {str(path): digest for folder in folders if folder.is_dir() for path, digest in _digests(folder)}


def _digests(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        if "__pycache__" in path.parts:
            continue
        if path.is_symlink():
            yield path, f"link to {os.readlink(path)}"
        elif path.is_file() and about.st_size < 8 << 20:
            with contextlib.suppress(PermissionError):
                yield path, f"{about.st_mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        elif not path.is_dir():
            yield path, f"{about.st_mode:o} {about.st_size} {about.st_mtime_ns}"


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    found = [f"changed: {path}" for path in before if path in after and before[path] != after[path]]
    found += [f"gone: {path}" for path in before.keys() - after.keys()]
    return found + [f"new: {path}" for path in sorted(after.keys() - before.keys())]


def _strangers(arena: Arena, outcome: Outcome) -> list[str]:
    """Files where grading leaves none, and files that a jail's user owns."""
    found = [f"left behind: {path.name}" for path in arena.temporary.iterdir()]
    known = {"submitted", "autograded", "feedback", "gradebook.db"}
    found += [f"made in the class: {path.name}" for path in arena.workspace.iterdir() if path.name not in known]
    for kind in ("autograded", "feedback"):
        folder = arena.workspace / kind
        names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        found += [f"made in {kind}/: {name}" for name in sorted(names - outcome.students.keys())]
    words = {word for attack in outcome.students.values() if attack for word in attack.words}
    for place in (*_PLACES, str(Path.home())):
        found += [f"made in {place}: {name}" for name in _of_attackers(Path(place), words)]
    return found


def _of_attackers(folder: Path, words: set[str]) -> Iterator[str]:
    """Entries of a folder that belong to a jail's user or have an attacker's word as their name."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid in _JAIL_USERS or f"{folder}/{entry.name}" in words:
                    yield entry.name


# --- pages ---
def _on_pages(arena: Arena, outcome: Outcome) -> list[str]:
    """What does not belong on feedback pages and in bystanders' notebooks."""
    first = next(iter(outcome.students))
    if not arena.page(first).is_file() or not arena.graded(first).is_file():
        return ["the first bystander has no feedback page"]
    ours = active_parts(_text(arena.page(first)))
    secrets = _hidden_lines(arena)
    words = {word: a.name for a in outcome.students.values() if a for word in a.words}
    usual = _plain(_text(arena.page(first))) + _text(arena.graded(first))
    words = {word: name for word, name in words.items() if word not in usual}
    found = []
    for student, attack in outcome.students.items():
        page, graded = _text(arena.page(student)), arena.graded(student)
        plain = _plain(page)
        found += [f"{student}: the page would run {part[:100]}" for part in sorted(active_parts(page) - ours)]
        found += [f"{student}: the page shows a hidden check: {line}" for line in secrets if line in plain]
        outputs = _outputs(graded)
        found += [f"{student}: an output shows a hidden check: {line}" for line in secrets if line in outputs]
        if attack is None:
            found += [f"{student}: shows {word!r} of {name}" for word, name in words.items() if word in plain + outputs]
            if student != first and graded.is_file() and outputs != _outputs(arena.graded(first)):
                found.append(f"{student}: the outputs are not those of {first}")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _outputs(graded: Path) -> str:
    """All outputs of a graded notebook, as text."""
    if not graded.is_file():
        return ""
    cells = json.loads(_text(graded)).get("cells", [])
    return "\n".join(_strings(cell.get("outputs", [])) for cell in cells)


def _strings(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(_strings(item) for item in value.values())
    if isinstance(value, list):
        return "\n".join(_strings(item) for item in value)
    return str(value)


def _hidden_lines(arena: Arena) -> list[str]:
    """Lines of the hidden checks that stand nowhere else in the notebook."""
    cells = [cell.source for cell in arena.lab.notebook().cells]
    hidden = [check.code.split("\n", 1)[1] for check in arena.lab.checks if check.hidden]
    open_text = "\n".join(source for source in cells if "### BEGIN HIDDEN TESTS" not in source)
    lines = {line.strip() for source in hidden for line in source.splitlines()}
    promises = {match for source in hidden for match in re.findall(r'"([^"]*)"', source)}
    return sorted(line for line in lines if len(line) >= 25 and line not in open_text and line not in promises)


class _Active(html.parser.HTMLParser):
    """Collects everything of a page that a browser would run, load or submit."""

    TAGS = ("script", "iframe", "object", "embed", "applet", "frame", "form", "base", "portal")
    LINKS = ("href", "src", "action", "formaction", "xlink:href", "data", "poster", "to", "values")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: set[str] = set()
        self._script: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in self.TAGS:
            self.found.add(f"<{tag} {values.get('src', '')}>")
        if tag == "meta" and "refresh" in values.get("http-equiv", "").lower():
            self.found.add(f"<meta refresh {values.get('content', '')}>")
        if tag == "script":
            self._script = []
        for name, value in values.items():
            bare = re.sub(r"[\s\x00-\x20]+", "", value).lower()
            if name.startswith("on") or name == "srcdoc":
                self.found.add(f"<{tag} {name}={value}>")
            elif name in self.LINKS and bare.startswith(("javascript:", "vbscript:", "data:text", "data:image/svg", "data:application")):
                self.found.add(f"<{tag} {name}={value}>")
            elif name in ("src", "poster") and bare.startswith(("http:", "https:", "//")):
                self.found.add(f"<{tag} {name}={value}>")

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self._script.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._script is not None:
            self.found.add(f"<script> {hashlib.sha256(''.join(self._script).encode()).hexdigest()[:12]} {''.join(self._script).strip()[:60]}")
            self._script = None


def active_parts(page: str) -> set[str]:
    """What a browser would run, load from elsewhere or submit when it shows a page."""
    parser = _Active()
    parser.feed(page)
    parser.close()
    return parser.found


class _Plain(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _plain(page: str) -> str:
    """The text of a page."""
    parser = _Plain()
    parser.feed(page)
    parser.close()
    return "".join(parser.parts)


# --- the command ---
def report(outcome: Outcome) -> Iterator[str]:
    """The outcome in words, a line each."""
    for student, attack in outcome.students.items():
        if attack is not None:
            row = outcome.rows.get(student)
            told = f"{float(row['score']):g} / {outcome.full:g}, {row['status']}" if row else "unfinished"
            yield f"{'honest' if attack.honest else 'hostile':8} {attack.name:34} {told:24} {attack.about}"
    yield ""
    yield f"isolation and grading took {outcome.wall_s:.0f} s" + (" and were ended at the time bound" if outcome.late else "")
    for name, value in outcome.figures().items():
        yield f"{name}: {value:g}"


def complaints(outcome: Outcome) -> Iterable[str]:
    """What is not as it should be, a line each."""
    yield from (f"{student}: {points:g} undeserved points" for student, points in outcome.undeserved.items())
    yield from (f"{student}: {points:g} points lost" for student, points in outcome.lost.items())
    yield from (f"{student}: not graded" for student in outcome.unfinished)
    yield from outcome.harmed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define `autograder attack`."""
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="another hostile corpus of the same form")
    parser.add_argument("--lab", default="00", metavar="LAB", help="number, slug or folder (default: 00)")
    parser.add_argument("--whole", action="store_true", help="the whole lab, not its first exercise only")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only this one; may be repeated")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make the class in DIR and leave it there")
    parser.add_argument("--limit", type=float, metavar="S", help="end the run after S seconds")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="notebooks at the same time")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--unsafe", action="store_true", help="run without a jail where none can be built")


def main(args: argparse.Namespace) -> int:
    """Run `autograder attack`: 0 if nothing was gained, lost, left undone or harmed, else 1."""
    course = find_course(getattr(args, "course", None))
    attacks = read_attacks(args.corpus or course.root / "tests" / "submissions" / "hostile")
    attacks = [attack for attack in attacks if not args.only or attack.name in args.only]
    root = args.keep or Path(tempfile.mkdtemp(prefix="autograder-attack-"))
    try:
        arena = make_arena(root.resolve(), course, course.lab(args.lab), whole=args.whole)
        outcome = run_attack(arena, attacks, jobs=args.jobs, unsafe=args.unsafe, limit_s=args.limit, quiet=args.json)
    finally:
        if not args.keep:
            shutil.rmtree(root, ignore_errors=True)
    figures = outcome.figures()
    if args.json:
        print(json.dumps(figures))
    else:
        print("\n".join(report(outcome)))
    for complaint in complaints(outcome):
        print(complaint, file=sys.stderr)
    return 1 if any(value for name, value in figures.items() if name != "submissions") else 0

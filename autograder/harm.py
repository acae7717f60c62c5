"""Traces of an attack: what is looked for when a class has been graded.

Bystanders whose results differ from the first one's, hidden checks and attackers' words on pages where they have no
business, what a page would run, files, processes and ports that are left, files of the course and of the packages that
changed. Every finding is a line of text.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import html.parser
import json
import os
import re
import signal
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .view import servicelab_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .hostile import Arena, Outcome

_JAIL_USERS = range(0x60000000, 0x70000000)
_PR_SET_CHILD_SUBREAPER = 36
_PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock")
_PACKAGES = (
    "trio",
    "outcome",
    "servicelab",
    "IPython",
    "nbgrader",
    "nbconvert",
    "nbformat",
    "sortedcontainers",
    "starlette",
)


# --- processes and ports ---
def be_subreaper(adopt: bool) -> None:
    """Adopt the descendants whose parent ends, or do so no more."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(adopt), 0, 0, 0)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, path.read_text().split())
    return found


def processes_left(patience_s: float = 3.0) -> list[str]:
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
def state(arena: Arena) -> dict[str, str]:
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


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What differs between two states."""
    found = [f"changed: {path}" for path in before if path in after and before[path] != after[path]]
    found += [f"gone: {path}" for path in before.keys() - after.keys()]
    return found + [f"new: {path}" for path in sorted(after.keys() - before.keys())]


def strangers(arena: Arena, outcome: Outcome) -> list[str]:
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
def on_pages(arena: Arena, outcome: Outcome) -> list[str]:
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
            if (
                name.startswith("on")
                or name == "srcdoc"
                or (
                    name in self.LINKS
                    and bare.startswith(("javascript:", "vbscript:", "data:text", "data:image/svg", "data:application"))
                )
                or (name in ("src", "poster") and bare.startswith(("http:", "https:", "//")))
            ):
                self.found.add(f"<{tag} {name}={value}>")

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self._script.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._script is not None:
            text = "".join(self._script)
            self.found.add(f"<script> {hashlib.sha256(text.encode()).hexdigest()[:12]} {text.strip()[:60]}")
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

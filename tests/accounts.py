"""People with an account and a home each, for tests of nbgrader's exchange.

Theory of operation
===================
1. As root they are Unix users: accounts that every Debian has, without a shell. Nothing is added to the system. Where
   Python or this checkout lies in root's home, which they cannot enter, a mount of their own shows them these parts.
2. Otherwise a namespace of their own gives each student a number and a name, and all have the same real user.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ACCOUNTS = ("daemon", "games", "man")
ROOT = Path(__file__).resolve().parent.parent
BWRAP = ["bwrap", "--dev-bind", "/", "/"]


@dataclass
class Person:
    """Somebody with a name and a home.

    Attributes:
        name: of the account, as nbgrader sees it.
        home: the home folder.
        prefix: what runs a command as this person.
        account: the Unix user, if it is another one than that of the tests.
    """

    name: str
    home: Path
    prefix: list[str]
    account: str | None

    def run(self, *command: str, cwd: Path | None = None) -> str:
        """Run a module of this environment as this person and return what it says.

        Raises:
            AssertionError: if it fails; with what it said.
        """
        done = subprocess.run(
            [*self.prefix, sys.executable, "-W", "ignore", "-B", "-m", *command],
            cwd=cwd or self.home,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, f"{self.name}: {' '.join(command)}:\n{done.stderr[-3000:]}"
        return done.stdout + done.stderr

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of a new login."""
        kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
        path = os.pathsep.join([sysconfig.get_path("scripts"), "/usr/local/bin:/usr/bin:/bin"])
        return {**kept, "PATH": path, "HOME": str(self.home), "USER": self.name, "LOGNAME": self.name}

    def own(self, folder: Path) -> None:
        """Give a folder, and what is in it, to this person."""
        if self.account:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, self.account, pwd.getpwnam(self.account).pw_gid)


def instructor_and_students(base: Path) -> list[Person]:
    """An instructor and two students, with homes below a folder that all may enter."""
    people = _users(base) if os.getuid() == 0 else _namespaces(base)
    for person in people:
        person.home.mkdir(parents=True)
        person.own(person.home)
        person.home.chmod(0o700)
    return people


def _users(base: Path) -> list[Person]:
    found = []
    for name in ACCOUNTS:
        gid = pwd.getpwnam(name).pw_gid
        become = ["setpriv", f"--reuid={name}", f"--regid={gid}", "--clear-groups"]
        found.append(Person(name, base / "homes" / name, [*uncovered(), *become], name))
    return found


@cache
def uncovered() -> list[str]:
    """Shows what the tests need of root's home; nothing if they need nothing of it."""
    home = Path(pwd.getpwuid(0).pw_dir)
    needed = [path for path in map(Path, (sys.base_prefix, sys.prefix, ROOT)) if path.is_relative_to(home)]
    folders = dict.fromkeys(way for path in needed for way in reversed(path.parents) if way.is_relative_to(home))
    shown = [part for way in folders if way != home for part in ("--perms", "0755", "--dir", str(way))]
    shown += [part for path in needed for part in ("--ro-bind", str(path), str(path))]
    return [*BWRAP, "--perms", "0755", "--tmpfs", str(home), *shown] if needed else []


def _namespaces(base: Path) -> list[Person]:
    own = pwd.getpwuid(os.getuid()).pw_name
    people = [Person(own, base / "homes" / "instructor", [], None)]
    for number, name in enumerate(("ada", "bob"), start=2000):
        users = base / f"passwd-{name}"
        users.write_text(f"{name}:x:{number}:{number}::/:/bin/false\n")
        become = ["--unshare-user", "--uid", str(number), "--gid", str(number), "--ro-bind", str(users), "/etc/passwd"]
        people.append(Person(name, base / "homes" / name, [*BWRAP, *become], None))
    return people

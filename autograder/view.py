"""What a jail can see: the system, Python, the environment's packages and `servicelab`, all of it read-only.

Nothing that leads to the repository is among it: not the repository itself, not `autograder`, not the pointers of an
editable install. Only the parts of a Python prefix that Python needs are shown, so an environment that lives in the
repository (`.venv`), or that is the repository, does not show what lies beside it.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Self

_SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = ("ld.so.cache", "localtime", "alternatives", "ssl/certs")
_PREFIX_PARTS = ("bin", "lib", "lib32", "lib64", "libexec", "share", "ssl", "pyvenv.cfg")
_FILES = {
    "passwd": "root:x:0:0:root:/:/bin/false\nstudent:x:65534:65534:student:/tmp/work:/bin/false\n",
    "group": "root:x:0:\nstudent:x:65534:\n",
    "hosts": "127.0.0.1 localhost lab\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


@dataclass(frozen=True)
class View:
    """What is shown, in the order in which bubblewrap is to mount it.

    Attributes:
        shown: folders and files, as (where it is, where it is seen).
        links: symbolic links, as (target, where it is seen).
        covered: folders and files that are replaced by something empty.
        again: what lies below a covered folder and is shown all the same.
        blanks: folder with an empty file and an empty folder.
    """

    shown: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    covered: tuple[str, ...]
    again: tuple[tuple[str, str], ...]
    blanks: str

    @classmethod
    def of_this_environment(cls, scratch: str) -> Self:
        """What the running Python's environment needs.

        Args:
            scratch: an empty folder, to be kept as long as the view is used.
        """
        _write_files(Path(scratch))
        shown = [("/usr", "/usr")]
        links = []
        for path in filter(os.path.lexists, _SYSTEM):
            (links.append((os.readlink(path), path)) if os.path.islink(path) else shown.append((path, path)))
        shown += [(path, path) for path in (f"/etc/{name}" for name in _ETC) if os.path.exists(path)]
        shown += [(f"{scratch}/{name}", f"/etc/{name}") for name in _FILES]
        shown += [pair for prefix in _prefixes() for pair in _parts(prefix) if not _below("/usr", pair[1])]
        library = servicelab_folder()
        again = [] if _visible(library, shown) and not _in_repository(library) else [(library, library)]
        return cls(tuple(shown), tuple(links), tuple(_covered(shown)), (*_again(shown), *again), scratch)

    def arguments(self) -> list[str]:
        """The view as arguments of bubblewrap."""
        result = []
        for folder in self._parents():
            result += ["--dir", folder]
        for source, target in self.shown:
            result += ["--ro-bind", source, target]
        for source, target in self.links:
            result += ["--symlink", source, target]
        for path in self.covered:
            result += ["--ro-bind", f"{self.blanks}/{'folder' if os.path.isdir(path) else 'file'}", path]
        for source, target in self.again:
            result += ["--ro-bind", source, target]
        return result

    def _parents(self) -> list[str]:
        """Folders on the way to what is shown; bubblewrap alone would make them for root only."""
        ways = [parent for _, target in (*self.shown, *self.again) for parent in reversed(Path(target).parents)]
        return [str(way) for way in dict.fromkeys(ways) if str(way) != "/" and not _visible(str(way), list(self.shown))]


def servicelab_folder() -> str:
    """Where the `servicelab` package is, without importing it."""
    spec = find_spec("servicelab")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("the package servicelab is not installed in this environment")
    return os.path.realpath(next(iter(spec.submodule_search_locations)))


def import_paths() -> list[str]:
    """The entries of `sys.path` that exist inside: the standard library, the packages, where `servicelab` is."""
    inside = [path for path in sys.path if _below(sys.base_prefix, path) or _below(sys.prefix, path)]
    standard = [path for path in inside if os.path.isdir(path) or path.endswith(".zip")]
    return list(dict.fromkeys([*standard, os.path.dirname(servicelab_folder())]))


def _write_files(scratch: Path) -> None:
    for name, text in _FILES.items():
        (scratch / name).write_text(text)
        (scratch / name).chmod(0o644)
    (scratch / "file").touch(0o644)
    (scratch / "folder").mkdir(0o755, exist_ok=True)
    scratch.chmod(0o755)


def _prefixes() -> list[str]:
    """The environment, the Python that it is made from, and both by their real names."""
    named = [sys.base_prefix, sys.base_exec_prefix, sys.prefix]
    return list(dict.fromkeys([*named, *map(os.path.realpath, named)]))


def _parts(prefix: str) -> list[tuple[str, str]]:
    paths = [os.path.join(prefix, name) for name in _PREFIX_PARTS]
    return [(os.path.realpath(path), path) for path in paths if os.path.exists(path)]


def _below(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _visible(path: str, shown: list[tuple[str, str]]) -> bool:
    return any(_below(target, path) for _, target in shown)


def _repository() -> str:
    return os.path.realpath(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def _is_checkout(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, "pyproject.toml"))


def _in_repository(path: str) -> bool:
    return _is_checkout(_repository()) and _below(_repository(), path)


def _covered(shown: list[tuple[str, str]]) -> list[str]:
    """All that is within a shown folder and must not be seen, by every name that it has inside."""
    hidden = [_repository()] if _is_checkout(_repository()) else [os.path.dirname(os.path.abspath(__file__))]
    if sys.prefix != sys.base_prefix:
        hidden += _base_packages()
    hidden += _pointers()
    return list(dict.fromkeys(name for path in hidden if os.path.exists(path) for name in _names_inside(path, shown)))


def _names_inside(path: str, shown: list[tuple[str, str]]) -> list[str]:
    path = os.path.realpath(path)
    places = [(os.path.realpath(source), target) for source, target in shown]
    return [target + path[len(source) :] for source, target in places if _below(source, path)]


def _again(shown: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Parts of an environment inside the repository, shown once more over the covered repository."""
    if not (_is_checkout(_repository()) and _visible(_repository(), shown)):
        return []
    return [pair for pair in shown if _below(_repository(), pair[1]) and pair[1] != _repository()]


def _base_packages() -> list[str]:
    """Packages of the Python that a virtual environment is made from; it cannot import them."""
    config = Path(sys.prefix, "pyvenv.cfg")
    if config.exists() and "include-system-site-packages = true" in config.read_text().lower():
        return []
    variables = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    return [sysconfig.get_path(kind, "posix_prefix", variables) for kind in ("purelib", "platlib")]


def _pointers() -> list[str]:
    """Files and folders of the environment that lead to a source tree: `.pth`, `.egg-link`, an editable's metadata."""
    folders = [path for path in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")} if os.path.isdir(path)]
    paths = [os.path.join(folder, name) for folder in folders for name in os.listdir(folder) if _is_pointer(name)]
    installed = importlib.metadata.distributions()
    paths += [str(getattr(one, "_path", "")) for one in installed if one.read_text("direct_url.json")]
    return [path for path in paths if os.path.isabs(path)]


def _is_pointer(name: str) -> bool:
    return name.endswith((".pth", ".egg-link")) or name.startswith("__editable__")


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for the small files of a view."""
    return tempfile.TemporaryDirectory(prefix="servicelab-view-")

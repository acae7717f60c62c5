"""pyproject.toml, requirements.lock, environment.yml and what is installed say the same."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import sysconfig
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
OWN = {"servicelab", "autograder"}


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@cache
def declared() -> dict[str, Requirement]:
    return {canonicalize_name(req.name): req for req in map(Requirement, project()["dependencies"])}


def extra(name: str) -> list[str]:
    return project()["optional-dependencies"][name]


@cache
def conda() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "environment.yml").read_text())


@cache
def locked() -> dict[str, tuple[Requirement, int]]:
    """Name -> pinned requirement (with its marker) and the number of its hashes."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "requirements.lock").read_text(), flags=re.M).replace("\\\n", " ")
    entries = [line.split(" --hash=sha256:") for line in text.splitlines()]
    return {(req := Requirement(" ".join(entry[0].split()))).name: (req, len(entry) - 1) for entry in entries}


def applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate()


def imports(package: Path) -> set[str]:
    """Top names of all absolute imports in a package."""
    names = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names


def test_conda_has_the_same_packages_with_the_same_bounds() -> None:
    specs = [Requirement(spec) for spec in conda()["dependencies"] if isinstance(spec, str)]
    bounds = {canonicalize_name(spec.name): spec.specifier for spec in specs}
    python = bounds.pop("python")
    bounds.pop("pip")
    assert bounds == {name: req.specifier for name, req in declared().items()}
    assert str(python) == str(Requirement(f"python{project()['requires-python']}").specifier)


def test_conda_takes_packages_from_conda_forge_only_and_installs_this_project() -> None:
    assert conda()["channels"] == ["conda-forge"]
    assert conda()["dependencies"][-1] == {"pip": ["-e ."]}


def test_what_is_optional_is_tested() -> None:
    assert set(extra("cluster")) <= set(extra("dev"))


def test_every_bound_has_two_sides() -> None:
    open_ended = [str(req) for req in declared().values() if not {">=", "<"} <= {s.operator for s in req.specifier}]
    assert open_ended == []


def test_trio_is_pinned_to_the_minor_version() -> None:
    assert str(declared()["trio"].specifier) == str(Requirement("trio>=0.35,<0.36").specifier)


def test_the_lock_keeps_the_bounds() -> None:
    wanted = [*declared().values(), *map(Requirement, extra("dev"))]
    versions = {name: next(iter(req.specifier)).version for name, (req, _) in locked().items()}
    astray = [str(req) for req in wanted if not req.specifier.contains(versions[canonicalize_name(req.name)])]
    assert astray == [], "make lock"


def test_every_locked_package_has_hashes() -> None:
    assert [name for name, (_, hashes) in locked().items() if hashes == 0] == []


def test_the_lock_names_no_index() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    assert [line for line in lines if "://" in line or line.startswith("-")] == []


def test_the_lock_pins_one_version_of_a_package_for_all_pythons() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    names = [line.split("==")[0] for line in lines if "==" in line and line[0].isalpha()]
    assert sorted(names) == sorted(set(names))


def test_what_is_installed_is_what_is_locked() -> None:
    wanted = {name: f"{req.name}{req.specifier}" for name, (req, _) in locked().items() if applies(req)}
    here = importlib.metadata.distributions(path=[sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    installed = {canonicalize_name(dist.name): dist.version for dist in here}  # setuptools brings copies of some
    assert {name: f"{name}=={installed.get(canonicalize_name(name))}" for name in wanted} == wanted, "make install"


@pytest.mark.parametrize("folder", ["labs/servicelab", "autograder"])
def test_what_is_imported_is_declared(folder: str) -> None:
    providers = importlib.metadata.packages_distributions()
    foreign = imports(ROOT / folder) - set(sys.stdlib_module_names) - OWN
    known = {*declared(), *(canonicalize_name(Requirement(spec).name) for spec in extra("cluster"))}
    undeclared = [name for name in foreign if known.isdisjoint(map(canonicalize_name, providers.get(name, [])))]
    assert undeclared == []

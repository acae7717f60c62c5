"""What holds for every test: a folder of its own for what Jupyter and the labs write, and no skips in CI."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

_SCRATCH = pytest.StashKey[Path]()
# the defaults of these lie in the user's home: tests neither read it nor write there
_FOLDERS = {
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "SERVICELAB_HOME": "progress",
}
LONGEST = ("test_fidelity.py", "test_attack.py", "test_resume.py", "test_lint.py", "test_browser.py")


class NoSkips:
    """Turns every skip into a failure: in CI, what was not tested must not look tested."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.skipped and not hasattr(report, "wasxfail"):
            _fail(report)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if report.skipped:
            _fail(report)
        return report


class OwnProgress:
    """Lets each notebook begin with no progress: what it shows of it is compared with what is stored."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if item.path.suffix == ".ipynb":
            os.environ["SERVICELAB_HOME"] = str(item.config.stash[_SCRATCH] / item.path.stem)


def pytest_configure(config: pytest.Config) -> None:
    """Give this process (each xdist worker is one) folders of its own, and forbid skips where asked."""
    scratch = config.stash[_SCRATCH] = Path(tempfile.mkdtemp(prefix="servicelab-"))
    os.environ.update({variable: str(scratch / name) for variable, name in _FOLDERS.items()})
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # else every kernel warns about frozen modules
    config.pluginmanager.register(OwnProgress(), "servicelab-own-progress")  # a conftest's hook is for tests/ only
    if os.environ.get("CI") == "true" or os.environ.get("SERVICELAB_NO_SKIPS") == "1":
        config.pluginmanager.register(NoSkips(), "servicelab-no-skips")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes longest."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folders."""
    if scratch := config.stash.get(_SCRATCH, None):
        shutil.rmtree(scratch, ignore_errors=True)


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"skips are not allowed here (CI=true or SERVICELAB_NO_SKIPS=1): {reason}"

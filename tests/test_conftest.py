from __future__ import annotations

import pytest

SKIPS = """
    import pytest

    @pytest.mark.skip(reason="install bubblewrap")
    def test_marked():
        pass

    def test_called():
        pytest.skip("install chromium")

    @pytest.mark.xfail(strict=True)
    def test_known_bug():
        assert False
"""
MODULE_SKIP = """
    import pytest

    pytest.importorskip("no_such_module")
"""


def run(pytester: pytest.Pytester, **env: str) -> pytest.RunResult:
    for name in ("CI", "SERVICELAB_NO_SKIPS"):
        pytester._monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        pytester._monkeypatch.setenv(name, value)
    return pytester.runpytest_subprocess("-p", "tests.conftest", "-p", "no:cacheprovider", "-p", "no:xdist")


def test_skips_are_skips_on_a_laptop(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SKIPS)
    run(pytester).assert_outcomes(skipped=2, xfailed=1)


@pytest.mark.parametrize("env", [{"CI": "true"}, {"SERVICELAB_NO_SKIPS": "1"}], ids=str)
def test_skips_are_failures_in_ci(pytester: pytest.Pytester, env: dict[str, str]) -> None:
    pytester.makepyfile(SKIPS)
    result = run(pytester, **env)
    result.assert_outcomes(failed=1, errors=1, xfailed=1)  # a marked one skips before it begins
    result.stdout.fnmatch_lines(["skips are not allowed here*install bubblewrap"])


def test_a_module_that_skips_itself_is_an_error_in_ci(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MODULE_SKIP)
    run(pytester, CI="true").assert_outcomes(errors=1)

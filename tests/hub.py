"""The JupyterHub configuration of a class, tried out: `python -m tests.hub`, as root.

Not a part of `make test` and of CI: JupyterHub with its dozen packages would have to be in the lock, and Node with a
package from npm on the machine, for one configuration file. Once, by hand, in this project's environment:

    .venv/bin/uv pip install --python .venv/bin/python jupyterhub
    npm install --global configurable-http-proxy
    .venv/bin/python -m tests.hub

(`make install` takes the package out again when the lock changes.) In a mount namespace of its own, with accounts that
exist only there, it starts the hub with the dummy authenticator. A student signs in, and fetches and submits a lab in a
JupyterLab; the instructor sees the class in formgrader, and collects.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from autograder.classroom import Classroom
from tests import browser
from tests.accounts import BWRAP, uncovered
from tests.test_formgrader import CONFIG
from tests.tiny_course import FOLDER, make_course

PEOPLE = {"teacher": 3001, "ada": 3002, "bob": 3003}
PROGRAMS = (
    ("jupyterhub", "jupyterhub", ".venv/bin/uv pip install --python .venv/bin/python jupyterhub"),
    ("proxy", "configurable-http-proxy", "npm install --global configurable-http-proxy"),
)
# the hub starts its proxy and everybody's server in sessions of their own: they end with the namespace
TOGETHER = ("--unshare-pid", "--proc", "/proc", "--die-with-parent")
INSIDE = """
load_subconfig({config!r})
c = get_config()
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.Spawner.environment["JUPYTER_PATH"] = {data!r}
c.Spawner.environment["JUPYTER_CONFIG_PATH"] += ":" + {extensions!r}
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
"""


def main() -> int:
    """Try the configuration; exit code 0 if all of it works."""
    parser = argparse.ArgumentParser(prog="python -m tests.hub", epilog="example: python -m tests.hub")
    parser.add_argument("--jupyterhub", type=Path, help="the program (default: of this environment, or on PATH)")
    parser.add_argument("--proxy", type=Path, help="the program configurable-http-proxy (default: on PATH)")
    args = parser.parse_args()
    scripts = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
    for name, program, mend in PROGRAMS:
        if (path := getattr(args, name) or shutil.which(program, path=scripts)) is None:
            parser.error(f"needs {program}: {mend}")
        setattr(args, name, Path(path))
    with tempfile.TemporaryDirectory(prefix="servicelab-hub-") as folder:
        base = Path(folder)
        base.chmod(0o755)
        room = _class(base)
        port = browser.free_port()
        config = base / "inside.py"
        config.write_text(
            INSIDE.format(
                config=str(room.base / "hub" / "jupyterhub_config.py"),
                port=port,
                hub_port=browser.free_port(),
                api_port=browser.free_port(),
                proxy=str(args.proxy.resolve()),
                data=str(Path(sys.prefix) / "share" / "jupyter"),
                extensions=str(Path(sys.prefix) / "etc" / "jupyter"),
            )
        )
        log = base / "hub.log"
        command = [*_namespace(base), str(args.jupyterhub), "--config", str(config)]
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                cwd=base,
                env={**os.environ, "PATH": os.defpath},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
            try:
                url = f"http://127.0.0.1:{port}"
                browser.wait_for_answer(f"{url}/hub/api", process, log)
                _student(url, "ada")
                _instructor(url, "teacher")
            except BaseException:
                print(log.read_text()[-6000:], file=sys.stderr)
                raise
            finally:
                browser.stop(process)
        _nbgrader(room, "collect")
        collected = sorted(path.parent.name for path in room.own.glob(f"submitted/*/{FOLDER}"))
        print(f"collected from: {collected}")
        return 0 if collected == ["ada"] else 1


def _class(base: Path) -> Classroom:
    course = make_course(base / "repository")
    (course.root / "nbgrader_config.py").write_text(CONFIG)
    room = Classroom(base / "class", course)
    room.make([{"id": name, "first_name": "", "last_name": "", "email": ""} for name in ("ada", "bob")])
    users, groups = Path("/etc/passwd").read_text(), Path("/etc/group").read_text()
    for name, number in PEOPLE.items():
        home = base / "homes" / name
        home.mkdir(parents=True, mode=0o700)
        os.chown(home, number, number)
        users += f"{name}:x:{number}:{number}::{home}:/bin/bash\n"
        groups += f"{name}:x:{number}:\n"
    (base / "passwd").write_text(users)
    (base / "group").write_text(groups)
    _nbgrader(room, "release_assignment")
    for path in (room.own, *room.own.rglob("*")):
        os.chown(path, PEOPLE["teacher"], PEOPLE["teacher"], follow_symlinks=False)
    return room


def _nbgrader(room: Classroom, step: str) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "nbgrader", step, FOLDER]
    subprocess.run(command, cwd=room.own, check=True, capture_output=True)


def _namespace(base: Path) -> list[str]:
    """What the hub runs in: our accounts, and Python where it lies in root's home."""
    accounts = [part for name in ("passwd", "group") for part in ("--ro-bind", str(base / name), f"/etc/{name}")]
    return [*(uncovered() or BWRAP), *accounts, *TOGETHER]


@contextlib.contextmanager
def _signed_in(url: str, name: str) -> Iterator[httpx.Client]:
    """Sign in and wait for this person's JupyterLab; a client whose addresses begin there."""
    with httpx.Client(base_url=url, follow_redirects=True, timeout=150, trust_env=False) as client:
        form = {"username": name, "password": "any", "_xsrf": _xsrf(client.get("/hub/login").text)}
        client.post("/hub/login?next=/hub/spawn", data=form).raise_for_status()
        deadline = time.monotonic() + 150
        while (lab := client.get(f"/user/{name}/lab")).status_code != 200 or lab.url.path != f"/user/{name}/lab":
            if time.monotonic() > deadline:
                raise RuntimeError(f"no JupyterLab for {name}: {lab.status_code} at {lab.url}")
            time.sleep(1)
        client.base_url = httpx.URL(f"{url}/user/{name}/")
        client.headers["X-XSRFToken"] = client.cookies.get("_xsrf", path=f"/user/{name}/") or ""
        yield client


def _student(url: str, name: str) -> None:
    """Fetch the lab and submit it through nbgrader's assignment list."""
    with _signed_in(url, name) as client:
        listed = client.get("assignments", params={"course_id": "tiny"}).json()
        print(f"listed for {name}: {[(one['assignment_id'], one['status']) for one in listed['value']]}")
        for step in ("fetch", "submit"):
            answer = client.post(f"assignments/{step}", data={"course_id": "tiny", "assignment_id": FOLDER})
            print(f"{step}: {answer.raise_for_status().json()['success']}")


def _instructor(url: str, name: str) -> None:
    """See the labs of the class in formgrader."""
    with _signed_in(url, name) as client:
        found = client.get("formgrader/api/assignments").raise_for_status().json()
        print(f"formgrader of {name}: {[one['name'] for one in found]}")
        assert [one["name"] for one in found] == [FOLDER]


def _xsrf(page: str) -> str:
    found = re.search(r'name="_xsrf" value="([^"]+)"', page)
    return found[1] if found else ""


if __name__ == "__main__":
    raise SystemExit(main())

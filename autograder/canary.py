"""What the canary does in a jail: look for what must not be there. A process of its own, started by `jail.probe`."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from . import confinement


def main(pidfd: int) -> None:
    """Join a jail, look around, print "held" or the first thing that is wrong.

    Args:
        pidfd: of the jail's first process.
    """
    limits = confinement.Limits().as_dict()
    outside = os.readlink("/proc/self/ns/net"), os.getpid()
    repository = Path(__file__).resolve().parents[1]
    confinement.join(pidfd, limits)
    child = os.fork()
    if child:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)
    confinement.confine(limits, jailed=True)
    print(found(outside[0], repository) or "held", flush=True)
    os._exit(0)


def found(outer_network: str, repository: Path) -> str | None:
    """Name the first promise of the jail that is broken, if one is."""
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    promises = {
        "a capability is left": all(int(status[name], 16) == 0 for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")),
        "new privileges are possible": status["NoNewPrivs"] == "1",
        "a further user namespace is possible": not confinement.can_make_user_namespace(),
        "the network is the outer one": os.readlink("/proc/self/ns/net") != outer_network,
        "there is a network besides loopback": [name for _, name in socket.if_nameindex()] == ["lo"],
        "outer processes are visible": len([name for name in os.listdir("/proc") if name.isdigit()]) <= 4,
        "the root folder is writable": not os.access("/", os.W_OK),
        "the work folder is not writable": os.access(confinement.WORK, os.W_OK),
        "the repository is visible": not (repository / "autograder").exists(),
        "the environment cannot be read (chmod -R go+rX)": os.access(os.__file__, os.R_OK) and _packages_readable(),
    }
    return next((broken for broken, kept in promises.items() if not kept), None)


def _packages_readable() -> bool:
    return all(os.access(path, os.R_OK | os.X_OK) for path in sys.path if path.endswith("site-packages"))

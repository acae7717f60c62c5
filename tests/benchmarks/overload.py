"""Ten times more requests than the service can carry: with lab 04, and with lab 04 left out.

The capacity is that of the store: so many writes at once, each so slow. The load is open-loop, in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.service_process import Process

CONNECTIONS = 8
LATENCY_S = 0.4  # so slow that neither the load nor the interpreter is what is measured
CAPACITY = CONNECTIONS / LATENCY_S
SECONDS = 10
SETTINGS: dict[str, object] = {
    "STORE_CONNECTIONS": CONNECTIONS,
    "STORE_LATENCY": LATENCY_S,
    "TICKETS": CONNECTIONS,
    "PATIENCE": LATENCY_S / 2,
    "BUDGET": 100,
    "RATE": 1_000_000,
    "BURST": 1_000_000,
    "GRACE": 1,
}


def measure() -> dict[str, object]:
    """Measure both services at a quarter of the store's capacity, a little above it, and at ten times as much.

    Returns:
        `service`: `goodput_at_10x` (goodput over the most that was carried just above capacity), `p99_ratio_at_10x`
        (p99 of accepted requests over the unloaded p99), and both without lab 04.
    """
    with_lab, without = _measured(), _measured("--without", "admission")
    return {
        "service": {
            "goodput_at_10x": with_lab["goodput"],
            "p99_ratio_at_10x": with_lab["p99"],
            "goodput_at_10x_without_lab_04": without["goodput"],
            "p99_ratio_at_10x_without_lab_04": without["p99"],
        }
    }


def _measured(*arguments: str) -> dict[str, float | None]:
    with Process("solutions", *arguments, **SETTINGS) as service:
        unloaded = _load(service, 0.25 * CAPACITY)
        full = _load(service, 1.2 * CAPACITY)
        over = _load(service, 10 * CAPACITY)
    p99 = over["latency_ms"].get("99")
    return {
        "goodput": round(over["goodput"] / full["goodput"], 3),
        "p99": round(p99 / unloaded["latency_ms"]["99"], 2) if p99 else None,
    }


def _load(service: Process, rate: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "servicelab", "load", f"{service.url}/process", "--json"]
    command += ["--rate", str(rate), "--seconds", str(SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    report: dict[str, Any] = json.loads(done.stdout)
    return report

"""What clients of a server may use, and what it says about itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one client, and all of them together, may use. Times are seconds, sizes bytes."""

    header_s: float = 10.0
    """from the first byte of a request (or from the connection's start) to the end of its head"""
    body_s: float = 30.0
    """for the whole body, however steadily it drips; waits for the application do not count"""
    idle_s: float = 15.0
    """between two requests of a connection"""
    write_s: float = 30.0
    """for each 256 KiB to a client that reads slowly"""
    half_closed_s: float = 0.5
    """for the answer, once the client has closed its side: it may be reading still, or it may be gone"""
    linger_s: float = 1.0
    """to read on, unheard, after a refusal: closing at once would destroy the refusal on its way"""
    header_bytes: int = 16 * 1024
    header_count: int = 100
    body_bytes: int = 1024 * 1024
    read_ahead_bytes: int = 64 * 1024
    """of a body that the application has not asked for yet"""
    connections: int = 1000
    requests: int = 1000
    """in the application at the same time, over all connections"""


@dataclass(frozen=True)
class Statistics:
    """What a server is doing, and has done.

    Attributes:
        connections: open now.
        requests: in the application now.
        answered: requests that the application has been through with.
        refused: connections and requests turned away with 503.
    """

    connections: int
    requests: int
    answered: int
    refused: int

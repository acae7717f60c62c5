"""As many open files as the system lets us have: each connection is one, and the usual soft limit is 1,024."""

from __future__ import annotations


def raise_limit() -> None:
    """Raise the soft limit to the hard one, as Go's runtime does; where there is none, do nothing."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

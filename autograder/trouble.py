"""What the machine refuses, in one line: a full disk, a folder that may not be written, a gradebook that is in use."""

from __future__ import annotations

import errno
import sys

_SAFE = "what is finished is kept, so start the same command again"
_MENDS = {
    errno.ENOSPC: f"make room; {_SAFE}",
    errno.EDQUOT: f"make room; {_SAFE}",
    errno.EROFS: "choose a folder that can be written",
    errno.EACCES: "look at the rights of it, or choose another folder",
    errno.EPERM: "look at the rights of it, or choose another folder",
    errno.EEXIST: "it is no folder; choose another one",
    errno.ENOTDIR: "it is no folder; choose another one",
    errno.EMFILE: f"raise the limit of open files (ulimit -n) or give fewer --jobs; {_SAFE}",
    errno.ENOMEM: f"close something or give fewer --jobs; {_SAFE}",
}


def in_words(error: OSError) -> str:
    """What the system refused, of which file, and what to do."""
    where = f"{error.filename}: " if error.filename is not None else ""
    mend = _MENDS.get(error.errno or 0)
    return f"{where}{error.strerror or error}" + (f": {mend}" if mend else "")


def of_database(error: Exception) -> str | None:
    """The same of a gradebook; None if the error is none of a database's."""
    known = sys.modules.get("sqlalchemy.exc")  # only who uses a gradebook has imported it
    if known is None or not isinstance(error, known.DBAPIError):
        return None
    return f"the gradebook cannot be used ({error.orig}): see that its disk has room and it may be written; {_SAFE}"

"""How much a work folder holds, looked at from outside, where no file system of its own bounds it."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Room:
    """A folder and what it may hold.

    Attributes:
        folder: where.
        bytes: of all files on the disk, holes left out.
        files: how many, folders counted as well.
    """

    folder: str
    bytes: int
    files: int

    def is_used_up(self) -> bool:
        """Whether there is more in it; folders that cannot be read count as used up."""
        held = files = 0
        waiting = [self.folder]
        while waiting:
            try:
                with os.scandir(waiting.pop()) as entries:
                    for entry in entries:
                        held += entry.stat(follow_symlinks=False).st_blocks * 512
                        files += 1
                        if held > self.bytes or files > self.files:
                            return True
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
            except FileNotFoundError:  # gone since it was listed
                continue
            except OSError:
                return True
        return False

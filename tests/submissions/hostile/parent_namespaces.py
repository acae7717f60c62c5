"""
attack: it makes namespaces, mounts, and gains capabilities
deserves: nothing
"""

CELL = """\
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
for flags in (0x10000000, 0x20000, 0x40000000, 0x10000000 | 0x20000):
    if libc.unshare(flags) == 0:
        print("made-a-namespace-of-my-own", hex(flags))
if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0 or libc.setuid(0) == 0 or libc.chroot(b"/tmp") == 0:
    print("gained-a-capability")
"""

"""A filter on system calls, for what neither Landlock nor a change of user stops. It cannot be taken off again.

Theory of operation
===================
1. The filter is a program of the classic BPF machine, made here from a table: the calls of this architecture that are
   answered with an error instead of being made. A call of another architecture (32 bit, x32) kills the process.
2. A few calls depend on their arguments: sockets on their family, `clone` on its flags, calls that name a process on
   the process. `clone3` hides its flags behind a pointer, so it "does not exist" and libraries fall back to `clone`.
3. Sockets of the file system are not Landlock's business, and a session bus runs whatever it is told. So none can be
   made; pairs that are connected from birth can.
4. Landlock leaves modes and times alone. Where files outside belong to the same user, changing them must be stopped
   here, and here one cannot tell which file it is: `chmod` and `utime` then do nothing and say so to nobody, since
   honest code (`shutil.copy2`) calls them in passing. To set the time to now fails: `Path.touch` then makes the file.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct
from dataclasses import dataclass

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # as the kernel's audit names them

KILL, ALLOW, ERROR = 0x80000000, 0x7FFF0000, 0x00050000
_X32 = 0x40000000
_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
_NAMESPACES = 0x7E020080  # every CLONE_NEW* flag
_PR_SET_SECCOMP, _FILTER_MODE = 22, 2
_ALL = 0xFFFFFFFF

# by name: the number on x86_64, on aarch64; None where there is no such call
_CALLS: dict[str, tuple[int | None, int | None]] = {
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "ioprio_set": (251, 30),
    "prlimit64": (302, 261),
    "setpriority": (141, 140),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "clone": (56, 220),
    "clone3": (435, 435),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    # the kernel itself
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "ioctl": (16, 29),
    # what outlives a process, or is shared by all of a user's
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "semget": (64, 190),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "semctl": (66, 191),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    # memory that no limit counts
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    # files by other ways than their name, and news of them
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "inotify_add_watch": (254, 27),
    # modes, owners, attributes, times
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    # sockets
    "socket": (41, 198),
    "socketpair": (53, 199),
}

_ABSENT = ("clone3", "memfd_create", "memfd_secret", "io_uring_setup", "io_uring_enter", "io_uring_register")
_MODES = ("chmod", "fchmod", "fchmodat", "fchmodat2")
_TIMES = {"utime": 1, "utimes": 1, "futimesat": 2, "utimensat": 2}  # which argument has them; null means now
_OWNERS = ("chown", "lchown", "fchown", "fchownat")
_ATTRIBUTES = (
    *("setxattr", "lsetxattr", "fsetxattr", "setxattrat", "file_setattr"),
    *("removexattr", "lremovexattr", "fremovexattr", "removexattrat"),
)
_OF_FILES = (*_MODES, *_TIMES, *_OWNERS, *_ATTRIBUTES)


@dataclass(frozen=True)
class Test:
    """A condition on one argument: `argument & mask` is one of some values, or is none of them."""

    argument: int
    values: tuple[int, ...]
    mask: int = _ALL
    none_of: bool = True


@dataclass(frozen=True)
class Rule:
    """One call that is answered with an error, if all its tests hold."""

    call: str
    error: int = errno.EPERM
    tests: tuple[Test, ...] = ()


_SELF = (Test(0, (0,)),)
_WITH_TESTS = (
    Rule("clone", tests=(Test(0, (0,), _NAMESPACES),)),
    *(Rule(f"sched_{name}", tests=_SELF) for name in ("setaffinity", "setscheduler", "setparam", "setattr")),
    Rule("prlimit64", tests=_SELF),
    Rule("setpriority", tests=(Test(0, (0,)),)),
    Rule("setpriority", tests=(Test(1, (0,)),)),
    Rule("ioctl", tests=(Test(1, (0x5412, 0x541C), none_of=False),)),  # typing into a terminal
    Rule("socketpair", errno.EACCES, (Test(0, (socket.AF_UNIX,)),)),
    Rule("socketpair", errno.EACCES, (Test(1, (socket.SOCK_STREAM, socket.SOCK_SEQPACKET), 0xF),)),
)


def rules(*, loopback: bool, same_user: bool) -> list[Rule]:
    """What is refused.

    Args:
        loopback: whether there is a network with nobody else in it; without one there are no sockets.
        same_user: whether files outside, the system's or other students', belong to the same user and can be written.
    """
    tested = {rule.call for rule in _WITH_TESTS}
    plain = [name for name in _CALLS if name not in tested and name not in _OF_FILES and name != "socket"]
    found = [*(Rule(name, errno.ENOSYS if name in _ABSENT else errno.EPERM) for name in plain), *_WITH_TESTS]
    if same_user:
        found += [Rule(name, 0) for name in _MODES] + [Rule(name) for name in _OWNERS]
        found += [Rule(name, 0, (Test(which, (0,)),)) for name, which in _TIMES.items()] + [Rule(n) for n in _TIMES]
        found += [Rule(name, errno.ENOTSUP) for name in _ATTRIBUTES]
    if not loopback:
        return [*found, Rule("socket", errno.EACCES)]
    families = (socket.AF_INET, socket.AF_INET6, 16)  # 16: netlink, which tells the names of interfaces
    asked = (Test(0, (16,), none_of=False), Test(2, (0,)))
    return [*found, Rule("socket", errno.EACCES, (Test(0, families),)), Rule("socket", errno.EACCES, asked)]


def program(refused: list[Rule], machine: str) -> bytes:
    """The filter as the kernel wants it.

    Args:
        refused: from `rules`.
        machine: a name of `MACHINES`.
    """
    code = [_one(_LOAD, _ARCH_AT), _one(_EQUAL, MACHINES[machine], 1, 0), _one(_RETURN, KILL), _one(_LOAD, _NUMBER_AT)]
    if machine == "x86_64":
        code += [_one(_AT_LEAST, _X32, 0, 1), _one(_RETURN, KILL)]
    for rule in refused:
        number = _CALLS[rule.call][list(MACHINES).index(machine)]
        if number is not None:
            code += _block(number, rule)
    return b"".join([*code, _one(_RETURN, ALLOW)])


def _one(operation: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", operation, if_true, if_false, value)


def _block(number: int, rule: Rule) -> list[bytes]:
    """Compare the number, then the arguments; what does not match goes on behind the block."""
    parts = [_compare(test) for test in rule.tests]
    tail = [_one(_RETURN, ERROR | rule.error), *([_one(_LOAD, _NUMBER_AT)] if parts else [])]
    length = sum(map(len, parts)) + len(tail)
    code = [_one(_EQUAL, number, 0, length)]
    for part in parts:
        for kind, value, hit in part:
            length -= 1
            # a miss jumps to the load of the number, the last instruction of the block
            away = length - 1
            code.append(_one(_EQUAL, value, *_jumps(hit, away)) if kind == _EQUAL else _one(kind, value))
    return code + tail


def _jumps(hit: str, away: int) -> tuple[int, int]:
    """Where to go if equal and if not."""
    return {"leave": (away, 0), "stay": (0, away)}.get(hit) or (int(hit), 0)


def _compare(test: Test) -> list[tuple[int, int, str]]:
    """Instructions of a test as (operation, value, what being equal means): leave, stay, or skip some."""
    code = [(_LOAD, _ARGUMENTS_AT + 8 * test.argument, ""), (_AND, test.mask, "")]
    if test.none_of:
        return code + [(_EQUAL, value, "leave") for value in test.values]
    *others, last = test.values
    return code + [(_EQUAL, v, str(len(others) - i)) for i, v in enumerate(others)] + [(_EQUAL, last, "stay")]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install(*, loopback: bool, same_user: bool) -> None:
    """Put this process and all that it will start under the filter; it must have `no_new_privs`.

    Raises:
        OSError: if the kernel refuses, or the architecture is unknown.
    """
    machine = platform.machine()
    if machine not in MACHINES:
        raise OSError(errno.ENOSYS, f"no filter on system calls for {machine}")
    code = program(rules(loopback=loopback, same_user=same_user), machine)
    made = _Program(len(code) // 8, code)
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(made), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")

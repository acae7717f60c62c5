"""What cells try at the level Landlock: attacks that must be refused, honest code that must run, ends of all kinds."""

from __future__ import annotations

PRELUDE = """\
import ctypes, os, resource, socket
libc = ctypes.CDLL(None, use_errno=True)

def refused(function, *arguments):
    try:
        function(*arguments)
    except OSError:
        return True
    return False

def errno_of(number, *arguments):
    return None if libc.syscall(number, *arguments) >= 0 else ctypes.get_errno()

def lines(path):
    try:
        return open(path).readlines()
    except OSError:
        return []

def names(path):
    try:
        return os.listdir(path)
    except OSError:
        return []

def connected(family, kind, address):
    with socket.socket(family, kind) as ours:
        ours.settimeout(1)
        ours.connect(address)

apart = os.getppid() == 0  # numbers of processes outside mean nothing then
"""
# expressions that must be True inside
ATTACKS = {
    "read the gradebook": "refused(open, GRADEBOOK)",
    "list the gradebook's folder": "names(FOLDER) == [] and os.path.basename(FOLDER) not in names(BESIDE)",
    "read another student's file": "refused(open, OTHER) and refused(open, '/proc/self/root' + OTHER)",
    "read by way of a link": "refused(lambda: (os.symlink(GRADEBOOK, 'a'), open('a')))",
    "read by way of a hard link": "refused(os.link, GRADEBOOK, 'b')",
    "read the solutions": "refused(open, REPOSITORY + '/README.md') and refused(os.listdir, REPOSITORY + '/solutions')",
    "read accounts": "refused(open, '/etc/shadow') and refused(open, '/etc/passwd')",
    "write into the gradebook": "refused(open, GRADEBOOK, 'r+') and refused(open, GRADEBOOK, 'a')",
    "empty a file": "refused(os.truncate, GRADEBOOK, 0)",
    "remove or move a file": "refused(os.unlink, OTHER) and refused(os.rename, OTHER, 'c')",
    "make a file elsewhere": "all(refused(open, f'{f}/x', 'w') for f in (FOLDER, '/var/tmp', '/', '/etc'))",
    "make a file beside the gradebook": "refused(open, BESIDE + '/made', 'w')"
    " or os.path.basename(FOLDER) not in names(BESIDE)",
    "write into the packages": "refused(open, os.__file__, 'r+') and refused(open, socket.__file__, 'a')",
    "change modes": "refused(os.chmod, GRADEBOOK, 0o777) or os.stat(GRADEBOOK).st_mode & 0o777 == 0o644",
    "change times": "refused(os.utime, GRADEBOOK, (1, 1)) or os.stat(GRADEBOOK).st_mtime > 9",
    "change owners": "refused(os.chown, OTHER, os.getuid(), -1)",
    "change attributes": "refused(os.setxattr, OTHER, 'user.a', b'')",
    "watch a folder": "libc.inotify_add_watch(libc.inotify_init(), FOLDER.encode(), 0x100) == -1",
    "connect to a port of the host": "refused(connected, socket.AF_INET, socket.SOCK_STREAM, ADDRESS)",
    "connect to a socket of the file system": "refused(connected, socket.AF_UNIX, socket.SOCK_STREAM, SOCKET)",
    "connect to an abstract socket": "refused(connected, socket.AF_UNIX, socket.SOCK_STREAM, ABSTRACT)",
    "make a datagram pair": "refused(socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM)",
    "send to another machine": "refused(connected, socket.AF_INET, socket.SOCK_DGRAM, ('192.0.2.1', 9))",
    "sockets of other families": "all(refused(socket.socket, *f) for f in ((40, 1), (17, 3), (38, 5), (16, 3, 9)))",
    "signal the grader": "apart or refused(os.kill, HOST, 0)",
    "signal the parent": "apart or refused(os.kill, os.getppid(), 0)",
    "read a process": "apart or refused(open, f'/proc/{HOST}/environ') and refused(open, f'/proc/{HOST}/cmdline')",
    "see processes": "len([n for n in os.listdir('/proc') if n.isdigit()]) < 5 if apart"
    " else refused(os.listdir, '/proc')",
    "see connections of the machine": "not any(ABSTRACT[1:] in line for line in lines('/proc/self/net/unix'))",
    "see connections by a thread": "not any(ABSTRACT[1:] in one"
    " for one in lines(f'/proc/self/task/{os.getpid()}/net/unix'))",
    "ptrace": "[errno_of(CALLS['ptrace'], 16, pid, 0, 0) for pid in (HOST, 1)] == [1, 1]",
    "read memory": "[errno_of(CALLS[f'process_vm_{k}v'], HOST, 0, 0, 0, 0, 0) for k in ('read', 'write')] == [1, 1]",
    "limit a process": "refused(resource.prlimit, HOST, resource.RLIMIT_CPU, (1, 1))",
    "slow down a user's processes": "refused(os.setpriority, os.PRIO_USER, 0, 19)",
    "slow down a process": "refused(os.setpriority, os.PRIO_PROCESS, HOST, 19)"
    " and refused(os.sched_setaffinity, HOST, {0})",
    "mount": "libc.mount(b'none', b'/mnt', b'tmpfs', 0, None) == -1 and errno_of(CALLS['fsopen'], b'tmpfs', 0) == 1",
    "make a namespace": "[errno_of(CALLS['unshare'], 1 << n) for n in (17, 25, 26, 27, 28, 29, 30)] == [1] * 7",
    "fork into a namespace": "[errno_of(CALLS['clone'], 1 << n | 17, 0, 0, 0, 0) for n in (17, 28, 29)] == [1] * 3",
    "clone3": "errno_of(CALLS['clone3'], None, 0) == 38",
    "join a namespace": "errno_of(CALLS['setns'], 0, 0) == 1",
    "keys": "[errno_of(CALLS[name], 0, 0, 0, 0, 0) for name in ('keyctl', 'add_key', 'request_key')] == [1] * 3",
    "the kernel": "[errno_of(CALLS[n], 0, 0, 0, 0, 0) for n in ('bpf', 'perf_event_open', 'userfaultfd')] == [1] * 3",
    "io_uring": "errno_of(CALLS['io_uring_setup'], 8, None) == 38",
    "memory of no process": "refused(os.memfd_create, 'x') and errno_of(CALLS['shmget'], 0, 4096, 0o1600) == 1",
    "become root": "refused(os.setuid, 0)",
    "environment of oneself": "OF_GRADER not in str(os.environ)"
    " and (refused(open, '/proc/self/environ') or OF_GRADER not in open('/proc/self/environ').read())",
    "capabilities": "{l.split()[1] for l in open('/proc/self/status') if l[:6] in ('CapEff', 'CapPrm')} == {'0' * 16}",
}

# source, and what it prints
HONEST = {
    "a cell of lab 00": (
        """\
import trio
from servicelab import run

async def tea(n):
    await trio.sleep(n)
    return n

async def main():
    async with trio.open_nursery() as nursery:
        for n in (1, 2):
            nursery.start_soon(tea, n)
    return trio.current_time()

print(run(main))
""",
        "2.0\n",
    ),
    "trio on the real clock": (
        """\
import trio
print(trio.run(trio.to_thread.run_sync, len, 'abc'))
""",
        "3\n",
    ),
    "asyncio": (
        """\
import asyncio
await asyncio.sleep(0)
print('slept')
""",
        "slept\n",
    ),
    "a file in the work folder": (
        """\
import pathlib, shutil, tempfile
pathlib.Path('a').write_text('x')
shutil.copy('a', 'b')
with tempfile.NamedTemporaryFile() as f: f.write(b'y')
print(open('b').read())
""",
        "x\n",
    ),
    "an empty file": (
        """\
import pathlib
pathlib.Path("empty").touch()
print(pathlib.Path("empty").exists())
""",
        "True\n",
    ),
    "a tree of files": (
        """\
import pathlib, shutil
pathlib.Path("tree/below").mkdir(parents=True)
pathlib.Path("tree/below/leaf").write_text("leaf")
shutil.copytree("tree", "copy")
print(pathlib.Path("copy/below/leaf").read_text())
""",
        "leaf\n",
    ),
    "a database": (
        """\
import sqlite3
with sqlite3.connect('d.db') as d:
    d.execute('create table t (a)')
    d.execute('insert into t values (1)')
print(d.execute('select * from t').fetchall())
""",
        "[(1,)]\n",
    ),
    "a program": (
        """\
import subprocess
print(subprocess.run(['echo', 'hi'], capture_output=True).stdout)
""",
        "b'hi\\n'\n",
    ),
    "a program that is stopped": (
        """\
import subprocess
program = subprocess.Popen(['sleep', '100'])
program.terminate()
print(program.wait())
""",
        "-15\n",
    ),
    "a signal to oneself": (
        """\
import os, signal
signal.signal(signal.SIGTERM, lambda *_: print('term'))
os.kill(os.getpid(), signal.SIGTERM)
""",
        "term\n",
    ),
    "a callback from C": (
        """\
import ctypes
print(ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 3)())
""",
        "3\n",
    ),
    "late imports": (
        """\
import wave, httpx, starlette.routing, trio.testing, ipywidgets
print(wave.__name__)
""",
        "wave\n",
    ),
    "a thread": (
        """\
import threading
t = threading.Thread(target=print, args=['t'])
t.start()
t.join()
""",
        "t\n",
    ),
}
WITH_NAMESPACES = {
    "loopback": (
        """\
import trio

async def echo(stream):
    await stream.send_all(await stream.receive_some())

async def main():
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, echo, 0)
        port = listeners[0].socket.getsockname()[1]
        stream = await trio.open_tcp_stream('localhost', port)
        await stream.send_all(b'hello')
        print(await stream.receive_some())
        nursery.cancel_scope.cancel()

trio.run(main)
""",
        "b'hello'\n",
    ),
    "multiprocessing": (
        """\
import multiprocessing
with multiprocessing.Lock(): print('locked')
""",
        "locked\n",
    ),
    "modes": (
        """\
import os
open('m', 'w').close()
os.chmod('m', 0o600)
print(oct(os.stat('m').st_mode))
""",
        "0o100600\n",
    ),
}
ENDS = {
    "a daemon": """\
import subprocess
subprocess.Popen(['/bin/sh', '-c', 'sleep 1000; : MARK'], start_new_session=True)
""",
    "a comet": """\
import os
libc.prctl(15, b'MARK', 0, 0, 0)
if os.fork() == 0:
    os.setsid()
    while True:
        try:
            if os.fork(): os._exit(0)
        except OSError: pass
""",
    "a full disk": """\
for n in range(100_000):
    open(str(n), 'wb').write(bytes(4 << 20))
""",
    "many files": """\
for n in range(1_000_000):
    open(str(n), 'w').close()
""",
    "a folder that cannot be removed": """\
import os
os.makedirs('locked/in')
open('locked/in/f', 'w').close()
os.mkdir('no', 0)
""",
    "one's own end": """\
import os, signal
os.kill(os.getpid(), signal.SIGKILL)
""",
    "everybody's end": """\
import os, signal
os.kill(-1, signal.SIGKILL)
""",
    "the group's end": """\
import os, signal
os.killpg(0, signal.SIGKILL)
""",
    "afterwards": "print('still here')",
}
FOREIGN = {
    "32 bit": """\
import mmap
code = mmap.mmap(-1, 4096, prot=7)
code.write(bytes.fromhex('b814000000cd80c3'))
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
""",
    "x32": "libc.syscall(0x40000000 | 39)",
}

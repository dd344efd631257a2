"""A terminal beside a bare pty: from a key to its echo, and a gigabyte that nobody reads fast."""
import contextlib
import os
import pty
import subprocess
import tempfile
import threading
import time

from machine import median, memory, programs_named
from parts.agents import workplace
from parts.case import Case
from viewer import Viewer

KEYS, WARM_UP = 500, 50
FLOOD_BYTES = 1 << 30
LINE = b'0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ\n'
PIECE = 1 << 16
SLOW_S = 0.05  # a slow viewer acknowledges so long after it has read
LOOK_S = 0.25


@contextlib.contextmanager
def bare(argv):
    """The master of a pty in which a program runs."""
    master, slave = pty.openpty()
    process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    try:
        yield master
    finally:
        os.close(master)
        process.kill()
        process.wait()


@contextlib.contextmanager
def terminal(daemon, tree, command):
    made = daemon.ask('POST', '/terminals', {'worktreeId': tree, 'command': command, 'rows': 24, 'cols': 80})
    try:
        yield made
    finally:
        daemon.ask('POST', f'/terminals/{made["id"]}/close', {})


def echoes(type_key, read_some):
    """Milliseconds from a key to its echo, for each of KEYS keys."""
    times = []
    for i in range(WARM_UP + KEYS):
        begin = time.perf_counter()
        type_key(b'x')
        while b'x' not in read_some():
            pass
        if i >= WARM_UP:
            times.append((time.perf_counter() - begin) * 1e3)
        time.sleep(0.002)
    return times


def p99(values):
    return sorted(values)[len(values) * 99 // 100]


def output_of(viewer):
    """The next output; messages are passed over."""
    found = viewer.next()
    while isinstance(found, dict):
        found = viewer.next()
    viewer.acknowledge()
    return found


def echo(bench, home, who):
    """`cat` gets a key, and the terminal's own echo comes back."""
    del who
    with bare(['cat']) as master:
        of_pty = echoes(lambda keys: os.write(master, keys), lambda: os.read(master, PIECE))
    with workplace(bench, home) as (daemon, tree), terminal(daemon, tree, 'exec cat') as made:
        viewer = Viewer(daemon, f'terminal/{made["launchId"]}', screen=True)
        ours = echoes(viewer.type, lambda: output_of(viewer))
        viewer.close()
    return {'echo_ms': median(ours), 'bare_echo_ms': median(of_pty), 'echo_p99_ms': p99(ours),
            'bare_echo_p99_ms': p99(of_pty)}


class Peak(threading.Thread):
    """The largest private memory of some processes while something goes on."""

    def __init__(self, pids):
        super().__init__(daemon=True)
        self.pids, self.over = pids, threading.Event()
        self.most = dict.fromkeys(pids, 0)

    def run(self):
        while not self.over.wait(LOOK_S):
            for pid in self.pids:
                with contextlib.suppress(OSError):
                    self.most[pid] = max(self.most[pid], memory(pid)['private'])

    def end(self):
        self.over.set()
        self.join()


def read_bare(name):
    with bare(['cat', name]) as master:
        begin = time.monotonic()
        with contextlib.suppress(OSError):  # EIO: the program has ended
            while os.read(master, PIECE):
                pass
        return time.monotonic() - begin


def read_slowly(viewer):
    """Until the program has ended; the bytes that were sent."""
    sent = 0
    while True:
        found = viewer.next()
        if isinstance(found, dict):
            if found['type'] == 'exited':
                return sent
        else:
            sent += len(found)
            time.sleep(SLOW_S)
            viewer.acknowledge()


def flood(bench, home, who):
    """`cat` of FLOOD_BYTES, with a viewer that reads slowly. The bare pty is read as fast as it can be."""
    del who
    with tempfile.NamedTemporaryFile(prefix='muster-bench-') as file:
        for _ in range(FLOOD_BYTES // (len(LINE) * 4096)):
            file.write(LINE * 4096)
        file.flush()
        of_pty = read_bare(file.name)
        with workplace(bench, home) as (daemon, tree):
            before = memory(daemon.pid)['private']
            with terminal(daemon, tree, f'read go; exec cat {file.name}') as made:
                viewer = Viewer(daemon, f'terminal/{made["launchId"]}', screen=True)
                holds = daemon.wait_for('a hold', lambda: programs_named('muster-hold', str(daemon.home)))
                peak = Peak([daemon.pid, *holds])
                peak.start()
                begin = time.monotonic()
                viewer.type(b'\n')
                sent = read_slowly(viewer)
                took = time.monotonic() - begin
                peak.end()
                viewer.close()
            grown = peak.most.pop(daemon.pid) - before
    return {'flood_s': took, 'bare_flood_s': of_pty, 'flood_memory': grown, 'flood_sent': sent,
            'flood_hold': max(peak.most.values(), default=None)}


CASES = {'echo': Case(echo, ('muster',)), 'flood': Case(flood, ('muster',), once=True)}

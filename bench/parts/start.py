"""From exec to the first 200, and what the server then holds in memory."""
import socket
import subprocess
import time

from machine import cpu_seconds, median, memory
from parts.case import Case
from peers import free_port
from servers import SERVER_CORE, daemon_argv, ended

STARTS, SETTLE_S, GIVE_UP_S = 9, 1, 30
GET = b'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n'


def first_200(port, path, begin):
    """Milliseconds from `begin`; the port is asked again until it answers."""
    while time.monotonic() - begin < GIVE_UP_S:
        try:
            with socket.create_connection(('127.0.0.1', port)) as s:
                s.sendall(GET % (path, port))
                if s.recv(64).startswith(b'HTTP/1.1 200'):
                    return (time.monotonic() - begin) * 1e3
        except OSError:
            time.sleep(0.0005)
    raise RuntimeError('a server did not answer')


def start_once(argv, port, path):
    begin = time.monotonic()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    with ended(process):
        took, cpu = first_200(port, path, begin), cpu_seconds(process.pid)
        while time.monotonic() - begin < SETTLE_S:
            time.sleep(0.01)
        return {'start_ms': took, 'start_cpu_ms': cpu * 1e3, **memory(process.pid)}


def measure(bench, home, who):
    """{'start_ms', 'start_cpu_ms', 'rss', 'private'}, medians of STARTS."""
    runs = []
    for port in (free_port() for _ in range(STARTS)):
        if who == 'muster':
            runs.append(start_once(daemon_argv(bench, home, port), port, b'/api/health'))
        else:
            argv = bench.on_core(SERVER_CORE, bench.peers[who].argv(bench.answer, port))
            runs.append(start_once(argv, port, b'/bytes'))
    return {key: median(run[key] for run in runs) for key in runs[0]}


# Only Node: the other peers have nothing that a program is made with, and begin at once.
CASES = {'start': Case(measure, ('muster', 'node'), once=True)}

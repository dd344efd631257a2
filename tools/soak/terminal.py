#!/usr/bin/env python3
"""Two viewers of one terminal that never stops printing: terminal.py BUILD [SECONDS]

One viewer acknowledges at once, the other 50 ms late. Both must see output to the end, no offset may go back, the daemon's
memory must stay bounded, and after Ctrl-C both must see what is typed next.
"""
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'bench'))
import servers  # noqa: E402
from machine import memory  # noqa: E402
from parts.agents import workplace  # noqa: E402
from viewer import Viewer  # noqa: E402

SLOW_S, SILENCE_S, LOOK_S, END_S = 0.05, 15, 1, 60
GROWTH_MAX = 48 << 20
LAST, MARK = b'echo the-e""nd\r', b'the-end'


class Watcher(threading.Thread):
    """Reads until it has seen MARK; `faults` says what was wrong."""

    def __init__(self, viewer, wait_s):
        super().__init__(daemon=True)
        self.viewer, self.wait_s, self.faults = viewer, wait_s, []
        self.last_at, self.longest_s, self.sent, self.gaps = time.monotonic(), 0, 0, 0

    def run(self):
        try:
            self._read()
        except (OSError, RuntimeError, ValueError) as error:
            self.faults.append(str(error))

    def _read(self):
        tail, offset = b'', 0
        while MARK not in tail:
            found = self.viewer.next()
            if isinstance(found, dict):
                self.gaps += found['type'] == 'gap'
                if found['type'] in ('error', 'exited'):
                    self.faults.append(str(found))
                continue
            if self.viewer.offset < offset:
                self.faults.append(f'offset {self.viewer.offset} after {offset}')
            now, offset = time.monotonic(), self.viewer.offset
            self.longest_s, self.last_at = max(self.longest_s, now - self.last_at), now
            self.sent += len(found)
            tail = (tail + found)[-(1 << 16):]
            time.sleep(self.wait_s)
            self.viewer.acknowledge()


def watch(daemon, tree, seconds):
    """What was wrong."""
    made = daemon.ask('POST', '/terminals', {'worktreeId': tree, 'rows': 24, 'cols': 80})
    topic = f'terminal/{made["launchId"]}'
    watchers = [Watcher(Viewer(daemon, topic, screen=True), wait_s) for wait_s in (0, SLOW_S)]
    watchers[0].viewer.type(b'seq 1 1000000000000\r')
    for watcher in watchers:
        watcher.start()
    time.sleep(LOOK_S)
    most, before, end = 0, memory(daemon.pid)['private'], time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(LOOK_S)
        most = max(most, memory(daemon.pid)['private'])
    watchers[0].viewer.type(b'\x03')
    time.sleep(LOOK_S)
    watchers[1].viewer.type(LAST)
    faults = []
    for name, watcher in zip(('quick', 'slow'), watchers):
        watcher.join(END_S)
        if watcher.is_alive():
            faults.append(f'the {name} viewer did not see the end')
        if watcher.longest_s > SILENCE_S:
            faults.append(f'the {name} viewer saw nothing for {watcher.longest_s:.0f} s')
        faults += [f'the {name} viewer: {fault}' for fault in watcher.faults]
        print(f'the {name} viewer got {watcher.sent / 1e6:.0f} MB and was moved forward {watcher.gaps} times; '
              f'at most {watcher.longest_s:.1f} s without output')
    print(f'the daemon had {before / 1e6:.1f} MB at first and {most / 1e6:.1f} MB at most')
    if most - before > GROWTH_MAX:
        faults.append(f'the daemon grew by {(most - before) / 1e6:.0f} MB')
    daemon.ask('POST', f'/terminals/{made["id"]}/close', {})
    return faults


def main(build, seconds='600'):
    bench = servers.Bench(pathlib.Path(build).resolve(), {}, False)
    with servers.filled_home(bench) as home, workplace(bench, home) as (daemon, tree):
        faults = watch(daemon, tree, float(seconds))
    for fault in faults:
        print(fault)
    print(f'{int(not faults)} passed, {int(bool(faults))} failed')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))

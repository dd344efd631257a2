#!/usr/bin/env python3
"""Two Synthetic Eyes that are used for half an hour: eye.py BUILD [MINUTES]

Our own game plays on in both: in one it is stepped with a virtual clock, in the other it runs free in Xwayland. Meanwhile
consumers come and go, some of them killed while they hold frames; viewers watch pictures; the size changes; the game is
killed, stopped and started again; what is pressed is recorded, filmed where ffmpeg is installed, and deleted. The memory and
the descriptors of each muster-eye, of its children and of the daemon are counted where nothing goes on, after the first
rounds and at the end.
"""
import contextlib
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'bench'))
import servers  # noqa: E402
from machine import memory  # noqa: E402
from viewer import ACK, BINARY, HEAD, Viewer  # noqa: E402

WARM_ROUNDS, WAIT_S, RESTART_S, CONSUMER_S, REST_S = 3, 30, 5, 60, 3
# A game, or Xwayland, has two to four buffers at a time, each with its memory; what leaks once a round is more than that.
DESCRIPTORS_MORE = 4
GROWTH_MAX, DAEMON_GROWTH_MAX = 1 << 20, 12 << 20  # the daemon's ring of events fills (core/hub.h: 8 MiB), and its store's caches
SIZES = ((320, 240), (640, 480), (1280, 720))
PICTURE = 5
EYES = {'stepped': {'lockstep': True, 'clock': 'virtual', 'isRestarted': True},
        'free': {'lockstep': False, 'hz': 60, 'route': 'x11', 'isRestarted': True}}


class Pictures(Viewer):
    """Who watches pictures in a browser."""

    def look(self, wanted):
        while wanted:
            opcode, data = self._frame()
            if opcode != BINARY:
                continue
            kind, sub, frame = HEAD.unpack_from(data)
            if kind != PICTURE:
                raise RuntimeError(f'a frame of kind {kind}')
            wanted -= 1
            self._send(BINARY, HEAD.pack(ACK, sub, frame))


class Eye:
    def __init__(self, bench, daemon, name):
        self.bench, self.daemon, self.name = bench, daemon, name
        self.id = daemon.ask('POST', '/eyes', {'game': 'soak', 'name': name, 'config': EYES[name]})['id']
        self.counts = dict.fromkeys(('frames', 'killed', 'deaths', 'sizes', 'recordings', 'pictures'), 0)
        self.await_program(0)
        self.pid = self.row()['sockets']['pid']

    @property
    def is_stepped(self):
        return self.name == 'stepped'

    def row(self):
        return self.daemon.ask('GET', f'/eyes/{self.id}')

    def ask(self, method, what, body=None):
        return self.daemon.ask(method, f'/eyes/{self.id}/{what}', body)

    def wait(self, what, fits, seconds=WAIT_S):
        return self.daemon.wait_for(f'{self.name}: {what}', lambda: (row := self.row()) and fits(row) and row, seconds)

    def await_program(self, other_than, seconds=WAIT_S):
        """Its game draws, in a process other than that."""
        drawing = ('waiting', 'running')
        return self.wait('the game draws', lambda row: row['state'] in drawing and row.get('program', {}).get('event') == 'started'
                         and row['program']['pid'] != other_than, seconds)

    def start_consumer(self, *words):
        socket = self.row()['sockets']['frameSocket' if words[0] == 'eye-v1' else 'socket']
        argv = [self.bench.build / ('bench' if words[0] == 'eye-consumer' else 'clients/c') / words[0], socket, *words[1:]]
        return subprocess.Popen([str(word) for word in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors='replace')

    def take(self, *words):
        """A consumer to its end."""
        taker = self.start_consumer(*words)
        out, errors = taker.communicate(timeout=CONSUMER_S)
        if taker.returncode:
            raise RuntimeError(f'{self.name}: {words[0]} ended with {taker.returncode}: {errors.strip()}')
        return out

    # What happens in a round, one after the other.

    def play(self, seed):
        """Steps with random keys, or frames as they come, while two watch."""
        watchers = [self.start_consumer('eye-watch', '--hz', hz) for hz in (0, 10)]
        if self.is_stepped:
            self.counts['frames'] += json.loads(self.take('eye-step', '--steps', 3000, '--keys', 'left,right', '--seed', seed))['steps']
        else:
            self.counts['frames'] += json.loads(self.take('eye-consumer', '--unstamped', '--seconds', 4, '--warm', 1))['frames']
        end_all(watchers)

    def take_version_1(self, seed):
        del seed
        self.take('eye-v1', 30)

    def kill_consumers(self, seed):
        """Each while it holds frames."""
        words = ('eye-step', '--steps', 10 ** 6) if self.is_stepped else ('eye-consumer', '--unstamped', '--seconds', 1000)
        for i in range(4):
            taker = self.start_consumer(*(words if i % 2 else ('eye-watch', '--hz', 60)))
            time.sleep(0.2 + 0.01 * (seed % 20))
            end_all([taker], signal.SIGKILL)
            self.counts['killed'] += 1

    def watch(self, seed):
        del seed
        stepper = self.start_consumer('eye-step', '--steps', 10 ** 6) if self.is_stepped else None
        viewer = Pictures(self.daemon, f'eye/{self.id}', pictures={'maxWidth': 320, 'maxHeight': 240, 'hz': 30})
        viewer.look(20)
        viewer.socket.close()
        self.counts['pictures'] += 20
        if stepper:
            end_all([stepper])

    def resize(self, seed):
        del seed
        for width, height in (*SIZES[1:], SIZES[0]):
            self.ask('PUT', 'size', {'width': width, 'height': height})
            self.wait('it has the size', lambda row: row.get('status', {}).get('width') == width)
            self.take(*(('eye-step', '--steps', 20) if self.is_stepped else ('eye-consumer', '--unstamped', '--seconds', 0.5, '--warm', 5)))
            self.counts['sizes'] += 1

    def kill_program(self, seed):
        """It is started again by itself, unless that has happened too often."""
        del seed
        before = self.row()['program']['pid']
        os.kill(before, signal.SIGKILL)
        try:
            self.await_program(before, RESTART_S)
        except RuntimeError:
            self.ask('POST', 'program')
            self.await_program(before)
        self.counts['deaths'] += 1

    def stop_program(self, seed):
        del seed
        before = self.row()['program']['pid']
        self.ask('DELETE', 'program')
        self.wait('the game has ended', lambda row: row['state'] == 'idle')
        self.ask('POST', 'program')
        self.await_program(before)

    def record(self, seed):
        del seed
        ways = ['recording', *(['video'] if shutil.which('ffmpeg') else [])]
        made = [self.ask('POST', way)['id'] for way in ways]
        self.take(*(('eye-step', '--steps', 200) if self.is_stepped else ('eye-consumer', '--unstamped', '--seconds', 1, '--warm', 5)))
        for way, one in zip(ways, made):
            self.ask('DELETE', way)
            self.daemon.wait_for('the recording has ended',
                                 lambda one=one: self.daemon.ask('GET', f'/recordings/{one}')['state'] != 'recording')
            self.daemon.ask('DELETE', f'/recordings/{one}')
            self.counts['recordings'] += 1

    def measure(self, seed):
        del seed
        self.ask('POST', 'test')
        self.ask('POST', 'benchmark', {'frames': 100, 'seconds': 10})


ROUND = (Eye.play, Eye.watch, Eye.take_version_1, Eye.kill_consumers, Eye.resize, Eye.kill_program, Eye.play, Eye.record,
         Eye.stop_program, Eye.measure)


def end_all(processes, how=signal.SIGTERM):
    for process in processes:
        process.send_signal(how)
    for process in processes:
        process.communicate(timeout=CONSUMER_S)


def count(pid):
    """Of a process at rest."""
    task = pathlib.Path(f'/proc/{pid}')
    children = [child for part in (task / 'task').glob('*/children') for child in part.read_text().split()]
    return {'private': memory(pid)['private'], 'descriptors': len(list((task / 'fd').iterdir())), 'children': len(children),
            'threads': len(list((task / 'task').iterdir()))}


def rest(daemon, eyes):
    """{name: its counts} once nobody takes frames; what was freed may be given back a little later."""
    for eye in eyes:
        eye.wait('no consumer is left', lambda row: not row['status']['consumers'])
    time.sleep(REST_S)
    return {**{eye.name: count(eye.pid) for eye in eyes}, 'daemon': count(daemon.pid)}


def use(eye, seeds, faults):
    """One round of one eye. What goes wrong ends the soak."""
    try:
        for act in ROUND:
            act(eye, next(seeds))
    except Exception as error:  # noqa: BLE001: a thread hands over whatever it was
        faults.append(f'{eye.name}: {type(error).__name__}: {error}')


def soak(daemon, eyes, minutes):
    seeds, faults = (random.Random(number).randrange(1, 10 ** 6) for number in itertools.count()), []
    end, begun, rounds = time.monotonic() + 60 * minutes, None, 0
    while not faults and (time.monotonic() < end or rounds <= WARM_ROUNDS):
        users = [threading.Thread(target=use, args=(eye, iter([next(seeds) for _ in ROUND]), faults)) for eye in eyes]
        for user in users:
            user.start()
        for user in users:
            user.join()
        rounds += 1
        if faults:
            break
        found = rest(daemon, eyes)
        if rounds == WARM_ROUNDS:
            begun = found
        print(f'round {rounds}: ' + '; '.join(f'{name} {one["private"] / 1e6:.2f} MB, {one["descriptors"]} descriptors'
                                              for name, one in found.items()), flush=True)
    return faults or compare(begun, found)


def compare(begun, ended):
    faults = []
    for name, one in ended.items():
        first, most = begun[name], DAEMON_GROWTH_MAX if name == 'daemon' else GROWTH_MAX
        if one['private'] - first['private'] > most:
            faults.append(f'{name} grew by {(one["private"] - first["private"]) / 1e6:.2f} MB')
        for what, more in (('descriptors', DESCRIPTORS_MORE), ('children', 0)) if name != 'daemon' else ():
            if one[what] > first[what] + more:
                faults.append(f'{name}: {one[what]} {what}, and {first[what]} at first')
    return faults


def main(build, minutes='30'):
    bench = servers.Bench(pathlib.Path(build).resolve(), {}, False)
    with tempfile.TemporaryDirectory(prefix='muster-soak-') as folder:
        games = pathlib.Path(folder) / 'config/muster/games'
        games.mkdir(parents=True)
        (games / 'soak.yaml').write_text(f'name: Soak\ncommand: [{bench.build / "tests/eye/catch"}]\nenv: [SDL_AUDIODRIVER=dummy]\n'
                                         f'width: {SIZES[0][0]}\nheight: {SIZES[0][1]}\nroute: wayland\n')
        env = {'HOME': folder, 'XDG_CONFIG_HOME': f'{folder}/config'}
        with servers.daemon(bench, pathlib.Path(folder) / 'home', env) as daemon:
            eyes = []
            try:
                eyes += [Eye(bench, daemon, name) for name in EYES]
                faults = soak(daemon, eyes, float(minutes))
            finally:
                for eye in eyes:
                    daemon.ask('POST', f'/eyes/{eye.id}/stop')
            for eye in eyes:
                print(f'{eye.name}: ' + ', '.join(f'{n:,} {what}' for what, n in eye.counts.items()))
    for fault in faults:
        print(fault)
    print(f'{int(not faults)} passed, {int(bool(faults))} failed')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))

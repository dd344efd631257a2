#!/usr/bin/env python3
"""Games in eyes do the same again: games.py BUILD [GAME[=STEPS]...]

Each game runs twice in an eye with the configuration of its manifest and an empty home, and gets the same random keys: all
frames must be the same. Then once more while it is recorded, and the recording is replayed into a fresh start, which must
find no difference. Those of UNATTENDED run once, without a key: each step must be answered, and the eye must be well.

Without names: our own game for 10,000 steps, those of Debian that are made to repeat for 2,000, and five others unattended for
2,000. A game that is not installed is skipped.

MUSTER_SHOTS=FOLDER keeps the last picture of each game there, as GAME.ppm.
"""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import typing

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'bench'))
import servers  # noqa: E402

START_S, STEPS_S, REPLAY_S = 60, 3600, 3600
OWN = 'catch'
REPEATED = {OWN: 10_000, 'chocolate-doom': 2000, 'chromium-bsu': 2000, 'frozen-bubble': 2000, 'kobodeluxe': 2000,
           'powermanga': 2000, 'lbreakouthd': 1000}
UNATTENDED = dict.fromkeys(('starfighter', 'blobwars', 'crack-attack', 'sdl-ball', 'lbreakout2'), 2000)
MANIFEST = '''name: Catch
command: [{program}]
env: [SDL_AUDIODRIVER=dummy]
width: 320
height: 240
route: wayland
clock: virtual
lockstep: true
seed: 3
keys:
  - {{does: Move, keys: [LEFT, RIGHT]}}
'''


class Played(typing.NamedTuple):
    hashes: list
    stale: int
    steps_per_s: float


class Eye:
    """One game in an eye of the daemon, started again for each run."""

    def __init__(self, daemon, build, folder, game):
        self.daemon, self.build, self.folder = daemon, build, folder
        self.id, self.keys = game['id'], ','.join(key for one in game['manifest'].get('keys', []) for key in one['keys'])
        self.eye = None

    def start(self):
        """A fresh home, clock and seed."""
        if self.eye:
            self.daemon.ask('POST', f'/eyes/{self.eye["id"]}/restart', {})
        else:
            self.eye = self.daemon.ask('POST', '/eyes', {'game': self.id, 'config': {'lockstep': True}})
        self.daemon.wait_for(f'{self.id} waits for a step', lambda: self.row()['state'] == 'waiting', START_S)

    def row(self):
        row = self.daemon.ask('GET', f'/eyes/{self.eye["id"]}')
        if row['state'] in ('exited', 'failed', 'lost', 'idle'):
            raise RuntimeError(f'{self.id}: {row["state"]}: {row.get("detail", "")}')
        return row

    def play(self, steps, is_steered=True, is_shown=False):
        hashes, shots = self.folder / 'hashes', os.environ.get('MUSTER_SHOTS')
        argv = [self.build / 'clients/c/eye-step', self.row()['sockets']['socket'], '--steps', str(steps), '--hash', hashes]
        argv += ['--keys', self.keys] if self.keys and is_steered else []
        argv += ['--ppm', pathlib.Path(shots, f'{self.id}.ppm')] if shots and is_shown else []
        done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True, timeout=STEPS_S)
        said = servers.json.loads(done.stdout)
        lines = [line.split()[:2] for line in hashes.read_text().splitlines()]
        return Played([found for _, found in lines], said['stale'], said['steps_per_s'])

    def record(self, steps):
        """The recording's row, when it is complete."""
        made = self.daemon.ask('POST', f'/eyes/{self.eye["id"]}/recording', {})
        self.daemon.wait_for('a recording', lambda: self.row()['status'].get('isRecording'), START_S)
        played = self.play(steps)
        self.daemon.ask('DELETE', f'/eyes/{self.eye["id"]}/recording')
        return played, self._ended(made['id'], 'state', 'recording', START_S)

    def replay(self, recording):
        self.daemon.ask('POST', f'/recordings/{recording["id"]}/replay', {})
        return self._ended(recording['id'], 'replayState', 'running', REPLAY_S)

    def _ended(self, recording, field, while_it_is, seconds):
        def is_so():
            row = self.daemon.ask('GET', f'/recordings/{recording}')
            return row if row[field] != while_it_is else None
        return self.daemon.wait_for(f'the end of a recording, {field},', is_so, seconds)

    def end(self):
        if self.eye:
            self.daemon.ask('POST', f'/eyes/{self.eye["id"]}/stop')


def difference(first, again):
    """The first step whose frames differ, or None."""
    return next((i for i, (one, other) in enumerate(zip(first, again)) if one != other), None)


def say(eye, steps, played):
    print(f'{eye.id}: {steps} steps, {len(set(played.hashes))} different frames, {played.stale} without a new one, '
          f'{played.steps_per_s:.0f} steps/s', flush=True)


def check_unattended(eye, steps):
    """What was wrong, as sentences."""
    eye.start()
    played = eye.play(steps, is_steered=False, is_shown=True)
    say(eye, steps, played)
    row = eye.row()
    faults = [f'{row["state"]}: {row["lastError"]}'] if row.get('lastError') else []
    if len(played.hashes) != steps:
        faults.append(f'{len(played.hashes)} of {steps} steps were answered')
    if len(set(played.hashes)) < 2:
        faults.append('its picture never changed')
    return faults


def check_repeats(eye, steps):
    """What was wrong, as sentences."""
    eye.start()
    first = eye.play(steps, is_shown=True)
    eye.start()
    again = eye.play(steps)
    eye.start()
    recorded, recording = eye.record(steps)
    eye.start()
    replayed = eye.replay(recording)
    say(eye, steps, first)
    faults = []
    for what, other in ('the second time', again), ('while it was recorded', recorded):
        at = difference(first.hashes, other.hashes)
        if at is not None:
            faults.append(f'{what} the frames differ from step {at} on')
    if replayed['replayState'] != 'same' or replayed.get('replaySteps') != steps:
        faults.append(f'the replay: {replayed["replayState"]} at {replayed.get("differsAt")}, '
                      f'{replayed.get("replaySteps")} steps {replayed.get("replayDetail", "")}')
    return faults


def install_own(build, config):
    games = config / 'muster/games'
    games.mkdir(parents=True)
    (games / f'{OWN}.yaml').write_text(MANIFEST.format(program=build / 'tests/eye/catch'))


@contextlib.contextmanager
def arcade(build):
    """The daemon, its games by id, and a folder."""
    bench = servers.Bench(build, {}, False)
    with tempfile.TemporaryDirectory(prefix='muster-eyes-') as name:
        folder = pathlib.Path(name)
        install_own(build, folder / 'config')
        with servers.daemon(bench, folder / 'home', {'HOME': name, 'XDG_CONFIG_HOME': str(folder / 'config')}) as daemon:
            yield daemon, {game['id']: game for game in daemon.ask('GET', '/games')['games']}, folder


def main(build, *wanted):
    build = pathlib.Path(build).resolve()
    counts = {'passed': 0, 'failed': 0, 'skipped': 0}
    default = REPEATED | UNATTENDED
    chosen = dict(one.split('=') if '=' in one else (one, default.get(one, 2000)) for one in wanted) or default
    with arcade(build) as (daemon, games, folder):
        for name, steps in chosen.items():
            game = games.get(name)
            if not game or not game['isInstalled']:
                print(f'skipped: {name} is not installed')
                counts['skipped'] += 1
                continue
            eye = Eye(daemon, build, folder, game)
            try:
                faults = (check_unattended if name in UNATTENDED else check_repeats)(eye, int(steps))
            except (RuntimeError, subprocess.SubprocessError) as error:
                faults = [str(error)]
            eye.end()
            for fault in faults:
                print(f'{name}: {fault}')
            counts['failed' if faults else 'passed'] += 1
    print(f'{counts["passed"]} passed, {counts["failed"]} failed' + (f', {counts["skipped"]} skipped' if counts['skipped'] else ''))
    return 1 if counts['failed'] else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))

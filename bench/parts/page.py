"""The page in Chromium, over the daemon of this build: what it costs while much happens, and how soon it answers a person.

page/run.mjs drives the browser, one case a run; this starts the daemon and what it shows.
"""
import contextlib
import json
import math
import pathlib
import random
import subprocess
import tempfile
import time

import servers
from machine import median
from parts.agents import GIT, start, wait_status, workplace
from parts.case import Case
from parts.history import MESSAGES, long_home
from parts.repository import run

HERE = servers.HERE / 'page'
RATE, MANY, MANY_RATE = 1000, 50, 20
FILES, LINES, LINE_BYTES, BINARY_BYTES = 2000, 50, 5_000_000, 100_000_000
SPARE_S = 300


def drive(daemon, case, seconds=0, **options):
    """The figures of one case of page/run.mjs."""
    asked = {'origin': f'http://127.0.0.1:{daemon.port}', 'token': (daemon.home / 'token').read_text().strip(), **options}
    done = subprocess.run(['node', HERE / 'run.mjs', case], input=json.dumps(asked), stdout=subprocess.PIPE, text=True,
                          check=True, timeout=seconds + SPARE_S)
    return json.loads(done.stdout)


def writing(daemon, tree, n, rate):
    """n agents that write; their rows."""
    daemon.ask('PUT', '/settings/agent.claude_path', {'value': str(servers.HERE / 'writer.py')})
    agents = [start(daemon, tree, f'Write part {i} of the manual, {rate} pieces a second.') for i in range(n)]
    for agent in agents:
        wait_status(daemon, agent, ['running'])
    return [daemon.ask('GET', f'/agents/{agent}') for agent in agents]


def percentile(values, share):
    """The least of them that so many are not above: of 20 values, the 19th is the 95th percentile."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def named(part, found):
    """{figure: value}; of many times the 95th percentile."""
    return {f'{part}_{name}': percentile(value, 0.95) if isinstance(value, list) else value for name, value in found.items()}


def busy(bench, home, who):
    del who
    with workplace(bench, home) as (daemon, tree):
        quiet = daemon.ask('POST', '/agents', {'worktreeId': tree, 'name': 'quiet'})
        agent = writing(daemon, tree, 1, RATE)[0]
        found = drive(daemon, 'busy', bench.minutes * 60, minutes=bench.minutes, topic=f'agent/{agent["id"]}',
                      place=place_of(agent), idle=place_of(quiet))
    return named('busy', found)


def board(bench, home, who):
    del who
    with workplace(bench, home) as (daemon, tree):
        quiet = daemon.ask('POST', '/agents', {'worktreeId': tree, 'name': 'quiet'})
        writing(daemon, tree, MANY, MANY_RATE)
        found = drive(daemon, 'board', bench.minutes * 60, minutes=bench.minutes, idle=place_of(quiet))
    return named('board', found)


def place_of(agent):
    return f'/w/{agent["workspaceId"]}/a/{agent["id"]}'


@contextlib.contextmanager
def long_talk(bench, home):
    """(daemon, what page/acts.mjs visits): an agent with MESSAGES messages of the last day."""
    step_us = 86_400_000_000 // MESSAGES
    begin_us = int(time.time() * 1e6) - MESSAGES * step_us
    with long_home(bench, home, begin_us, step_us, name='long') as (long, agent), servers.daemon(bench, long) as daemon:
        row = daemon.ask('GET', f'/agents/{agent}')
        yield daemon, {'place': place_of(row), 'last': f'message {MESSAGES - 1} '}


def acts(bench, home, who):
    del who
    with long_talk(bench, home) as (daemon, talk):
        return named('act', drive(daemon, 'acts', **talk))


def visits(bench, home, who):
    del who
    with long_talk(bench, home) as (daemon, talk):
        return named('visits', drive(daemon, 'visits', **talk))


def write_files(root, word):
    for i in range(FILES):
        (root / f'd{i % 40:02}').mkdir(exist_ok=True)
        lines = (f'    {word} {i} is followed by {line + 1}, as {word} says;' for line in range(LINES))
        (root / f'd{i % 40:02}' / f'part{i:04}.txt').write_text('\n'.join(lines) + '\n')


def first_hunk_of_git(root):
    """Milliseconds until `git diff HEAD` has written its first hunk."""
    begin = time.monotonic()
    with subprocess.Popen([*GIT, root, 'diff', 'HEAD'], stdout=subprocess.PIPE) as process:
        next(line for line in process.stdout if line.startswith(b'@@'))
        took = time.monotonic() - begin
        process.kill()
    return took * 1e3


def diff(bench, home, who):
    """FILES files with LINES lines removed and added in each; one line of 5 MB, and a binary file of 100 MB."""
    del who, home
    with tempfile.TemporaryDirectory(prefix='muster-bench-') as folder:
        root, pick = pathlib.Path(folder) / 'repository', random.Random(1)
        run('git', 'init', '-q', '-b', 'main', str(root))
        write_files(root, 'former')
        (root / 'line.js').write_text('x' * LINE_BYTES)
        (root / 'film.bin').write_bytes(bytes(8))
        run(*GIT, str(root), 'add', '-A')
        run(*GIT, str(root), 'commit', '-q', '-m', 'first')
        write_files(root, 'later')
        (root / 'line.js').write_text('y' * LINE_BYTES)
        (root / 'film.bin').write_bytes(pick.randbytes(BINARY_BYTES))
        with servers.daemon(bench, pathlib.Path(folder) / 'home', {'HOME': folder}) as daemon:
            workspace = daemon.ask('POST', '/workspaces', {'path': str(root)})['id']
            tree = daemon.ask('GET', f'/workspaces/{workspace}/worktrees')['worktrees'][0]['id']
            files = [{'name': 'film.bin', 'words': 'A binary file'}, {'name': 'line.js', 'words': 'yyyy'}]
            found = drive(daemon, 'diff', place=f'/w/{workspace}/review/{tree}?against=head', files=files)
        return {**named('diff', found), 'diff_median': median(found['first']), 'diff_cold': found['first'][0],
                'diff_git': median(first_hunk_of_git(root) for _ in range(5))}


MEASURED = {'busy': busy, 'board': board, 'visits': visits, 'diff': diff, 'acts': acts}
CASES = {name: Case(measure, ('muster',), once=True) for name, measure in MEASURED.items()}

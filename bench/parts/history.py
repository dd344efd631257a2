"""Reading an agent with a long history: its first screen, and a jump to any of its messages, beside bare SQLite.

The store has EVENTS events and one agent with MESSAGES messages. Each request is one call over HTTP on a connection
that is kept; bare SQLite reads the same rows from a copy of the store and encodes them as JSON, in this process.
"""
import contextlib
import http.client
import json
import pathlib
import random
import shutil
import sqlite3
import subprocess
import tempfile
import time

import servers
from machine import memory, median
from parts.agents import workplace
from parts.case import Case

EVENTS, MESSAGES, PAGE, JUMPS = 1_000_000, 100_000, 50, 300
TEXT_BYTES = 300
TERMINAL = {'adapter': 'terminal', 'command': ['true']}
COLUMNS = 'id, idx, role, content, tool_name, tool_input, tool_output, state, created_at'
FILL = f'''
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {MESSAGES - 1})
INSERT INTO message (conversation, id, idx, role, content, is_complete, created_at)
SELECT c.number, printf('msg_%026d', i), i, iif(i % 10, 'assistant', 'user'), 'message ' || i || ' ' || hex(zeroblob({TEXT_BYTES} / 2)),
       1, ? + i * ?
FROM n JOIN conversation c WHERE c.subject_id = ?'''
COUNT = f'UPDATE conversation SET next_index = {MESSAGES} WHERE subject_id = ?'


class Kept:
    """One connection, as a page has it."""

    def __init__(self, daemon):
        self.connection = http.client.HTTPConnection('127.0.0.1', daemon.port)
        self.head = daemon.head

    def get(self, path):
        self.connection.request('GET', f'/api{path}', headers=self.head)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f'GET {path}: {body.decode()}')
        return json.loads(body)


def milliseconds(call):
    begin = time.monotonic()
    call()
    return (time.monotonic() - begin) * 1e3


@contextlib.contextmanager
def long_home(bench, filled, begin_us=1_700_000_000_000_000, step_us=1_000_000, **agent):
    """A home with one agent of MESSAGES messages in a store of EVENTS events, and the agent's id."""
    with workplace(bench, filled) as (daemon, tree):
        agent = daemon.ask('POST', '/agents', {'worktreeId': tree, **(agent or TERMINAL)})['id']
        with tempfile.TemporaryDirectory(prefix='muster-bench-') as folder:
            home = pathlib.Path(folder) / 'home'
            daemon.process.terminate()
            daemon.process.wait(servers.STOP_S)
            shutil.copytree(daemon.home, home, ignore=shutil.ignore_patterns('sock'))
            fill = bench.build / 'bench/bench-fill'
            subprocess.run([fill, home, str(EVENTS - servers.EVENTS), str(TEXT_BYTES)], check=True)
            with contextlib.closing(sqlite3.connect(home / 'muster.db')) as store, store:
                store.execute(FILL, (begin_us, step_us, agent))
                store.execute(COUNT, (agent,))
            yield home, agent


def bare_page(store, agent, index):
    first = max(0, min(index - PAGE // 2, MESSAGES - PAGE))
    rows = store.execute(f'SELECT {COLUMNS} FROM message WHERE branch = 1 AND idx >= ? AND idx < ? AND conversation = '
                         '(SELECT number FROM conversation WHERE subject_id = ?) ORDER BY idx',
                         (first, first + PAGE, agent)).fetchall()
    if len(rows) != PAGE:
        raise RuntimeError(f'bare SQLite found {len(rows)} rows')
    return json.dumps(rows)


def read_pages(daemon, agent):
    page, pick = Kept(daemon), random.Random(1)
    messages = f'/agents/{agent}/messages?limit={PAGE}'

    def first_screen():
        page.get('/overview')
        page.get(f'/agents/{agent}')
        page.get(messages)

    def jump():
        index = pick.randrange(MESSAGES)
        found = page.get(f'{messages}&around={index}')['messages']
        if not any(message['index'] == index for message in found):
            raise RuntimeError(f'the page around {index} lacks it')

    first_screen()
    return {'screen_ms': median(milliseconds(first_screen) for _ in range(JUMPS)),
            'jump_ms': median(milliseconds(jump) for _ in range(JUMPS)), 'history_rss': memory(daemon.pid)['rss']}


def read_bare(home, agent):
    pick = random.Random(1)
    with contextlib.closing(sqlite3.connect(home / 'muster.db')) as store:
        bare_page(store, agent, 0)
        return {'bare_screen_ms': median(milliseconds(lambda: bare_page(store, agent, MESSAGES)) for _ in range(JUMPS)),
                'bare_jump_ms': median(milliseconds(lambda: bare_page(store, agent, pick.randrange(MESSAGES)))
                                       for _ in range(JUMPS))}


def measure(bench, home, who):
    del who
    with long_home(bench, home) as (long, agent):
        with servers.daemon(bench, long) as daemon:
            found = read_pages(daemon, agent)
        return {**found, **read_bare(long, agent)}


CASES = {'history': Case(measure, ('muster',), once=True)}

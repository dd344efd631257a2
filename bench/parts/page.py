"""The page in Chromium, over the daemon of this build: what it costs while much happens, and how soon it answers a person.

page/run.mjs drives the browser, one case a run; this starts the daemon and what it shows.
"""
import json
import shutil
import subprocess

import servers
from parts.agents import start, wait_status, workplace
from parts.case import Case

HERE = servers.HERE / 'page'
CHROMIUM = '/usr/bin/chromium'
RATE, MANY, MANY_RATE = 1000, 50, 20
SPARE_S = 300


def can_run():
    return bool(shutil.which('node')) and shutil.which(CHROMIUM) and (servers.HERE.parent / 'tests/node_modules').exists()


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
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def busy(bench, home, who):
    del who
    with workplace(bench, home) as (daemon, tree):
        quiet = daemon.ask('POST', '/agents', {'worktreeId': tree, 'name': 'quiet'})
        agent = writing(daemon, tree, 1, RATE)[0]
        found = drive(daemon, 'busy', bench.minutes * 60, minutes=bench.minutes, topic=f'agent/{agent["id"]}',
                      place=place_of(agent), idle=place_of(quiet))
    keys = found.pop('keys')
    return {f'busy_{name}': value for name, value in found.items()} | {'busy_key': percentile(keys, 0.95)}


def board(bench, home, who):
    del who
    with workplace(bench, home) as (daemon, tree):
        quiet = daemon.ask('POST', '/agents', {'worktreeId': tree, 'name': 'quiet'})
        writing(daemon, tree, MANY, MANY_RATE)
        found = drive(daemon, 'board', bench.minutes * 60, minutes=bench.minutes, idle=place_of(quiet))
    return {f'board_{name}': value for name, value in found.items()}


def place_of(agent):
    return f'/w/{agent["workspaceId"]}/a/{agent["id"]}'


CASES = {name: Case(measure, ('muster',), once=True) for name, measure in {'busy': busy, 'board': board}.items()}

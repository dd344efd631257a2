"""What a running agent costs: in the daemon, and in the hold that outlives it. And the whole way of its output."""
import contextlib
import json
import pathlib
import shutil
import subprocess
import tempfile
import time

import servers
from machine import cpu_seconds, median, memory, programs_named
from parts.case import Case

TERMINALS, CLIS = 20, 4
CLIENTS, SECONDS, SETTLE_S = 1000, 8, 2
MANY, MANY_RATE, MANY_S = 100, 10, 8
CLI = servers.HERE.parent / 'tests/node_modules/claude-new/bin/claude.exe'
GIT = ['git', '-c', 'user.name=bench', '-c', 'user.email=bench@muster.invalid', '-C']


def find_cli():
    found = CLI if CLI.exists() else shutil.which('claude')
    return pathlib.Path(found) if found else None


@contextlib.contextmanager
def model(bench):
    """The scripted model; its environment for CLIs."""
    argv = [str(bench.muster), 'model', 'demo', '--port', '0']
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with servers.ended(process):
        url = next(word for word in process.stdout.readline().split() if word.startswith('http://'))
        yield {'ANTHROPIC_BASE_URL': url, 'ANTHROPIC_API_KEY': 'scripted-model', 'DISABLE_AUTOUPDATER': '1',
               'CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC': '1', 'DISABLE_TELEMETRY': '1'}


@contextlib.contextmanager
def workplace(bench, filled, env=None):
    """(daemon on a copy of the filled home, its main worktree's id) over a repository of one commit."""
    with tempfile.TemporaryDirectory(prefix='muster-bench-') as folder:
        home, repository = pathlib.Path(folder) / 'home', pathlib.Path(folder) / 'repository'
        shutil.copytree(filled, home, ignore=shutil.ignore_patterns('sock'))
        subprocess.run(['git', 'init', '-q', '-b', 'main', repository], check=True)
        subprocess.run([*GIT, repository, 'commit', '-q', '--allow-empty', '-m', 'first'], check=True)
        with servers.daemon(bench, home, {'HOME': folder, **(env or {})}) as daemon:
            workspace = daemon.ask('POST', '/workspaces', {'path': str(repository)})
            trees = daemon.ask('GET', f'/workspaces/{workspace["id"]}/worktrees')
            trees = trees['worktrees'] if isinstance(trees, dict) else trees
            try:
                yield daemon, trees[0]['id']
            finally:
                if daemon.process.poll() is None:
                    daemon.ask('POST', '/agents/stop-all?force=true', {})


def start(daemon, worktree, prompt=None, **agent):
    made = daemon.ask('POST', '/agents', {'worktreeId': worktree, **agent})
    daemon.ask('POST', f'/agents/{made["id"]}/start', {'initialPrompt': prompt} if prompt else {})
    return made['id']


def wait_status(daemon, agent, words):
    return daemon.wait_for(f'a status of {words}', lambda: daemon.ask('GET', f'/agents/{agent}')['status'] in words, 120)


def cost(daemon, begin, n, words):
    """Memory of n agents: `begin()` starts one; it counts when its status is one of `words`."""
    time.sleep(SETTLE_S)
    before = memory(daemon.pid)['private']
    agents = [begin() for _ in range(n)]
    for agent in agents:
        wait_status(daemon, agent, words)
    time.sleep(SETTLE_S)
    holds = [memory(pid)['private'] for pid in programs_named('muster-hold', str(daemon.home))]
    in_daemon = (memory(daemon.pid)['private'] - before) / n
    return {'in_daemon': in_daemon, 'hold': median(holds), 'holds': len(holds)}


def terminals(bench, home):
    with workplace(bench, home) as (daemon, tree):
        sleeper = {'adapter': 'terminal', 'command': ['sh', '-c', 'echo ready; exec sleep 600']}
        return cost(daemon, lambda: start(daemon, tree, **sleeper), TERMINALS, ['running'])


def clis(bench, home):
    cli = find_cli()
    if not cli:
        return {}
    with model(bench) as env, workplace(bench, home, env) as (daemon, tree):
        daemon.ask('PUT', '/settings/agent.claude_path', {'value': str(cli)})
        return cost(daemon, lambda: start(daemon, tree, 'hello'), CLIS, ['finished', 'waiting'])


def whole_way(bench, home):
    """A CLI writes; its log is derived, committed and fanned out. From its write to each client's read."""
    with workplace(bench, home) as (daemon, tree):
        daemon.ask('PUT', '/settings/agent.claude_path', {'value': str(servers.HERE / 'talker.py')})
        agent = start(daemon, tree, 'talk')
        subscribe = json.dumps({'type': 'subscribe', 'topic': f'agent/{agent}'})
        result = bench.client(daemon, 'fan', clients=CLIENTS, seconds=SECONDS, publish='', mark='time:',
                              subscribe=subscribe)
    return {'agent_p50_ms': result['p50_ms'], 'agent_p99_ms': result['p99_ms']}


def measure(bench, home, who):
    del who
    terminal, cli = terminals(bench, home), clis(bench, home)
    found = {'agent_daemon': terminal['in_daemon'], 'agent_hold': terminal['hold'], **whole_way(bench, home)}
    if cli:
        found |= {'cli_daemon': cli['in_daemon'], 'cli_hold': cli['hold']}
    return found


def many(bench, home, who):
    """MANY agents at once, each of which streams MANY_RATE text deltas a second."""
    del who
    with workplace(bench, home) as (daemon, tree):
        daemon.ask('PUT', '/settings/agent.claude_path', {'value': str(servers.HERE / 'talker.py')})
        time.sleep(SETTLE_S)
        before, begin = memory(daemon.pid)['private'], time.monotonic()
        agents = [start(daemon, tree, f'talk {MANY_RATE} a second') for _ in range(MANY)]
        for agent in agents:
            wait_status(daemon, agent, ['running', 'finished'])
        started, cpu, begin = time.monotonic() - begin, cpu_seconds(daemon.pid), time.monotonic()
        time.sleep(MANY_S)
        share = (cpu_seconds(daemon.pid) - cpu) / (time.monotonic() - begin)
        grown = memory(daemon.pid)['private'] - before
        rss = memory(daemon.pid)['rss']
    return {'many_start_s': started, 'many_cpu': share * 100, 'many_memory': grown / MANY, 'many_rss': rss}


CASES = {'agents': Case(measure, ('muster',), once=True), 'many': Case(many, ('muster',), once=True)}

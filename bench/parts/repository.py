"""A large repository: what git operations cost beside plain git, which is asked for the same in the same round.

FILES tracked files, EDITED of them edited, UNTRACKED files beside them, and TREES worktrees that edit files which meet
in pairs. The first salvage of a worktree stores every untracked and edited file; the next ones read what changed.
"""
import contextlib
import itertools
import os
import pathlib
import subprocess
import tempfile
import time

import servers
from machine import median
from parts.agents import GIT
from parts.case import Case
from parts.history import Kept, milliseconds

FILES, FOLDERS, UNTRACKED, EDITED, TREES, TIMES = 50_000, 500, 10_000, 200, 5, 5


def run(*argv, **named):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **named).stdout


def write(root, name, count, text):
    for i in range(count):
        path = root / f'd{i % FOLDERS}' / f'{name}{i}'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{text} {i}\n' * 20)


@contextlib.contextmanager
def large(bench):
    """(daemon, API path of the main worktree, API path of its workspace, repository)"""
    with tempfile.TemporaryDirectory(prefix='muster-bench-') as folder:
        folder = pathlib.Path(folder)
        root, home = folder / 'repository', folder / 'home'
        run('git', 'init', '-q', '-b', 'main', str(root))
        write(root, 'file', FILES, 'line')
        run(*GIT, str(root), 'add', '-A')
        run(*GIT, str(root), 'commit', '-q', '-m', 'first')
        with servers.daemon(bench, home, {'HOME': str(folder)}) as daemon:
            workspace = daemon.ask('POST', '/workspaces', {'path': str(root)})['id']
            trees = f'/workspaces/{workspace}/worktrees'
            main = daemon.ask('GET', trees)['worktrees'][0]['id']
            for i in range(TREES):
                tree = daemon.ask('POST', trees, {'name': f't{i}', 'branch': f't{i}', 'createBranch': True})
                (pathlib.Path(tree['path']) / 'd0/file0').write_text(f'tree {i}\n')
                run(*GIT, tree['path'], 'commit', '-q', '-a', '-m', 'edit')
            write(root, 'new', UNTRACKED, 'new')
            write(root, 'file', EDITED, 'edited')
            yield daemon, f'{trees}/{main}', f'/workspaces/{workspace}', root


def timed(calls):
    """{figure: median of TIMES in ms}; all of them in turns, so that the machine's moods meet both sides."""
    took = {name: [] for name in calls}
    for _ in range(TIMES):
        for name, call in calls.items():
            took[name].append(milliseconds(call))
    return {name: median(values) for name, values in took.items()}


def salvages(daemon, tree, root):
    """A discard salvages the whole worktree first. Beside it: all of it into an index of its own, and a tree."""
    env = {**os.environ, 'GIT_INDEX_FILE': str(root / '.git/bench-index')}
    paths = (f'd{i}/file{i}' for i in itertools.count())

    def ours():
        daemon.ask('POST', f'{tree}/discard', {'files': [next(paths)]})

    def bare():
        run(*GIT, str(root), 'add', '-A', env=env)
        run(*GIT, str(root), 'write-tree', env=env)

    found = {'git_first_ms': milliseconds(bare)}
    # Otherwise ours would find stored what git has stored.
    (root / '.git/bench-index').unlink()
    run(*GIT, str(root), 'prune', '--expire=now')
    found['salvage_first_ms'] = milliseconds(ours)
    return {**found, **timed({'salvage_ms': ours, 'git_salvage_ms': bare})}


def measure(bench, home, who):
    del home, who
    with large(bench) as (daemon, tree, workspace, root):
        page = Kept(daemon)
        git = lambda *words: run(*GIT, str(root), *words)
        pairs = list(itertools.combinations([f't{i}' for i in range(TREES)], 2))

        def merge_trees():
            for a, b in pairs:
                subprocess.run([*GIT, str(root), 'merge-tree', '--write-tree', a, b], stdout=subprocess.DEVNULL,
                               check=False)

        time.sleep(2)  # the watch has seen everything
        found = timed({
            'status_ms': lambda: page.get(f'{tree}/status'),
            'git_status_ms': lambda: git('status', '--porcelain=v2', '--branch', '-z', '-uall'),
            'list_ms': lambda: page.get(f'{tree}/diff?hunks=false&limit=200'),
            'git_list_ms': lambda: git('diff', '--numstat', '-z', 'HEAD'),
            'file_ms': lambda: page.get(f'{tree}/diff?path=d7/file7'),
            'git_file_ms': lambda: git('diff', 'HEAD', '--', 'd7/file7'),
            'radar_ms': lambda: page.get(f'{workspace}/radar'),
            'git_radar_ms': merge_trees,
        })
        return {**found, **salvages(daemon, tree, root)}


CASES = {'git': Case(measure, ('muster',), once=True)}

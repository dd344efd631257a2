"""Every header compiles alone."""
import concurrent.futures
import os
import pathlib
import re
import subprocess

import source
from source import Finding

PLACE = re.compile(r'^(?P<path>[^:\n]+):(?P<line>\d+):\d+: (?:fatal )?error: (?P<text>.*)$', re.M)


OUTSIDE_DIR = re.compile(r'(?:-I|-isystem)\s*(/\S+)')


def include_dirs(build):
    """The folders of generated headers, and those of libraries that the build names."""
    generated = {str(path.parent.resolve()) for path in pathlib.Path(build).glob('src/**/*.h')}
    commands = pathlib.Path(build, 'compile_commands.json')
    named = OUTSIDE_DIR.findall(commands.read_text()) if commands.exists() else []
    return sorted(generated | {name.strip('"') for name in named if not name.startswith(str(source.ROOT))})


def compile_alone(path, dirs):
    argv = ['gcc', '-std=gnu17', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-fsyntax-only', '-Isrc', '-Iclients/c', '-x', 'c',
            *[f'-I{name}' for name in dirs], str(path)]
    done = subprocess.run(argv, cwd=source.ROOT, stderr=subprocess.PIPE, text=True, env={**os.environ, 'LC_ALL': 'C'})
    if done.returncode == 0:
        return None
    found = PLACE.search(done.stderr)
    line, text = (int(found['line']), found['text']) if found else (1, done.stderr.strip())
    return Finding(path, line, path.name, f'does not compile alone: {text}: include or declare what it uses')


def check(build):
    dirs = include_dirs(build)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for finding in pool.map(lambda path: compile_alone(path, dirs), source.files('.h')):
            if finding:
                yield finding

"""The sources of the programs compile as `./dev run` builds them: some warnings are found only by a compiler that
optimizes, and they are errors there."""
import os
import pathlib
import re
import shlex
import subprocess

import compiled
import source

PLACE = re.compile(r'^(?P<path>[^:\n]+):(?P<line>\d+):\d+: (?:fatal )?(?:error|warning): (?P<text>.*)$', re.M)
FLAGS = ['-O3', '-D_FORTIFY_SOURCE=2', '-fPIE']
OF_THE_TEST_BUILD = re.compile(r'-fsanitize|-fno-omit-frame-pointer|-O|-g$|-DMUSTER_DEBUG|-fPIE$|-MD$')
OF_DEBUG = re.compile(r'is_debug \? files\(([^)]*)\)')
WITH_VALUE = ('-MQ', '-MF', '-o', '-c')


def arguments(row):
    """The compile command as a release build has it, without what it writes and reads."""
    words, kept = iter(shlex.split(row['command'])), []
    for word in words:
        if word in WITH_VALUE:
            next(words)
        elif not OF_THE_TEST_BUILD.match(word):
            kept.append(word)
    return [word for word in kept if not word.endswith('.c')] + FLAGS


def only_debug():
    """Files that the release build leaves out."""
    for path in source.files('meson.build', below=('src',)):
        for names in OF_DEBUG.findall(source.read(path)):
            yield from (path.parent / name for name in re.findall(r"'([^']+)'", names))


def rows(build):
    """Those of the test build, and the files that only a release build has, as their siblings."""
    known = compiled.commands(build)
    left_out = set(only_debug())
    table = {path: row for path, row in known.items()
             if path.parts[0] == 'src' and not path.name.endswith('_test.c') and path not in left_out}
    sibling = {path.parent: row for path, row in table.items()}
    for path in source.files('.c', below=('src',)):
        if path not in known and path.parent in sibling:
            row = sibling[path.parent]
            table[path] = {**row, 'file': os.path.relpath(source.ROOT / path, row['directory']), 'output': str(path)}
    return table


def look(path, row):
    argv = arguments(row) + ['-S', '-o', os.devnull, row['file']]
    done = subprocess.run(argv, cwd=row['directory'], stderr=subprocess.PIPE, text=True, env={**os.environ, 'LC_ALL': 'C'})
    if done.returncode == 0:
        return []
    found = []
    for place in PLACE.finditer(done.stderr):
        where = pathlib.Path(row['directory'], place['path']).resolve()
        if where.is_relative_to(source.ROOT):
            found.append([str(where.relative_to(source.ROOT)), int(place['line']), place['text']])
    return found or [[str(path), 1, done.stderr.strip().split('\n')[-1]]]


def check(build):
    return compiled.check(build, 'release', ' '.join(FLAGS).encode(), look, rows(build))

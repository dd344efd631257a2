"""Runs clang-tidy on changes."""
import pathlib
import re
import subprocess

import compiled
import source

PLACE = re.compile(r'^(?P<path>/[^:\n]+):(?P<line>\d+):\d+: (?:warning|error): (?P<text>.*)$', re.M)
CONFIG = '.clang-tidy'


def look(build, path):
    argv = ['clang-tidy', '-p', str(build), '--quiet', '--extra-arg=-Wno-unknown-warning-option', str(path)]
    done = subprocess.run(argv, cwd=source.ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    found = []
    for place in PLACE.finditer(done.stdout):
        where = pathlib.Path(place['path']).resolve()
        if where.is_relative_to(source.ROOT):
            found.append([str(where.relative_to(source.ROOT)), int(place['line']), place['text']])
    return found


def check(build):
    rules = (source.ROOT / CONFIG).read_bytes()
    return compiled.check(build, 'tidy', rules, lambda path, row: look(build, path), compiled.commands(build))

#!/usr/bin/env python3
"""Runs clang-format over all C files: checks them, or formats them with `format.py --write`."""
import re
import subprocess
import sys

import source
from source import Finding

PLACE = re.compile(r'^(?P<path>[^:\n]+):(?P<line>\d+):\d+: (?:warning|error): ', re.M)


def check(_build):
    paths = source.files('.c', '.h')
    done = subprocess.run(['clang-format', '--dry-run', *map(str, paths)], cwd=source.ROOT, stderr=subprocess.PIPE,
                          text=True)
    first = {}
    for found in PLACE.finditer(done.stderr):
        first.setdefault(found['path'], int(found['line']))
    for path, line in first.items():
        yield Finding(path, line, 'format', 'not formatted: run ./dev fmt')


if __name__ == '__main__' and sys.argv[1:] == ['--write']:
    for _ in range(2):  # the continuation lines of long macros are stable only after a second run
        subprocess.run(['clang-format', '-i', *map(str, source.files('.c', '.h'))], cwd=source.ROOT, check=True)

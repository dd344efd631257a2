#!/usr/bin/env python3
"""Files that muster-gen generates from the tables: checks them, or writes them with `generated.py --write BUILD`."""
import pathlib
import subprocess
import sys
import tempfile

import source
from source import Finding

FILES = ('docs/api.md', 'docs/events.md', 'openapi.json', 'web/src/api/generated.ts')
PROGRAM = 'bin/muster-gen'


def write(build, folder):
    subprocess.run([pathlib.Path(build, PROGRAM).resolve(), '--write', folder], check=True)


def check(build):
    if not pathlib.Path(build, PROGRAM).exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        write(build, folder)
        for name in FILES:
            fresh = pathlib.Path(folder, name).read_bytes()
            kept = source.ROOT / name
            if not kept.exists() or kept.read_bytes() != fresh:
                yield Finding(name, 1, name, 'does not match the tables: run ./dev fmt')


if __name__ == '__main__' and sys.argv[1:2] == ['--write']:
    write(sys.argv[2], str(source.ROOT))

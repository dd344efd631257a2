"""Crash points: the names in the code match the table that a test suite walks."""
import re

import source
from source import Finding

TABLE = 'src/sys/crash.c'
NAME = re.compile(r'^\s*"([a-z_.]+)",', re.M)
USE = re.compile(r'\b(?:CRASH\(|intended = )"([^"]+)"')  # in place, or handed to who crashes there


def check(_build):
    text = source.read(TABLE)
    known = {found.group(1): source.line_of(text, found.start(1)) for found in NAME.finditer(text)}
    used = set()
    for path in source.files('.c', below=('src',)):
        code = source.read(path)
        for found in USE.finditer(code):
            used.add(found.group(1))
            if found.group(1) not in known and not str(path).endswith('_test.c'):
                yield Finding(path, source.line_of(code, found.start()), found.group(1),
                              f'crash point {found.group(1)} is not in {TABLE}: add it there')
    for name in sorted(set(known) - used):
        yield Finding(TABLE, known[name], name, f'no code reaches {name}: remove the row, or put the CRASH back')

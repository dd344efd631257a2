"""Events: every kind that the code emits by name is described, so that clients get a type for it."""
import re

import source
from source import Finding

DESCRIBED = 'docs/events.md'
TOPIC = re.compile(r'\b(?:STR|topic_of)\((?:[^()"]|"[^"]*"|\((?:[^()]|\([^()]*\))*\))*\)')
EMIT = re.compile(r'\bstream_emit\s*\([^;"]*?,\s*"(\w+)"')


def check(_build):
    if not (source.ROOT / DESCRIBED).exists():
        return
    known = set(re.findall(r'^### (\w+)$', source.read(DESCRIBED), re.M))
    for path in source.files('.c', below=('src',)):
        if path.name.endswith('_test.c'):
            continue
        text = TOPIC.sub(lambda topic: re.sub(r'[^\n]', '_', topic.group()), source.read(path))
        for found in EMIT.finditer(text):
            if found.group(1) not in known:
                yield Finding(path, source.line_of(text, found.start(1)), found.group(1),
                              f'event {found.group(1)} is not described: add it to src/gen/tables.c and run ./dev fmt')

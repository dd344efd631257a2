"""Clean-ups: a buffer that is freed at the end of its block has a value before anything can leave the block."""
import re

import source
from source import Finding

DECLARED = re.compile(r'^[ ]*CLEANUP\(buf_done\) Buf (\w+);', re.M)
LEAVES = re.compile(r'\b(?:TRY\(|return\b|goto\b|break\b|continue\b)')


def check(_build):
    for path in source.files('.c', '.h', below=('src', 'fuzz', 'bench')):
        code = source.blank(source.read(path))
        for found in DECLARED.finditer(code):
            name = found.group(1)
            used = re.compile(rf'\b{name}\b').search(code, found.end())
            leaves = LEAVES.search(code, found.end())
            if leaves and (not used or leaves.start() < used.start()):
                yield Finding(path, source.line_of(code, found.start(1)), name,
                              f'{name} may be freed before it has a value: write `Buf {name} = {{0}};`')

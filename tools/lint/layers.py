"""The order of folders: `layers` and `nouns` of the top meson.build are the only list of which folder may include which,
and the build derives its include paths from them. This checks that it does: a folder's include paths must lead to the
folders that it needs and to no others, generated headers included."""
import ast
import json
import pathlib
import re
import shlex

import source
from source import Finding

BUILD = 'meson.build'
INCLUDE_PATH = re.compile(r'-I\S*/inc/([a-z_]+?)(-made)?$')
MADE_OF_OTHERS = ('daemon',)  # lists every noun's statements and migrations


def table(text, name):
    found = re.search(rf'^{name} = (\{{.*?^\}}|\[.*?\])$', text, re.M | re.S)
    return ast.literal_eval(found.group(1))


def needs():
    text = source.read(BUILD)
    below = table(text, 'below')
    return {**table(text, 'layers'), **{noun: [*below, *more] for noun, more in table(text, 'nouns').items()}}


def check(build):
    allowed = needs()
    rows = json.loads((pathlib.Path(build) / 'compile_commands.json').read_text())
    for row in rows:
        path = pathlib.Path(row['directory'], row['file']).resolve()
        if not path.is_relative_to(source.ROOT / 'src') or 'unit-' in row['output'] or path.stem.endswith('_bench'):
            continue
        own = path.relative_to(source.ROOT / 'src').parts[0]
        if own not in allowed:
            yield Finding(BUILD, 1, own, f'src/{own} is in neither layers nor nouns')
            continue
        if f'/{own}/' not in f"/{row['output']}":
            continue  # a source that another folder's test borrows
        for word in shlex.split(row['command']):
            found = INCLUDE_PATH.match(word)
            if not found or found.group(1) == own:
                continue
            folder, made = found.groups()
            if folder not in allowed[own] or (made and own not in MADE_OF_OTHERS):
                yield Finding(BUILD, 1, f'{own} {folder}', f'{path.name} is compiled with the headers of {folder}'
                              f'{made or ""}, which src/{own} does not need')

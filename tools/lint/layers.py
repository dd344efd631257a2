"""The order of folders: who may include whom. The build enforces most of it; this names the offence."""
import re

import source
from source import Finding

# What each layer may use, itself aside. A noun's list stands in its meson.build as `needs = [...]`.
LAYERS = {
    'base': [],
    'sys': ['base'],
    'net': ['base', 'sys'],
    'db': ['base', 'sys'],
    'git': ['base', 'sys'],
    'term': ['base', 'sys'],
    'llm': ['base', 'sys', 'net', 'db', 'git', 'term'],
    'sandbox': ['base', 'sys', 'net', 'db', 'git', 'term'],
    'core': ['base', 'sys', 'net', 'db', 'git', 'term', 'llm', 'sandbox'],
    'hold': ['base'],
    'model': ['base', 'sys', 'net'],
}
BELOW_NOUNS = [*LAYERS['core'], 'core']
WIRING = ('daemon', 'cli', 'gen')  # know every folder
INCLUDE = re.compile(r'^\s*#\s*include\s+"([a-z_]+)/([^"]+)"', re.M)
NEEDS = re.compile(r'^(?:\w+_)?needs\s*=\s*\[([^\]]*)\]', re.M)


def folders():
    return sorted({path.parts[1] for path in source.files('.c', '.h', below=('src',)) if len(path.parts) > 2})


def needs_of(noun):
    build = f'src/{noun}/meson.build'
    if not (source.ROOT / build).is_file():
        return []
    found = NEEDS.search(source.read(build))
    return re.findall(r"'([a-z_]+)'", found.group(1)) if found else []


def allowed(all_folders):
    table = {}
    for folder in all_folders:
        if folder in LAYERS:
            table[folder] = LAYERS[folder]
        elif folder in WIRING:
            table[folder] = all_folders
        else:
            table[folder] = [*BELOW_NOUNS, *needs_of(folder)]
    return table


def cycles(table):
    """Each noun that can reach itself through what nouns need."""
    nouns = {folder: [n for n in table[folder] if n not in LAYERS] for folder in table if folder not in (*LAYERS, *WIRING)}
    for start in nouns:
        seen, todo = set(), list(nouns[start])
        while todo:
            here = todo.pop()
            if here == start:
                yield Finding(f'src/{start}/meson.build', 1, start, f'{start} needs itself through others: turn one of '
                              'the calls into a hook or an event')
                break
            if here not in seen:
                seen.add(here)
                todo.extend(nouns.get(here, []))


def check(_build):
    all_folders = folders()
    table = allowed(all_folders)
    for path in source.files('.c', '.h', below=('src',)):
        if len(path.parts) < 3:
            continue
        own = path.parts[1]
        code = source.blank(source.read(path), keep='').split('\n')
        text = source.read(path)
        for found in INCLUDE.finditer(text):
            line = source.line_of(text, found.start(1))
            target = found.group(1)
            if not code[line - 1].strip() or target == own or target not in all_folders or target in table[own]:
                continue
            yield Finding(path, line, target, f'{own} must not include {target}/{found.group(2)}: move the shared part '
                          'down, or use a hook or an event')
    yield from cycles(table)

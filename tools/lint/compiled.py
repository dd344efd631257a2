"""For checks that run a compiler over every source: a file is looked at again only if it, a header that it includes or
the rules changed."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess

import source
from source import Finding


def commands(build):
    """{source path: compile command} of the project's own files."""
    table = {}
    for row in json.loads((pathlib.Path(build) / 'compile_commands.json').read_text()):
        path = pathlib.Path(row['directory'], row['file']).resolve()
        if path.is_relative_to(source.ROOT) and not path.is_relative_to(pathlib.Path(build).resolve()):
            table[path.relative_to(source.ROOT)] = row
    return table


def dependencies(build):
    """{object: its inputs}, as ninja recorded them in the last build."""
    table, current = {}, None
    listed = subprocess.run(['ninja', '-C', str(build), '-t', 'deps'], stdout=subprocess.PIPE, text=True).stdout
    for line in listed.splitlines():
        if line and not line.startswith((' ', 'ninja')):
            current = table.setdefault(line.split(':')[0], [])
        elif line.strip() and current is not None:
            current.append(line.strip())
    return table


def digest(build, row, depends, rules):
    parts = hashlib.sha256(rules + row['command'].encode())
    for name in sorted(depends.get(row.get('output'), [])) or [row['file']]:
        path = pathlib.Path(build, name).resolve()
        if path.is_relative_to(source.ROOT) and path.is_file():
            parts.update(path.read_bytes())
    return parts.hexdigest()


def check(build, name, rules, look, rows):
    """Findings of look(path, row), a list of [path, line, text], over {path: compile command}; `rules` are bytes."""
    store = pathlib.Path(build, f'lint-{name}.json')
    known = json.loads(store.read_text()) if store.exists() else {}
    depends = dependencies(build)
    keys = {path: digest(build, row, depends, rules) for path, row in rows.items()}
    stale = [path for path, key in keys.items() if key not in known]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, found in zip(stale, pool.map(lambda p: look(p, rows[p]), stale)):
            known[keys[path]] = found
    store.write_text(json.dumps({key: known[key] for key in keys.values()}))
    for path, line, text in sorted({tuple(row) for key in keys.values() for row in known[key]}):
        yield Finding(path, line, text.rsplit('[', 1)[-1].rstrip(']'), text)

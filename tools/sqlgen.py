#!/usr/bin/env python3
"""Turns x.sql into C: sqlgen.py x.sql out.h out.c

`-- name: agent_by_id` before a statement gives `const Sql sql_agent_by_id` and a row in `x_sql[]`;
`-- migration: 2026-11-21T10:00 workspace_create` before statements gives a row in `x_migrations[]`.
"""
import pathlib
import re
import sys


def quote(text):
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return '\n    '.join('"' + line.replace('\\', '\\\\').replace('"', '\\"') + '\\n"' for line in lines)


def main():
    source, header, code = (pathlib.Path(p) for p in sys.argv[1:4])
    stem = source.stem
    text = source.read_text()
    parts = re.split(r'^-- (name|migration): *(.+)$', text, flags=re.M)
    heads, rows, migrations = [], [], []
    body = [f'#include "{header.name}"', '']
    for kind, title, sql in zip(parts[1::3], parts[2::3], parts[3::3]):
        if kind == 'name':
            name = title.strip()
            if not re.fullmatch(r'[a-z][a-z0-9_]*', name):
                sys.exit(f'{source}: bad statement name "{name}"')
            heads.append(f'extern const Sql sql_{name};')
            body.append(f'const Sql sql_{name} = {{"{name}",\n    {quote(sql)},\n    "{source.name}"}};')
            rows.append(f'&sql_{name}')
        else:
            time, name = title.split()
            migrations.append(f'{{"{time}", "{name}",\n    {quote(sql)}}}')
    if rows:
        heads.append(f'extern const Sql *const {stem}_sql[]; /* NULL-terminated */')
        body.append(f'const Sql *const {stem}_sql[] = {{{", ".join(rows)}, NULL}};')
    if migrations:
        array = stem if stem.endswith('_migrations') else f'{stem}_migrations'
        heads.append(f'extern const Migration {array}[]; /* zero-terminated */')
        body.append(f'const Migration {array}[] = {{\n' + ',\n'.join(migrations) + ',\n{0}};')
    header.write_text('/* Generated from ' + source.name + ' by tools/sqlgen.py. */\n#pragma once\n\n#include "db/db.h"\n\n'
                      + '\n'.join(heads) + '\n')
    code.write_text('\n'.join(body) + '\n')


main()

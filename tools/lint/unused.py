"""Unused code: exported symbols and SQL statements that no product program needs, settings and start-up options that
nothing reads. Code that only tests use belongs in the tests."""
import json
import pathlib
import re
import subprocess

import source
from source import Finding

PRODUCT_OBJECT = re.compile(r'^src/\w+/(?:lib[\w-]+\.a|muster[\w-]*)\.p/')
SYMBOL = re.compile(r'^(?P<object>[^\n]*?):(?: *[0-9a-f]+)? +(?P<kind>\w) (?P<name>[A-Za-z]\w*)$', re.M)
DEBUG_ONLY = ('src/sys/crash.c', 'src/sys/fault.c')  # injected faults and crashes; not in a release
OF_ALL_STATEMENTS = re.compile(r'_sql$')  # a folder's table: the tests prepare each statement
MADE_BY_MACRO = re.compile(r'_(?:shape|enum)$')  # SHAPE and ENUM_DECLARE export what they define
TEST_SUPPORT = ('rig', 'replay', 'git_fixture', 'test_app', 'test_server')
STATEMENT = re.compile(r'^-- name: *(\S+)', re.M)
SETTING_TABLE = 'src/core/setting.h'
SETTING = re.compile(r'\bS\((SET_\w+),\s*"([\w.]+)"')
OPTION_TABLE = 'src/daemon/config.c'
OPTION = re.compile(r'\{"([\w-]+)", "MUSTER_\w+",\s*(?:TEXT\((\w+)\)|\w+, offsetof\(Config, (\w+)\))')


def product_objects(build):
    """{object: source} of the libraries and the programs; a unit test's own files are not part of the product."""
    rows = json.loads(pathlib.Path(build, 'compile_commands.json').read_text())
    sources = {row['output']: pathlib.Path(build, row['file']).resolve() for row in rows
               if PRODUCT_OBJECT.match(row['output'])}
    return {name: path for name, path in sources.items() if path.is_relative_to(source.ROOT)}


def symbols(build, objects):
    """({name: object that defines it}, {names that another object needs})."""
    listed = subprocess.run(['nm', '-A', '-g', *objects], cwd=build, stdout=subprocess.PIPE, text=True, check=True)
    defined, needed = {}, set()
    for found in SYMBOL.finditer(listed.stdout):
        if found['kind'] == 'U':
            needed.add(found['name'])
        else:
            defined[found['name']] = found['object']
    return defined, needed


def written_place(name, path):
    """Where to remove it: the line in the source, or of the statement that the source is generated from."""
    if path.suffix != '.c' or not path.name.endswith('_sql.c'):
        text = source.read(path)
        found = re.search(rf'^(?!\s).*\b{re.escape(name)}\b', text, re.M)
        return path, source.line_of(text, found.start()) if found else 1
    sql = next(source.ROOT.glob(f'src/*/{path.name.removesuffix("_sql.c")}.sql'))
    for found in STATEMENT.finditer(source.read(sql)):
        if f'sql_{found.group(1)}' == name:
            return sql, source.line_of(source.read(sql), found.start())
    return sql, 1


def uses_itself(name, path):
    """Whether the file does more than define it; a name that a macro composes is not in the text."""
    return len(re.findall(rf'\b{re.escape(name)}\b', source.blank(source.read(path)))) != 1


def text_of_tests():
    paths = [path for path in source.files('.c', '.h', below=('src', 'fuzz', 'bench', 'tests'))
             if path.parts[0] != 'src' or path.name.endswith('_test.c') or path.stem in TEST_SUPPORT]
    return '\n'.join(source.read(path) for path in paths)


def unused_symbols(build):
    """An exported symbol must be needed by another file. A test may use what its file uses itself, but nothing exists for tests alone."""
    objects = product_objects(build)
    defined, needed = symbols(build, objects)
    tests = text_of_tests()
    for name in sorted(set(defined) - needed - {'main'}):
        if MADE_BY_MACRO.search(name):
            continue
        path, line = written_place(name, objects[defined[name]])
        place = path.relative_to(source.ROOT)
        if path.suffix == '.sql':
            if not OF_ALL_STATEMENTS.search(name):
                yield Finding(place, line, name, f'nothing runs the statement {name}: remove it')
            continue
        if str(place) in DEBUG_ONLY:
            continue
        is_tested = re.search(rf'\b{re.escape(name)}\b', tests)
        if not uses_itself(name, path):
            yield Finding(place, line, name, f'only tests use {name}: move it to them' if is_tested else
                          f'nothing uses {name}: remove it')
        elif not is_tested:
            yield Finding(place, line, name, f'no other file uses {name}: make it static')


def page_text():
    return '\n'.join(source.read(path) for path in source.files('.ts', '.tsx', below=('web/src',)))


def product_text(but):
    return '\n'.join(source.blank(source.read(path)) for path in source.files('.c', '.h', below=('src',))
                     if not path.name.endswith('_test.c') and str(path) not in but)


def unread(table, names, pattern, advice):
    """Rows of a table that no product code names, by their symbol in C or by their label in the page."""
    code, page = product_text((table,)), page_text()
    text = source.read(table)
    for label, name in names:
        if not re.search(pattern.format(re.escape(name)), code) and f"'{label}'" not in page:
            line = source.line_of(text, text.index(f'"{label}"'))
            yield Finding(table, line, label, f'nothing reads {label}: {advice}')


def check(build):
    yield from unused_symbols(build)
    settings = [(label, name) for name, label in SETTING.findall(source.read(SETTING_TABLE))]
    yield from unread(SETTING_TABLE, settings, r'\b{}\b', 'remove the setting')
    options = [(label, text or other) for label, text, other in OPTION.findall(source.read(OPTION_TABLE))]
    yield from unread(OPTION_TABLE, options, r'(?:->|\.){}\b', 'remove the option')

"""Documents: the files, folders and tests that they name exist, and every folder of the product is in the map once."""
import pathlib
import re

import source
from source import Finding

DOCUMENTS = ('README.md', 'ARCHITECTURE.md', 'RECIPES.md')
MAP = 'ARCHITECTURE.md'
TABLES = ('docs/clis.md',)  # their cells name tests: `file`: title
CELL = re.compile(r'\| `(\w+)`: ([^|\n]+?) (?=\|)')
MAP_HEAD = '| folder | what it holds |'
WORD = re.compile(r'`([^`\n]+)`')
LINK = re.compile(r'\]\((?!https?:)([^)#]+)\)')
PATH = re.compile(r'[\w.-]+(?:/[\w.-]+)*/?')
SUFFIXES = ('.c', '.h', '.sql', '.md', '.py', '.sh', '.mjs', '.ts', '.tsx', '.json', '.txt', 'meson.build')
INVENTED = re.compile(r'thing', re.I)  # names that recipes invent
BUILT = ('build/', 'streams/', 'trash/', 'demo/')  # created by a build, or in a data folder


def tree():
    """All paths of the repository and the folders above them."""
    files = {pathlib.PurePosixPath(path) for path in source.files('', below=('.',))}
    return files | {folder for path in files for folder in path.parents}


def names_path(word, tops):
    """Whether a word in backticks names a place in the repository: a file by its suffix, or a path below a folder."""
    if not PATH.fullmatch(word) or word.startswith('.') or INVENTED.search(word) or word.startswith(BUILT):
        return False
    return word.endswith(SUFFIXES) or ('/' in word and word.split('/')[0] in tops)


def stands(word, paths):
    """As written, or below src/ without a suffix, or a bare file name anywhere."""
    path = pathlib.PurePosixPath(word)
    if '/' not in word:
        return any(path.name == known.name for known in paths)
    candidates = [path, 'src' / path, *('src' / path.with_name(path.name + suffix) for suffix in ('.c', '.h'))]
    return any(known in paths for known in candidates)


def named_paths(document, text, tops):
    for pattern in (WORD, LINK):
        for found in pattern.finditer(text):
            if pattern is LINK or names_path(found.group(1), tops):
                yield found.group(1), source.line_of(text, found.start())


def mapped_folders(text):
    """[(folder, line)] in the first column of the map."""
    start = text.index(MAP_HEAD)
    rows = text[start:].split('\n\n')[0].split('\n')[2:]
    first = source.line_of(text, start) + 2
    return [(name, first + i) for i, row in enumerate(rows) for name in WORD.findall(row.split('|')[1])]


def check_map(paths):
    text = source.read(MAP)
    mapped = mapped_folders(text)
    names = [name for name, _ in mapped]
    folders = {path.parts[1] for path in paths if len(path.parts) > 2 and path.parts[0] == 'src'}
    for name, line in mapped:
        if names.count(name) > 1:
            yield Finding(MAP, line, name, f'{name} is in the map {names.count(name)} times')
        if name not in folders and pathlib.PurePosixPath(name) not in paths:
            yield Finding(MAP, line, name, f'there is no folder {name}: remove it from the map')
    for folder in sorted(folders - set(names)):
        yield Finding(MAP, 1, folder, f'src/{folder} is not in the map: describe its content')


def check_tables(paths):
    for document in TABLES:
        text = source.read(document)
        for found in CELL.finditer(text):
            file, title = f'tests/scenarios/{found.group(1)}.test.mjs', found.group(2)
            line = source.line_of(text, found.start())
            if pathlib.PurePosixPath(file) not in paths:
                yield Finding(document, line, file, f'there is no {file}')
            elif not any(f'{kind}({quote}{title}{quote}' in source.read(file) for kind in ('test', 'describe') for quote in '\'`'):
                yield Finding(document, line, title, f'{file} has no test of this title: {title}')


def check(_build):
    paths = tree()
    tops = {path.parts[0] for path in paths if path.parts} | {path.parts[1] for path in paths if len(path.parts) > 1
                                                              and path.parts[0] == 'src'}
    for document in DOCUMENTS:
        for word, line in named_paths(document, source.read(document), tops):
            if not stands(word, paths):
                yield Finding(document, line, word, f'{word} does not exist: name an existing file')
    yield from check_map(paths)
    yield from check_tables(paths)

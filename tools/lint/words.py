"""Words that must not occur in the sources."""
import re

import functions
import source
from source import Finding

BANNED_HEADER = 'src/base/banned.h'
# pattern over code without comments and literals: (allowed in, what to do). A unit test may do what any folder may.
CODE = {
    r'\bgoto\b': ((), 'return early, or use CLEANUP'),
    r'\balloca\s*\(': ((), 'allocate it in an arena'),
    r'\bexit\s*\(': (('src/daemon/', 'src/cli/', 'src/hold/', 'src/model/', 'src/gen/', 'clients/c/examples/', 'tests/', 'bench/', 'fuzz/'),
                     'pass the failure up; only a main may exit'),
    r'\b(m|c|re)alloc\s*\(': (('src/base/', 'src/hold/', 'clients/', 'tests/', 'bench/', 'fuzz/'), 'use base/mem.h'),
    r'\b(execve?|execv[pe]|execl[pe]?|fexecve|execvpe|v?fork|forkpty|posix_spawnp?)\s*\(':
        (('src/sys/', 'src/hold/', 'src/eye/', 'tests/', 'bench/', 'fuzz/'),
         'only sys/process starts programs, and muster-hold and muster-eye their own'),
}
# pattern over the whole text: what to do
TEXT = {
    r'\b(TODO|FIXME|XXX|HACK)\b': 'do it, or open an issue instead',
    r'\bregistry\.npmjs\.org\b|/work/(main|shared)|\.\./shared/': 'do not name machines or registries',
}
# the same except in migrations, whose text a store knows by its checksum: what a reader expects instead
ENGLISH = {
    r'\btell_[a-z]\w*|\btell[A-Z]\w*|\btells\b|\b(?:is|are|was|were|be|been) told\b':
        'say emit, publish, report, send or show',
    r'\banew\b': 'say again',
    r'\blies in\b': 'say is in',
    r'\b(?:stands|stood) (?:in|there|beside|behind|at|on|under|above|already)\b': 'say is, is shown or follows',
    r'\bwhich is why\b': 'begin a new sentence, or say because',
}
MIGRATIONS = '_migrations.sql'
# the same as TEXT for build files alone
BUILD = {r"\b(?!target\b|\w*tests\b)\w+\[-?\d+\](?:\[\d+\])?": 'name the source or the target'}
TEXT_SUFFIXES = ('.c', '.h', '.py', '.sh', '.sql', '.mjs', '.ts', '.tsx', '.md', 'meson.build')
OWN_LISTS = ('tools/lint/words.py',)
WRITTEN = ('bench/results/latest.md',)  # by ./dev bench, from documents that are checked


def poisoned():
    """The functions that the build poisons; the build checks only what it compiles, this checks all files."""
    names = re.findall(r'^#pragma GCC poison (.*)$', source.read(BANNED_HEADER), re.M)
    return r'\b(' + '|'.join(re.escape(name) for row in names for name in row.split()) + r')\s*\('


def code_findings(path):
    code = source.blank(source.read(path))
    rules = {**CODE, poisoned(): ((), f'see {BANNED_HEADER} for what to use')}
    for pattern, (allowed, advice) in rules.items():
        if allowed and (str(path).startswith(allowed) or path.name.endswith('_test.c')):
            continue
        for found in re.finditer(pattern, code):
            word = found.group().rstrip('( ')
            yield Finding(path, source.line_of(code, found.start()), word, f'{word}: {advice}')


def text_findings(path):
    text = source.read(path)
    rules = {**TEXT, **({} if path.name.endswith(MIGRATIONS) else ENGLISH), **(BUILD if path.name == 'meson.build' else {})}
    for pattern, advice in rules.items():
        for found in re.finditer(pattern, text):
            yield Finding(path, source.line_of(text, found.start()), found.group(), f'{found.group()}: {advice}')


def check(_build):
    for path in source.files('.c', '.h'):
        if str(path) != BANNED_HEADER:
            yield from code_findings(path)
    for function in functions.of_files(source.files('.c', '.h')):
        for line in functions.directives_inside(function):
            yield Finding(function.path, line, function.name, '#if in a body: choose files in meson.build instead')
    for path in source.files(*TEXT_SUFFIXES, below=('.',)):
        if str(path) not in OWN_LISTS + WRITTEN:
            yield from text_findings(path)

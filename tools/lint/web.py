"""The web sources: rules beyond those of the type checker."""
import re

import source
from source import Finding

FILE_LINES = 300
COMPONENT_LINES = 120
GENERATED = ('web/src/api/generated.ts',)
RULES = {
    r'(?<![\w.$-])any(?![\w-])(?=\s*[;,)>\]|&=\[{}]|\s*$)': 'any: name the type',
    r'\bas\s+(?!const\b)(?=[A-Za-z_{\[(\'"])': 'as: narrow with a check instead',
    r'^\s*export\s+default\b': 'default export: name it',
    r'^\s*export\s+\*\s+from\b': 'barrel: import from the file itself',
    r'@ts-(ignore|expect-error|nocheck)': 'a silenced type error: fix it',
}
AS_OF_IMPORTS = re.compile(r'^\s*(import|export)\b[^;]*?from\s', re.M | re.S)
COMPONENT = re.compile(r'^(?:export\s+)?function\s+([A-Z]\w*)', re.M)


def rule_findings(path, text):
    """Import and export lists may rename with `as`; texts and comments are not checked."""
    code = re.sub(r'`(?:\\.|[^`\\])*`', lambda m: re.sub(r'[^\n]', ' ', m.group()), source.blank(text))
    code = AS_OF_IMPORTS.sub(lambda m: re.sub(r'[^\n]', ' ', m.group()), code)
    for pattern, advice in RULES.items():
        for found in re.finditer(pattern, code, re.M):
            yield Finding(path, source.line_of(code, found.start()), advice.split(':')[0], advice)


def component_findings(path, text):
    for found in COMPONENT.finditer(text):
        end = text.find('\n}\n', found.start())
        n = text.count('\n', found.start(), end if end >= 0 else len(text)) + 2
        if n > COMPONENT_LINES:
            yield Finding(path, source.line_of(text, found.start()), found.group(1),
                          f'{found.group(1)}: {n} lines, at most {COMPONENT_LINES}: split it into components')


def check(_build):
    for path in source.files('.ts', '.tsx', below=('web/src',)):
        if str(path) in GENERATED:
            continue
        text = source.read(path)
        n = text.count('\n')
        if n > FILE_LINES:
            yield Finding(path, n, path.name, f'{n} lines, at most {FILE_LINES}: split it by topic')
        yield from rule_findings(path, text)
        if path.suffix == '.tsx':
            yield from component_findings(path, text)

"""Measures the functions of a C file: extent, parameters, nesting and branch points."""
import collections
import json
import re
import subprocess

import source

Function = collections.namedtuple('Function', 'path name line end is_static params branches nesting')

TOKEN = re.compile(r'[A-Za-z_]\w*|&&|\|\||[^\s\w]|\d[\w.]*')
BRANCHES = {'if', 'for', 'while', 'case', '&&', '||', '?'}
CLOSERS = {'(': ')', '[': ']', '{': '}'}


class Nesting:
    """Walks the statements of a body and records how deeply control flow is nested, with braces or without."""

    def __init__(self, tokens):
        self.tokens, self.at, self.deepest = tokens, 0, 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ''

    def skip_group(self):
        """Skips one bracketed group that starts here."""
        open_ = 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            open_ += (token in CLOSERS) - (token in CLOSERS.values())
            if open_ == 0:
                return

    def skip_plain(self):
        """Skips an expression statement, a declaration with its initialiser, or a macro call that opens a block."""
        while self.peek() not in ('', ';', '}'):
            if self.peek() == '{' and self.tokens[self.at - 1] == ')':
                return True
            if self.peek() in CLOSERS:
                self.skip_group()
            else:
                self.at += 1
        if self.peek() == ';':
            self.at += 1
        return False

    def block(self, depth):
        self.at += 1
        while self.peek() not in ('', '}'):
            self.statement(depth)
        self.at += 1

    def control(self, depth):
        word = self.peek()
        self.at += 1
        if self.peek() == '(':
            self.skip_group()
        self.deepest = max(self.deepest, depth + 1)
        self.statement(depth + 1)
        if word == 'if' and self.peek() == 'else':
            self.at += 1
            self.statement(depth if self.peek() == 'if' else depth + 1)
        if word == 'do' and self.peek() == 'while':
            self.skip_plain()

    def statement(self, depth):
        token = self.peek()
        if token == '{':
            self.block(depth)
        elif token in ('if', 'for', 'while', 'switch', 'do'):
            self.control(depth)
        elif token in ('case', 'default'):
            while self.peek() not in ('', ':'):
                self.at += 1
            self.at += 1
        elif self.skip_plain():
            self.deepest = max(self.deepest, depth + 1)
            self.block(depth + 1)


def count_params(signature):
    inner = signature.strip()[1:-1].strip()
    if inner in ('', 'void'):
        return 0
    depth, n = 0, 1
    for char in inner:
        depth += (char in '([{') - (char in ')]}')
        n += char == ',' and depth == 0
    return n


def of_files(paths):
    """Every function defined in the files, by ctags, which does not see functions that a macro defines."""
    if not paths:
        return []
    # Shapes and tests expand to functions with other names.
    argv = ['ctags', '--output-format=json', '--languages=C', '--langmap=C:.c.h', '--kinds-C=f', '--fields=+neSf',
            '-I', 'TEST+', '-f', '-', *map(str, paths)]
    listed = subprocess.run(argv, cwd=source.ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    texts = {}
    found = []
    for line in listed.splitlines():
        tag = json.loads(line)
        path = tag['path']
        lines = texts.setdefault(path, source.blank(source.read(path)).split('\n'))
        body = '\n'.join(lines[tag['line'] - 1:tag['end']])
        brace = body.find('{')
        tokens = TOKEN.findall(body[brace:]) if brace >= 0 else []
        nesting = Nesting(tokens)
        if tokens:
            nesting.block(0)
        found.append(Function(path, tag['name'], tag['line'], tag['end'], tag.get('file', False),
                              count_params(tag.get('signature', '()')), sum(t in BRANCHES for t in tokens),
                              nesting.deepest))
    return found


INSIDE_DIRECTIVE = re.compile(r'^\s*#\s*(if|ifdef|ifndef|else|elif|endif)\b', re.M)


def directives_inside(function):
    """Lines of preprocessor conditions in the function's body."""
    lines = source.blank(source.read(function.path)).split('\n')
    return [n for n in range(function.line, function.end) if INSIDE_DIRECTIVE.match(lines[n - 1])]

"""Shared by all checks: the files, their text without comments, findings and the exceptions to them."""
import collections
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]

# `subject` is the function, word or file that an exception may name.
Finding = collections.namedtuple('Finding', 'path line subject text')


def files(*suffixes, below=('src', 'clients', 'tests', 'fuzz', 'bench', 'tools')):
    """Tracked and new files with one of the suffixes, without those that git ignores; sorted."""
    listed = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', '--', *below], cwd=ROOT,
                            stdout=subprocess.PIPE, text=True, check=True).stdout.split('\n')
    return sorted(pathlib.Path(name) for name in set(listed) if name.endswith(suffixes) and (ROOT / name).is_file())


def read(path):
    return (ROOT / path).read_text(encoding='utf-8')


TOKENS_THAT_HIDE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(text, keep=''):
    """The text with comments and literals as spaces, so that lines and columns do not move. `keep` in 'c' (comments)."""
    def hide(found):
        part = found.group()
        if part.startswith('/'):
            return part if 'c' in keep else re.sub(r'[^\n]', ' ', part)
        return part[0] + re.sub(r'[^\n]', ' ', part[1:-1]) + part[-1]
    return TOKENS_THAT_HIDE.sub(hide, text)


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


def exceptions():
    """{(check, path, subject): reason}. A line without a reason is itself a finding."""
    rows, findings = {}, []
    path = pathlib.Path('tools/lint/exceptions.txt')
    for number, line in enumerate(read(path).splitlines(), 1):
        if not line.strip() or line.startswith('#'):
            continue
        parts = line.split(None, 3)
        if len(parts) < 4:
            findings.append(Finding(path, number, line, 'write: CHECK PATH SUBJECT REASON'))
        else:
            rows[tuple(parts[:3])] = parts[3]
    return rows, findings

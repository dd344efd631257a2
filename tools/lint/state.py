"""State: the program writes no file-scope variable; long-lived state belongs to the App and is passed.

The check reads the objects: variables are in their writable sections.
"""
import pathlib
import re
import subprocess

import source
from source import Finding

WRITABLE = re.compile(r'^\.(bss|data|tbss|tdata)(?!\.rel\.ro)')
ROW = re.compile(r'^[0-9a-f]{16} .{7} (\S+)\s+[0-9a-f]+\s+(?:\.hidden )?(\S+)$')
NOT_OURS = re.compile(r'^(\.|_|__|\*)|asan|ubsan')  # sections, and symbols of sanitizers and coverage
NUMBER = re.compile(r'\.\d+$')  # of a variable inside a function

# State that a process has exactly once: passing it would allow two instances that disagree.
PROCESS_WIDE = {
    ('src/base/crc32c.c', 'tables'): 'computed once, then constant',
    ('src/base/ulid.c', 'last_lock'): 'no two ids of one process are the same',
    ('src/base/ulid.c', 'last_ms'): 'as last_lock',
    ('src/base/ulid.c', 'last_random'): 'as last_lock',
    ('src/db/conn.c', 'once'): 'SQLite is set up once for a process',
    ('src/git/lock.c', 'held'): 'repositories that this process has locked: file locks do not exclude its own threads',
    ('src/git/lock.c', 'table_changed'): 'as held',
    ('src/git/lock.c', 'table_mutex'): 'as held',
    ('src/sys/crash.c', 'times'): 'debug builds: how often the one crash point of a run was reached',
    ('src/sys/fault.c', 'armed'): 'debug builds: which call of a run fails',
    ('src/sys/fault.c', 'seen'): 'as armed',
    ('src/sys/fault.c', 'counted_prefix'): 'as armed',
    ('src/sys/log.c', 'sink'): 'one log, from any thread and before there is an App',
    ('src/sys/loop.c', 'role'): 'which thread this is, for the checks of debug builds',
    ('src/sys/path_look.c', 'lost'): 'looks at a disk that does not answer stay in the process, whoever asked for them',
    ('src/sys/path_look.c', 'once'): 'as lost',
    ('src/sys/process.c', 'detached'): 'children belong to the process that waits for them',
    ('src/sys/process.c', 'detached_lock'): 'as detached',
    ('src/sys/process_list.c', 'n_left'): 'a reader that is held up stays in the process, whoever asked for it',
    ('src/sys/process_run.c', 'once'): 'SIGPIPE is ignored once for a process',
}


def objects(build):
    """[(object, source)] of the product."""
    for path in sorted(pathlib.Path(build, 'src').glob('*/lib*.a.p/*.c.o')) + sorted(pathlib.Path(build, 'src').glob('*/muster*.p/*.c.o')):
        name = pathlib.Path('src', path.parts[-3], path.name.removesuffix('.o'))
        if (source.ROOT / name).exists():
            yield path, name


def variables(path):
    table = subprocess.run(['objdump', '-t', path], stdout=subprocess.PIPE, text=True, check=True).stdout
    for line in table.splitlines():
        row = ROW.match(line)
        if row and WRITABLE.match(row[1]) and not NOT_OURS.search(row[2]):
            yield NUMBER.sub('', row[2])


def check(build):
    for path, name in objects(build):
        text = source.read(name)
        for variable in sorted(set(variables(path))):
            if (str(name), variable) in PROCESS_WIDE:
                continue
            at = text.find(f' {variable}')
            yield Finding(name, source.line_of(text, max(at, 0)), variable,
                          f'{variable} is writable file-scope state: move it to the App, or make it const')

#!/usr/bin/env python3
"""Tests the daemon with requests that schemathesis generates from openapi.json: openapi.py BUILD PYTHON [EXAMPLES]

Runs in a home of its own. Left out is what would start an agent CLI. Two checks are left out too: that whatever the schema
takes is not answered 400, since a path that is no repository and a branch that git does not take are, and no schema can
say so; and that a wrong token is answered 401 each time, since after 30 of them it is 429 (the scenarios ask every
operation without one).
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_URL = re.compile(rb'http://127\.0\.0\.1:\d+')
END_GRACE_S = 30
CONFIG = ROOT / 'tools/schemathesis/schemathesis.toml'
STARTS_PROGRAMS = ('start_demo',)
WITHOUT_CHECKS = 'positive_data_acceptance,ignored_auth'


def start(build, home):
    """The daemon, and its address from the start URL that it prints first."""
    env = {**os.environ, 'HOME': home, 'XDG_CONFIG_HOME': home}
    daemon = subprocess.Popen([build / 'bin/muster', 'serve', '--home', f'{home}/muster', '--port', '0'],
                              stdout=subprocess.PIPE, env=env)
    for line in daemon.stdout:
        found = START_URL.search(line)
        if found:
            return daemon, found[0].decode()
    raise SystemExit(f'the daemon ended with {daemon.wait()} before it printed its address')


def ask(python, url, home, examples):
    token = pathlib.Path(home, 'muster/token').read_text().strip()
    left_out = [word for name in STARTS_PROGRAMS for word in ('--exclude-operation-id', name)]
    return subprocess.run([python, '-m', 'schemathesis.cli', '--config-file', CONFIG, 'run', ROOT / 'openapi.json', '--url', url, '--header', f'Authorization: Bearer {token}',
                           '--checks', 'all', '--exclude-checks', WITHOUT_CHECKS, '--max-examples', examples, '--seed', '1',
                           '--warnings', 'off', '--continue-on-failure', *left_out], cwd=home).returncode


def main(build, python, examples='100'):
    with tempfile.TemporaryDirectory(prefix='muster-openapi-') as home:
        daemon, url = start(pathlib.Path(build).resolve(), home)
        try:
            status = ask(python, url, home, examples)
        finally:
            daemon.terminate()
            ended = daemon.wait(END_GRACE_S)
    if ended != 0:
        print(f'the daemon ended with {ended}')
    print(f'{int(status == 0 and ended == 0)} passed, {int(status != 0 or ended != 0)} failed')
    return 1 if status or ended else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))

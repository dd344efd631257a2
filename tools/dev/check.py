#!/usr/bin/env python3
"""Runs everything that must never break and sums it up: check.py BUILD [STAGE...]

Stages: unit (the test program of every folder), scenario (tests/scenarios/*.test.mjs against the built programs, and
tests/pages/*.test.mjs: the page over its mock), web (what web/package.json calls `check`, `lint` and `test`), lint. The
last line is "N passed, N failed" over all of them.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT_TIMEOUT_S = 1200
SCENARIO_TIMEOUT_S = 1800
END_GRACE_S = 30
MAY_SKIP = os.environ.get('MUSTER_ALLOW_SKIP') == '1'
SCENARIO_FOLDERS = ('tests/scenarios', 'tests/pages')
SUM = re.compile(r'^(\d+) passed, (\d+) failed$', re.M)
UNITTEST = re.compile(r'^Ran (?P<n>\d+) tests? in [^\n]*\n\n(?P<verdict>[^\n]*)', re.M)
SANITIZERS = {
    'ASAN_OPTIONS': 'detect_stack_use_after_return=1:strict_string_checks=1',
    'UBSAN_OPTIONS': 'print_stacktrace=1:halt_on_error=1',
    'TSAN_OPTIONS': 'halt_on_error=1',
}


# Not for the unit tests: those that talk to a server in their own process are ordered by what libuv writes.
SCENARIO_SANITIZERS = {'TSAN_OPTIONS': f'halt_on_error=1:suppressions={ROOT}/tools/dev/tsan.supp'}


class Tally:
    """Counts, and the names of what failed for the end of the report."""

    def __init__(self):
        self.passed = self.failed = 0
        self.names = []

    def add(self, name, passed, failed):
        self.passed += passed
        self.failed += failed
        if failed:
            self.names.append(f'{name}: {failed} failed')


def say(text):
    print(text, flush=True)


def end(program):
    """Asked first, so that the reaper can end and name what the program started."""
    program.terminate()
    try:
        program.wait(END_GRACE_S)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def run(argv, timeout_s, env=None, cwd=ROOT):
    """(exit status, output) of a program; a status of None says that it ran past its time."""
    with tempfile.TemporaryFile() as out:
        program = subprocess.Popen(argv, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=cwd,
                                   env={**os.environ, **SANITIZERS, **(env or {})})
        try:
            status = program.wait(timeout_s)
        except subprocess.TimeoutExpired:
            status = None
            end(program)
        out.seek(0)
        return status, out.read().decode('utf-8', 'replace')


def judge(name, status, output, counts):
    """What a test program's exit and its last summary come to: a bad end is a failure even if no case failed, and so is
    a program that tried nothing."""
    passed, failed = counts if counts else (0, 0)
    if status is None:
        output += f'{name}: ran past its time\n'
    tried = counts is not None and (passed > 0 or MAY_SKIP)
    if (status != 0 or not tried) and failed == 0:
        failed = 1
    if failed:
        say(f'--- {name} (exit {status})\n{output.rstrip()}\n---')
    say(f'{name}: {passed} passed, {failed} failed')
    return passed, failed


def last_sum(output):
    """The program's own last line, or what Python's unittest says."""
    found = SUM.findall(output)
    if found:
        return tuple(int(n) for n in found[-1])
    ran = UNITTEST.search(output)
    if not ran:
        return None
    failed = sum(int(n) for n in re.findall(r'\b(?:failures|errors)=(\d+)', ran['verdict']))
    return int(ran['n']) - failed, failed


def unit_stage(build, tally):
    listed = subprocess.run(['meson', 'introspect', '--tests', build], stdout=subprocess.PIPE, check=True).stdout
    tests = json.loads(listed)

    def one(test):
        return test['name'], *run(test['cmd'], UNIT_TIMEOUT_S, test['env'], test['workdir'] or build)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, status, output in pool.map(one, tests):
            tally.add(f'unit {name}', *judge(f'unit {name}', status, output, last_sum(output)))


def tap_sum(tap):
    found = {word: int(n) for word, n in re.findall(r'^# (pass|fail|cancelled|skipped) (\d+)$', tap, re.M)}
    skipped = 0 if MAY_SKIP else found.get('skipped', 0)
    return (found['pass'], found['fail'] + found['cancelled'] + skipped) if 'pass' in found else None


def scenario(build, path):
    """One file in a folder of its own, under the reaper: whatever is left of it at its end is a failure. What it puts
    into MUSTER_ARTIFACTS (pictures) is kept in BUILD/artifacts."""
    name = f'{path.parent.name.removesuffix("s")} {path.name.removesuffix(".test.mjs")}'
    with tempfile.TemporaryDirectory(prefix='muster-scenario-') as home:
        tap = pathlib.Path(home, 'report.tap')
        argv = [build / 'tests/harness/muster-reap', home, 'node', '--test', '--test-reporter=spec',
                '--test-reporter-destination=stdout', '--test-reporter=tap', f'--test-reporter-destination={tap}', path]
        status, output = run(argv, SCENARIO_TIMEOUT_S, {'MUSTER_BUILD': str(build), **SCENARIO_SANITIZERS})
        if pathlib.Path(home, 'artifacts').is_dir():
            shutil.copytree(pathlib.Path(home, 'artifacts'), build / 'artifacts', dirs_exist_ok=True)
        return name, *judge(name, status, output, tap_sum(tap.read_text()) if tap.exists() else None)


def scenario_stage(build, tally):
    paths = [path for folder in SCENARIO_FOLDERS for path in sorted((ROOT / folder).glob('*.test.mjs'))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for counted in pool.map(lambda path: scenario(build, path), paths):
            tally.add(*counted)


def web_stage(_build, tally):
    package = ROOT / 'web/package.json'
    scripts = json.loads(package.read_text()).get('scripts', {}) if package.exists() else {}
    for script in ('check', 'lint', 'test'):
        if script in scripts:
            status, output = run(['npm', 'run', '--silent', script], UNIT_TIMEOUT_S, cwd=ROOT / 'web')
            tally.add(f'web {script}', *judge(f'web {script}', status, output, (int(status == 0), int(status != 0))))


def lint_stage(build, tally):
    status, output = run([sys.executable, 'tools/lint/lint.py', build, '--all'], UNIT_TIMEOUT_S)
    tally.add('lint', *judge('lint', status, output, last_sum(output)))


STAGES = {'unit': unit_stage, 'lint': lint_stage, 'web': web_stage, 'scenario': scenario_stage}


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    wanted = sys.argv[2:] or list(STAGES)
    unknown = [name for name in wanted if name not in STAGES]
    if unknown:
        sys.exit(f'no such stage: {", ".join(unknown)}; there are {", ".join(STAGES)}')
    tally = Tally()
    for name in wanted:
        STAGES[name](build, tally)
    for line in tally.names:
        say(line)
    say(f'{tally.passed} passed, {tally.failed} failed')
    sys.exit(1 if tally.failed else 0)


main()

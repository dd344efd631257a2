#!/usr/bin/env python3
"""Runs all tests and checks and prints a summary: check.py BUILD [STAGE...]

Stages: unit (the test program of every folder), scenario (tests/scenarios/*.test.mjs against the built programs, and
tests/pages/*.test.mjs: the page with its mock), web (the scripts `check`, `lint` and `test` of web/package.json), lint.
The last line is "N passed, N failed" over all of them; ", N skipped" after it counts what this machine does not allow,
with the reasons in the lines above. Skipped tests do not count as passed.

Tests find the programs on the caller's PATH except agents' CLIs and those of code hosts, of which they provide their own.
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
import time
import typing

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT_TIMEOUT_S = 1200
SCENARIO_TIMEOUT_S = 1800
END_GRACE_S = 30
SCENARIO_FOLDERS = ('tests/scenarios', 'tests/pages')
SUM = re.compile(r'^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$', re.M)
SKIPPED = re.compile(r'^skipped: (.+)$|# SKIP (.+)$', re.M)
AGENT_PROGRAM = re.compile(r'\.program = "([^"]+)"')
HOST_PROGRAMS = {'gh', 'glab'}
UNITTEST = re.compile(r'^Ran (?P<n>\d+) tests? in [^\n]*\n\n(?P<verdict>[^\n]*)', re.M)
SANITIZERS = {
    'ASAN_OPTIONS': 'detect_stack_use_after_return=1:strict_string_checks=1',
    'UBSAN_OPTIONS': 'print_stacktrace=1:halt_on_error=1',
    'TSAN_OPTIONS': f'halt_on_error=1:suppressions={ROOT}/tools/dev/tsan-unit.supp',
}


REPORT = 'sanitizer' # followed by a dot and the pid

# Others than for the unit tests: those that talk to a server in their own process rely on libuv's writes for ordering.
SCENARIO_SANITIZERS = {'TSAN_OPTIONS': f'halt_on_error=1:suppressions={ROOT}/tools/dev/tsan.supp'}


class Tally:
    """Counts, and for the end of the report the names of failures and the reasons for skipped tests."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.lines = []

    def add(self, name, counts, why_skipped=()):
        self.passed += counts.passed
        self.failed += counts.failed
        self.skipped += counts.skipped
        if counts.failed:
            self.lines.append(f'{name}: {counts.failed} failed')
        for why in sorted(set(why_skipped)):
            self.lines.append(f'{name}: skipped: {why}')

    def __str__(self):
        return str(Counts(self.passed, self.failed, self.skipped))


class Counts(typing.NamedTuple):
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __str__(self):
        return f'{self.passed} passed, {self.failed} failed' + (f', {self.skipped} skipped' if self.skipped else '')


def say(text):
    print(text, flush=True)


def end(program):
    """SIGTERM first, so that the reaper can end and name what the program started."""
    program.terminate()
    try:
        program.wait(END_GRACE_S)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def sanitizers(home):
    """Options that make every program of a scenario report into the home, because a hold's stderr is /dev/null."""
    own = {**SANITIZERS, **SCENARIO_SANITIZERS}
    return {name: f'{options}:log_path={home}/{REPORT}' for name, options in own.items()}


class Ended(typing.NamedTuple):
    """A program's exit status, None if it timed out, its output, and the seconds from its start to its end."""
    status: int | None
    output: str
    seconds: float


def run(argv, timeout_s, env=None, cwd=ROOT):
    start = time.monotonic()
    with tempfile.TemporaryFile() as out:
        program = subprocess.Popen(argv, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=cwd,
                                   env={**os.environ, **SANITIZERS, **(env or {})})
        try:
            status = program.wait(timeout_s)
        except subprocess.TimeoutExpired:
            status = None
            end(program)
        out.seek(0)
        return Ended(status, out.read().decode('utf-8', 'replace'), time.monotonic() - start)


def judge(name, ended, counts, report=None):
    """(name, counts, reasons of skipping) of a test program's exit and its last summary: a bad end is a failure even if
    no case failed, and so is a program that tried nothing and does not say why. The reasons stand in `report`, else in the
    output."""
    status, output, seconds = ended
    if status is None:
        output += f'{name}: timed out\n'
    tried = counts is not None and counts.passed + counts.skipped > 0
    counts = counts or Counts()
    if (status != 0 or not tried) and counts.failed == 0:
        counts = counts._replace(failed=1)
    if counts.failed:
        say(f'--- {name} (exit {status})\n{output.rstrip()}\n---')
    say(f'{name}: {counts}, {seconds:.1f} s')
    return name, counts, [one or other for one, other in SKIPPED.findall(report or output)] if counts.skipped else []


def last_sum(output):
    """The program's own last line, or the summary of Python's unittest."""
    found = SUM.findall(output)
    if found:
        return Counts(*(int(n or 0) for n in found[-1]))
    ran = UNITTEST.search(output)
    if not ran:
        return None
    failed = sum(int(n) for n in re.findall(r'\b(?:failures|errors)=(\d+)', ran['verdict']))
    return Counts(int(ran['n']) - failed, failed)


def tools(folder):
    """Fills the folder with links to every program on PATH except those of agents and code hosts: a test that starts one by mistake must
    not reach the user's own."""
    sources = ''.join(path.read_text() for path in (ROOT / 'src/adapter').glob('*.c'))
    others = HOST_PROGRAMS.union(AGENT_PROGRAM.findall(sources))
    for place in os.environ['PATH'].split(os.pathsep):
        for program in os.scandir(place) if os.path.isdir(place) else ():
            link = pathlib.Path(folder, program.name)
            if program.name not in others and not link.is_symlink() and os.access(program.path, os.X_OK):
                link.symlink_to(os.path.abspath(program.path))
    return str(folder)


def unit_stage(build, tally):
    listed = subprocess.run(['meson', 'introspect', '--tests', build], stdout=subprocess.PIPE, check=True).stdout
    tests = json.loads(listed)

    def one(test):
        return test['name'], run(test['cmd'], UNIT_TIMEOUT_S, test['env'], test['workdir'] or build)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, ended in pool.map(one, tests):
            tally.add(*judge(f'unit {name}', ended, last_sum(ended.output)))


def tap_sum(tap):
    found = {word: int(n) for word, n in re.findall(r'^# (pass|fail|cancelled|skipped) (\d+)$', tap, re.M)}
    return Counts(found['pass'], found['fail'] + found['cancelled'], found.get('skipped', 0)) if 'pass' in found else None


def scenario(build, path):
    """Runs one file in a separate folder under the reaper: any process left at its end is a failure. Files that it puts
    into MUSTER_ARTIFACTS (screenshots) are kept in BUILD/artifacts."""
    name = f'{path.parent.name.removesuffix("s")} {path.name.removesuffix(".test.mjs")}'
    with tempfile.TemporaryDirectory(prefix='muster-scenario-') as home:
        tap = pathlib.Path(home, 'report.tap')
        argv = [build / 'tests/harness/muster-reap', home, 'node', '--test', '--test-reporter=spec',
                '--test-reporter-destination=stdout', '--test-reporter=tap', f'--test-reporter-destination={tap}', path]
        ended = run(argv, SCENARIO_TIMEOUT_S, {'MUSTER_BUILD': str(build), **sanitizers(home)})
        if pathlib.Path(home, 'artifacts').is_dir():
            shutil.copytree(pathlib.Path(home, 'artifacts'), build / 'artifacts', dirs_exist_ok=True)
        for found in sorted(pathlib.Path(home).glob(f'{REPORT}.*')):
            output = f'{ended.output}\n{found.name}:\n{found.read_text(errors="replace")}'
            ended = ended._replace(status=ended.status or 1, output=output)
        report = tap.read_text() if tap.exists() else ''
        return *judge(name, ended, tap_sum(report), report), ended.seconds


def scenario_stage(build, tally):
    """Longest first, as they took the last time; before those the new ones, by their size: a long one that begins last would run alone. One more
    than there are processors at a time, because each waits often: for a hold's grace, for a watch, for a page."""
    store = pathlib.Path(build, 'scenario-seconds.json')
    took = json.loads(store.read_text()) if store.exists() else {}
    paths = [path for folder in SCENARIO_FOLDERS for path in sorted((ROOT / folder).glob('*.test.mjs'))]
    paths.sort(key=lambda path: -took.get(str(path.relative_to(ROOT)), path.stat().st_size))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() + 1) as pool:
        for path, (*counted, seconds) in zip(paths, pool.map(lambda path: scenario(build, path), paths)):
            took[str(path.relative_to(ROOT))] = round(seconds, 1)
            tally.add(*counted)
    store.write_text(json.dumps(took, indent=0))


def web_stage(_build, tally):
    package = ROOT / 'web/package.json'
    scripts = json.loads(package.read_text()).get('scripts', {}) if package.exists() else {}
    for script in ('check', 'lint', 'test'):
        if script in scripts:
            ended = run(['npm', 'run', '--silent', script], UNIT_TIMEOUT_S, cwd=ROOT / 'web')
            tally.add(*judge(f'web {script}', ended, Counts(int(ended.status == 0), int(ended.status != 0))))


def lint_stage(build, tally):
    ended = run([sys.executable, 'tools/lint/lint.py', build, '--all'], UNIT_TIMEOUT_S)
    tally.add(*judge('lint', ended, last_sum(ended.output)))


STAGES = {'unit': unit_stage, 'lint': lint_stage, 'web': web_stage, 'scenario': scenario_stage}


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    wanted = sys.argv[2:] or list(STAGES)
    unknown = [name for name in wanted if name not in STAGES]
    if unknown:
        sys.exit(f'no such stage: {", ".join(unknown)}; there are {", ".join(STAGES)}')
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix='muster-tools-') as folder:
        os.environ['PATH'] = tools(folder)
        for name in wanted:
            STAGES[name](build, tally)
    for line in tally.lines:
        say(line)
    say(str(tally))
    sys.exit(1 if tally.failed else 0)


main()

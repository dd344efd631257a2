#!/usr/bin/env python3
"""Runs Debian's Wayland conformance suite (wlcs) against the eye: conform.py BUILD [FILTER]

The suite loads BUILD/tests/eye/libeye-wlcs.so. What is known to fail is in tests/eye/conformance.txt with the reason; any
other failure fails, and so does a test of that list that passes. What the suite leaves out, because the eye does not offer the
protocol, counts as skipped. The last line is "N passed, N failed, N skipped".
"""
import collections
import concurrent.futures
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARDS = 12
SHARD_TIMEOUT_S = 900
ENDS = re.compile(r'^\[ *(OK|FAILED|SKIP) *\] (\S+?)(?:,.*?)? ?\((?:\d+ ?ms)', re.M)


def runner(build):
    """The one that fits the sanitizer of the build; None: the suite is not installed."""
    listed = subprocess.run(['meson', 'introspect', '--buildoptions', build], stdout=subprocess.PIPE, check=True).stdout
    sanitizers = next(option['value'] for option in json.loads(listed) if option['name'] == 'b_sanitize')
    found = sorted(pathlib.Path('/usr/lib').glob('*/wlcs/wlcs' + ('.asan' if 'address' in sanitizers else '')))
    return found[0] if found else None


def expected():
    """[(pattern, whether it may pass too, reason)]"""
    known, reason = [], ''
    for line in (ROOT / 'tests/eye/conformance.txt').read_text().splitlines():
        if line.startswith(('- ', '~ ')):
            known.append((line[2:].strip(), line[0] == '~', reason))
        elif line.strip() and not line.startswith('#'):
            reason = line.strip()
    return known


def verdict(name, end, known):
    """passed, skipped or a text that says what is wrong."""
    may_pass, reason = next(((may, why) for pattern, may, why in known if fnmatch.fnmatchcase(name, pattern)), (False, None))
    if end == 'SKIP' or reason and (end == 'FAILED' or may_pass and end == 'OK'):
        return 'skipped'
    if end == 'OK' and not reason:
        return 'passed'
    return f'passes now, although the list says: {reason}' if end == 'OK' else {'DIED': 'ended the runner'}.get(end, 'fails')


def shard(program, module, index, filter_):
    with tempfile.TemporaryDirectory(prefix='muster-conform-') as folder:
        env = {**os.environ, 'TMPDIR': folder, 'GTEST_TOTAL_SHARDS': str(SHARDS), 'GTEST_SHARD_INDEX': str(index),
               'ASAN_OPTIONS': 'detect_leaks=0', 'UBSAN_OPTIONS': 'print_stacktrace=1:halt_on_error=1'}
        try:
            done = subprocess.run([program, module, f'--gtest_filter={filter_}'], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=SHARD_TIMEOUT_S)
            output = done.stdout.decode(errors='replace')
        except subprocess.TimeoutExpired as late:
            output = (late.stdout or b'').decode(errors='replace')
    ends = {name: end for end, name in ENDS.findall(output)}
    begun = re.findall(r'^\[ RUN +\] (\S+)', output, re.M)
    ends.update({name: 'DIED' for name in begun if name not in ends})
    return ends, output


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    program, module = runner(build), build / 'tests/eye/libeye-wlcs.so'
    if not program or not module.exists():
        print('conformance: skipped: wlcs is not installed\n0 passed, 0 failed, 1 skipped')
        return
    filter_ = sys.argv[2] if len(sys.argv) > 2 else '*'
    ends, outputs = {}, []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() + 1) as pool:
        for part, output in pool.map(lambda index: shard(program, module, index, filter_), range(SHARDS)):
            ends.update(part)
            outputs.append(output)
    known = expected()
    counts = collections.Counter()
    for name, end in sorted(ends.items()):
        what = verdict(name, end, known)
        counts[what if what in ('passed', 'skipped') else 'failed'] += 1
        if what not in ('passed', 'skipped'):
            print(f'{name}: {what}')
    for output in outputs:
        if 'ERROR: AddressSanitizer' in output or 'runtime error' in output:
            counts['failed'] += 1
            print(output[-6000:])
    print(f'{counts["passed"]} passed, {counts["failed"]} failed, {counts["skipped"]} skipped')
    sys.exit(1 if counts['failed'] or not counts['passed'] else 0)


main()

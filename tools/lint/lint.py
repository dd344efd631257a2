#!/usr/bin/env python3
"""All checks over the sources: lint.py BUILD [--all] [CHECK...]

BUILD is a configured and built folder (generated headers and compile commands). `--all` adds the slow ones. Each
breach is one line, file:line and what to do. The last line is "N passed, N failed" over the checks.
"""
import sys
import time

import cleanups
import crashes
import documents
import events
import format as formatting
import generated
import headers
import layers
import release
import sizes
import source
import state
import tidy
import unused
import web
import words

FAST = {'sizes': sizes, 'words': words, 'layers': layers, 'crashes': crashes, 'cleanups': cleanups, 'events': events,
        'headers': headers, 'format': formatting, 'web': web, 'generated': generated, 'state': state,
        'documents': documents, 'unused': unused}
SLOW = {'release': release, 'tidy': tidy}


def excused(check, finding, rows, used):
    key = (check, str(finding.path), finding.subject)
    if key in rows:
        used.add(key)
    return key in rows


def main():
    build, *names = sys.argv[1:]
    checks = {**FAST, **SLOW} if '--all' in names else dict(FAST)
    wanted = [name for name in names if name != '--all']
    if wanted:
        checks = {name: {**FAST, **SLOW}[name] for name in wanted}
    rows, broken = source.exceptions()
    used, failed = set(), 0
    for name, module in checks.items():
        start = time.monotonic()
        findings = [f for f in module.check(build) if not excused(name, f, rows, used)]
        findings += broken if name == 'words' else []
        for f in findings:
            print(f'{f.path}:{f.line}: [{name}] {f.text}')
        failed += bool(findings)
        print(f'lint {name}: {len(findings)} breaches, {time.monotonic() - start:.1f} s', flush=True)
    for check, path, subject in sorted(key for key in rows if key not in used and key[0] in checks):
        print(f'tools/lint/exceptions.txt:1: [{check}] {path} {subject} is no longer needed: remove the line')
        failed += 1
    print(f'{len(checks) - failed} passed, {failed} failed')
    sys.exit(1 if failed else 0)


main()

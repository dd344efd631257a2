#!/usr/bin/env python3
"""Runs every stage of the soak, whatever the result of the others: stages.py COMMAND... -- STAGE...

Each stage is the command followed by the stage's name, and ends with "N passed, N failed". A stage that ends in any other
way counts as one failure. The last line is the sum of all.
"""
import re
import subprocess
import sys

SUM = re.compile(r'^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$')


def run(argv):
    """(passed, failed, skipped) of one stage, whose output passes through."""
    last = ''
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors='replace') as stage:
        for line in stage.stdout:
            print(line, end='', flush=True)
            last = line.strip() or last
    found = SUM.match(last)
    passed, failed, skipped = (int(n or 0) for n in found.groups()) if found else (0, 0, 0)
    if (stage.returncode != 0 or passed == 0) and failed == 0:
        failed = 1
    return passed, failed, skipped


def main():
    split = sys.argv.index('--')
    command, stages = sys.argv[1:split], sys.argv[split + 1:]
    total = [0, 0, 0]
    lines = []
    for stage in stages:
        counts = run([*command, stage])
        total = [a + b for a, b in zip(total, counts)]
        lines.append(f'soak {stage}: {counts[0]} passed, {counts[1]} failed')
    print('\n'.join(lines))
    print(f'{total[0]} passed, {total[1]} failed' + (f', {total[2]} skipped' if total[2] else ''))
    sys.exit(1 if total[1] else 0)


main()

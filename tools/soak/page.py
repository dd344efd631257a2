#!/usr/bin/env python3
"""The page while much happens, for ten minutes each: page.py BUILD [MINUTES]

One agent writes 1,000 deltas a second on the page of that agent, then 50 write 20 each on the board, as in the cases page.busy
and page.board of bench/. What does not depend on the load of the machine must meet its aim: memory, replaced blocks, shifts,
drawings, nodes, and the longest task by its own time on a processor.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'bench'))
import report  # noqa: E402
import servers  # noqa: E402
from parts import page  # noqa: E402

PARTS = {'busy': page.busy, 'board': page.board}


def main(build, minutes='10'):
    bench = servers.Bench(pathlib.Path(build).resolve(), {}, False, float(minutes))
    figures = {}
    with servers.filled_home(bench) as home:
        for part, measure in PARTS.items():
            found = measure(bench, home, 'muster')
            figures |= {('muster', name): [(0, value)] for name, value in found.items()}
            end, growth = (found[f'{part}_{name}'] / 1e6 for name in ('held', 'heap'))
            early = min(1, bench.minutes / 2)
            print(f'{part}: {end - growth:.1f} MB in the heap after {early:g} min, {end:.1f} MB after {minutes}', flush=True)
    print(report.table(report.Results(figures)))
    held, missed = report.kept(figures)
    for figure in missed:
        print(f'missed its aim: {figure.name}')
    print(f'{len(held) - len(missed)} passed, {len(missed)} failed')
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python3
"""steps.py SOCKET [N [KEY...]]: N steps (100), each pressing or releasing one of the keys, and how fast that was."""
import itertools
import sys
import time

from muster.eye import Eye, EyeReset, key


def main():
    path, n, *keys = [*sys.argv[1:2], int(sys.argv[2]) if len(sys.argv) > 2 else 100, *sys.argv[3:]]
    orders = itertools.cycle([(name, is_pressed) for name in keys for is_pressed in (True, False)] or [None])
    brightness = stale = resets = 0
    with Eye(path, role='step', name='steps.py') as eye:
        print(f'{eye.width}×{eye.height}, {eye.mode}, clock: {eye.clock}')
        start = time.monotonic()
        for order in itertools.islice(orders, n):
            try:
                frame = eye.step([key(*order)] if order else [])
            except EyeReset as reset:
                resets += 1
                print(reset)
                continue
            stale += frame.is_stale
            brightness = frame.pixels[::8, ::8, :3].mean()
        seconds = time.monotonic() - start
    print(f'{n} steps, {n / seconds:.1f} a second, {stale} stale, {resets} resets, last brightness {brightness:.1f}')


main()

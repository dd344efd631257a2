"""The Synthetic Eye: how many frames come from a program that draws little to one who takes them, how soon, and what of a
processor the compositor uses for each; beside an X server, weston and cage. Then real drawing, and eight eyes at once."""
import contextlib
import functools
import subprocess

import eyes
from machine import cpu_seconds
from parts.case import Case

SIZES = {'720': (1280, 720), '1080': (1920, 1080), '2160': (3840, 2160)}
SECONDS, PACED_SECONDS, TOGETHER_SECONDS, EYES, WARM = 1.5, 3, 4, 8, 100


def figures(name, found):
    """Of one line of JSON; what the line does not have is left out."""
    made = {f'eye_{name}_fps': found['frames_per_s'], f'eye_{name}_cpu': found.get('cpu_per_frame')}
    for way, short in (('painted_to_mapped', 'way'), ('commit_to_mapped', 'commit')):
        for part in ('p50', 'p99'):
            if way in found:
                made[f'eye_{name}_{short}_{part}'] = found[way][part] / 1e3
    return {key: value for key, value in made.items() if value is not None}


def consume(bench, compositor, *words, seconds=SECONDS):
    return eyes.take(bench, 'eye-consumer', compositor.socket, '--pid', compositor.pid, '--seconds', seconds, *words)


def of_the_eye(bench, height):
    size, drawing = SIZES[height], eyes.drawing(bench, SIZES[height])
    with eyes.eye(bench, size, drawing, hz=0) as free:
        made = figures(height, consume(bench, free))
        copied = consume(bench, free, '--copy')
        made |= figures(f'{height}_copied', copied) | {f'eye_{height}_memcpy': 1e6 / copied['copy_alone']['p50']}
    with eyes.eye(bench, size, drawing, lockstep=True) as stepped:
        found = consume(bench, stepped, '--step')
        return made | figures(f'{height}_step', found) | {f'eye_{height}_step_p50': found['step']['p50'] / 1e3}


def of_xvfb(bench, height):
    size = SIZES[height]
    with eyes.xvfb(bench, size) as server:
        return figures(height, eyes.take(bench, 'eye-xshm', 'grab', '--width', size[0], '--height', size[1], '--seconds', SECONDS,
                                         '--pid', server.pid, env=server.env))


def of_wayland(make, bench, height):
    size = SIZES[height]
    with make(bench, size) as server:
        return figures(height, eyes.take(bench, 'eye-grab', '--width', size[0], '--height', size[1], '--seconds', PACED_SECONDS,
                                         '--pid', server.pid, env=server.env))


WAYS = {'muster': of_the_eye, 'xvfb': of_xvfb, 'weston': functools.partial(of_wayland, eyes.weston),
        'cage': functools.partial(of_wayland, eyes.cage)}


def one_size(height, bench, home, who):
    del home
    return WAYS[who](bench, height)


def game(bench, home, who):
    """Our own game, stepped, which SDL draws with OpenGL and Mesa without a GPU."""
    del home, who
    made = {}
    for name, size in (('game', (1280, 720)), ('small', (320, 240))):
        with eyes.eye(bench, size, [str(bench.build / 'tests/eye/catch')], env=['LP_NUM_THREADS=0'], lockstep=True) as stepped:
            made[f'eye_{name}_fps'] = consume(bench, stepped, '--step', '--unstamped')['frames_per_s']
    return made


def together(bench, home, who):
    """EYES eyes that step at the same time, each with a program and a consumer."""
    del home, who
    size = SIZES['720']
    with contextlib.ExitStack() as stack:
        all_eyes = [stack.enter_context(eyes.eye(bench, size, eyes.drawing(bench, size), lockstep=True)) for _ in range(EYES)]
        how = ['--step', '--warm', str(WARM), '--seconds', str(TOGETHER_SECONDS)]
        argv = [[str(bench.build / 'bench/eye-consumer'), e.socket, *how] for e in all_eyes]
        before = sum(cpu_seconds(e.pid) for e in all_eyes)
        takers = [subprocess.Popen(eyes.with_priority(bench, words), stdout=subprocess.PIPE, text=True) for words in argv]
        found = [eyes.line_of(taker) for taker in takers]
        used = sum(cpu_seconds(e.pid) for e in all_eyes) - before
    rates = [one['frames_per_s'] for one in found]
    return {'eye_eight_fps': sum(rates), 'eye_eight_slowest': 100 * min(rates) / max(rates),
            'eye_eight_p99': max(one['painted_to_mapped']['p99'] for one in found) / 1e3,
            'eye_eight_cpu': used * 1e6 / sum(one['frames'] + WARM for one in found)}


CASES = {height: Case(functools.partial(one_size, height),
                      ('muster', 'xvfb', 'weston', *(['cage'] if SIZES[height] == eyes.OUTPUT_OF_CAGE else [])))
         for height in SIZES}
CASES |= {'game': Case(game, ('muster',)), 'together': Case(together, ('muster',))}

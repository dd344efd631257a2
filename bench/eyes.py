"""A running muster-eye and the compositors beside it, each with a program that draws little, and what takes its frames."""
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time


START_S, END_S, TAKE_S = 20, 10, 60
NOBODY = 65534
OUTPUT_OF_CAGE = (1280, 720)  # it cannot be given another one


@dataclasses.dataclass(frozen=True)
class Compositor:
    pid: int
    env: dict  # of those who take its frames
    socket: str = ''  # of an eye


def with_priority(bench, argv):
    """No core of its own: program, compositor and consumer take turns, and there may be two cores."""
    argv = [str(word) for word in argv]
    return ['chrt', '-f', '1', *argv] if bench.is_realtime else argv


@contextlib.contextmanager
def running(bench, argv, env=None, **options):
    """A program with all that it starts, which goes with it."""
    process = subprocess.Popen(with_priority(bench, argv), env={**os.environ, **(env or {})}, stderr=subprocess.DEVNULL,
                               text=True, start_new_session=True, **options)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def drawing(bench, size, *words):
    return [str(bench.build / 'bench/eye-client'), '--width', str(size[0]), '--height', str(size[1]), *words]


def report(process, fits):
    """The next line of muster-eye that fits."""
    for line in process.stdout:
        found = json.loads(line)
        if fits(found):
            return found
    raise RuntimeError('muster-eye has ended')


@contextlib.contextmanager
def eye(bench, size, argv, env=(), **config):
    """muster-eye with that program in it, once it has drawn."""
    with tempfile.TemporaryDirectory(prefix='muster-bench-') as home:
        program = {'argv': argv, 'env': ['SDL_AUDIODRIVER=dummy', *env], 'route': 'wayland'}
        order = {'type': 'start', 'config': {'id': 'bench', 'width': size[0], 'height': size[1], 'program': program, **config}}
        with running(bench, [bench.build / 'bin/muster-eye'], {'HOME': home}, stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE) as process:
            process.stdin.write(json.dumps(order) + '\n')
            process.stdin.flush()
            hello = report(process, lambda line: line['type'] == 'hello')
            report(process, lambda line: line['type'] == 'status' and line['state'] != 'starting')
            yield Compositor(process.pid, {}, hello['socket'])
            process.stdin.write('{"type": "end"}\n')
            process.stdin.close()
            process.wait(END_S)


@contextlib.contextmanager
def xvfb(bench, size):
    """An X server with XShmPutImage into a window of its size."""
    argv = [bench.peers['xvfb'].program, '-displayfd', '1', '-screen', '0', f'{size[0]}x{size[1]}x24', '-nolisten', 'tcp', '-noreset']
    with running(bench, argv, stdout=subprocess.PIPE) as server:
        env = {'DISPLAY': f':{int(server.stdout.readline())}'}
        draw = [bench.build / 'bench/eye-xshm', 'draw', '--width', size[0], '--height', size[1]]
        with running(bench, draw, env):
            yield Compositor(server.pid, env)


def await_socket(folder):
    """The name of the Wayland socket that appears there."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        for path in folder.glob('wayland-*'):
            if not path.name.endswith('.lock'):
                return path.name
        time.sleep(0.02)
    raise RuntimeError('no Wayland socket appeared')


@contextlib.contextmanager
def runtime_folder():
    with tempfile.TemporaryDirectory(prefix='muster-bench-') as folder:
        os.chmod(folder, 0o700)
        yield pathlib.Path(folder)


@contextlib.contextmanager
def weston(bench, size):
    """Without what it draws over the program or fades: the stamp is read from the colours."""
    with runtime_folder() as folder:
        config = folder / 'weston.ini'
        config.write_text('[shell]\nstartup-animation=none\nanimation=none\npanel-position=none\n')
        argv = [bench.peers['weston'].program, '--backend=headless-backend.so', '--use-pixman', f'--config={config}', '--idle-time=0',
                '--debug', f'--width={size[0]}', f'--height={size[1]}', '--socket=wayland-bench']
        with running(bench, argv, {'XDG_RUNTIME_DIR': str(folder)}, stdout=subprocess.DEVNULL) as server:
            env = {'XDG_RUNTIME_DIR': str(folder), 'WAYLAND_DISPLAY': await_socket(folder)}
            with running(bench, drawing(bench, size), env):
                yield Compositor(server.pid, env)


@contextlib.contextmanager
def cage(bench, size):
    """It runs one program, which is ours, and refuses to run as root."""
    with runtime_folder() as folder:
        program = shutil.copy(bench.build / 'bench/eye-client', folder)
        env = {'XDG_RUNTIME_DIR': str(folder), 'WLR_BACKENDS': 'headless', 'WLR_RENDERER': 'pixman', 'WLR_LIBINPUT_NO_DEVICES': '1'}
        argv = [bench.peers['cage'].program, '--', program, *drawing(bench, size)[1:]]
        if os.getuid() == 0:
            shutil.chown(folder, NOBODY, NOBODY)
            argv = ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups', *argv]
        with running(bench, argv, env, stdout=subprocess.DEVNULL) as server:
            yield Compositor(server.pid, {'XDG_RUNTIME_DIR': str(folder), 'WAYLAND_DISPLAY': await_socket(folder)})


def line_of(taker):
    """What a program that takes frames has printed, once it has ended."""
    text, _ = taker.communicate(timeout=TAKE_S)
    if taker.returncode:
        raise RuntimeError(f'{taker.args} ended with {taker.returncode}')
    return json.loads(text)


def take(bench, program, *words, env=None):
    """One run of a program that takes frames; its line of JSON."""
    argv = with_priority(bench, [bench.build / 'bench' / program, *words])
    done = subprocess.run(argv, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=TAKE_S, check=False)
    if done.returncode:
        raise RuntimeError(f'{program}: {done.stderr.strip()}')
    return json.loads(done.stdout)


def version(program):
    """Of an installed peer, as its package says."""
    found = shutil.which('dpkg-query') and subprocess.run(['dpkg-query', '-W', '-f', '${Version}', program], capture_output=True,
                                                          text=True, check=False).stdout
    return re.sub(r'^\d+:|[-+].*', '', found or '') or '?'

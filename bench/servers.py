"""The servers that are measured, each as a context manager, and the clients that measure them."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
SERVER_CORE, CLIENT_CORE = '0', '1'
START_S, STOP_S, CLIENT_S = 30, 30, 120
TOPIC, EVENTS, EVENT_BYTES = 'agent/ag_00000000000000000000000000', 100_000, 300


class Bench:
    """Where the programs are and how they are started; the peers, and the file with their answer."""

    def __init__(self, build, peers, is_realtime, minutes=1):
        self.build, self.is_realtime, self.minutes = build, is_realtime, minutes
        self.muster = build / 'bin/muster'
        self.peers, self.answer = peers, None

    def on_core(self, core, argv):
        argv = [str(word) for word in argv]
        if (os.cpu_count() or 1) > 1 and shutil.which('taskset'):
            argv = ['taskset', '-c', core, *argv]
        return ['chrt', '-f', '1', *argv] if self.is_realtime else argv

    def client(self, server, *words, **options):
        """One run of load.c; its line of JSON."""
        flags = {'port': server.port, 'pid': server.pid, **server.client_flags, **options}
        argv = [self.build / 'bench/net-load', *words]
        for name, value in flags.items():
            argv += [f'--{name.replace("_", "-")}', value]
        done = subprocess.run(self.on_core(CLIENT_CORE, argv), stdout=subprocess.PIPE, text=True, check=True,
                              timeout=CLIENT_S)
        result = json.loads(done.stdout)
        if result.get('missing'):
            raise RuntimeError(f'{result["missing"]} deliveries did not arrive: {argv}')
        return result


class Server:
    def __init__(self, process, port, client_flags=None):
        self.process, self.port, self.pid = process, port, process.pid
        self.client_flags = client_flags or {}


@contextlib.contextmanager
def ended(process):
    try:
        yield process
    finally:
        process.terminate()
        process.wait(STOP_S)


@contextlib.contextmanager
def listening(bench, argv, **client_flags):
    """A server that prints "listening PORT"."""
    process = subprocess.Popen(bench.on_core(SERVER_CORE, argv), stdout=subprocess.PIPE, text=True)
    with ended(process):
        words = process.stdout.readline().split()
        if words[:1] != ['listening']:
            raise RuntimeError(f'{argv[0]} did not start')
        yield Server(process, int(words[1]), client_flags)


def echo(bench):
    """Only the HTTP and WebSocket layers of Muster."""
    return listening(bench, [bench.build / 'src/net/net-echo'])


@contextlib.contextmanager
def live(bench):
    """Store, hub and live socket of Muster, with an external publisher (live.c)."""
    subscribe = json.dumps({'type': 'subscribe', 'topic': TOPIC})
    with tempfile.TemporaryDirectory(prefix='muster-bench-') as folder:
        with listening(bench, [bench.build / 'bench/bench-live', folder], protocol='muster.v1', subscribe=subscribe,
                       publish_path='/publish') as server:
            yield server


class Daemon(Server):
    def __init__(self, process, port, home):
        token = (home / 'token').read_text().strip()
        super().__init__(process, port, {'token': token, 'protocol': 'muster.v1'})
        self.home = home
        self.head = {'Authorization': f'Bearer {token}', 'Content-Type': 'application/json'}

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f'http://127.0.0.1:{self.port}/api{path}', data, self.head, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f'{method} {path}: {error.read().decode()}') from error
        except OSError as error:
            raise RuntimeError(f'{method} {path}: {error}; exit of the daemon: {self.process.poll()}') from error
        return json.loads(text) if text else None

    def wait_for(self, what, is_so, seconds=START_S):
        end = time.monotonic() + seconds
        while not (value := is_so()):
            if time.monotonic() > end:
                raise RuntimeError(f'{what} did not happen within {seconds} s')
            time.sleep(0.05)
        return value


def daemon_argv(bench, home, port=0):
    return bench.on_core(SERVER_CORE, [bench.muster, 'serve', '--home', home, '--port', port, '--log', 'error'])


# A measurement makes more calls in a second than any client should.
RATE_LIMITS = ('rate.writes', 'rate.requests')


@contextlib.contextmanager
def daemon(bench, home, env=None):
    """The daemon on a home; ready when it prints its address."""
    process = subprocess.Popen(daemon_argv(bench, home), stdout=subprocess.PIPE, text=True,
                               env={**os.environ, **(env or {})})
    with ended(process):
        line = process.stdout.readline()
        if 'http://' not in line:
            raise RuntimeError(f'the daemon did not start: {line}')
        begun = Daemon(process, int(line.split('http://')[1].split('/')[0].rsplit(':', 1)[1]), home)
        for limit in RATE_LIMITS:
            begun.ask('PUT', f'/settings/{limit}', {'value': '0'})
        yield begun


@contextlib.contextmanager
def filled_home(bench):
    """A home whose store the daemon migrated and which contains EVENTS events."""
    with tempfile.TemporaryDirectory(prefix='muster-bench-') as folder:
        home = pathlib.Path(folder) / 'home'
        with daemon(bench, home):
            pass
        subprocess.run([bench.build / 'bench/bench-fill', home, str(EVENTS), str(EVENT_BYTES)], check=True)
        yield home

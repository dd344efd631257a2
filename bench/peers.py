"""The peers: what each is, and how it is started with the daemon's answer as its own."""
import contextlib
import dataclasses
import json
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import urllib.request

import eyes
import servers

HERE = pathlib.Path(__file__).resolve().parent / 'peers'
ANSWER_PATH = '/api/health/live'
# Headers that every server generates itself.
NOT_SENT = ('date', 'content-length', 'connection')
BYTES = 1024
NGINX_READY_S = 10
# Those of the eye: installed packages, which eyes.py starts; their names are the packages'.
COMPOSITORS = ('xvfb', 'weston', 'cage')


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    program: pathlib.Path
    begin: tuple = ()  # words before the program
    has_sockets: bool = True
    has_replay: bool = False
    warm: int = 3000  # answers before a measurement

    def argv(self, answer, port=0):
        return [*self.begin, self.program, answer, port]


def made_in(folder):
    """{name: Peer} of those that `./dev bench` could make, in the order of the report."""
    known = [
        *(Peer(name, folder / name, has_sockets=False) for name in COMPOSITORS),
        Peer('nginx', folder / 'nginx', has_sockets=False),
        Peer('rust', folder / 'rust'),
        Peer('go', folder / 'go'),
        # Node takes longer to warm up.
        Peer('node', folder / 'node', begin=('node',), has_replay=True, warm=30_000),
    ]
    return {peer.name: peer for peer in known if peer.program.exists()}


def capture(daemon, path):
    """Writes the daemon's answer at ANSWER_PATH: the peers send the same headers and members."""
    with urllib.request.urlopen(f'http://127.0.0.1:{daemon.port}{ANSWER_PATH}') as answer:
        headers = [pair for pair in answer.getheaders() if pair[0].lower() not in NOT_SENT]
        path.write_text(json.dumps({'headers': headers, 'body': json.load(answer)}))


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def nginx_configuration(answer, folder, port):
    """The template with its values. nginx does not encode JSON: its body is text, with the time of each request."""
    captured = json.loads(answer.read_text())
    body = json.dumps({**captured['body'], 'timestamp': '$time_iso8601'}, separators=(',', ':'))
    sent = [f'add_header {name} "{value}";' for name, value in captured['headers'] if name.lower() != 'content-type']
    words = {'FOLDER': folder, 'PORT': port, 'BODY': body, 'BYTES': 'x' * BYTES, 'HEADERS': '\n'.join(sent)}
    return re.sub(r'@([A-Z]+)@', lambda found: str(words.get(found[1], found[0])),
                  (HERE / 'nginx/nginx.conf.in').read_text())


def await_port(port):
    end = time.monotonic() + NGINX_READY_S
    while True:
        try:
            socket.create_connection(('127.0.0.1', port)).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise RuntimeError('nginx did not start') from None
            time.sleep(0.01)


@contextlib.contextmanager
def nginx(bench, peer):
    with tempfile.TemporaryDirectory(prefix='muster-bench-') as folder:
        port, file = free_port(), pathlib.Path(folder) / 'nginx.conf'
        file.write_text(nginx_configuration(bench.answer, folder, port))
        argv = [peer.program.resolve(), '-p', folder, '-c', file, '-e', f'{folder}/error.log']
        process = subprocess.Popen(bench.on_core(servers.SERVER_CORE, argv))
        with servers.ended(process):
            await_port(port)
            yield servers.Server(process, port)


def started(bench, peer):
    """The peer as a server, listening."""
    return nginx(bench, peer) if peer.name == 'nginx' else servers.listening(bench, peer.argv(bench.answer))


def output_of(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def locked(file, pattern):
    found = re.search(pattern, (HERE / file).read_text(), re.M)
    return found[1] if found else '?'


def description(peer):
    """The program measured under that name, with its versions."""
    if peer.name in COMPOSITORS:
        return f'{peer.name} {eyes.version(peer.name)}'
    if peer.name == 'nginx':
        return f'nginx {output_of(peer.program.resolve(), "-v").rpartition("/")[2]}'
    if peer.name == 'rust':
        crates = (f'^{name} = .*"=([0-9.]+)"' for name in ('hyper', 'tokio-tungstenite'))
        hyper, tungstenite = (locked('rust/Cargo.toml', crate) for crate in crates)
        return f'hyper {hyper} with tokio-tungstenite {tungstenite}'
    if peer.name == 'go':
        version = output_of('go', 'version', peer.program.resolve()).split()
        return f'net/http of {version[-1]} with gorilla/websocket {locked("go/go.mod", "gorilla/websocket v(.*)")}'
    modules = ('"{}": "(.*)"'.format(name) for name in ('fastify', 'ws'))
    fastify, ws = (locked('node/package.json', module) for module in modules)
    return f'Fastify {fastify} and ws {ws} on Node {output_of("node", "--version")}'

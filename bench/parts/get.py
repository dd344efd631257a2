"""Server CPU of a small GET, alone and beside idle sockets, and what an idle socket costs."""
import peers
import servers
from parts.case import GET_PEERS, SOCKET_PEERS, Case

IDLE = 10_000
ON_WORKER, ON_BYTES = '/api/workspaces', '/bytes'
WARM = 3000  # answers before the measurement


def run(bench, home, who, path, idle=0):
    """One run of load.c against the server of that name, begun for it."""
    if who == 'muster':
        server, warm = servers.daemon(bench, home), WARM
    elif who == 'echo':
        server, warm = servers.echo(bench), WARM
    else:
        server, warm = peers.started(bench, bench.peers[who]), bench.peers[who].warm
    with server as begun:
        return bench.client(begun, 'get', path=path, warm=warm, idle=idle)


def on_loop(bench, home, who):
    return {'loop_us': run(bench, home, who, peers.ANSWER_PATH)['cpu_us']}


def on_worker(bench, home, who):
    return {'worker_us': run(bench, home, who, ON_WORKER)['cpu_us']}


def beside_idle(bench, home, who):
    result = run(bench, home, who, peers.ANSWER_PATH, IDLE)
    return {'loop_idle_us': result['cpu_us'], 'idle_bytes': result['idle_bytes']}


def network(bench, home, who):
    return {'bytes_us': run(bench, home, who, ON_BYTES)['cpu_us']}


CASES = {
    'loop': Case(on_loop, ('muster', *GET_PEERS)),
    'worker': Case(on_worker, ('muster',)),
    'idle': Case(beside_idle, ('muster', *SOCKET_PEERS)),
    'network': Case(network, ('echo', *GET_PEERS)),
}

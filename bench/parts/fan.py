"""Fan-out of events: the whole way (commit, hub, live socket), the network alone, and the peers."""
import functools

import peers
import servers
from parts.case import SOCKET_PEERS, Case

CLIENTS, FEW, BYTES = 1000, 5, 200
LOOK = {'clients': 1, 'rate': 100, 'seconds': 0.5}


@functools.cache
def event_bytes(bench):
    """What an event of BYTES weighs in the daemon's envelope: the others send frames of this size."""
    with servers.live(bench) as server:
        return round(bench.client(server, 'fan', payload=BYTES, **LOOK)['frame_bytes'])


def server_of(bench, who):
    if who == 'muster':
        return servers.live(bench)
    return servers.echo(bench) if who == 'echo' else peers.started(bench, bench.peers[who])


def measure(options, figures, bench, home, who):
    """A fresh server for each run, so that none pays for another. figures is {figure: key of load.c's line}."""
    del home
    size = BYTES if who == 'muster' else event_bytes(bench)
    with server_of(bench, who) as server:
        result = bench.client(server, 'fan', payload=size, **options)
    return {figure: result[key] for figure, key in figures.items()}


def case(options, figures, who):
    return Case(functools.partial(measure, options, figures), who)


ALL, WITH_STORE = ('muster', 'echo', *SOCKET_PEERS), ('muster', *SOCKET_PEERS)
CASES = {
    'single': case({'clients': CLIENTS}, {'single': 'per_cpu_second'}, ALL),
    'burst': case({'clients': CLIENTS, 'in_flight': 8}, {'burst': 'per_cpu_second'}, ALL),
    'latency': case({'clients': CLIENTS, 'rate': 50}, {'p50_ms': 'p50_ms', 'p99_ms': 'p99_ms'}, WITH_STORE),
    'few': case({'clients': FEW, 'rate': 100}, {'few_p50_ms': 'p50_ms', 'few_p99_ms': 'p99_ms'}, WITH_STORE),
}

"""Fan-out of events of 200 bytes: the whole way (commit, hub, live socket), the network alone, and the peer."""
import servers

CLIENTS, BYTES = 1000, 200
# Each run of the client: its options, and {its key: figure}.
THROUGHPUT = [
    ({'clients': CLIENTS}, {'per_cpu_second': 'single'}),
    ({'clients': CLIENTS, 'in_flight': 8}, {'per_cpu_second': 'burst'}),
]
LATENCY = [
    ({'clients': CLIENTS, 'rate': 50}, {'p50_ms': 'p50_ms', 'p99_ms': 'p99_ms'}),
    ({'clients': 5, 'rate': 100}, {'p50_ms': 'few_p50_ms', 'p99_ms': 'few_p99_ms'}),
]


def measure(bench, home):
    """{who: {figure: value}} of one round; a fresh server for each run, so that none pays for another."""
    del home
    kinds = {'muster': (servers.live, THROUGHPUT + LATENCY), 'echo': (servers.echo, THROUGHPUT)}
    if bench.has_peer():
        kinds['peer'] = servers.peer, THROUGHPUT + LATENCY
    found = {}
    for who, (kind, runs) in kinds.items():
        found[who] = {}
        for options, figures in runs:
            with kind(bench) as server:
                result = bench.client(server, 'fan', payload=BYTES, **options)
            found[who] |= {figure: result[key] for key, figure in figures.items()}
    return found

"""A new client takes a whole stream of 100,000 events. The peer sends as many from memory: it has no store."""
import json

import servers


def measure(bench, home):
    """{who: {figure: value}} of one round."""
    everything = json.dumps({'type': 'subscribe', 'topic': servers.TOPIC, 'generation': 1, 'after': 0})
    kinds = {'muster': lambda: servers.daemon(bench, home)}
    if bench.has_peer():
        kinds['peer'] = lambda: servers.peer(bench)
    found = {}
    for who, kind in kinds.items():
        with kind() as server:
            result = bench.client(server, 'replay', subscribe=everything)
        if result['events'] < servers.EVENTS:
            raise RuntimeError(f'{who} replayed only {result["events"]} events')
        found[who] = {'seconds': result['seconds'], 'per_second': result['per_second'],
                      'cpu_seconds': result['cpu_seconds']}
    return found

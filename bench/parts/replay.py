"""A new client takes a whole stream of 100,000 events. The peer sends as many from memory: it has no store."""
import json

import peers
import servers
from parts.case import REPLAY_PEERS, Case


def measure(bench, home, who):
    """{figure: value} of one round."""
    everything = json.dumps({'type': 'subscribe', 'topic': servers.TOPIC, 'generation': 1, 'after': 0})
    with servers.daemon(bench, home) if who == 'muster' else peers.started(bench, bench.peers[who]) as server:
        result = bench.client(server, 'replay', subscribe=everything)
    if result['events'] < servers.EVENTS:
        raise RuntimeError(f'{who} replayed only {result["events"]} events')
    return {key: result[key] for key in ('seconds', 'per_second', 'cpu_seconds')}


CASES = {'replay': Case(measure, ('muster', *REPLAY_PEERS))}

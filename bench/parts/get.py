"""Server CPU of a small GET, alone and beside idle sockets, and what an idle socket costs."""
import servers

IDLE = 10_000
ON_LOOP, ON_WORKER = '/api/health/live', '/api/workspaces'
WARM = 3000  # answers before the measurement; Node compiles for longer, and has the default


def measure(bench, home):
    """{who: {figure: value}} of one round."""
    found = {'muster': {}, 'echo': {}, 'peer': {}}
    with servers.daemon(bench, home) as server:
        found['muster']['loop_us'] = bench.client(server, 'get', path=ON_LOOP, warm=WARM)['cpu_us']
        found['muster']['worker_us'] = bench.client(server, 'get', path=ON_WORKER, warm=WARM)['cpu_us']
    with servers.daemon(bench, home) as server:
        idle = bench.client(server, 'get', path=ON_LOOP, idle=IDLE, warm=WARM)
        found['muster'] |= {'loop_idle_us': idle['cpu_us'], 'idle_bytes': idle['idle_bytes']}
    with servers.echo(bench) as server:
        found['echo']['loop_us'] = bench.client(server, 'get', path='/bytes', warm=WARM)['cpu_us']
    if bench.has_peer():
        with servers.peer(bench) as server:
            found['peer']['loop_us'] = found['peer']['worker_us'] = bench.client(server, 'get', path='/bytes')['cpu_us']
        with servers.peer(bench) as server:
            idle = bench.client(server, 'get', path='/bytes', idle=IDLE)
            found['peer'] |= {'loop_idle_us': idle['cpu_us'], 'idle_bytes': idle['idle_bytes']}
    return found

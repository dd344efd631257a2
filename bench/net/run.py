#!/usr/bin/env python3
"""The network figures beside their peer: run.py BUILD [options]

Starts BUILD/src/net/net-echo and the peer (Fastify and ws on Node, bench/peer) and measures both in turn, round by round,
with the client of load.c; the medians stand in one table. --attach PORT:PID measures a server that already runs, as
the daemon, in place of net-echo. Servers have one core and the client another where the machine has two.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PEER = HERE.parent / 'peer'
SERVER_CORE, CLIENT_CORE = '0', '1'

GET, IDLE, SINGLE, BURST, RATE = range(5)
# Each run of the client: its arguments.
RUNS = {
    GET: lambda o: ['get'],
    IDLE: lambda o: ['get', '--idle', str(o.idle)],
    SINGLE: lambda o: ['fan', '--clients', str(o.clients)],
    BURST: lambda o: ['fan', '--clients', str(o.clients), '--in-flight', '8'],
    RATE: lambda o: ['fan', '--clients', str(o.clients), '--rate', '50'],
}
# What is read from it: (run, what, key, unit, does more mean better, aim).
FIGURES = [
    (GET, 'GET of 1 KB: server CPU', 'cpu_us', 'us', False, '<= 9'),
    (IDLE, 'the same with {idle} idle sockets', 'cpu_us', 'us', False, '<= 1.3 times'),
    (IDLE, 'memory of an idle socket', 'idle_bytes', 'B', False, '<= 2048'),
    (SINGLE, 'fan-out to {clients}, one event at a time', 'per_cpu_second', '/CPU s', True, '>= 180000'),
    (BURST, 'fan-out to {clients}, 8 under way', 'per_cpu_second', '/CPU s', True, '>= 800000'),
    (RATE, '50 events/s to {clients}: p50', 'p50_ms', 'ms', False, ''),
    (RATE, '50 events/s to {clients}: p99', 'p99_ms', 'ms', False, '<= 10'),
]
PASSED_ON = ['host', 'path', 'ws_path', 'token', 'protocol', 'subscribe', 'publish', 'seconds']


def on_core(core, argv, realtime):
    if (os.cpu_count() or 1) > 1 and shutil.which('taskset'):
        argv = ['taskset', '-c', core, *argv]
    return ['chrt', '-f', '1', *argv] if realtime else argv


@contextlib.contextmanager
def started(argv, realtime):
    """(port, pid) of a server that prints "listening PORT"; it is ended with the block."""
    process = subprocess.Popen(on_core(SERVER_CORE, argv, realtime), stdout=subprocess.PIPE, text=True)
    try:
        words = process.stdout.readline().split()
        if words[:1] != ['listening']:
            sys.exit(f'{argv[0]} did not start')
        yield int(words[1]), process.pid
    finally:
        process.terminate()
        process.wait()


def measure(client, server, argv, options):
    passed = [text for name in PASSED_ON if (value := getattr(options, name)) is not None
              for text in (f'--{name.replace("_", "-")}', str(value))]
    argv = [client, *argv, '--port', str(server[0]), '--pid', str(server[1]), *passed]
    done = subprocess.run(on_core(CLIENT_CORE, argv, options.realtime), stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(done.stdout)
    if result.get('missing'):
        print(f'{result["missing"]} deliveries did not arrive within 30 s: {" ".join(argv[1:])}')
    return result


def one_round(client, argv, options, wanted):
    """The figures of one server in one round: {run: result}."""
    if isinstance(argv, tuple):
        return {run: measure(client, argv, RUNS[run](options), options) for run in wanted}
    results = {}
    for run in wanted:  # a fresh server for each, so that none pays for what another left behind
        with started(argv, options.realtime) as server:
            results[run] = measure(client, server, RUNS[run](options), options)
    return results


def median(rounds, run, key):
    return statistics.median(results[run][key] for results in rounds)


def show(value):
    return f'{value:,.0f}' if value >= 100 else f'{value:.2f}'


def print_table(measured, options, wanted):
    names = list(measured)
    widths = [44, *([16] * len(names)), 10]
    ratio = ['better'] if len(names) == 2 else []
    row = lambda cells: print('  '.join(cell.ljust(w) if i == 0 else cell.rjust(w)
                                        for i, (cell, w) in enumerate(zip(cells, widths + [14]))))
    row(['', *names, *ratio, 'aim'])
    for run, what, key, unit, more_is_better, aim in FIGURES:
        if run not in wanted:
            continue
        values = [median(rounds, run, key) for rounds in measured.values()]
        cells = [f'{show(value)} {unit}' for value in values]
        if ratio:
            better = values[0] / values[1] if more_is_better else values[1] / max(values[0], 1e-9)
            cells.append(f'{better:.1f} x')
        row([what.format(idle=f'{options.idle:,}', clients=f'{options.clients:,}'), *cells, aim])


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--clients', type=int, default=1000)
    parser.add_argument('--idle', type=int, default=10000)
    parser.add_argument('--realtime', action='store_true', help='real-time priority, so that other jobs do not show (root)')
    parser.add_argument('--attach', metavar='PORT:PID', help='a server that runs, instead of net-echo')
    parser.add_argument('--no-peer', action='store_true')
    for name in PASSED_ON:
        parser.add_argument(f'--{name.replace("_", "-")}', help='given to the client, see load.c')
    return parser.parse_args()


def servers(options):
    """{name: a command to start, or (port, pid)}."""
    ours = tuple(map(int, options.attach.split(':'))) if options.attach else [str(options.build / 'src/net/net-echo')]
    found = {'muster': ours}
    if options.no_peer:
        return found
    if (PEER / 'node_modules/fastify').exists() and shutil.which('node'):
        found['node'] = ['node', str(PEER / 'server.mjs')]
    else:
        print('no peer: bench/peer/node_modules is missing (npm ci there)')
    return found


def main():
    options = parse()
    client = str(options.build / 'net-load')
    subprocess.run(['cc', '-O2', '-std=gnu17', '-D_GNU_SOURCE', '-o', client, str(HERE / 'load.c')], check=True)
    publishes = not options.attach or options.publish is not None
    wanted = [run for run in RUNS if publishes or run in (GET, IDLE)]
    found = servers(options)
    measured = {name: [] for name in found}
    for _ in range(options.rounds):
        for name, argv in found.items():
            measured[name].append(one_round(client, argv, options, wanted))
    print_table(measured, options, wanted)


if __name__ == '__main__':
    main()

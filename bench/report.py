"""The figures with their aims (the project's budgets), and the table that is made of what was measured."""
import dataclasses
import datetime
import pathlib

from machine import description

LATEST = pathlib.Path(__file__).resolve().parent / 'results/latest.md'
KIB, MB = 1024, 1e6
UNITS = {'MB': MB, 'KiB': KIB}


@dataclasses.dataclass
class Run:
    began: datetime.datetime
    load_before: float
    load_after: float
    rounds: int
    is_realtime: bool


@dataclasses.dataclass
class Figure:
    text: str
    aim: str
    name: str
    unit: str
    who: str = 'muster'
    peer: str = 'peer'
    more_is_better: bool = False


def more(*args, **named):
    return Figure(*args, more_is_better=True, **named)


FIGURES = [
    Figure('start to first answered request, 100,000 events stored', '≤ 50', 'start_ms', 'ms'),
    Figure('the same: CPU until then', '', 'start_cpu_ms', 'ms'),
    Figure('idle daemon: resident', '≤ 25', 'rss', 'MB'),
    Figure('idle daemon: private', '', 'private', 'MB'),
    Figure('memory of an idle WebSocket client', '≤ 2', 'idle_bytes', 'KiB'),
    Figure('memory of a running agent: daemon (20 terminals)', '', 'agent_daemon', 'KiB'),
    Figure('memory of a running agent: its hold (20 terminals)', '< 1024', 'agent_hold', 'KiB'),
    Figure('memory of a running agent: daemon (4 real CLIs)', '', 'cli_daemon', 'KiB'),
    Figure('memory of a running agent: its hold (4 real CLIs)', '< 1024', 'cli_hold', 'KiB'),
    Figure('CPU of a GET of 1 KB, ON_LOOP', '≤ 9', 'loop_us', 'µs'),
    Figure('the same beside 10,000 idle sockets', '≤ 1.3 times', 'loop_idle_us', 'µs'),
    Figure('CPU of a GET of 1 KB, ON_WORKER', '≤ 40', 'worker_us', 'µs'),
    Figure('CPU of a GET of 1 KB, network layer alone', '', 'loop_us', 'µs', who='echo'),
    more('fan-out to 1,000, one at a time: deliveries per CPU s', '≥ 180,000', 'single', ''),
    more('the same, network layer alone', '≥ 180,000', 'single', '', who='echo'),
    more('fan-out to 1,000, 8 under way: deliveries per CPU s', '≥ 800,000', 'burst', ''),
    more('the same, network layer alone', '≥ 800,000', 'burst', '', who='echo'),
    Figure('50 events/s to 1,000 clients, commit included: p50', '', 'p50_ms', 'ms'),
    Figure('50 events/s to 1,000 clients, commit included: p99', '≤ 10', 'p99_ms', 'ms'),
    Figure('100 events/s to 5 clients, commit included: p50', '', 'few_p50_ms', 'ms'),
    Figure('100 events/s to 5 clients, commit included: p99', '≤ 2', 'few_p99_ms', 'ms'),
    Figure('an agent prints 50 lines/s, 1,000 clients: p50', '', 'agent_p50_ms', 'ms'),
    Figure('an agent prints 50 lines/s, 1,000 clients: p99', '', 'agent_p99_ms', 'ms'),
    more('durable events into the store, per s', '≥ 100,000', 'durable', '', peer='sqlite'),
    Figure('replay of 100,000 events to a new client', '', 'seconds', 's'),
    Figure('the same: CPU of the server', '', 'cpu_seconds', 's'),
    more('the same: events per s', '', 'per_second', ''),
]


def show(value, unit):
    if value is None:
        return 'not measured'
    value /= UNITS.get(unit, 1)
    return f'{value:,.0f}' if value >= 1000 else f'{value:.2f}' if value < 10 else f'{value:.1f}'


def row(figure, medians):
    ours, peers = medians.get((figure.who, figure.name)), medians.get((figure.peer, figure.name))
    better = ''
    if ours and peers:
        better = f'{ours / peers if figure.more_is_better else peers / ours:.1f} ×'
    unit = f', {figure.unit}' if figure.unit else ''
    peer = '' if peers is None else show(peers, figure.unit)
    return [figure.text + unit, figure.aim, show(ours, figure.unit), peer, better]


def table(medians):
    rows = [['figure', 'aim', 'measured', 'peer', 'better by']]
    rows += [row(figure, medians) for figure in FIGURES if (figure.who, figure.name) in medians]
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    lines = ['| ' + ' | '.join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(r, widths))) + ' |'
             for r in rows]
    rule = '|' + '|'.join('-' * (w + 1) + ('-' if i == 0 else ':') for i, w in enumerate(widths)) + '|'
    return '\n'.join([lines[0], rule, *lines[1:]])


def save(text, run):
    priority = ' with real-time priority' if run.is_realtime else ''
    LATEST.parent.mkdir(exist_ok=True)
    LATEST.write_text(f'''# The latest figures

Written by `./dev bench --save` on {run.began:%Y-%m-%d}: medians of {run.rounds} rounds{priority}, on
{description()}.
Load average {run.load_before:.1f} before and {run.load_after:.1f} after: where it is above the number of CPUs, other
work ran beside, and latencies and wall times are worse than on a quiet machine; CPU times are much less so.
Peer: Fastify and ws on Node, which stores nothing; for durable events bare SQLite inserts of the same rows.

{text}
''')

"""The figures with their aims (the project's budgets), and the page made from the measurements."""
import dataclasses
import datetime
import os
import pathlib
import re
import statistics

from machine import description

HERE = pathlib.Path(__file__).resolve().parent
LATEST, NOTES = HERE / 'results/latest.md', HERE / 'notes.md'
KIB, MB = 1024, 1e6
UNITS = {'MB': MB, 'KiB': KIB}
COLUMNS = {'nginx': 'nginx', 'rust': 'Rust', 'go': 'Go', 'node': 'Node', 'xvfb': 'Xvfb', 'weston': 'weston', 'cage': 'cage'}
AIM_OF = {None: '', 'best': ' × best peer', 'loop_us': ' × ON_LOOP', 'xvfb': ' × Xvfb'}
SEVERAL = ('Xvfb', 'weston', 'cage')  # so different from each other that the best alone says little
HEADINGS = [*COLUMNS.values(), 'SQLite', 'git', 'pty', 'plain page']


class Run:
    def __init__(self, began, load, rounds, is_realtime, peers):
        self.began, self.load_before, self.rounds = began, load, rounds
        self.is_realtime, self.peers = is_realtime, peers
        self.load_after, self.minutes = None, None

    def end(self, load):
        self.load_after, self.minutes = load, (datetime.datetime.now() - self.began).total_seconds() / 60


@dataclasses.dataclass(frozen=True)
class Aim:
    """At most the limit, or at least if more is better; of is None (in the figure's unit), 'best' (times the best
    peer's), a peer's name (times that peer's) or the name of another figure of Muster's (times that)."""
    limit: float
    of: str | None = None


@dataclasses.dataclass(frozen=True)
class Figure:
    text: str
    name: str
    unit: str = ''
    aim: Aim | None = None
    who: str = 'muster'
    peers: str | None = None  # the peers' figure that this one is compared with; None = of the same name
    beside: tuple[str, str] | None = None  # (heading, figure) of the peer that was measured together with ours
    more_is_better: bool = False
    most: float | None = None  # more than this, as the aim counts, fails the run; wall times may grow with the load
    least: float | None = None  # less than this fails it; frames a second may fall with the load


def more(*args, **named):
    return Figure(*args, more_is_better=True, **named)


def while_busy(part, about, events, plain=False):
    """What the page keeps to while `about` brings it so many events a second; in `busy` a plain page follows the same."""
    def beside(name):
        return ('plain page', f'{part}_{name}') if plain else None

    return [
        Figure(f'{about}: heap after collection, growth since minute 1', f'{part}_heap', 'MB', Aim(10), most=15),
        Figure('the same: finished blocks of Markdown that were replaced', f'{part}_replaced', aim=Aim(0), most=0),
        Figure('the same: layout shift per minute', f'{part}_shift', aim=Aim(0), most=0.01),
        Figure('the same: React commits per s', f'{part}_commits', aim=Aim(12), most=13),
        Figure('the same: most nodes of the document', f'{part}_nodes', aim=Aim(3000), most=3000),
        Figure('the same: longest task by its time on a processor', f'{part}_longest', 'ms of CPU', Aim(50), most=100),
        Figure('the same: tasks over 50 ms of wall time, beyond those of an idle page', f'{part}_long', aim=Aim(0), beside=beside('plainLong')),
        Figure('the same: processor time of the main thread', f'{part}_work', '%', beside=beside('plain')),
        more('the same: events that came to it per s', f'{part}_frames', aim=Aim(0.9 * events), least=0.5 * events),
    ]


def of_size(height, name, fps, times_xvfb, copied, least):
    """The eye at one size; `least` of frames a second and of the ratios fails the run."""
    part, (floor, floor_ratio, floor_copied) = f'eye_{height}', least
    return [
        more(f'{name}: frames that come, as fast as they are drawn', f'{part}_fps', '/s', Aim(fps), least=floor),
        more('the same, against Xvfb', f'{part}_fps', aim=Aim(times_xvfb, 'xvfb'), least=floor_ratio),
        more('the same, when who takes them copies each', f'{part}_copied_fps', '/s', Aim(copied, 'xvfb'), peers=f'{part}_fps', least=floor_copied),
        more('the same: copies of one and the same frame', f'{part}_memcpy', '/s'),
        more('the same, in lockstep: steps', f'{part}_step_fps', '/s', Aim(min(fps, 8000)), least=2000),
        Figure(f'{name}: CPU of the compositor for a frame', f'{part}_cpu', 'µs', Aim(60), most=100),
        Figure('the same, in lockstep', f'{part}_step_cpu', 'µs', Aim(60), most=100, peers=f'{part}_cpu'),
        Figure(f'{name}: from painting a frame to who takes it, p50', f'{part}_way_p50', 'ms'),
        Figure('the same: p99', f'{part}_way_p99', 'ms'),
        Figure('the same, in lockstep: p50', f'{part}_step_way_p50', 'ms', peers=f'{part}_way_p50'),
        Figure('the same, in lockstep: p99', f'{part}_step_way_p99', 'ms', peers=f'{part}_way_p99'),
        Figure('the same, in lockstep: from the step to its frame, p50', f'{part}_step_p50', 'ms'),
        Figure(f'{name}: from the commit to who takes it, p99', f'{part}_commit_p99', 'ms', Aim(0.15), most=0.5),
        Figure('the same, in lockstep', f'{part}_step_commit_p99', 'ms', Aim(0.15), most=0.5),
    ]


FIGURES = [
    Figure('start to first answered request, 100,000 events stored', 'start_ms', 'ms', Aim(20)),
    Figure('the same: CPU until then', 'start_cpu_ms', 'ms'),
    Figure('idle daemon: resident', 'rss', 'MB', Aim(15)),
    Figure('idle daemon: private', 'private', 'MB'),
    Figure('memory of an idle WebSocket client', 'idle_bytes', 'KiB', Aim(1)),
    Figure('memory of a running agent: daemon (20 terminals)', 'agent_daemon', 'KiB'),
    Figure('memory of a running agent: its hold (20 terminals)', 'agent_hold', 'KiB', Aim(256)),
    Figure('memory of a running agent: daemon (4 real CLIs)', 'cli_daemon', 'KiB'),
    Figure('memory of a running agent: its hold (4 real CLIs)', 'cli_hold', 'KiB', Aim(256)),
    Figure('CPU of a GET of 1 KB, ON_LOOP', 'loop_us', 'µs', Aim(0.8, 'best')),
    Figure('the same beside 10,000 idle sockets', 'loop_idle_us', 'µs', Aim(1.1, 'loop_us')),
    Figure('CPU of a GET of 1 KB, ON_WORKER (the peers: as ON_LOOP)', 'worker_us', 'µs', Aim(2, 'loop_us'),
           peers='loop_us'),
    Figure('CPU of a GET of 1 KB, network layer alone', 'bytes_us', 'µs', who='echo'),
    more('fan-out to 1,000, one at a time: deliveries per CPU s', 'single', aim=Aim(1.5, 'best')),
    more('the same, network layer alone', 'single', who='echo'),
    more('fan-out to 1,000, 8 under way: deliveries per CPU s', 'burst', aim=Aim(4, 'best')),
    more('the same, network layer alone', 'burst', who='echo'),
    Figure('50 events/s to 1,000 clients, commit included: p50', 'p50_ms', 'ms'),
    Figure('50 events/s to 1,000 clients, commit included: p99', 'p99_ms', 'ms', Aim(5)),
    Figure('100 events/s to 5 clients, commit included: p50', 'few_p50_ms', 'ms'),
    Figure('100 events/s to 5 clients, commit included: p99', 'few_p99_ms', 'ms', Aim(0.5)),
    Figure('an agent prints 50 lines/s, 1,000 clients: p50', 'agent_p50_ms', 'ms'),
    Figure('an agent prints 50 lines/s, 1,000 clients: p99', 'agent_p99_ms', 'ms'),
    more('durable events into the store, per s (peer: bare SQLite)', 'durable', aim=Aim(0.8, 'best'), beside=('SQLite', 'bare')),
    Figure('replay of 100,000 events to a new client', 'seconds', 's'),
    Figure('the same: CPU of the server', 'cpu_seconds', 's'),
    more('the same: events per s', 'per_second'),
    Figure('from a key to its echo in a terminal, p50 (peer: a bare pty)', 'echo_ms', 'ms', beside=('pty', 'bare_echo_ms')),
    Figure('the same: p99', 'echo_p99_ms', 'ms', beside=('pty', 'bare_echo_p99_ms')),
    Figure('cat of 1 GiB with a slow viewer, until it has ended (peer: a bare pty that is read at once)', 'flood_s', 's',
           beside=('pty', 'bare_flood_s')),
    Figure('the same: sent to the viewer', 'flood_sent', 'MB'),
    Figure('the same: most private memory of the daemon, less what it had', 'flood_memory', 'MB'),
    Figure('the same: most private memory of the hold', 'flood_hold', 'KiB'),
    Figure('first screen of an agent with 100,000 messages, 1,000,000 events stored (peer: bare SQLite)', 'screen_ms', 'ms',
           beside=('SQLite', 'bare_screen_ms')),
    Figure('jump to any of its messages (peer: bare SQLite)', 'jump_ms', 'ms', beside=('SQLite', 'bare_jump_ms')),
    Figure('resident daemon after these reads', 'history_rss', 'MB'),
    Figure('50,000 files, 10,000 untracked, 200 edited: status', 'status_ms', 'ms', beside=('git', 'git_status_ms')),
    Figure('the same: list of changed files, a page of 200', 'list_ms', 'ms', beside=('git', 'git_list_ms')),
    Figure('the same: diff of one file', 'file_ms', 'ms', beside=('git', 'git_file_ms')),
    Figure('the same: radar of 5 worktrees, 10 pairs', 'radar_ms', 'ms', beside=('git', 'git_radar_ms')),
    Figure('the same: discard of one file, with the first salvage of everything', 'salvage_first_ms', 'ms',
           beside=('git', 'git_first_ms')),
    Figure('the same: discard of another file, with a salvage', 'salvage_ms', 'ms', beside=('git', 'git_salvage_ms')),
    Figure('100 agents that stream 10 deltas/s each: until all have started', 'many_start_s', 's'),
    Figure('the same: CPU of the daemon, percent of a core', 'many_cpu', '%'),
    Figure('the same: resident daemon', 'many_rss', 'MB', Aim(50)),
    Figure('the same: private memory of the daemon for each', 'many_memory', 'KiB'),
    *while_busy('busy', 'page of an agent that writes 1,000 events/s', 1000, plain=True),
    Figure('the same: key to paint, p95 (peer: a textarea)', 'busy_keys', 'ms', beside=('plain page', 'busy_plainKeys')),
    *while_busy('board', 'board, 50 agents that write 20 events/s each, of which it gets a line a second', 50),
    Figure('50 visits to the page of an agent: heap after collection, growth', 'visits_heap', 'MB', Aim(1), most=3),
    Figure('the same: nodes that stay', 'visits_nodes', aim=Aim(0), most=50),
    Figure('the same: listeners that stay', 'visits_listeners', aim=Aim(0), most=5),
    Figure('the same: sockets that stay', 'visits_sockets', aim=Aim(0), most=0),
    Figure('the same: timers that stay', 'visits_timers', aim=Aim(0), most=2),
    Figure('diff of 200,000 lines in 2,000 files: first hunk, p95 (peer: git diff)', 'diff_first', 'ms', Aim(300), most=900, beside=('git', 'diff_git')),
    Figure('the same: before its code was loaded', 'diff_cold', 'ms', Aim(300), most=1500, beside=('git', 'diff_git')),
    Figure('the same: median', 'diff_median', 'ms', beside=('git', 'diff_git')),
    Figure('the same, and one line of 5 MB and a binary of 100 MB: most nodes of the document', 'diff_nodes', aim=Aim(2000), most=2000),
    Figure('the same: longest task on the way to these two', 'diff_longest', 'ms'),
    Figure('key to paint in the composer beside 100,000 messages, p95 (peer: a textarea)', 'act_keys', 'ms', Aim(50), most=150,
           beside=('plain page', 'act_plainKeys')),
    Figure('route change, p95', 'act_route', 'ms', Aim(100), most=300),
    Figure('palette, p95', 'act_palette', 'ms', Aim(100), most=300),
    Figure('first messages of 100,000, p95', 'act_first', 'ms', Aim(300), most=900),
    Figure('jump to any time in them, p95', 'act_jump', 'ms', Aim(500), most=1500),
    *of_size('720', 'eye of 1280×720', 10_000, 4, 2, (4000, 2, 1.5)),
    *of_size('1080', 'eye of 1920×1080', 7000, 12, 2, (2000, 6, 1.5)),
    *of_size('2160', 'eye of 3840×2160', 7000, 40, 2, (2000, 20, 1.5)),
    more('our own game at 1280×720, drawn by Mesa without a GPU, in lockstep: steps', 'eye_game_fps', '/s', Aim(1000), least=500),
    more('the same at 320×240', 'eye_small_fps', '/s', Aim(3000), least=1500),
    more('eight eyes of 1280×720 that step at once: steps of all', 'eye_eight_fps', '/s'),
    more('the same: the slowest beside the fastest', 'eye_eight_slowest', '%'),
    Figure('the same: CPU of an eye for a frame', 'eye_eight_cpu', 'µs', Aim(60)),
    Figure('the same: from painting a frame to who takes it, the worst p99', 'eye_eight_p99', 'ms'),
]


class Results:
    """Medians, and ratios by round: what slows the machine down for a while slows both sides of a round."""

    def __init__(self, figures):
        self.rounds = {key: dict(values) for key, values in figures.items() if values}

    def median(self, who, name):
        values = self.rounds.get((who, name))
        return statistics.median(values.values()) if values else None

    def ratio(self, a, b):
        """The median of a / b, each (who, name), over the rounds that have both."""
        a, b = self.rounds[a], self.rounds[b]
        common = [a[i] / b[i] for i in a if b.get(i)]
        return statistics.median(common) if common else None

    def peers_of(self, figure):
        """{column: key} of the peers that were measured for this figure."""
        if figure.beside:
            heading, name = figure.beside
            return {heading: ('muster', name)} if ('muster', name) in self.rounds else {}
        keys = {column: (who, figure.peers or figure.name) for who, column in COLUMNS.items()}
        return {column: key for column, key in keys.items() if key in self.rounds}

    def best(self, figure):
        """(column, our figure over that peer's) of the best peer; None without a peer."""
        ratios = {column: self.ratio((figure.who, figure.name), key) for column, key in self.peers_of(figure).items()}
        ratios = {column: ratio for column, ratio in ratios.items() if ratio}
        if not ratios:
            return None
        column = (min if figure.more_is_better else max)(ratios, key=ratios.get)
        return column, ratios[column]

    def is_peer_ahead(self, figure):
        best = self.best(figure)
        return bool(best) and (best[1] < 1 if figure.more_is_better else best[1] > 1)


def digits(value):
    """Decimals that are shown."""
    return 0 if value >= 1000 else 2 if value < 10 else 1


def show(value, unit=''):
    if value is None:
        return ''
    value /= UNITS.get(unit, 1)
    return f'{value:,.{digits(value)}f}'


def aim_text(figure):
    if not figure.aim:
        return ''
    return f'{"≥" if figure.more_is_better else "≤"} {figure.aim.limit:g}{AIM_OF[figure.aim.of]}'


def aimed(figure, results):
    """What the aim counts, as it is shown: a ratio, or the median in the figure's unit; None where it cannot be formed."""
    of = figure.aim.of if figure.aim else None
    if of == 'best':
        best = results.best(figure)
        value = best[1] if best else None
    elif of:
        other = (of, figure.peers or figure.name) if of in COLUMNS else ('muster', of)
        value = results.ratio((figure.who, figure.name), other) if other in results.rounds else None
    else:
        value = results.median(figure.who, figure.name) / UNITS.get(figure.unit, 1)
    return None if value is None else round(value, digits(value))  # a clock that gets a digit shifts 0.00001


def reached(figure, results):
    """'yes' or 'no' with what was measured for a ratio; '' where there is no aim or nothing to compare with."""
    value = aimed(figure, results)
    if not figure.aim or value is None:
        return ''
    is_reached = value >= figure.aim.limit if figure.more_is_better else value <= figure.aim.limit
    return ('yes' if is_reached else 'no') + (f', {value:.2f}' if figure.aim.of else '')


def is_beyond(figure, value, slower):
    is_ratio = bool(figure.aim and figure.aim.of)
    if figure.least is not None and value < figure.least / (slower if figure.unit == '/s' and not is_ratio else 1):
        return True
    return figure.most is not None and value > figure.most * (slower if figure.unit == 'ms' else 1)


def beyond(figures, load):
    """What is more than it may be, or less. On a machine with more work than processors, wall times grow with its load average."""
    results, slower = Results(figures), max(1, load / (os.cpu_count() or 1))
    values = {figure: aimed(figure, results) for figure in FIGURES if (figure.who, figure.name) in results.rounds}
    return [f'{figure.text} ({figure.name}: {show(value)})' for figure, value in values.items() if value is not None and is_beyond(figure, value, slower)]


def kept(figures):
    """(figures, those whose aim was missed) of what does not depend on the load: an aim beside a bound, and no wall time."""
    results = Results(figures)
    held = [figure for figure in FIGURES if figure.aim and figure.unit != 'ms' and (figure.most, figure.least) != (None, None)
            and (figure.who, figure.name) in results.rounds]
    return held, [figure for figure in held if reached(figure, results) == 'no']


def ahead(figure, results):
    best = results.best(figure)
    if not best:
        return ''
    column, ratio = best
    factor = ratio if figure.more_is_better else 1 / ratio
    return f'Muster, {factor:.2f} ×' if factor >= 1 else f'{column}, {1 / factor:.2f} ×'


def cell(figure, results, column, key):
    """A peer's figure; of several, with how many times ahead of each Muster is."""
    shown = show(results.median(*key), figure.unit)
    ratio = results.ratio((figure.who, figure.name), key)
    if not ratio or column not in SEVERAL:
        return shown
    return f'{shown} ({show(ratio if figure.more_is_better else 1 / ratio)} ×)'


def row(figure, results):
    unit = f', {figure.unit}' if figure.unit else ''
    peers = results.peers_of(figure)
    cells = [cell(figure, results, column, peers[column]) if column in peers else '' for column in HEADINGS]
    ours = show(results.median(figure.who, figure.name), figure.unit)
    return [figure.text + unit, aim_text(figure), reached(figure, results), ours, *cells, ahead(figure, results)]


def table(results):
    measured = [figure for figure in FIGURES if (figure.who, figure.name) in results.rounds]
    rows = [['figure', 'aim', 'reached', 'Muster', *HEADINGS, 'ahead of the best other']]
    rows += [row(figure, results) for figure in measured]
    empty = [i for i in range(len(rows[0])) if not any(r[i] for r in rows[1:])]
    rows = [[cell for i, cell in enumerate(r) if i not in empty] for r in rows]
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    lines = ['| ' + ' | '.join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(r, widths))) + ' |'
             for r in rows]
    rule = '|' + '|'.join('-' * (w + 1) + ('-' if i == 0 else ':') for i, w in enumerate(widths)) + '|'
    return '\n'.join([lines[0], rule, *lines[1:]])


def notes():
    """{figure: what the profile says}, from the sections of notes.md; a section is named by its figure, `who.name`."""
    parts = re.split(r'^## (.+)$', NOTES.read_text(), flags=re.M)[1:]
    return {name.strip(): text.strip() for name, text in zip(parts[::2], parts[1::2])}


def behind(results):
    """A paragraph for each figure where a peer is ahead."""
    written, found = notes(), []
    for figure in FIGURES:
        if (figure.who, figure.name) in results.rounds and results.is_peer_ahead(figure):
            note = written.get(f'{figure.who}.{figure.name}', 'No profile was taken of this yet.')
            found.append(f'**{figure.text}** ({ahead(figure, results)}). {note}')
    return '\n\n'.join(found) or 'Nowhere.'


def text(figures, failures):
    results = Results(figures)
    failed = ''.join(f'\n\nNot measured: {failure}.' for failure in failures)
    return f'{table(results)}{failed}\n\n## Where a peer is ahead\n\n{behind(results)}'


def save(body, run):
    priority = ' with real-time priority' if run.is_realtime else ''
    LATEST.parent.mkdir(exist_ok=True)
    LATEST.write_text(f'''# The latest figures

Written by `./dev bench --save` on {run.began:%Y-%m-%d} in {run.minutes:.0f} minutes: medians of {run.rounds} rounds{priority}, on
{description()}.
Load average {run.load_before:.1f} before and {run.load_after:.1f} after: where it is above the number of CPUs, other
work ran beside, and latencies and wall times are worse than on a quiet machine; CPU times are much less so.
Who is ahead, and by how much, is the median of the ratios within one round.

Peers: {"; ".join(run.peers)}.
They store nothing; for durable events the peer is bare SQLite, which inserts the same rows.
[../README.md](../README.md) says what each of them does.

{body}
''')

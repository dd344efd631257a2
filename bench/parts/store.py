"""Durable events a second, beside bare SQLite inserts of the same rows in the same run (core/stream_bench.c)."""
import re
import subprocess
import tempfile

import servers
from parts.case import Case


def measure(bench, home, who):
    """{figure: value} of one round; the program measures both, one after the other."""
    del home, who
    with tempfile.TemporaryDirectory(prefix='muster-bench-') as folder:
        argv = bench.on_core(servers.SERVER_CORE, [bench.build / 'src/core/stream-bench', folder])
        text = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True).stdout
    ours, bare = re.search(r'(\d+)/s into the store, (\d+)/s bare', text).groups()
    return {'durable': int(ours), 'bare': int(bare)}


CASES = {'store': Case(measure, ('muster',))}

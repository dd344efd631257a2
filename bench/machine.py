"""What the kernel reports about processes and this machine."""
import os
import pathlib
import platform
import statistics

PROC = pathlib.Path('/proc')
KIB = 1024


def memory(pid):
    """{'rss', 'private'} in bytes, from smaps_rollup."""
    sums = {'rss': 0, 'private': 0}
    for line in (PROC / str(pid) / 'smaps_rollup').read_text().splitlines()[1:]:
        name, kib = line.split()[:2]
        if name == 'Rss:':
            sums['rss'] += int(kib) * KIB
        if name.startswith('Private_'):
            sums['private'] += int(kib) * KIB
    return sums


def cpu_seconds(pid):
    """On-CPU time of all threads: the first field of schedstat, in ns."""
    tasks = (PROC / str(pid) / 'task').glob('*/schedstat')
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def programs_named(name, word):
    """The pids of a program, by its file's name, that have `word` in their arguments."""
    found = []
    for folder in PROC.glob('[0-9]*'):
        try:
            is_it = pathlib.Path(os.readlink(folder / 'exe')).name == name
            if is_it and word in (folder / 'cmdline').read_bytes().decode(errors='replace'):
                found.append(int(folder.name))
        except OSError:
            continue  # it has ended or is a kernel thread
    return found


def load_average():
    return os.getloadavg()[0]


def description():
    model = next((line.split(':')[1].strip() for line in (PROC / 'cpuinfo').read_text().splitlines()
                  if line.startswith('model name')), platform.machine())
    total = next(int(line.split()[1]) for line in (PROC / 'meminfo').read_text().splitlines()
                 if line.startswith('MemTotal'))
    return f'{os.cpu_count()} CPUs ({model}), {total / KIB / KIB:.0f} GiB, Linux {platform.release()}'


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None

"""Sizes: the hard limit applies to every function and file, the aim to 95 % of them."""
import source
import functions
from source import Finding

# measure: (aim at p95, hard limit, what to do)
LIMITS = {
    'lines': (60, 100, 'move a part into a separate function'),
    'branches': (12, 20, 'make it a table or move a part out'),
    'nesting': (3, 4, 'return early, or put the loop body into a function'),
    'params': (5, 6, 'group related parameters in a struct'),
}
C_LINES = (600, 800)
H_LINES_HARD = 150
STATIC_SHARE = 0.6


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0


def value(function, measure):
    return function.end - function.line + 1 if measure == 'lines' else getattr(function, measure)


def function_sizes(found):
    for measure, (aim, hard, advice) in LIMITS.items():
        values = [(value(f, measure), f) for f in found]
        for size, f in values:
            if size > hard:
                yield Finding(f.path, f.line, f.name, f'{f.name}: {size} {measure}, at most {hard}: {advice}')
        if percentile([size for size, _ in values], 0.95) > aim:
            size, f = max(values, key=lambda row: row[0])
            yield Finding(f.path, f.line, measure, f'over 5 % of the functions have more than {aim} {measure}; the '
                          f'worst is {f.name} with {size}: {advice}')


def file_sizes():
    lengths = {path: source.read(path).count('\n') for path in source.files('.c', '.h')}
    for path, n in lengths.items():
        hard = C_LINES[1] if path.suffix == '.c' else H_LINES_HARD
        if n > hard:
            yield Finding(path, n, path.name, f'{n} lines, at most {hard}: split it by topic')
    code = {path: n for path, n in lengths.items() if path.suffix == '.c'}
    if percentile(code.values(), 0.95) > C_LINES[0]:
        path = max(code, key=code.get)
        yield Finding(path, code[path], 'p95', f'over 5 % of the .c files are longer than {C_LINES[0]} lines')


def static_share(found):
    own = [f for f in found if f.path.startswith('src/') and f.path.endswith('.c') and not f.path.endswith('_test.c')]
    share = sum(f.is_static for f in own) / len(own) if own else 1
    if share < STATIC_SHARE:
        yield Finding('src', 1, 'static', f'{share:.0%} of the functions are static, at least {STATIC_SHARE:.0%} should')


def check(_build):
    found = functions.of_files(source.files('.c', '.h'))
    yield from function_sizes(found)
    yield from file_sizes()
    yield from static_share(found)

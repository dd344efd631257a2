#!/usr/bin/env python3
"""Runs every fuzz target of a clang build for some time: fuzz.py BUILD SECONDS [TARGET...]

First it tests the build itself: each of the faults in fuzz/planted.c must end the process, or a pass would mean nothing.
A target fuzz/fuzz_NAME.c builds fuzz-NAME; NAME.dict and the folder corpus/NAME beside it are optional. New inputs go to
fuzz/corpus-found/NAME, failing inputs to BUILD/crashes. The last line is "N passed, N failed".
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
INPUT_TIMEOUT_S = 10
RSS_LIMIT_MIB = 2048


def command(build, program, seconds):
    name = program.name.removeprefix('fuzz-')
    found = ROOT / 'fuzz/corpus-found' / name
    crashes = build / 'crashes'
    for folder in (found, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    argv = [program, f'-max_total_time={seconds}', f'-timeout={INPUT_TIMEOUT_S}', f'-rss_limit_mb={RSS_LIMIT_MIB}',
            f'-artifact_prefix={crashes}/{name}-', '-print_final_stats=1', found]
    dictionary, corpus = ROOT / 'fuzz' / f'{name}.dict', ROOT / 'fuzz/corpus' / name
    if dictionary.exists():
        argv.insert(1, f'-dict={dictionary}')
    return argv + ([corpus] if corpus.is_dir() else [])


def fuzz(build, program, seconds):
    done = subprocess.run(command(build, program, seconds), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors='replace')
    return program.name, done.returncode, done.stdout


def unseen_faults(build):
    """The planted faults that the build does not detect; a word that names none must pass."""
    words = re.findall(r'\{"(\w+)", \1\}', (ROOT / 'fuzz/planted.c').read_text())
    unseen = [] if words else ['all of them: fuzz/planted.c names none']
    with tempfile.TemporaryDirectory() as folder:
        for word in [*words, 'harmless']:
            path = pathlib.Path(folder, word)
            path.write_text(word)
            done = subprocess.run([build / 'fuzz/planted', path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
            if (done.returncode == 0) != (word == 'harmless'):
                unseen.append(word)
    return unseen


def main():
    build, seconds, *names = sys.argv[1:]
    build = pathlib.Path(build).resolve()
    unseen = unseen_faults(build)
    print(f'planted faults: {"all were reported" if not unseen else "not reported as they must: " + ", ".join(unseen)}',
          flush=True)
    programs = sorted(path for path in build.glob('fuzz/fuzz-*') if path.is_file() and os.access(path, os.X_OK))
    programs = [path for path in programs if not names or path.name.removeprefix('fuzz-') in names]
    failed = 1 if unseen else 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, status, output in pool.map(lambda path: fuzz(build, path, seconds), programs):
            runs = [line.split()[-1] for line in output.splitlines() if line.startswith('stat::number_of_executed_units')]
            print(f'{name}: {runs[0] if runs else "?"} inputs, {"ok" if status == 0 else "FAILED"}', flush=True)
            if status != 0:
                failed += 1
                print('\n'.join(output.splitlines()[-60:]), flush=True)
    if not programs:
        failed = 1
        print('no fuzz targets were built')
    print(f'{len(programs) + 1 - failed} passed, {failed} failed')
    sys.exit(1 if failed else 0)


main()

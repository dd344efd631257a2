#!/usr/bin/env python3
"""Runs every fuzz target of a clang build for a while: fuzz.py BUILD SECONDS [TARGET...]

A target fuzz/fuzz_NAME.c builds fuzz-NAME; beside it may stand NAME.dict and the folder corpus/NAME. What is found anew goes
to fuzz/corpus-found/NAME, an input that fails to BUILD/crashes. The last line is "N passed, N failed".
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

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


def main():
    build, seconds, *names = sys.argv[1:]
    build = pathlib.Path(build).resolve()
    programs = sorted(path for path in build.glob('fuzz/fuzz-*') if path.is_file() and os.access(path, os.X_OK))
    programs = [path for path in programs if not names or path.name.removeprefix('fuzz-') in names]
    failed = 0
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
    print(f'{len(programs) - failed if programs else 0} passed, {failed} failed')
    sys.exit(1 if failed else 0)


main()

#!/usr/bin/env python3
"""Turns a text file into C: embed.py NAME INPUT OUT.c gives `const char NAME[]` and `const size_t NAME_n`."""
import pathlib
import sys

name, source, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
data = source.read_bytes()
rows = [', '.join(str(b) for b in data[i:i + 24]) for i in range(0, len(data), 24)]
out.write_text(f'/* Made from {source.name} by embed.py. */\n#include "model/demo.h"\n\n'
               f'const char {name}[] = {{\n    ' + ',\n    '.join(rows) + f', 0}};\nconst size_t {name}_n = {len(data)};\n')

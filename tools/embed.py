"""Writes a folder of web files as a C table of assets (src/net/asset.h).

  embed.py FOLDER OUT.c [--depfile OUT.d] [--name web_assets] [--file FILE]...

--file adds a file from outside the folder, at /<its name>.

Each file is stored uncompressed, and also compressed if that makes it smaller: with gzip by Python, with brotli by node
if node is installed. The page itself, and what its format already compresses, is stored as it is. The same input gives the same output. A folder that does not exist gives one small page, so that
the program can be built without the web tools.
"""

import argparse
import gzip
import hashlib
import json
import mimetypes
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HELLO = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Muster</title>
<p>Muster is running. This program was built without the web page.
</html>
"""

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}

# The bundler puts a digest of eight characters into the names of the files in assets/.
HASHED = re.compile(r"^/assets/.+-[A-Za-z0-9_-]{8}\.\w+$")
SKIPPED = {".map", ".br", ".gz"}
COMPRESSED = {".png", ".webp", ".woff2"}  # already, by their format
PAGE = "/index.html"  # made for each answer, so nothing of it can be compressed here
SMALLER = 0.9  # a compressed form is kept if it has at most this fraction of the bytes

BROTLI_JS = """
const fs = require('fs'), zlib = require('zlib');
for (const {from, to} of JSON.parse(fs.readFileSync(0, 'utf8')))
  fs.writeFileSync(to, zlib.brotliCompressSync(fs.readFileSync(from), {params: {
    [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_LGWIN]: 22}}));
"""

ESCAPES = [chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in range(256)]


def is_compressible(path):
    return path != PAGE and pathlib.PurePosixPath(path).suffix not in COMPRESSED


def brotli_all(contents):
    """Compresses each content with brotli in one run of node; all None without node."""
    node = shutil.which("node")
    if not node or not contents:
        return [None] * len(contents)
    with tempfile.TemporaryDirectory() as folder:
        jobs = []
        for i, content in enumerate(contents):
            source = pathlib.Path(folder, f"{i}")
            source.write_bytes(content)
            jobs.append({"from": str(source), "to": f"{source}.br"})
        subprocess.run([node, "-e", BROTLI_JS], input=json.dumps(jobs).encode(), check=True)
        return [pathlib.Path(job["to"]).read_bytes() for job in jobs]


def if_smaller(compressed, content):
    return compressed if compressed and len(compressed) <= SMALLER * len(content) else None


def is_hidden(path, folder):
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def read_folder(folder):
    """(path, content) sorted by the bytes of the path."""
    if not folder.is_dir():
        return [(PAGE, HELLO)]
    files = [p for p in folder.rglob("*") if p.is_file() and p.suffix not in SKIPPED and not is_hidden(p, folder)]
    found = [("/" + p.relative_to(folder).as_posix(), p.read_bytes()) for p in files]
    return sorted(found, key=lambda item: item[0].encode())


def content_type(path):
    suffix = pathlib.PurePosixPath(path).suffix
    return TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def c_text(content):
    """A C string literal, in lines."""
    lines = (content[at:at + 4096] for at in range(0, len(content), 4096))
    return "\n".join('    "' + "".join(map(ESCAPES.__getitem__, line)) + '"' for line in lines) or '    ""'


def c_bytes(name, content):
    if content is None:
        return "", "{0}"
    return f"static const char {name}[] =\n{c_text(content)};\n", f"{{{name}, sizeof {name} - 1}}"


def write_table(items, name):
    """The C source for [(path, content)]."""
    compressible = [path for path, _ in items if is_compressible(path)]
    brotli = dict(zip(compressible, brotli_all([content for path, content in items if is_compressible(path)])))
    blobs, rows = [], []
    for i, (path, content) in enumerate(items):
        zipped = gzip.compress(content, 9, mtime=0) if path in brotli else None
        forms = [content, if_smaller(brotli.get(path), content), if_smaller(zipped, content)]
        written = [c_bytes(f"a{i}_{form}", data) for form, data in zip(("identity", "brotli", "gzip"), forms)]
        blobs += [text for text, _ in written]
        digest = hashlib.sha256(content).hexdigest()[:32]
        hashed = "true" if HASHED.match(path) else "false"
        slices = ",\n     ".join(slice_ for _, slice_ in written)
        rows.append(f'    {{"{path}", "{content_type(path)}", "{digest}", {hashed},\n     {slices}}},\n')
    return (
        "/* Generated by tools/embed.py. */\n"
        '#include "net/asset.h"\n\n'
        '#pragma GCC diagnostic ignored "-Woverlength-strings"\n\n'
        + "\n".join(blob for blob in blobs if blob)
        + "\nstatic const Asset items[] = {\n" + "".join(rows) + "};\n\n"
        + f"const AssetSet {name} = {{items, sizeof items / sizeof items[0]}};\n"
    )


def write_depfile(path, out, folder, items):
    names = []
    if folder.is_dir():
        folders = [folder, *(p for p in folder.rglob("*") if p.is_dir())]  # so that a new file is noticed
        names = [str(folder / item[0].lstrip("/")) for item in items] + [str(p) for p in folders]
    path.write_text(f"{out}: " + " ".join(name.replace(" ", "\\ ") for name in names) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--depfile", type=pathlib.Path)
    parser.add_argument("--name", default="web_assets")
    parser.add_argument("--file", type=pathlib.Path, action="append", default=[])
    args = parser.parse_args()
    items = read_folder(args.folder)
    extra = [("/" + f.name, f.read_bytes()) for f in args.file]
    if not items:
        sys.exit(f"embed.py: {args.folder} contains no files")
    args.out.write_text(write_table(sorted(items + extra, key=lambda item: item[0].encode()), args.name))
    if args.depfile:
        write_depfile(args.depfile, args.out, args.folder, items)


if __name__ == "__main__":
    main()

"""embed.py: its output is the folder's content, in each form."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import embed

UNBROTLI_JS = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(0)))"


class EmbedTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def fill(self, files):
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def test_a_missing_folder_gives_the_small_page(self):
        self.assertEqual(embed.read_folder(self.folder / "none"), [("/index.html", embed.HELLO)])

    def test_paths_are_sorted_by_bytes_and_maps_and_reports_are_left_out(self):
        self.fill({"b.js": b"1", "a/z.js": b"2", "B.js": b"3", "b.js.map": b"4", ".report/bundle.json": b"5"})
        self.assertEqual([path for path, _ in embed.read_folder(self.folder)], ["/B.js", "/a/z.js", "/b.js"])

    def test_every_byte_survives_the_c_compiler(self):
        content = bytes(range(256)) + b'??/"\\1' * 2000
        self.fill({"t.c": b"#include <stdio.h>\nstatic const char t[] =\n" + embed.c_text(content).encode()
                          + b";\nint main(void) { return fwrite(t, 1, sizeof t - 1, stdout) != sizeof t - 1; }\n"})
        program = self.folder / "t"
        subprocess.run(["cc", "-std=gnu17", "-o", program, self.folder / "t.c"], check=True)
        self.assertEqual(subprocess.run([program], check=True, capture_output=True).stdout, content)

    def test_brotli_holds_the_content(self):
        content = b"the same words again and again. " * 100
        if shutil.which("node"):
            brotli = embed.brotli_all([content])[0]
            self.assertLess(len(brotli), len(content))
            back = subprocess.run(["node", "-e", UNBROTLI_JS], input=brotli, check=True, capture_output=True).stdout
            self.assertEqual(back, content)

    def test_what_does_not_shrink_is_kept_as_it_is(self):
        self.assertIsNone(embed.if_smaller(b"123456789", b"123456789"))
        self.assertIsNone(embed.if_smaller(None, b"123"))

    def test_the_page_and_what_is_compressed_already_are_stored_once(self):
        items = [(path, b"word " * 1000) for path in ("/assets/a.js", "/assets/a.woff2", "/index.html")]
        table = embed.write_table(items, "t")
        self.assertEqual([f"a{i}_gzip[]" in table for i in range(3)], [True, False, False])
        self.assertEqual([f"a{i}_brotli[]" in table for i in (1, 2)], [False, False])

    def test_only_names_with_a_digest_are_for_ever(self):
        table = embed.write_table([("/assets/app-Dk3f9x2a.js", b"1"), ("/assets/app.js", b"2"), ("/index.html", b"3")], "t")
        rows = [line for line in table.splitlines() if line.startswith('    {"/')]
        self.assertEqual([row.endswith("true,") for row in rows], [True, False, False])

    def test_the_same_input_gives_the_same_output(self):
        items = [("/index.html", b"word " * 1000)]
        self.assertEqual(embed.write_table(items, "t"), embed.write_table(items, "t"))


if __name__ == "__main__":
    unittest.main()

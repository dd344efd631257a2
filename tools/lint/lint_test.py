"""Checks must be able to fail: each runs over a small repository with a breach and without."""
import json
import pathlib
import subprocess
import tempfile
import unittest

import cleanups
import documents
import release
import source
import unused
import words

MAP = '# Map\n\n| folder | what it holds |\n|---|---|\n| `base` | memory |\n| `tools` | tools |\n\nmore\n'
SETTINGS = ('#define SETTING_TABLE(S) \\\n    S(SET_READ, "a.read", .doc = "x") \\\n'
            '    S(SET_UNREAD, "a.unread", .doc = "x") \\\n    S(SET_PAGE, "a.page", .doc = "x")\n')
OPTIONS = '''
static const Option options[] = {
    {"home", "MUSTER_HOME", TEXT(home), "", "x"},
    {"port", "MUSTER_PORT", OPTION_NUMBER, offsetof(Config, port), 0, 1, "1", "x"},
};
'''


class LintTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()
        subprocess.run(['git', 'init', '-q', self.folder], check=True)
        self.addCleanup(setattr, source, 'ROOT', source.ROOT)
        source.ROOT = self.folder
        self.put('.gitignore', 'build\n')
        self.put('tools/some.py', '')

    def put(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def said(self, findings):
        return sorted(f'{f.path}:{f.line} {f.text}' for f in findings)

    def documents(self, readme='', recipes='', architecture=MAP, clis=''):
        self.put('src/base/arena.c', '')
        for name, text in {'README.md': readme, 'RECIPES.md': recipes, 'ARCHITECTURE.md': architecture}.items():
            self.put(name, text)
        self.put('docs/clis.md', clis)
        return self.said(documents.check(None))

    def test_a_buffer_has_a_value_before_its_block_can_be_left(self):
        self.put('src/a.c', 'void f(void) {\n    CLEANUP(buf_done) Buf b;\n    TRY(g());\n    buf_init(&b, 9);\n}\n'
                            'void h(void) {\n    CLEANUP(buf_done) Buf c;\n    buf_init(&c, 9);\n    TRY(g());\n}\n')
        self.assertEqual(self.said(cleanups.check(None)), ['src/a.c:2 b may be freed before it has a value: write `Buf b = {0};`'])

    def test_the_tests_that_a_table_names_must_be_there(self):
        self.put('tests/scenarios/one.test.mjs', "  test('it works', async () => {\n")
        self.put('tests/scenarios/all.test.mjs', "describe('each works', () => {\n")
        self.assertEqual(self.documents(clis='| case | `one`: it works | `all`: each works |\n'), [])
        self.assertEqual(self.documents(clis='| case | `one`: it works | `one`: it failed |\n'),
                         ['docs/clis.md:1 tests/scenarios/one.test.mjs has no test of this title: it failed'])
        self.assertEqual(self.documents(clis='| case | `two`: it works |\n'),
                         ['docs/clis.md:1 there is no tests/scenarios/two.test.mjs'])

    def test_what_a_document_names_must_be_there(self):
        self.assertEqual(self.documents(readme='`src/base/arena.c`, `base/arena`, `arena.c`, `tools/` and `thing.c`; '
                                               '`n/a` and `./dev run` are not paths.'), [])
        self.assertEqual(self.documents(readme='`arena.c`\n`arenas.c`', recipes='`base/arenas` [a](docs/none.md)'),
                         ['README.md:2 arenas.c does not exist: name an existing file',
                          'RECIPES.md:1 base/arenas does not exist: name an existing file',
                          'RECIPES.md:1 docs/none.md does not exist: name an existing file'])

    def test_the_map_names_every_folder_once(self):
        self.put('src/net/http.c', '')
        self.assertEqual(self.documents(architecture=MAP.replace('`tools`', '`tols` `base`')),
                         ['ARCHITECTURE.md:1 src/net is not in the map: describe its content',
                          'ARCHITECTURE.md:5 base is in the map 2 times',
                          'ARCHITECTURE.md:6 base is in the map 2 times',
                          'ARCHITECTURE.md:6 there is no folder tols: remove it from the map'])

    def test_build_files_name_what_they_mean(self):
        self.put('src/base/meson.build', "x = [made[0], made[3][1]]\ntest('base', unit_tests[-1][1], target[0])\n")
        self.assertEqual(self.said(words.text_findings(pathlib.Path('src/base/meson.build'))),
                         [f'src/base/meson.build:1 {name}: name the source or the target'
                          for name in ('made[0]', 'made[3][1]')])

    def test_words_that_no_manual_uses_are_found_except_in_migrations(self):
        text = '-- starts ane' 'w\nCREATE TABLE t (x) STRICT;\n'
        for name in ('src/base/x.sql', 'src/base/x_migrations.sql'):
            self.put(name, text)
        self.assertEqual(self.said(words.text_findings(pathlib.Path('src/base/x.sql'))),
                         ['src/base/x.sql:1 ane' 'w: say again'])
        self.assertEqual(self.said(words.text_findings(pathlib.Path('src/base/x_migrations.sql'))), [])

    def build(self, files):
        """The files compiled as Meson would have them: each folder a library, main.c the program."""
        build = self.folder / 'build'
        rows = []
        for name, text in files.items():
            self.put(name, text)
            path = pathlib.Path(name)
            home = 'muster.p' if path.name == 'main.c' else f'lib{path.parent.name}.a.p'
            output = path.parent / home / (path.name + '.o')
            (build / output).parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == '.c' and not path.name.endswith('_test.c'):
                subprocess.run(['cc', '-c', '-o', build / output, self.folder / name], check=True)
                rows.append({'output': str(output), 'file': f'../{name}'})
        (build / 'compile_commands.json').write_text(json.dumps(rows))
        return build

    def test_what_no_other_file_uses_is_found(self):
        build = self.build({
            'src/daemon/main.c': 'int used(void); int main(void) { return used(); }',
            'src/base/one.c': '\nint used(void) { return 1; }\nint dead(void) { return 2; }\n'
                              'int own(void) { return 3; }\nint own_user(void) { return own() + own_user(); }\n'
                              'int seen_by_test(void) { return 3; }\nint tested(void) { return 3; }\n'
                              'int tested_user(void) { return tested() + tested_user(); }\n',
            'src/base/one_test.c': 'int x(void) { return seen_by_test() + tested() + tested_user(); }',
        })
        self.assertEqual(self.said(unused.unused_symbols(build)),
                         ['src/base/one.c:3 nothing uses dead: remove it',
                          'src/base/one.c:4 no other file uses own: make it static',
                          'src/base/one.c:5 no other file uses own_user: make it static',
                          'src/base/one.c:6 only tests use seen_by_test: move it to them'])

    def test_statements_that_nothing_runs_are_found(self):
        build = self.build({
            'src/daemon/main.c': 'extern const int sql_read; int main(void) { return sql_read; }',
            'src/base/base_sql.c': 'const int sql_read = 1, sql_unread = 2; const int *const base_sql[] = {&sql_read};',
            'src/base/base.sql': '-- name: read\nSELECT 1;\n-- name: unread\nSELECT 2;\n',
        })
        self.assertEqual(self.said(unused.unused_symbols(build)),
                         ['src/base/base.sql:3 nothing runs the statement sql_unread: remove it'])

    def test_settings_and_options_that_nothing_reads_are_found(self):
        build = self.build({
            'src/core/setting.h': SETTINGS,
            'web/src/page.ts': "read('a.page')",
            'src/daemon/config.c': 'int c(void); int c(void) { return 0; }\n/*' + OPTIONS + '*/',
            'src/daemon/main.c': 'int c(void); static int SET_READ; static struct { int home; } *s;\n'
                                 'int main(void) { return c() + SET_READ + s->home; }',
        })
        self.assertEqual(self.said(unused.check(build)),
                         ['src/core/setting.h:3 nothing reads a.unread: remove the setting',
                          'src/daemon/config.c:5 nothing reads port: remove the option'])

    def test_what_only_the_release_build_refuses_is_found(self):
        build = self.folder / 'build'
        unset = ('int find(int a, int *ret);\nint use(int a);\nint use(int a) {\n    int x;\n'
                 '    if (a > 3) x = a;\n    return a > 2 ? x : 0;\n}\n')
        self.put('src/base/unset.c', unset)
        self.put('src/base/unset_test.c', unset)
        self.put('src/base/debug.c', unset)
        self.put('src/base/meson.build', "src += is_debug ? files('debug.c') : files('clean_none.c')\n")
        self.put('src/base/clean.c', 'int clean(void);\nint clean(void) { return 0; }\n')
        self.put('src/base/clean_none.c', 'int clean(int);\nint clean(int a) { return a + b; }\n')
        subprocess.run(['git', '-C', self.folder, 'add', '--all'], check=True)
        command = 'gcc -Wall -Wextra -Werror -O0 -fsanitize=address -g -MD -MQ x.o -MF x.d -o x.o -c ../src/base/'
        self.put('build/compile_commands.json', json.dumps(
            [{'directory': str(build), 'file': f'../src/base/{name}', 'output': name, 'command': command + name}
             for name in ('unset.c', 'unset_test.c', 'debug.c', 'clean.c')]))
        self.put('build/build.ninja', '')
        for _ in range(2): # the second time from what is remembered
            said = self.said(release.check(build))
            self.assertEqual(sorted({line.split(' ')[0] for line in said}), ['src/base/clean_none.c:2', 'src/base/unset.c:6'])
            self.assertIn('maybe-uninitialized', said[-1])
        self.put('src/base/unset.c', unset.replace('int x;', 'int x = 0;'))
        self.assertNotIn('unset', str(self.said(release.check(build))))


unittest.main()

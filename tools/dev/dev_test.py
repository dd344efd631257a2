"""What ./dev does before it builds: its questions, its steps and its logs, with programs that replace apt and sudo."""
import contextlib
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAN = '''#!/bin/sh
case "$*" in
*--assume-no*)
    [ -f "$STATE/lists" ] || exit 100
    echo '0 upgraded, 54 newly installed, 0 to remove and 3 not upgraded.'
    echo 'Need to get 121 MB of archives.'
    echo 'After this operation, 508 MB of additional disk space will be used.'
    exit 1 ;;
update) touch "$STATE/lists" ;;
*) echo "$*" >>"$STATE/installed"; echo 'apt says this'; [ ! -f "$STATE/breaks" ] ;;
esac
'''


class DevTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="muster dev's-")))
        (self.folder / 'bin').mkdir()
        (self.folder / 'tools').mkdir()
        (self.folder / 'tools/dev').symlink_to(ROOT / 'tools/dev')
        (self.folder / 'tools/node').symlink_to(ROOT / 'tools/node')
        (self.folder / 'tools/packages.txt').write_text('[build]\nfirst-tool\nsecond-tool\n')
        self.program('apt-get', PLAN)
        self.program('dpkg-query', '#!/bin/sh\n')
        self.program('id', '#!/bin/sh\necho 0\n')
        self.lists = self.folder / 'lists'

    def program(self, name, text):
        path = self.folder / 'bin' / name
        path.write_text(text)
        path.chmod(0o755)

    def sh(self, script, **options):
        env = {**os.environ, 'PATH': f'{self.folder}/bin:{os.environ["PATH"]}', 'STATE': str(self.folder),
               'XDG_CACHE_HOME': str(self.folder / 'cache')}
        return subprocess.run(['sh', '-euc', f'. tools/dev/setup.sh\n{script}'], cwd=self.folder, env=env,
                              stderr=subprocess.PIPE, text=True, **options)

    def test_the_number_and_the_space_come_before_the_installation(self):
        self.lists.touch()
        done = self.sh("run_steps 'need_packages build'", stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stderr)
        said = done.stderr.splitlines()
        self.assertEqual(said[0], 'dev: Debian packages are missing: first-tool second-tool')
        self.assertEqual(said[1], 'dev: with their dependencies: 54 packages, 508 MB')
        self.assertEqual(said[2], 'dev: step 1 of 1: installing Debian packages')
        self.assertRegex(said[3], r'^dev: step 1 of 1: installing Debian packages: done after \d+ s$')
        self.assertEqual((self.folder / 'installed').read_text(),
                         'install -y --no-install-recommends first-tool second-tool\n')
        self.assertEqual((self.folder / 'build/log/apt-install.log').read_text(), 'apt says this\n')

    def test_lists_that_are_missing_are_fetched_before_the_question(self):
        done = self.sh("run_steps 'need_packages build'", stdin=subprocess.DEVNULL)
        self.assertLess(done.stderr.index('fetching the lists'), done.stderr.index('54 packages, 508 MB'))

    def test_on_a_terminal_no_means_that_nothing_is_installed(self):
        self.lists.touch()
        main, side = pty.openpty()
        os.write(main, b'n\n')
        env = {**os.environ, 'PATH': f'{self.folder}/bin:{os.environ["PATH"]}', 'STATE': str(self.folder)}
        done = subprocess.run(['sh', '-euc', '. tools/dev/setup.sh\nneed_packages build'], cwd=self.folder, env=env,
                              stdin=side, stderr=side)
        os.close(side)
        said = ''
        with contextlib.suppress(OSError):  # EIO: what a terminal says once nobody has its other side
            while part := os.read(main, 65536):
                said += part.decode()
        os.close(main)
        self.assertEqual(done.returncode, 1)
        self.assertIn('install them as root? [Y/n]', said)
        self.assertIn('to do it yourself: apt-get install --no-install-recommends first-tool second-tool', said)
        self.assertFalse((self.folder / 'installed').exists())

    def test_without_root_the_line_for_an_administrator_is_printed(self):
        self.lists.touch()
        self.program('id', '#!/bin/sh\necho 1000\n')
        self.program('sudo', '#!/bin/sh\nexit 1\n')
        done = self.sh('need_packages build', stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.splitlines()[-1], 'dev: this needs root; ask an administrator to run: apt-get '
                         'install --no-install-recommends first-tool second-tool')

    def test_a_failure_names_its_log_quoted(self):
        (self.folder / 'breaks').touch()
        self.lists.touch()
        done = self.sh("run_steps true 'need_packages build'", stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r'step 2 of 2: installing Debian packages: failed after \d+ s\napt says this\n')
        log = str(self.folder / 'build/log/apt-install.log').replace("'", "'\\''")
        self.assertEqual(done.stderr.splitlines()[-1], f"dev: the whole output is in '{log}'")

    def test_a_store_that_is_half_filled_does_not_stay(self):
        done = self.sh('step_at=1 n_steps=1; begin_store; touch "$partial/some"; logged half false')
        self.assertEqual((done.returncode, list((self.folder / 'cache/muster-dev').iterdir())), (1, []))

    def test_the_soak_runs_every_stage_and_sums_them(self):
        self.program('stage', '#!/bin/sh\ncase $1 in red) echo "2 passed, 1 failed"; exit 1 ;; broken) echo oh; exit 3 ;;'
                              ' idle) echo "0 passed, 0 failed" ;; *) echo "5 passed, 0 failed, 2 skipped" ;; esac\n')
        done = subprocess.run([sys.executable, ROOT / 'tools/soak/stages.py', self.folder / 'bin/stage', '--', 'red',
                               'broken', 'idle', 'green'], stdout=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines()[-5:],
                         ['soak red: 2 passed, 1 failed', 'soak broken: 0 passed, 1 failed',
                          'soak idle: 0 passed, 1 failed', 'soak green: 5 passed, 0 failed',
                          '7 passed, 3 failed, 2 skipped'])


unittest.main()

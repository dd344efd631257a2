#!/usr/bin/env python3
"""Tests of muster-reap: reap_test.py MUSTER-REAP. The last line is "N passed, N failed, N skipped"."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

REAP = sys.argv.pop(1)
LEFT = 125


class Reap(unittest.TestCase):
    def reap(self, script):
        with tempfile.TemporaryDirectory() as home:
            done = subprocess.run([REAP, home, 'sh', '-c', script], capture_output=True, text=True, timeout=60)
            print(done.stderr, file=sys.stderr)  # shown when the test fails
            return done.returncode, done.stdout, done.stderr

    def guarded(self, stderr):
        if 'not guarded' in stderr:
            self.skipTest(stderr.strip())

    def test_a_clean_command_keeps_its_status(self):
        self.assertEqual(self.reap('exit 3')[0], 3)
        self.assertEqual(self.reap('kill -9 $$')[0], 128 + 9)

    def test_a_process_that_ends_within_the_grace_time_is_not_left(self):
        self.assertEqual(self.reap('(setsid sleep 0.5 &)')[0], 0)

    def test_a_daemonized_process_without_environment_is_named_and_killed(self):
        status, out, err = self.reap('(setsid env -i /bin/sleep 600 & echo $!)')
        self.assertEqual(status, LEFT)
        self.assertIn('/bin/sleep 600', err)
        self.assertFalse(pathlib.Path('/proc', out.strip()).exists())

    def test_of_many_that_are_killed_not_even_a_zombie_is_left(self):
        status, out, _ = self.reap('for i in $(seq 50); do setsid sleep 600 & echo $!; done')
        self.assertEqual(status, LEFT)
        self.assertEqual([pid for pid in out.split() if pathlib.Path('/proc', pid).exists()], [])

    def test_a_listening_socket_is_named_with_its_process(self):
        listen = 'import socket,time; s=socket.create_server(("127.0.0.1",0)); print(s.getsockname()[1],flush=True); ' \
                 'time.sleep(600)'
        status, out, err = self.reap('mkfifo "$HOME/up"; '
                                     f"{sys.executable} -c '{listen}' >\"$HOME/up\" & read port <\"$HOME/up\"; echo $port")
        self.assertEqual(status, LEFT)
        self.assertIn(f'listens on tcp 0100007F:{int(out):04X}', err)

    def test_a_file_outside_the_home_cannot_be_made(self):
        outside = pathlib.Path(tempfile.gettempdir(), f'muster-reap-test-{os.getpid()}')
        status, _, err = self.reap(f'echo x > {outside}')
        self.guarded(err)
        self.assertNotEqual(status, 0)
        self.assertFalse(outside.exists())

    def test_shared_memory_left_behind_is_named(self):
        status, _, err = self.reap('echo x > /dev/shm/forgotten')
        self.guarded(err)
        self.assertEqual(status, LEFT)
        self.assertIn('/dev/shm/forgotten', err)

    def test_the_folders_of_the_user_lie_in_the_home(self):
        status, out, _ = self.reap('echo x > "$HOME/a" && echo x > "$TMPDIR/b" && echo x > "$XDG_DATA_HOME/c"')
        self.assertEqual((status, out), (0, ''))


result = unittest.main(exit=False, verbosity=0, buffer=True).result
failed = len(result.failures) + len(result.errors)
for _, why in result.skipped:
    print(f'skipped: {why}')
print(f'{result.testsRun - failed - len(result.skipped)} passed, {failed} failed, {len(result.skipped)} skipped')
sys.exit(1 if failed else 0)

"""The client against an eye by script: eye-peer (clients/c/eye_peer_main.c), whose path is in MUSTER_EYE_PEER."""
import os
import pathlib
import socket
import subprocess
import sys
import unittest

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from muster import _wire, codes  # noqa: E402
from muster.eye import Eye, EyeError, EyeGoneError, EyeProtocolError, EyeReset, EyeTimeoutError, button, key, motion, position, wheel  # noqa: E402

PEER = os.environ['MUSTER_EYE_PEER']


def open_fds():
    return sorted(int(name) for name in os.listdir('/proc/self/fd'))


def mapped():
    return pathlib.Path('/proc/self/maps').read_text().count('memfd:peer')


class EyeTest(unittest.TestCase):
    def start(self, name):
        """The program that plays the script, and the socket to it."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = subprocess.Popen([PEER, name, str(theirs.fileno())], pass_fds=[theirs.fileno()])
        theirs.close()
        self.addCleanup(program.wait)
        self.addCleanup(ours.close)
        return program, ours

    def play(self, name, **options):
        """An Eye whose other side plays the script."""
        return Eye(sock=self.start(name)[1], timeout=10, **options)

    def read_all(self, name):
        with self.play(name) as eye:
            while True:
                self.assertIsNotNone(eye.next(timeout=10))

    def test_each_bad_stream_is_refused_with_its_reason(self):
        listed = subprocess.run([PEER, '--list'], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        self.assertGreater(len(listed), 50)
        before = open_fds()
        for name, says in (line.split('\t') for line in listed):
            with self.subTest(name):
                with self.assertRaises((EyeProtocolError, EyeGoneError)) as caught:
                    self.read_all(name)
                self.assertIn(says, str(caught.exception))
                self.doCleanups()
                self.assertEqual(open_fds(), before)
        del caught
        self.assertEqual(mapped(), 0)

    def test_a_step_gives_the_picture_itself(self):
        with self.play('good') as eye:
            self.assertEqual((eye.width, eye.height, eye.mode, eye.role, eye.credits), (16, 8, 'lockstep', 'step', 2))
            frame = eye.step()
            self.assertEqual((frame.id, frame.step, frame.fourcc, frame.damage), (1, 1, 'XR24', (1, 2, 15, 4)))
            self.assertEqual((frame.pixels.shape, frame.pixels.dtype), ((8, 16, 4), numpy.uint8))
            self.assertTrue((frame.pixels == [1, 0, 0, 0]).all())
            self.assertFalse(frame.pixels.flags.owndata or frame.pixels.flags.writeable)
            self.assertTrue(numpy.shares_memory(numpy.asarray(frame), frame.pixels))
            with self.assertRaises(ValueError):
                frame.pixels[0, 0, 0] = 7
            pixels = frame.pixels
            self.assertEqual(eye.step().pixels[7, 15, 0], 2)
            self.assertEqual(mapped(), 1)
        self.assertEqual(pixels[0, 0, 0], 1)  # void, but it can still be read
        del pixels, frame, eye
        self.assertEqual(mapped(), 0)

    def test_a_frame_is_released_exactly_once(self):
        with self.play('good') as eye:
            frame = eye.step()
            frame.release()
            with self.assertRaises(EyeError):
                frame.release()
            with self.assertRaises(EyeError):
                frame.pixels
            with eye.step() as frame:
                self.assertEqual(frame.pixels[0, 0, 0], 2)
            with self.assertRaises(EyeError):
                frame.release()
            last = eye.step()
            eye.step()
            with self.assertRaises(EyeError):
                last.pixels

    def test_frames_that_are_kept_need_credits(self):
        with self.play('good') as eye:
            kept = [eye.step(keeps_last=True), eye.step(keeps_last=True)]
            with self.assertRaises(EyeError):
                eye.step(keeps_last=True)
            self.assertEqual([frame.pixels[0, 0, 0] for frame in kept], [1, 2])
            kept[0].release()
            self.assertEqual(eye.step(keeps_last=True).step, 3)

    def test_inputs_arrive(self):
        with self.play('good') as eye:
            inputs = [key('space', True), key('KEY_A', False), button('left', True), motion(1, -2), position(3.5, 4), wheel(-1)]
            self.assertEqual(eye.step(inputs, frames=2, dt=0.02, timeout=1).dropped, len(inputs))
            eye.send_inputs([key(30, True)])
            with self.assertRaises(ValueError):
                eye.step([key('a', True, at=1)])
            with self.assertRaises(ValueError):
                eye.step([key('a', True)] * 1025)
            with self.assertRaises(ValueError):
                eye.step(dt=5)
            self.assertEqual(eye.step().step, 2)

    def test_a_reset_ends_a_step(self):
        with self.play('good') as eye:
            for _ in range(12):
                eye.step()
            with self.assertRaises(EyeReset) as caught:
                eye.step()
            self.assertEqual((caught.exception.reason, caught.exception.generation), ('size', 1))
            self.assertEqual(eye.step().step, 14)  # what came for step 13 is skipped

    def test_the_eye_answers_pings(self):
        with self.play('good') as eye:
            eye.ping(timeout=10)
            self.assertIsNone(eye.next(timeout=0))
            self.assertEqual(eye.step().step, 1)

    def test_what_is_closed_stays_closed(self):
        eye = self.play('good')
        frame = eye.step()
        eye.close()
        eye.close()
        for call in (eye.step, eye.next, lambda: frame.pixels, frame.release):
            with self.assertRaises(EyeError):
                call()

    def test_iteration_ends_with_the_eye(self):
        for is_gone_before in (False, True):
            with self.subTest(is_gone_before=is_gone_before):
                program, ours = self.start('more frames than credits')
                if is_gone_before:
                    program.wait()
                with Eye(sock=ours, timeout=10) as eye:
                    self.assertEqual([(frame.id, frame.pixels[0, 1, 0]) for frame in eye], [(1, 1), (2, 1), (3, 1)])

    def test_opening_fails_with_what_is_wrong(self):
        with self.assertRaisesRegex(EyeGoneError, 'cannot connect to /nowhere/eye.sock'):
            Eye('/nowhere/eye.sock')
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, self.assertRaisesRegex(EyeTimeoutError, 'did not answer'):
            Eye(sock=ours, timeout=0.02)
        for options in ({'role': 'play'}, {'credits': 5}, {'name': 'a name that is too long'}):
            with self.assertRaises(ValueError):
                Eye('/nowhere/eye.sock', **options)

    def test_a_watcher_does_not_step(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ack = _wire.ACK_BODY.pack(16, 8, 0x34325258, 0, 0, 1, 0, 60000, 1, 0, 0, 0)
        _wire.send(theirs, _wire.HELLO_ACK, ack, 1)
        with theirs, Eye(sock=ours, role='watch') as eye:
            self.assertEqual((eye.role, eye.mode, eye.refresh_hz), ('watch', 'free', 60))
            with self.assertRaises(EyeError):
                eye.step()

    def test_names_of_keys_are_those_of_the_kernel(self):
        self.assertEqual((codes.KEYS['space'], codes.KEYS['hanguel'], codes.BUTTONS['left']), (57, 122, 0x110))
        self.assertEqual(key('KEY_SPACE', True), key(57, True))
        made = subprocess.run([sys.executable, ROOT.parents[1] / 'tools/keygen.py', '--python', 'cc'], stdout=subprocess.PIPE,
                              text=True, check=True).stdout
        scope = {}
        exec(made, scope)  # of this machine's headers, which may be of another version
        for ours, theirs in ((codes.KEYS, scope['KEYS']), (codes.BUTTONS, scope['BUTTONS'])):
            common = ours.keys() & theirs.keys()
            self.assertGreater(len(common), 80)
            self.assertEqual({name: ours[name] for name in common}, {name: theirs[name] for name in common})
        for name in ('nothing', '', 'btn_left', 70000):
            with self.assertRaises(ValueError):
                key(name, True)


unittest.main()

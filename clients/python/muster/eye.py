"""Frames of a program that runs in a Synthetic Eye, without a copy, and inputs back to it.

    with Eye(path, role='step') as eye:
        frame = eye.step([key('space', True)])
        print(frame.pixels.shape)

`frame.pixels` is a read-only numpy array over the memory that the program drew into. It is valid until the frame is released;
`step` and the iteration over an eye release the frame before, so copy what must stay. An eye is used by one thread at a time.
"""
import os
import socket
import time

from muster import _memory, _wire, codes
from muster._wire import EyeError, EyeGoneError, EyeProtocolError, EyeTimeoutError

__all__ = ['Eye', 'Frame', 'Reset', 'EyeError', 'EyeGoneError', 'EyeProtocolError', 'EyeTimeoutError', 'EyeReset', 'key', 'button',
           'motion', 'position', 'wheel']

ROLES = {'watch': 0, 'step': 1}
MODES = ('free', 'lockstep')
CLOCKS = ('none', 'virtual', 'barrier')
STALE, COMPOSED, COPIED, OTHER_SIZE, FIRST, TRANSFORMED = 1, 2, 4, 8, 16, 32
RESET_REASONS = {1: 'xwayland', 2: 'output', 3: 'client', 4: 'size', 5: 'lease', 6: 'down'}
LEASE, DOWN = 5, 6
STEP_RELEASES = 1
INPUTS_MAX = 1024
CREDITS_MAX = 4
BYE_DONE, BYE_PROTOCOL = 0, 1
BYE_TEXTS = {0: 'the eye has closed the connection', 1: 'the eye did not understand the greeting',
             2: 'the eye found this consumer too slow', 3: 'the eye has as many consumers as it may have'}


class EyeReset(EyeError):
    """Instead of the frame of a step: what was not finished is void. `reason`: one of RESET_REASONS."""

    def __init__(self, reset):
        super().__init__(f'the eye was reset ({reset.reason}), generation {reset.generation}')
        self.reason = reset.reason
        self.generation = reset.generation


class Reset:
    """What `next` returns when a new generation begins."""

    def __init__(self, reason, generation):
        self.reason = RESET_REASONS.get(reason, str(reason))
        self.generation = generation


class Frame:
    """A picture. `pixels` and the frame itself are for reading until `release`."""

    def __init__(self, eye, fields, buffer, pixels):
        (self.id, self.step, self.generation, self.buffer, flags, self.commit_ns, self.send_ns, self.virtual_ns, x, y, width,
         height, content_width, content_height, self.dropped, _zero) = fields
        self.flags = flags
        self.width, self.height, self.fourcc = buffer.width, buffer.height, buffer.fourcc.decode('ascii', 'replace')
        x, y = min(x, buffer.width), min(y, buffer.height)
        # (x, y, width, height), within the picture, whatever the eye says.
        self.damage = x, y, min(width, buffer.width - x), min(height, buffer.height - y)
        self.content_size = min(content_width, buffer.width), min(content_height, buffer.height)
        self._eye = eye
        self._pixels = pixels

    @property
    def pixels(self):
        """(height, width, 4) bytes in the order of `fourcc`: blue, green, red, alpha for XR24 and AR24."""
        if self._eye is None:
            raise EyeError(f'frame {self.id} was released')
        if isinstance(self._pixels, EyeError):
            raise self._pixels
        return self._pixels

    @property
    def is_stale(self):
        """Nothing new was drawn in this step: the last picture again."""
        return bool(self.flags & STALE)

    @property
    def is_composed(self):
        return bool(self.flags & COMPOSED)

    def __array__(self, dtype=None, copy=None):
        if dtype is None or dtype == self.pixels.dtype:
            return self.pixels.copy() if copy else self.pixels
        return self.pixels.astype(dtype)

    def release(self):
        """Gives the memory back, once; a second time raises EyeError."""
        if self._eye is None:
            raise EyeError(f'frame {self.id} was released before')
        self._eye._release(self)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        if self._eye is not None:
            self.release()


# ---- Inputs ----

KEY, BUTTON, MOTION, POSITION, WHEEL = 1, 2, 3, 4, 5


def _code(table, prefix, name):
    if isinstance(name, int):
        if not 0 <= name <= 0x2ff:
            raise ValueError(f'no code: {name}')
        return name
    lower = name.lower()
    code = table.get(lower[len(prefix):] if lower.startswith(prefix) else lower)
    if code is None:
        raise ValueError(f'there is none of this name: {name}')
    return code


def _scaled(value, unit):
    return max(-2**31, min(2**31 - 1, round(value * unit)))


def key(name, is_pressed, at=0):
    """`name`: of linux/input-event-codes.h, in any case, with or without KEY_ ("a", "leftshift"), or its code. `at`: in a step
    over several frames, the one before which it happens."""
    return _wire.INPUT_BODY.pack(KEY, _code(codes.KEYS, 'key_', name), int(bool(is_pressed)), 0, at)


def button(name, is_pressed, at=0):
    """"left", "right", "middle", …: a name with or without BTN_, or its code."""
    return _wire.INPUT_BODY.pack(BUTTON, _code(codes.BUTTONS, 'btn_', name), int(bool(is_pressed)), 0, at)


def motion(dx, dy, at=0):
    """Relative, in pixels; for games that take the pointer for themselves."""
    return _wire.INPUT_BODY.pack(MOTION, 0, _scaled(dx, 256), _scaled(dy, 256), at)


def position(x, y, at=0):
    """In pixels of the output."""
    return _wire.INPUT_BODY.pack(POSITION, 0, _scaled(x, 256), _scaled(y, 256), at)


def wheel(notches, is_horizontal=False, at=0):
    """Positive is down and right."""
    return _wire.INPUT_BODY.pack(WHEEL, int(bool(is_horizontal)), _scaled(notches, 120), 0, at)


def _joined(inputs, frames):
    inputs = list(inputs)
    if len(inputs) > INPUTS_MAX:
        raise ValueError(f'{len(inputs)} inputs, at most {INPUTS_MAX}')
    for number, packed in enumerate(inputs):
        at = _wire.INPUT_BODY.unpack(packed)[-1]
        if at >= frames:
            raise ValueError(f'input {number} is for frame {at} of {frames}')
    return len(inputs), b''.join(inputs)


# ---- The connection ----

class Eye:
    """A connection to eye.sock. `role`: 'step' (one consumer at a time; the others are made watchers, see `role`) or 'watch'.
    `credits`: frames that may be held at once. `max_hz`: of a watcher; 0 for all frames. `timeout`, in seconds: of opening, and
    of sending to an eye that does not read. `accepts_unsealed`: also memory that its owner may truncate while it is read here,
    which ends this process with SIGBUS. `sock`: a connected socket instead of a path, taken."""

    def __init__(self, path=None, role='step', name='python', credits=2, max_hz=0, timeout=5.0, accepts_unsealed=False, sock=None):
        if role not in ROLES:
            raise ValueError(f'there is no role {role}')
        if not 1 <= credits <= CREDITS_MAX:
            raise ValueError(f'{credits} credits, from 1 to {CREDITS_MAX}')
        if len(name.encode()) > 15:
            raise ValueError(f'a name has at most 15 bytes: {name}')
        self._timeout = timeout
        self._asked_role = role
        self._broken = None
        self._held = []
        self._newest = None  # the frame that came last; None: it was not handed out
        self._memory = _memory.Memory(_memory.ACCEPTS_SHM | (_memory.ACCEPTS_UNSEALED if accepts_unsealed else 0))
        self._sock = sock if sock is not None else self._connect(path)
        try:
            self._greet(_wire.HELLO_BODY.pack(ROLES[role], self._memory.accepts, credits, max_hz, name.encode()), credits)
        except BaseException:
            self._sock.close()
            raise

    @staticmethod
    def _connect(path):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            sock.connect(os.fspath(path))
        except OSError as error:
            sock.close()
            raise EyeGoneError(f'cannot connect to {path}: {error.strerror or error}') from error
        return sock

    def _greet(self, hello, credits):
        if self._sock.type != socket.SOCK_SEQPACKET:
            raise ValueError('the socket is not of type SOCK_SEQPACKET')
        try:
            _wire.send(self._sock, _wire.HELLO, hello, self._timeout)
        except EyeGoneError:
            pass  # an eye that has no room says so and closes, without reading
        message = _wire.receive(self._sock, self._timeout)
        if message is None:
            raise EyeTimeoutError(f'the eye did not answer in {self._timeout} s')
        kind, payload, fd = message
        if fd is not None:
            os.close(fd)
        if kind == _wire.BYE:
            raise EyeGoneError(BYE_TEXTS.get(_wire.BYE_BODY.unpack(payload)[0], BYE_TEXTS[BYE_DONE]))
        if kind != _wire.HELLO_ACK:
            raise EyeProtocolError(f'the first message is of type {kind}, not HELLO_ACK')
        (self.width, self.height, fourcc, mode, role, granted, clock, refresh_mhz, self.generation, self.frame_id, step,
         _now) = _wire.ACK_BODY.unpack(payload)
        if not (1 <= self.width <= _memory.SIZE_MAX and 1 <= self.height <= _memory.SIZE_MAX):
            raise EyeProtocolError(f'the output cannot have {self.width}×{self.height} pixels')
        if mode >= len(MODES) or clock >= len(CLOCKS) or role > ROLES[self._asked_role]:
            raise EyeProtocolError(f'the eye answers with mode {mode}, clock {clock}, role {role}')
        if not 1 <= granted <= credits:
            raise EyeProtocolError(f'the eye gives {granted} credits, {credits} were asked for')
        self.fourcc = fourcc.to_bytes(4, 'little').decode('ascii', 'replace')
        self.mode, self.clock, self.role = MODES[mode], CLOCKS[clock], 'step' if role else 'watch'
        self.credits, self.refresh_hz = granted, refresh_mhz / 1000
        self._step = step

    # ---- Sending ----

    def _send(self, kind, payload):
        if self._broken:
            raise self._broken
        _wire.send(self._sock, kind, payload, self._timeout)

    def _let_go(self, frame):
        frame._eye = None
        frame._pixels = None
        self._held.remove(frame)

    def _send_release(self, buffer, frame_id):
        if self._broken:
            return
        try:
            self._send(_wire.RELEASE, _wire.RELEASE_BODY.pack(buffer, 0, frame_id))
        except EyeGoneError:
            pass  # with the connection everything was given back; what the eye sent before it went can still be read

    def _release(self, frame):
        self._let_go(frame)
        self._send_release(frame.buffer, frame.id)

    def _release_before_step(self, keeps_last):
        """The flags of the step."""
        last = self._newest if self._newest is not None and self._newest._eye is self else None
        releases = last is not None and not keeps_last
        if len(self._held) - releases >= self.credits:
            raise EyeError(f'{len(self._held)} frames are held, as many as may be: release one before the step')
        if not releases:
            return 0
        if self.mode != 'lockstep':
            self._release(last)
            return 0
        self._let_go(last)
        return STEP_RELEASES

    def send_step(self, inputs=(), frames=1, dt=None, timeout=None, keeps_last=False):
        """Only asks for a step, and returns its number; its frame comes from `next`."""
        if self._broken:
            raise self._broken
        if self._asked_role != 'step':
            raise EyeError("this connection watches: open it with role='step' to step")
        n, packed = _joined(inputs, frames)
        dt_ns = 0 if dt is None else round(dt * 1e9)
        timeout_ms = 0 if timeout is None else max(1, round(timeout * 1000))
        if not 0 <= dt_ns < 2**32 or not 1 <= frames < 2**32 or timeout_ms >= 2**32:
            raise ValueError(f'a step cannot have dt {dt}, {frames} frames, timeout {timeout}')
        flags = self._release_before_step(keeps_last)
        self._send(_wire.STEP, _wire.STEP_BODY.pack(self._step + 1, frames, dt_ns, timeout_ms, flags, n, 0) + packed)
        self._step += 1
        return self._step

    def send_inputs(self, inputs):
        """In free run, outside of a step."""
        n, packed = _joined(inputs, 1)
        self._send(_wire.INPUT, _wire.INPUTS_BODY.pack(n, 0) + packed)

    def ping(self, timeout=None):
        """Waits for the eye's answer. Frames that come meanwhile are released unseen, resets raise EyeReset."""
        cookie = time.monotonic_ns()
        self._send(_wire.PING, _wire.PING_BODY.pack(cookie))
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            event = self._next(end)
            if event is None:
                raise EyeTimeoutError(f'the eye did not answer in {timeout} s')
            if event == cookie:
                return
            if isinstance(event, Frame):
                event.release()
            elif isinstance(event, Reset):
                raise EyeReset(event)

    # ---- Receiving ----

    def _on_frame(self, payload, fence):
        fields = _wire.FRAME_BODY.unpack(payload)
        number, _step, generation, buffer_id = fields[:4]
        self._newest = None
        try:
            if generation > self.generation:
                raise EyeProtocolError(f'frame {number} is of generation {generation}, which has not begun')
            if len(self._held) >= self.credits:
                raise EyeProtocolError(f'frame {number} came although {self.credits} frames are held')
            if generation < self.generation:
                self._send_release(buffer_id, number)
                return None
            buffer = self._memory.find(buffer_id)
            try:
                pixels = self._memory.array(buffer)
            except EyeProtocolError:
                raise
            except EyeError as error:  # another format: the frame counts, its pixels say why they are not there
                pixels = error
            if fence is not None:
                _wire.wait_readable(fence, None)
        finally:
            if fence is not None:
                os.close(fence)
        frame = self._newest = Frame(self, fields, buffer, pixels)
        self._held.append(frame)
        self.frame_id = number
        return frame

    def _on_reset(self, payload):
        reason, _zero, generation = _wire.RESET_BODY.unpack(payload)
        if generation < self.generation:
            raise EyeProtocolError(f'generation {generation} follows {self.generation}')
        self.generation = generation
        if reason == LEASE:
            self.role = 'watch'
        return Reset(reason, generation)

    def _pong(self, payload):
        try:
            _wire.send(self._sock, _wire.PONG, payload, 0)
        except EyeError:
            pass  # it does not read

    def _on_message(self, kind, payload, fd):
        """The event that it is, or None. Takes fd."""
        if kind == _wire.FRAME:
            return self._on_frame(payload, fd)
        if kind == _wire.POOL:
            return self._memory.add_pool(payload, fd, self.generation)
        if kind == _wire.RESET:
            return self._on_reset(payload)
        if kind == _wire.BUFFER:
            return self._memory.add_buffer(payload)
        if kind == _wire.GONE:
            return self._memory.drop(payload)
        if kind == _wire.PING:
            return self._pong(payload)
        if kind == _wire.PONG:
            return _wire.PING_BODY.unpack(payload)[0]
        if kind == _wire.BYE:
            raise EyeGoneError(f'the eye has closed the connection (reason {_wire.BYE_BODY.unpack(payload)[0]})')
        raise EyeProtocolError('a second HELLO_ACK')

    def _next(self, end):
        """The next event before the time `end`, else None."""
        if self._broken:
            raise self._broken
        try:
            while True:
                message = _wire.receive(self._sock, None if end is None else end - time.monotonic())
                if message is None:
                    if end is not None and time.monotonic() >= end:
                        return None
                    continue
                event = self._on_message(*message)
                if event is not None:
                    return event
        except EyeTimeoutError:
            raise
        except (EyeError, OSError) as error:
            self._break_off(error)
            raise

    def _break_off(self, error):
        """Nothing more is read: what comes after a malformed message cannot be understood either."""
        self._broken = error if isinstance(error, EyeError) else EyeError(str(error))
        try:
            if isinstance(error, EyeProtocolError):
                _wire.send(self._sock, _wire.BYE, _wire.BYE_BODY.pack(BYE_PROTOCOL, 0), 0)
            self._sock.shutdown(socket.SHUT_RDWR)
        except (EyeError, OSError):
            pass  # it is gone already

    def next(self, timeout=None):
        """The next Frame or Reset; None if none comes in that many seconds (0 does not wait, None waits without end)."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            event = self._next(end)
            if event is None or isinstance(event, (Frame, Reset)):
                return event

    def step(self, inputs=(), frames=1, dt=None, timeout=None, keeps_last=False, wait=None):
        """Applies the inputs, has that many frames drawn, and returns the last one. The frame of the step before is released
        unless `keeps_last`. `dt`: seconds of virtual time for each frame; None: one refresh of the output. `timeout`: seconds
        after which the eye sends the last picture as stale. `wait`: seconds that are waited here, then EyeTimeoutError. Raises
        EyeReset when a new generation begins instead."""
        end = None if wait is None else time.monotonic() + wait
        number = self.send_step(inputs, frames, dt, timeout, keeps_last)
        while True:
            event = self._next(end)
            if event is None:
                raise EyeTimeoutError(f'no frame of step {number} in {wait} s')
            if isinstance(event, Reset):
                raise EyeReset(event)
            if isinstance(event, Frame):
                if event.step == number:
                    self.role = 'step'
                    return event
                event.release()

    def __iter__(self):
        """Frames as they come, each released before the next one is waited for; ends with the eye."""
        while True:
            try:
                event = self.next()
            except EyeGoneError:
                return
            if isinstance(event, Reset) and event.reason == RESET_REASONS[DOWN]:
                return
            if isinstance(event, Frame):
                with event:
                    yield event

    # ---- The end ----

    def fileno(self):
        """For select and its like: readable when `next` has something to read."""
        return self._sock.fileno()

    def close(self):
        """Says goodbye. Frames that are held are void."""
        if self._sock.fileno() < 0:
            return
        for frame in list(self._held):
            self._let_go(frame)
        try:
            if not self._broken:
                _wire.send(self._sock, _wire.BYE, _wire.BYE_BODY.pack(BYE_DONE, 0), 0)
        except (EyeError, OSError):
            pass  # it is gone already
        self._broken = self._broken or EyeGoneError('the connection is closed')
        self._sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

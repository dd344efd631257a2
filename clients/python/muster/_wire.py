"""Packets of an eye's socket, version 2: what comes is checked for its form here. The format is described in muster-eye-abi.h."""
import os
import select
import socket
import struct

MAGIC = b'MBEYEABI'
VERSION = 2
HEADER = struct.Struct('<8sHHII')
HELLO, HELLO_ACK, FRAME, RESET, PING, PONG = 1, 2, 3, 4, 5, 6
POOL, BUFFER, GONE, RELEASE, STEP, INPUT, BYE = 16, 17, 18, 19, 20, 21, 22

HELLO_BODY = struct.Struct('<4I16s')
ACK_BODY = struct.Struct('<8I4Q')
POOL_BODY = struct.Struct('<2IQ2IQ')
BUFFER_BODY = struct.Struct('<6IQ')
PLANE = struct.Struct('<5I')
GONE_BODY = struct.Struct('<2I')
FRAME_BODY = struct.Struct('<3Q2I3Q8I')
RELEASE_BODY = struct.Struct('<2IQ')
STEP_BODY = struct.Struct('<Q6I')
INPUTS_BODY = struct.Struct('<2I')
INPUT_BODY = struct.Struct('<2H2iI')
RESET_BODY = struct.Struct('<2IQ')
PING_BODY = struct.Struct('<Q')
BYE_BODY = struct.Struct('<2I')

PLANES_MAX = 4
FDS_ROOM = 8  # more than any message has: what a bad one brings must be closed too
PACKET_MAX = HEADER.size + BUFFER_BODY.size + PLANES_MAX * PLANE.size

# What the eye may send: type: (name, least bytes, most bytes, step between them, least and most descriptors).
FORMS = {
    HELLO_ACK: ('HELLO_ACK', ACK_BODY.size, ACK_BODY.size, 1, 0, 0),
    FRAME: ('FRAME', FRAME_BODY.size, FRAME_BODY.size, 1, 0, 1),
    RESET: ('RESET', RESET_BODY.size, RESET_BODY.size, 1, 0, 0),
    PING: ('PING', PING_BODY.size, PING_BODY.size, 1, 0, 0),
    PONG: ('PONG', PING_BODY.size, PING_BODY.size, 1, 0, 0),
    POOL: ('POOL', POOL_BODY.size, POOL_BODY.size, 1, 1, 1),
    BUFFER: ('BUFFER', BUFFER_BODY.size + PLANE.size, BUFFER_BODY.size + PLANES_MAX * PLANE.size, PLANE.size, 0, 0),
    GONE: ('GONE', GONE_BODY.size, GONE_BODY.size, 1, 0, 0),
    BYE: ('BYE', BYE_BODY.size, BYE_BODY.size, 1, 0, 0),
}


class EyeError(Exception):
    """Something about an eye went wrong; the text says what."""


class EyeProtocolError(EyeError):
    """The eye broke the protocol: the connection is over."""


class EyeGoneError(EyeError):
    """The eye closed the connection or ended."""


class EyeTimeoutError(EyeError):
    """The eye did not answer, or did not read, in time."""


def _check(data, fds, flags):
    if len(data) < HEADER.size:
        raise EyeProtocolError(f'a message has {len(data)} bytes, less than its header')
    magic, version, kind, payload, n_fds = HEADER.unpack_from(data)
    if magic != MAGIC:
        raise EyeProtocolError('a message does not begin with MBEYEABI')
    if version != VERSION:
        raise EyeProtocolError(f'a message is of version {version}, not {VERSION}')
    if kind not in FORMS:
        raise EyeProtocolError(f'the eye does not send messages of type {kind}')
    name, least, most, step, fds_least, fds_most = FORMS[kind]
    if flags & socket.MSG_CTRUNC:
        raise EyeProtocolError(f'{name} came without all of its descriptors')
    if flags & socket.MSG_TRUNC or len(data) - HEADER.size != payload:
        raise EyeProtocolError(f'{name} does not have the {payload} bytes that its header says')
    if not least <= payload <= most or (payload - least) % step:
        raise EyeProtocolError(f'{name} cannot have {payload} bytes')
    if n_fds != len(fds):
        raise EyeProtocolError(f'{name} came with {len(fds)} descriptors instead of {n_fds}')
    if not fds_least <= n_fds <= fds_most:
        raise EyeProtocolError(f'{name} cannot have {n_fds} descriptors')
    return kind, data[HEADER.size:]


def _wait(fd, events, timeout):
    """Whether it came to that in time; None waits without end."""
    poll = select.poll()
    poll.register(fd, events)
    return bool(poll.poll(None if timeout is None else max(0, timeout) * 1000))


def wait_readable(fd, timeout):
    return _wait(fd, select.POLLIN, timeout)


def receive(sock, timeout):
    """(type, payload, descriptor or None), or None when nothing comes in time; the descriptor is the caller's."""
    if not _wait(sock, select.POLLIN, timeout):
        return None
    packet = None
    while packet is None:
        try:
            packet = sock.recvmsg(PACKET_MAX, socket.CMSG_SPACE(FDS_ROOM * 4), socket.MSG_CMSG_CLOEXEC | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except ConnectionResetError:
            continue  # a peer that closed without having read everything: said once, before what it has sent
    data, control, flags, _ = packet
    fds = [fd for level, kind, raw in control if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
           for fd, in struct.iter_unpack('=i', raw[:len(raw) // 4 * 4])]
    try:
        if not data:
            raise EyeGoneError('the eye is gone')
        kind, payload = _check(data, fds, flags)
    except EyeError:
        for fd in fds:
            os.close(fd)
        raise
    return kind, payload, fds[0] if fds else None


def send(sock, kind, payload, timeout):
    packet = HEADER.pack(MAGIC, VERSION, kind, len(payload), 0) + payload
    while True:
        try:
            sock.send(packet, socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT)
            return
        except BlockingIOError:
            if not _wait(sock, select.POLLOUT, timeout):
                raise EyeTimeoutError(f'the eye has not read anything for {timeout} s') from None
        except (BrokenPipeError, ConnectionResetError):
            raise EyeGoneError('the eye has closed the connection') from None

"""The eye's announcements of memory. Nothing of them is believed: every number is compared with the file itself when the
announcement comes, and again when a frame comes in it."""
import fcntl
import mmap
import os
import stat

import numpy

from muster._wire import BUFFER_BODY, EyeError, EyeProtocolError, GONE_BODY, PLANE, PLANES_MAX, POOL_BODY

POOLS_MAX = 256
BUFFERS_MAX = 2048
SIZE_MAX = 16384
POOL_MAX = 2**63 - 1
SHM, DMABUF, RING = 0, 1, 2
GONE_POOL, GONE_BUFFER = 0, 1
ACCEPTS_SHM, ACCEPTS_UNSEALED = 1, 4
LINEAR = (0, 0x00ffffffffffffff)

# Formats of one plane, in which a row's length is known: bytes of a pixel.
FORMATS = {**dict.fromkeys((b'XR24', b'AR24', b'XB24', b'AB24', b'RX24', b'RA24', b'BX24', b'BA24', b'XR30', b'AR30', b'XB30',
                            b'AB30'), 4), b'RG24': 3, b'BG24': 3, b'RG16': 2, b'XB4H': 8, b'AB4H': 8}
BYTE_FORMATS = {b'XR24', b'AR24', b'XB24', b'AB24', b'RX24', b'RA24', b'BX24', b'BA24'}


class Buffer:
    """A picture's place in pools."""

    def __init__(self, payload):
        self.id, self.width, self.height, fourcc, n_planes, _flags, self.modifier = BUFFER_BODY.unpack_from(payload)
        self.fourcc = fourcc.to_bytes(4, 'little')
        if not 1 <= n_planes <= PLANES_MAX or len(payload) != BUFFER_BODY.size + n_planes * PLANE.size:
            raise EyeProtocolError(f'buffer {self.id} has {n_planes} planes in {len(payload)} bytes')
        if not (1 <= self.width <= SIZE_MAX and 1 <= self.height <= SIZE_MAX):
            raise EyeProtocolError(f'buffer {self.id} cannot have {self.width}×{self.height} pixels')
        self.planes = [PLANE.unpack_from(payload, BUFFER_BODY.size + i * PLANE.size)[:4] for i in range(n_planes)]


class Memory:
    """Pools, mapped once, and buffers. A mapping lives as long as an array over it."""

    def __init__(self, accepts):
        self.accepts = accepts
        self.pools = {}  # id: (kind, size, mapping)
        self.buffers = {}

    def _check_file(self, pool, size, fd):
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode):
            raise EyeProtocolError(f'pool {pool} is not a file')
        try:
            seals = fcntl.fcntl(fd, fcntl.F_GET_SEALS)
        except OSError:
            seals = 0
        if not seals & fcntl.F_SEAL_SHRINK and not self.accepts & ACCEPTS_UNSEALED:
            raise EyeProtocolError(f'pool {pool} may be truncated by its owner, which was not accepted')
        if info.st_size < size:
            raise EyeProtocolError(f'pool {pool} has {info.st_size} bytes, not {size}')

    def add_pool(self, payload, fd, generation):
        """Takes fd."""
        try:
            pool, kind, size, _seals, _flags, of_generation = POOL_BODY.unpack(payload)
            if of_generation > generation:
                raise EyeProtocolError(f'pool {pool} is of generation {of_generation}, which has not begun')
            if kind > RING:
                raise EyeProtocolError(f'pool {pool} is of unknown kind {kind}')
            if kind == DMABUF or not self.accepts & ACCEPTS_SHM:
                raise EyeProtocolError(f'pool {pool} is of kind {kind}, which was not accepted')
            if not 1 <= size <= POOL_MAX:
                raise EyeProtocolError(f'pool {pool} cannot have {size} bytes')
            old = self.pools.get(pool)
            if old and (old[0] != kind or size < old[1]):
                raise EyeProtocolError(f'pool {pool} was announced again, but it has not grown')
            if not old and len(self.pools) == POOLS_MAX:
                raise EyeProtocolError(f'the eye has announced more than {POOLS_MAX} pools')
            self._check_file(pool, size, fd)
            self.pools[pool] = kind, size, mmap.mmap(fd, size, mmap.MAP_SHARED, mmap.PROT_READ)
        finally:
            os.close(fd)

    def _check_plane(self, buffer, index):
        pool, stride, offset, size = buffer.planes[index]
        if pool not in self.pools:
            raise EyeProtocolError(f'buffer {buffer.id} is in pool {pool}, which is unknown')
        pool_size = self.pools[pool][1]
        if offset + size > pool_size or size == 0:
            raise EyeProtocolError(f'plane {index} of buffer {buffer.id} ({size} bytes at {offset}) is not within its pool of '
                                   f'{pool_size}')
        row = buffer.width * FORMATS.get(buffer.fourcc, 0)
        if buffer.modifier not in LINEAR or not row:
            return
        if len(buffer.planes) != 1:
            raise EyeProtocolError(f'buffer {buffer.id} has {len(buffer.planes)} planes, its format has one')
        if stride < row or stride * (buffer.height - 1) + row > size:
            raise EyeProtocolError(f'buffer {buffer.id} has {size} bytes, too few for {buffer.height} rows of {row}, {stride} apart')

    def _check_planes(self, buffer):
        for index in range(len(buffer.planes)):
            self._check_plane(buffer, index)

    def add_buffer(self, payload):
        buffer = Buffer(payload)
        self._check_planes(buffer)
        if buffer.id not in self.buffers and len(self.buffers) == BUFFERS_MAX:
            raise EyeProtocolError(f'the eye has announced more than {BUFFERS_MAX} buffers')
        self.buffers[buffer.id] = buffer

    def drop(self, payload):
        kind, number = GONE_BODY.unpack(payload)
        known = {GONE_POOL: self.pools, GONE_BUFFER: self.buffers}.get(kind, {})
        if number not in known:
            raise EyeProtocolError(f'{"buffer" if kind else "pool"} {number} is gone, but it was not there')
        del known[number]

    def find(self, number):
        buffer = self.buffers.get(number)
        if not buffer:
            raise EyeProtocolError(f'a frame is in buffer {number}, which is unknown')
        self._check_planes(buffer)
        return buffer

    def array(self, buffer):
        """The picture itself, read-only."""
        if buffer.fourcc not in BYTE_FORMATS or buffer.modifier not in LINEAR:
            raise EyeError(f'a picture of format {buffer.fourcc.decode("ascii", "replace")} is not an array of bytes')
        pool, stride, offset, _size = buffer.planes[0]
        return numpy.ndarray((buffer.height, buffer.width, 4), numpy.uint8, self.pools[pool][2], offset, (stride, 4, 1))

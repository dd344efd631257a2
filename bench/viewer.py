"""A viewer of a terminal on /ws: a WebSocket client (RFC 6455) with the binary frames of docs/live.md."""
import base64
import json
import os
import socket
import struct

HEAD = struct.Struct('<BIQ')
OUTPUT, INPUT, ACK = 1, 2, 4
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
SHORT, MEDIUM = 126, 127


class Viewer:
    def __init__(self, server, topic, **how):
        self.socket = socket.create_connection(('127.0.0.1', server.port), timeout=600)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile('rb', buffering=1 << 18)
        self._greet(server)
        self.offset = 0
        self._send(TEXT, json.dumps({'type': 'subscribe', 'topic': topic, **how}).encode())
        self.begun = json.loads(self._frame()[1])
        if self.begun['type'] != 'subscribed':
            raise RuntimeError(f'{topic}: {self.begun}')

    def _greet(self, server):
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f'GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\n'
                            f'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n'
                            f'Sec-WebSocket-Protocol: muster.v1\r\nAuthorization: {server.head["Authorization"]}\r\n\r\n'
                            .encode())
        status = self.file.readline()
        while self.file.readline() not in (b'\r\n', b''):
            pass
        if b' 101 ' not in status:
            raise RuntimeError(f'no WebSocket: {status.decode()}')

    def _send(self, opcode, payload):
        """A masked frame; the mask is zero."""
        size = len(payload)
        length = bytes([0x80 | size]) if size < SHORT else bytes([0x80 | SHORT]) + struct.pack('>H', size)
        self.socket.sendall(bytes([0x80 | opcode]) + length + bytes(4) + payload)

    def _frame(self):
        head = self.file.read(2)
        if len(head) < 2:
            raise RuntimeError('the daemon closed the socket')
        opcode, size = head[0] & 15, head[1]
        if size == SHORT:
            size = struct.unpack('>H', self.file.read(2))[0]
        elif size == MEDIUM:
            size = struct.unpack('>Q', self.file.read(8))[0]
        return opcode, self.file.read(size)

    def type(self, keys):
        self._send(BINARY, HEAD.pack(INPUT, self.begun['sub'], 0) + keys)

    def acknowledge(self):
        self._send(BINARY, HEAD.pack(ACK, self.begun['sub'], self.offset))

    def next(self):
        """The next output as bytes, or a message as a dict."""
        while True:
            opcode, payload = self._frame()
            if opcode == PING:
                self._send(PONG, payload)
            elif opcode == CLOSE:
                raise RuntimeError(f'the daemon closed the socket: {payload[2:].decode()}')
            elif opcode == TEXT:
                return json.loads(payload)
            elif payload[0] == OUTPUT:
                self.offset = HEAD.unpack_from(payload)[2]
                return payload[HEAD.size:]

    def close(self):
        self.file.close()
        self.socket.close()

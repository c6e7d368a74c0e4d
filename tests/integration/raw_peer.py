# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""A daemon of the build tree, and a client that says to it exactly what it is told to, right or wrong."""

import os
import pathlib
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

PATIENCE = 60
TICK = 0.02

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
FIN, RSV1 = 0x80, 0x40

UPGRADE = ('GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
           'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n')

ECHO = '[server]\nlisten={listen}\nworkers=2\n{server}\n[endpoint /echo]\ndialect=echo\n{more}\n'

ENVIRONMENT = {'LC_ALL': 'C.UTF-8', 'JWT_SECRET': '0123456789abcdef0123456789abcdef'}


def wait_for(what, condition):
    """Asks again and again, for what no event tells of."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f'waited in vain for {what}'
        select.select([], [], [], TICK)


class Daemon:
    """The process, with its log; ended by its pid when the block is left."""

    def __init__(self, build, config, before=(), **environment):
        self.folder = tempfile.TemporaryDirectory(prefix='belfry-server-')
        self.config = pathlib.Path(self.folder.name) / 'belfry.conf'
        self.lines = []
        self.changed = threading.Condition()
        self.write_config(config.replace('{folder}', self.folder.name))
        kept = {name: value for name, value in os.environ.items() if name.endswith('SAN_OPTIONS')}
        self.process = subprocess.Popen([*before, f'{build}/src/belfryd', '--config', str(self.config)],
                                        stderr=subprocess.PIPE, text=True, env={**kept, **ENVIRONMENT, **environment})
        threading.Thread(target=self.read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self.folder.cleanup()

    def read(self):
        for line in self.process.stderr:
            with self.changed:
                self.lines.append(line.rstrip('\n'))
                self.changed.notify_all()

    def write_config(self, config):
        self.config.write_text(config, encoding='utf-8')

    def wait_log(self, pattern):
        found = []

        def is_there():
            found[:] = [match for match in map(re.compile(pattern).search, self.lines) if match]
            return found

        with self.changed:
            assert self.changed.wait_for(is_there, PATIENCE), f'no line matches {pattern}: {self.lines}'
        return found[-1]

    def port(self):
        return int(self.wait_log(r'serving with \d+ workers, port (\d+)')[1])

    def resident(self):
        """Its memory, in KiB."""
        status = pathlib.Path(f'/proc/{self.process.pid}/status').read_text(encoding='ascii')
        return int(re.search(r'VmRSS:\s+(\d+)', status)[1])

    def reload(self):
        before = len(self.lines)
        self.process.send_signal(signal.SIGHUP)
        with self.changed:
            assert self.changed.wait_for(
                lambda: any('configuration reloaded' in line for line in self.lines[before:]), PATIENCE), self.lines

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def connect(where):
    kind = socket.AF_UNIX if isinstance(where, str) else socket.AF_INET
    plain = socket.socket(kind, socket.SOCK_STREAM)
    plain.settimeout(PATIENCE)
    plain.connect(where if isinstance(where, str) else ('127.0.0.1', where))
    return plain


class Peer:
    """One connection. Frames are masked with a fixed key, since nobody listens in."""

    KEY = b'\x12\x34\x56\x78'

    def __init__(self, where, wrap=lambda plain: plain):
        self.socket = wrap(connect(where))
        self.rest = b''

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def read(self, n):
        while len(self.rest) < n:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError(f'the end, after {self.rest!r}')
            self.rest += more
        taken, self.rest = self.rest[:n], self.rest[n:]
        return taken

    def read_head(self):
        while b'\r\n\r\n' not in self.rest:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError(f'the end, after {self.rest!r}')
            self.rest += more
        head, self.rest = self.rest.split(b'\r\n\r\n', 1)
        return head.decode('latin-1')

    def status(self):
        return int(self.read_head().split()[1])

    def is_at_end(self):
        """Whether nothing more comes: the end, or a reset."""
        try:
            return not self.rest and self.socket.recv(1) == b''
        except ConnectionResetError:
            return True

    def upgrade(self, path='/echo', more='', together=b''):
        self.send(UPGRADE.format(path=path, more=more).encode() + together)
        head = self.read_head()
        assert ' 101 ' in head.split('\r\n')[0], head
        return head

    def frame(self, opcode, payload=b'', first=FIN, masked=True):
        length = len(payload)
        bit = 0x80 if masked else 0
        if length < 126:
            head = struct.pack('!BB', first | opcode, bit | length)
        elif length < 65536:
            head = struct.pack('!BBH', first | opcode, bit | 126, length)
        else:
            head = struct.pack('!BBQ', first | opcode, bit | 127, length)
        if not masked:
            return head + payload
        return head + self.KEY + bytes(byte ^ self.KEY[i % 4] for i, byte in enumerate(payload))

    def receive(self):
        first, second = self.read(2)
        length = second & 0x7f
        if length == 126:
            length, = struct.unpack('!H', self.read(2))
        elif length == 127:
            length, = struct.unpack('!Q', self.read(8))
        return first, self.read(length)

    def expect(self, opcode, payload):
        got = self.receive()
        assert got == (FIN | opcode, payload), got

    def expect_close(self, code):
        first, payload = self.receive()
        while first & 0x0f != CLOSE:
            first, payload = self.receive()
        assert struct.unpack('!H', payload[:2])[0] == code, payload
        return payload[2:].decode()

    def echo(self, payload=b'hello', opcode=TEXT):
        self.send(self.frame(opcode, payload))
        self.expect(opcode, payload)

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""How the service takes its leave: of every kind of client, in good order, and in time.

Argument: the build folder.
"""

import json
import pathlib
import re
import signal
import socket
import sys
import tempfile

from checks import run
from raw_peer import PATIENCE, Peer, wait_for
from speakers import Action, Stream, Typed, service, token
from test_clients import make_certificate, tls_daemon, trusting

BUILD = sys.argv[1]
REASON = re.compile(r'reconnect after (\d+) s$')
STUBBORN = '[websocket]\nauth-timeout=10min\n'


def begin(daemon):
    """Tells it to stop; from now on it drains."""
    daemon.process.send_signal(signal.SIGTERM)
    daemon.wait_log('draining, for at most')


def expect_restart(peer):
    """The close frame of a drain; gives the delay that it names."""
    reason = peer.expect_close(1012)
    delay = REASON.search(reason)
    assert delay and 1 <= int(delay[1]) <= 10, reason
    return int(delay[1])


def is_read(peer):
    """Whether the other side has read what was sent on this connection, as the kernel sees it."""
    port = f':{peer.socket.getsockname()[1]:04X}'
    rows = [line.split() for line in pathlib.Path('/proc/net/tcp').read_text(encoding='ascii').splitlines()[1:]]
    return any(row[2].endswith(port) and row[4].endswith(':00000000') for row in rows)


def expect_end(peer):
    """What is still to come of an answer, and then the end."""
    while peer.socket.recv(65536):
        pass


def check_delays_differ():
    """Clients are told to come back, each at another time, so that they do not come all at once."""
    with service(BUILD, server='drain-time=1s') as daemon:
        clients = [Typed(daemon.port(), token(f'u{number}')) for number in range(40)]
        for client in clients:
            client.subscribe('public.x')
        begin(daemon)
        delays = {expect_restart(client) for client in clients}
        assert len(delays) > 3, delays
        for client in clients:
            client.socket.close()
        assert daemon.process.wait(PATIENCE) == 0


def check_stranger():
    """Who has not signed in is asked to leave like everybody else."""
    with service(BUILD, server='drain-time=1s', more=STUBBORN) as daemon, Action(daemon.port()) as stranger:
        begin(daemon)
        expect_restart(stranger)


def check_served_meanwhile():
    """Until it is his turn, everybody is served as before."""
    with service(BUILD, server='drain-time=10min') as daemon:
        clients = [Typed(daemon.port(), token(f'u{number}')) for number in range(8)]
        for client in clients:
            client.subscribe('public.x')
        begin(daemon)
        for client in clients:
            client.say(type='ping', id=1)
        answers = [client.hear() for client in clients]
        assert all(answer == {'type': 'pong', 'id': 1} for answer in answers), answers


def check_stream():
    """A stream is told the same delay twice: for people, and as browsers understand it."""
    with service(BUILD, server='drain-time=1s') as daemon, \
            Stream(daemon.port(), 'topic=public.x', token('ada')) as stream:
        assert stream.event()['event'] == 'subscribed'
        begin(daemon)
        retry = None
        while (event := stream.event()).get('event') != 'close':
            retry = event.get('retry', retry)
        last = json.loads(event['data'])
        assert last['code'] == 1012, last
        assert int(retry) == 1000 * int(REASON.search(last['reason'])[1]), (retry, last)
        assert stream.is_at_end()
        assert daemon.process.wait(PATIENCE) == 0


def check_no_one_new():
    """Nobody new is let in, and who had begun to ask hears that this was the end."""
    with service(BUILD, server='drain-time=10min') as daemon, Typed(daemon.port(), token('ada')) as client, \
            Peer(daemon.port()) as asker, Peer(daemon.port()) as idle:
        client.subscribe('public.x')
        idle.send('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n')
        assert idle.status() == 200
        asker.send('GET /readyz HTTP/1.1\r\nHost: x\r\n')
        wait_for('half a head to be read', lambda: is_read(asker))
        begin(daemon)
        head = asker.read_head().lower()
        assert head.startswith('http/1.1 503') and 'connection: close' in head and 'retry-after' in head, head
        expect_end(idle)
        try:
            socket.create_connection(('127.0.0.1', daemon.port()), PATIENCE).close()
            raise AssertionError('a new connection was accepted')
        except ConnectionRefusedError:
            pass


def check_tls():
    """Behind TLS it is the same, and the end is told in order."""
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, 'server')
        with tls_daemon(folder, 'drain-time=1s') as daemon:
            wrap = trusting(folder, 'server').wrap_socket
            with Peer(daemon.port(), wrap) as peer, Peer(daemon.port(), wrap) as plain:
                peer.upgrade()
                plain.send('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
                assert plain.status() == 200
                begin(daemon)
                expect_restart(peer)
                expect_end(plain)
            assert daemon.process.wait(PATIENCE) == 0


def check_stubborn():
    """Who does not leave when he is asked to is cut off when the time is over; that is no failure."""
    with service(BUILD, server='drain-time=300ms') as daemon, Typed(daemon.port(), token('ada')) as client, \
            Typed(daemon.port(), token('bob')) as flooded:
        client.subscribe('public.x')
        flooded.subscribe('public.x')
        daemon.publish('public.x', 'x' * 500000)
        begin(daemon)
        assert daemon.process.wait(PATIENCE) == 0
        daemon.wait_log('did not drain in time')
        expect_restart(client)


def check_second_stop():
    """Who has no patience left tells it a second time."""
    with service(BUILD, server='drain-time=10min') as daemon, Typed(daemon.port(), token('ada')) as client:
        client.subscribe('public.x')
        begin(daemon)
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(PATIENCE) == 70


class Manager:
    """The service manager's end of the notification socket."""

    def __init__(self, folder):
        self.path = str(pathlib.Path(folder) / 'notify')
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(PATIENCE)
        self.socket.bind(self.path)

    def wait_for(self, pattern):
        while True:
            for line in self.socket.recv(4096).decode().split('\n'):
                if found := re.match(pattern, line):
                    return found


def check_progress():
    """The service manager sees how many are left, and is asked for as much time as there is in the configuration."""
    with tempfile.TemporaryDirectory() as folder:
        manager = Manager(folder)
        with service(BUILD, server='drain-time=10min', before=('env', f'NOTIFY_SOCKET={manager.path}')) as daemon:
            clients = [Typed(daemon.port(), token(f'u{number}')) for number in range(3)]
            for client in clients:
                client.subscribe('public.x')
            begin(daemon)
            assert int(manager.wait_for(r'EXTEND_TIMEOUT_USEC=(\d+)')[1]) > 600_000_000
            found = manager.wait_for(r'STATUS=Draining.*, (\d) of 3 clients left, about (\d+) s')
            assert 1 <= int(found[1]) <= 3 and 590 < int(found[2]) <= 600, found[0]
            clients[0].socket.close()
            clients[1].socket.close()
            manager.wait_for(r'STATUS=Draining.*, [01] of 3 clients left')
        manager.socket.close()


if __name__ == '__main__':
    sys.exit(run(globals()))

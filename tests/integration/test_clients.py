#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""The server as its clients see it, the hostile ones included: real sockets, a real daemon.

Argument: the build folder.
"""

import signal
import ssl
import struct
import sys
import tempfile
import zlib

from certificates import make_certificate, trusting
from checks import run
from raw_peer import BINARY, CLOSE, ECHO, FIN, PING, PONG, RSV1, TEXT, UPGRADE, Daemon, Peer, connect, wait_for

BUILD = sys.argv[1]


def echo_daemon(server='', more='', listen='127.0.0.1:0', before=()):
    return Daemon(BUILD, ECHO.format(server=server, more=more, listen=listen), before)


def check_echo():
    """Text and binary come back as they came, of every length class."""
    with echo_daemon() as daemon, Peer(daemon.port()) as peer:
        peer.upgrade()
        for length in (0, 1, 125, 126, 65535, 65536, 200000):
            peer.echo(b'x' * length)
            peer.echo(b'\xff' * length, BINARY)


def check_early_frames():
    """What comes with the request, in one piece, is not lost."""
    with echo_daemon() as daemon, Peer(daemon.port()) as peer:
        peer.upgrade(together=peer.frame(TEXT, b'early') + peer.frame(TEXT, b'bird'))
        peer.expect(TEXT, b'early')
        peer.expect(TEXT, b'bird')


def check_byte_by_byte():
    """The shape in which bytes arrive means nothing."""
    with echo_daemon() as daemon, Peer(daemon.port()) as peer:
        for byte in UPGRADE.format(path='/echo', more=''):
            peer.send(byte)
        assert peer.status() == 101
        for byte in peer.frame(TEXT, 'Grüße'.encode()):
            peer.send(bytes([byte]))
        peer.expect(TEXT, 'Grüße'.encode())


def check_fragments():
    """Control frames come between the fragments of a message, and are answered at once."""
    with echo_daemon() as daemon, Peer(daemon.port()) as peer:
        peer.upgrade()
        peer.send(peer.frame(TEXT, b'one, ', first=0) + peer.frame(PING, b'there?') +
                  peer.frame(0, b'two, ', first=0) + peer.frame(0, b'three'))
        peer.expect(PONG, b'there?')
        peer.expect(TEXT, b'one, two, three')


def check_close():
    """A close is answered with its own code, and then the connection is closed."""
    with echo_daemon() as daemon, Peer(daemon.port()) as peer:
        peer.upgrade()
        peer.send(peer.frame(CLOSE, struct.pack('!H', 4000) + b'done'))
        peer.expect_close(4000)
        assert peer.is_at_end()


VIOLATIONS = (
    ('not masked', lambda peer: peer.frame(TEXT, b'x', masked=False), 1002),
    ('reserved bit', lambda peer: peer.frame(TEXT, b'x', first=FIN | 0x20), 1002),
    ('compressed without an agreement', lambda peer: peer.frame(TEXT, b'x', first=FIN | RSV1), 1002),
    ('reserved opcode', lambda peer: peer.frame(3, b'x'), 1002),
    ('long ping', lambda peer: peer.frame(PING, b'x' * 126), 1002),
    ('ping in fragments', lambda peer: peer.frame(PING, b'x', first=0), 1002),
    ('continuation of nothing', lambda peer: peer.frame(0, b'x'), 1002),
    ('message inside a message', lambda peer: peer.frame(TEXT, b'x', first=0) + peer.frame(TEXT, b'y'), 1002),
    ('not UTF-8', lambda peer: peer.frame(TEXT, b'\xc3('), 1007),
    ('half a character', lambda peer: peer.frame(TEXT, b'\xc3'), 1007),
    ('close code that nobody may send', lambda peer: peer.frame(CLOSE, struct.pack('!H', 1005)), 1002),
    ('close with half a code', lambda peer: peer.frame(CLOSE, b'\x03'), 1002),
    ('message over the limit', lambda peer: peer.frame(TEXT, b'x' * 5000), 1009),
    ('length of a lie', lambda peer: b'\x81\xff\x7f' + b'\xff' * 7 + peer.KEY, 1009),
)


def check_violations():
    """Who breaks the rules is told which, and closed; nobody else is."""
    with echo_daemon(more='[websocket]\nmax-message-size=4KiB') as daemon:
        with Peer(daemon.port()) as other:
            other.upgrade()
            for name, make, code in VIOLATIONS:
                with Peer(daemon.port()) as peer:
                    peer.upgrade()
                    peer.send(make(peer))
                    try:
                        reason = peer.expect_close(code)
                    except (AssertionError, EOFError) as error:
                        raise AssertionError(f'{name}: {error}') from error
                    assert reason, f'{name}: no reason that a person can read'
            other.echo()


def check_bomb():
    """A small message that inflates to a large one stops at the limit."""
    with echo_daemon(more='compression=yes\n[websocket]\nmax-message-size=64KiB') as daemon, \
            Peer(daemon.port()) as peer:
        head = peer.upgrade(more='Sec-WebSocket-Extensions: permessage-deflate\r\n')
        assert 'permessage-deflate' in head, head
        squeeze = zlib.compressobj(wbits=-15)
        bomb = squeeze.compress(b'\0' * 10_000_000) + squeeze.flush(zlib.Z_SYNC_FLUSH)
        peer.send(peer.frame(BINARY, bomb[:-4], first=FIN | RSV1))
        peer.expect_close(1009)


def check_compression():
    """What is long enough comes back compressed, and is the same."""
    with echo_daemon(more='compression=yes') as daemon, Peer(daemon.port()) as peer:
        peer.upgrade(more='Sec-WebSocket-Extensions: permessage-deflate\r\n')
        text = b'{"temperature":21.5,"room":"kitchen"}' * 100
        squeeze = zlib.compressobj(wbits=-15)
        peer.send(peer.frame(TEXT, (squeeze.compress(text) + squeeze.flush(zlib.Z_SYNC_FLUSH))[:-4], FIN | RSV1))
        first, payload = peer.receive()
        assert first == FIN | RSV1 | TEXT, first
        assert len(payload) < len(text) / 5, len(payload)
        assert zlib.decompressobj(wbits=-15).decompress(payload + b'\0\0\xff\xff') == text


REQUESTS = (
    ('alive', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 200),
    ('delivering', 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n', 200),
    ('nothing there', 'GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n', 404),
    ('a method that is not for it', 'DELETE /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 405),
    ('a WebSocket path without an upgrade', 'GET /echo HTTP/1.1\r\nHost: x\r\n\r\n', 426),
    ('a version of WebSocket that is not', UPGRADE.format(path='/echo', more='').replace('13', '12'), 426),
    ('a key that is none', UPGRADE.format(path='/echo', more='').replace('dGhl', '!'), 400),
    ('a page of somewhere else', UPGRADE.format(path='/echo', more='Origin: https://evil.example\r\n'), 403),
    ('two lengths', 'POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400),
    ('a length and chunks', 'POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n'
     'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400),
    ('no request at all', '\x16\x03\x01\x02\x00\r\n\r\n', 400),
)


def check_http():
    """Plain requests are answered as they should be."""
    with echo_daemon() as daemon:
        for name, request, status in REQUESTS:
            with Peer(daemon.port()) as peer:
                peer.send(request)
                got = peer.read_head()
                assert int(got.split()[1]) == status, f'{name}: {got}'
                assert 'libsoup' not in got.lower(), got


def check_huge_header():
    """A header without end is answered or closed before it is large."""
    with echo_daemon() as daemon, Peer(daemon.port()) as peer:
        try:
            peer.send('GET / HTTP/1.1\r\nHost: x\r\n')
            for _ in range(10000):
                peer.send('X-Padding: ' + 'x' * 1000 + '\r\n')
            assert peer.status() in (400, 431)
        except (ConnectionError, EOFError):
            pass
        with Peer(daemon.port()) as other:
            other.upgrade()
            other.echo()


def check_unix_socket():
    """A unix socket is as good as a port, and its file goes with the service."""
    with echo_daemon(listen='unix:{folder}/socket') as daemon:
        daemon.wait_log('serving with')
        path = f'{daemon.folder.name}/socket'
        with Peer(path) as peer:
            peer.upgrade()
            peer.echo()
        assert daemon.stop() == 0
        assert not (daemon.config.parent / 'socket').exists()


def tls_daemon(folder, more=''):
    return echo_daemon(f'tls-certificate={folder}/server.pem\ntls-key={folder}/server-key.pem\n{more}',
                       listen='tls:127.0.0.1:0')


def check_tls():
    """Over TLS all is the same."""
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, 'server')
        with tls_daemon(folder) as daemon:
            with Peer(daemon.port(), trusting(folder, 'server').wrap_socket) as peer:
                peer.upgrade(together=peer.frame(TEXT, b'early'))
                peer.expect(TEXT, b'early')
                for length in (1, 20000, 200000):
                    peer.echo(b'x' * length)
            assert daemon.stop() == 0


def check_new_certificate():
    """A renewed certificate is shown after a reload, and nobody is dropped for it."""
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, 'server')
        old = trusting(folder, 'server')
        with tls_daemon(folder) as daemon, Peer(daemon.port(), old.wrap_socket) as peer:
            peer.upgrade()
            make_certificate(folder, 'server')
            daemon.reload()
            with Peer(daemon.port(), trusting(folder, 'server').wrap_socket) as next_one:
                next_one.upgrade()
                next_one.echo()
            try:
                Peer(daemon.port(), old.wrap_socket)
                raise AssertionError('the old certificate is still shown')
            except ssl.SSLCertVerificationError:
                pass
            peer.echo()


def check_client_certificate():
    """Clients may show a certificate: a good one is welcome, none is, too, and a bad one is the end."""
    with tempfile.TemporaryDirectory() as folder:
        for name, issuer in (('server', None), ('authority', None), ('client', 'authority'),
                             ('other', None), ('stranger', 'other')):
            make_certificate(folder, name, issuer)
        with tls_daemon(folder, f'tls-client-ca={folder}/authority.pem') as daemon:
            for name in (None, 'client'):
                context = trusting(folder, 'server')
                if name is not None:
                    context.load_cert_chain(f'{folder}/{name}.pem', f'{folder}/{name}-key.pem')
                with Peer(daemon.port(), context.wrap_socket) as peer:
                    peer.upgrade()
                    peer.echo()
            context = trusting(folder, 'server')
            context.load_cert_chain(f'{folder}/stranger.pem', f'{folder}/stranger-key.pem')
            try:
                with Peer(daemon.port(), context.wrap_socket) as peer:
                    peer.upgrade()
                raise AssertionError('a bad certificate was accepted')
            except (ssl.SSLError, EOFError, ConnectionError):
                pass


def check_tls_silence():
    """Who opens a TLS connection and says nothing, or nonsense, is closed."""
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, 'server')
        with tls_daemon(folder, 'header-timeout=300ms\nhandshake-timeout=300ms') as daemon:
            with Peer(daemon.port()) as silent, Peer(daemon.port()) as half, Peer(daemon.port()) as wrong:
                half.send(b'\x16\x03\x01')
                wrong.send('GET / HTTP/1.1\r\n\r\n')
                for peer in (silent, half):
                    assert peer.is_at_end()
                while not wrong.is_at_end():
                    pass
            with Peer(daemon.port(), trusting(folder, 'server').wrap_socket) as peer:
                peer.upgrade()
                peer.echo()


def check_tls_half():
    """Clients that stop in the middle of their first TLS record do not keep others from signing in."""
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, 'server')
        with tls_daemon(folder, 'header-timeout=10min\nhandshake-timeout=10min') as daemon:
            port = daemon.port()
            halves = [Peer(port) for _ in range(200)]
            for number, half in enumerate(halves):
                half.send(b'\x16\x03\x01\x02\x00\x01\x00'[:1 + number % 7])
            with Peer(port, trusting(folder, 'server').wrap_socket) as peer:
                peer.upgrade()
                peer.echo()
            for half in halves:
                half.socket.close()
            assert daemon.stop() == 0


def client_hello(context):
    """The first thing that a TLS client says."""
    said = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), said).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return said.read()


def check_tls_stalled():
    """Handshakes that nobody goes on with make room for others, and do not hold up a stop."""
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, 'server')
        context = trusting(folder, 'server')
        with tls_daemon(folder, 'header-timeout=10min\nhandshake-timeout=10min') as daemon:
            stalled = [Peer(daemon.port()) for _ in range(100)]
            for each in stalled:
                each.send(client_hello(context))
            with Peer(daemon.port(), context.wrap_socket) as peer:
                peer.upgrade()
                peer.echo()
            for each in [Peer(daemon.port()) for _ in range(10)]:
                each.send(client_hello(context))
                stalled.append(each)
            assert daemon.stop() == 0
            for each in stalled:
                each.socket.close()


def check_many():
    """Many clients on two workers each get their own words back."""
    with echo_daemon() as daemon:
        peers = [Peer(daemon.port()) for _ in range(200)]
        for peer in peers:
            peer.upgrade()
        for number, peer in enumerate(peers):
            peer.send(peer.frame(TEXT, str(number).encode()))
        for number, peer in enumerate(peers):
            peer.expect(TEXT, str(number).encode())
            peer.socket.close()


def answers_upgrade(port):
    """Whether there is a place now: what was given up comes back a moment later."""
    try:
        with Peer(port) as peer:
            peer.send(UPGRADE.format(path='/echo', more=''))
            return peer.status() == 101
    except (EOFError, ConnectionError):
        return False


def check_max_connections():
    """Beyond the limit there is a 503 that says when to come again; a place that is free is given again."""
    with echo_daemon('max-connections=3') as daemon:
        peers = [Peer(daemon.port()) for _ in range(3)]
        for peer in peers:
            peer.upgrade()
        with Peer(daemon.port()) as late:
            head = late.read_head()
            assert ' 503 ' in head and 'Retry-After' in head, head
        peers[0].send(peers[0].frame(CLOSE, struct.pack('!H', 1000)))
        assert peers[0].expect_close(1000) is not None
        assert peers[0].is_at_end()
        wait_for('a free place', lambda: answers_upgrade(daemon.port()))


def check_descriptors():
    """At the limit of descriptors who is there is served on; when there are some again, others are, too."""
    with echo_daemon(before=('prlimit', '--nofile=64')) as daemon:
        port = daemon.port()
        with Peer(port) as settled:
            settled.upgrade()
            settled.echo()
            peers = [connect(port) for _ in range(100)]
            settled.echo()
            for peer in peers:
                peer.close()
            wait_for('descriptors', lambda: answers_upgrade(port))
            settled.echo()
        assert daemon.stop() == 0


def check_silence():
    """Who says nothing, or too little, is closed when its time is over; who speaks meanwhile is served."""
    with echo_daemon('header-timeout=300ms') as daemon:
        silent = [Peer(daemon.port()) for _ in range(50)]
        half = Peer(daemon.port())
        half.send('GET / HTTP/1.1\r\nHo')
        with Peer(daemon.port()) as peer:
            peer.upgrade()
            for other in silent:
                assert other.is_at_end()
            assert half.status() == 408
            peer.echo()


WITH_BODY = 'POST /healthz HTTP/1.1\r\nHost: x\r\n{}\r\n\r\n'


def check_slow_bodies():
    """Who announces a body and never sends it takes no place from those who want to sign in."""
    for body, status in (('Content-Length: 100', 413), ('Transfer-Encoding: chunked', 411)):
        with echo_daemon('header-timeout=10min') as daemon:
            slow = [Peer(daemon.port()) for _ in range(200)]
            for peer in slow:
                peer.send(WITH_BODY.format(body))
            with Peer(daemon.port()) as peer:
                peer.upgrade()
                peer.echo()
            for peer in slow:
                assert peer.status() == status, body
                peer.socket.close()


def check_rate():
    """Who sends more messages than it may is read more slowly; nothing is lost."""
    with echo_daemon(more='[websocket]\nmax-messages-per-second=50') as daemon, Peer(daemon.port()) as peer:
        peer.upgrade()
        for number in range(100):
            peer.send(peer.frame(TEXT, str(number).encode()))
        for number in range(100):
            peer.expect(TEXT, str(number).encode())


def check_reads_nothing():
    """Who never reads what it is sent is read from no more, and costs a bounded amount of memory."""
    with echo_daemon(more='[websocket]\nmax-messages-per-second=0\nsend-queue=256KiB') as daemon:
        port = daemon.port()
        with Peer(port) as greedy, Peer(port) as other:
            other.upgrade()
            greedy.upgrade()
            before = daemon.resident()
            greedy.socket.settimeout(1)
            frame = greedy.frame(BINARY, b'x' * 65536)
            try:
                for _ in range(2000):
                    greedy.send(frame)
            except (TimeoutError, ConnectionError):
                pass
            # 128 MiB were sent, or as many as went; a sanitizer keeps for a while what was freed.
            grown = daemon.resident() - before
            assert grown < 48 * 1024, f'{grown} KiB more'
            other.echo()


def check_fragments_for_ever():
    """A message without end ends at a limit, however small its pieces are."""
    with echo_daemon(more='[websocket]\nmax-messages-per-second=0') as daemon, Peer(daemon.port()) as peer:
        peer.upgrade()
        pieces = peer.frame(0, b'', first=0) * 1000
        try:
            peer.send(peer.frame(TEXT, b'', first=0))
            for _ in range(1000):
                peer.send(pieces)
        except ConnectionError:
            return
        assert peer.expect_close(1008)


def check_ping():
    """A silent client is asked whether it is there; one that does not answer is let go."""
    with echo_daemon(more='[websocket]\nping-interval=200ms\nping-timeout=200ms') as daemon, \
            Peer(daemon.port()) as peer:
        peer.upgrade()
        first, payload = peer.receive()
        assert first == FIN | PING
        peer.send(peer.frame(PONG, payload))
        assert peer.receive()[0] == FIN | PING
        assert peer.is_at_end() or peer.receive()[0] == FIN | CLOSE


def check_reload():
    """A reload drops nobody, and counts for those who come after it."""
    with echo_daemon() as daemon, Peer(daemon.port()) as peer:
        peer.upgrade()
        daemon.write_config(ECHO.format(server='', more='[websocket]\nmax-message-size=1KiB', listen='127.0.0.1:0'))
        daemon.reload()
        peer.echo(b'x' * 5000)
        with Peer(daemon.port()) as next_one:
            next_one.upgrade()
            next_one.send(next_one.frame(TEXT, b'x' * 5000))
            next_one.expect_close(1009)
        peer.echo(b'x' * 5000)


def check_reload_storm():
    """Reloads that come while clients connect disturb none of them."""
    with echo_daemon() as daemon:
        port = daemon.port()
        for _ in range(100):
            daemon.process.send_signal(signal.SIGHUP)
            with Peer(port) as peer:
                peer.upgrade()
                peer.echo()
        assert daemon.stop() == 0


def check_drain():
    """On a stop every client is told to come again, and when; then the service ends well."""
    with echo_daemon('drain-time=2s') as daemon:
        peers = [Peer(daemon.port()) for _ in range(20)]
        for peer in peers:
            peer.upgrade()
        daemon.process.send_signal(signal.SIGTERM)
        for peer in peers:
            assert 'reconnect after' in peer.expect_close(1012)
            peer.send(peer.frame(CLOSE, struct.pack('!H', 1012)))
        assert daemon.process.wait(60) == 0
        assert not any('warning' in line and 'did not' in line for line in daemon.lines), daemon.lines


def check_stop_with_the_stubborn():
    """Those who do not answer a close do not hold the service up."""
    with echo_daemon('drain-time=500ms') as daemon:
        peers = [Peer(daemon.port()) for _ in range(5)]
        for peer in peers:
            peer.upgrade()
        assert daemon.stop() == 0


def check_vanishing():
    """Clients that reset their connection at any moment leave nothing behind."""
    with echo_daemon('max-connections=50') as daemon:
        for round_ in range(300):
            peer = connect(daemon.port())
            peer.setsockopt(1, 13, struct.pack('ii', 1, 0))
            if round_ % 3:
                peer.sendall(UPGRADE.format(path='/echo', more='').encode()[:60 if round_ % 3 == 1 else None])
            peer.close()
        wait_for('all places', lambda: answers_upgrade(daemon.port()))
        assert daemon.stop() == 0


if __name__ == '__main__':
    sys.exit(run(globals()))

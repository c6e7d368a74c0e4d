#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""What is special about HTTP: event streams behind TLS, and requests whose bodies come slowly or are not wanted.

Argument: the build folder.
"""

import json
import pathlib
import signal
import sys
import tempfile
import threading
from contextlib import contextmanager

from certificates import make_certificate, trusting
from checks import run
from raw_peer import PATIENCE, Peer, wait_for
from speakers import API_KEY, Stream, Typed, service, token

BUILD = sys.argv[1]
MIB = 1024 * 1024
TLS = 'tls-certificate={0}/server.pem\ntls-key={0}/server-key.pem\n{1}'


@contextmanager
def tls_service(server='', more=''):
    """A service behind TLS, and what wraps its clients' sockets."""
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, 'server')
        with service(BUILD, listen='tls:127.0.0.1:0', server=TLS.format(folder, server), more=more) as daemon:
            yield daemon, trusting(folder, 'server').wrap_socket


def publish(daemon, wrap, topic, data):
    status, _, answer = daemon.http('POST', '/api/v1/publish', {'topic': topic, 'data': data}, wrap=wrap)
    assert status == 200, answer


def last_events(stream):
    """All that comes until the service ends the stream."""
    events = [stream.event()]
    while events[-1].get('event') != 'close':
        events.append(stream.event())
    return events


def check_events_tls():
    """Over TLS a stream brings what it should, and who comes back with the last id gets what was missed."""
    with tls_service() as (daemon, wrap):
        with Stream(daemon.port(), 'topic=kept.a', token('ada'), wrap=wrap) as stream:
            assert stream.event()['event'] == 'subscribed'
            publish(daemon, wrap, 'kept.a', {'n': 1})
            event = stream.event()
            assert json.loads(event['data'])['data'] == {'n': 1}, event
        for number in (2, 3):
            publish(daemon, wrap, 'kept.a', {'n': number})
        with Stream(daemon.port(), 'topic=kept.a', token('ada'), event['id'], wrap=wrap) as stream:
            assert json.loads(stream.event()['data'])['positions']['kept.a']['recovered'] is True
            assert [json.loads(stream.event()['data'])['data']['n'] for _ in range(2)] == [2, 3]


def check_events_tls_large():
    """What is larger than a record and than the socket's buffer comes whole, and in order."""
    with tls_service() as (daemon, wrap), \
            Stream(daemon.port(), 'topic=kept.a', token('ada'), wrap=wrap) as stream:
        assert stream.event()['event'] == 'subscribed'
        for number in range(10):
            publish(daemon, wrap, 'kept.a', {'n': number, 'fill': 'x' * 60000})
        for number in range(10):
            data = json.loads(stream.event()['data'])['data']
            assert (data['n'], len(data['fill'])) == (number, 60000)


def check_events_tls_kept_alive():
    """A quiet stream is kept alive by comments, and is none the worse for them."""
    with tls_service(more='[websocket]\nping-interval=1s\nping-timeout=1s') as (daemon, wrap), \
            Stream(daemon.port(), 'topic=public.a', token('ada'), wrap=wrap) as stream:
        assert stream.event()['event'] == 'subscribed'
        for _ in range(3):
            stream.comment()
        publish(daemon, wrap, 'public.a', {'n': 1})
        assert json.loads(stream.event()['data'])['data'] == {'n': 1}


def check_events_tls_expiry():
    """A stream ends with its token, which is told, and with it the connection, in good order."""
    with tls_service(more='[plugin jwt]\nleeway=0s') as (daemon, wrap), \
            Stream(daemon.port(), 'topic=public.a', token('ada', lifetime=2), wrap=wrap) as stream:
        events = last_events(stream)
        assert json.loads(events[-1]['data'])['code'] == 4502, events
        assert stream.is_at_end()


def check_events_tls_refused():
    """A bad token ends the stream before it has begun; one that is not there does when its time is over."""
    with tls_service(more='[websocket]\nauth-timeout=300ms') as (daemon, wrap):
        for secret, code in (('x', 4401), (None, 4408)):
            with Stream(daemon.port(), 'topic=public.a', secret, wrap=wrap) as stream:
                events = last_events(stream)
                assert json.loads(events[-1]['data'])['code'] == code, events
                assert stream.is_at_end()


def check_events_tls_stop():
    """On a stop streams behind TLS are told to come again; those who do not read do not hold it up."""
    with tls_service(server='drain-time=1s') as (daemon, wrap):
        streams = [Stream(daemon.port(), 'topic=public.a', token('ada'), wrap=wrap) for _ in range(5)]
        for stream in streams:
            assert stream.event()['event'] == 'subscribed'
        for _ in range(40):
            publish(daemon, wrap, 'public.a', 'x' * 60000)
        daemon.process.send_signal(signal.SIGTERM)
        for stream in streams[:3]:
            assert json.loads(last_events(stream)[-1]['data'])['code'] == 1012
            assert stream.is_at_end()
        assert daemon.process.wait(PATIENCE) == 0
        for stream in streams:
            stream.socket.close()


def check_events_method():
    """Streams are got, and nothing else."""
    with tls_service() as (daemon, wrap):
        for method in ('HEAD', 'POST', 'DELETE'):
            status, headers, _ = daemon.http(method, '/events?topic=public.a', wrap=wrap)
            assert (status, headers['allow']) == (405, 'get, options'), (method, headers)


HEAD = ('POST /api/v1/publish HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'
        f'Authorization: Bearer {API_KEY}\r\nContent-Length: {{}}\r\n\r\n')


def assert_quick(daemon):
    """Others are served meanwhile."""
    with Typed(daemon.port(), token('eve')) as client:
        client.subscribe('public.x')
        daemon.publish('public.x', {'n': 1})
        client.expect_json(n=1)


def assert_grew_less(daemon, before, mib):
    """What it takes of memory. A sanitizer's own is many times that."""
    options = json.loads((pathlib.Path(BUILD) / 'meson-info/intro-buildoptions.json').read_text(encoding='utf-8'))
    if any(option['name'] == 'b_sanitize' and option['value'] == 'none' for option in options):
        assert daemon.resident() < before + mib * 1024, (before, daemon.resident())


def check_slow_uploads():
    """Bodies that come byte by byte cost what has come of them, end with their time, and disturb nobody."""
    with service(BUILD, server='header-timeout=2s') as daemon:
        before = daemon.resident()
        slow = [Peer(daemon.port()) for _ in range(50)]
        for peer in slow:
            peer.send(HEAD.format(4 * MIB))
        for _ in range(20):
            for peer in slow:
                peer.send(b' ')
            assert_quick(daemon)
        assert_grew_less(daemon, before, 16)
        for peer in slow:
            got = peer.status()
            assert got == 408, got
            peer.socket.close()
        assert_quick(daemon)


def check_byte_by_byte_upload():
    """A body that comes byte by byte, but in time, is as good as another."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('ada')) as client, Peer(daemon.port()) as peer:
        client.subscribe('public.x')
        body = json.dumps({'topic': 'public.x', 'data': {'n': 'ü'}}).encode()
        for byte in HEAD.format(len(body)).encode() + body:
            peer.send(bytes([byte]))
        assert peer.status() == 200
        client.expect_json(n='ü')


def check_uploads_bounded():
    """Many large bodies that are never finished hold no more than the bound, and those who are quick pass them."""
    with service(BUILD, server='header-timeout=10min') as daemon:
        before = daemon.resident()
        large = [Peer(daemon.port()) for _ in range(60)]
        for peer in large:
            try:
                peer.send(HEAD.format(4 * MIB).encode() + b' ' * (3 * MIB))
            except ConnectionError:
                pass
        # Two workers, 64 MiB each, and what doubling arrays leaves over.
        assert_grew_less(daemon, before, 2 * 64 * 2 + 32)
        # More than is left, whichever worker has it.
        body = json.dumps([{'topic': 'public.x', 'data': 'x' * 60000}] * 52)
        for _ in range(20):
            wait_for('room', lambda: daemon.http('POST', '/api/v1/publish', body.encode())[0] == 200)
        assert_quick(daemon)
        for peer in large:
            peer.socket.close()
        assert daemon.stop() == 0


def send_all(peer, data, failed):
    try:
        peer.send(data)
    except ConnectionError as error:
        failed.append(error)


def check_refused_upload():
    """Who sends a large body that is not wanted is told so, and not reset before it could read why."""
    refused = (('POST', '/api/v1/publish', 9 * MIB, 413), ('POST', '/healthz', 3 * MIB, 413),
               ('PUT', '/nowhere', 3 * MIB, 413))
    with service(BUILD) as daemon:
        for method, path, length, status in refused:
            for _ in range(10):
                with Peer(daemon.port()) as peer:
                    head = f'{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n'
                    failed = []
                    thread = threading.Thread(target=send_all, args=(
                        peer, head.encode() + b' ' * min(length, 3 * MIB), failed))
                    thread.start()
                    assert peer.status() == status, path
                    thread.join(PATIENCE)
                    assert not thread.is_alive() and not failed, failed
        assert_quick(daemon)


if __name__ == '__main__':
    sys.exit(run(globals()))

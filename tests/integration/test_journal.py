#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""What operators are told of what clients do, in fields that can be asked for; and what is told to nobody.

Argument: the build folder.
"""

import json
import re
import socket
import struct
import sys
import tempfile

from checks import run
from raw_peer import BINARY, TEXT, Peer, connect
from speakers import Action, Stream, Typed, service, token
from test_clients import client_hello, make_certificate, tls_daemon, trusting

BUILD = sys.argv[1]
SECRET = 'thepayloadthatnobodymayread'
FATAL_ALERT = b'\x15\x03\x03\x00\x02\x02\x28'


def fields_of(line):
    """What stands in brackets behind a line."""
    found = re.search(r'\[([A-Z]+=.*)\]$', line)
    return dict(re.findall(r'([A-Z_]+)=(\S+)', found[1])) if found else {}


def expect_line(daemon, pattern, *names, **values):
    """A line that matches, with these fields, and with these values in them."""
    daemon.wait_log(pattern)
    line = next(line for line in daemon.lines if re.search(pattern, line))
    fields = fields_of(line)
    assert all(fields.get(name) for name in names), (names, line)
    assert all(fields.get(name) == value for name, value in values.items()), (values, line)
    return fields


def check_signing_in():
    """Who comes in is told at debug; who does not, where from and by whom he was refused, at info."""
    with service(BUILD, more='[log]\nlevel=debug') as daemon:
        with Typed(daemon.port(), token('ada')) as client:
            client.subscribe('public.x')
            expect_line(daemon, r'debug belfry-hub: session \S+ is known', 'SESSION', USER='ada', PEER='127.0.0.1',
                        DIALECT='typed')
        with Action(daemon.port()) as client:
            client.ask('authorization', token('ada', secret='x' * 32))
            client.expect_close(4401)
        expect_line(daemon, 'info belfry-hub: not let in, from 127.0.0.1: the credentials were refused; the plugin jwt',
                    'SESSION', PEER='127.0.0.1', DIALECT='action', PLUGIN='jwt')
        with Typed(daemon.port(), token('ada', lifetime=-3600)) as client:
            client.hear()
            client.expect_close(4502)
        expect_line(daemon, 'not let in, from 127.0.0.1: the token has expired', 'SESSION', PLUGIN='jwt')
        assert daemon.http('GET', '/api/v1/topics', key='nonsense')[0] == 401
        expect_line(daemon, r'not let in.*the credentials.*\[PEER=127', PEER='127.0.0.1')


def check_forbidden():
    """What a user may not do is told with the topic, and with the plugin that said no, if one did."""
    rules = 'deny subscribe secret.>\nallow * public.> if authenticated\n'
    with service(BUILD, rules=rules) as daemon, Typed(daemon.port(), token('ada')) as client:
        for topic in ('secret.x', 'unknown.x'):
            client.say(type='subscribe', topics=[topic])
            while client.hear().get('code') != 'forbidden':
                pass
        expect_line(daemon, 'info belfry-hub: ada may not subscribe to the topic .secret.x.; the plugin rules says no',
                    'SESSION', USER='ada', TOPIC='secret.x', PLUGIN='rules', PEER='127.0.0.1', DIALECT='typed')
        expect_line(daemon, 'ada may not subscribe to the topic .unknown.x.', USER='ada', TOPIC='unknown.x')
        client.say(type='publish', topic='unknown.y', data=SECRET)
        assert client.hear()['code'] == 'forbidden'
        expect_line(daemon, 'ada may not publish to the topic .unknown.y.', 'SESSION', USER='ada', TOPIC='unknown.y')
        assert not any(SECRET in line for line in daemon.lines)


FAULTS = (
    ('no mask', lambda peer: peer.frame(TEXT, b'x', masked=False), 1002),
    ('no text', lambda peer: peer.frame(TEXT, b'\xff'), 1007),
    ('too long', lambda peer: peer.frame(TEXT, b'{"a":"' + b'x' * 5000 + b'"}'), 1009),
    ('binary', lambda peer: peer.frame(BINARY, b'{}'), 1003),
    ('nonsense', lambda peer: peer.frame(TEXT, b'{' + SECRET.encode()) * 200, 1008),
)


def check_faults():
    """Who breaks a rule is told of with his session, his name, his dialect, the code and the reason."""
    more = '[websocket]\nmax-message-size=4KiB\nmax-messages-per-second=0'
    with service(BUILD, more=more) as daemon:
        for name, make, code in FAULTS:
            with Typed(daemon.port(), token('ada')) as client:
                client.subscribe('public.x')
                client.send(make(client))
                client.expect_close(code)
            try:
                expect_line(daemon, f'info belfry-connection: Connection ended with {code}: .+', 'SESSION', USER='ada',
                            PEER='127.0.0.1', DIALECT='typed')
            except AssertionError as error:
                raise AssertionError(f'{name}: {error}') from error
        assert not any(SECRET in line for line in daemon.lines)


def check_own_words():
    """What a client says when it closes is in no line that others than developers read."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('ada')) as client:
        client.subscribe('public.x')
        client.send(client.frame(8, struct.pack('!H', 4501) + b'all is lost'))
        client.expect_close(4501)
        with Typed(daemon.port(), token('bob')) as other:
            other.send(other.frame(BINARY, b'x'))
            other.expect_close(1003)
        expect_line(daemon, 'Connection ended with 1003')
        assert not any('all is lost' in line or '4501' in line for line in daemon.lines), daemon.lines


def check_slow():
    """Who is too slow is told of by name, and what came of it."""
    more = '[websocket]\nsend-queue=64KiB\n[topic public.d]\nslow-consumer=disconnect\n' \
           '[topic public.o]\nslow-consumer=drop-oldest'
    with service(BUILD, more=more) as daemon:
        with Typed(daemon.port(), token('ada')) as closed, Typed(daemon.port(), token('bob')) as kept:
            for client in (closed, kept):
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            closed.subscribe('public.d')
            kept.subscribe('public.o')
            for number in range(300):
                for topic in ('public.d', 'public.o'):
                    daemon.publish(topic, {'n': number, 'fill': SECRET * 1000})
            assert closed.expect_close(4501)
            expect_line(daemon, 'info belfry-session: a client is too slow for .public.o.', 'SESSION', USER='bob',
                        TOPIC='public.o', DIALECT='typed')
        expect_line(daemon, 'info belfry-connection: Connection ended with 4501: too slow', 'SESSION', USER='ada',
                    PEER='127.0.0.1', DIALECT='typed')
        assert not any(SECRET in line for line in daemon.lines)


def check_limits():
    """Each limit that is reached names itself."""
    server = 'max-connections-per-user=1\nmax-connections=4'
    with service(BUILD, server=server) as daemon, Typed(daemon.port(), token('ada')) as client:
        client.subscribe('public.x')
        with Typed(daemon.port(), token('ada')) as second:
            assert second.hear()['code'] == 'limit-reached'
        expect_line(daemon, 'not let in.*no more than 1 connections of a user', 'SESSION', USER='ada', PEER='127.0.0.1')
        crowd = [connect(daemon.port()) for _ in range(8)]
        expect_line(daemon, r'warning belfry-listener: a connection.*too many connections \(max-connections\)',
                    PEER='127.0.0.1')
        for each in crowd:
            each.close()
    with service(BUILD, server='max-connections-per-address=1') as daemon, Typed(daemon.port(), token('ada')):
        with Peer(daemon.port()) as second:
            assert second.status() == 503
        expect_line(daemon, r'info belfry-listener: a connection.*\(max-connections-per-address\)', PEER='127.0.0.1')
    with service(BUILD, server='accept-rate=1') as daemon:
        crowd = [connect(daemon.port()) for _ in range(20)]
        expect_line(daemon, r'notice belfry-listener: a connection.*\(accept-rate\)', PEER='127.0.0.1')
        for each in crowd:
            each.close()


def check_administration():
    """What an administrator does is told with the user."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('ada')) as client:
        client.subscribe('public.x')
        session = daemon.http('GET', '/api/v1/sessions')[2]['sessions'][0]['id']
        assert daemon.http('DELETE', f'/api/v1/sessions/{session}')[0] in (200, 204)
        client.expect_close(4403)
        expect_line(daemon, 'notice belfry-hub: a session was closed on demand, with 4403', SESSION=session, USER='ada')


def check_tls():
    """A handshake that fails is told with the address, and what the library says."""
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, 'server')
        with tls_daemon(folder) as daemon:
            with Peer(daemon.port()) as peer:
                peer.send(client_hello(trusting(folder, 'server')))
                assert peer.read(1) == b'\x16'
                peer.send(FATAL_ALERT)
            expect_line(daemon, 'info belfry-http-front: a TLS handshake failed, from 127.0.0.1: .+', PEER='127.0.0.1')


def check_flood():
    """Nobody fills the log: the first are written, the rest counted."""
    with service(BUILD, rules='allow * public.>\n') as daemon:
        for _ in range(100):
            with Typed(daemon.port(), 'x') as client:
                client.hear()
                client.expect_close(4401)
        with Typed(daemon.port(), token('ada')) as client:
            for number in range(100):
                client.say(type='subscribe', topics=[f'no.{number}'])
                assert client.hear()['code'] == 'forbidden'
        assert daemon.stop() == 0
        for pattern, rest in (('not let in', 'somebody was not let in'), ('may not subscribe', 'was not allowed')):
            lines = [line for line in daemon.lines if pattern in line]
            assert 1 <= len(lines) < 30, lines
            counted = daemon.wait_log(rf'(\d+) more like this: .*{rest}')
            assert int(counted[1]) + sum('more like this' not in line for line in lines) >= 100, counted[0]


def use_everything(daemon, secrets):
    """Tokens in every place that there is for them, and payloads on every way."""
    port = daemon.port()
    with Action(port, secrets['good']) as client, Typed(port, secrets['query']) as typed, \
            Stream(port, 'topic=public.x', secrets['header']) as stream:
        client.subscribe('chat-room')
        typed.subscribe('chat-room', 'kept.a')
        assert stream.event()['event'] == 'subscribed'
        typed.say(type='refresh', token=secrets['refresh'], id=1)
        while typed.hear().get('id') != 1:
            pass
        client.ask('publish', 'chat-room', payload=SECRET, id='p')
        daemon.publish('kept.a', {'x': SECRET})
        daemon.http('GET', '/api/v1/topics/kept.a/history')
        daemon.http('GET', '/api/v1/topics', key=secrets['api'])
        client.send(client.frame(TEXT, b'{"action":"' + SECRET.encode()))
        typed.say(type=SECRET, data=SECRET)
        typed.say(type='authenticate', token=secrets['bad'])
    for name in ('bad', 'expired'):
        with Typed(port, secrets[name]) as client:
            client.hear()
    more = f'Sec-WebSocket-Protocol: belfry.typed, belfry.bearer.{secrets["protocol"]}\r\n'
    with Peer(port) as peer:
        peer.upgrade('/ws', more)


def check_secrets():
    """However much is written down: no token, no key, no payload."""
    secrets = {name: token(name, nonce=name * 5) for name in ('good', 'query', 'header', 'refresh', 'protocol')}
    secrets['bad'] = token('bad', secret='y' * 32)
    secrets['expired'] = token('expired', lifetime=-3600)
    secrets['api'] = 'wrongkeywrongkeywrongkey'
    with service(BUILD, more='[log]\nlevel=debug') as daemon:
        use_everything(daemon, secrets)
        assert daemon.stop() == 0
        daemon.wait_log('stopped')
        written = '\n'.join(daemon.lines)
    assert 'debug' in written
    parts = {part for secret in secrets.values() for part in secret.split('.')[-2:]}
    for part in parts | {SECRET, json.dumps(SECRET), 'a-key-that-only-the-tests-know'}:
        assert part not in written, (part, [line for line in daemon.lines if part in line])


if __name__ == '__main__':
    sys.exit(run(globals()))

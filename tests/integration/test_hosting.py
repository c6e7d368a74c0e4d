#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""What plugins do to the service and its clients: those that hang, fail, change what is published, answer requests.

Argument: the build folder.
"""

import pathlib
import shutil
import sys
import tempfile
from contextlib import contextmanager

from checks import run
from raw_peer import Peer
from speakers import RULES, Action, Typed, service, token

BUILD = sys.argv[1]
PLUGINS = ('plugins/jwt/jwt.so', 'plugins/rules/rules.so', 'tests/plugins/scripted.so')
MORE = '[auth]\nauthorizers=scripted jwt\npolicies=scripted rules\nplugin-timeout={}\n[plugin scripted]\n'
SHORT, LONG = '300ms', '1min'

# What the scripted policy cannot say of ask.hang and ask.fail the rules would allow; not of ask.denied.hang.
ASK_RULES = RULES + 'deny * ask.denied.>\nallow * ask.> if authenticated\n'


@contextmanager
def hosting(timeout=SHORT):
    """A service with the scripted plugin before all others."""
    with tempfile.TemporaryDirectory(prefix='belfry-hosting-') as folder:
        for plugin in PLUGINS:
            shutil.copy(pathlib.Path(BUILD) / plugin, folder)
        with service(BUILD, more=MORE.format(timeout), rules=ASK_RULES, BELFRY_PLUGIN_DIR=folder) as daemon:
            yield daemon


def assert_serves(daemon):
    """Others are served, and the service says so."""
    assert daemon.http('GET', '/readyz', key=None)[0] == 200
    with Typed(daemon.port(), token('eve')) as client:
        client.subscribe('public.x')
        daemon.publish('public.x', {'n': 1})
        client.expect_json(n=1)


def check_authorizer_hangs():
    """Who waits for an authorizer that hangs can try again later; others sign in, and nobody else waits."""
    with hosting(LONG) as daemon, Action(daemon.port()) as client:
        client.ask('authorization', 'hang')
        assert_serves(daemon)
        assert daemon.stop() == 0
    with hosting() as daemon, Action(daemon.port()) as client:
        client.ask('authorization', 'hang', id=1)
        answer = client.hear()
        assert (answer.get('code'), answer.get('id')) == ('unavailable', 1), answer
        client.ask('authorization', token('ada'))
        client.expect_text('{"action":"session","message":"session authenticated"}')
        assert daemon.http('GET', '/api/v1/topics', key='hang')[:1] == (503,)
        daemon.wait_log('scripted')
        assert_serves(daemon)


def check_policy_hangs():
    """Behind a policy that hangs or fails others may forbid, but not allow; and what is asked next has its turn."""
    with hosting() as daemon, Typed(daemon.port(), token('ada')) as client:
        client.say(type='subscribe', topics=['ask.yes', 'ask.hang', 'ask.fail', 'ask.denied.hang', 'public.x'], id=1)
        client.say(type='ping', id=2)
        heard = [client.hear() for _ in range(5)]
        assert {'type': 'pong', 'id': 2} in heard, heard
        granted = [message['topics'] for message in heard if message['type'] == 'subscribed']
        assert granted == [['ask.yes', 'public.x']], heard
        refused = {message['topic']: message['code'] for message in heard if message['type'] == 'error'}
        assert refused == {'ask.hang': 'unavailable', 'ask.fail': 'unavailable', 'ask.denied.hang': 'forbidden'}, heard
        client.say(type='publish', topic='ask.hang', data=1, id=3)
        answer = client.hear()
        assert (answer.get('code'), answer['id']) == ('unavailable', 3), answer
        assert daemon.http('GET', '/api/v1/topics/ask.hang/history', key=token('ada'))[0] == 503
        assert_serves(daemon)


def check_policy_hangs_for_one():
    """While one client waits for a policy that hangs, others go on with the very same policy."""
    with hosting(LONG) as daemon, Typed(daemon.port(), token('ada')) as stuck, \
            Typed(daemon.port(), token('bob')) as other:
        stuck.say(type='subscribe', topics=['ask.hang'])
        other.subscribe('ask.yes')
        other.say(type='publish', topic='ask.yes', data={'n': 1})
        assert {'n': 1} in [other.hear(), other.hear()]
        assert_serves(daemon)
        assert daemon.stop() == 0


def check_many_hang():
    """A crowd that hangs is answered as a whole, and leaves nothing behind."""
    with hosting() as daemon:
        crowd = [Typed(daemon.port(), token(f'u{number}')) for number in range(50)]
        for client in crowd:
            client.say(type='subscribe', topics=['ask.hang'], id=1)
        assert_serves(daemon)
        for number, client in enumerate(crowd):
            if number % 2:
                client.socket.close()
                continue
            assert client.hear()['code'] == 'unavailable'
            client.subscribe('public.x')
            client.socket.close()
        assert daemon.stop() == 0


FILTERED = (
    ('"pass"', 'pass'),
    ('"replace"', ['replaced']),
)

UNFILTERED = (
    ('refuse', 'forbidden', 403),
    ('fail', 'unavailable', 503),
    ('hang', 'unavailable', 503),
)


def check_filter():
    """A filter passes messages, replaces them, and keeps them from being published; who published is told."""
    with hosting() as daemon, Typed(daemon.port(), token('ada')) as ada, Action(daemon.port(), token('bob')) as bob:
        bob.subscribe('chat-room')
        for payload, arrived in FILTERED:
            body = f'{{"topic":"chat-room","data":{payload}}}'.encode()
            assert daemon.http('POST', '/api/v1/publish', body)[0] == 200
            bob.expect_json(action='message', topic='chat-room', snapshot=arrived)
            ada.say(type='publish', topic='chat-room', data=payload.strip('"'), id=payload)
            ada.expect_json(type='published', topic='chat-room', id=payload)
            bob.expect_json(action='message', topic='chat-room', snapshot=arrived)
        for payload, code, status in UNFILTERED:
            ada.say(type='publish', topic='chat-room', data=payload, id=payload)
            answer = ada.hear()
            assert (answer.get('code'), answer.get('id')) == (code, payload), answer
            got, _, answer = daemon.http('POST', '/api/v1/publish', {'topic': 'chat-room', 'data': payload})
            assert (got, answer['code']) == (status, code), answer
        daemon.publish('chat-room', 'last')
        bob.expect_json(action='message', topic='chat-room', snapshot='last')


def check_filter_keeps_order():
    """What a client publishes behind a message whose filter hangs is published after it was given up, in order."""
    with hosting() as daemon, Typed(daemon.port(), token('ada')) as ada, Typed(daemon.port(), token('bob')) as bob:
        bob.subscribe('chat-room')
        for number, data in enumerate(('hang', 'replace', 'third')):
            ada.say(type='publish', topic='chat-room', data=data, id=number)
        assert [ada.hear()['id'] for _ in range(3)] == [0, 1, 2]
        assert [bob.hear()['data'] for _ in range(2)] == [['replaced'], 'third']


ROUTES = (
    ('what is there', 'GET', 'hello', None, 200, b'hello'),
    ('its head', 'HEAD', 'hello', None, 200, b''),
    ('a body', 'POST', 'echo', b'abc', 200, b'abc'),
    ('an empty body', 'POST', 'echo', b'', 200, b''),
    ('nothing there', 'GET', 'nothing', None, 404, b'nothing'),
    ('a method that is not for it', 'GET', 'echo', None, 405, b'not so'),
    ('another', 'DELETE', 'hello', None, 405, b'not so'),
)

NO_ROUTES = (
    ('one that fails', '/plugin/scripted/fail', 502),
    ('one that hangs', '/plugin/scripted/hang', 503),
    ('a plugin that has none', '/plugin/jwt/hello', 404),
    ('a plugin that there is not', '/plugin/nothing/hello', 404),
    ('a plugin without a path', '/plugin/scripted', 404),
    ('no plugin', '/plugin/', 404),
)


def check_routes():
    """A plugin's routes are answered by the plugin, whatever the method; without it, by the service."""
    with hosting() as daemon:
        for name, method, path, body, status, answer in ROUTES:
            got, headers, rest = daemon.http(method, f'/plugin/scripted/{path}', body, key=None)
            assert (got, rest) == (status, answer), (name, got, rest)
            assert headers['x-content-type-options'] == 'nosniff', name
            assert status != 405 or headers['allow'] == ('post' if path == 'echo' else 'get, head'), headers
        assert daemon.http('HEAD', '/plugin/scripted/hello', key=None)[1]['content-length'] == '5'
        for name, path, status in NO_ROUTES:
            got, headers, answer = daemon.http('GET', path, key=None)
            assert got == status and headers['content-type'].startswith('application/problem+json'), (name, answer)
            assert 'told to' not in str(answer), answer
        assert_serves(daemon)


def check_route_identity():
    """A plugin's route is told who asks, if that can be said; it is not for the service to refuse."""
    with hosting() as daemon:
        for key, user in ((token('ada'), 'ada'), (None, 'nobody'), ('wrong', 'nobody'), ('hang', 'nobody')):
            status, headers, _ = daemon.http('POST', '/plugin/scripted/echo', b'x', key)
            assert (status, headers['x-user']) == (200, user), (key, headers)


def check_routes_hang_together():
    """Requests that hang do not keep others from being answered, and do not hold up a stop."""
    with hosting(LONG) as daemon:
        peers = [Typed(daemon.port(), token(f'u{number}')) for number in range(3)]
        for peer in peers:
            peer.say(type='publish', topic='chat-room', data='hang')
        waiting = [Peer(daemon.port()) for _ in range(20)]
        for peer in waiting:
            peer.send('GET /plugin/scripted/hang HTTP/1.1\r\nHost: x\r\n\r\n')
        assert_serves(daemon)
        assert daemon.http('GET', '/plugin/scripted/hello', key=None)[2] == b'hello'
        for peer in waiting[1:]:
            peer.socket.close()
        assert waiting[0].status() == 503
        assert daemon.stop() == 0


if __name__ == '__main__':
    sys.exit(run(globals()))

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""What clients can do, over real sockets, on the memory broker.

Argument: the build folder.
"""

import asyncio
import json
import pathlib
import signal
import socket
import sys
import threading

import websockets
from checks import run
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from raw_peer import BINARY, CLOSE, PATIENCE, TEXT, wait_for
from speakers import API_KEY, Action, Speaker, Stream, Typed, service, token

BUILD = sys.argv[1]


def check_action():
    """The whole conversation of the action dialect, letter by letter."""
    with service(BUILD) as daemon, Action(daemon.port()) as client:
        client.ask('authorization', token('ada'))
        client.expect_text('{"action":"session","message":"session authenticated"}')
        client.ask('subscribe', 'chat-room')
        client.expect_text('{"action":"subscribe","message":"context subscribed"}')
        daemon.publish('chat-room', {'info': 'hi'})
        client.expect_text('{"action":"message","topic":"chat-room","snapshot":{"info": "hi"}}')
        client.ask('unsubscribe', 'chat-room')
        client.expect_text('{"action":"unsubscribe","message":"context unsubscribed"}')
        daemon.publish('chat-room', {'info': 'nobody'})
        client.ask('subscribe', 'public.news')
        client.expect_text('{"action":"subscribe","message":"context subscribed"}')


def check_typed():
    """The typed dialect: a list of topics, each judged by itself; the published object is the delivery."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('42')) as client:
        client.say(type='subscribe', topics=['user.42.notifications', 'user.43.notifications', 'public.news'])
        client.expect_json(type='subscribed', topics=['user.42.notifications', 'public.news'])
        refused = client.hear()
        assert (refused['type'], refused['code'], refused['topic']) == ('error', 'forbidden', 'user.43.notifications')
        daemon.publish('user.42.notifications', {'type': 'notification', 'data': 1})
        client.expect_text('{"type": "notification", "data": 1}')
        daemon.publish('public.news', [1, 2])
        client.expect_json(type='message', topic='public.news', data=[1, 2])
        client.say(type='unsubscribe', topics=['public.news'])
        client.expect_json(type='unsubscribed', topics=['public.news'])


PAYLOADS = (
    ('spaces and order', b'{ "b":1,\t"a" : [ 1.50, 1e3 ] }'),
    ('escapes', b'{"a":"\\u00e4\\/\\n"}'),
    ('a repeated name', b'{"a":1,"a":2}'),
    ('a long number', b'{"a":123456789012345678901234567890}'),
)


def check_bytes_untouched():
    """What is JSON arrives byte for byte as it was published, in both dialects."""
    with service(BUILD) as daemon, Action(daemon.port(), token('ada')) as action, \
            Typed(daemon.port(), token('bob')) as typed:
        action.subscribe('public.x')
        typed.subscribe('public.x')
        for name, payload in PAYLOADS:
            status, _, _ = daemon.http('POST', '/api/v1/publish', b'{"topic":"public.x","data":' + payload + b'}')
            assert status == 200, name
            action.expect_text('{"action":"message","topic":"public.x","snapshot":' + payload.decode() + '}')
            typed.expect_text(payload.decode())


def check_other_bytes():
    """What is no JSON comes as a string, or as base64."""
    with service(BUILD) as daemon, Action(daemon.port(), token('ada')) as client:
        client.subscribe('public.x')
        daemon.publish('public.x', 'AP8=', encoding='base64')
        client.expect_json(action='message', topic='public.x', snapshot='AP8=', encoding='base64')
        daemon.publish('public.x', 'aGkgdGhlcmU=', encoding='base64')
        client.expect_json(action='message', topic='public.x', snapshot='hi there')


REFUSED = (
    ('not signed in', {'action': 'subscribe', 'context': 'public.x'}, 'not-authenticated'),
    ('no action', {'context': 'public.x'}, 'bad-request'),
    ('an action that there is not', {'action': 'dance'}, 'unknown-action'),
    ('another session', {'action': 'subscribe', 'session': 'x', 'context': 'public.x'}, 'session-mismatch'),
)

REFUSED_SIGNED_IN = (
    ('a topic of somebody else', {'action': 'subscribe', 'context': 'user.bob.x'}, 'forbidden'),
    ('a topic with a space', {'action': 'subscribe', 'context': 'a b'}, 'topic-invalid'),
    ('a reserved topic', {'action': 'subscribe', 'context': '__x'}, 'topic-invalid'),
    ('no topic', {'action': 'subscribe'}, 'bad-request'),
    ('not subscribed', {'action': 'unsubscribe', 'context': 'public.x'}, 'not-subscribed'),
    ('publishing where it may not', {'action': 'publish', 'context': 'public.x', 'payload': 1}, 'forbidden'),
)


def check_refusals():
    """Each request that is wrong gets its code, and the connection lives on."""
    with service(BUILD) as daemon, Action(daemon.port()) as client:
        for rows, secret in ((REFUSED, None), (REFUSED_SIGNED_IN, token('ada'))):
            if secret:
                client.ask('authorization', secret)
                assert client.hear()['message'] == 'session authenticated'
            for name, request, code in rows:
                client.say(**request)
                answer = client.hear()
                assert (answer['action'], answer.get('code')) == ('error', code), (name, answer)
        client.subscribe('public.x')


def check_nonsense():
    """Who sends nothing but nonsense is closed after a while."""
    more = '[websocket]\nmax-messages-per-second=0'
    with service(BUILD, more=more) as daemon, Typed(daemon.port(), token('a')) as client:
        for _ in range(2000):
            client.send(client.frame(TEXT, b'{"type":'))
        assert client.expect_close(1008)


BAD_TOKENS = (
    ('another secret', lambda: token('ada', secret='x' * 32), 'authentication-failed', 4401),
    ('expired', lambda: token('ada', lifetime=-3600), 'token-expired', 4502),
    ('no token at all', lambda: 'x', 'authentication-failed', 4401),
    ('not yet', lambda: token('ada', nbf=2 ** 33), 'authentication-failed', 4401),
)


def check_bad_tokens():
    """A token that is not good is refused, in a message and in the request; and never logged."""
    with service(BUILD, more='[log]\nlevel=debug') as daemon:
        for name, make, code, close in BAD_TOKENS:
            bad = make()
            with Action(daemon.port()) as client:
                client.ask('authorization', bad)
                answer = client.hear()
                assert answer.get('code') == code, (name, answer)
                client.expect_close(close)
            with Typed(daemon.port(), bad) as client:
                answer = client.hear()
                assert answer.get('code') == code, (name, answer)
                client.expect_close(close)
            assert len(bad) < 8 or not any(bad in line for line in daemon.lines), name


def check_sign_in_deadline():
    """Who does not sign in in time is closed."""
    with service(BUILD, more='[websocket]\nauth-timeout=300ms') as daemon, Action(daemon.port()) as client:
        client.expect_close(4408)


def check_expiry():
    """A token that ends closes its session, unless another one comes in time."""
    with service(BUILD, more='[plugin jwt]\nleeway=0s') as daemon:
        with Typed(daemon.port(), token('ada', lifetime=2)) as late, \
                Typed(daemon.port(), token('bob', lifetime=2)) as early:
            late.subscribe('public.x')
            early.say(type='refresh', token=token('bob'), id=1)
            answers = [early.hear()]
            while answers[-1].get('id') != 1:
                answers.append(early.hear())
            assert answers[-1]['type'] != 'error', answers
            late.expect_close(4502)
            early.subscribe('public.x')


def check_recovery():
    """Who comes back with its position gets what it missed, in order, and then what comes."""
    with service(BUILD) as daemon:
        with Action(daemon.port(), token('ada')) as client:
            at = client.subscribe('kept.a')
            assert at['offset'] == 0 and at['epoch'], at
            daemon.publish('kept.a', 1)
            assert client.hear() == {'action': 'message', 'topic': 'kept.a', 'snapshot': 1, 'offset': 1,
                                     'epoch': at['epoch']}
        for number in range(2, 6):
            daemon.publish('kept.a', number)
        with Action(daemon.port(), token('ada')) as client:
            answer = client.subscribe('kept.a', since={'offset': 1, 'epoch': at['epoch']})
            assert answer['recovered'] is True and answer['offset'] == 1, answer
            daemon.publish('kept.a', 6)
            assert [client.hear()['snapshot'] for _ in range(5)] == [2, 3, 4, 5, 6]
        with Action(daemon.port(), token('ada')) as client:
            answer = client.subscribe('kept.a', since={'offset': 1, 'epoch': '0123456789abcdef'})
            assert answer['recovered'] is False, answer


def check_envelope():
    """An endpoint may deliver everything in an envelope, with its place in the history."""
    more = '[endpoint /envelope]\ndialect=typed\ndelivery=envelope'
    with service(BUILD, more=more) as daemon, Typed(daemon.port(), token('ada'), '/envelope') as client:
        client.subscribe('kept.a')
        place = daemon.publish('kept.a', {'type': 'x'})
        client.expect_json(type='message', topic='kept.a', data={'type': 'x'}, offset=1, epoch=place['epoch'])


def check_patterns():
    """A pattern brings every topic that it matches, each message once, if the rules allow it."""
    with service(BUILD) as daemon, Action(daemon.port(), token('ada')) as client:
        client.subscribe('public.>')
        client.subscribe('public.*.x')
        client.subscribe('public.a.x')
        daemon.publish('public.a.x', 1)
        daemon.publish('public.b', 2)
        assert client.hear()['topic'] == 'public.a.x'
        assert client.hear()['topic'] == 'public.b'
        for pattern in ('>', '*', 'user.*.x'):
            client.ask('subscribe', pattern)
            assert client.hear()['code'] == 'forbidden', pattern


def check_presence():
    """Who is there is told on demand, and when somebody comes or goes."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('ada')) as ada:
        ada.subscribe('seen.room')
        joined = ada.hear()
        assert 'ada' in json.dumps(joined), joined
        with Typed(daemon.port(), token('bob')) as bob, Typed(daemon.port(), token('bob')) as again:
            bob.subscribe('seen.room')
            again.subscribe('seen.room')
            assert 'bob' in json.dumps(ada.hear())
            ada.say(type='presence', topic='seen.room', id='p')
            answer = ada.hear()
            assert answer['id'] == 'p' and 'ada' in json.dumps(answer) and 'bob' in json.dumps(answer), answer
        assert 'bob' in json.dumps(ada.hear())
        _, _, answer = daemon.http('GET', '/api/v1/topics/seen.room/presence')
        assert [user['user'] for user in answer['users']] == ['ada'], answer


def check_publish():
    """A client that may publishes to the others, and to itself if it is subscribed."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('ada')) as ada, \
            Action(daemon.port(), token('bob')) as bob:
        bob.subscribe('chat-room')
        ada.say(type='publish', topic='chat-room', data={'n': 1}, id=7)
        assert ada.hear()['id'] == 7
        assert bob.hear()['snapshot'] == {'n': 1}
        bob.ask('publish', 'chat-room', payload='hello', id='b')
        answers = sorted((json.dumps(bob.hear()) for _ in range(2)))
        assert any('"id": "b"' in answer for answer in answers) and any('hello' in answer for answer in answers)


def check_limits():
    """Beyond a limit there is a word for it."""
    more = '[websocket]\nmax-subscriptions=3'
    with service(BUILD, server='max-connections-per-user=2', more=more) as daemon:
        with Typed(daemon.port(), token('ada')) as client, Typed(daemon.port(), token('ada')) as other:
            client.subscribe('public.1', 'public.2', 'public.3')
            client.say(type='subscribe', topics=['public.4'])
            codes = [answer.get('code') for answer in (client.hear(), )]
            assert 'limit-reached' in codes, codes
            other.subscribe('public.1')
            with Typed(daemon.port(), token('ada')) as third:
                assert third.hear()['code'] == 'limit-reached'


async def converse(port, secret):
    async with websockets.connect(f'ws://127.0.0.1:{port}/ws?token={secret}') as client:
        await client.send(json.dumps({'type': 'subscribe', 'topics': ['public.x']}))
        assert json.loads(await client.recv()) == {'type': 'subscribed', 'topics': ['public.x']}
        await client.send(json.dumps({'type': 'ping', 'id': 1}))
        assert json.loads(await client.recv()) == {'type': 'pong', 'id': 1}
        return client.subprotocol


async def converse_action(port, secret):
    async with websockets.connect(f'ws://127.0.0.1:{port}/', compression='deflate') as client:
        assert json.loads(await client.recv())['action'] == 'connect'
        session = json.loads(await client.recv())['session']
        for action, context in (('authorization', secret), ('subscribe', 'public.x')):
            await client.send(json.dumps({'action': action, 'session': session, 'context': context}))
            answer = json.loads(await client.recv())
            assert 'code' not in answer, answer


def check_another_client():
    """A client that others wrote gets along with both dialects."""
    with service(BUILD, more='[websocket]\ncompression=yes') as daemon:
        secret = token('ada')
        asyncio.run(asyncio.wait_for(converse(daemon.port(), secret), PATIENCE))
        asyncio.run(asyncio.wait_for(converse_action(daemon.port(), secret), PATIENCE))


def check_small_window():
    """What would refer back over more than a client's window comes as it is; the envelope counts."""
    offer = 'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9\r\n'
    with service(BUILD, more='[websocket]\ncompression=yes') as daemon, \
            Speaker(daemon.port(), '/', offer) as client:
        topic = 'public.' + 't' * 100
        session = [client.hear(), client.hear()][1]['session']
        client.say(action='authorization', session=session, context=token('ada'))
        client.say(action='subscribe', session=session, context=topic)
        while client.hear()['action'] != 'subscribe':
            pass
        for payload in ('x' * 300, 'x' * 500):
            daemon.publish(topic, payload)
        kinds = [client.receive()[0] for _ in range(2)]
        assert kinds == [0xc0 | TEXT, 0x80 | TEXT], kinds


def check_subprotocols():
    """The subprotocol chooses the dialect, and brings the token of a browser."""
    with service(BUILD) as daemon:
        more = f'Sec-WebSocket-Protocol: belfry.typed, belfry.bearer.{token("ada")}\r\n'
        with Speaker(daemon.port(), '/', more) as client:
            client.say(type='subscribe', topics=['user.ada.x'])
            client.expect_json(type='subscribed', topics=['user.ada.x'])


def check_http():
    """The HTTP API: what it answers, and to whom."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('ada')) as client:
        client.subscribe('kept.a', 'public.b')
        first = daemon.publish('kept.a', 1, idempotency_key='once')
        assert daemon.publish('kept.a', 1, idempotency_key='once') == first
        assert daemon.http('POST', '/api/v1/publish', {'topic': 'a b', 'data': 1})[2]['code'] == 'topic-invalid'
        status, _, answer = daemon.http('POST', '/api/v1/publish', [
            {'topic': 'kept.a', 'data': 2}, {'topic': 'kept.a'}, {'topic': 'kept.a', 'data': 3}])
        assert status == 207 and [row.get('offset') for row in answer['results']] == [2, None, 3], answer
        _, _, history = daemon.http('GET', '/api/v1/topics/kept.a/history')
        assert [message['data'] for message in history['messages']] == [1, 2, 3], history
        _, _, topics = daemon.http('GET', '/api/v1/topics')
        assert {topic['topic']: topic['subscribers'] for topic in topics['topics']} == {'kept.a': 1, 'public.b': 1}
        _, _, sessions = daemon.http('GET', '/api/v1/sessions?user=ada')
        session, = sessions['sessions']
        assert session['dialect'] == 'typed' and session['topics'] == ['kept.a', 'public.b'], session
        assert daemon.http('GET', f'/api/v1/sessions/{session["id"]}')[2]['user'] == 'ada'
        assert daemon.http('DELETE', f'/api/v1/sessions/{session["id"]}')[0] == 204
        client.expect_close(4403)
        wait_for('the session to be gone', lambda: daemon.http('GET', f'/api/v1/sessions/{session["id"]}')[0] == 404)


HTTP_REFUSALS = (
    ('no key', 'GET', '/api/v1/topics', None, None, 401, 'not-authenticated'),
    ('a wrong key', 'GET', '/api/v1/topics', None, 'x', 401, 'authentication-failed'),
    ('a token without the role', 'GET', '/api/v1/topics', None, 'TOKEN', 403, 'forbidden'),
    ('publishing without a grant', 'POST', '/api/v1/publish', {'topic': 'public.x', 'data': 1}, 'TOKEN', 403,
     'forbidden'),
    ('no JSON', 'POST', '/api/v1/publish', b'{', API_KEY, 400, 'bad-request'),
    ('no body', 'POST', '/api/v1/publish', b'', API_KEY, 400, 'bad-request'),
    ('a name that there is not', 'POST', '/api/v1/publish', {'topic': 'a', 'data': 1, 'x': 1}, API_KEY, 400,
     'bad-request'),
    ('no such thing', 'GET', '/api/v1/nothing', None, API_KEY, 404, 'unknown-action'),
    ('a wrong method', 'PUT', '/api/v1/topics', None, API_KEY, 405, 'unknown-action'),
    ('a number that is none', 'GET', '/api/v1/topics?limit=x', None, API_KEY, 400, 'bad-request'),
    ('no such session', 'GET', '/api/v1/sessions/x', None, API_KEY, 404, 'unknown-action'),
)


def check_http_refusals():
    """Everything that is wrong is a problem document with its code."""
    with service(BUILD) as daemon:
        for name, method, path, body, key, status, code in HTTP_REFUSALS:
            key = token('ada') if key == 'TOKEN' else key
            got, headers, answer = daemon.http(method, path, body, key)
            assert (got, answer['code']) == (status, code), (name, got, answer)
            assert headers['content-type'].startswith('application/problem+json'), name
        assert daemon.http('POST', '/api/v1/publish', {'topic': 'user.ada.x', 'data': 1}, token('ada'))[0] == 200


def check_encoded_paths():
    """A topic in a path is decoded once, whatever is in its name."""
    with service(BUILD) as daemon:
        for topic, path in (('kept.a/b', 'kept.a%2Fb'), ('kept.9%41', 'kept.9%2541'), ('kept.c', 'kept%2ec')):
            daemon.publish(topic, topic)
            status, _, history = daemon.http('GET', f'/api/v1/topics/{path}/history')
            assert (status, history.get('topic')) == (200, topic), (path, history)
            assert [message['data'] for message in history['messages']] == [topic], history
        for path in ('kept.a/b', 'kept.a%00'):
            assert daemon.http('GET', f'/api/v1/topics/{path}/history')[0] == 404, path


def check_events():
    """Server-Sent Events bring the same, and come back with the id of the last one."""
    with service(BUILD) as daemon:
        with Stream(daemon.port(), 'topic=kept.a&topic=public.b', token('ada')) as stream:
            assert ' 200 ' in stream.head and 'text/event-stream' in stream.head, stream.head
            wait_for('the subscription', lambda: len(daemon.http('GET', '/api/v1/topics')[2]['topics']) == 2)
            daemon.publish('kept.a', {'n': 1})
            daemon.publish('public.b', {'n': 'b'})
            event = stream.event()
            while '"n"' not in event['data']:
                event = stream.event()
            assert '"n": 1' in event['data'], event
            last = event['id']
            assert '"n": "b"' in stream.event()['data']
        daemon.publish('kept.a', {'n': 2})
        with Stream(daemon.port(), 'topic=kept.a&topic=public.b', token('ada'), last) as stream:
            event = stream.event()
            while '"n": ' not in event['data']:
                event = stream.event()
            assert '"n": 2' in event['data'], event


NO_STREAMS = (
    ('no topic', ''),
    ('a topic that is no text behind one that is', 'topic=kept.a&topic=%FF'),
    ('a NUL', 'topic=kept.a&topic=b%00'),
    ('half an escape', 'topic=kept.a&topic=%4'),
    ('too many', '&'.join('topic=kept.a' for _ in range(300))),
)


def check_no_events():
    """Who does not say well what the stream is to bring gets none, rather than a part of it."""
    with service(BUILD) as daemon:
        for name, query in NO_STREAMS:
            with Stream(daemon.port(), query, token('ada')) as stream:
                assert ' 400 ' in stream.head, (name, stream.head)


def check_metrics():
    """The metrics can be read by the parser of those who collect them, and count what happens."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('ada')) as client:
        client.subscribe('public.x')
        for number in range(10):
            daemon.publish('public.x', {'n': number})
            client.hear()

        def figures():
            status, headers, text = daemon.http('GET', '/metrics', key=None)
            assert status == 200 and headers['content-type'].startswith('application/openmetrics-text'), headers
            return {sample.name: sample.value for family in text_string_to_metric_families(text.decode())
                    for sample in family.samples if not sample.labels}

        wait_for('the count', lambda: figures()['belfry_messages_delivered_total'] == 10)
        assert figures()['belfry_subscriptions'] == 1


def check_metrics_page():
    """The table of metrics in the documentation names what there is, and nothing else."""
    page = (pathlib.Path(__file__).parents[2] / 'doc/metrics.md').read_text(encoding='utf-8')
    lines = [line for line in page.splitlines() if line.startswith('| `')]
    rows = [[cell.strip(' `') for cell in line.split('|')[1:-1]] for line in lines]
    with service(BUILD) as daemon:
        text = daemon.http('GET', '/metrics', key=None)[2].decode()
        families = [[family.name, family.type, family.documentation] for family in text_string_to_metric_families(text)]
        assert [[name, kind, what] for name, kind, _, what in rows] == families


def storm(daemon, topic, count, failed):
    try:
        for start in range(1, count + 1, 100):
            items = [{'topic': topic, 'data': {'n': number}} for number in range(start, start + 100)]
            status, _, answer = daemon.http('POST', '/api/v1/publish', items)
            assert status == 200, answer
    except Exception as error:  # told by the thread that waits for us
        failed.append(error)


def check_storm():
    """While publishing goes on at full speed, who subscribes misses nothing, gets nothing twice, and all in order."""
    with service(BUILD) as daemon:
        failed = []
        thread = threading.Thread(target=storm, args=(daemon, 'kept.storm', 3000, failed))
        clients = []
        thread.start()
        for number in range(20):
            client = Action(daemon.port(), token(f'u{number}'))
            at = client.subscribe('kept.storm')
            clients.append((client, at['offset']))
        thread.join()
        assert not failed, failed
        for client, offset in clients:
            for number in range(offset + 1, 3001):
                message = client.hear()
                assert (message['offset'], message['snapshot']['n']) == (number, number), (message, number)
            client.socket.close()


def check_rules_reload():
    """Changed rules are in force after a reload; wrong ones are not, and the service goes on with the old."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('ada')) as client:
        client.say(type='subscribe', topics=['fresh.x'])
        while (answer := client.hear())['type'] != 'error':
            pass
        assert answer['code'] == 'forbidden'
        rules = daemon.config.parent / 'rules'
        rules.write_text(daemon.rules + 'allow subscribe fresh.>\n', encoding='utf-8')
        daemon.reload()
        client.subscribe('fresh.x')
        rules.write_text('allow everything\n', encoding='utf-8')
        daemon.process.send_signal(1)
        daemon.wait_log(r'rules:1')
        client.subscribe('fresh.y')


def check_authentication_off():
    """With authentication off anybody may do anything, and the log says so."""
    with service(BUILD, more='[auth]\nrequired=no') as daemon, Action(daemon.port()) as client:
        daemon.wait_log('authentication is off')
        client.subscribe('anything')
        client.ask('authorization', 'whatever')
        client.expect_text('{"action":"session","message":"session authenticated"}')
        daemon.publish('anything', {'n': 1})
        assert client.hear()['snapshot'] == {'n': 1}


def check_authentication_off_http():
    """With authentication off, whoever is known may do no less than who is not; but a header there must be."""
    with service(BUILD, more='[auth]\nrequired=no') as daemon:
        for key in ('x', token('ada'), token('ada', roles=['admin']), API_KEY):
            assert daemon.http('GET', '/api/v1/sessions', key=key)[0] == 200, key
            assert daemon.http('POST', '/api/v1/publish', {'topic': 'anything', 'data': 1}, key)[0] == 200, key
        assert daemon.http('GET', '/api/v1/sessions', key=None)[0] == 401


def check_authentication_off_exposed():
    """With authentication off on an address that others can reach, the log names it at the start."""
    with service(BUILD, listen='0.0.0.0:0', more='[auth]\nrequired=no') as daemon:
        daemon.port()
        assert any('“0.0.0.0:0”' in line and 'nobody needs to sign in' in line for line in daemon.lines), daemon.lines


def set_required(daemon, required):
    """Turns authentication on or off while the service runs."""
    text = daemon.config.read_text(encoding='utf-8')
    daemon.write_config(text.replace('required=no' if required else 'required=yes',
                                     'required=yes' if required else 'required=no'))
    daemon.reload()


def check_authentication_turned_off():
    """When authentication is turned off, who is there and was waiting for it is let in, and who comes is, too."""
    with service(BUILD, more='[auth]\nrequired=yes') as daemon, Action(daemon.port()) as waiting, \
            Typed(daemon.port(), token('ada')) as known:
        waiting.ask('subscribe', 'public.x')
        assert waiting.hear()['code'] == 'not-authenticated'
        known.subscribe('public.x')
        set_required(daemon, False)
        daemon.wait_log('authentication is off')
        waiting.subscribe('public.x')
        with Typed(daemon.port()) as fresh:
            fresh.subscribe('anything')
        daemon.publish('public.x', {'n': 1})
        known.expect_json(n=1)
        assert waiting.hear()['snapshot'] == {'n': 1}


def check_authentication_turned_on():
    """When it is turned on, who comes must sign in in time; who had done so notices nothing; nobody else may act."""
    more = '[auth]\nrequired=no\n[websocket]\nauth-timeout=5s'
    with service(BUILD, more=more) as daemon, Typed(daemon.port(), token('ada')) as known, \
            Typed(daemon.port()) as nobody:
        known.subscribe('user.ada.x')
        set_required(daemon, True)
        nobody.say(type='subscribe', topics=['public.x'])
        assert nobody.hear()['code'] == 'not-authenticated'
        with Typed(daemon.port()) as fresh:
            fresh.say(type='publish', topic='public.x', data=1)
            assert fresh.hear()['code'] == 'not-authenticated'
            fresh.expect_close(4408)
        daemon.publish('user.ada.x', {'n': 1})
        known.expect_json(n=1)
        known.subscribe('public.x')
        known.say(type='subscribe', topics=['anything'], id=1)
        assert known.hear()['code'] == 'forbidden'
        assert daemon.http('GET', '/api/v1/sessions', key='x')[0] == 401


def until_close(client):
    """All that a client is told, up to the close, and its code."""
    heard = []
    while (received := client.receive())[0] & 0x0f != CLOSE:
        heard.append(json.loads(received[1]))
    return heard, int.from_bytes(received[1][:2], 'big')


def check_authentication_turned_on_for_those_there():
    """When it is turned on, who is there without it gets nothing any more, and must sign in in time or go."""
    more = '[auth]\nrequired=no\n[websocket]\nauth-timeout=2s'
    with service(BUILD, more=more) as daemon, Typed(daemon.port()) as idle, Typed(daemon.port()) as late, \
            Stream(daemon.port(), 'topic=public.x') as stream:
        idle.subscribe('public.x')
        late.subscribe('public.x')
        assert stream.event()['event'] == 'subscribed'
        set_required(daemon, True)
        late.say(type='auth', token=token('ada'), id=1)
        while late.hear().get('id') != 1:
            pass
        daemon.publish('public.x', {'secret': 1})
        late.subscribe('user.ada.x')
        daemon.publish('user.ada.x', {'n': 1})
        while (message := late.hear()) != {'n': 1}:
            assert 'secret' not in message, message
        heard, code = until_close(idle)
        assert code == 4408 and not any('secret' in message for message in heard), (code, heard)
        events = [stream.event()]
        while events[-1].get('event') != 'close':
            events.append(stream.event())
        assert json.loads(events[-1]['data'])['code'] == 4408, events
        assert not any('secret' in event.get('data', '') for event in events), events
        late.say(type='ping', id='still here')
        assert late.hear()['id'] == 'still here'


def check_slow():
    """A client that does not read is dealt with as its topic says; the others do not notice."""
    more = '[websocket]\nsend-queue=64KiB\n[topic public.d]\nslow-consumer=disconnect\n' \
           '[topic public.o]\nslow-consumer=drop-oldest'
    with service(BUILD, more=more) as daemon, Typed(daemon.port(), token('bob')) as quick:
        quick.subscribe('public.d')
        with Typed(daemon.port(), token('a')) as dropped, Typed(daemon.port(), token('b')) as kept:
            for client in (dropped, kept):
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            dropped.subscribe('public.d')
            kept.subscribe('public.o')
            for number in range(400):
                data = {'n': number, 'fill': 'x' * 30000}
                daemon.publish('public.d', data)
                daemon.publish('public.o', data)
                assert quick.hear()['n'] == number
            told = daemon.http('GET', '/metrics', key=None)[2].decode().split('\n')
            counted = dict(line.rsplit(' ', 1) for line in told if line.startswith('belfry_websocket_'))
            assert int(counted['belfry_websocket_frames_dropped_total{reason="oldest"}']) > 0, counted
            assert int(counted['belfry_websocket_queued_bytes']) > 0, counted
            assert int(counted['belfry_websocket_opened_total']) == 3, counted
            assert dropped.expect_close(4501)
            heard = [kept.hear()]
            while not any(message.get('type') == 'gap' for message in heard):
                heard.append(kept.hear())
            while not any(message.get('n') == 399 for message in heard):
                heard.append(kept.hear())
            assert sum('n' in message for message in heard) < 400, 'nothing was lost'


def check_gaps():
    """Each topic that lost something is told of, whatever became of its messages, and none in place of another."""
    more = '[websocket]\nsend-queue=64KiB\n[topic public.o.*]\nslow-consumer=drop-oldest\n' \
           '[topic public.n]\nslow-consumer=drop-newest'
    topics = {'public.o.1', 'public.o.2', 'public.n'}
    with service(BUILD, more=more) as daemon, Typed(daemon.port(), token('a')) as client, \
            Stream(daemon.port(), '&'.join(f'topic={topic}' for topic in topics), token('b')) as stream:
        client.subscribe(*topics)
        wait_for('the subscriptions', lambda: {topic['subscribers'] for topic in daemon.http(
            'GET', '/api/v1/topics')[2]['topics']} == {2})
        for number in range(300):
            for topic in topics:
                daemon.publish(topic, {'n': number, 'fill': 'x' * 30000})
        lost = set()
        while lost != topics:
            message = client.hear()
            lost |= {message['topic']} if message.get('type') == 'gap' else set()
        lost = set()
        while lost != topics:
            event = stream.event()
            lost |= {json.loads(event['data'])['topic']} if event.get('event') == 'gap' else set()


def check_many_gaps():
    """Who loses something in very many topics at once is told of all by one gap, and not closed for being slow."""
    more = '[websocket]\nsend-queue=64KiB\nmax-subscriptions=400\n[topic public.o.*]\nslow-consumer=drop-oldest'
    topics = [f'public.o.{number}' for number in range(400)]
    with service(BUILD, more=more) as daemon, Typed(daemon.port(), token('a')) as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        for start in range(0, 400, 50):
            client.subscribe(*topics[start:start + 50])
        for number in range(8):
            for start in range(0, 400, 100):
                items = [{'topic': topic, 'data': {'n': number, 'fill': 'x' * 4000}}
                         for topic in topics[start:start + 100]]
                assert daemon.http('POST', '/api/v1/publish', items)[0] == 200
        while (message := client.hear()) != {'type': 'gap', 'topic': '>', 'reason': 'slow'}:
            assert 'n' in message or message['type'] == 'gap', message
        client.say(type='ping', id='still here')
        while client.hear().get('id') != 'still here':
            pass


def check_empty():
    """A message may be empty: nothing in base64 is nothing, and arrives as an empty text."""
    with service(BUILD) as daemon, Action(daemon.port(), token('ada')) as client:
        client.subscribe('chat-room')
        daemon.publish('chat-room', '', encoding='base64')
        client.expect_text('{"action":"message","topic":"chat-room","snapshot":""}')
        client.ask('publish', 'chat-room', payload='', encoding='base64', id=1)
        answers = [client.hear(), client.hear()]
        assert {'action': 'message', 'topic': 'chat-room', 'snapshot': ''} in answers, answers


def check_topic_twice():
    """A topic that a request names twice is subscribed to once, and brings each message once."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('ada')) as client, \
            Stream(daemon.port(), 'topic=kept.a&topic=public.b&topic=kept.a', token('bob')) as stream:
        first = json.loads(stream.event()['data'])
        assert first['topics'] == ['kept.a', 'public.b'] and list(first['positions']) == ['kept.a'], first
        client.say(type='subscribe', topics=['kept.a', 'kept.a'])
        client.hear()
        for number in range(2):
            daemon.publish('kept.a', {'n': number})
        for number in range(2):
            assert client.hear() == {'n': number}
            assert json.loads(stream.event()['data'])['data'] == {'n': number}


ALLOWED = (
    ('/api/v1/topics', 'get, head'),
    ('/api/v1/publish', 'post'),
    ('/api/v1/sessions/x', 'get, head, delete'),
    ('/healthz', 'get, head, options'),
    ('/metrics', 'get, head, options'),
)


def check_allowed_methods():
    """Who uses a method that is not for a path is told which are; and HEAD is there where GET is."""
    with service(BUILD) as daemon:
        for path, methods in ALLOWED:
            status, headers, _ = daemon.http('PATCH', path)
            assert (status, headers['allow']) == (405, methods), (path, headers)
        for path in ('/api/v1/topics', '/healthz', '/metrics'):
            status, headers, body = daemon.http('HEAD', path)
            assert (status, body) == (200, b''), (path, body)


def check_binary():
    """Binary messages are no requests of these dialects."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('ada')) as client:
        client.send(client.frame(BINARY, b'{"type":"ping"}'))
        client.expect_close(1003)


def check_stop():
    """On a stop sessions and streams are told to come again, and the service ends well."""
    with service(BUILD, server='drain-time=1s') as daemon, Typed(daemon.port(), token('ada')) as client, \
            Stream(daemon.port(), 'topic=public.x', token('bob')) as stream:
        client.subscribe('public.x')
        assert stream.event()['event'] == 'subscribed'
        daemon.process.send_signal(signal.SIGTERM)
        assert 'reconnect after' in client.expect_close(1012)
        client.socket.close()
        last = stream.event()
        while last.get('event') != 'close':
            last = stream.event()
        assert json.loads(last['data'])['code'] == 1012, last
        assert stream.is_at_end()
        assert daemon.process.wait(PATIENCE) == 0


def check_demo():
    """The demo page is there if it is wanted, and only then."""
    with service(BUILD, server='demo=yes') as daemon:
        status, headers, page = daemon.http('GET', '/demo/', key=None)
        assert status == 200 and b'<title>' in page and "script-src 'self'" in headers['content-security-policy']
        assert daemon.http('GET', '/demo/demo.js', key=None)[0] == 200
        assert daemon.http('GET', '/demo/../demo.js', key=None)[0] == 404
    with service(BUILD) as daemon:
        assert daemon.http('GET', '/demo/', key=None)[0] == 404


if __name__ == '__main__':
    sys.exit(run(globals()))

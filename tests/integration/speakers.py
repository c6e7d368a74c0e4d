# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""Clients of the dialects and of the HTTP API, on top of the raw peer."""

import base64
import hashlib
import hmac
import json
import time

from raw_peer import ENVIRONMENT, FIN, PATIENCE, PING, PONG, TEXT, Daemon, Peer

API_KEY = 'a-key-that-only-the-tests-know'

SERVICE = '''[server]
listen={listen}
workers=2
{server}
[http]
api-key=''' + API_KEY + '''
[plugin rules]
file={{folder}}/rules
[topic kept.>]
history-size=1000
[topic seen.>]
presence=yes
{more}
'''

RULES = '''
allow subscribe,presence,history public.>
allow * user.{sub}.>
allow * kept.> if authenticated
allow * seen.> if authenticated
allow subscribe,publish chat-room if authenticated
allow * admin.> if role admin
'''


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def token(subject, secret=ENVIRONMENT['JWT_SECRET'], lifetime=3600, **claims):
    """A token as the configuration of these tests wants it; HS256."""
    head = encode(json.dumps({'alg': 'HS256', 'typ': 'JWT'}).encode())
    body = encode(json.dumps({'sub': subject, 'exp': time.time() + lifetime, **claims}).encode())
    signature = hmac.new(secret.encode(), f'{head}.{body}'.encode(), hashlib.sha256).digest()
    return f'{head}.{body}.{encode(signature)}'


def service(build, server='', more='', rules=RULES, before=(), listen='127.0.0.1:0', **environment):
    """A daemon with both dialects, rules of its own, and topics with history and presence."""
    return Service(build, SERVICE.format(server=server, more=more, listen=listen), rules, before, **environment)


class Service(Daemon):
    """The daemon, its rules file beside its configuration."""

    def __init__(self, build, config, rules, before, **environment):
        self.rules = rules
        super().__init__(build, config, before, **environment)

    def write_config(self, config):
        (self.config.parent / 'rules').write_text(self.rules, encoding='utf-8')
        super().write_config(config)

    def http(self, method, path, body=None, key=API_KEY, more='', wrap=lambda plain: plain):
        """One request; gives status, headers and body, the last as JSON where it is."""
        with Peer(self.port(), wrap) as peer:
            data = b'' if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
            head = f'{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}'
            if key:
                head += f'Authorization: Bearer {key}\r\n'
            if body is not None:
                head += f'Content-Type: application/json\r\nContent-Length: {len(data)}\r\n'
            peer.send(head.encode() + b'\r\n' + data)
            answer = peer.read_head()
            rest = peer.rest
            while more_bytes := peer.socket.recv(65536):
                rest += more_bytes
        headers = dict(line.lower().split(': ', 1) for line in answer.split('\r\n')[1:])
        is_json = 'json' in headers.get('content-type', '')
        return int(answer.split()[1]), headers, json.loads(rest) if is_json and rest else rest

    def publish(self, topic, data, **more):
        status, _, answer = self.http('POST', '/api/v1/publish', {'topic': topic, 'data': data, **more})
        assert status == 200, answer
        return answer


class Speaker(Peer):
    """A client that sends and gets JSON."""

    def __init__(self, where, path, more=''):
        super().__init__(where)
        self.upgrade(path, more)

    def say(self, **message):
        self.send(self.frame(TEXT, json.dumps(message).encode()))

    def hear_text(self):
        """The next message; whoever has to wait for it for long is asked whether he is still there."""
        first, payload = self.receive()
        while first == FIN | PING:
            self.send(self.frame(PONG, payload))
            first, payload = self.receive()
        assert first == 0x80 | TEXT, (first, payload)
        return payload.decode()

    def hear(self):
        return json.loads(self.hear_text())

    def expect_text(self, text):
        got = self.hear_text()
        assert got == text, f'{got} is not {text}'

    def expect_json(self, **message):
        got = self.hear()
        assert got == message, f'{got} is not {message}'


class Action(Speaker):
    """A client of the action dialect, signed in if there is a token."""

    def __init__(self, where, secret_token=None, path='/'):
        super().__init__(where, path)
        self.expect_text('{"action":"connect","message":"connection established"}')
        self.session = self.hear()['session']
        if secret_token:
            self.ask('authorization', secret_token)
            self.expect_text('{"action":"session","message":"session authenticated"}')

    def ask(self, action, context=None, **more):
        context = {} if context is None else {'context': context}
        self.say(action=action, session=self.session, **context, **more)

    def subscribe(self, topic, **more):
        self.ask('subscribe', topic, **more)
        answer = self.hear()
        assert answer['action'] == 'subscribe', answer
        return answer


class Typed(Speaker):
    """A client of the typed dialect; the token goes along with the request."""

    def __init__(self, where, secret_token=None, path='/ws'):
        super().__init__(where, path + (f'?token={secret_token}' if secret_token else ''))

    def subscribe(self, *topics, **more):
        self.say(type='subscribe', topics=topics, **more)
        answer = self.hear()
        assert answer['type'] == 'subscribed' and answer['topics'] == list(topics), answer
        return answer


class Stream(Peer):
    """A client of Server-Sent Events."""

    def __init__(self, where, query, secret_token=None, last=None, wrap=lambda plain: plain):
        super().__init__(where, wrap)
        more = f'Authorization: Bearer {secret_token}\r\n' if secret_token else ''
        more += f'Last-Event-ID: {last}\r\n' if last else ''
        self.send(f'GET /events?{query} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n{more}\r\n')
        self.head = self.read_head()
        self.socket.settimeout(PATIENCE)

    def comment(self):
        """The next block, which is nothing but a comment."""
        block = self.block()
        assert block.startswith(':') and '\n' not in block, block

    def block(self):
        """What comes up to the next empty line."""
        while b'\n\n' not in self.rest:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError(f'the end, after {self.rest!r}')
            self.rest += more
        block, self.rest = self.rest.split(b'\n\n', 1)
        return block.decode()

    def event(self):
        """The next event, as a dictionary; comments are passed over."""
        fields = {}
        while not fields:
            for line in self.block().split('\n'):
                name, _, value = line.partition(': ')
                if name and not line.startswith(':'):
                    fields[name] = fields[name] + '\n' + value if name in fields else value
        return fields

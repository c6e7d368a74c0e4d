#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""The examples of doc/protocol.md, each of them, with a real client of a real service.

The page says how to read them. tests/unit/test-protocol-page.c holds the dialects to the same lines, without a
service. Argument: the build folder.
"""

import base64
import json
import pathlib
import re
import signal
import socket
import sys

from checks import run
from raw_peer import TEXT, wait_for
from speakers import Action, Speaker, Stream, Typed, service, token

BUILD = sys.argv[1]
PAGE = pathlib.Path(__file__).parents[2] / 'doc/protocol.md'
BLOCK = re.compile(r'^```(\w+)( signed-in)?\n(.*?)^```$', re.M | re.S)
RULES = 'deny * secret\nallow * > if authenticated\n'
MORE = '''[websocket]
send-queue=64KiB
[plugin jwt]
leeway=0s
[topic news]
history-size=100
[topic lobby]
presence=yes
slow-consumer=drop-oldest
[topic chat-room]
slow-consumer=drop-oldest'''

# More than the buffers between a client that does not read and the service hold.
FILLERS, FILL = 400, 'x' * 30000


class Example:
    """One block, against a service of its own. `*` lines happen; what they are called is what they do."""

    def __init__(self, daemon, kind, signed_in, text):
        self.daemon, self.kind = daemon, kind
        self.lines = re.sub(r'\n {2,}', '', text).splitlines()
        self.words = {'TOKEN': token('alice')}
        self.others = []
        self.skipped = []
        self.is_closed = False
        self.request = []
        self.client = None
        secret = token('alice', lifetime=8) if '* expire' in self.lines else self.words['TOKEN']
        self.client = self.connect(secret if signed_in else None)

    def connect(self, secret):
        port = self.daemon.port()
        if self.kind == 'action':
            return Action(port, secret) if secret else Speaker(port, '/')
        if self.kind == 'typed':
            return Typed(port, secret)
        if self.kind == 'envelope':
            return Speaker(port, f'/ws?token={secret}', 'Sec-WebSocket-Protocol: belfry.typed.envelope\r\n')
        return None

    def fill_in(self, text):
        for word, value in self.words.items():
            text = text.replace(word, value)
        return text

    def compare(self, expected, got):
        """Whether they are the same to the byte; a word in capitals is learnt when it comes first."""
        pattern = re.escape(self.fill_in(expected)).replace('TEXT', '[^"]+')
        # Within a few seconds, at random: the page shows one of the delays.
        pattern = re.sub(r'^retry:\\ \d+', r'retry:\\ [0-9]+', pattern)
        for word in ('SESSION', 'EPOCH'):
            pattern = pattern.replace(word, f'(?P<{word}>[0-9A-Za-z_-]+)', 1).replace(word, f'(?P={word})') \
                .replace(f'(?P<(?P={word})>', f'(?P<{word}>')
        match = re.fullmatch(pattern, got)
        assert match, f'\n{got}\nis not\n{expected}'
        self.words.update(match.groupdict())

    def hear(self):
        while True:
            got = self.client.block() if self.kind == 'events' else self.client.hear_text()
            if '"fill"' not in got and got not in self.skipped:
                return got

    def say(self, text):
        text = self.fill_in(text)
        if self.kind != 'events':
            self.client.send(self.client.frame(TEXT, text.encode()))
        elif text:
            self.request.append(text)
        else:
            query = self.request[0].split('?')[1]
            last = [line.split(': ')[1] for line in self.request[1:]]
            self.client = Stream(self.daemon.port(), query, self.words['TOKEN'], *last)
            assert ' 200 ' in self.client.head, self.client.head

    def publish(self, topic, payload):
        try:
            json.loads(payload)
            data, encoding = payload, ''
        except ValueError:
            data, encoding = f'"{base64.b64encode(payload.encode()).decode()}"', ',"encoding":"base64"'
        status, _, answer = self.daemon.http('POST', '/api/v1/publish',
                                             f'{{"topic":"{topic}","data":{data}{encoding}}}'.encode())
        assert status == 200, answer
        if 'epoch' in answer:
            self.words['EPOCH'] = answer['epoch']

    def join(self, topic, user):
        if user != 'alice':
            self.others.append(Typed(self.daemon.port(), token(user)))
            self.others[-1].subscribe(topic)

    def leave(self, topic, user):
        self.others.pop().socket.close()

    def lose(self, topic, reason):
        assert reason == 'slow'
        self.client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        for _ in range(FILLERS // 50):
            items = [{'topic': topic, 'data': {'fill': FILL}}] * 50
            assert self.daemon.http('POST', '/api/v1/publish', items)[0] == 200

    def expire(self):
        """It does by itself: the token is a short one."""

    def close(self, code, reason):
        assert (code, reason) == ('1012', 'TEXT')
        self.daemon.process.send_signal(signal.SIGTERM)
        self.is_closed = True

    def answer(self, lines):
        """What the client is told: a message a line, an event up to an empty one."""
        expected = lines.pop(0)
        if self.kind == 'events':
            while lines and lines[0] != '<':
                expected += '\n' + lines.pop(0)
            assert lines.pop(0) == '<'
            expected = '\n'.join(line[2:] for line in expected.split('\n'))
        else:
            expected = expected[2:]
        got = self.hear()
        self.compare(expected, got)
        if 'gap' in got:
            self.skipped.append(got)
        self.is_closed = self.is_closed or 'authentication-failed' in got

    def run(self):
        """Runs it. Returns: how many things cannot be made to happen from outside"""
        lines, passed_over = list(self.lines), 0
        while lines:
            if lines[0].startswith('<'):
                self.answer(lines)
            elif lines[0].startswith('>'):
                self.say(lines.pop(0)[2:])
            elif lines[0].startswith('* remove'):
                del lines[:2]
                passed_over += 1
            else:
                name, *words = lines.pop(0)[2:].split(' ', 2)
                getattr(self, name)(*words)
        if not self.is_closed:
            self.expect_nothing_more()
        self.client.socket.close()
        return passed_over

    def expect_nothing_more(self):
        """The next thing told is the next thing that happens."""
        if self.kind == 'events':
            self.publish('chat-room' if 'chat-room' in self.request[0] else 'news', '"the end"')
            while 'the end' not in (got := self.hear()):
                assert 'secret' in self.request[0], got
            return
        self.say('{"action":"ping","type":"ping","id":"the end"}')
        got = self.hear()
        assert json.loads(got)['id'] == 'the end', got


def blocks(kind):
    found = [match.groups() for match in BLOCK.finditer(PAGE.read_text(encoding='utf-8'))]
    return [(signed_in is not None, text) for name, signed_in, text in found if name == kind]


def run_examples(kind, n_examples, n_passed_over):
    examples = blocks(kind)
    assert len(examples) >= n_examples, examples
    passed_over = 0
    for signed_in, text in examples:
        with service(BUILD, rules=RULES, more=MORE) as daemon:
            try:
                passed_over += Example(daemon, kind, signed_in, text).run()
            except Exception as error:
                raise AssertionError(f'in the example\n{text}') from error
    assert passed_over == n_passed_over


def check_action():
    """The action dialect is spoken as the page shows it; only nobody can be unsubscribed from outside."""
    run_examples('action', 8, 1)


def check_typed():
    """So is the typed dialect."""
    run_examples('typed', 4, 1)


def check_envelope():
    """And the one with envelopes."""
    run_examples('envelope', 2, 0)


def check_events():
    """Event streams are as the page shows them, to the line."""
    run_examples('events', 3, 0)


def check_http():
    """The API answers as the page shows it: a line is a request, or a status and what comes with it."""
    examples = blocks('http')
    assert examples
    for _, text in examples:
        with service(BUILD, rules=RULES, more=MORE) as daemon, Typed(daemon.port(), token('alice')) as client:
            client.subscribe('chat-room', 'lobby')
            wait_for('the subscriptions', lambda: len(daemon.http('GET', '/api/v1/topics')[2]['topics']) == 2)
            example = Example(daemon, 'http', False, text)
            example.words['SESSION'] = daemon.http('GET', '/api/v1/sessions')[2]['sessions'][0]['id']
            got = None
            for line in example.lines:
                if line.startswith('> '):
                    method, path, *body = example.fill_in(line[2:]).split(' ', 2)
                    status, _, rest = daemon.http(method, path, body[0].encode() if body else None)
                    if not isinstance(rest, bytes):
                        rest = json.dumps(rest, separators=(',', ':'), ensure_ascii=False)
                    got = f'{status} {rest if isinstance(rest, str) else rest.decode()}'.strip()
                else:
                    example.compare(line[2:], got)


if __name__ == '__main__':
    sys.exit(run(globals()))

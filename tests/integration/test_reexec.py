#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""Another image of the program in the place of the one that runs, as its clients see it.

Argument: the build folder; words choose checks.
"""

import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading

from checks import run
from raw_peer import FIN, PING, PONG, TEXT, Peer, wait_for
from speakers import Action, Stream, Typed, service, token

BUILD = sys.argv[1]
CLIENTS = 200
BOTH = '127.0.0.1:0 unix:{folder}/socket'
KEPT = '[topic kept.numbers]\nhistory-size=10000\n'


def reexec(daemon, outcome='notice belfry-service: started'):
    """Tells the daemon once it is in service, and waits until it has done it."""
    daemon.wait_log('started, version')
    before = len(daemon.lines)
    daemon.process.send_signal(signal.SIGUSR2)
    with daemon.changed:
        assert daemon.changed.wait_for(lambda: any(outcome in line for line in daemon.lines[before:]), 60), daemon.lines
    return daemon.lines[before:]


def sessions(daemon):
    """What is known of each session, by its id; all pages."""
    found, after = {}, ''
    while True:
        status, _, page = daemon.http('GET', f'/api/v1/sessions?limit=100{after}')
        assert status == 200, page
        found.update({each['id']: each for each in page['sessions']})
        if not page.get('next'):
            return found
        after = f'&after={page["next"]}'


class Publisher(threading.Thread):
    """Publishes numbers as fast as it is answered, over a connection of its own that stays."""

    def __init__(self, port, topic):
        super().__init__(daemon=True)
        self.client = Typed(port, token('publisher'))
        self.topic = topic
        self.wanted = threading.Event()
        self.sent = 0
        self.error = None

    def run(self):
        try:
            while not self.wanted.is_set():
                self.sent += 1
                self.client.say(type='publish', topic=self.topic, data={'n': self.sent}, id=self.sent)
                answer = self.client.hear()
                assert answer.get('type') == 'published', answer
        except Exception as error:  # told by the check
            self.error = error

    def finish(self):
        self.wanted.set()
        self.join(60)
        assert self.error is None, self.error
        return self.sent


def numbers_of_action(client, last):
    """What an action client got, until the last."""
    got = []
    while not got or got[-1] != last:
        message = client.hear()
        assert message['action'] == 'message', message
        got.append(message['snapshot']['n'])
    return got


def numbers_of_typed(client, last):
    got = []
    while not got or got[-1] != last:
        first, payload = client.receive()
        if first == FIN | TEXT:
            got.append(json.loads(payload)['n'])
    return got


def check_many():
    """Clients of both dialects, by TCP and by unix socket, notice nothing, three times; each message comes once."""
    with service(BUILD, more=KEPT, listen=BOTH) as daemon:
        port, path = daemon.port(), f'{daemon.folder.name}/socket'
        wheres = [port if i % 2 else path for i in range(CLIENTS)]
        clients = [(Action if i % 4 < 2 else Typed)(where, token(f'user-{i}')) for i, where in enumerate(wheres)]
        for client in clients:
            client.subscribe('kept.numbers')
        publisher = Publisher(port, 'kept.numbers')
        before, pid = sessions(daemon), daemon.process.pid
        publisher.start()
        for _ in range(3):
            sent = publisher.sent
            wait_for('more numbers', lambda: publisher.sent > sent + 20 or publisher.error)
            reexec(daemon)
        sent = publisher.sent
        wait_for('more numbers', lambda: publisher.sent > sent + 20 or publisher.error)
        last = publisher.finish()
        for i, client in enumerate(clients):
            got = (numbers_of_action if i % 4 < 2 else numbers_of_typed)(client, last)
            assert got == list(range(1, last + 1)), (i, got)
        after = sessions(daemon)
        assert after == before, [(before.get(one), after.get(one)) for one in {*before, *after}
                                 if before.get(one) != after.get(one)][:3]
        assert daemon.process.poll() is None and daemon.process.pid == pid
        assert daemon.stop() == 0


def check_listen_twice():
    """A unix socket's file is still ours, and goes with the service."""
    with service(BUILD, listen=BOTH) as daemon:
        path = f'{daemon.folder.name}/socket'
        daemon.wait_log('serving with')
        reexec(daemon)
        with Typed(path, token('late')) as late:
            late.subscribe('public.x')
        assert daemon.stop() == 0
        assert not (daemon.config.parent / 'socket').exists()


def opened(daemon):
    """What the daemon has open."""
    found = []
    for each in pathlib.Path(f'/proc/{daemon.process.pid}/fd').iterdir():
        try:
            found.append(os.readlink(each))
        except FileNotFoundError:
            pass
    return found


def check_descriptors():
    """Each image has as many descriptors open as the one before: none is left behind, and no memory is either."""
    with service(BUILD, listen=BOTH) as daemon:
        clients = [Typed(daemon.port(), token('anna')) for _ in range(5)]
        most = None
        for _ in range(3):
            reexec(daemon)
            for client in clients:
                client.subscribe('public.x')
            if most is None:
                most = len(opened(daemon))
            wait_for('what is to go', lambda: len(opened(daemon)) <= most)
            assert not any('handover' in each for each in opened(daemon))


def check_halves():
    """What was half sent when the image changed is put together behind it: a header, a frame, a message."""
    with service(BUILD) as daemon:
        wanted = json.dumps({'type': 'subscribe', 'topics': ['public.x'], 'id': 1}).encode()
        whole = Peer.frame(Peer, TEXT, wanted)
        fragments = Peer.frame(Peer, TEXT, wanted[:10], first=0) + Peer.frame(Peer, 0, wanted[10:20], first=0)
        cases = (
            ('one byte', whole[:1], whole[1:]),
            ('most of a header', whole[:4], whole[4:]),
            ('most of a frame', whole[:-3], whole[-3:]),
            ('fragments', fragments, Peer.frame(Peer, 0, wanted[20:])),
            ('a ping in pieces between fragments', fragments + Peer.frame(Peer, PING, b'there?')[:-2],
             Peer.frame(Peer, PING, b'there?')[-2:] + Peer.frame(Peer, 0, wanted[20:])),
        )
        clients = [Typed(daemon.port(), token('anna')) for _ in cases]
        for client, (_, begin, _) in zip(clients, cases):
            client.send(begin)
        reexec(daemon)
        for client, (name, _, end) in zip(clients, cases):
            client.send(end)
            if 'ping' in name:
                client.expect(PONG, b'there?')
            answer = client.hear()
            assert (answer['type'], answer['id']) == ('subscribed', 1), (name, answer)


def check_reads_nothing():
    """Who has not read for a while finds all that waited for him, in order, and what came behind it."""
    with service(BUILD, more=KEPT + '[websocket]\nsend-queue=64MiB\n') as daemon, \
            Typed(daemon.port(), token('slow')) as slow:
        slow.subscribe('kept.numbers')
        filler = 'x' * 10000
        for number in range(1, 1001):
            daemon.publish('kept.numbers', {'n': number, 'filler': filler})
        reexec(daemon)
        daemon.publish('kept.numbers', {'n': 1001})
        assert numbers_of_typed(slow, 1001) == list(range(1, 1002))


def check_raw():
    """With the broker in this process, topics without history lose nothing either, nor do patterns."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('anna')) as client, \
            Typed(daemon.port(), token('anna')) as publisher:
        client.subscribe('public.>', 'chat-room')
        publisher.subscribe('public.y')
        for number in range(3):
            publisher.say(type='publish', topic='chat-room', data={'n': number}, id=number)
        reexec(daemon)
        for number in range(3):
            answer = publisher.hear()
            assert answer['type'] == 'published', answer
        assert numbers_of_typed(client, 2) == [0, 1, 2]
        daemon.publish('public.x', {'n': 3})
        assert numbers_of_typed(client, 3) == [3]


def check_who_is_who():
    """Who was signed in still is, with what is allowed to him; whose time is over goes."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('anna')) as anna, \
            Typed(daemon.port(), token('brief', lifetime=4)) as brief:
        anna.subscribe('seen.room')
        assert anna.hear()['type'] == 'join'
        brief.subscribe('public.x')
        reexec(daemon)
        anna.subscribe('user.anna.x')
        anna.say(type='subscribe', topics=['admin.x'])
        assert anna.hear()['code'] == 'forbidden'
        status, _, answer = daemon.http('GET', '/api/v1/topics/seen.room/presence')
        assert status == 200 and [each['user'] for each in answer['users']] == ['anna'], answer
        brief.expect_close(4502)


def check_others():
    """Clients that cannot be taken along are told so: TLS with 1012, streams with a time to come again."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=server',
                        '-days', '2', '-keyout', f'{folder}/key.pem', '-out', f'{folder}/server.pem'],
                       check=True, capture_output=True)
        tls = f'tls-certificate={folder}/server.pem\ntls-key={folder}/key.pem\n'
        context = ssl.create_default_context(cafile=f'{folder}/server.pem')
        context.check_hostname = False
        with service(BUILD, tls, listen='tls:' + BOTH) as daemon:
            path = f'{daemon.folder.name}/socket'
            with Peer(daemon.port(), context.wrap_socket) as secret, \
                    Stream(path, 'topic=public.x', token('anna')) as stream, Typed(path, token('anna')) as plain:
                secret.upgrade('/ws')
                plain.subscribe('public.x')
                assert stream.event()
                reexec(daemon)
                secret.expect_close(1012)
                while 'retry' not in (event := stream.event()):
                    pass
                assert int(event['retry']) > 0
                plain.subscribe('public.y')
                with Peer(daemon.port(), context.wrap_socket) as again:
                    again.upgrade('/ws')


def check_refused():
    """A program that would not start does not take over: the old one says why, and goes on."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('anna')) as client:
        good = daemon.config.read_text(encoding='utf-8')
        daemon.config.write_text(good + '\n[nonsense]\n', encoding='utf-8')
        lines = reexec(daemon, 'not handed over')
        assert any('nonsense' in line for line in lines), lines
        client.subscribe('public.x')
        daemon.config.write_text(good, encoding='utf-8')
        reexec(daemon)
        client.subscribe('public.y')


def check_reload():
    """A reload hands over if that is wanted and the program was replaced, and else only reads the configuration."""
    with tempfile.NamedTemporaryFile(dir=f'{BUILD}/src', prefix='belfryd-') as place:
        program = place.name + '-copy'
        shutil.copy2(f'{BUILD}/src/belfryd', program)
        try:
            with service(BUILD, 'reexec-on-reload=yes', before=('/bin/sh', '-c', f'exec {program} "$@"')) as daemon, \
                    Typed(daemon.port(), token('anna')) as client:
                daemon.wait_log('started, version')
                daemon.reload()
                shutil.copy2(program, program + '.new')
                os.replace(program + '.new', program)
                before = len(daemon.lines)
                daemon.process.send_signal(signal.SIGHUP)
                wait_for('the new program', lambda: any('started, version' in line for line in daemon.lines[before:]))
                client.subscribe('public.x')
                daemon.reload()
                client.subscribe('public.y')
        finally:
            os.unlink(program)


def check_other_settings():
    """The new image goes by the configuration as it is now: other workers, other addresses, an endpoint less."""
    with service(BUILD) as daemon, Typed(daemon.port(), token('anna')) as typed, \
            Action(daemon.port(), token('anna')) as action:
        old = daemon.config.read_text(encoding='utf-8')
        daemon.config.write_text(old.replace('workers=2', 'workers=3') + '\n[endpoint /]\nenabled=no\n',
                                 encoding='utf-8')
        reexec(daemon)
        daemon.wait_log('serving with 3 workers')
        typed.subscribe('public.x')
        action.expect_close(1012)
        daemon.config.write_text(old.replace('workers=2', 'workers=1')
                                 .replace('listen=127.0.0.1:0', 'listen=unix:' + daemon.folder.name + '/other'),
                                 encoding='utf-8')
        reexec(daemon)
        typed.subscribe('public.y')
        try:
            Peer(daemon.port()).socket.close()
            raise AssertionError('the address that is gone is still served')
        except ConnectionRefusedError:
            pass
        with Typed(f'{daemon.folder.name}/other', token('bob')) as late:
            late.subscribe('public.x')


if __name__ == '__main__':
    sys.exit(run(globals()))

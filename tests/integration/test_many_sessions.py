#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""Ten thousand clients, listed page by page while messages flow and others come and go.

Argument: the build folder.
"""

import json
import resource
import subprocess
import sys
import threading
import time

import checks
from raw_peer import PATIENCE, UPGRADE, connect, wait_for
from speakers import Typed, service, token
from test_belfryctl import BUILD, CONTROL, Bus

MANY = 10000
AT_ONCE = 100
PATH, SESSIONS = ('org.belfry.Belfry1', '/org/belfry/Belfry1'), 'org.belfry.Sessions1'


def come(port):
    """Many clients with a user each, that say nothing; some at a time ask, and then all of them are let in."""
    peers = []
    for first in range(0, MANY, AT_ONCE):
        group = []
        for number in range(first, first + AT_ONCE):
            group.append(connect(port))
            path = f'/ws?token={token(f"user{number}")}'
            group[-1].sendall(UPGRADE.format(path=path, more='').encode())
        for peer in group:
            assert b' 101 ' in peer.recv(4096)
        peers += group
    return peers


class Flow:
    """Somebody publishes without a pause, somebody hears it, and others come and go, until the block is left."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.subscriber = Typed(daemon.port(), token('listener'))
        self.subscriber.subscribe('public.count')
        self.ended = threading.Event()
        self.sent = self.heard = 0
        self.slowest = 0
        self.threads = [threading.Thread(target=each) for each in (self.publish, self.fidget)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *unused):
        self.ended.set()
        for thread in self.threads:
            thread.join(PATIENCE)
        self.subscriber.socket.close()

    def publish(self):
        while not self.ended.is_set():
            begun = time.monotonic()
            self.daemon.publish('public.count', {'n': self.sent})
            self.sent += 1
            self.subscriber.expect_json(n=self.heard)
            self.heard += 1
            self.slowest = max(self.slowest, time.monotonic() - begun)

    def fidget(self):
        while not self.ended.is_set():
            with Typed(self.daemon.port(), token('fidget')) as one:
                one.say(type='ping')
                one.expect_json(type='pong')


def by_busctl(bus):
    """All pages, with nothing but the system's own tool."""
    cursor, found = '', []
    while True:
        done = subprocess.run(('busctl', '--json=short', f'--address={bus.environment["DBUS_SESSION_BUS_ADDRESS"]}',
                               'call', *PATH, SESSIONS, 'List', 'a{sv}su', '0', cursor, '1000'),
                              capture_output=True, text=True, timeout=PATIENCE, check=True)
        page, cursor = json.loads(done.stdout)['data']
        assert len(page) <= 1000 and len(done.stdout) < 4 * 1024 * 1024
        found += [{name: member['data'] for name, member in session.items()} for session in page]
        if not cursor:
            return found


def assert_all(found, flow, before):
    ids = [session['id'] for session in found]
    assert len(ids) == len(set(ids)), 'a session was listed twice'
    users = [session['user'] for session in found if session.get('user', '').startswith('user')]
    assert sorted(users) == sorted(f'user{number}' for number in range(MANY)), 'a session was not listed'
    wait_for('messages after the list', lambda: flow.heard > before)


def check_all_are_listed():
    """Whoever lists gets everybody once, and delivery goes on meanwhile."""
    with Bus() as bus, service(BUILD, server=f'max-connections={MANY + 100}', more=CONTROL) as daemon:
        daemon.wait_log('on the session bus')
        peers = come(daemon.port())
        wait_for('everybody', lambda: bus.json('status')['Sessions'] == MANY)
        with Flow(daemon) as flow:
            wait_for('the first messages', lambda: flow.heard > 10)
            for name, ask in (('belfryctl', lambda: bus.json('sessions')), ('busctl', lambda: by_busctl(bus))):
                begun, before = time.monotonic(), flow.heard
                assert_all(ask(), flow, before)
                print(f'# {name}: {time.monotonic() - begun:.2f} s, {flow.heard - before} messages meanwhile')
            assert bus.json('sessions', '--user=user9999')[0]['user'] == 'user9999'
            assert len(bus.ctl('sessions').splitlines()) >= MANY + 1
        assert flow.sent == flow.heard
        print(f'# slowest message: {flow.slowest * 1000:.1f} ms; largest belfryctl: '
              f'{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss} KiB')
        for peer in peers:
            peer.close()


if __name__ == '__main__':
    sys.exit(checks.run({'check_all_are_listed': check_all_are_listed}))

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""Several instances on one Redis, over real sockets.

Argument: the build folder.
"""

import contextlib
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

from checks import run
from raw_peer import PATIENCE, connect, wait_for
from speakers import SERVICE, Action, Typed, service, token

BUILD = sys.argv[1]


class Redis:
    """A redis-server of our own, on a unix socket; ended by its pid when the block is left."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix='belfry-redis-')
        self.path = str(pathlib.Path(self.folder.name) / 'redis.sock')
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.kill()
        self.folder.cleanup()

    def answers(self):
        try:
            connect(self.path).close()
        except OSError:
            return False
        return True

    def start(self):
        self.process = subprocess.Popen(
            ['redis-server', '--save', '', '--port', '0', '--unixsocket', self.path, '--dir', self.folder.name],
            stdout=subprocess.DEVNULL)
        wait_for('Redis', self.answers)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)

    def cli(self, *words):
        return subprocess.run(['redis-cli', '-s', self.path, *words], check=True, capture_output=True, text=True,
                              timeout=PATIENCE).stdout.strip()

    def setting(self, more=''):
        return f'[broker]\nurl=redis+unix://{self.path}\nprobe-interval=1s\n{more}'


def readiness(daemon):
    return daemon.http('GET', '/readyz', key=None)[2].decode()


@contextlib.contextmanager
def instances(redis, count, more=''):
    """Daemons that are connected."""
    with contextlib.ExitStack() as stack:
        daemons = [stack.enter_context(service(BUILD, more=redis.setting(more))) for _ in range(count)]
        for daemon in daemons:
            wait_for('Redis at the instance', lambda daemon=daemon: readiness(daemon) == 'ready\n')
        yield daemons


def check_everywhere():
    """What redis-cli publishes reaches clients of both dialects on all instances, and so does what clients publish."""
    with Redis() as redis, instances(redis, 3) as daemons, contextlib.ExitStack() as stack:
        actions = [stack.enter_context(Action(daemon.port(), token('ada'))) for daemon in daemons]
        typed = [stack.enter_context(Typed(daemon.port(), token('bob'))) for daemon in daemons]
        for client in actions + typed:
            client.subscribe('chat-room')
        redis.cli('PUBLISH', 'chat-room', '{"info":"hi"}')
        for client in actions:
            client.expect_text('{"action":"message","topic":"chat-room","snapshot":{"info":"hi"}}')
        for client in typed:
            client.expect_text('{"info":"hi"}')
        daemons[1].publish('chat-room', {'n': 1})
        for client in actions:
            assert client.hear()['snapshot'] == {'n': 1}
        for client in typed:
            assert client.hear() == {'n': 1}


def hear_until(client, last):
    """Everything up to the message that is the last."""
    heard = []
    while not heard or heard[-1].get('snapshot') != last:
        heard.append(client.hear())
    return heard


def check_killed():
    """Redis is killed and started anew, empty: the state says so, raw topics have a gap, sequenced ones are complete
    and in order, and nobody is disconnected."""
    with Redis() as redis, instances(redis, 3) as daemons, contextlib.ExitStack() as stack:
        raw = [stack.enter_context(Action(daemon.port(), token('ada'))) for daemon in daemons]
        kept = [stack.enter_context(Action(daemon.port(), token('bob'))) for daemon in daemons]
        for client in raw:
            client.subscribe('chat-room')
        for client in kept:
            client.subscribe('kept.a')
        daemons[0].publish('kept.a', {'n': 0})
        for client in kept:
            assert client.hear()['snapshot'] == {'n': 0}
        redis.kill()
        for daemon in daemons:
            wait_for('degraded', lambda daemon=daemon: readiness(daemon).startswith('degraded: broker: '))
        daemons[0].publish('chat-room', {'n': 'here'})
        assert raw[0].hear()['snapshot'] == {'n': 'here'}
        sender = stack.enter_context(Action(daemons[0].port(), token('eve')))
        for number in range(1, 21):
            sender.ask('publish', 'kept.a', payload={'n': number})
        redis.start()
        for daemon in daemons:
            wait_for('Redis again', lambda daemon=daemon: readiness(daemon) == 'ready\n')
        for client in kept:
            heard = hear_until(client, {'n': 20})
            assert [each['snapshot']['n'] for each in heard if each['action'] == 'message'] == list(range(1, 21)), heard
        daemons[2].publish('chat-room', {'n': 'after'})
        for number, client in enumerate(raw):
            heard = hear_until(client, {'n': 'after'})
            assert heard[0]['action'] == 'gap', heard
            again = sum(each.get('snapshot') == {'n': 'here'} for each in heard)
            assert again <= (0 if number == 0 else 1), heard


def check_late_redis():
    """A service whose Redis is not there starts, says so, and finds it when it comes."""
    with Redis() as redis:
        redis.kill()
        with service(BUILD, more=redis.setting()) as daemon:
            wait_for('degraded', lambda: readiness(daemon).startswith('degraded: broker: '))
            redis.start()
            wait_for('Redis', lambda: readiness(daemon) == 'ready\n')
            with Action(daemon.port(), token('ada')) as client:
                client.subscribe('chat-room')
                redis.cli('PUBLISH', 'chat-room', '{"n":1}')
                assert client.hear()['snapshot'] == {'n': 1}


def check_exchanged():
    """The URL is changed by a reload, from nothing to one Redis and to another; a client stays and hears of each."""
    with Redis() as one, Redis() as two, service(BUILD) as daemon, Action(daemon.port(), token('ada')) as client:
        client.subscribe('chat-room')
        for redis in (one, two):
            daemon.write_config(SERVICE.format(listen='127.0.0.1:0', server='', more=redis.setting()).replace('{folder}', daemon.folder.name))
            daemon.reload()
            wait_for('Redis', lambda: readiness(daemon) == 'ready\n')
            assert client.hear()['action'] == 'gap'
            redis.cli('PUBLISH', 'chat-room', '{"n":1}')
            assert client.hear()['snapshot'] == {'n': 1}
        wait_for('the end of the first', lambda: one.cli('PUBSUB', 'NUMSUB', 'chat-room').endswith('0'))


class Cluster:
    """Three primaries of a Redis cluster, on the loopback."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.nodes = []

    def __enter__(self):
        for _ in range(3):
            self.nodes.append(self.stack.enter_context(Node()))
        for number, node in enumerate(self.nodes):
            node.cli('CLUSTER', 'SET-CONFIG-EPOCH', str(number + 1))
            node.cli('CLUSTER', 'ADDSLOTSRANGE', str(5462 * number), str(min(5462 * (number + 1), 16384) - 1))
            self.nodes[0].cli('CLUSTER', 'MEET', '127.0.0.1', str(node.port), str(node.bus))
        for node in self.nodes:
            wait_for('the cluster', lambda node=node: 'cluster_state:ok' in node.cli('CLUSTER', 'INFO') and
                     'cluster_known_nodes:3' in node.cli('CLUSTER', 'INFO'))
        return self

    def __exit__(self, *unused):
        self.stack.close()

    def setting(self, more=''):
        nodes = ','.join(f'127.0.0.1:{node.port}' for node in self.nodes[:2])
        return f'[broker]\nurl=redis+cluster://{nodes}\nprobe-interval=1s\n{more}'


class Node(Redis):
    """A node of a cluster, which has a port as well."""

    def start(self):
        self.port, self.bus = free_port(), free_port()
        self.process = subprocess.Popen(
            ['redis-server', '--save', '', '--bind', '127.0.0.1', '--port', str(self.port), '--unixsocket', self.path,
             '--dir', self.folder.name, '--cluster-enabled', 'yes', '--cluster-port', str(self.bus)],
            stdout=subprocess.DEVNULL)
        wait_for('Redis', self.answers)


def free_port():
    """One that was free a moment ago: Redis cannot be asked to choose."""
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


def check_cluster():
    """On a cluster, clients of both instances hear what redis-cli publishes at any node, and what they publish."""
    with Cluster() as cluster, instances(cluster, 2) as daemons, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Action(daemon.port(), token('ada'))) for daemon in daemons]
        for number, topic in enumerate(('chat-room', 'kept.a', 'kept.b', 'kept.c')):
            for client in clients:
                client.subscribe(topic)
            daemons[number % 2].publish(topic, {'n': 1})
            for client in clients:
                assert client.hear()['snapshot'] == {'n': 1}
            for node in cluster.nodes:
                subprocess.run(['redis-cli', '-c', '-p', str(node.port), 'PUBLISH', topic, '{"n":2}'], check=True,
                               stdout=subprocess.DEVNULL, timeout=PATIENCE)
                for client in clients:
                    assert client.hear()['snapshot'] == {'n': 2}


def check_refused():
    """A URL that is wrong is refused, with its key and without what stands in it."""
    with service(BUILD, more='[broker]\nurl=redis://swordfish@localhost\n') as daemon:
        daemon.wait_log(r'\[broker\] url')
        assert daemon.process.wait(PATIENCE) != 0
        assert not any('swordfish' in line for line in daemon.lines), daemon.lines


if __name__ == '__main__':
    if not shutil.which('redis-server'):
        sys.exit(77)
    sys.exit(run(globals()))

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""Several instances on one Redis, over real sockets.

Argument: the build folder.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time

from checks import run
from raw_peer import CLOSE, PATIENCE, TEXT, UPGRADE, Peer, wait_for
from redis_kit import Redis, free_port, instances, is_ready, metric, readiness
from speakers import RULES, SERVICE, Action, Typed, service, token

BUILD = sys.argv[1]
NAME, PATH = 'org.belfry.Belfry1', '/org/belfry/Belfry1'


def check_everywhere():
    """What redis-cli publishes reaches clients of both dialects on all instances, and so does what clients publish."""
    with Redis() as redis, instances(BUILD, redis.setting(), 3) as daemons, contextlib.ExitStack() as stack:
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
    with Redis() as redis, instances(BUILD, redis.setting(), 3) as daemons, contextlib.ExitStack() as stack:
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
            config = SERVICE.format(listen='127.0.0.1:0', server='', more=redis.setting())
            daemon.write_config(config.replace('{folder}', daemon.folder.name))
            daemon.reload()
            wait_for('Redis', lambda: readiness(daemon) == 'ready\n')
            assert client.hear()['action'] == 'gap'
            redis.cli('PUBLISH', 'chat-room', '{"n":1}')
            assert client.hear()['snapshot'] == {'n': 1}
        wait_for('the end of the first', lambda: one.cli('PUBSUB', 'NUMSUB', 'chat-room').endswith('0'))


def check_envelopes():
    """A backend publishes JSON on the one channel with redis-cli; what it gets wrong is counted, and no more."""
    with Redis() as redis, instances(BUILD, redis.setting('mode=envelope\n'), 2) as daemons, \
            contextlib.ExitStack() as stack:
        actions = [stack.enter_context(Action(daemon.port(), token('ada'))) for daemon in daemons]
        typed = [stack.enter_context(Typed(daemon.port(), token('bob'))) for daemon in daemons]
        for client in actions + typed:
            client.subscribe('chat-room')
        for text in ('no envelope', '{"payload":1}', '{"topic":"chat-room","payload":"/","encoding":"base64"}',
                     '{"topic":"belfry:x","payload":1}'):
            redis.cli('PUBLISH', 'websocket_messages', text)
        redis.cli('PUBLISH', 'websocket_messages', '{"topic":"nobody.has.this","payload":1}')
        redis.cli('PUBLISH', 'chat-room', '{"n":"past it"}')
        redis.cli('PUBLISH', 'websocket_messages', '{"topic":"chat-room","payload":{"info":"hi"}}')
        for client in actions:
            client.expect_text('{"action":"message","topic":"chat-room","snapshot":{"info":"hi"}}')
        for client in typed:
            client.expect_text('{"info":"hi"}')
        daemons[0].publish('chat-room', {'n': 1})
        for client in actions:
            assert client.hear()['snapshot'] == {'n': 1}
        for daemon in daemons:
            assert metric(daemon, 'belfry_redis_messages_ignored_total') == 4


def check_outbox():
    """While Redis is away so much is kept as there is room for; the rest is refused to who publishes, and counted."""
    with Redis() as redis, instances(BUILD, redis.setting('outbox=16KiB\n'), 2) as daemons, \
            Action(daemons[1].port(), token('ada')) as far, Action(daemons[0].port(), token('bob')) as near:
        for client in far, near:
            client.subscribe('chat-room')
        redis.kill()
        for daemon in daemons:
            wait_for('degraded', lambda daemon=daemon: readiness(daemon).startswith('degraded: broker: '))
        text = 'x' * 1000
        taken = 0
        while True:
            item = {'topic': 'chat-room', 'data': {'n': taken, 'text': text}}
            status, headers, answer = daemons[0].http('POST', '/api/v1/publish', item)
            if status != 200:
                break
            taken += 1
        assert 5 < taken < 16, taken
        assert status == 503 and answer['code'] == 'limit-reached', answer
        assert int(headers['retry-after']) > 0, headers
        for number in range(taken):
            assert near.hear()['snapshot']['n'] == number
        near.ask('publish', 'kept.a', payload={'text': 2 * text})
        answer = near.hear()
        assert answer['code'] == 'limit-reached', answer
        assert metric(daemons[0], 'belfry_redis_outbox_refused_total') == 2
        assert metric(daemons[0], 'belfry_redis_outbox_bytes') > 5000
        redis.start()
        for daemon in daemons:
            wait_for('Redis again', lambda daemon=daemon: is_ready(daemon))
        daemons[0].publish('chat-room', {'n': 'after'})
        heard = hear_until(far, {'n': 'after'})
        numbers = [each['snapshot']['n'] for each in heard[:-1] if each['action'] == 'message']
        assert numbers == list(range(taken))[len(range(taken)) - len(numbers):], numbers
        assert len(numbers) == taken or any(each['action'] == 'gap' for each in heard), heard
        assert metric(daemons[0], 'belfry_redis_outbox_bytes') == 0


def check_no_url():
    """Without a URL there is one instance, and one line that says so."""
    with service(BUILD) as daemon:
        daemon.port()
        lines = [line for line in daemon.lines if 'broker' in line]
        assert len(lines) == 1 and 'broker: memory, a single instance' in lines[0], daemon.lines
        assert readiness(daemon) == 'ready\n'


class Bus:
    """A bus of its own for one instance."""

    def __enter__(self):
        self.process = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--print-address'],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = {'DBUS_SESSION_BUS_ADDRESS': self.process.stdout.readline().strip()}
        return self

    def __exit__(self, *unused):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def call(self, method, *arguments):
        done = subprocess.run(['gdbus', 'call', '--session', '--dest', NAME, '--object-path', PATH, '--method', method,
                               *arguments], check=False, capture_output=True, text=True, timeout=PATIENCE,
                              env={**os.environ, **self.address})
        assert done.returncode == 0, (method, arguments, done.stderr)
        return done.stdout.strip()

    def get(self, name):
        return self.call('org.freedesktop.DBus.Properties.Get', 'org.belfry.Manager1', name)


@contextlib.contextmanager
def on_buses(redis, count, more='', rules=RULES):
    """Instances that are connected, and the bus of each."""
    with contextlib.ExitStack() as stack:
        buses = [stack.enter_context(Bus()) for _ in range(count)]
        more = redis.setting('[control]\nbus=session\npolkit=no\n' + more)
        daemons = [stack.enter_context(service(BUILD, more=more, rules=rules, **bus.address)) for bus in buses]
        for daemon in daemons:
            daemon.wait_log('on the session bus')
            wait_for('Redis', lambda daemon=daemon: is_ready(daemon))
        yield daemons, buses


def check_blocked():
    """Who is blocked at one instance is out at all of them, and at those that start later; until he is not any more."""
    with Redis() as redis, on_buses(redis, 2) as (daemons, buses), contextlib.ExitStack() as stack:
        mallory = [stack.enter_context(Typed(daemon.port(), token('mallory'))) for daemon in daemons]
        ada = stack.enter_context(Typed(daemons[1].port(), token('ada')))
        hour = str(int((time.time() + 3600) * 1_000_000))
        assert buses[0].call('org.belfry.Sessions1.BlockUser', 'mallory', hour) == '()'
        for client in mallory:
            client.expect_close(4403)
        ada.subscribe('chat-room')
        with instances(BUILD, redis.setting(), 1) as (late,):
            for daemon in (*daemons, late):
                assert is_turned_away(daemon), daemon.lines
        buses[1].call('org.belfry.Sessions1.UnblockUser', 'mallory')
        for daemon in daemons:
            wait_for('mallory to be let in', lambda daemon=daemon: not is_turned_away(daemon))
        eve = stack.enter_context(Typed(daemons[1].port(), token('eve')))
        eve.subscribe('chat-room')
        buses[0].call('org.belfry.Sessions1.CloseUser', 'eve', 'enough')
        eve.expect_close(4403)


def is_turned_away(daemon):
    with Peer(daemon.port()) as peer:
        peer.send(UPGRADE.format(path=f'/ws?token={token("mallory")}', more=''))
        if peer.status() != 101:
            return True
        peer.send(peer.frame(TEXT, b'{"type":"subscribe","topics":["public.x"]}'))
        while True:
            first, payload = peer.receive()
            if first & 0x0f == CLOSE or b'"subscribed"' in payload:
                return first & 0x0f == CLOSE


def check_dead_instance():
    """An instance is killed: its users are gone when their leases have run out, also for those who only look on."""
    rules = RULES + 'allow subscribe seen.>\n'
    with Redis() as redis, contextlib.ExitStack() as stack:
        more = redis.setting('[auth]\nrequired=no\n')
        dead, other, onlooking = (stack.enter_context(service(BUILD, more=more, rules=rules))
                                  for _ in range(3))
        for daemon in dead, other, onlooking:
            wait_for('Redis', lambda daemon=daemon: is_ready(daemon))
        ada = stack.enter_context(Action(other.port(), token('ada')))
        eve = stack.enter_context(Action(onlooking.port()))
        ada.subscribe('seen.both')
        assert ada.hear()['action'] == 'join'
        for client, topic in (eve, 'seen.both'), (eve, 'seen.bob'):
            client.subscribe(topic)
        bob = stack.enter_context(Action(dead.port(), token('bob')))
        for topic in 'seen.both', 'seen.bob':
            bob.ask('subscribe', topic)
        joined = {'action': 'join', 'topic': 'seen.both', 'presence': {'user': 'bob'}}
        assert ada.hear() == joined
        assert sorted(eve.hear()['topic'] for _ in range(2)) == ['seen.bob', 'seen.both']
        dead.process.kill()
        left = {'action': 'leave', 'topic': 'seen.both', 'presence': {'user': 'bob'}}
        assert ada.hear() == left
        assert sorted(eve.hear()['topic'] for _ in range(2)) == ['seen.bob', 'seen.both']
        for daemon in other, onlooking:
            for topic, users in ('seen.both', ['ada']), ('seen.bob', []):
                answer = daemon.http('GET', f'/api/v1/topics/{topic}/presence')[2]
                assert [entry['user'] for entry in answer['users']] == users, answer
        wait_for('its keys to be gone', lambda: not redis.cli('KEYS', 'belfry:*{seen.bob}*'))


# What a key's life may be, in milliseconds, by the beginning of its name.
LIVES = (('belfry:meta:', 20_000), ('belfry:stream:', 20_000), ('belfry:key:', 300_000), ('belfry:leases:', 60_000),
         ('belfry:who:', 60_000), ('belfry:until:', 3_600_000), ('belfry:blocks:', 3_600_000),
         ('belfry:probe:', 60_000))


def churn(daemons, bus, number):
    """Clients come, have topics that nobody had before, publish, and go."""
    topics = [f'{kind}.{number}.{index}' for kind in ('kept', 'seen', 'both') for index in range(20)]
    with contextlib.ExitStack() as stack:
        for user, daemon in enumerate(2 * daemons):
            client = stack.enter_context(Action(daemon.port(), token(f'user{number}.{user}')))
            for topic in (*topics, 'kept.*', f'both.>'):
                client.ask('subscribe', topic)
            for index, topic in enumerate(topics):
                client.ask('publish', topic, payload={'text': 'x' * 200})
                daemon.publish(topic, {'text': 'x'}, **({'idempotency_key': f'{user}'} if index % 2 else {}))
            client.ask('presence', topics[-1], id='last')
            while (heard := client.hear()).get('id') != 'last':
                assert heard['action'] != 'error', heard
            assert any(entry['user'] == f'user{number}.{user}' for entry in heard['presence']), heard
        until = str(int((time.time() + 3600) * 1_000_000))
        bus.call('org.belfry.Sessions1.BlockUser', f'user{number}.0', until)
    bus.call('org.belfry.Sessions1.UnblockUser', f'user{number}.0')


def check_flat():
    """Every key has an end; what many clients and topics leave behind is nothing, once their time has come."""
    more = '[topic both.>]\nhistory-size=10\nhistory-ttl=20s\npresence=yes\n[topic kept.>]\nhistory-ttl=20s\n'
    rules = RULES + 'allow * both.> if authenticated\n'
    with Redis() as redis, on_buses(redis, 2, more, rules) as (daemons, buses):
        used = []
        for number in range(5):
            churn(daemons, buses[0], number)
            wait_for('users to leave', lambda: not redis.cli('KEYS', 'belfry:leases:*'))
            lives = redis.lives()
            for kind in 'meta', 'stream', 'key':
                assert any(name.startswith(f'belfry:{kind}:') for name in lives), lives
            for name, life in lives.items():
                longest = [each for start, each in LIVES if name.startswith(start)]
                assert len(longest) == 1 and 0 < life <= longest[0], (name, life)
            wait_for('the end of subscriptions', lambda: redis.cli('PUBSUB', 'NUMPAT') == '0')
            wait_for('the end of subscriptions', lambda: len(redis.cli('PUBSUB', 'CHANNELS').split()) == 3)
            redis.hasten('belfry:[mks]*')
            assert all(name.startswith('belfry:probe:') for name in redis.lives()), redis.lives()
            used.append(redis.used())
        print('# bytes in Redis after each round:', *used)
        # Redis makes room for itself once in a while, in one step; what stays behind stays in every round. The first
        # round is the first for Redis, too.
        grown = sorted(later - before for before, later in zip(used[1:], used[2:]))
        assert grown[len(grown) // 2] < 10_000, used


def check_told():
    """The bus and the metrics say how Redis is, as /readyz does."""
    with Redis() as redis, on_buses(redis, 1) as ((daemon,), (bus,)):
        assert bus.get('Broker') == "(<'redis'>,)"
        assert bus.get('BrokerState') == "(<'up'>,)"
        assert bus.get('BrokerReason') == "(<''>,)"
        assert int(re.search(r'uint64 (\d+)', bus.get('BrokerLatency'))[1]) > 0
        assert bus.get('State') == "(<'running'>,)"
        assert metric(daemon, 'belfry_broker_up') == 1 and metric(daemon, 'belfry_broker_latency_seconds') > 0
        redis.kill()
        wait_for('degraded', lambda: readiness(daemon).startswith('degraded: broker: '))
        reason = readiness(daemon).removeprefix('degraded: broker: ').strip()
        assert bus.get('BrokerState') == "(<'degraded'>,)" and bus.get('State') == "(<'degraded'>,)"
        assert redis.path in reason and redis.path in bus.get('BrokerReason'), (reason, bus.get('BrokerReason'))
        assert bus.get('BrokerLatency') == '(<uint64 0>,)', bus.get('BrokerLatency')
        assert metric(daemon, 'belfry_broker_up') == 0
        assert metric(daemon, 'belfry_redis_faults_total{fault="lost"}') == 1
        redis.start()
        wait_for('Redis again', lambda: is_ready(daemon))
        assert bus.get('BrokerState') == "(<'up'>,)" and bus.get('BrokerReason') == "(<''>,)"
        assert metric(daemon, 'belfry_broker_up') == 1 and metric(daemon, 'belfry_redis_connected_total') == 2


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

    def __init__(self):
        self.bus = free_port()
        super().__init__('--cluster-enabled', 'yes', '--cluster-port', str(self.bus), port=free_port())


def check_cluster():
    """On a cluster, clients of both instances hear what redis-cli publishes at any node, and what they publish."""
    with Cluster() as cluster, instances(BUILD, cluster.setting(), 2) as daemons, contextlib.ExitStack() as stack:
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

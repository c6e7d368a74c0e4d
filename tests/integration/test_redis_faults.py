#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""What can happen to Redis, one fault a check: two instances, on each a client of each dialect, a topic that is kept
and one that is not, and publishers that go on all the time.

Arguments: the build folder, and words that choose checks.
"""

import contextlib
import pathlib
import shutil
import signal
import sys
import tempfile
import threading
import time

from certificates import make_certificate
from checks import run
from raw_peer import PATIENCE, TICK, wait_for
from redis_kit import Network, Redis, Relay, Sentinel, free_port, instances, is_ready, metric, readiness
from speakers import Action, Typed, token

BUILD = sys.argv[1]
KEPT, RAW = 'kept.a', 'chat-room'
PROBE = '500ms'

# What the service promises is told in seconds; a test that has to share its machine asks for less.
DEADLINE = 10


class Ear:
    """Hears all that a client is told, in a thread of its own."""

    def __init__(self, name, client):
        self.name = name
        self.client = client
        self.heard = []
        self.end = None
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        try:
            while True:
                said = self.client.hear()
                self.heard.append(said.get('snapshot', said))
        except (OSError, EOFError, AssertionError) as error:
            self.end = error

    def messages(self, topic):
        return [each['id'] for each in list(self.heard) if each.get('of') == topic]

    def gaps(self, topic):
        return sum('gap' in (each.get('action'), each.get('type')) and each['topic'] == topic for each in self.heard)


class Publisher(threading.Thread):
    """Publishes over HTTP, one after the other, until it is told to stop; knows what became of each."""

    def __init__(self, daemon, topic, name):
        super().__init__(daemon=True)
        self.service, self.topic, self.name = daemon, topic, name
        self.done = threading.Event()
        self.resting, self.rests = threading.Event(), threading.Event()
        self.accepted, self.doubtful = [], []
        self.error = None
        self.start()

    def run(self):
        number = 0
        try:
            while not self.done.wait(TICK):
                self.rests.clear()
                while self.resting.is_set() and not self.done.is_set():
                    self.rests.set()
                    self.done.wait(TICK)
                number += 1
                self.publish(f'{self.name}{number}')
        except (OSError, EOFError, AssertionError, ValueError) as error:
            self.error = error

    def publish(self, name):
        """Tries again where that is safe: with a key, it is done once."""
        item = {'topic': self.topic, 'data': {'of': self.topic, 'id': name}}
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            status, headers, answer = self.service.http(
                'POST', '/api/v1/publish', item | ({'idempotency_key': name} if self.topic == KEPT else {}))
            if status == 200:
                self.accepted.append(name)
                return
            assert status == 503 and int(headers['retry-after']) > 0, (status, headers, answer)
            if self.topic == RAW:
                break
        self.doubtful.append(name)

    def rest(self):
        """Waits until nothing is under way."""
        self.resting.set()
        assert self.rests.wait(DEADLINE), self.error

    def go_on(self):
        self.resting.clear()

    def stop(self):
        self.done.set()
        self.join(DEADLINE)
        assert not self.is_alive() and self.error is None, self.error


class Scene:
    """Those who publish and those who listen."""

    def __init__(self, redis, daemons, stack, enveloped):
        self.redis = redis
        self.enveloped = enveloped
        self.daemons = daemons
        self.ears = []
        for index, daemon in enumerate(daemons):
            for dialect in Action, Typed:
                client = stack.enter_context(dialect(daemon.port(), token('ada')))
                for topic in KEPT, RAW:
                    client.subscribe(topic)
                self.ears.append(Ear(f'{dialect.__name__} at {"AB"[index]}', client))
        self.sender = stack.enter_context(Action(daemons[1].port(), token('bob')))
        self.answers = Ear('who publishes at B', self.sender)
        self.kept = Publisher(daemons[0], KEPT, 'h')
        self.raw = Publisher(daemons[0], RAW, 'r')
        self.sent = []
        stack.callback(self.kept.done.set)
        stack.callback(self.raw.done.set)

    def ears_of(self, index):
        return self.ears[2 * index:2 * index + 2]

    def burst(self, number):
        """Publishes at B what is kept, without waiting."""
        for _ in range(number):
            name = f'w{len(self.sent) + 1}'
            self.sent.append(name)
            self.sender.ask('publish', KEPT, payload={'of': KEPT, 'id': name})

    def tell_by_cli(self, name):
        payload = f'{{"of":"{RAW}","id":"{name}"}}'
        if self.enveloped:
            self.redis.cli('PUBLISH', 'websocket_messages', f'{{"topic":"{RAW}","payload":{payload}}}')
        else:
            self.redis.cli('PUBLISH', RAW, payload)

    def wait_heard(self, topic, name, ears=None):
        for ear in ears or self.ears:
            wait_for(f'{name} at {ear.name}', lambda ear=ear: ear.end or name in ear.messages(topic))
            assert ear.end is None, (ear.name, ear.end)

    def warm_up(self):
        self.tell_by_cli('before')
        self.burst(5)
        self.wait_heard(RAW, 'before')
        self.wait_heard(KEPT, self.sent[-1])
        wait_for('publications', lambda: len(self.kept.accepted) > 3 and len(self.raw.accepted) > 3)

    def drain(self):
        """Nothing is under way any more."""
        for publisher in self.kept, self.raw:
            publisher.rest()
            self.wait_heard(publisher.topic, publisher.accepted[-1])

    def finish(self):
        """Whatever was published is there, and works as before."""
        self.kept.stop()
        self.raw.stop()
        for daemon, name in zip(self.daemons, 'AB'):
            daemon.publish(RAW, {'of': RAW, 'id': f'after at {name}'})
        self.tell_by_cli('after')
        for name in 'after at A', 'after at B', 'after':
            self.wait_heard(RAW, name)
        for name in {self.sent[-1], self.kept.accepted[-1]}:
            self.wait_heard(KEPT, name)
        for daemon in self.daemons:
            assert daemon.process.poll() is None, daemon.lines

    def assert_kept(self, gaps):
        """Complete, once each, in one order for all, and in that of each publisher."""
        assert not self.kept.doubtful, self.kept.doubtful
        first = self.ears[0].messages(KEPT)
        for publisher, names in ('h', self.kept.accepted), ('w', self.sent):
            got = [name for name in first if name[0] == publisher]
            assert got == names, (publisher, got, names)
        for ear in self.ears:
            assert ear.messages(KEPT) == first, (ear.name, ear.messages(KEPT), first)
            assert gaps or ear.gaps(KEPT) == 0, (ear.name, ear.heard)

    def assert_raw(self, before, told, gaps):
        """Nothing twice, and in order; all that was published before and after; all, where no gap was told."""
        for ear in self.ears:
            got = ear.messages(RAW)
            assert len(got) == len(set(got)), (ear.name, got)
            known = [name for name in got if name in self.raw.accepted]
            assert known == [name for name in self.raw.accepted if name in known], (ear.name, known)
            assert set(before) <= set(got), (ear.name, before, got)
            if ear.gaps(RAW) == 0:
                assert set(self.raw.accepted) <= set(got), (ear.name, set(self.raw.accepted) - set(got))
        for index in told if gaps else ():
            for ear in self.ears_of(index):
                assert ear.gaps(RAW) > 0, (ear.name, ear.heard)


def times(daemon, text):
    return sum(text in line for line in daemon.lines)


def wait_within(what, condition):
    """Asks again and again. Returns: seconds that it took."""
    begin = time.monotonic()
    wait_for(what, condition)
    took = time.monotonic() - begin
    assert took < DEADLINE, f'{what} took {took:.1f} s'
    return took


def note(text):
    print('#', text, flush=True)


def suffer(redis, setting, begin, end, told=(0, 1), gaps=True, kept_gaps=False, quiet=False, held=True):
    """One fault, from @begin to @end.

    @told: the instances to which it happens. @gaps: whether messages may be lost. @kept_gaps: whether Redis forgets.
    @quiet: nothing is under way when it happens, since nobody could know what became of it. @held: it lasts until it is
    ended; else it is over by itself.
    """
    with instances(BUILD, setting, 2) as daemons, contextlib.ExitStack() as stack:
        scene = Scene(redis, daemons, stack, 'mode=envelope' in setting)
        scene.warm_up()
        if quiet:
            scene.drain()
        before = ['before', *scene.raw.accepted]
        scene.wait_heard(RAW, before[-1])
        away = [times(daemon, 'Redis is away') for daemon in daemons]
        began = time.monotonic()
        begin(scene)
        scene.kept.go_on()
        scene.raw.go_on()
        for index in told:
            wait_within('news of it', lambda index=index: times(daemons[index], 'Redis is away') > away[index])
            note(f'{"AB"[index]} tells it after {time.monotonic() - began:.2f} s')
            if held:
                wait_within('degraded', lambda index=index: readiness(daemons[index]).startswith('degraded: broker: '))
        scene.burst(20)
        begun = len(scene.raw.accepted) + len(scene.raw.doubtful)
        wait_for('more publications', lambda: len(scene.raw.accepted) + len(scene.raw.doubtful) > begun + 10)
        end(scene)
        ended = time.monotonic()
        for daemon, name in zip(daemons, 'AB'):
            wait_within('Redis again', lambda daemon=daemon: is_ready(daemon))
            note(f'{name} has Redis again after {time.monotonic() - ended:.2f} s')
        scene.finish()
        scene.assert_kept(kept_gaps)
        scene.assert_raw(before, told, gaps)


def nothing(scene):
    """It is over by itself."""


def durable():
    """One that has all that it answered for on its disk."""
    return Redis('--appendonly', 'yes')


def check_killed():
    """Redis is killed, and started anew with what it had."""
    with durable() as redis:
        suffer(redis, redis.setting(probe=PROBE), lambda scene: redis.kill(), lambda scene: redis.start())


def check_killed_and_empty():
    """Redis is killed, and started anew with nothing."""
    with Redis() as redis:
        suffer(redis, redis.setting(probe=PROBE), lambda scene: redis.kill(), lambda scene: redis.start(),
               kept_gaps=True, quiet=True)


def check_killed_with_envelopes():
    """All topics are on one channel: those that are kept are read again, too."""
    with durable() as redis:
        suffer(redis, redis.setting('mode=envelope\n', probe=PROBE), lambda scene: redis.kill(),
               lambda scene: redis.start())


def check_restarted():
    with durable() as redis:
        suffer(redis, redis.setting(probe=PROBE), lambda scene: redis.shut_down(), lambda scene: redis.start())


def check_paused():
    """Redis does nothing for ten seconds: only the probe can tell."""
    with Redis() as redis:
        def go_on(scene):
            threading.Event().wait(max(0, begun[0] + 10 - time.monotonic()))
            redis.go_on()

        begun = []
        suffer(redis, redis.setting(probe=PROBE),
               lambda scene: (begun.append(time.monotonic()), redis.pause()), go_on)


def in_network(verdict):
    with Network() as network:
        with Redis('--protected-mode', 'no', port=6379, bind='*', before=network.inside) as redis:
            setting = f'[broker]\nurl=redis://{network.there}\nprobe-interval={PROBE}\n'
            suffer(redis, setting, lambda scene: network.refuse(verdict), lambda scene: network.heal())


def check_partition():
    """What is sent gets lost, and nobody says so."""
    in_network('drop')


def check_reset():
    """Whoever sends anything is answered with a reset."""
    in_network('meta l4proto tcp reject with tcp reset')


def check_demoted():
    """Redis becomes the replica of one that is not there."""
    with Redis() as redis:
        suffer(redis, redis.setting(probe=PROBE),
               lambda scene: redis.cli('REPLICAOF', '127.0.0.1', free_port()),
               lambda scene: redis.cli('REPLICAOF', 'NO', 'ONE'))


def check_failover():
    """The primary dies; Sentinel makes the replica the primary."""
    with contextlib.ExitStack() as stack:
        primary = stack.enter_context(Redis(port=free_port()))
        replica = stack.enter_context(Redis('--replicaof', f'127.0.0.1 {primary.port}', port=free_port()))
        sentinel = stack.enter_context(Sentinel(primary))
        wait_for('the replica', lambda: 'master_link_status:up' in replica.cli('INFO', 'replication'))
        wait_for('Sentinel to know it', sentinel.knows_replica)

        def kill(scene):
            primary.cli('WAIT', 1, 0)
            primary.kill()
            scene.redis = replica

        suffer(primary, sentinel.setting(probe=PROBE), kill, nothing, kept_gaps=True, quiet=True)


def check_client_kill():
    """Redis throws us out, first where we subscribe, then where we publish."""
    for kind in 'pubsub', 'normal':
        with Redis() as redis:
            suffer(redis, redis.setting(probe=PROBE),
                   lambda scene, kind=kind: redis.cli('CLIENT', 'KILL', 'TYPE', kind), nothing, held=False)


def check_overflow():
    """One instance reads too slowly for Redis, which hangs up."""
    with Redis('--client-output-buffer-limit', 'pubsub 64kb 0 0') as redis:
        def flood(scene):
            slow = scene.daemons[1].process
            slow.send_signal(signal.SIGSTOP)
            for number in range(64):
                redis.cli('PUBLISH', RAW, f'{{"of":"{RAW}","id":"flood{number}","x":"{"x" * 65536}"}}')
            slow.send_signal(signal.SIGCONT)

        suffer(redis, redis.setting(probe=PROBE), flood, nothing, told=(1,), held=False)


def check_script_flush():
    """Redis forgets the scripts: nobody notices; it is counted."""
    with Redis() as redis:
        def count(scene):
            # Whoever is the first brings it back for all.
            assert sum(metric(daemon, 'belfry_redis_faults_total{fault="noscript"}') for daemon in scene.daemons) > 0

        suffer(redis, redis.setting(probe=PROBE), lambda scene: redis.cli('SCRIPT', 'FLUSH'), count, told=(),
               gaps=False)


def check_wrong_password():
    """Redis wants another password for a while."""
    with Redis(password='one') as redis:
        def change(password):
            redis.cli('CONFIG', 'SET', 'requirepass', password)
            redis.password = password
            redis.cli('CLIENT', 'KILL', 'TYPE', 'normal')

        suffer(redis, redis.setting('password=one\n', probe=PROBE), lambda scene: change('two'),
               lambda scene: change('one'))


def check_wrong_authority():
    """Redis shows a certificate that nobody vouches for."""
    with tempfile.TemporaryDirectory(prefix='belfry-tls-') as folder:
        for name in 'localhost', 'other':
            make_certificate(folder, name)
        port = free_port()
        with Redis('--tls-port', str(port), '--tls-cert-file', f'{folder}/localhost.pem', '--tls-key-file',
                   f'{folder}/localhost-key.pem', '--tls-ca-cert-file', f'{folder}/localhost.pem',
                   '--tls-auth-clients', 'no') as redis:
            def show(name):
                redis.cli('CONFIG', 'SET', 'tls-cert-file', f'{folder}/{name}.pem', 'tls-key-file',
                          f'{folder}/{name}-key.pem')
                redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub')

            setting = (f'[broker]\nurl=rediss://127.0.0.1:{port}\ntls-server-name=localhost\n'
                       f'tls-ca={folder}/localhost.pem\nprobe-interval={PROBE}\n')
            suffer(redis, setting, lambda scene: show('other'), lambda scene: show('localhost'))


def check_garbage():
    """Something that is no Redis answers in its place."""
    with Redis() as redis, Relay(redis.path) as relay:
        setting = f'[broker]\nurl={relay.url()}\nprobe-interval={PROBE}\n'
        suffer(redis, setting, lambda scene: relay.say(b'HTTP/1.1 400 Bad Request\r\n\r\n'),
               lambda scene: relay.say(None))


def check_cannot_save():
    """Redis cannot write its file, and takes no writes for that; what is subscribed to still comes."""
    with Redis('--save', '3600 1') as redis:
        file = pathlib.Path(f'{redis.folder}/dump.rdb')

        def obstruct(scene):
            file.mkdir()
            redis.cli('BGSAVE')
            wait_for('the failure', lambda: 'rdb_last_bgsave_status:err' in redis.cli('INFO', 'persistence'))

        def clear(scene):
            file.rmdir()
            redis.cli('SAVE')

        suffer(redis, redis.setting(probe=PROBE), obstruct, clear, gaps=False)


def check_no_memory():
    """Redis has no memory left, and takes no writes for that."""
    with Redis() as redis:
        suffer(redis, redis.setting(probe=PROBE), lambda scene: redis.cli('CONFIG', 'SET', 'maxmemory', 1),
               lambda scene: redis.cli('CONFIG', 'SET', 'maxmemory', 0), gaps=False)


if __name__ == '__main__':
    if not shutil.which('redis-server'):
        sys.exit(77)
    sys.exit(run(globals()))

# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""Redis servers of a test's own, and what can go wrong between them and us. All of it is ended, by its pid or its name,
when its block is left."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading

from checks import Skip
from raw_peer import PATIENCE, connect, wait_for
from speakers import service

REDIS_SETTING = '[broker]\nurl={url}\nprobe-interval={probe}\n{more}'


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Redis:
    """A redis-server on a unix socket, and on a port if there is to be one; @before is what runs it."""

    def __init__(self, *options, port=0, bind='127.0.0.1', password=None, before=(), config=None):
        self.scratch = tempfile.TemporaryDirectory(prefix='belfry-redis-')
        self.folder = self.scratch.name
        self.path = f'{self.folder}/redis.sock'
        self.port = port
        self.command = [*before, 'redis-server']
        if config is not None:
            pathlib.Path(f'{self.folder}/conf').write_text(config, encoding='utf-8')
            self.command.append(f'{self.folder}/conf')
        self.command += ['--port', str(port), '--bind', bind, '--unixsocket', self.path, '--dir', self.folder,
                         *(('--save', '') if config is None else ()), *options]
        self.password = password
        if password is not None:
            self.command += ['--requirepass', password]
        self.process = None
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process is not None:
            self.kill()
        self.scratch.cleanup()

    def answers(self):
        assert self.process.poll() is None, 'Redis has ended'
        try:
            connect(self.path).close()
        except OSError:
            return False
        return self.cli('PING', check=False) == 'PONG'

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        wait_for('Redis', self.answers)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)

    def shut_down(self):
        self.process.terminate()
        self.process.wait(PATIENCE)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def cli(self, *words, check=True):
        done = subprocess.run(['redis-cli', '-e', '-s', self.path, *map(str, words)], check=False,
                              capture_output=True, text=True, timeout=PATIENCE,
                              env={**os.environ, **({'REDISCLI_AUTH': self.password} if self.password else {})})
        assert not check or done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout.strip()

    def lives(self):
        """How long its keys have to live, in milliseconds; -1 is for ever."""
        answer = self.cli('EVAL', "local all = {} for _, key in ipairs(redis.call('KEYS', '*')) do "
                          "all[#all + 1] = key .. ' ' .. redis.call('PTTL', key) end return all", 0)
        return {name: int(life) for name, life in (line.rsplit(' ', 1) for line in answer.split('\n') if line)}

    def hasten(self, pattern):
        """The time of the keys has come."""
        self.cli('EVAL', "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('PEXPIRE', key, 1) end", 0,
                 pattern)
        wait_for('their end', lambda: not self.cli('KEYS', pattern))

    def used(self):
        """Its memory, in bytes, without what it keeps for who asks this."""
        return int(self.cli('MEMORY', 'STATS').split('dataset.bytes')[1].split()[0])

    def url(self):
        return f'redis+unix://{self.path}'

    def setting(self, more='', probe='1s'):
        return REDIS_SETTING.format(url=self.url(), probe=probe, more=more)


class Sentinel(Redis):
    """A Sentinel that decides alone over one server on the loopback."""

    def __init__(self, primary):
        super().__init__('--sentinel', port=free_port(), config=(
            f'sentinel monitor belfry 127.0.0.1 {primary.port} 1\n'
            'sentinel down-after-milliseconds belfry 500\nsentinel failover-timeout belfry 5000\n'))

    def url(self):
        return f'redis+sentinel://127.0.0.1:{self.port}/belfry'

    def knows_replica(self):
        return 'slaves=1' in self.cli('INFO', 'sentinel')


class Relay:
    """Passes on what comes on a port to a server's unix socket; may say something else to who is connected instead."""

    def __init__(self, path):
        self.path = path
        self.garbage = None
        self.pairs = []
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for pair in self.pairs:
            self.hang_up(pair)

    def url(self):
        return f'redis://127.0.0.1:{self.port}'

    @staticmethod
    def hang_up(pair):
        for end in pair:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                here, _ = self.listener.accept()
                there = socket.socket(socket.AF_UNIX)
                there.connect(self.path)
                self.pairs.append((here, there))
                if self.garbage is not None:
                    here.sendall(self.garbage)
                for ends in ((here, there), (there, here)):
                    threading.Thread(target=self.copy, args=ends, daemon=True).start()

    def copy(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        self.hang_up((source, target))

    def say(self, garbage):
        """To all that are connected, and to whoever comes; or nothing more."""
        self.garbage = garbage
        for here, _ in self.pairs if garbage is not None else ():
            with contextlib.suppress(OSError):
                here.sendall(garbage)


class Network:
    """A network name space with one address in it, which packets can be kept from."""

    def __init__(self):
        self.name = f'belfry-{os.getpid()}'
        self.link = f'bf{os.getpid()}'
        first = os.getpid() % 63 * 4
        # A range for documentation: nobody's.
        self.here, self.there = f'203.0.113.{first + 1}', f'203.0.113.{first + 2}'
        self.inside = ('ip', 'netns', 'exec', self.name)

    def __enter__(self):
        if os.geteuid() != 0:
            raise Skip('only root can cut a network')
        try:
            self.ip('netns', 'add', self.name)
            self.ip('link', 'add', self.link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', self.name)
            self.ip('address', 'add', f'{self.here}/30', 'dev', self.link)
            self.ip('link', 'set', self.link, 'up')
            for words in (('address', 'add', f'{self.there}/30', 'dev', 'eth0'), ('link', 'set', 'eth0', 'up'),
                          ('link', 'set', 'lo', 'up')):
                self.ip('-n', self.name, *words)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        subprocess.run(['ip', 'link', 'delete', self.link], check=False, capture_output=True, timeout=PATIENCE)
        subprocess.run(['ip', 'netns', 'delete', self.name], check=False, capture_output=True, timeout=PATIENCE)

    @staticmethod
    def ip(*words):
        subprocess.run(['ip', *words], check=True, capture_output=True, timeout=PATIENCE)

    def refuse(self, verdict):
        """What comes is treated like this."""
        for command in ('add table inet faults',
                        'add chain inet faults input { type filter hook input priority 0; }',
                        f'add rule inet faults input iifname eth0 {verdict}'):
            subprocess.run([*self.inside, 'nft', command], check=True, timeout=PATIENCE)

    def heal(self):
        subprocess.run([*self.inside, 'nft', 'delete table inet faults'], check=True, timeout=PATIENCE)


def readiness(daemon):
    return daemon.http('GET', '/readyz', key=None)[2].decode()


def is_ready(daemon):
    return readiness(daemon) == 'ready\n'


def metric(daemon, name):
    """The value of a line of the metrics, by all that stands before it."""
    text = daemon.http('GET', '/metrics', key=None)[2].decode()
    found = [line.rpartition(' ')[2] for line in text.split('\n') if line.rpartition(' ')[0] == name]
    assert len(found) == 1, (name, text)
    return float(found[0])


@contextlib.contextmanager
def instances(build, setting, count):
    """Daemons that are connected."""
    with contextlib.ExitStack() as stack:
        daemons = [stack.enter_context(service(build, more=setting)) for _ in range(count)]
        for daemon in daemons:
            wait_for('Redis at the instance', lambda daemon=daemon: is_ready(daemon))
        yield daemons

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""What a developer does first: `./dev run`, and then, word by word, what it tells him to.

In a network of its own, so that its port is free and nothing can be fetched; and with an apt-get that only fails.
Argument: the build folder, which is the one of ./dev.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading

from checks import run
from raw_peer import PATIENCE

SOURCE = pathlib.Path(__file__).parents[2]
ALONE = 'BELFRY_TEST_ALONE'
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
CTL = '_build/src/belfryctl/belfryctl'
WAYS_OUT = ('apt-get', 'sudo', 'pip', 'pip3', 'wget')


def move_to_own_network():
    """Starts again in a network where there is nothing but this test. Gives what to exit with, or None."""
    if ALONE not in os.environ:
        for way in ('-rn', '-n'):
            probe = subprocess.run(['unshare', way, 'true'], check=False, capture_output=True, timeout=PATIENCE)
            if probe.returncode == 0:
                return subprocess.run(['unshare', way, sys.executable, '-B', *sys.argv], check=False,
                                      env={**os.environ, ALONE: '1'}).returncode
        print('1..0 # SKIP no network of its own')
        return 0
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack('16sH14x', b'lo', IFF_UP))
    return None


class Program:
    """A command as it is pasted into a shell; what it says is collected."""

    def __init__(self, command, environment, cwd='/'):
        self.text = ''
        self.changed = threading.Condition()
        self.process = subprocess.Popen(['sh', '-c', f'exec {command}'], stdin=subprocess.PIPE, text=True, cwd=cwd,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
        threading.Thread(target=self.read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)

    def read(self):
        while more := os.read(self.process.stdout.fileno(), 65536):
            with self.changed:
                self.text += more.decode(errors='replace')
                self.changed.notify_all()

    def wait(self, pattern):
        with self.changed:
            assert self.changed.wait_for(lambda: re.search(pattern, self.text), PATIENCE), \
                f'nothing matches {pattern}:\n{self.text}'
        return re.search(pattern, self.text)

    def say(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()


def make_environment(folder):
    """A user's, in which nothing can be installed."""
    for name in WAYS_OUT:
        path = pathlib.Path(folder) / name
        path.write_text(f'#!/bin/sh\necho "{name} was called" >&2\nexit 99\n', encoding='ascii')
        path.chmod(0o755)
    kept = {name: os.environ[name] for name in ('HOME', 'LANG') if name in os.environ}
    path = f'{folder}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'
    return {**kept, 'PATH': path, 'TERM': 'dumb', 'LC_ALL': 'C.UTF-8'}


def find_command(text, beginning, end=''):
    """The one line of what it printed that is a command like this."""
    lines = [line.strip() for line in text.splitlines()]
    found = [line for line in lines if line.startswith(beginning) and line.endswith(end)]
    assert len(found) == 1, (beginning, found)
    return found[0]


def paste(command, environment, cwd='/'):
    done = subprocess.run(['sh', '-c', command], check=True, capture_output=True, text=True, env=environment,
                          timeout=PATIENCE, cwd=cwd)
    return done.stdout


def paste_in_tree(command, environment):
    return paste(command, environment, SOURCE)


@contextlib.contextmanager
def own_bus(folder):
    """A user's bus, with a socket in @folder."""
    address = f'unix:path={folder}/bus'
    command = ['dbus-daemon', '--session', '--nofork', f'--address={address}', '--print-address']
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as bus:
        try:
            assert bus.stdout.readline().startswith(address)
            yield address
        finally:
            bus.terminate()


def end(service):
    """As Ctrl-C does."""
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(PATIENCE) == 0, service.text
    assert 'was called' not in service.text, service.text


def check_run():
    """Each command that ./dev run prints does what is said of it, and Ctrl-C ends the service well."""
    with tempfile.TemporaryDirectory(prefix='belfry-dev-') as folder:
        environment = make_environment(folder)
        with Program('./dev run', environment, SOURCE) as service:
            service.wait('serving with')
            text = service.text
            assert 'belfryctl' not in text, text
            page = find_command(text, 'http://')
            assert '<title>' in paste(f'curl -sf "{page}"', environment)
            word = re.search(r'then say: (\{.*\})', text)[1]
            topic = json.loads(word)['topics'][0]
            with Program(find_command(text, 'python3 -m websockets'), environment) as client, \
                    Program(find_command(text, 'curl -N'), environment) as stream:
                client.wait('Connected')
                client.say(word)
                client.wait('"subscribed"')
                stream.wait('event: subscribed')
                assert json.loads(paste(find_command(text, 'curl -H', 'publish'), environment))['topic'] == topic
                client.wait(r'\{"info":"hi"\}')
                stream.wait(r'"data":\{"info":"hi"\}')
                sessions = json.loads(paste(find_command(text, 'curl -H', 'sessions'), environment))['sessions']
                users = [session['user'] for session in sessions]
                assert users == ['you', 'you'], users
                assert 'belfry_subscriptions 2' in paste(find_command(text, 'curl http'), environment)
            end(service)


def check_run_on_a_bus():
    """Where there is a bus of the user's, the service is on it, and what it prints about it works, too."""
    with tempfile.TemporaryDirectory(prefix='belfry-dev-') as folder, own_bus(folder) as address:
        environment = {**make_environment(folder), 'DBUS_SESSION_BUS_ADDRESS': address}
        with Program('./dev run', environment, SOURCE) as service:
            service.wait('on the session bus')
            text = service.text
            assert 'running' in paste_in_tree(find_command(text, CTL, 'status'), environment)
            with Program(find_command(text, 'curl -N'), environment) as stream:
                stream.wait('event: subscribed')
                assert 'you' in paste_in_tree(find_command(text, CTL, 'sessions'), environment)
                paste_in_tree(find_command(text, f'{CTL} --session publish'), environment)
                stream.wait(r'"data":\{"info":"hi"\}')
            end(service)


def check_missing_package():
    """A package that is missing is named, and that it cannot be fetched; nothing is run without it."""
    with tempfile.TemporaryDirectory(prefix='belfry-dev-') as folder:
        environment = make_environment(folder)
        query = pathlib.Path(folder) / 'dpkg-query'
        query.write_text('#!/bin/sh\nfor last; do :; done\n[ "$last" = ninja-build ] || printf installed\n',
                         encoding='ascii')
        query.chmod(0o755)
        with Program('./dev run', environment, SOURCE) as service:
            assert service.process.wait(PATIENCE) == 1
            service.wait('needs it: ninja-build')
            service.wait('is the network there')
            assert 'Starting' not in service.text, service.text


if __name__ == '__main__':
    status = move_to_own_network()
    sys.exit(run(globals()) if status is None else status)

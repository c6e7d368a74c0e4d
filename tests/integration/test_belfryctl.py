#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""The administrator's tool, with the service on a bus of its own.

Argument: the build folder; words choose checks.
"""

import json
import os
import pathlib
import pty
import queue
import re
import select
import signal
import subprocess
import sys
import threading

import checks
import raw_peer
from raw_peer import PATIENCE, wait_for
from speakers import Typed, service, token

BUILD = sys.argv[1]
SOURCE = pathlib.Path(__file__).resolve().parents[2]
CTL = f'{BUILD}/src/belfryctl/belfryctl'
CONTROL = '[control]\nbus=session\npolkit=no\n'


class Bus:
    """A bus of its own, and the service on it."""

    def __enter__(self):
        self.process = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--print-address'],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        raw_peer.ENVIRONMENT['DBUS_SESSION_BUS_ADDRESS'] = self.process.stdout.readline().strip()
        self.environment = {**os.environ, **raw_peer.ENVIRONMENT}
        return self

    def __exit__(self, *unused):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def ctl(self, *words, status=0, text=None, **variables):
        """What it writes, the errors with it where it is to fail."""
        done = subprocess.run([CTL, '--session', *words], capture_output=True, input=text, timeout=PATIENCE,
                              env={**self.environment, **variables}, check=False, text=not isinstance(text, bytes))
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done.stderr if status else done.stdout

    def json(self, *words, **more):
        return json.loads(self.ctl('--json', *words, **more))

    def start(self, *words):
        return Running([CTL, '--session', *words], self.environment)


class Running:
    """One that goes on until it is ended, and what it has written meanwhile."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env=environment)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip('\n'))

    def line(self):
        return self.lines.get(timeout=PATIENCE)

    def end(self, number=None):
        if number is not None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def on_bus(check):
    """A bus and a service for one check."""
    def run():
        with Bus() as bus, service(BUILD, more=CONTROL) as daemon:
            daemon.wait_log('on the session bus')
            check(bus, daemon)
    run.__name__ = check.__name__
    return run


def signed_in(daemon, user='anna'):
    return Typed(daemon.port(), token(user))


@on_bus
def check_status(bus, daemon):
    text = bus.ctl('status')
    for title in ('State:', 'Version:', 'Broker:', 'Listening on:', 'Sessions:'):
        assert title in text, text
    figures = bus.json('status')
    assert figures['State'] == 'running' and figures['Broker'] == 'memory', figures
    assert str(daemon.port()) in ' '.join(figures['Listeners']) or figures['Listeners'], figures


@on_bus
def check_sessions(bus, daemon):
    with signed_in(daemon) as anna, Typed(daemon.port()):
        anna.say(type='subscribe', topics=['public.news'])
        anna.hear()
        wait_for('both sessions', lambda: len(bus.json('sessions')) == 2)
        by_state = {one['state']: one for one in bus.json('sessions')}
        assert by_state['authenticated']['user'] == 'anna', by_state
        assert 'user' not in by_state['anonymous'], by_state
        for words, count in ((('--user=anna',), 1), (('--user=bert',), 0), (('--dialect=action',), 0),
                             (('--topic=public.news',), 1), (('--state=anonymous',), 1), (('--limit=1',), 1),
                             (('--address=192.0.2.1',), 0), (('--queued=1',), 0)):
            found = bus.json('sessions', *words)
            assert len(found) == count, (words, found)
        table = bus.ctl('sessions', '--user=anna').splitlines()
        assert table[0].split() == ['SESSION', 'USER', 'ADDRESS', 'DIALECT', 'STATE', 'TOPICS', 'SINCE'], table
        one = bus.json('session', by_state['authenticated']['id'])
        assert one['topics'] == ['public.news'] and 'queued' in one, one
        assert 'public.news' in bus.ctl('session', by_state['authenticated']['id'])
    assert 'no session' in bus.ctl('session', 'nobody', status=66)
    assert 'state' in bus.ctl('sessions', '--state=bananas', status=64)
    assert 'expected a number' in bus.ctl('sessions', '--queued=many', status=64)


@on_bus
def check_one_session(bus, daemon):
    """What is done for one session, its client hears, and no other."""
    with signed_in(daemon) as anna, signed_in(daemon, 'bert') as bert:
        wait_for('the sessions', lambda: len(bus.json('sessions')) == 2)
        one = bus.json('sessions', '--user=anna')[0]['id']
        bus.ctl('subscribe', one, 'chat-room')
        anna.expect_json(type='subscribed', topics=['chat-room'])
        bus.ctl('send', one, '{"a":1}')
        anna.expect_json(a=1)
        bus.ctl('send', one, '[1]')
        anna.expect_json(type='message', topic='$session', data=[1])
        bus.ctl('unsubscribe', one, 'chat-room')
        anna.expect_json(type='unsubscribed', topics=['chat-room'])
        bert.say(type='ping')
        bert.expect_json(type='pong')
        bus.ctl('unsubscribe', one, 'chat-room', status=65)
        bus.ctl('subscribe', one, 'a b', status=65)
        bus.ctl('send', one, '{', status=65)
    for words in (('subscribe', 'nobody', 'x'), ('unsubscribe', 'nobody', 'x'), ('send', 'nobody', '1')):
        assert 'no session' in bus.ctl(*words, status=66)
        bus.ctl(*words[:2], status=64)


@on_bus
def check_kick(bus, daemon):
    with signed_in(daemon) as anna:
        wait_for('the session', lambda: bus.json('sessions'))
        bus.ctl('kick', bus.json('sessions')[0]['id'], '--code=4000', '--reason=go away')
        assert anna.expect_close(4000) == 'go away'
    with signed_in(daemon) as anna, signed_in(daemon) as again:
        wait_for('the sessions', lambda: len(bus.json('sessions', '--user=anna')) == 2)
        assert '2 sessions closed' in bus.ctl('kick', '--user=anna')
        anna.expect_close(4403)
        again.expect_close(4403)
    bus.ctl('kick', 'nobody', status=66)
    bus.ctl('kick', status=64)
    bus.ctl('kick', 'x', '--user=anna', status=64)
    assert '999' in bus.ctl('kick', 'x', '--code=999', status=64)


@on_bus
def check_block(bus, daemon):
    with signed_in(daemon) as anna:
        wait_for('the session', lambda: bus.json('sessions'))
        bus.ctl('block', 'anna', '--for=1h')
        anna.expect_close(4403)
    with signed_in(daemon) as anna:
        anna.expect_close(4403)
    bus.ctl('unblock', 'anna')
    with signed_in(daemon) as anna:
        anna.say(type='ping')
        anna.expect_json(type='pong')
    bus.ctl('unblock', 'anna', status=66)
    bus.ctl('block', 'anna', '--for=long', status=64)
    with Typed(daemon.port(), token('anna', jti='one')) as anna:
        anna.say(type='ping')
        anna.hear()
        bus.ctl('revoke', 'one')
        anna.expect_close(4403)


@on_bus
def check_publish(bus, daemon):
    with signed_in(daemon) as anna:
        anna.say(type='subscribe', topics=['kept.news'])
        anna.hear()
        assert 'to 1 subscriber on this instance, as number 1' in bus.ctl('publish', 'kept.news', '{"info":"hi"}')
        anna.expect_text('{"info":"hi"}')
        receipt = bus.json('publish', 'kept.news', 'plain', '--key=k')
        assert receipt['subscribers'] == 1 and receipt['offset'] == 2 and receipt['epoch'], receipt
        anna.expect_json(type='message', topic='kept.news', data='plain')
        assert bus.json('publish', 'kept.news', 'plain', '--key=k')['offset'] == 2
        assert '2 messages published' in bus.ctl('publish', 'kept.news', '-', text='1\n\n"two"')
        anna.expect_json(type='message', topic='kept.news', data=1)
        anna.expect_json(type='message', topic='kept.news', data='two')
        bus.ctl('publish', 'kept.news', '-', text=b'\xff\xfe\n')
        assert anna.hear()['encoding'] == 'base64'
    assert 'topic' in bus.ctl('publish', 'belfry:x', '1', status=65)
    assert '0 messages' in bus.ctl('publish', 'a', '-', text='')
    page = bus.json('topic', 'kept.news', '--limit=2')
    assert [one['offset'] for one in page['messages']] == [4, 5], page
    assert 'PAYLOAD' in bus.ctl('topic', 'kept.news')


@on_bus
def check_topics(bus, daemon):
    with signed_in(daemon) as anna:
        anna.say(type='subscribe', topics=['seen.room', 'public.news', 'public.sport'])
        anna.hear()
        assert [one['topic'] for one in bus.json('topics')] == ['public.news', 'public.sport', 'seen.room']
        assert [one['topic'] for one in bus.json('topics', 'public.*')] == ['public.news', 'public.sport']
        assert bus.json('topic', 'seen.room')['users'][0]['user'] == 'anna'
        assert 'anna' in bus.ctl('topic', 'seen.room')


@on_bus
def check_watch(bus, daemon):
    watching = bus.start('watch', '--count=3', 'public.>', 'kept.news')
    reading = bus.start('--json', 'watch', 'public.>')
    wait_for('the watches', lambda: bus.json('publish', 'public.start', '0') and
             not watching.lines.empty() and not reading.lines.empty())
    assert 'public.start 0' in watching.line()
    bus.ctl('publish', 'public.evil', '\x1b[2J')
    bus.ctl('publish', 'kept.news', '1')
    assert '\x1b' not in watching.line() + watching.line()
    assert watching.end() == 0
    seen = json.loads(reading.line())
    assert seen == {'signal': 'Message', 'topic': 'public.start', 'payload': '0'}, seen
    assert reading.end(signal.SIGINT) == 0
    bus.ctl('watch', 'belfry:secret', status=65)
    left = bus.start('watch', 'public.x')
    wait_for('the watch', lambda: bus.json('publish', 'public.x', '1') and not left.lines.empty())
    daemon.stop()
    assert left.end() == 69
    assert 'has left the bus' in left.process.stderr.read()


@on_bus
def check_monitor(bus, daemon):
    monitoring = bus.start('--json', 'monitor')
    seen = []

    def is_seen(name):
        while not monitoring.lines.empty():
            seen.append(json.loads(monitoring.line()))
        return any(one['signal'] == name for one in seen)

    def come():
        with signed_in(daemon) as anna:
            anna.say(type='ping')
            anna.hear()
        return is_seen('Closed')

    wait_for('a session that goes', lambda: come() and is_seen('Opened') and is_seen('Authenticated'))
    assert next(one for one in seen if one['signal'] == 'Authenticated')['user'] == 'anna', seen
    assert monitoring.end(signal.SIGTERM) == 0


@on_bus
def check_figures(bus, daemon):
    bus.ctl('publish', 'public.x', '1')
    assert 'belfry_messages_published_total 1' in bus.ctl('metrics')
    assert bus.json('metrics')['belfry_messages_published'] == 1
    text = bus.ctl('top', '--count=2', '--interval=100ms')
    assert '\x1b' not in text and text.count('belfry: running') == 2, text
    assert re.search(r'published here +\S+ +1$', text, re.M), text
    assert [one['name'] for one in bus.json('plugins')] == ['jwt', 'rules']
    bus.ctl('top', '--interval=1ms', status=64)


@on_bus
def check_terminal(bus, daemon):
    """On a terminal top draws over what it drew before, until it is interrupted."""
    master, slave = pty.openpty()
    with subprocess.Popen([CTL, '--session', 'top', '--interval=100ms'], stdout=slave, env=bus.environment) as top:
        os.close(slave)
        seen = b''
        while seen.count(b'\x1b[H\x1b[J') < 3:
            assert select.select([master], [], [], PATIENCE)[0], seen
            seen += os.read(master, 65536)
        top.send_signal(signal.SIGINT)
        assert top.wait(PATIENCE) == 0
    os.close(master)
    screens = seen.decode().split('\x1b[H\x1b[J')
    assert screens[0] == '' and all(screen.startswith('belfry: running') for screen in screens[1:3]), screens
    assert 'delivered' in screens[1], screens


@on_bus
def check_reexec(bus, daemon):
    """The clients stay, and the new image is on the bus under the same name."""
    with signed_in(daemon) as anna:
        session = bus.json('sessions')
        before = len(daemon.lines)
        bus.ctl('reexec')
        wait_for('the new image', lambda: any('started, version' in line for line in daemon.lines[before:]))
        wait_for('its name', lambda: subprocess.run([CTL, '--session', 'status'], env=bus.environment,
                                                    capture_output=True, check=False).returncode == 0)
        assert bus.json('sessions') == session
        anna.subscribe('public.again')


@on_bus
def check_service(bus, daemon):
    bus.ctl('reload')
    daemon.wait_log('configuration reloaded')
    bus.ctl('log-level', 'debug')
    bus.ctl('log-level', 'shouting', status=64)
    daemon.write_config('[sever]\n')
    assert 'config check' in bus.ctl('reload', status=78)
    with signed_in(daemon) as anna:
        bus.ctl('shed', '0', status=64)
        bus.ctl('shed', '101%', status=64)
        bus.ctl('shed', '100%', 'soon', status=64)
        with signed_in(daemon) as shed:
            bus.ctl('shed', '100%', '100ms')
            shed.expect_close(1012)
        anna.expect_close(1012)
    with signed_in(daemon) as anna:
        bus.ctl('drain', '1s')
        anna.expect_close(1012)
    assert daemon.process.wait(PATIENCE) == 0
    assert 'not running' in bus.ctl('status', status=69)


def check_no_bus():
    environment = {'DBUS_SESSION_BUS_ADDRESS': 'unix:path=/nowhere', 'LC_ALL': 'C.UTF-8'}
    done = subprocess.run([CTL, '--session', 'status'], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 69 and 'no connection to the bus' in done.stderr, done
    with Bus() as bus:
        said = bus.ctl('watch', 'x', status=69)
        assert 'systemctl start belfry' in said, said


def check_offline():
    """What needs no service."""
    with Bus() as bus:
        made = bus.ctl('token', 'create', '--user=you', '--role=admin', '--subscribe=a.>', '--publish=b.*').strip()
        claims = bus.json('token', 'check', '-', text=made)
        assert claims['sub'] == 'you' and claims['roles'] == ['admin'] and claims['publish'] == ['b.*'], claims
        assert claims['subscribe'] == ['a.>'] and claims['exp'] - claims['iat'] == 3600 and claims['jti'], claims
        assert 'good, for you' in bus.ctl('token', 'check', made)
        assert 'signature' in bus.ctl('token', 'check', made[:-4] + 'AAAA', status=65)
        assert 'expired' in bus.ctl('token', 'check', token('you', lifetime=-3600), status=65)
        bus.ctl('token', 'create', status=64)
        bus.ctl('token', 'create', '--user=you', '--expires=0', status=64)
        bus.ctl('token', 'create', '--user=you', status=78, JWT_SECRET='')
        for bits in ('384', '512'):
            words = (f'--set=plugin.jwt.algorithms=HS{bits}', '--set=plugin.jwt.issuer=us',
                     '--set=plugin.jwt.audience=them')
            secret = {'JWT_SECRET': '0123456789abcdef' * 4}
            made = bus.ctl('token', 'create', '--user=you', *words, **secret).strip()
            assert 'good' in bus.ctl('token', 'check', made, *words, **secret)
        assert 'valid' in bus.ctl('config', 'check')
        assert 'lisen' in bus.ctl('config', 'check', '--set=server.lisen=x', status=78)
        assert 'listen = *:1' in bus.ctl('config', 'show', '--set=server.listen=*:1')
        assert '#listen' in bus.ctl('config', 'defaults').replace(' ', '')
        bus.ctl('config', 'sing', status=64)
        assert bus.ctl('--version').startswith('belfryctl ')
        for wrong in (('topic', b'\xff'), ('publish', b'\xff', 'x'), ('session', b'a\xc3')):
            assert 'UTF-8' in bus.ctl(*wrong, status=64)
        german = {'LC_ALL': 'C.UTF-8', 'LANGUAGE': 'de'}
        assert 'MIME' not in bus.ctl('status', 'now', status=64, **german)
        for wrong in ((), ('sing',), ('status', 'now'), ('topic',), ('status', '--user=x'), ('sessions', '-n', '-1')):
            assert '--help' in bus.ctl(*wrong, status=64)


def check_page():
    """The page and the help name the same verbs and options."""
    page = (SOURCE / 'doc/man/belfryctl.1.rst').read_text(encoding='utf-8')
    with Bus() as bus:
        verbs = set(re.findall(r'^  ([a-z][a-z-]*) ', bus.ctl('--help').split('Verbs:')[1], re.M))
        in_page = set(re.findall(r'^([a-z-]+)(?: .*)?\n    ', page.split('VERBS\n')[1].split('OPTIONS\n')[0], re.M))
        assert verbs == in_page and len(verbs) > 15, verbs ^ in_page
        options = set(re.findall(r'--[a-z-]+', bus.ctl('--help')))
        for verb in verbs:
            options |= set(re.findall(r'--[a-z-]+', bus.ctl(verb, '--help')))
        listed = set(re.findall(r'--[a-z-]+', page.split('OPTIONS\n')[1].split('EXIT STATUS')[0]))
        assert options == listed, options ^ listed


@on_bus
def check_examples(bus, daemon):
    """What the page shows, pasted into a shell, works."""
    page = (SOURCE / 'doc/man/belfryctl.1.rst').read_text(encoding='utf-8').split('EXAMPLES\n')[1]
    lines = re.findall(r'^    (.*belfryctl .*)$', page, re.M)
    assert len(lines) > 12, lines
    with signed_in(daemon, 'mallory'):
        wait_for('mallory', lambda: bus.json('sessions', '--user=mallory'))
        script = '\n'.join(lines).replace('belfryctl', f'{CTL} --session')
        done = subprocess.run(['sh', '-exc', script], capture_output=True, text=True, env=bus.environment,
                              timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr


@on_bus
def check_system_tools(bus, daemon):
    """What doc/control.md shows of busctl, gdbus and a program of one's own works as it stands."""
    text = (SOURCE / 'doc/control.md').read_text(encoding='utf-8').split('## With the tools of the system\n')[1]
    text = re.sub(r' \\\n +', ' ', text)
    text = (text.replace('gdbus call --system', 'gdbus call --session').replace('--system', '--session')
            .replace('BusType.SYSTEM', 'BusType.SESSION')
            .replace('busctl ', f'busctl --address={bus.environment["DBUS_SESSION_BUS_ADDRESS"]} '))
    lines = re.findall(r'^    ((?:gdbus|busctl) .*)$', text, re.M)
    program = re.search(r'^```python\n(.*?)^```', text, re.M | re.S)[1]
    said = {}
    with signed_in(daemon) as anna:
        anna.say(type='ping')
        anna.hear()
        for line in (line for line in lines if ' monitor ' not in line):
            done = subprocess.run(['sh', '-ec', line], capture_output=True, text=True, env=bus.environment,
                                  timeout=PATIENCE, check=False)
            assert done.returncode == 0, (line, done)
            said[line] = done.stdout
    for words, expected in (('get-property', '"running"'), ('busctl.*introspect', 'CloseUser'),
                            ('user s anna', '"anna"'),
                            ("'user': <'anna'>", "<'authenticated'>"), ('idempotency', "'subscribers': <uint32 0>")):
        found = [text for line, text in said.items() if re.search(words, line)]
        assert found and all(expected in text for text in found), (words, found)
    monitor = Running(next(line for line in lines if ' monitor ' in line).split(), bus.environment)
    watching = Running(['/usr/bin/python3', '-c', program], bus.environment)
    wait_for('a message', lambda: bus.json('publish', 'news', '{"n":1}') and not watching.lines.empty())
    assert watching.line() == 'news {"n":1}'
    with signed_in(daemon):
        wait_for('a change', lambda: any("'Sessions'" in monitor.line() for _ in range(monitor.lines.qsize())))
    for running in (monitor, watching):
        running.end(signal.SIGTERM)


def check_readme():
    """The tables that README and doc/control.md show have the titles that the program prints."""
    text = ''.join((SOURCE / name).read_text(encoding='utf-8') for name in ('README.md', 'doc/control.md'))
    shown = dict(re.findall(r'^    \$ belfryctl (\w+).*\n((?:    .*\n|\n(?=    [^$]))+)', text, re.M))
    assert set(shown) == {'status', 'sessions', 'top'}, shown
    with Bus() as bus, service(BUILD, more=CONTROL) as daemon:
        daemon.wait_log('on the session bus')
        with signed_in(daemon) as anna:
            anna.say(type='ping')
            anna.hear()
            printed = {'status': bus.ctl('status'), 'sessions': bus.ctl('sessions'),
                       'top': bus.ctl('top', '--count=1')}

    def titles(verb, body):
        if verb == 'status':
            return re.findall(r'^ *([A-Z][^:]*):', body, re.M)
        if verb == 'sessions':
            return body.split('\n')[0].split()
        return re.findall(r'[a-z][a-z, -]*[a-z]', re.sub(r'(KiB|MiB|GiB|bytes?)', '', body.split('\n', 1)[1]))

    for verb, body in shown.items():
        assert titles(verb, body) == titles(verb, printed[verb]), (titles(verb, body), titles(verb, printed[verb]))


@on_bus
def check_completion(bus, daemon):
    def complete(*words):
        script = (f'PATH={BUILD}/src/belfryctl:$PATH; . {SOURCE}/data/completion/belfryctl; '
                  'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _belfryctl; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(['bash', '-c', script, 'bash', 'belfryctl', *words], capture_output=True, text=True,
                              env=bus.environment, timeout=PATIENCE, check=True)
        assert done.stderr == '', done.stderr
        return done.stdout.split()

    assert complete('sta') == ['status']
    assert 'log-level' in complete('')
    assert complete('sessions', '--di') == ['--dialect']
    assert complete('config', 'd') == ['defaults']
    with signed_in(daemon) as anna:
        anna.say(type='subscribe', topics=['public.news'])
        anna.hear()
        session = bus.json('sessions')[0]['id']
        assert complete('--session', 'session', session[:4]) == [session]
        assert complete('--session', 'watch', 'public') == ['public.news']
        assert complete('--session', 'subscribe', session[:4]) == [session]
        assert complete('--session', 'unsubscribe', session, 'public') == ['public.news']
        assert complete('--session', 'send', session[:4]) == [session]
        assert complete('--session', 'send', session, '') == []


if __name__ == '__main__':
    sys.exit(checks.run(dict(globals())))

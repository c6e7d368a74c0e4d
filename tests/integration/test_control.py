#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""The service on a bus like the system's, with the policy file that is installed, as administrators and others use it.

Argument: the build folder.
"""

import os
import pathlib
import pwd
import re
import signal
import subprocess
import sys
import tempfile

from gi.repository import Gio, GLib

import checks

BUILD = pathlib.Path(sys.argv[1]).resolve()
SOURCE = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 60
NAME, PATH = 'org.belfry.Belfry1', '/org/belfry/Belfry1'
# Some user that every system has, in the place of the service's own; and another one.
OWNER, STRANGER = 'daemon', 'nobody'

BUS = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus</listen>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
    <allow send_destination="org.freedesktop.PolicyKit1"/>
  </policy>
  <policy user="{polkit}">
    <allow own="org.freedesktop.PolicyKit1"/>
  </policy>
  <include>{folder}/policy.conf</include>
</busconfig>
'''


# Who may publish to one topic, and nothing else.
RULE = '''polkit.addRule(function(action, subject) {{
  if (action.id == "org.belfry.publish" && action.lookup("topic") == "news" && subject.user == "{user}")
    return polkit.Result.YES;
}});
'''

# polkit with actions and rules that are no others than ours.
POLKITD = '''mount --bind {folder}/actions /usr/share/polkit-1/actions &&
mount --bind {folder}/rules /etc/polkit-1/rules.d &&
exec {polkitd} --no-debug'''


def find_polkitd():
    places = ('/usr/lib/polkit-1/polkitd', '/usr/libexec/polkitd', '/usr/libexec/polkit-1/polkitd')
    return next((place for place in places if os.path.exists(place)), None)


def polkit_user():
    """Whom polkit becomes, or nobody that matters where there is none."""
    try:
        return pwd.getpwnam('polkitd').pw_name
    except KeyError:
        return 'root'


def as_user(user, *command):
    return ('setpriv', f'--reuid={user}', '--clear-groups', *map(str, command))


class Bus:
    """A private bus, with the service on it if it can."""

    def __init__(self, owner=OWNER, with_bus=True):
        self.scratch = tempfile.TemporaryDirectory(prefix='belfry-control-')
        self.folder = pathlib.Path(self.scratch.name)
        self.folder.chmod(0o755)
        policy = (SOURCE / 'data/org.belfry.Belfry1.conf.xml').read_text(encoding='utf-8')
        (self.folder / 'policy.conf').write_text(policy.replace('user="belfry"', f'user="{owner}"'), encoding='utf-8')
        (self.folder / 'bus.conf').write_text(BUS.format(folder=self.folder, polkit=polkit_user()), encoding='utf-8')
        (self.folder / 'belfry.conf').write_text(
            '[server]\nlisten = 127.0.0.1:0\n[auth]\nrequired = no\n[topic news]\nhistory-size = 5\n', encoding='utf-8')
        self.env = os.environ | {'DBUS_SYSTEM_BUS_ADDRESS': f'unix:path={self.folder}/bus'}
        self.daemon = self.service = self.polkit = None
        if with_bus:
            self.start_bus()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self.service, self.polkit, self.daemon):
            if process and process.poll() is None:
                process.terminate()
                process.wait(PATIENCE)
        for process in (self.service, self.daemon):
            if process:
                process.stdout.close()
        self.scratch.cleanup()

    def start_bus(self):
        (self.folder / 'bus').unlink(missing_ok=True)
        self.daemon = subprocess.Popen(('dbus-daemon', f'--config-file={self.folder}/bus.conf', '--print-address=1'),
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.daemon.stdout.readline()

    def stop_bus(self):
        self.daemon.kill()
        self.daemon.wait(PATIENCE)
        self.daemon.stdout.close()

    def start_polkit(self):
        for name in ('actions', 'rules'):
            (self.folder / name).mkdir(mode=0o755)
        policy = (SOURCE / 'data/org.belfry.policy.in').read_text(encoding='utf-8')
        (self.folder / 'actions/org.belfry.policy').write_text(
            policy.replace('unix-user:belfry', f'unix-user:{OWNER}'), encoding='utf-8')
        (self.folder / 'rules/10-test.rules').write_text(RULE.format(user=STRANGER), encoding='utf-8')
        self.polkit = subprocess.Popen(
            ('unshare', '-m', 'sh', '-c', POLKITD.format(folder=self.folder, polkitd=find_polkitd())),
            env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(('gdbus', 'wait', '--system', f'--timeout={PATIENCE}', 'org.freedesktop.PolicyKit1'),
                       env=self.env, check=True, timeout=PATIENCE)

    def start(self, user=OWNER):
        self.service = subprocess.Popen(as_user(user, BUILD / 'src/belfryd', '--config', self.folder / 'belfry.conf'),
                                        env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def read_until(self, pattern):
        """The service's log up to a line; the alarm ends what takes too long."""
        signal.alarm(PATIENCE)
        lines = []
        for line in self.service.stdout:
            lines.append(line)
            if re.search(pattern, line):
                signal.alarm(0)
                return ''.join(lines)
        raise AssertionError(f'no “{pattern}” in:\n' + ''.join(lines))

    @staticmethod
    def gdbus(method, *arguments):
        return ('gdbus', 'call', '--system', '--dest', NAME, '--object-path', PATH,
                '--method', f'org.belfry.{method}', *arguments)

    def call(self, user, method, *arguments):
        """What gdbus says, or what it complains of."""
        done = subprocess.run(as_user(user, *self.gdbus(method, *arguments)),
                              env=self.env, capture_output=True, text=True, timeout=PATIENCE, check=False)
        return done.stdout + done.stderr

    def ctl(self, user, *words):
        """How the administrator's tool ends, what it says, and what it complains of."""
        done = subprocess.run(as_user(user, BUILD / 'src/belfryctl/belfryctl', *words),
                              env=self.env, capture_output=True, text=True, timeout=PATIENCE, check=False)
        return done.returncode, done.stdout, done.stderr


def check_who_may():
    """Root and the service's user may do everything, others look at the properties and no more."""
    with Bus() as bus:
        bus.start()
        bus.read_until(f'on the system bus as {NAME}')
        for user in ('root', OWNER):
            said = bus.call(user, 'Topics1.Publish', 'news', '1', '{}')
            assert "'subscribers': <uint32 0>, 'offset': <uint64" in said, said
        for method in (('Topics1.Publish', 'news', '1', '{}'), ('Sessions1.List', '{}', '', '0'),
                       ('Manager1.Drain', '0'), ('Sessions1.CloseUser', 'x', ''), ('Metrics1.GetText',)):
            said = bus.call(STRANGER, *method)
            assert 'org.belfry.Error.Forbidden' in said and 'org.belfry.' in said, (method, said)
        shown = subprocess.run(as_user(STRANGER, 'busctl', '--system', 'get-property', NAME, PATH,
                                       'org.belfry.Manager1', 'State'),
                               env=bus.env, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
        assert shown == 's "running"\n', shown


def check_polkit():
    """The real polkit decides, and its rules see the topic; who is refused is told what he needs."""
    with Bus() as bus:
        bus.start_polkit()
        bus.start()
        bus.read_until(f'on the system bus as {NAME}')
        for user, topic in (('root', 'sport'), (STRANGER, 'news')):
            said = bus.call(user, 'Topics1.Publish', topic, '1', '{}')
            assert "'subscribers': <uint32 0>" in said, (user, said)
        for method, action in ((('Topics1.Publish', 'sport', '1', '{}'), 'publish'),
                               (('Sessions1.List', '{}', '', '0'), 'inspect'),
                               (('Sessions1.CloseUser', 'x', ''), 'manage-sessions'),
                               (('Manager1.Drain', '0'), 'manage-service')):
            said = bus.call(STRANGER, *method)
            assert 'org.belfry.Error.Forbidden' in said and f'the polkit action org.belfry.{action}' in said, said
        assert bus.ctl(STRANGER, 'publish', 'news', '2')[0] == 0
        status, _, complaint = bus.ctl(STRANGER, 'publish', 'sport', '2')
        advice = complaint.splitlines()[1]
        assert status == 77 and 'allow you org.belfry.publish with a rule of polkit' in advice, complaint


def check_polkit_comes_and_goes():
    """Who waits for polkit and leaves is forgotten; without polkit only root and the service's user may."""
    with Bus() as bus:
        bus.start_polkit()
        bus.start()
        bus.read_until(f'on the system bus as {NAME}')
        bus.polkit.send_signal(signal.SIGSTOP)
        caller = Gio.DBusConnection.new_for_address_sync(
            bus.env['DBUS_SYSTEM_BUS_ADDRESS'], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
            Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        caller.call(NAME, PATH, 'org.belfry.Manager1', 'SetLogLevel', GLib.Variant('(s)', ('debug',)), None,
                    Gio.DBusCallFlags.NONE, -1, None, None)
        caller.flush_sync(None)
        caller.close_sync(None)
        bus.polkit.send_signal(signal.SIGCONT)
        assert "'subscribers'" in bus.call(STRANGER, 'Topics1.Publish', 'news', '1', '{}')
        bus.polkit.terminate()
        bus.polkit.wait(PATIENCE)
        said = bus.call(STRANGER, 'Topics1.Publish', 'news', '1', '{}')
        assert 'the polkit action org.belfry.publish' in said, said
        assert "'subscribers'" in bus.call('root', 'Topics1.Publish', 'news', '1', '{}')
        bus.service.terminate()
        log = bus.service.stdout.read()
        assert 'calls SetLogLevel' not in log and 'polkit does not answer' not in log, log


def check_no_rights():
    """Who may nothing is told so, and what to do, whether the service refuses or is not there."""
    with Bus() as bus:
        bus.start()
        bus.read_until(f'on the system bus as {NAME}')
        status, _, complaint = bus.ctl(STRANGER, 'sessions')
        assert status == 77 and 'allow you org.belfry.inspect' in complaint, (status, complaint)
        status, shown, complaint = bus.ctl(STRANGER, 'status')
        assert status == 0 and 'running' in shown, (status, complaint)
    with Bus() as bus:
        with open(bus.folder / 'belfry.conf', 'a', encoding='utf-8') as config:
            config.write('[control]\nbus = none\n')
        bus.start()
        bus.read_until('not on any bus')
        bus.read_until('ready|listening|started')
        status, _, complaint = bus.ctl('root', 'status')
        assert status == 69 and 'not running' in complaint and 'systemctl start' in complaint, (status, complaint)


def check_drain():
    """Who drains the service is answered, and then it ends with success."""
    with Bus() as bus:
        bus.start()
        bus.read_until(f'on the system bus as {NAME}')
        assert bus.call('root', 'Manager1.Drain', '1') == '()\n'
        assert bus.service.wait(PATIENCE) == 0


def check_stranger_gets_no_name():
    """The bus gives the name to the service's user alone; the service says what to do, and works on."""
    with Bus() as bus:
        bus.start(STRANGER)
        log = bus.read_until('is not to be had')
        assert 'org.belfry.Belfry1.conf' in log, log
        assert bus.service.poll() is None


def check_bus_that_comes_and_goes():
    """A service without a bus works, finds one that comes later, and finds it again when it was restarted."""
    with Bus(with_bus=False) as bus:
        bus.start()
        bus.read_until('cannot be controlled over D-Bus')
        bus.start_bus()
        bus.read_until(f'on the system bus as {NAME}')
        bus.stop_bus()
        bus.read_until('the bus is gone')
        bus.start_bus()
        bus.read_until(f'on the system bus as {NAME}')
        assert bus.call('root', 'Manager1.Reload') == '()\n'


if __name__ == '__main__':
    if os.geteuid() != 0:
        print('1..0 # SKIP only root can be several users')
        sys.exit(0)
    sys.exit(checks.run(globals()))

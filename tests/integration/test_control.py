#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""The service on a bus like the system's, with the policy file that is installed, as administrators and others use it.

Argument: the build folder.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

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
  </policy>
  <include>{folder}/policy.conf</include>
</busconfig>
'''


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
        (self.folder / 'bus.conf').write_text(BUS.format(folder=self.folder), encoding='utf-8')
        (self.folder / 'belfry.conf').write_text(
            '[server]\nlisten = 127.0.0.1:0\n[auth]\nrequired = no\n[topic news]\nhistory-size = 5\n', encoding='utf-8')
        self.env = os.environ | {'DBUS_SYSTEM_BUS_ADDRESS': f'unix:path={self.folder}/bus'}
        self.daemon = self.service = None
        if with_bus:
            self.start_bus()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self.service, self.daemon):
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

    def call(self, user, method, *arguments):
        """What gdbus says, or what it complains of."""
        done = subprocess.run(
            as_user(user, 'gdbus', 'call', '--system', '--dest', NAME, '--object-path', PATH,
                    '--method', f'org.belfry.{method}', *arguments),
            env=self.env, capture_output=True, text=True, timeout=PATIENCE, check=False)
        return done.stdout + done.stderr


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

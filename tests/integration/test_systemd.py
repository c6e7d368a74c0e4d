#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""The daemon under a real systemd, in a container over the machine's own root folder.

Argument: the build folder. Needs root and systemd-nspawn; everything it mounts is in a mount namespace of its own, and
everything it writes is in a tmpfs that goes with it.
"""

import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

PATIENCE = 60
TICK = 0.05
SKIP = 77

UNIT = '''[Unit]
Description=Belfry under test
[Service]
Type=notify
Environment=JWT_SECRET=0123456789abcdef0123456789abcdef
ExecStart={daemon} --config /etc/belfry-test.conf
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec=2
Restart=on-watchdog
TimeoutStartSec=30
'''

SOCKET = '''[Socket]
ListenStream=127.0.0.1:18080
FileDescriptorName=web
'''


def run(*command, check=True):
    return subprocess.run(command, check=check, capture_output=True, text=True)


def wait_for(what, condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f'waited in vain: {what}')
        select.select([], [], [], TICK)


# What the sandbox must refuse; each runs where the service does, before it.
FORBIDDEN = {
    'write to /usr': 'open("/usr/belfry-was-here", "w")',
    'write to the configuration': 'open("/usr/local/etc/belfry/belfry.conf", "a")',
    'read a home': 'os.listdir("/root")',
    'read a secret that is not its own': 'open("/etc/shadow")',
    'see other processes': 'os.stat("/proc/1")',
    'read devices': 'open("/dev/kmsg")',
    'become another user': 'os.setuid(0)',
    'write kernel settings': 'open("/proc/sys/kernel/domainname", "w")',
    'speak netlink': 'socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)',
    'speak raw': 'socket.socket(socket.AF_INET, socket.SOCK_RAW)',
    'have namespaces': 'check(libc.unshare(0x10000000))',
    'mount': 'check(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None))',
    'run what it wrote': 'mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)',
    'set the clock': 'time.clock_settime(time.CLOCK_REALTIME, 0)',
    'trace': 'check(libc.ptrace(16, 1, 0, 0))',
    'have a better place in the queue': 'os.setpriority(os.PRIO_PROCESS, 0, -5)',
}
PROBE = '''#!/usr/bin/python3
import ctypes, mmap, os, socket, time
libc = ctypes.CDLL(None, use_errno=True)
def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
for name, code in {forbidden!r}.items():
    try:
        exec(code)
        print("ALLOWED:", name, flush=True)
    except OSError:
        print("refused:", name, flush=True)
'''
SHIPPED = '''[Service]
ExecStartPre=/usr/local/bin/belfry-probe
Environment=BELFRY_PLUGIN_JWT_CREDENTIAL=jwt-secret
WatchdogSec=2
'''


class Container:
    """A booted copy of the machine, whose changes are thrown away."""

    def __init__(self, folder):
        self.folder = folder
        self.root = folder / 'root'
        self.leader = None
        upper = folder / 'upper'
        for path in (self.root, upper):
            path.mkdir()
        run('mount', '-t', 'tmpfs', '-o', 'size=1g,mode=755', 'tmpfs', str(upper))
        for name in ('changes', 'work'):
            (upper / name).mkdir(mode=0o755)
        run('mount', '-t', 'overlay', 'overlay', '-o',
            f'lowerdir=/,upperdir={upper}/changes,workdir={upper}/work', str(self.root))
        self.strip()

    def strip(self):
        """Leaves out what the machine itself would start."""
        system = self.root / 'etc/systemd/system'
        for link in system.glob('*.wants/*'):
            link.unlink()
        (self.root / 'usr/sbin/policy-rc.d').unlink(missing_ok=True)
        (self.root / 'etc/machine-id').write_text('', encoding='ascii')
        for unit in ('getty.target', 'console-getty.service', 'systemd-timesyncd.service'):
            (system / unit).unlink(missing_ok=True)
            (system / unit).symlink_to('/dev/null')

    def write(self, path, text):
        (self.root / path.lstrip('/')).write_text(text, encoding='utf-8')

    def boot(self):
        name = 'belfry' + self.folder.name.replace('_', '').lower()
        with (self.folder / 'console.log').open('wb') as console:
            self.process = subprocess.Popen(
                ['systemd-nspawn', '-q', '-D', str(self.root), f'--machine={name}', '--register=no', '--keep-unit',
                 '--link-journal=no', '--private-network', '--console=pipe', '--kill-signal=SIGRTMIN+3', '-b'],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
                env=dict(os.environ, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY='1'))
        wait_for('the container to boot', self.is_up)

    def is_up(self):
        if self.process.poll() is not None:
            raise AssertionError('the container ended: ' + (self.folder / 'console.log').read_text(errors='replace'))
        found = run('pgrep', '-P', str(self.process.pid), check=False).stdout.split()
        self.leader = found[0] if found else None
        return self.leader and self.inside('systemctl', 'is-system-running').strip() in ('running', 'degraded')

    def inside(self, *command):
        return run('nsenter', '-t', self.leader, '-a', *command, check=False).stdout

    def show(self, prop, unit='belfry-test.service'):
        return self.inside('systemctl', 'show', '--value', '-p', prop, unit).strip()

    def systemctl(self, *words):
        return run('nsenter', '-t', self.leader, '-a', 'systemctl', *words, check=False).returncode

    def journal(self, *words, unit='belfry-test.service'):
        return self.inside('journalctl', '-o', 'cat', '--no-pager', '-u', unit, *words)

    def get(self, path):
        """The status of an answer over HTTP, and what it says."""
        return self.inside('/usr/bin/python3', '-c', 'import sys, urllib.request as r\n'
                           'answer = r.urlopen(sys.argv[1], timeout=30)\n'
                           'print(answer.status, answer.read().decode())', f'http://127.0.0.1:8080{path}')

    def stop(self):
        if self.leader is not None:
            self.inside('systemctl', 'poweroff')
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def check_start(box):
    assert box.systemctl('start', 'belfry-test.service') == 0, box.journal()
    assert box.show('ActiveState') == 'active'
    assert box.show('StatusText').startswith('Running, '), box.show('StatusText')


def check_journal(box):
    """The journal has the fields, and the catalog a word for the operator."""
    box.inside('journalctl', '--update-catalog')
    started = box.journal('--output-fields=MESSAGE_ID,GLIB_DOMAIN,CODE_FILE', '-o', 'verbose')
    for field in ('GLIB_DOMAIN=belfry-service', 'MESSAGE_ID=', 'CODE_FILE='):
        assert field in started, started
    assert 'Defined-By: Belfry' in box.journal('-x', '-o', 'short'), box.journal('-x', '-o', 'short')


STRANGER = '''
import base64, json, os, socket, struct
peer = socket.create_connection(('127.0.0.1', 8080), 30)
peer.sendall(b'GET /ws HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n'
             b'Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n'
             b'Authorization: Bearer nonsense\\r\\n\\r\\n')
while peer.recv(4096):
    pass
'''


def check_session_journal(box):
    """All lines on a session can be asked for by its id, and the catalog says what to do."""
    box.inside('/usr/bin/python3', '-c', STRANGER)
    entries = [json.loads(line) for line in box.journal('-o', 'json').splitlines()]
    refused = [entry for entry in entries if 'not let in' in entry['MESSAGE']]
    assert refused and refused[0]['PEER'] == '127.0.0.1' and refused[0]['DIALECT'] == 'typed', entries
    session = refused[0]['SESSION']
    lines = box.inside('journalctl', '-o', 'json', '--no-pager', f'SESSION={session}').splitlines()
    assert lines and all(json.loads(line)['SESSION'] == session for line in lines), lines
    explained = box.inside('journalctl', '-x', '--no-pager', f'SESSION={session}')
    assert 'belfryctl token check' in explained, explained


def check_reload(box):
    box.write('/etc/belfry-test.conf', '[log]\nlevel=debug\n')
    assert box.systemctl('reload', 'belfry-test.service') == 0
    wait_for('the reload', lambda: 'reloads: 1' in box.show('StatusText'))
    assert box.show('ActiveState') == 'active'


def check_reload_refused(box):
    box.write('/etc/belfry-test.conf', '[log]\nlevel=shouting\n')
    assert box.systemctl('reload', 'belfry-test.service') == 0
    wait_for('the refusal', lambda: 'last reload refused' in box.show('StatusText'))
    assert box.show('ActiveState') == 'active'
    assert 'belfry-test.conf:2' in box.journal()
    box.write('/etc/belfry-test.conf', '')


def check_watchdog(box):
    """A daemon that stands still is killed and started again."""
    box.inside('kill', '-STOP', box.show('MainPID'))
    wait_for('the watchdog', lambda: box.show('NRestarts') == '1' and box.show('ActiveState') == 'active')
    assert 'Watchdog timeout' in box.inside('journalctl', '--no-pager', '-u', 'belfry-test.service')


def check_stop(box):
    assert box.systemctl('stop', 'belfry-test.service') == 0
    assert box.show('Result') == 'success', box.show('Result')
    assert box.show('ExecMainStatus') == '0'


def check_start_refused(box):
    box.write('/etc/belfry-test.conf', '[sever]\n')
    assert box.systemctl('start', 'belfry-test.service') != 0
    assert box.show('ExecMainStatus') == '78', box.show('ExecMainStatus')
    box.systemctl('reset-failed', 'belfry-test.service')


def hand_over(box, unit='belfry-test.service'):
    """Lets another image of the program take over: the same process, and never anything but in service."""
    pid, restarts = box.show('MainPID', unit), box.show('NRestarts', unit)
    before = box.journal(unit=unit).count('started, version')
    box.inside('kill', '-USR2', pid)
    wait_for('the other image', lambda: box.journal(unit=unit).count('started, version') == before + 1)
    wait_for('the end of it', lambda: box.show('ActiveState', unit) == 'active')
    assert box.show('MainPID', unit) == pid
    assert box.show('NRestarts', unit) == restarts


def check_activation(box):
    box.write('/etc/belfry-test.conf', '[server]\nlisten=systemd:web\n')
    assert box.systemctl('start', 'belfry-test.socket') == 0
    assert box.systemctl('start', 'belfry-test.service') == 0, box.journal()
    assert 'sockets from the service manager: 1' in box.show('StatusText'), box.show('StatusText')
    hand_over(box)
    assert 'sockets from the service manager: 1' in box.show('StatusText'), box.show('StatusText')
    assert box.systemctl('stop', 'belfry-test.socket', 'belfry-test.service') == 0


def check_shipped_unit(box):
    """As it is installed: the user is there, and the secret comes from where secrets are kept."""
    assert box.systemctl('daemon-reload') == 0
    assert box.inside('id', '-un', 'belfry').strip() == 'belfry'
    assert box.systemctl('start', 'belfry.service') == 0, box.journal(unit='belfry.service')
    assert box.show('User', 'belfry.service') == 'belfry'
    user = box.inside('ps', '-o', 'user=', '-p', box.show('MainPID', 'belfry.service')).strip()
    assert user == 'belfry', user
    assert box.get('/healthz').startswith('200'), box.journal(unit='belfry.service')
    mode = box.inside('stat', '-c', '%a %U %G', '/usr/local/etc/belfry/belfry.conf').strip()
    assert mode == '640 root belfry', mode


def check_sandbox(box):
    """What the service does not need, it cannot do."""
    said = box.journal(unit='belfry.service').splitlines()
    for name in FORBIDDEN:
        assert f'refused: {name}' in said, (name, said)
    warnings = box.journal('-p', 'warning', unit='belfry.service')
    assert 'descriptors' not in warnings, warnings


def check_shipped_reload(box):
    before = box.show('MainPID', 'belfry.service')
    assert box.systemctl('reload', 'belfry.service') == 0
    wait_for('the reload', lambda: 'reloads: 1' in box.show('StatusText', 'belfry.service'))
    assert box.show('MainPID', 'belfry.service') == before


def check_shipped_reexec(box):
    """The sandbox lets it be, and the watchdog is fed by the new image as by the old."""
    hand_over(box, 'belfry.service')
    assert box.get('/healthz').startswith('200')
    hand_over(box, 'belfry.service')
    assert box.get('/healthz').startswith('200')


def check_page_examples(box):
    """What belfryd(8) shows, pasted on a machine where the service runs."""
    page = pathlib.Path(__file__).resolve().parents[2] / 'doc/man/belfryd.8.rst'
    examples = page.read_text(encoding='utf-8').split('\nEXAMPLES\n')[1].split('\nSEE ALSO\n')[0]
    lines = [line.strip() for line in examples.splitlines() if line.startswith('    ')]
    assert len(lines) == 3, lines
    for line in lines:
        if line.startswith('systemctl enable'):
            assert box.systemctl('stop', 'belfry.service') == 0
        shell = f'unset BELFRY_TEST_UNSHARED; PATH=/usr/local/sbin:$PATH; export JWT_SECRET={"s" * 32}; {line}'
        if line.startswith('belfryd --set'):
            said = box.inside('sh', '-c', f'{{ {shell} & }} 2> /tmp/said; tail -f --pid=$! /tmp/said | '
                              'sed /started,/q; kill $!; wait $! && echo ended well')
            assert 'ended well' in said, (line, said)
        else:
            said = box.inside('sh', '-c', f'{{ {shell}; }} 2>&1 && echo went well')
            assert 'went well' in said, (line, said)
    assert box.systemctl('disable', '--now', 'belfry.socket') == 0


def check_shipped_watchdog(box):
    box.inside('kill', '-STOP', box.show('MainPID', 'belfry.service'))
    wait_for('the watchdog', lambda: box.show('NRestarts', 'belfry.service') == '1' and
             box.show('ActiveState', 'belfry.service') == 'active')
    assert box.get('/healthz').startswith('200')


def check_shipped_crash(box):
    box.inside('kill', '-SEGV', box.show('MainPID', 'belfry.service'))
    wait_for('the restart', lambda: box.show('NRestarts', 'belfry.service') == '2' and
             box.show('ActiveState', 'belfry.service') == 'active')


def check_first_connection(box):
    """The socket unit alone: the first connection starts the service, and is answered."""
    assert box.systemctl('stop', 'belfry.service') == 0
    assert box.show('Result', 'belfry.service') == 'success', box.journal(unit='belfry.service')
    assert box.systemctl('start', 'belfry.socket') == 0
    assert box.show('ActiveState', 'belfry.service') == 'inactive'
    assert box.get('/healthz').startswith('200'), box.journal(unit='belfry.service')
    wait_for('the service', lambda: box.show('ActiveState', 'belfry.service') == 'active')
    assert box.get('/readyz').startswith('200'), box.journal(unit='belfry.service')
    assert 'sockets from the service manager: 1' in box.show('StatusText', 'belfry.service')


def check_restart_keeps_address(box):
    """While it is restarted by hand, connections wait instead of being refused."""
    assert box.systemctl('restart', 'belfry.service') == 0
    assert box.get('/healthz').startswith('200')
    assert box.systemctl('stop', 'belfry.socket', 'belfry.service') == 0


def check_no_restart_of_nonsense(box):
    """Who has written nonsense is told once, and not again and again."""
    box.write('/etc/systemd/system/belfry.service.d/nonsense.conf',
              '[Service]\nEnvironment=BELFRY_SERVER_WORKERS=many\n')
    assert box.systemctl('daemon-reload') == 0
    assert box.systemctl('start', 'belfry.service') != 0
    assert box.show('ActiveState', 'belfry.service') == 'failed'
    assert box.show('ExecMainStatus', 'belfry.service') == '78'


CHECKS = (check_start, check_journal, check_session_journal, check_reload, check_reload_refused, check_watchdog,
          check_stop, check_start_refused, check_activation, check_shipped_unit, check_sandbox, check_shipped_reload,
          check_shipped_reexec, check_shipped_watchdog, check_shipped_crash, check_page_examples,
          check_first_connection, check_restart_keeps_address, check_no_restart_of_nonsense)


def prepare(box, build):
    run('meson', 'install', '-C', build, '--no-rebuild', '--destdir', str(box.root))
    run('ldconfig', '-r', str(box.root))
    daemon = next(path for path in (box.root / 'usr').glob('**/sbin/belfryd'))
    # The journal looks for catalogs in one folder only, whatever the prefix.
    for catalog in (box.root / 'usr/local/lib/systemd/catalog').glob('*.catalog'):
        shutil.copy(catalog, box.root / 'usr/lib/systemd/catalog')
    system = box.root / 'etc/systemd/system'
    (system / 'belfry-test.service').write_text(
        UNIT.format(daemon='/' + str(daemon.relative_to(box.root))), encoding='utf-8')
    (system / 'belfry-test.socket').write_text(SOCKET, encoding='utf-8')
    box.write('/etc/belfry-test.conf', '')
    prepare_shipped(box, system)


def prepare_shipped(box, system):
    for tool in ('systemd-sysusers', 'systemd-tmpfiles --create'):
        run(*tool.split(), f'--root={box.root}', check=False)
    (system / 'belfry.service.d').mkdir()
    (system / 'belfry.service.d/test.conf').write_text(SHIPPED, encoding='ascii')
    probe = box.root / 'usr/local/bin/belfry-probe'
    probe.write_text(PROBE.format(forbidden=FORBIDDEN), encoding='ascii')
    probe.chmod(0o755)
    secret = box.root / 'etc/credstore/jwt-secret'
    secret.parent.mkdir(mode=0o700, exist_ok=True)
    secret.touch(0o600)
    secret.write_text('0123456789abcdef' * 2, encoding='ascii')


def check_all(box):
    failures = 0
    print(f'1..{len(CHECKS)}')
    for number, check in enumerate(CHECKS, 1):
        try:
            check(box)
            verdict = 'ok'
        except AssertionError as failure:
            print('#', str(failure).replace('\n', '\n# '))
            verdict = 'not ok'
            failures += 1
        print(f'{verdict} {number} {check.__name__}', flush=True)
    return 1 if failures else 0


def main(build):
    if os.geteuid() != 0 or shutil.which('systemd-nspawn') is None:
        print('1..0 # SKIP needs root and systemd-nspawn')
        return SKIP
    if os.environ.get('BELFRY_TEST_UNSHARED') != '1':
        os.environ['BELFRY_TEST_UNSHARED'] = '1'
        os.execvp('unshare', ['unshare', '--mount', '--propagation', 'private', sys.executable, *sys.argv])
    with tempfile.TemporaryDirectory(prefix='belfry-', ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)
        box = Container(pathlib.Path(name))
        prepare(box, build)
        try:
            box.boot()
            return check_all(box)
        finally:
            box.stop()
            run('umount', str(box.root), check=False)
            run('umount', str(box.folder / 'upper'), check=False)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""What `meson install` puts where, and whether the manual says what the program does.

Argument: the build folder.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

INSTALLED = (
    '*/sbin/belfryd',
    '*/bin/belfryctl',
    '*/bash-completion/completions/belfryctl',
    '*/share/man/man1/belfryctl.1*',
    '*/etc/belfry/belfry.conf',
    '*/etc/belfry/topics.rules',
    '*/belfry-1/plugins/rules.so',
    '*/belfry-1/plugins/webhook.so',
    '*/share/man/man5/belfry.conf.5*',
    '*/share/man/man5/belfry.rules.5*',
    '*/share/man/man8/belfryd.8*',
    '*/share/locale/de/LC_MESSAGES/belfry.mo',
    '*/lib/systemd/catalog/belfry.catalog',
    '*/lib/systemd/system/belfry.service',
    '*/lib/systemd/system/belfry.socket',
    '*/lib/sysusers.d/belfry.conf',
    '*/lib/tmpfiles.d/belfry.conf',
    '*/pkgconfig/belfry-1.pc',
    '*/belfry-1/plugins/jwt.so',
    '*/belfry-1/template/template.c',
    '*/dbus-1/interfaces/org.belfry.Manager1.xml',
    '*/dbus-1/interfaces/org.belfry.Metrics1.xml',
    '*/dbus-1/interfaces/org.belfry.Sessions1.xml',
    '*/dbus-1/interfaces/org.belfry.Topics1.xml',
    '*/dbus-1/system.d/org.belfry.Belfry1.conf',
    '*/dbus-1/system-services/org.belfry.Belfry1.service',
    '*/polkit-1/actions/org.belfry.policy',
)
# Of these there may be several, or none where what makes them is not installed.
MANY = (
    '*/include/belfry-1/belfry/*.h',
    '*/libbelfry-1.so*',
    '*/girepository-1.0/Belfry-1.typelib',
    '*/gir-1.0/Belfry-1.gir',
    '*/vala/vapi/belfry-1.*',
    '*/share/doc/belfry/drop-ins/*.conf',
)

PAGES = ('man1/belfryctl.1', 'man8/belfryd.8', 'man5/belfry.conf.5', 'man5/belfry.rules.5')


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)


class Installation:
    def __init__(self, build, root):
        self.root = pathlib.Path(root)
        run('meson', 'install', '-C', build, '--no-rebuild', '--destdir', root)
        self.files = [path for path in self.root.glob('**/*') if path.is_file()]
        self.daemon = self.find('*/sbin/belfryd')

    def find(self, pattern):
        found = [path for path in self.files if path.match(pattern)]
        assert len(found) == 1, f'{pattern}: {found}'
        return found[0]

    def page(self, name):
        return run('man', '--warnings', '--encoding=UTF-8', '--local-file', self.find(f'*/{name}*'))


def check_files(inst):
    """Everything has its place, and nothing else is installed."""
    known = {inst.find(pattern) for pattern in INSTALLED}
    known |= {path for pattern in MANY for path in inst.files if path.match(pattern)}
    assert set(inst.files) == known, set(inst.files) - known


def check_stripped(inst):
    """No path of the build machine is in what is installed, but for what debuggers read of programs."""
    build = str(pathlib.Path(sys.argv[1]).resolve()).encode()
    programs = (inst.daemon, inst.find('*/bin/belfryctl'))
    for path in inst.files:
        if path not in programs and '.so' not in path.name:
            assert build not in path.read_bytes(), path


def check_hardening(inst):
    """Position-independent, read-only relocations, no executable stack, no lazy binding."""
    headers = run('readelf', '--wide', '--file-header', '--program-headers', '--dynamic', inst.daemon).stdout
    assert re.search(r'Type:\s+DYN', headers), headers
    assert 'GNU_RELRO' in headers
    assert re.search(r'GNU_STACK.* RW ', headers), headers
    assert 'BIND_NOW' in headers or 'NOW' in headers


def check_pages(inst):
    """The pages render without a complaint."""
    for name in PAGES:
        page = inst.page(name)
        assert page.stderr == '', page.stderr
        assert 'SEE ALSO' in page.stdout, name


def check_options(inst):
    """The manual and --help name the same options, and the journal's catalog no others."""
    help_text = run(inst.daemon, '--help').stdout
    page = inst.page('man8/belfryd.8').stdout
    in_help = set(re.findall(r'--[a-z-]+', help_text))
    in_page = set(re.findall(r'--[a-z-]+', page.split('SIGNALS')[0]))
    assert in_help == in_page, in_help ^ in_page
    assert len(in_help) >= 8, in_help
    in_catalog = set(re.findall(r'belfryd (--[a-z-]+)', inst.find('*/belfry.catalog').read_text(encoding='utf-8')))
    assert in_catalog and in_catalog <= in_help, in_catalog - in_help


def check_configuration(inst):
    """The installed configuration is valid and changes nothing."""
    config = inst.find('*/etc/belfry/belfry.conf')
    run(inst.daemon, '--config', config, '--check')
    shown = run(inst.daemon, '--config', config, '--print-config').stdout
    assert str(config) not in shown, 'the installed file sets something'


def check_units(inst):
    """The service manager understands every line, with each of the drop-ins, too; else it says so on stderr."""
    folder = inst.root / 'units'
    folder.mkdir()
    text = inst.find('*/system/belfry.service').read_text(encoding='utf-8')
    daemon = re.search(r'^ExecStart=(\S+)', text, re.M).group(1)
    text = text.replace(daemon, str(inst.daemon))
    drop_ins = sorted(path for path in inst.files if path.match('*/drop-ins/*.conf'))
    assert len(drop_ins) >= 5, drop_ins
    for drop_in in (None, *drop_ins):
        unit = folder / 'belfry.service'
        unit.write_text(text, encoding='utf-8')
        dropped = folder / 'belfry.service.d'
        dropped.mkdir(exist_ok=True)
        if drop_in is not None:
            (dropped / 'it.conf').write_text(drop_in.read_text(encoding='utf-8'), encoding='utf-8')
        said = subprocess.run(['systemd-analyze', 'verify', '--man=no', str(unit)], capture_output=True, text=True,
                              check=False)
        assert said.returncode == 0 and said.stderr == '', (drop_in, said.stderr)


def check_exposure(inst):
    """At most 1.5 of 10, as systemd counts it."""
    unit = inst.root / 'units/plain/belfry.service'
    unit.parent.mkdir()
    unit.write_bytes(inst.find('*/system/belfry.service').read_bytes())
    run('systemd-analyze', 'security', '--offline=true', '--threshold=15', '--no-pager', unit)
    unit.write_text('[Service]\nExecStart=/bin/true\n', encoding='ascii')
    bare = subprocess.run(['systemd-analyze', 'security', '--offline=true', '--threshold=15', '--no-pager', str(unit)],
                          capture_output=True, check=False)
    assert bare.returncode != 0, 'a unit without a sandbox passes'


def check_user(inst):
    """The service's user can be made from what is installed."""
    said = run('systemd-sysusers', '--dry-run', inst.find('*/sysusers.d/belfry.conf'))
    assert 'belfry' in said.stdout + said.stderr or run('getent', 'passwd', 'belfry').stdout, said


def check_drop_in_settings(inst):
    """What the drop-ins set are settings that there are."""
    for path in inst.files:
        if not path.match('*/drop-ins/*.conf'):
            continue
        for name in re.findall(r'^Environment=(BELFRY_[A-Z_]+)=', path.read_text(encoding='utf-8'), re.M):
            page = inst.find('*/etc/belfry/belfry.conf').read_text(encoding='utf-8')
            group, key = name.removeprefix('BELFRY_').split('_', 1)
            key = key.removeprefix('JWT_').lower().replace('_', '-')
            assert re.search(rf'^#? ?{key} *=', page, re.M), (path, group, key)


CHECKS = (check_files, check_stripped, check_hardening, check_pages, check_options, check_configuration, check_units,
          check_exposure, check_user, check_drop_in_settings)


def main():
    failures = 0
    print(f'1..{len(CHECKS)}')
    with tempfile.TemporaryDirectory(prefix='belfry-install-') as root:
        inst = Installation(sys.argv[1], root)
        for number, check in enumerate(CHECKS, 1):
            try:
                check(inst)
                verdict = 'ok'
            except (AssertionError, subprocess.CalledProcessError) as failure:
                print('#', str(failure).replace('\n', '\n# '), file=sys.stderr)
                verdict = 'not ok'
                failures += 1
            print(f'{verdict} {number} {check.__name__}', flush=True)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())

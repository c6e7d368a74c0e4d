#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""The plugin API from outside: an installed tree, a stranger's compiler, other languages, and the manual's own steps.

Arguments: the build folder, the source folder.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

STRICT = ('-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Wno-unused-parameter', '-Werror')
PATIENCE = 120


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True,
                          timeout=PATIENCE, **options).stdout


class Skip(Exception):
    """What a check needs is not there."""


class Installation:
    """What `meson install` makes, moved to a folder of the test's, as a stranger finds it."""

    def __init__(self, build, source, root):
        self.build, self.source, self.root = pathlib.Path(build), pathlib.Path(source), pathlib.Path(root)
        run('meson', 'install', '-C', build, '--no-rebuild', '--destdir', self.root / 'stage')
        pc = self.find('pkgconfig/belfry-1.pc')
        self.prefix = re.search(r'^prefix=(.*)$', pc.read_text(encoding='utf-8'), re.M)[1]
        self.libdir = pc.parent.parent
        self.environment = dict(
            os.environ,
            PKG_CONFIG_PATH=str(pc.parent),
            PKG_CONFIG_ALLOW_SYSTEM_CFLAGS='1',
            LD_LIBRARY_PATH=str(self.libdir),
            GI_TYPELIB_PATH=str(self.libdir / 'girepository-1.0'))
        self.place = str(self.root / 'stage') + self.prefix
        # As an administrator does who moves the tree: the one line of a .pc file that names the prefix.
        pc.write_text(pc.read_text(encoding='utf-8').replace(f'prefix={self.prefix}', f'prefix={self.place}', 1),
                      encoding='utf-8')
        self.flags = run('pkg-config', '--cflags', '--libs', 'belfry-1', env=self.environment).split()

    def find(self, pattern):
        found = list(self.root.glob(f'**/{pattern}'))
        assert len(found) == 1, f'{pattern}: {found}'
        return found[0]

    def variable(self, name):
        return pathlib.Path(run('pkg-config', f'--variable={name}', 'belfry-1', env=self.environment).strip())

    def compile(self, source, *arguments):
        """What the compiler says of a source text; None if it has nothing to say."""
        done = subprocess.run(['cc', *STRICT, *arguments, '-x', 'c', '-', '-fsyntax-only', *self.flags],
                              input=source, capture_output=True, text=True, check=False, timeout=PATIENCE)
        return done.stderr if done.returncode else None


def check_headers(inst):
    """The headers compile in strict C, together; each by itself says how it is meant to be included."""
    assert inst.compile('#include <belfry/belfry.h>\nint x;\n') is None
    folder = inst.variable('includedir') / 'belfry-1' / 'belfry'
    headers = sorted(path.name for path in folder.glob('*.h'))
    assert len(headers) >= 15, headers
    assert not [name for name in headers if 'private' in name], headers
    for name in headers:
        complaint = inst.compile(f'#include <belfry/{name}>\nint x;\n')
        if name not in ('belfry.h', 'belfry-enum-types.h'):
            assert complaint and 'Only <belfry/belfry.h> can be included directly' in complaint, (name, complaint)


def check_definitions(inst):
    """Every function that a header declares is in the library, and nothing else is but what is not for plugins."""
    library = inst.find('libbelfry-1.so.0.*')
    exported = set(re.findall(r' [A-Z] (\w+)$', run('nm', '-D', '--defined-only', library), re.M))
    folder = inst.variable('includedir') / 'belfry-1' / 'belfry'
    text = '\n'.join(path.read_text(encoding='utf-8') for path in folder.glob('*.h'))
    text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
    declared = set(re.findall(r'BELFRY_API\n[\w\s\*]*?\b(belfry_\w+) \(', text))
    declared |= {f'{name}_get_type' for name in re.findall(r'G_DECLARE_\w+ \(\w+, (\w+),', text)}
    assert len(declared) > 60, declared
    assert declared <= exported, declared - exported
    private = (inst.source / 'src/api/belfry-plugin-settings-private.h').read_text(encoding='utf-8')
    for name in exported - declared:
        assert f'{name} (' in private, f'{name} is exported, but no header has it'


def check_dependencies(inst):
    """The library needs GLib's libraries and the C library, and knows nothing of the service."""
    dynamic = run('readelf', '--dynamic', '--wide', inst.find('libbelfry-1.so.0.*'))
    needed = set(re.findall(r'NEEDED.*\[(.*)\]', dynamic))
    assert {re.sub(r'\.so.*', '', name) for name in needed} <= {'libglib-2.0', 'libgobject-2.0', 'libgio-2.0',
                                                                'libc'}, needed
    assert 'SONAME' in dynamic and '[libbelfry-1.so.0]' in dynamic, dynamic


def check_folders(inst):
    """Plugins have a folder of the ABI's, which the .pc file and the service agree on."""
    folder = inst.variable('plugindir')
    assert folder.parts[-2:] == ('belfry-1', 'plugins'), folder
    assert (inst.variable('templatedir') / 'template.c').is_file()
    config = (inst.build / 'src/base/config.h').read_text(encoding='utf-8')
    ours = re.search(r'BELFRY_PLUGIN_DIR "(.*)"', config)[1]
    assert str(folder) == inst.place + ours[len(inst.prefix):], (folder, ours)


def steps(inst):
    """The shell and the configuration of the tutorial."""
    text = (inst.source / 'doc/plugins.md').read_text(encoding='utf-8')
    tutorial = text.split('## A plugin in ten minutes')[1].split('\n## ')[0]
    shell = re.findall(r'```sh\n(.*?)```', tutorial, re.S)
    config = re.findall(r'```ini\n(.*?)```', tutorial, re.S)
    assert len(shell) == 3 and len(config) == 1, (shell, config)
    return tutorial, shell, config[0]


def load(inst, config, *token):
    path = inst.root / 'tutorial.conf'
    path.write_text(config, encoding='utf-8')
    done = subprocess.run([inst.build / 'tests/integration/load-plugin', inst.variable('plugindir'), path, *token],
                          capture_output=True, text=True, check=False, timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr


def check_tutorial(inst):
    """The manual's ten minutes, word for word, end with a plugin that signs somebody in."""
    tutorial, shell, config = steps(inst)
    folder = inst.root / 'tutorial'
    folder.mkdir()
    for step in shell:
        done = subprocess.run(['sh', '-eu', '-c', f'umask 022\n{step}'], cwd=folder, env=inst.environment,
                              capture_output=True, text=True, check=False, timeout=PATIENCE)
        assert done.returncode == 0 and done.stderr == '', done.stderr
    token = re.search(r'the token\s`(.*?)`', tutorial)[1]
    status, output, errors = load(inst, config, token)
    assert status == 0, errors
    assert output == 'plugin hello 1.0 LGPL-2.1-or-later\nsubject anna\n', output

    status, output, errors = load(inst, config, 'anna:open')
    assert status == 1 and "not a guest's name and password" in errors, (output, errors)

    mistake = re.search(r'try `(guest=.*?)`', tutorial)[1]
    status, output, errors = load(inst, f'{config}\n{mistake}\n')
    assert status == 1 and 'there is no such key (did you mean “guests”?)' in errors, (output, errors)
    assert re.search(r'plugin hello: \S*/tutorial\.conf:\d+: guest: ', errors), errors


def check_trust(inst):
    """A plugin that others may write to is not loaded."""
    _, _, config = steps(inst)
    (inst.variable('plugindir') / 'hello.so').chmod(0o666)
    status, output, errors = load(inst, config)
    assert status == 1 and output == '', output
    assert re.match(r'plugin hello: \S*/hello\.so: others than its owner may write to it$', errors.strip()), errors


def check_python(inst):
    """What the manual shows of Python works, and errors belong to their enum."""
    typelibs = list(inst.root.glob('**/Belfry-1.typelib'))
    if not typelibs:
        raise Skip('built without introspection')
    text = (inst.source / 'doc/plugins.md').read_text(encoding='utf-8')
    example = re.search(r'```python\n(.*?)```', text, re.S)[1]
    more = '''
from gi.repository import GLib
builder.add_grant(Belfry.TopicAction.SUBSCRIBE, 'user.anna.*')
builder.add_claim('tenant', 'acme')
identity = builder.end()
assert identity.get_subject() == 'anna' and identity.get_claim('tenant') == 'acme'
assert identity.get_grants(Belfry.TopicAction.SUBSCRIBE) == ['user.anna.*']
assert identity.get_grants(Belfry.TopicAction.PUBLISH) == []
builder.add_role('')
try:
    builder.end()
    raise SystemExit('took an empty role')
except GLib.Error as error:
    assert error.matches(Belfry.PluginError.quark(), Belfry.PluginError.REFUSED), error


class Policy(Belfry.Plugin, Belfry.TopicPolicy):
    def do_decide(self, identity, action, topic):
        return Belfry.Verdict.ALLOW if identity else Belfry.Verdict.DENY


assert Policy().decide(identity, Belfry.TopicAction.PUBLISH, 'a') == Belfry.Verdict.ALLOW
assert Policy().decide(None, Belfry.TopicAction.PUBLISH, 'a') == Belfry.Verdict.DENY
credentials = Belfry.CredentialsParams()
response = Belfry.HttpResponse.new(200, 'text/plain', GLib.Bytes.new(b'hello'))
assert response.add_header('X-A', '1') and not response.add_header('X-B', 'a\\r\\nb')
assert response.get_headers() == ['X-A', '1']
'''
    run('/usr/bin/python3', '-c', f"import gi\ngi.require_version('Belfry', '1')\n{example}{more}",
        env=inst.environment)


def check_vala(inst):
    """The Vala template builds against the installed files alone."""
    if not shutil.which('valac') or not list(inst.root.glob('**/belfry-1.vapi')):
        raise Skip('built without Vala')
    source = inst.source / 'plugins/template-vala'
    folder = inst.root / 'vala'
    folder.mkdir()
    run('valac', '-C', '--vapidir', inst.find('belfry-1.vapi').parent, '--pkg', 'belfry-1', '-d', folder,
        source / 'template-vala.vala')
    run('cc', '-w', '-fPIC', '-shared', '-o', inst.variable('plugindir') / 'template-vala.so',
        source / 'descriptor.c', inst.find('vala/**/template-vala.c'), *inst.flags)
    status, output, errors = load(inst, '[auth]\nrequired=no\nauthorizers=\npolicies=template-vala\n')
    assert status == 0 and output == 'plugin template-vala 1.0 LGPL-2.1-or-later\n', errors


CHECKS = (check_headers, check_definitions, check_dependencies, check_folders, check_tutorial, check_trust,
          check_python, check_vala)


def main():
    failures = 0
    os.umask(0o022)
    print(f'1..{len(CHECKS)}')
    with tempfile.TemporaryDirectory(prefix='belfry-plugins-') as root:
        inst = Installation(sys.argv[1], sys.argv[2], root)
        for number, check in enumerate(CHECKS, 1):
            verdict, remark = 'ok', ''
            try:
                check(inst)
            except Skip as reason:
                remark = f' # SKIP {reason}'
            except (AssertionError, subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
                said = getattr(failure, 'stderr', None) or ''
                print('#', f'{failure}\n{said}'.replace('\n', '\n# '), file=sys.stderr)
                verdict = 'not ok'
                failures += 1
            print(f'{verdict} {number} {check.__name__}{remark}', flush=True)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())

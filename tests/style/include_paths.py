#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""The layers for real: with a layer's own compile command, what it may not include cannot be found."""

import json
import os
import re
import shlex
import shutil
import subprocess

import house
import layers

NOT_FOUND = re.compile(r'No such file|file not found')
OUTPUT_OPTIONS = {'-o', '-MF', '-MQ', '-MT'}
PLAIN_OPTIONS = {'-c', '-MD', '-MMD', '-MP'}
PATH_OPTION = re.compile(r'^(-I|-isystem|-iquote|-idirafter)(.*)$')


def commands(tree):
    """One compile command of each layer: {layer: (folder, arguments without source and output)}."""
    database = os.path.join(tree.build or '', 'compile_commands.json')
    if not tree.build or not os.path.exists(database):
        raise house.Skip('no build folder was given')
    with open(database, encoding='utf-8') as file:
        entries = json.load(file)
    result = {}
    for entry in entries:
        source = os.path.realpath(os.path.join(entry['directory'], entry['file']))
        path = os.path.relpath(source, tree.root)
        if path.startswith('src/') and path.endswith('.c') and layers.layer_of(path):
            arguments = entry.get('arguments') or shlex.split(entry['command'])
            kept = [word for before, word in zip([''] + arguments, arguments)
                    if before not in OUTPUT_OPTIONS and word not in OUTPUT_OPTIONS | PLAIN_OPTIONS | {entry['file']}]
            if not shutil.which(kept[0]):
                raise house.Skip(f'{kept[0]}, which the build used, is not installed')
            result.setdefault(layers.layer_of(path), (entry['directory'], kept))
    print(f'# layers with a compile command: {", ".join(sorted(result))}')
    return result


def include_paths(folder, arguments):
    """The include path of a command, absolute."""
    words = iter(arguments)
    for word in words:
        found = PATH_OPTION.match(word)
        if found:
            yield os.path.realpath(os.path.join(folder, found[2] or next(words)))


def headers(tree):
    """One header of each layer that has any, as it is included: {layer: name}."""
    result = {}
    for path, _ in tree.texts(['src/'], ['.h']):
        layer = layers.layer_of(path)
        if layer:
            result.setdefault(layer, os.path.relpath(path, f'src/{layer}'))
    return result


def preprocess(folder, arguments, names):
    """What the compiler has to say about a source that includes these headers, or None if it is content."""
    source = ''.join(f'#include "{name}"\n' for name in names)
    done = subprocess.run(arguments + ['-fsyntax-only', '-x', 'c', '-'], cwd=folder, env=dict(os.environ, LC_ALL='C'),
                          input=source + 'typedef int none;\n', capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else None


def sample(*words, layer='base'):
    """A tree of two layers, and a build of it with these compiler options."""
    command = {'directory': '@ROOT@/_build', 'file': f'../src/{layer}/{layer}.c',
               'arguments': ['cc', *words, '-o', 'x.o', '-c', f'../src/{layer}/{layer}.c']}
    return {'src/base/base.h': '', 'src/base/base.c': '',
            'src/core/core.h': '#include "base.h"\n', 'src/core/core.c': '',
            '_build/compile_commands.json': json.dumps([command])}


@house.rule('no include path of a layer holds the root, src/, or what the layer may not see',
            good=sample('-I../src/base', '-Isrc/base', '-I/usr/include'),
            bad=[sample('-I..'), sample('-I../src'), sample('-I', '../src/core'), sample('-Isrc'), sample('-I.'),
                 sample('-isystem', 'src/core'), sample('-I../tests/lib'), sample('-iquote../plugins/jwt')])
def paths(tree):
    for layer, (folder, arguments) in commands(tree).items():
        for path in include_paths(folder, arguments):
            for root in (tree.build, tree.root):
                if os.path.commonpath([root, path]) == root:
                    words = os.path.relpath(path, root).split('/')
                    other = words[1] if words[0] == 'src' and len(words) > 1 else None
                    if other not in layers.LAYERS or not layers.may_include(layer, other):
                        yield f'src/{layer}/meson.build:1: the include path has {os.path.relpath(path, tree.root)}'
                    break


@house.rule('a header of a layer compiles where it may be included',
            good=sample('-I../src/core', '-I../src/base', layer='core'),
            bad=[sample('-I../src/core', layer='core'), sample('-I../src/base', layer='core')])
def allowed(tree):
    known = headers(tree)
    for layer, (folder, arguments) in commands(tree).items():
        searched = set(include_paths(folder, arguments))
        seen = [name for other, name in known.items() if layers.may_include(layer, other) and
                (other in (layer, 'base') or tree.path(f'src/{other}') in searched)]
        complaint = preprocess(folder, arguments, seen)
        if complaint:
            yield f'src/{layer}/meson.build:1: cannot include {", ".join(seen)}: {complaint.splitlines()[0]}'


@house.rule('a header of a layer is not found where it may not be included',
            good=sample('-I../src/base'),
            bad=[sample('-I../src/base', '-I../src/core'), sample('-I../src/base', '-no-such-option')])
def forbidden(tree):
    known = headers(tree)
    for layer, (folder, arguments) in commands(tree).items():
        for other, name in known.items():
            if not layers.may_include(layer, other):
                complaint = preprocess(folder, arguments, [name])
                if not complaint or not NOT_FOUND.search(complaint) or name not in complaint:
                    yield f'src/{layer}/meson.build:1: {name} of {other} is within reach'


if __name__ == '__main__':
    house.main()

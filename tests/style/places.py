#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""What lies where, and what no file may give away."""

import re

import house

TOP = {'meson.build', 'meson_options.txt', 'README.md', 'COPYING', 'dev',
       'src', 'plugins', 'data', 'po', 'tests', 'doc'}
BINARIES = re.compile(r'doc/.*\.(png|svg)$|' + house.CORPUS.pattern)
WORKPLACE = r'(?<![\w.$}-])/(?:wor[k]/|roo[t]/|hom[e]/\w|User[s]/\w)'
REGISTRIES = (r'(?<![\w-])(?:(?:deb|security|ftp|snapshot)\.debian\.or[g]|archive\.ubuntu\.co[m]|'
              r'registry\.(?:npmjs\.or[g]|yarnpkg\.co[m])|(?:pypi|test\.pypi)\.or[g]|'
              r'files\.pythonhosted\.or[g]|crates\.i[o]|proxy\.golang\.or[g]|rubygems\.or[g])\b')


@house.rule('the top of the tree is what it was meant to be',
            good={'meson.build': '', 'dev': '', 'src/a.c': '', '.ci/run': '', '.clang-format': ''},
            bad=[{'notes.txt': ''}, {'lib/a.c': ''}, {'Makefile': ''}])
def top(tree):
    for name in sorted({path.split('/')[0] for path in tree.files}):
        if name not in TOP and not name.startswith('.'):
            yield f'{name}:1: does not belong at the top of the tree'


@house.rule('only pictures and the fuzz corpus are binary',
            good={'doc/a.png': b'\x89PNG\0', 'tests/fuzz/corpus/frame/a': b'\xff\0', 'tests/fuzz/wire/corpus/a': b'\0'},
            bad=[{'src/a.o': b'\x7fELF\0'}, {'data/a.png': b'\x89PNG\0'}, {'tests/unit/a.c': b'caf\xe9\n'}])
def binaries(tree):
    for path in tree.files:
        if not BINARIES.match(path) and not tree.is_text(path):
            yield f'{path}:1: is not UTF-8 text'


@house.rule('no file names the machine or the registry that it came from',
            good={'a.md': 'See https://example.org/work/x, ./root/, $HOME/x and /run/user/1; frame/work/er.\n'},
            bad=[{'a.md': 'in /wor' 'k/tree\n'}, {'a.c': '"/hom' 'e/joe"\n'}, {'a.sh': 'cd /roo' 't/x\n'},
                 {'b.json': '"https://registry.npmjs.or' 'g/x"\n'}, {'c': 'deb http://deb.debian.or' 'g/debian\n'}])
def workplace(tree):
    for path, text in tree.texts():
        yield from house.matches(path, text, WORKPLACE, '{} is a path of one machine')
        yield from house.matches(path, text, REGISTRIES, '{} is the host of a registry')


if __name__ == '__main__':
    house.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""Who wrote a file and under which terms: two lines at its top."""

import hashlib
import re

import house

LINES = ('SPDX-License-Identifier: LGPL-2.1-or-later', 'SPDX-FileCopyrightText: 2026 The Belfry authors')
COPYING_SHA256 = 'dc626520dcd53a22f727af3ee42c770e56c97a64fe3adb063799d8ab032fe551'

# How the two lines look, by the ending of the file's name; all others take "#".
MARKUP = '<!-- {} -->\n<!-- {} -->\n'
FORMS = {
    ('topics.rules',): '# {}\n# {}\n',
    ('.c', '.h', '.css'): '/* {}\n * {} */\n',
    ('.js', '.mjs', '.ts', '.rules', '.vala', '.metadata'): '// {}\n// {}\n',
    ('.md', '.xml', '.xml.in', '.policy', '.policy.in', '.html', '.svg', '.ui'): MARKUP,
    ('.rst', '.rst.in'): '.. {}\n.. {}\n',
    ('.lua', '.sql'): '-- {}\n-- {}\n',
    ('.1', '.5', '.7', '.8'): '.\\" {}\n.\\" {}\n',
}
# What has no comments, or is not ours to mark.
EXEMPT = re.compile(r'COPYING$|po/LINGUAS$|(.*/)?\.(gitignore|editorconfig|gitattributes)$|.*\.(json|po|pot|dict)$')
# What must stand before them: an interpreter, an XML declaration, a document type.
BEFORE = re.compile(r'(#!.*\n|<\?xml[^>]*\?>\n|<!DOCTYPE[^>]*>\n)*', re.I)


def form_of(path):
    for endings, form in FORMS.items():
        if path.endswith(endings):
            return form.format(*LINES)
    return f'# {LINES[0]}\n# {LINES[1]}\n'


@house.rule('every file begins with its licence and its authors',
            good={'src/a.c': form_of('.c') + '\nint x;\n', 'a.py': '#!/usr/bin/python3\n' + form_of('.py'),
                  'a.md': form_of('.md') + '# A\n', 'data/a.xml': '<?xml version="1.0"?>\n' + form_of('.xml'),
                  'data/a.service': form_of('') + '[Unit]\n', 'doc/a.1.rst': form_of('.rst') + '=\n', 'b.json': '{}\n',
                  'COPYING': 'x\n', 'tests/fuzz/corpus/x': 'y\n', 'empty': ''},
            bad=[{'src/a.c': 'int x;\n'}, {'meson.build': "project('x')\n"}, {'src/a.h': f'/* {LINES[0]} */\nint x;\n'},
                 {'a.md': '# Title\n\n' + form_of('.md')}, {'a.service': '[Unit]\n'}, {'doc/a.1.rst': form_of('.py')},
                 {'dev': '#!/bin/sh\necho\n'}, {'a.c': form_of('.c').replace('2.1', '3.0')}])
def top_lines(tree):
    for path, text in tree.texts():
        if text and not EXEMPT.match(path) and not text.startswith(form_of(path), BEFORE.match(text).end()):
            yield f'{path}:1: does not begin with {form_of(path)!r}'


@house.rule('COPYING is the Lesser General Public License 2.1, word for word',
            good={}, bad=[{'COPYING': 'All rights reserved.\n'}])
def copying(tree):
    if 'COPYING' in tree.files and hashlib.sha256(tree.raw('COPYING')).hexdigest() != COPYING_SHA256:
        yield 'COPYING:1: not the text of the LGPL 2.1'


if __name__ == '__main__':
    house.main()

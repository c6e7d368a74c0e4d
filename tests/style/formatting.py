#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""How files look: clang-format's layout, and what editors get wrong."""

import re
import shutil
import subprocess

import house

CLANG_FORMAT_VERSION = 14
WIDTHS = {'.c': 100, '.h': 100, '.md': 120, '.py': 120}

SENTENCE = re.compile(r'"[^"]{40,}"')


def clang_format():
    for name in (f'clang-format-{CLANG_FORMAT_VERSION}', 'clang-format'):
        if shutil.which(name):
            said = subprocess.run([name, '--version'], capture_output=True, text=True, check=True).stdout
            if f'version {CLANG_FORMAT_VERSION}.' in said:
                return name
    raise house.Skip(f'clang-format {CLANG_FORMAT_VERSION} is not installed')


@house.rule('C is laid out as clang-format would',
            good={'.clang-format': 'BasedOnStyle: GNU\n', 'src/a.c': 'int x;\n'},
            bad=[{'.clang-format': 'BasedOnStyle: GNU\n', 'src/a.c': 'int   x;\n'},
                 {'.clang-format': 'BasedOnStyle: GNU\n', 'tests/a.h': 'void f(int);\n'}])
def layout(tree):
    program = clang_format()
    paths = [path for path, text in tree.c()]
    if not paths:
        return
    done = subprocess.run([program, '--dry-run', '--style=file:' + tree.path('.clang-format')] + paths,
                          cwd=tree.root, capture_output=True, text=True, check=True)
    for found in re.finditer(r'^(\S+:\d+):\d+: warning: (.*)', done.stderr, re.M):
        yield f'{found[1]}: {found[2]}'


@house.rule('lines have no trailing white space, tabs or carriage returns, and files end in one line feed',
            good={'a.md': 'one\n\ntwo\n', 'empty.md': ''},
            bad=[{'a.md': 'one \n'}, {'a.md': 'one'}, {'a.md': 'one\n\n'}, {'a.c': '\tone\n'}, {'a.c': 'one\r\n'}])
def white_space(tree):
    for path, text in tree.texts():
        yield from house.matches(path, text, r'[ \t\r]+$', 'white space at the end of the line')
        yield from house.matches(path, text, r'\t(?!\s*$)', 'a tab')
        if text and not re.search(r'[^\n]\n\Z', text):
            yield f'{path}:{text.count(chr(10)) + 1}: must end in one line feed'


def cannot_be_broken(path, line):
    """A row of a table, one long word, or a sentence that must be found by searching for it."""
    if path.endswith('.md'):
        return line.startswith('|') or ' ' not in line.strip('- *|>')
    return path.endswith(('.c', '.h')) and SENTENCE.search(line) is not None


@house.rule('lines fit: 100 columns of C, 120 of prose and Python',
            good={'a.c': 'é' * 100 + '\n', 'a.md': 'x' * 120 + '\n', 'data.json': 'x' * 200 + '\n',
                  'link.md': '[a](' + 'x' * 120 + ')\n', 'table.md': '| ' + 'x ' * 60 + '|\n',
                  'b.c': 'f ("' + 'a sentence ' * 10 + '");\n'},
            bad=[{'a.c': 'x' * 101 + '\n'}, {'a.md': 'x ' * 61 + '\n'}])
def line_length(tree):
    for path, text in tree.texts(ends=WIDTHS):
        limit = WIDTHS[path[path.rindex('.'):]]
        for number, line in enumerate(text.split('\n'), 1):
            if len(line) > limit and not cannot_be_broken(path, line):
                yield f'{path}:{number}: {len(line)} columns, expected at most {limit}'


@house.rule('Python compiles',
            good={'a.py': 'x = 1\n', 'b': '#!/usr/bin/python3\nx = 1\n'},
            bad=[{'a.py': 'x = = 1\n'}, {'b': '#!/usr/bin/python3\nprint "x"\n'}])
def python(tree):
    for path, text in tree.texts():
        if house.is_python(path, text):
            try:
                compile(text, path, 'exec')
            except (SyntaxError, ValueError) as error:
                yield f'{path}:{getattr(error, "lineno", 1)}: {error}'


if __name__ == '__main__':
    house.main()

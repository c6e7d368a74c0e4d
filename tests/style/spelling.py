#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""Spelling, also of the words inside names."""

import os
import re
import shutil
import subprocess
import tempfile

import house

WORDS = os.path.join(os.path.dirname(os.path.realpath(__file__)), 'words.txt')
ESCAPE = re.compile(r'\\(?:x[0-9a-fA-F]{1,2}|[0-7]{1,3}|u[0-9a-fA-F]{4}|[a-z])')
WORD = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?")
HUMP = re.compile(r"[A-ZÄÖÜ]+(?![a-zß-ÿ'’])|[A-ZÄÖÜ]?[a-zß-ÿ'’]+")
SHORTEST = 4
NOT_PROSE = ('COPYING', '.po', '.json', '.svg')


def split(line):
    """The words of a line, those of an identifier apart; short ones are abbreviations as a rule."""
    words = (hump for word in WORD.findall(ESCAPE.sub(' ', line)) for hump in HUMP.findall(word))
    return ' '.join(word.lower() for word in words if len(word) >= SHORTEST)


@house.rule('words are spelt right, in prose, comments and names',
            good={'a.md': 'We receive what is sent.\n', 'a.c': 'int belfry_receive_all; /* occurred */ "\\nabel"\n'},
            bad=[{'a.md': 'We rec' 'ieve it.\n'}, {'src/a.c': 'int belfry_rec' 'ieve_all;\n'},
                 {'src/a.h': 'BelfryOcc' 'uredAt x;\n'}, {'src/meson.build': '# sep' 'erate\n'}])
def spelling(tree):
    if not shutil.which('codespell'):
        raise house.Skip('codespell is not installed')
    with tempfile.TemporaryDirectory(prefix='belfry-spelling-') as scratch:
        for path, text in tree.texts():
            if not path.endswith(NOT_PROSE) and not path.startswith('tests/style/words'):
                copy = os.path.join(scratch, path.replace('.', '_'))
                os.makedirs(os.path.dirname(copy), exist_ok=True)
                with open(copy, 'w', encoding='utf-8') as file:
                    file.writelines(split(line) + '\n' for line in text.splitlines())
        done = subprocess.run(['codespell', '--ignore-words', WORDS, '.'], cwd=scratch,
                              capture_output=True, text=True, check=False)
    original = {path.replace('.', '_'): path for path in tree.files}
    for found in re.finditer(r'^\./(\S+):(\d+): (.*)', done.stdout, re.M):
        yield f'{original[found[1]]}:{found[2]}: {found[3]}'
    if done.returncode and not done.stdout:
        yield f'{WORDS}:1: codespell failed: {done.stderr.strip()}'


if __name__ == '__main__':
    house.main()

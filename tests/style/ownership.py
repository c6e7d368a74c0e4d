#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""Every pointer in a struct says whose it is."""

import re

import c_text
import house

STRUCT = re.compile(r'^(?:typedef )?(?:struct|union)(?: \w+)?\n\{\n(.*?)^\}', re.M | re.S)
POINTER = re.compile(r'\s+(?:[\w\s]*\*[\w\s*\[\]+,]*|'
                     r'(?:const |_Atomic )*(?:gpointer|gconstpointer|GStrv)\s[\w\s\[\],]*|'
                     r'_Atomic ?\([^()]*\*\s*\) ?\w+);')
NOTE = re.compile(r'\((?:owned|unowned|element-type|nullable|closure)\b')


def comment_of(raw, plain, number):
    """The comment behind the field of a line, or that above it."""
    words = [raw[number].split(';', 1)[1]]
    below = number + 1
    while below < len(raw) and '*/' not in words[-1] and '/*' in ''.join(words):
        words.append(raw[below])
        below += 1
    above = number - 1
    while above >= 0 and raw[above].strip() and not plain[above].strip() and not words[0].strip():
        words.append(raw[above])
        above -= 1
    return ' '.join(words)


def struct(*fields):
    inside = ''.join(f'  {each}\n' for each in fields)
    return {'src/a.c': f'\nstruct _S\n{{\n  GObject parent_instance;\n{inside}}};\n'}


@house.rule('every pointer in a struct has a note of ownership',
            good=struct('char *a; /* (owned) */', 'int n;', '/* (unowned): his */', 'Foo *b;', 'void (*f) (char *x);',
                        'GHashTable *t; /* (element-type utf8 utf8)', '                (owned) */', 'char name[4];',
                        'gpointer data; /* (closure) */', 'const char *c; /* long', '                (nullable) */'),
            bad=[struct('char *a;'), struct('char *a; /* the name */'), struct('gpointer data;'),
                 struct('GStrv names;'), struct('char *a; /* (owned) */', 'char *b;'),
                 struct('const char *const *list[3];'),
                 struct('union', '{', '  int x;', '  char *y;', '} u;'), struct('_Atomic (Foo *) head;'),
                 struct('_Atomic gpointer p;'),
                 {'src/b.h': 'typedef struct\n{\n  GList *list;\n} T;\n'}])
def ownership(tree):
    for path, text in tree.c('src/', 'plugins/'):
        plain = c_text.code(text)
        for found in STRUCT.finditer(plain):
            first = house.line_of(plain, found.start(1)) - 1
            last = house.line_of(plain, found.end(1)) - 1
            raw_lines, plain_lines = (each.split('\n')[first:last] for each in (text, plain))
            for number, line in enumerate(plain_lines):
                if POINTER.match(line) and not NOTE.search(comment_of(raw_lines, plain_lines, number)):
                    yield f'{path}:{first + number + 1}: whose is {line.strip()}'


if __name__ == '__main__':
    house.main()

# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""How C is read: as text in our layout, without a parser."""

import collections
import re

import house

Function = collections.namedtuple('Function', 'name line length body')

C_TOKEN = re.compile(r'''//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*\'''', re.S)
DIRECTIVE = re.compile(r'^[ \t]*#(?:[^\n\\]|\\.)*', re.M | re.S)
INSIDE = r'[^()]*'
for _ in range(4):
    INSIDE = rf'(?:[^()]|\({INSIDE}\))*'
BODY = re.compile(rf'^(?:\w[\w *]*\n)?([a-z_]\w*) \({INSIDE}\)[^;{{}}()]*^\{{\n(.*?)^\}}', re.M | re.S)


def without_comments(text):
    return C_TOKEN.sub(lambda found: house.blank(found[0]) if found[0][0] == '/' else found[0], text)


def code(text):
    """C without comments and with empty strings: same lines, same columns."""
    return C_TOKEN.sub(lambda found: house.blank(found[0]) if found[0][0] == '/' else
                       found[0][0] + house.blank(found[0][1:-1]) + found[0][0], text)


def statements(text):
    """C without comments, strings and preprocessor directives."""
    return DIRECTIVE.sub(lambda found: house.blank(found[0]), code(text))


def functions(text):
    """The function definitions of C in our layout: name and braces in the first column, the type on a line above."""
    plain = statements(text)
    for found in BODY.finditer(plain):
        first = house.line_of(plain, found.start())
        yield Function(found[1], first, house.line_of(plain, found.end()) - first + 1, found[2])

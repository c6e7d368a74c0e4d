#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""The prose holds together: links lead somewhere, and the first page is short."""

import os
import re

import house

README_LINES = 120
LINK = re.compile(r'!?\[[^\]]*\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)|^\[[^\]]+\]: +(\S+)', re.M)
FENCE = re.compile(r'^( *)(```|~~~).*?^\1\2', re.M | re.S)
CODE = re.compile(r'`[^`\n]+`')
HEADING = re.compile(r'^#+ +(.*?) *#*$', re.M)


def anchors(text):
    """The names of the headings, as web pages make them."""
    plain = FENCE.sub('', text)
    return {re.sub(r'[^\w\- ]', '', title.lower()).replace(' ', '-') for title in HEADING.findall(plain)}


def links(text):
    """Yields (line, target) of the links that stay in the tree."""
    plain = FENCE.sub(lambda found: house.blank(found[0]), text)
    plain = CODE.sub(lambda found: house.blank(found[0]), plain)
    for found in LINK.finditer(plain):
        target = found[1] or found[2]
        if not re.match(r'[a-z]+:', target):
            yield house.line_of(plain, found.start()), target


@house.rule('links in the prose lead to what exists',
            good={'README.md': '# One\n[a](doc/b.md#two-three) [c](doc/) [d](#one) [e](https://example.org/x)\n',
                  'doc/b.md': '## Two three\n[up](../README.md) `[n](none)`\n```\n[x](y)\n```\n[r]: c.png\n',
                  'doc/c.png': b'\x89PNG\0'},
            bad=[{'README.md': '[a](doc/none.md)\n'}, {'doc/a.md': '[a](none.md)\n'},
                 {'doc/x/a.md': '![a](b.png "t")\n'}, {'README.md': '# One\n[a](#two)\n'},
                 {'README.md': '[a](b.md#c)\n', 'b.md': '# D\n'},
                 {'doc/a.md': '[r]: none.md\n'}, {'README.md': '[a](/etc/passwd)\n'}])
def targets(tree):
    for path, text in tree.texts(ends=['.md']):
        for line, target in links(text):
            name, _, anchor = target.partition('#')
            goal = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
            if goal not in tree.files and not any(each.startswith(goal + '/') for each in tree.files):
                yield f'{path}:{line}: {target} does not exist'
            elif anchor and goal.endswith('.md') and anchor not in anchors(tree.text(goal)):
                yield f'{path}:{line}: {goal} has no heading for #{anchor}'


@house.rule(f'README.md has fewer than {README_LINES} lines',
            good={'README.md': 'x\n' * 119, 'doc/a.md': 'x\n' * 500}, bad=[{'README.md': 'x\n' * 120}])
def readme(tree):
    if 'README.md' in tree.files and tree.text('README.md').count('\n') >= README_LINES:
        yield f'README.md:{README_LINES}: {tree.text("README.md").count(chr(10))} lines'


if __name__ == '__main__':
    house.main()

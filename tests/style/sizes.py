#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""How long files and functions are, how much is commented, and how much is tested."""

import math

import c_text
import house

MAX_FILE = 1000
MAX_FUNCTION = 80
FILES = {'median': 300, 'p90': 700}
FUNCTIONS = {'median': 12, 'p90': 40}
COMMENT_SHARE = (0.10, 0.25)
TEST_RATIO = 0.8
SOURCES = ('src/', 'plugins/')


def share(values, fraction):
    """The value that this fraction of all does not exceed."""
    return sorted(values)[math.ceil(len(values) * fraction) - 1] if values else 0


def function(lines):
    return 'static void\nf (void)\n{\n' + '  g ();\n' * (lines - 4) + '}\n\n'


def lines_of(text):
    return text.count('\n')


def comment_lines(text):
    """(lines of comment, lines that are not empty), the licence not counted."""
    pairs = list(zip(text.split('\n'), c_text.without_comments(text).split('\n')))[2:]
    return sum(1 for raw, code in pairs if raw.strip() and not code.strip()), sum(1 for raw, _ in pairs if raw.strip())


def compare(what, values, limits):
    """Prints the figures, and yields what is beyond the house's."""
    figures = {'median': share(values, 0.5), 'p90': share(values, 0.9)}
    print(f'# {what}: {len(values)}, median {figures["median"]}, p90 {figures["p90"]}, max {max(values, default=0)}')
    for name, limit in limits.items():
        if figures[name] > limit:
            yield f'src:1: {name} length of {what} is {figures[name]}, expected at most {limit}'


@house.rule(f'no file has more than {MAX_FILE} lines',
            good={'src/a.c': 'x;\n' * MAX_FILE, 'doc/a.md': 'x\n' * 2000},
            bad=[{'src/a.c': 'x;\n' * 1001}, {'tests/a.py': 'x\n' * 1001}, {'plugins/p/a.js': 'x\n' * 1001}])
def long_files(tree):
    for path, text in tree.texts(ends=('.c', '.h', '.py', '.js', '.sh')):
        if lines_of(text) > MAX_FILE:
            yield f'{path}:1: {lines_of(text)} lines, expected at most {MAX_FILE}'


@house.rule(f'no function has more than {MAX_FUNCTION} lines',
            good={'src/a.c': function(80), 'src/t.c': 'static const int t[] = {\n' + '  1,\n' * 100 + '};\n',
                  'src/s.h': 'struct _S\n{\n' + '  int x;\n' * 100 + '};\n'},
            bad=[{'src/a.c': function(81)}, {'tests/a.h': function(81)},
                 {'src/b.c': 'G_DEFINE_QUARK (a, b)\n' + function(81)}])
def long_functions(tree):
    for path, text in tree.c():
        for each in c_text.functions(text):
            if each.length > MAX_FUNCTION:
                yield f'{path}:{each.line}: {each.name} has {each.length} lines, expected at most {MAX_FUNCTION}'


@house.rule('files are as long as the house wants them',
            good={'src/a.c': 'x;\n' * 300, 'src/b.c': 'x;\n' * 600},
            bad=[{'src/a.c': 'x;\n' * 301, 'src/b.c': 'x;\n' * 302},
                 {f'src/{n}.c': 'x;\n' * (10 if n < 7 else 701) for n in range(10)}])
def file_figures(tree):
    return compare('files', [lines_of(text) for _, text in tree.c('src/')], FILES)


@house.rule('functions are as long as the house wants them',
            good={'src/a.c': function(12) * 9 + function(70)},
            bad=[{'src/a.c': function(13) * 3}, {'src/a.c': function(5) * 8 + function(41) * 2}])
def function_figures(tree):
    lengths = [each.length for _, text in tree.c('src/') for each in c_text.functions(text)]
    return compare('functions', lengths, FUNCTIONS)


@house.rule('the share of comments is between 10 and 25 %',
            good={'src/a.c': '/* L */\n/* L */\n/* why */\n' + 'x;\n' * 6},
            bad=[{'src/a.c': '/* L */\n/* L */\n' + 'x;\n' * 60}, {'src/a.c': '\n\n/* one\n * two */\n' + 'x;\n' * 5}])
def comment_share(tree):
    counted = [comment_lines(text) for _, text in tree.c('src/')]
    comments, lines = (sum(column) for column in zip(*counted)) if counted else (0, 0)
    if lines:
        print(f'# comments: {comments} of {lines} lines, {comments / lines:.1%}')
        low, high = COMMENT_SHARE
        if not low <= comments / lines <= high:
            yield f'src:1: {comments / lines:.1%} of the lines are comments, expected {low:.0%} to {high:.0%}'


@house.rule(f'there are {TEST_RATIO} lines of test for a line of source, or more',
            good={'src/a.c': 'x;\n' * 10, 'tests/unit/a.c': 'x;\n' * 8},
            bad=[{'src/a.c': 'x;\n' * 10, 'tests/unit/a.c': 'x;\n' * 7},
                 {'src/a.c': 'x;\n' * 10, 'tests/style/a.py': 'x\n' * 9}])
def test_ratio(tree):
    sources = sum(lines_of(text) for _, text in tree.c(*SOURCES))
    tests = sum(lines_of(text) for path, text in tree.texts(['tests/'], ('.c', '.h', '.py', '.js', '.sh'))
                if not path.startswith(('tests/style/', 'tests/bench/')))
    if sources:
        print(f'# tests: {tests} lines for {sources} lines of source, {tests / sources:.2f}')
        if tests < TEST_RATIO * sources:
            yield f'tests:1: {tests / sources:.2f} lines of test for a line of source, expected {TEST_RATIO}'


if __name__ == '__main__':
    house.main()

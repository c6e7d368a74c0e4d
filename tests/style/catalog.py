#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""The journal's message identifiers, and the catalog that explains each of them."""

import os
import re
import shutil
import subprocess
import tempfile

import house

HEADER = 'src/base/belfry-message-ids.h'
CATALOG = 'data/belfry.catalog'
DEFINE = re.compile(r'^#define (BELFRY_MESSAGE_\w+)\s+"(.*)"$', re.M)
ENTRY = re.compile(r'^-- (.*)\n((?:[^\n]+\n)*)\n((?:(?!-- ).*\n?)*)', re.M)
HEADERS = {'Subject', 'Defined-By', 'Documentation'}

IDS = ('0123456789abcdef' * 2, 'fedcba9876543210' * 2)


def defined(tree):
    """Yields (line, name, id)."""
    if HEADER in tree.files:
        text = tree.text(HEADER)
        for found in DEFINE.finditer(text):
            yield house.line_of(text, found.start()), found[1], found[2]


def entries(tree):
    """Yields (line, id, headers, text)."""
    if CATALOG in tree.files:
        text = tree.text(CATALOG)
        for found in ENTRY.finditer(text):
            headers = dict(line.partition(': ')[::2] for line in found[2].splitlines())
            yield house.line_of(text, found.start()), found[1], headers, found[3].strip()


def sample(ids, explained, body='It broke.\n\nMend it.\n', headers='Subject: It broke\nDefined-By: Belfry\n'):
    return {HEADER: ''.join(f'#define BELFRY_MESSAGE_{n} "{each}"\n' for n, each in enumerate(ids)),
            CATALOG: '# c\n\n' + '\n'.join(f'-- {each}\n{headers}\n{body}' for each in explained)}


@house.rule('message identifiers are 32 lower-case hexadecimal digits, each used once',
            good=sample(IDS, []), bad=[sample([IDS[0].upper()], []), sample([IDS[0][1:]], []), sample(IDS[:1] * 2, [])])
def identifiers(tree):
    seen = {}
    for line, name, value in defined(tree):
        if not re.fullmatch(r'[0-9a-f]{32}', value):
            yield f'{HEADER}:{line}: {name} is not 32 lower-case hexadecimal digits'
        if seen.setdefault(value, name) != name:
            yield f'{HEADER}:{line}: {name} is the same as {seen[value]}'


@house.rule('every message identifier has one entry in the catalog, and no other has',
            good=sample(IDS, IDS), bad=[sample(IDS, IDS[:1]), sample(IDS[:1], IDS), sample(IDS, IDS + IDS[:1])])
def explained(tree):
    known = {value: (line, name) for line, name, value in defined(tree)}
    found = [value for _, value, _, _ in entries(tree)]
    for value, (line, name) in known.items():
        if found.count(value) != 1:
            yield f'{HEADER}:{line}: {name} has {found.count(value)} entries in {CATALOG}, expected one'
    for line, value, _, _ in entries(tree):
        if value not in known:
            yield f'{CATALOG}:{line}: {value} is no identifier of ours'


@house.rule('an entry says what happened, who says so, and what to do',
            good=sample(IDS, IDS),
            bad=[sample(IDS, IDS, headers='Subject: x\n'), sample(IDS, IDS, headers='Defined-By: Belfry\n'),
                 sample(IDS, IDS, body='It broke.\n'), sample(IDS, IDS, headers='Subject: x.\nDefined-By: Belfry\n'),
                 sample(IDS, IDS, headers='Subject: x\nDefined-By: Belfry\nAdvice: y\n')])
def complete(tree):
    for line, value, headers, text in entries(tree):
        if headers.get('Defined-By') != 'Belfry' or not headers.get('Subject') or headers['Subject'].endswith('.'):
            yield f'{CATALOG}:{line}: {value} needs a Subject without a full stop, and Defined-By: Belfry'
        if headers.keys() - HEADERS:
            yield f'{CATALOG}:{line}: {value} has the unknown header {min(headers.keys() - HEADERS)}'
        if len(text.split('\n\n')) < 2:
            yield f'{CATALOG}:{line}: {value} needs a paragraph on what happened and one on what to do'


@house.rule('the journal takes the catalog and knows all of it',
            good=sample(IDS, IDS), bad=[sample(IDS, ['0123']), sample(IDS, IDS[:1]), sample(IDS, IDS, headers='')])
def journal(tree):
    if not shutil.which('journalctl'):
        raise house.Skip('journalctl is not installed')
    if CATALOG not in tree.files:
        return
    with tempfile.TemporaryDirectory(prefix='belfry-catalog-') as root:
        folder = os.path.join(root, 'usr/lib/systemd/catalog')
        os.makedirs(folder)
        os.makedirs(os.path.join(root, 'var/lib/systemd/catalog'))
        shutil.copy(tree.path(CATALOG), folder)
        for action in ('--update-catalog', '--list-catalog'):
            done = subprocess.run(['journalctl', f'--root={root}', action], capture_output=True, text=True, check=False)
            if done.returncode or done.stderr:
                yield f'{CATALOG}:1: journalctl {action}: {done.stderr.strip()}'
    for line, name, value in defined(tree):
        if not re.search(rf'^{value} Belfry: \S', done.stdout, re.M):
            yield f'{HEADER}:{line}: the journal does not list {name}'


if __name__ == '__main__':
    house.main()

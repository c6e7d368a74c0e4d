#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""The rules themselves: each lets its good sample pass and finds something in every bad one."""

import contextlib
import importlib
import io
import os
import re
import tempfile

import house


def load():
    folder = os.path.dirname(os.path.realpath(__file__))
    for name in sorted(os.listdir(folder)):
        if name.endswith('.py') and name not in ('house.py', os.path.basename(__file__)):
            importlib.import_module(name[:-3])


def faults(check, sample):
    """What a rule finds in a tree made of the sample; @ROOT@ in it stands for where the tree is."""
    with tempfile.TemporaryDirectory(prefix='belfry-rules-') as root:
        for name, content in sample.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'wb') as file:
                file.write(content if isinstance(content, bytes) else content.replace('@ROOT@', root).encode())
        with contextlib.redirect_stdout(io.StringIO()):
            return list(check(house.Tree(root, os.path.join(root, '_build'))))


def verdict(each):
    """Yields what is wrong with a rule."""
    if not each.bad:
        yield 'has no bad sample'
    for fault in faults(each.check, each.good):
        yield f'found in the good sample: {fault}'
    for sample in each.bad:
        found = faults(each.check, sample)
        if not found:
            yield f'found nothing in {str(sample)[:300]}'
        for fault in found:
            if not re.match(r'[^:\s]+:\d+: \S', fault):
                yield f'names no file and line: {fault}'


if __name__ == '__main__':
    load()
    house.tap([(f'{each.check.__module__}: {each.check.__name__}', lambda each=each: verdict(each))
               for each in house.RULES])

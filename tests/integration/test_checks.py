#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""The runner of the checks itself: what it says of good ones and bad ones, and of none at all."""

import pathlib
import subprocess
import sys

from checks import run
from raw_peer import PATIENCE

MODULE = '''
import sys
import checks
def check_good(): pass
def check_bad(): assert False, 'said'
def helper(): sys.exit(99)
sys.exit(checks.run({names}))
'''


def start(*words, names='globals()'):
    """Runs a module of two checks as a program."""
    return subprocess.run([sys.executable, '-B', '-c', MODULE.format(names=names), 'folder', *words], check=False,
                          capture_output=True, text=True, timeout=PATIENCE, cwd=pathlib.Path(__file__).parent)


def check_failure():
    """One that fails makes the program fail; why is said."""
    done = start()
    assert done.stdout == '1..2\nok 1 check_good\nnot ok 2 check_bad\n', done.stdout
    assert done.returncode == 1 and 'said' in done.stderr, done


def check_words():
    """Words choose."""
    done = start('nothing', 'goo')
    assert done.stdout == '1..1\nok 1 check_good\n', done.stdout
    assert done.returncode == 0, done


def check_no_match():
    """A word that chooses nothing, most likely misspelled, is no success."""
    done = start('check_better')
    assert done.stdout == 'Bail out! no check is called check_better\n', done.stdout
    assert done.returncode == 1, done


def check_no_checks():
    """Nor is a module without a check."""
    done = start(names='{}')
    assert done.stdout.startswith('Bail out!'), done.stdout
    assert done.returncode == 1, done


if __name__ == '__main__':
    sys.exit(run(globals()))

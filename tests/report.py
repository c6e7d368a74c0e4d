#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""Counts what the test runs of one or more build folders found, and says it in one closing line.

A skip that tests/expected-skips does not list is a failure, and so is a build folder without results.
"""

import itertools
import json
import pathlib
import re
import sys

# One case of a program that speaks TAP
CASE = re.compile(r'^(?P<verdict>(not )?ok)\b ?\d* ?-? ?(?P<name>[^#\n]*?) *(?P<skip># *SKIP.*)?(#.*)?$',
                  re.MULTILINE | re.IGNORECASE)

# Valgrind looks at the unit tests alone.
PARTIAL = re.compile(r'valgrind')

EXPECTED = pathlib.Path(__file__).with_name('expected-skips')


def expected_skips():
    lines = EXPECTED.read_text(encoding='utf-8').splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith('#')}


def runs(folder):
    """Yields what meson noted of every test program of the folder's runs."""
    for log in sorted((folder / 'meson-logs').glob('testlog*.json')):
        with log.open(encoding='utf-8', errors='replace') as lines:
            yield from map(json.loads, lines)


def missing(folder):
    """The tests that should have run but left no trace, as when the runner itself was killed."""
    with (folder / 'meson-info' / 'intro-tests.json').open(encoding='utf-8') as tests:
        wanted = [test for test in json.load(tests) if not PARTIAL.search(folder.name) or
                  'belfry:unit' in test['suite'] and 'belfry:native' not in test['suite']]
    return sorted({test['name'] for test in wanted} - {run['name'].split(' / ')[-1] for run in runs(folder)})


def outcome_of(match):
    if 'not' in match['verdict']:
        return 'failed'
    return 'skipped' if match['skip'] else 'passed'


def cases(run):
    """Yields (name, outcome) for every case of a program, and one for a program that failed as a whole."""
    found = [(match['name'], outcome_of(match)) for match in CASE.finditer(run.get('stdout', ''))]
    if run['result'] == 'SKIP' and not found:
        found = [('the program as a whole', 'skipped')]
    elif run['result'] not in ('OK', 'SKIP') and all(outcome != 'failed' for _, outcome in found):
        found.append((f"the program as a whole ({run['result']})", 'failed'))
    elif not found:
        found = [('the program as a whole', 'passed')]
    program = run['name'].split(' / ')[-1]
    yield from ((f'{program}: {name}', outcome) for name, outcome in found)


def main():
    expected = expected_skips()
    totals = {'passed': 0, 'failed': 0, 'skipped': 0}
    for folder in map(pathlib.Path, sys.argv[1:]):
        counts = dict.fromkeys(totals, 0)
        found = list(itertools.chain.from_iterable(map(cases, runs(folder))))
        if found:
            found += [(f'{name}: did not run', 'failed') for name in missing(folder)]
        for name, outcome in found or [('no results: it did not build', 'failed')]:
            if outcome == 'skipped' and name not in expected:
                print(f'{folder}: unexpected skip: {name}')
                outcome = 'failed'
            elif outcome == 'failed':
                print(f'{folder}: failed: {name}')
            counts[outcome] += 1
        print(f'{folder}:', ', '.join(f'{n} {outcome}' for outcome, n in counts.items()))
        for outcome, n in counts.items():
            totals[outcome] += n
    print(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")
    return 1 if totals['failed'] or not totals['passed'] else 0


if __name__ == '__main__':
    sys.exit(main())

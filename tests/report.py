#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""Counts what the test runs of one or more build folders found, and says it in one closing line.

A skip that tests/expected-skips does not list is a failure, and so is a build folder without results.
"""

import json
import pathlib
import sys
import xml.etree.ElementTree

EXPECTED = pathlib.Path(__file__).with_name('expected-skips')


def expected_skips():
    lines = EXPECTED.read_text(encoding='utf-8').splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith('#')}


def programs(folder):
    """Yields (name, whether it failed) for every test program of the folder's runs."""
    for result in sorted((folder / 'meson-logs').glob('testlog*.json')):
        with result.open(encoding='utf-8') as lines:
            for line in lines:
                run = json.loads(line)
                yield run['name'], run['result'] not in ('OK', 'SKIP', 'EXPECTEDFAIL')


def outcome_of(case):
    if case.find('failure') is not None or case.find('error') is not None:
        return 'failed'
    return 'skipped' if case.find('skipped') is not None else 'passed'


def cases(folder):
    """Yields (program, case, outcome) for every test case, and one for a program that failed as a whole."""
    failed = {name for name, bad in programs(folder) if bad}
    for report in sorted((folder / 'meson-logs').glob('testlog*.junit.xml')):
        for case in xml.etree.ElementTree.parse(report).iter('testcase'):
            program = case.get('classname', '').split('.')[-1]
            outcome = outcome_of(case)
            if outcome == 'failed':
                failed.discard(program)
            yield program, case.get('name', ''), outcome
    for program in sorted(failed):
        yield program, 'the program as a whole', 'failed'


def main():
    expected = expected_skips()
    totals = {'passed': 0, 'failed': 0, 'skipped': 0}
    for folder in map(pathlib.Path, sys.argv[1:]):
        counts = dict.fromkeys(totals, 0)
        if not any(programs(folder)):
            print(f'{folder}: no results: it did not build')
            counts['failed'] += 1
        for program, case, outcome in cases(folder):
            name = f'{program}: {case}'
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

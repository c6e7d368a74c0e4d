# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""Runs the checks of a module, and says how each went, in TAP."""

import sys
import traceback


class Skip(Exception):
    """Why a check cannot be done here."""


def run(names):
    """Runs what is called check_* in @names, in its order; a word in the arguments chooses some, and must."""
    wanted = sys.argv[2:]
    checks = [check for name, check in names.items() if name.startswith('check_')]
    checks = [check for check in checks if not wanted or any(word in check.__name__ for word in wanted)]
    failures = 0
    if not checks:
        print('Bail out! no check is called', ' or '.join(wanted) or 'check_*', flush=True)
        return 1
    print(f'1..{len(checks)}')
    for number, check in enumerate(checks, 1):
        try:
            check()
            verdict, reason = 'ok', ''
        except Skip as why:
            verdict, reason = 'ok', f' # SKIP {why}'
        except Exception:  # whatever it is, it is this check's failure
            print('#', traceback.format_exc().replace('\n', '\n# '), file=sys.stderr)
            verdict, reason = 'not ok', ''
            failures += 1
        print(f'{verdict} {number} {check.__name__}{reason}', flush=True)
    return 1 if failures else 0

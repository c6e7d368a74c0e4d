# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""What all the house rules share: the tree, the rules' declaration, and TAP.

A rule is a function over a Tree that yields a fault, "file:line: what is wrong", for each offence. It is declared with
a sample tree that it must let pass and others in which it must find something; test_rules.py holds it to that.
"""

import collections
import os
import re
import subprocess
import sys

RULES = []
CORPUS = re.compile(r'tests/fuzz/(.*/)?corpus')

Rule = collections.namedtuple('Rule', 'title check good bad')


class Skip(Exception):
    """What a rule needs is not on this machine."""


def rule(title, good, bad):
    """Declares a rule. Samples are {path: text}; `bad` is a list of them, each with one defect."""
    def declare(check):
        RULES.append(Rule(title, check, good, bad))
        return check
    return declare


class Tree:
    """The files of a source tree: those that git knows or would take, or else all that no build has made."""

    def __init__(self, root, build=None):
        self.root = os.path.realpath(root)
        self.build = build and os.path.realpath(build)
        self.files = sorted(path for path in set(self._git() or self._walk()) if os.path.isfile(self.path(path)))
        self._texts = {}

    def path(self, path):
        return os.path.join(self.root, path)

    def _git(self):
        if not os.path.exists(self.path('.git')):
            return None
        try:
            done = subprocess.run(['git', '-C', self.root, 'ls-files', '-z', '-co', '--exclude-standard'],
                                  capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        return done.stdout.split('\0')[:-1]

    def _walk(self):
        for folder, inner, names in os.walk(self.root):
            inner[:] = [name for name in inner if not re.fullmatch(r'\.git|__pycache__|_build.*', name) and
                        not os.path.isdir(os.path.join(folder, name, 'meson-private'))]
            for name in names:
                if name != '.git' and not name.endswith(('~', '.swp')):
                    yield os.path.relpath(os.path.join(folder, name), self.root)

    def raw(self, path):
        with open(self.path(path), 'rb') as file:
            return file.read()

    def is_text(self, path):
        try:
            return '\0' not in self.raw(path).decode()
        except UnicodeDecodeError:
            return False

    def text(self, path):
        if path not in self._texts:
            self._texts[path] = self.raw(path).decode(errors='replace')
        return self._texts[path]

    def texts(self, under=(), ends=()):
        """Yields (path, text) of the text files below one of the folders and with one of the endings, but no corpus."""
        for path in self.files:
            if CORPUS.match(path) or (under and not path.startswith(tuple(under))):
                continue
            if (not ends or path.endswith(tuple(ends))) and self.is_text(path):
                yield path, self.text(path)

    def c(self, *under):
        return self.texts(under, ('.c', '.h'))


def is_python(path, text):
    return path.endswith('.py') or re.match(r'#!\S*python3', text)


def blank(text):
    """The same number of characters and lines, all spaces."""
    return re.sub(r'[^\n]', ' ', text)


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


def matches(path, text, pattern, what):
    """Yields a fault for each place where the pattern (text) is found; {} in `what` is what was found."""
    for found in re.finditer(pattern, text, re.M):
        yield f'{path}:{line_of(text, found.start())}: {what.format(found[0].strip())}'


def tap(cases):
    """Runs (title, function that yields what is wrong) in turn, reports as TAP, and ends the program."""
    failed = False
    print(f'1..{len(cases)}')
    for number, (title, run) in enumerate(cases, 1):
        try:
            faults = list(run())
            print(f'{"not ok" if faults else "ok"} {number} - {title}', flush=True)
            for fault in faults:
                print(fault, file=sys.stderr)
            failed = failed or bool(faults)
        except Skip as reason:
            print(f'ok {number} - {title} # SKIP {reason}')
    sys.exit(failed)


def main():
    """Holds a tree to all the rules of the script. Arguments: source root, build root (both optional)."""
    script = os.path.dirname(os.path.realpath(__file__))
    tree = Tree(*sys.argv[1:3]) if len(sys.argv) > 1 else Tree(os.path.join(script, '../..'))
    if not tree.files:
        sys.exit(f'{tree.root} has no files')
    tap([(each.title, lambda each=each: each.check(tree)) for each in RULES if each.check.__module__ == '__main__'])

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""What is never called and never written."""

import ast
import collections
import re

import c_text
import house

Ban = collections.namedtuple('Ban', 'pattern under spared what')

C_TREE = ('src/', 'plugins/', 'tests/')
LOG = r'src/base/belfry-log'
PEOPLE = r'src/belfryd\.c|src/belfryctl/|src/service/belfry-(command-line|options)'


def call(names):
    """Matches a call of one of the functions, not of one that ends alike, nor a member."""
    return rf'(?<![\w.>])(?:{names})(?= ?\()'


CALLS = (
    Ban(call('strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof'), C_TREE, None,
        '{} has no bounds or no errors: use the GLib function that has'),
    Ban(call('system|popen|alloca|g_alloca|g_newa|g_newa0'), C_TREE, None, '{} is not used here'),
    Ban(call('rand|srand|random|srandom|drand48|rand_r'), C_TREE, None, '{} is guessable and global'),
    Ban(call('sleep|usleep|nanosleep|clock_nanosleep|g_usleep'), C_TREE, None, '{}: wait for what is waited for'),
    Ban(call(r'g_object_set_q?data(?:_full)?'), ('src/', 'plugins/'), None, '{}: a field says it better'),
    Ban(call('g_warning|g_message|g_critical|g_debug|g_info|g_warning_once|g_log|g_logv'), ('src/',), LOG,
        '{}: use belfry_log_*()'),
    Ban(call('g_print|g_printerr|printf|fprintf|vprintf|puts|fputs|putchar'), ('src/',), PEOPLE,
        '{}: only what talks to people prints; the rest logs'),
    Ban(call(r'g_log_\w+'), ('src/',), LOG, '{} is for the log alone'),
    Ban(call(r'g_idle_add\w*|g_timeout_add\w*|g_unix_fd_add\w*|g_unix_signal_add\w*|g_child_watch_add\w*|g_io_add_\w+'),
        ('src/', 'plugins/'), None, '{} makes a source without a name: use the *_source_new() function'),
    Ban(r'\bg_str_hash\b', ('src/core/', 'src/redis/', 'src/server/'), None,
        '{}: strangers name topics and users, and could make all of them collide: use belfry_hash_text()'),
    Ban(r'\bgoto\b', C_TREE, None, '{}: return early, and let the cleanup attributes work'),
    Ban(r'\bswitch \(\(?\w*error\w*\)?->code\)', C_TREE, None, '{} without its domain: use the predicates'),
)

# Words that no file may have, but in prose that quotes them.
WORDS = r'(?<![`\w])(?:TO' r'DO|FIX' r'ME|X' r'XX|HA' r'CK)\b'
INTERPRETER = r'/env +python' r'3?'
SHELL_SLEEP = r'(?:^|[;&|({]|\bdo|\bthen|\belse)[ \t]*u?sleep[ \t]+[\d$."]'


def is_shell(path, text):
    return path.endswith('.sh') or re.match(r'#! ?/bin/(ba|da)?sh', text)


def bad(path, *bodies):
    return [{path: f'static void\nf (void)\n{{\n  {body};\n}}\n'} for body in bodies]


@house.rule('forbidden functions and statements are not used',
            good={'src/base/a.c': 'x = my_system (1); /* system (2) */ g_strlcpy (a, "atoi (1)", 3);\n'
                                  'self->random (1); vtable.sleep (2); snprintf (b, 1, "");\n',
                  'src/base/belfry-log.c': 'g_log_structured_array (a, b, c);\n',
                  'src/belfryd.c': 'g_printerr ("x");\n', 'tests/unit/a.c': 'g_print ("x"); g_warning ("y");\n'},
            bad=bad('src/base/a.c', 'strcpy (a, b)', 'x = atoi (b)', 'system ("x")', 'f (alloca (5))',
                    'g_warning ("x")', 'g_info ("x")', 'g_print ("x")', 'printf ("x")',
                    'g_log_set_writer_func (f, 0, 0)', 'goto out',
                    'g_object_set_data (a, b, c)', 'g_idle_add (f, 0)', 'g_timeout_add_seconds (1, f, 0)', 'rand ()',
                    'switch (error->code) {}', 'sprintf (a, b)', 'strtok (a, b)', 'popen (a, b)', 'random ()')
            + bad('tests/unit/a.c', 'g_usleep (5)', 'sleep (1)', 'nanosleep (a, b)', 'usleep (1)',
                  'switch ((*error)->code) {}')
            + bad('src/redis/a.c', 'g_hash_table_new (g_str_hash, g_str_equal)')
            + bad('plugins/jwt/a.h', 'gets (a)', 'strcat (a, b)', 'g_timeout_add (1, f, 0)'))
def calls(tree):
    for path, text in tree.c(*C_TREE):
        plain = c_text.code(text).replace('(*error)', 'error')
        for each in CALLS:
            if path.startswith(each.under) and not (each.spared and re.match(each.spared, path)):
                yield from house.matches(path, plain, each.pattern, each.what)


@house.rule('no script sleeps',
            good={'a.py': 'text = "sleep (1)"  # sleep (2)\n', 'dev': '#!/bin/sh\n# sleep 1\necho sleep 1\n'},
            bad=[{'a.py': 'time.sleep (1)\n'}, {'a.py': 'from time import sleep\nsleep(1)\n'},
                 {'b': '#!/usr/bin/python3\nasync def f():\n    await asyncio.sleep(1)\n'},
                 {'dev': '#!/bin/sh\nsleep 1\n'}, {'a.sh': 'while true; do sleep 0.1; done\n'}])
def script_sleeps(tree):
    for path, text in tree.texts():
        if is_shell(path, text):
            yield from house.matches(path, text, SHELL_SLEEP, '{}: wait for what is waited for')
        elif house.is_python(path, text):
            for node in ast.walk(ast.parse(text)):
                called = getattr(node, 'func', None)
                if 'sleep' in (getattr(called, 'attr', ''), getattr(called, 'id', '')):
                    yield f'{path}:{node.lineno}: sleep: wait for what is waited for'


@house.rule('nothing is left to do in the tree',
            good={'doc/a.md': 'No `TO' 'DO` here.\n', 'src/a.c': '"belfry-' + 'X' * 6 + '"\n'},
            bad=[{'src/a.c': '/* TO' 'DO: x */\n'}, {'tests/a.py': '# FIX' 'ME\n'}, {'doc/a.md': 'X' 'XX: tell\n'},
                 {'data/a.conf': '# HA' 'CK\n'}])
def words(tree):
    for path, text in tree.texts():
        if path != 'COPYING':
            yield from house.matches(path, text, WORDS, '{}: do it, or open an issue')


@house.rule('scripts name their interpreter by its path',
            good={'a.py': '#!/usr/bin/python3\n'},
            bad=[{'a.py': '#!/usr/bin/env pyt' 'hon3\n'}, {'meson.build': "run_command('/usr/bin/env pyt" "hon3')\n"}])
def interpreter(tree):
    for path, text in tree.texts():
        yield from house.matches(path, text, INTERPRETER, '{}: use /usr/bin/python3, which has the modules')


if __name__ == '__main__':
    house.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""State at file scope, prototypes, and names for what the main loop runs."""

import re

import c_text
import house

# State that a file may keep, with the reason.
KEPT = {
    ('src/base/belfry-log.c', 'levels'): 'which lines are wanted belongs to the process, as GLib\'s log does',
    ('src/base/belfry-log.c', 'belfry_log_gate'): 'the same, read without a lock',
}

# GObject writes to these itself; GLib takes a source's functions without const, but never writes to them.
CLASS_TABLES = re.compile(r'static (GParamSpec \*\w+\[|guint \w*signals\w*\[|GSourceFuncs )')

MACRO = re.compile(rf'^[A-Z][A-Z0-9_]+\b(?: \({c_text.INSIDE}\))?;?', re.M)
LOCK = re.compile(r'^G_LOCK_DEFINE(?:_STATIC)? \((\w+)\)', re.M)
NO_VARIABLE = re.compile(r'(typedef|extern)\b|(struct|union|enum)\s*\w*\Z|static_assert|_Static_assert')
FUNCTION_POINTER = re.compile(r'[\w\s*]*\(\*\s*(?:const\s+)?(\w+)')
BOILERPLATE = re.compile(r'\w+_(iface_init|class_init|class_finalize|init|get_instance_private)\b')
SOURCE_NEW = re.compile(r'\bg_(?:\w+_)?(?:source_new\w*|create_source)(?= \()')


def declarations(text):
    """Yields (line, declaration) of what stands outside all functions, without bodies and macros."""
    plain = c_text.BODY.sub(lambda found: house.blank(found[0][:-1]) + ';', c_text.statements(text))
    while re.search(r'\{[^{}]*\}', plain):
        plain = re.sub(r'\{[^{}]*\}', lambda found: house.blank(found[0]), plain)
    plain = MACRO.sub(lambda found: house.blank(found[0]), plain)
    offset = 0
    for part in plain.split(';'):
        if part.strip():
            yield house.line_of(plain, offset + len(part) - len(part.lstrip())), part.strip()
        offset += len(part) + 1


def mutable_name(declaration):
    """The name of the variable that is declared, if it can change."""
    head = re.sub(r'_Atomic ?\([^()]*\)', '_Atomic', declaration.split('=')[0])
    pointer = FUNCTION_POINTER.match(head)
    if NO_VARIABLE.match(declaration.strip()) or ('(' in head and not pointer):
        return None
    if CLASS_TABLES.match(head):
        return None
    names = re.findall(r'\w+', re.sub(r'\[[^\]]*\]', '', head))
    if len(names) < 2 or re.search(r'\bconst\b', head.rsplit('*', 1)[-1]):
        return None
    return pointer[1] if pointer else names[-1]


@house.rule('no file keeps state but for the reasons listed',
            good={'src/base/a.c': 'static const int a = 1;\nstatic const char *const b[] = { "x" };\nextern int z;\n'
                                  'static GParamSpec *properties[N];\nstatic guint signals[2];\n'
                                  'static GSourceFuncs funcs = { NULL };\n',
                  'src/base/b.c': 'G_DEFINE_FINAL_TYPE (A, a, B)\nstatic int\ng (void)\n{\n  int x = 1;\n}\n'
                                  'static void f (int *x);\nG_STATIC_ASSERT (1 == 1);\n',
                  'src/base/c.h': 'struct _S\n{\n  int x;\n};\ntypedef struct\n{\n  int y;\n} T;\nenum\n{\n  A,\n};\n',
                  'src/base/belfry-log.c': '_Atomic int belfry_log_gate = 1;\nG_LOCK_DEFINE_STATIC (levels);\n'},
            bad=[{'src/base/a.c': each} for each in (
                'static int a;\n', 'static int a = 1;\n', 'static const char *a = "x";\n', 'int a;\n',
                'static S s = { 1 };\n', 'static void (*hook) (void);\n', 'G_LOCK_DEFINE_STATIC (a);\n',
                'static int\nf (int a, /* why */\n\n   int b)\n{\n  g ();\n}\nint *p;\n',
                '_Atomic int a = 1;\n', 'static _Atomic (F *) head;\n',
                'static char *b[3];\n', 'G_DEFINE_QUARK (a, b)\nstatic int c;\n',
                'static int\ng (void)\n{\n  f ();\n}\n\nstatic GHashTable *table;\n')]
            + [{'src/base/belfry-log.c': 'static int levels = 1;\n'}])
def state(tree):
    for path, text in tree.c('src/', 'plugins/'):
        found = [(line, mutable_name(each)) for line, each in declarations(text)]
        plain = c_text.statements(text)
        found += [(house.line_of(plain, lock.start()), lock[1]) for lock in LOCK.finditer(plain)]
        for line, name in found:
            if name and (path, name) not in KEPT:
                yield f'{path}:{line}: {name} is state at file scope'
        for place, name in KEPT:
            if place == path and name not in [other for _, other in found]:
                yield f'{path}:1: has no {name} any more: take it off the list of what may be kept'


@house.rule('callees come first, so that no block of prototypes is needed',
            good={'src/a.c': 'static void a (int x);\nstatic void b (void);\n\nint c;\nstatic void d (void);\n',
                  'tests/b.c': ''.join(f'static void {x}_iface_init (I *iface);\n' for x in 'abcd')},
            bad=[{'src/a.c': ''.join(f'static void {x} (int y);\n' for x in 'abc')},
                 {'tests/a.c': 'static void a (void);\nstatic int b (int x,\n  int y);\n\nstatic void c (void);\n'}])
def prototypes(tree):
    for path, text in tree.c():
        run = 0
        for line, each in declarations(text) if path.endswith('.c') else ():
            is_prototype = each.startswith('static ') and each.endswith(')') and '=' not in each
            counts = is_prototype and not BOILERPLATE.search(each.split('(')[0])
            run = run + 1 if counts else run if is_prototype else 0
            if run == 3:
                yield f'{path}:{line}: the third prototype in a row'


def in_function(*lines):
    return {'src/a.c': 'static void\nf (void)\n{\n' + ''.join(f'  {line};\n' for line in lines) + '}\n'}


@house.rule('every source has a name',
            good=in_function('s = g_timeout_source_new (1)', 'u = g_source_new (&funcs, 5)',
                             'g_source_set_static_name (s, "x")', 'g_source_set_static_name (u, "x")'),
            bad=[in_function('s = g_idle_source_new ()'), in_function('s = g_socket_create_source (a, 1, NULL)'),
                 in_function('g_source_set_static_name (s, "x")', 's = g_source_new (&funcs, 5)'),
                 in_function('s = g_unix_fd_source_new (1, 2)', 't = g_unix_signal_source_new (1)',
                             'g_source_set_static_name (s, "x")')])
def sources(tree):
    for path, text in tree.c():
        for each in c_text.functions(text):
            made = list(SOURCE_NEW.finditer(each.body))
            if made and each.body.count('g_source_set_static_name (', made[0].start()) < len(made):
                yield f'{path}:{each.line}: {each.name} makes a source without g_source_set_static_name()'


@house.rule('every task has a source tag',
            good=in_function('t = g_task_new (a, b, c, d)', 'g_task_set_source_tag (t, f)'),
            bad=[in_function('t = g_task_new (a, b, c, d)'), in_function('g_task_report_error (a, b, c, NULL, e)')])
def tasks(tree):
    for path, text in tree.c():
        for each in c_text.functions(text):
            if each.body.count('g_task_new (') > each.body.count('g_task_set_source_tag ('):
                yield f'{path}:{each.line}: {each.name} makes a task without g_task_set_source_tag()'
            yield from house.matches(path, each.body, r'g_task_report_(new_)?error \([^;]*NULL, \w+\)', '{}: no tag')


if __name__ == '__main__':
    house.main()

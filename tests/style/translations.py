#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""What is to be translated is listed for the translators."""

import re

import c_text
import house

LIST = 'po/POTFILES.in'
CALL = re.compile(r'(?<![\w.>])(?:_|N_|C_|NC_|ngettext|g_dngettext|gettext|dgettext) ?\(\s*"')
MARKED = re.compile(r'translatable="(?:yes|true)"')
ENDINGS = ('.desktop', '.desktop.in', '.policy', '.policy.in', '.metainfo.xml', '.metainfo.xml.in')


def is_translatable(path, text):
    if path.endswith(('.c', '.h')):
        return CALL.search(c_text.without_comments(text))
    return path.endswith(ENDINGS) or MARKED.search(text) or (path.endswith('.py') and re.search(r'\b_\([\'"]', text))


def listed(tree):
    """Yields (line, path) of the list."""
    if LIST in tree.files:
        for number, line in enumerate(tree.text(LIST).splitlines(), 1):
            name = re.sub(r'^\[[^\]]*\]', '', line.split('#')[0]).strip()
            if name:
                yield number, name


@house.rule(f'every file with words for people is in {LIST}, and no other',
            good={LIST: '# x\nsrc/a.c\ndata/a.policy\n', 'src/a.c': 'f (_("Yes"));\n', 'data/a.policy': '<x/>\n',
                  'src/b.c': '/* _("No") */ f_ ("x"); foo_(1);\n', 'tests/t.c': '_("t");\n'},
            bad=[{'src/a.c': 'f (_("Yes"));\n'}, {LIST: '', 'src/a.c': 'static const char *x = N_("Yes");\n'},
                 {LIST: '', 'plugins/a/a.c': 'f (ngettext ("a", "b", 2));\n'}, {LIST: '', 'data/x.desktop': '[D]\n'},
                 {LIST: 'src/gone.c\n'}, {LIST: 'src/a.c\nsrc/a.c\n', 'src/a.c': '_ ("x");\n'},
                 {LIST: 'src/a.c\n', 'src/a.c': 'int x;\n'}])
def potfiles(tree):
    names = [name for _, name in listed(tree)]
    wanted = [path for path, text in tree.texts(['src/', 'plugins/', 'data/']) if is_translatable(path, text)]
    for path in wanted:
        if path not in names:
            yield f'{LIST}:1: {path} is missing'
    for line, name in listed(tree):
        if name not in tree.files:
            yield f'{LIST}:{line}: {name} does not exist'
        elif name not in wanted:
            yield f'{LIST}:{line}: {name} has nothing to translate'
        elif names.count(name) > 1:
            yield f'{LIST}:{line}: {name} is listed twice'


if __name__ == '__main__':
    house.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""What is to be translated is listed for the translators, and they left nothing out."""

import os
import re
import shutil
import subprocess
import tempfile

import c_text
import house

LIST = 'po/POTFILES.in'
LANGUAGES = 'po/LINGUAS'
PROGRAMS = ('xgettext', 'msgfmt', 'msgcmp')

# What decides which messages there are, out of all that meson's preset "glib" passes to xgettext.
EXTRACT = ('xgettext', '--from-code=UTF-8', '--keyword=_', '--keyword=N_', '--keyword=C_:1c,2', '--keyword=NC_:1c,2',
           '--keyword=g_dcgettext:2', '--keyword=g_dngettext:2,3', '--keyword=g_dpgettext2:2c,3')

HEADER = ('msgid ""\nmsgstr ""\n"Project-Id-Version: x\\nPO-Revision-Date: 2026-01-01 00:00+0000\\n"\n'
          '"Last-Translator: x\\nLanguage-Team: x\\nLanguage: de\\nMIME-Version: 1.0\\n"\n'
          '"Content-Type: text/plain; charset=UTF-8\\nContent-Transfer-Encoding: 8bit\\n"\n')
YES = HEADER + '\nmsgid "Yes"\nmsgstr "Ja"\n'
COUNT = HEADER + '\n#, c-format\nmsgid "%d of them"\n'
SAMPLE = {LIST: 'src/a.c\n', LANGUAGES: '# x\nde\n', 'src/a.c': 'f (_("Yes"));\n', 'po/de.po': YES}

CALL = re.compile(r'(?<![\w.>])(?:_|N_|C_|NC_|ngettext|g_dngettext|gettext|dgettext) ?\(\s*"')
MACRO = CALL.pattern + r'(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*\s*(?!PRI)\w'
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


@house.rule('no message has a macro in it, where it would end for those who translate it',
            good={'src/a.c': '_("%" PRIu64 " bytes"); _("a \\"b\\" " "c"); g (N_("d"), E "f"); ngettext ("g", "h", I)'},
            bad=[{'src/a.c': 'f (_ ("over %" G_GSIZE_FORMAT " bytes"), n);\n'}, {'src/a.c': 'N_("a" "b"\n  C);\n'}])
def whole(tree):
    for path, text in tree.c('src/', 'plugins/'):
        yield from house.matches(path, c_text.without_comments(text), MACRO, '{} is not the end of the message')


def gettext(tree, path, *command):
    """Yields (file, line, what) of all that one of the programs finds fault with; `path` if it does not say where."""
    done = subprocess.run(command, cwd=tree.root, capture_output=True, text=True, check=False)
    said = re.findall(r'^([^\s:]+):(\d+)(?::\d+)?: (.*)', done.stderr, re.M)
    yield from said
    if done.returncode and not said:
        yield path, 1, done.stderr.strip()


def source_of(template, line):
    """The place in the sources of the message that is on a line of the template."""
    with open(template, encoding='utf-8') as file:
        return re.findall(r'^#: (\S+)', ''.join(file.readlines()[:int(line)]), re.M)[-1]


def compare(tree, path, template):
    """Yields a fault for each message that a translation does not have, or has but should not."""
    for name, line, what in gettext(tree, path, 'msgfmt', '--check', '--output-file=/dev/null', path):
        yield f'{name}:{line}: {what}'
    for name, line, what in gettext(tree, path, 'msgcmp', '--no-fuzzy-matching', path, template):
        yield f'{source_of(template, line)}: not in {path}' if name == template else f'{name}:{line}: {what}'
    yield from house.matches(path, tree.text(path), r'^#~.*', 'no longer used: {}')


@house.rule(f'every language in {LANGUAGES} has all messages',
            good=SAMPLE,
            bad=[SAMPLE | {'po/de.po': HEADER}, SAMPLE | {'po/de.po': YES.replace('Ja', '')},
                 SAMPLE | {'po/de.po': YES.replace('\n\n', '\n\n#, fuzzy\n')}, SAMPLE | {LANGUAGES: 'de fr\n'},
                 SAMPLE | {'po/de.po': YES + '\nmsgid "No"\nmsgstr "Nein"\n'}, SAMPLE | {'po/de.po': YES[:-2] + '\n'},
                 SAMPLE | {'po/de.po': YES + '\n#~ msgid "No"\n#~ msgstr "Nein"\n'}, SAMPLE | {LANGUAGES: '# none\n'},
                 SAMPLE | {'src/a.c': '_("%d of them")', 'po/de.po': COUNT + 'msgstr "%s davon"\n'}])
def translations(tree):
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        raise house.Skip(f'{", ".join(missing)} of gettext is not installed')
    names = re.sub(r'#.*', '', tree.text(LANGUAGES)).split() if LANGUAGES in tree.files else []
    paths = [f'po/{name}.po' for name in names]
    with tempfile.TemporaryDirectory(prefix='belfry-translations-') as scratch:
        template = os.path.join(scratch, 'belfry.pot')
        for name, line, what in gettext(tree, LIST, *EXTRACT, f'--files-from={LIST}', f'--output={template}'):
            yield f'{name}:{line}: {what}'
        for path in paths:
            if path not in tree.files:
                yield f'{LANGUAGES}:1: {path} does not exist'
            elif os.path.exists(template):
                yield from compare(tree, path, template)
    for path in tree.files:
        if re.fullmatch(r'po/[^/]+\.po', path) and path not in paths:
            yield f'{path}:1: not in {LANGUAGES}'


if __name__ == '__main__':
    house.main()

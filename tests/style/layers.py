#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""The layers in words: who may include whom, and whose foreign library is whose."""

import os
import re

import c_text
import house

LAYERS = {'base': 0, 'config': 1, 'wire': 1, 'api': 1, 'core': 2, 'dialect': 3, 'redis': 3, 'loader': 3,
          'server': 4, 'control': 4, 'service': 5}
TOP = 6  # src/belfryd.c and src/belfryctl/

# The one foreign library of a layer, by how its headers begin.
FOREIGN = {'wire': ('zlib.h',), 'dialect': ('json-glib/',), 'redis': ('hiredis/',), 'loader': ('gmodule.h',),
           'server': ('libsoup/',), 'control': ('polkit/',)}

EVERYWHERE = re.compile(r'''
    (glib|glib-object|glib-unix)\.h$ | (glib|gobject|gio)/ |              # GLib and GIO
    (arpa|linux|net|netinet|sys)/ |                                       # the system
    \w+intrin\.h$ | arm_neon\.h$ |                                       # the compiler
    (dirent|dlfcn|errno|fcntl|float|ftw|getopt|grp|ifaddrs|inttypes|libgen|libintl|limits|locale|math|netdb|
     poll|pthread|pwd|sched|signal|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|
     string|strings|sysexits|syslog|termios|time|uchar|unistd)\.h$''', re.X)

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(["<])([^">]+)[">]', re.M)


def may_include(layer, other):
    """Its own layer and those below; the top may include all."""
    return layer == other or LAYERS.get(layer, TOP) > LAYERS[other]


def layer_of(path):
    """The folder below src/, or None for what stands on top of the layers."""
    folder = path.split('/')[1]
    return folder if folder in LAYERS else None


def includes(text):
    """Yields (line, quote, name)."""
    plain = c_text.without_comments(text)
    for found in INCLUDE.finditer(plain):
        yield house.line_of(plain, found.start()), found[1], found[2]


def owner_of(tree, name):
    """The layer of a header: where the file lies, or whose meson.build makes it."""
    stem = os.path.splitext(os.path.basename(name))[0]
    for layer in LAYERS:
        folder = f'src/{layer}/'
        if any(path.startswith(folder) and f'/{path}'.endswith(f'/{name}') for path in tree.files):
            return layer
    for layer in LAYERS:
        for build in tree.files:
            if re.match(rf'src/{layer}/(.*/)?meson\.build$', build) and \
                    re.search(rf"'{re.escape(stem)}(\.h)?'", tree.text(build)):
                return layer
    return None


@house.rule('every folder of src/ is a layer that has a place in the order',
            good={'src/base/a.c': '', 'src/belfryctl/main.c': '', 'src/belfryd.c': '', 'src/meson.build': ''},
            bad=[{'src/helpers/a.c': ''}, {'src/stray.c': ''}])
def known_folders(tree):
    for path in tree.files:
        if path.startswith('src/') and layer_of(path) is None:
            if not re.match(r'src/(meson\.build|belfryd\.c|belfryctl/.*)$', path):
                yield f'{path}:1: in no known layer'


@house.rule('no layer includes one above or beside it, and none but the top a plugin',
            good={'src/belfryctl/c.c': '#include "p.h"\n', 'plugins/p/p.h': '', 'src/base/a.h': '', 'src/core/b.h': '#include "a.h"\n', 'src/belfryd.c': '#include "b.h"\n',
                  'src/base/meson.build': "configure_file(output: 'config.h')\n",
                  'src/base/a.c': '#include "config.h"\n',
                  'src/api/belfry/meson.build': "mkenums('made')\n", 'src/api/a.c': '#include <belfry/made.h>\n',
                  'src/wire/w.c': '/* #include "b.h" */\n'},
            bad=[{'src/base/a.c': '#include "b.h"\n', 'src/core/b.h': ''},
                 {'src/wire/a.c': '#include "b.h"\n', 'src/config/b.h': ''},
                 {'src/redis/a.h': '#  include "sub/b.h"\n', 'src/server/sub/b.h': ''},
                 {'src/core/a.c': '#include <b.h>\n', 'src/control/b.h': ''},
                 {'src/core/a.c': '#include "nowhere.h"\n'}, {'src/belfryctl/a.c': '#include "nowhere.h"\n'},
                 {'src/service/a.c': '#include "p.h"\n', 'plugins/p/p.h': ''},
                 {'src/base/a.c': '#include "made.h"\n', 'src/control/meson.build': "gdbus_codegen('made')\n"}])
def order(tree):
    for path, text in tree.c('src/'):
        layer = layer_of(path)
        for line, quote, name in includes(text):
            owner = owner_of(tree, name)
            if layer is None and any(re.fullmatch(rf'plugins/[^/]+/{re.escape(name)}', file) for file in tree.files):
                continue
            if owner is None and quote == '"' and f'{os.path.dirname(path)}/{name}' not in tree.files:
                yield f'{path}:{line}: nobody owns "{name}"'
            elif owner is not None and not may_include(layer, owner):
                yield f'{path}:{line}: {layer} includes "{name}" of {owner}'


@house.rule('a foreign library is seen by its own layer only',
            good={'src/base/a.c': '#include <gio/gio.h>\n#include <sys/epoll.h>\n#include <errno.h>\n',
                  'src/wire/a.c': '#include <zlib.h>\n', 'src/redis/a.c': '#include <hiredis/hiredis.h>\n'},
            bad=[{'src/base/a.c': '#include <zlib.h>\n'}, {'src/core/a.h': '#include <json-glib/json-glib.h>\n'},
                 {'src/server/a.c': '#include <polkit/polkit.h>\n'}, {'src/config/a.c': '#include <gmodule.h>\n'},
                 {'src/service/a.c': '#include <libsoup/soup.h>\n'}, {'src/base/a.c': '#include <curl/curl.h>\n'}])
def foreign(tree):
    for path, text in tree.c('src/'):
        allowed = FOREIGN.get(layer_of(path), ())
        for line, quote, name in includes(text):
            if quote == '<' and not (EVERYWHERE.match(name) or name.startswith(allowed) or owner_of(tree, name)):
                yield f'{path}:{line}: <{name}> is not for {layer_of(path) or "the top"}'


@house.rule('the plugin API takes no code of the layers: of src/ it sees itself and config.h',
            good={'src/api/a.c': '#include "config.h"\n#include <belfry/b.h>\n#include "c-private.h"\n',
                  'src/api/belfry/b.h': '', 'src/api/c-private.h': '', 'src/base/meson.build': "'config.h'"},
            bad=[{'src/api/a.c': '#include "b.h"\n', 'src/base/b.h': ''},
                 {'src/api/belfry/a.h': '#include <b.h>\n', 'src/base/b.h': ''},
                 {'src/api/belfry/a.h': '#include "config.h"\n', 'src/base/meson.build': "'config.h'"},
                 {'src/api/belfry/a.h': '#include <belfry/../b-private.h>\n', 'src/api/b-private.h': ''}])
def api(tree):
    for path, text in tree.c('src/api/'):
        is_public = path.startswith('src/api/belfry/')
        for line, _, name in includes(text):
            owner = owner_of(tree, name)
            if owner not in (None, 'api') and (name != 'config.h' or is_public):
                yield f'{path}:{line}: the plugin API includes "{name}" of {owner}'
            elif is_public and (owner == 'api' or name.startswith('belfry/')) and \
                    not re.match(r'belfry/[\w-]+\.h$', name):
                yield f'{path}:{line}: "{name}" is not installed'


@house.rule('a plugin sees nothing of src/ but the plugin API',
            good={'plugins/jwt/a.c': '#include <belfry/belfry.h>\n#include <jwt.h>\n#include "k.h"\n',
                  'plugins/jwt/k.h': '#include "config.h"\n', 'src/api/belfry/belfry.h': '',
                  'src/base/meson.build': "'config.h'"},
            bad=[{'plugins/jwt/a.c': '#include "core.h"\n', 'src/core/core.h': ''},
                 {'plugins/jwt/a.c': '#include <core.h>\n', 'src/core/core.h': ''}])
def plugins(tree):
    for path, text in tree.c('plugins/'):
        for line, _, name in includes(text):
            owner = owner_of(tree, name)
            if owner not in (None, 'api') and name != 'config.h':
                yield f'{path}:{line}: a plugin includes "{name}" of {owner}'


if __name__ == '__main__':
    house.main()

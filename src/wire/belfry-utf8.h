/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryUtf8:
 *
 * How far into a character a text that arrives in pieces has come. All zero at the start of a text;
 * the fields are the module's own.
 */
typedef struct
{
  guint8 left; /* bytes that the character still wants */
  guint8 low;  /* the least that the next byte may be */
  guint8 high; /* the most that the next byte may be */
} BelfryUtf8;

/**
 * belfry_utf8_feed:
 * @self: the state
 * @bytes: (array length=length): the next piece, cut anywhere
 * @length: how long it is
 *
 * Well-formed is what Unicode says: nothing overlong, no surrogates, nothing beyond U+10FFFF. NUL
 * is a character like any other.
 *
 * Returns: whether all that was fed can still become well-formed text; %FALSE from the first
 * impossible byte on, for ever
 */
gboolean belfry_utf8_feed (BelfryUtf8 *self, const guint8 *bytes, gsize length);

/**
 * belfry_utf8_is_complete:
 *
 * Returns: whether the text may end here: not within a character, nor after an impossible byte
 */
gboolean belfry_utf8_is_complete (const BelfryUtf8 *self);

/**
 * belfry_utf8_validate:
 *
 * Returns: whether @bytes are well-formed text as a whole
 */
gboolean belfry_utf8_validate (const guint8 *bytes, gsize length);

/**
 * belfry_utf8_prefix:
 *
 * Returns: how many bytes of @bytes, from the first, are whole and well-formed characters
 */
gsize belfry_utf8_prefix (const guint8 *bytes, gsize length);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-json-scan.h"

G_BEGIN_DECLS

/* Reading in place what belfry_json_scan() accepted. Given another text these functions stay within
 * its bounds, but what they say of it means nothing. */

/**
 * BelfryJsonSlice:
 *
 * A value as it stands in a text. That of a string has its quotes.
 */
typedef struct
{
  gsize offset;
  gsize length;
} BelfryJsonSlice;

/**
 * BelfryJsonMember:
 *
 * A member of an object, or an element of an array, whose name is empty.
 */
typedef struct
{
  BelfryJsonSlice name; /* a string, with its quotes */
  BelfryJsonSlice value;
  BelfryJsonKind kind;
} BelfryJsonMember;

/**
 * BelfryJsonIter:
 *
 * Where in an object or array a walk is. Lives on the stack and owns nothing.
 */
typedef struct
{
  const char *text; /* (unowned) */
  gsize end;
  gsize position;
  gboolean is_object;
} BelfryJsonIter;

/**
 * belfry_json_iter_init:
 * @self: an iterator
 * @text: (transfer none): the text, which must outlive the walk
 * @value: what part of it is the object or array; of anything else there are no members
 *
 * The offsets of the members are of @text, not of @value.
 */
void belfry_json_iter_init (BelfryJsonIter *self, const char *text, BelfryJsonSlice value);

/**
 * belfry_json_iter_next:
 *
 * The members come as they stand. If a name is there twice both come; who keeps the last one does
 * what json-glib and the browsers do.
 *
 * Returns: whether there was a member; @member is set if so
 */
gboolean belfry_json_iter_next (BelfryJsonIter *self, BelfryJsonMember *member);

/**
 * belfry_json_equal:
 *
 * Returns: whether @string, a name or a string value, means @literal, however it is escaped
 */
gboolean belfry_json_equal (const char *text, BelfryJsonSlice string, const char *literal);

/**
 * belfry_json_append_string:
 * @out: where to append what the string means
 * @max: how many bytes of UTF-8 it may have
 *
 * Returns: whether @string was a string and within the bound; if not, @out is as it was
 */
gboolean
belfry_json_append_string (const char *text, BelfryJsonSlice string, gsize max, GString *out);

/**
 * belfry_json_dup_string:
 * @max: how many bytes of UTF-8 it may have
 *
 * A string with U+0000 in it is refused: cut off there, it could pass for another one.
 *
 * Returns: (transfer full) (nullable): what the string means, or %NULL if it is not a string, too
 * long, or has U+0000 in it
 */
char *belfry_json_dup_string (const char *text, BelfryJsonSlice string, gsize max);

/**
 * belfry_json_text_bytes:
 *
 * Returns: (transfer full) (nullable): what the string means, U+0000 among it, or %NULL if it is
 * not a string
 */
GBytes *belfry_json_text_bytes (const char *text, BelfryJsonSlice string);

/**
 * belfry_json_base64_bytes:
 *
 * Stricter than GLib's decoder, which steps over whatever it does not know: there are letters of
 * the common alphabet and padding, and nothing behind that.
 *
 * Returns: (transfer full) (nullable): the bytes that the string stands for, or %NULL if it is not
 * a string of base64
 */
GBytes *belfry_json_base64_bytes (const char *text, BelfryJsonSlice string);

/**
 * belfry_json_get_int64:
 *
 * Returns: whether @number is written as an integer, without fraction and exponent, and in range
 */
gboolean belfry_json_get_int64 (const char *text, BelfryJsonSlice number, gint64 *value);

G_END_DECLS

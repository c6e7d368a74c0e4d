/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One bit a level, in a word: what the service says is four levels deep. */
#define BELFRY_JSON_WRITER_MAX_DEPTH 64

/**
 * BelfryJsonWriter:
 *
 * Appends one JSON value to a string, compact, in the order of the calls; the commas and colons
 * come by themselves. Lives on the stack; needs no clearing. The fields are private.
 *
 * To call it in an order that gives no JSON is a programmer's error and says so in the log, and the
 * call does nothing: a value without a name in an object, a name elsewhere, an end that does not
 * match, a second value at the top, more than %BELFRY_JSON_WRITER_MAX_DEPTH levels.
 */
typedef struct
{
  GString *out;    /* (unowned) */
  guint64 objects; /* which of the open levels are objects */
  guint depth;
  gboolean filled; /* the innermost level has something in it; at the top: the value is begun */
  gboolean named;  /* a name waits for its value */
} BelfryJsonWriter;

/**
 * belfry_json_writer_init:
 * @self: a writer
 * @out: (transfer none): where to append; nobody else may append until the value is complete
 */
void belfry_json_writer_init (BelfryJsonWriter *self, GString *out);

/**
 * belfry_json_writer_is_complete:
 *
 * Returns: whether there is one whole value
 */
gboolean belfry_json_writer_is_complete (const BelfryJsonWriter *self);

void belfry_json_writer_begin_object (BelfryJsonWriter *self);
void belfry_json_writer_end_object (BelfryJsonWriter *self);
void belfry_json_writer_begin_array (BelfryJsonWriter *self);
void belfry_json_writer_end_array (BelfryJsonWriter *self);

/**
 * belfry_json_writer_name:
 *
 * Begins a member; the next call gives its value. That names do not repeat is the caller's care.
 */
void belfry_json_writer_name (BelfryJsonWriter *self, const char *name);

/**
 * belfry_json_writer_string:
 * @text: (nullable): a string, or %NULL to write `null`
 *
 * Every byte that is not part of a UTF-8 character becomes U+FFFD.
 */
void belfry_json_writer_string (BelfryJsonWriter *self, const char *text);

/**
 * belfry_json_writer_string_len:
 * @text: (array length=length): any bytes
 *
 * Like belfry_json_writer_string(), with NUL as a character like others.
 */
void belfry_json_writer_string_len (BelfryJsonWriter *self, const char *text, gsize length);

void belfry_json_writer_int64 (BelfryJsonWriter *self, gint64 value);
void belfry_json_writer_uint64 (BelfryJsonWriter *self, guint64 value);

/**
 * belfry_json_writer_double:
 *
 * Writes the number with the fewest digits that, correctly rounded, read back as the same number;
 * in any locale. What is not a finite number becomes `null`.
 */
void belfry_json_writer_double (BelfryJsonWriter *self, double value);

void belfry_json_writer_boolean (BelfryJsonWriter *self, gboolean value);
void belfry_json_writer_null (BelfryJsonWriter *self);

/**
 * belfry_json_writer_raw:
 * @json: (array length=length): one JSON value
 *
 * Appends a value as it stands. It must have passed belfry_json_scan(): nothing is checked here.
 */
void belfry_json_writer_raw (BelfryJsonWriter *self, const char *json, gsize length);

/**
 * belfry_json_writer_base64:
 * @bytes: (array length=length): any bytes
 *
 * Writes a string with the bytes in base64, padded.
 */
void belfry_json_writer_base64 (BelfryJsonWriter *self, const void *bytes, gsize length);

G_END_DECLS

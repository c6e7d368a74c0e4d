/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryStateWriter:
 *
 * Numbers, bytes and texts in a row, little-endian, for another image of this program to read. A
 * plain array of bytes: whoever makes it frees it.
 */
typedef GByteArray BelfryStateWriter;

void belfry_state_put_u8 (BelfryStateWriter *self, guint8 value);
void belfry_state_put_u32 (BelfryStateWriter *self, guint32 value);
void belfry_state_put_u64 (BelfryStateWriter *self, guint64 value);
void belfry_state_put_i64 (BelfryStateWriter *self, gint64 value);
void belfry_state_put_bytes (BelfryStateWriter *self, gconstpointer bytes, gsize length);

/* @text: (nullable) */
void belfry_state_put_text (BelfryStateWriter *self, const char *text);

/* What another has written, as it is. */
void belfry_state_append (BelfryStateWriter *self, const BelfryStateWriter *from);

/* Makes room for a number that is not known yet. Returns: where, for belfry_state_set_u32() */
gsize belfry_state_reserve_u32 (BelfryStateWriter *self);
void belfry_state_set_u32 (BelfryStateWriter *self, gsize at, guint32 value);

/**
 * BelfryStateReader:
 *
 * Reads the same, and believes nothing: what is not there is zero or %NULL, and remembered. So a
 * row is read without a question between, and asked about once at its end. A value on the stack.
 */
typedef struct
{
  /*< private >*/
  const guint8 *bytes; /* (unowned) */
  gsize left;
  gboolean damaged;
} BelfryStateReader;

void belfry_state_reader_init (BelfryStateReader *self, const guint8 *bytes, gsize length);
guint8 belfry_state_get_u8 (BelfryStateReader *self);
guint32 belfry_state_get_u32 (BelfryStateReader *self);
guint64 belfry_state_get_u64 (BelfryStateReader *self);
gint64 belfry_state_get_i64 (BelfryStateReader *self);

/**
 * belfry_state_get_count:
 * @size: what each of them takes at the least
 *
 * Returns: a number of things that follow, which cannot be more than there is room for
 */
guint32 belfry_state_get_count (BelfryStateReader *self, gsize size);

/* Returns: (transfer none) (nullable): in what is read from */
const guint8 *belfry_state_get_bytes (BelfryStateReader *self, gsize *length);

/* Returns: (transfer none) (nullable): UTF-8, in what is read from */
const char *belfry_state_get_text (BelfryStateReader *self);

/* The like for what must be there. Returns: (transfer none): never %NULL */
const char *belfry_state_get_name (BelfryStateReader *self);

/* Something was read that cannot be: all that follows is zero. */
void belfry_state_reader_fail (BelfryStateReader *self);

/* Returns: whether all that was read was there, and could be */
gboolean belfry_state_reader_is_good (const BelfryStateReader *self);
gboolean belfry_state_reader_is_at_end (const BelfryStateReader *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-state"

#include "config.h"

#include "belfry-state.h"

#include <string.h>

/* What one image of the program writes for the next. Bytes are preceded by their length; a text is
 * bytes with its NUL, so that it can be used where it is, and one that is not there has no bytes.
 */

void
belfry_state_put_u8 (BelfryStateWriter *self, guint8 value)
{
  g_byte_array_append (self, &value, sizeof value);
}

void
belfry_state_put_u32 (BelfryStateWriter *self, guint32 value)
{
  const guint32 little = GUINT32_TO_LE (value);

  g_byte_array_append (self, (const guint8 *) &little, sizeof little);
}

void
belfry_state_put_u64 (BelfryStateWriter *self, guint64 value)
{
  const guint64 little = GUINT64_TO_LE (value);

  g_byte_array_append (self, (const guint8 *) &little, sizeof little);
}

void
belfry_state_put_i64 (BelfryStateWriter *self, gint64 value)
{
  belfry_state_put_u64 (self, (guint64) value);
}

void
belfry_state_put_bytes (BelfryStateWriter *self, gconstpointer bytes, gsize length)
{
  g_return_if_fail (length <= G_MAXUINT32);

  belfry_state_put_u32 (self, (guint32) length);
  if (length > 0)
    g_byte_array_append (self, bytes, (guint) length);
}

void
belfry_state_put_text (BelfryStateWriter *self, const char *text)
{
  belfry_state_put_bytes (self, text, text != NULL ? strlen (text) + 1 : 0);
}

void
belfry_state_append (BelfryStateWriter *self, const BelfryStateWriter *from)
{
  if (from->len > 0)
    g_byte_array_append (self, from->data, from->len);
}

gsize
belfry_state_reserve_u32 (BelfryStateWriter *self)
{
  gsize at = self->len;

  belfry_state_put_u32 (self, 0);
  return at;
}

void
belfry_state_set_u32 (BelfryStateWriter *self, gsize at, guint32 value)
{
  const guint32 little = GUINT32_TO_LE (value);

  g_return_if_fail (at + sizeof little <= self->len);

  memcpy (self->data + at, &little, sizeof little);
}

/* Returns: (nullable): the next @n bytes */
static const guint8 *
take (BelfryStateReader *self, gsize n)
{
  const guint8 *bytes = self->bytes;

  if (self->damaged || n > self->left)
    {
      belfry_state_reader_fail (self);
      return NULL;
    }
  self->bytes += n;
  self->left -= n;
  return bytes;
}

void
belfry_state_reader_init (BelfryStateReader *self, const guint8 *bytes, gsize length)
{
  *self = (BelfryStateReader){ bytes, length, FALSE };
}

guint8
belfry_state_get_u8 (BelfryStateReader *self)
{
  const guint8 *byte = take (self, 1);

  return byte != NULL ? *byte : 0;
}

guint32
belfry_state_get_u32 (BelfryStateReader *self)
{
  guint32 value = 0;
  const guint8 *bytes = take (self, sizeof value);

  if (bytes != NULL)
    memcpy (&value, bytes, sizeof value);
  return GUINT32_FROM_LE (value);
}

guint64
belfry_state_get_u64 (BelfryStateReader *self)
{
  guint64 value = 0;
  const guint8 *bytes = take (self, sizeof value);

  if (bytes != NULL)
    memcpy (&value, bytes, sizeof value);
  return GUINT64_FROM_LE (value);
}

gint64
belfry_state_get_i64 (BelfryStateReader *self)
{
  return (gint64) belfry_state_get_u64 (self);
}

guint32
belfry_state_get_count (BelfryStateReader *self, gsize size)
{
  guint32 n = belfry_state_get_u32 (self);

  if (n <= self->left / MAX (size, 1))
    return n;
  belfry_state_reader_fail (self);
  return 0;
}

const guint8 *
belfry_state_get_bytes (BelfryStateReader *self, gsize *length)
{
  *length = belfry_state_get_u32 (self);
  const guint8 *bytes = *length > 0 ? take (self, *length) : NULL;

  if (bytes == NULL)
    *length = 0;
  return bytes;
}

const char *
belfry_state_get_text (BelfryStateReader *self)
{
  gsize length;
  const char *text = (const char *) belfry_state_get_bytes (self, &length);

  if (text == NULL)
    return NULL;
  if (text[length - 1] == '\0' && g_utf8_validate (text, (gssize) length - 1, NULL))
    return text;
  belfry_state_reader_fail (self);
  return NULL;
}

const char *
belfry_state_get_name (BelfryStateReader *self)
{
  const char *text = belfry_state_get_text (self);

  if (text != NULL)
    return text;
  belfry_state_reader_fail (self);
  return "";
}

void
belfry_state_reader_fail (BelfryStateReader *self)
{
  self->damaged = TRUE;
  self->left = 0;
}

gboolean
belfry_state_reader_is_good (const BelfryStateReader *self)
{
  return !self->damaged;
}

gboolean
belfry_state_reader_is_at_end (const BelfryStateReader *self)
{
  return !self->damaged && self->left == 0;
}

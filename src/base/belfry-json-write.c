/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-json-write"

#include "config.h"

#include "belfry-json-write.h"

#include <math.h>
#include <string.h>

#include "belfry-json-text.h"

/* The one way by which JSON leaves the service. Used by the thread that owns the string; what a
 * string holds never breaks out of it, and what is written is UTF-8, whatever was given.
 */

#define REPLACEMENT "\xef\xbf\xbd"

/* "-" and the digits of 2^64. */
#define INTEGER_SIZE 24

/* As many digits as any decimal of that length keeps in a normal double, and as tell any two
 * doubles apart. */
#define DOUBLE_SURE_DIGITS 15
#define DOUBLE_ALL_DIGITS 17

/* Control characters that have an escape of two characters. */
static const char short_escapes[0x20] = {
  ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r',
};

static gboolean
in_object (const BelfryJsonWriter *self)
{
  return self->depth > 0 && (self->objects >> (self->depth - 1) & 1) != 0;
}

static gboolean
may_write_value (const BelfryJsonWriter *self)
{
  if (self->depth == 0)
    return !self->filled;
  return self->named || !in_object (self);
}

/* The comma before a value, if one is due; behind a name there is none. */
static void
begin_value (BelfryJsonWriter *self)
{
  if (self->filled && !self->named)
    g_string_append_c (self->out, ',');
  self->filled = TRUE;
  self->named = FALSE;
}

/* g_string_append_len() without the call when there is room: most appends are of a few bytes. */
static inline void
append (GString *out, const void *bytes, gsize length)
{
  if (G_UNLIKELY (length >= out->allocated_len - out->len))
    {
      g_string_append_len (out, bytes, (gssize) length);
      return;
    }
  memcpy (out->str + out->len, bytes, length);
  out->len += length;
  out->str[out->len] = '\0';
}

static void
append_value (BelfryJsonWriter *self, const char *text, gsize length)
{
  begin_value (self);
  append (self->out, text, length);
}

/* What stands for a byte that cannot stand for itself. */
static void
append_changed (GString *out, guint8 byte)
{
  static const char hex[] = "0123456789abcdef";
  char escape[6] = { '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 0xf] };

  if (byte >= 0x80)
    append (out, REPLACEMENT, strlen (REPLACEMENT));
  else if (byte < 0x20 && short_escapes[byte] == 0)
    append (out, escape, sizeof escape);
  else
    {
      escape[1] = byte < 0x20 ? short_escapes[byte] : (char) byte;
      append (out, escape, 2);
    }
}

/* Copies whole runs: what needs no change is only looked at. */
static void
append_quoted (GString *out, const guint8 *p, const guint8 *end)
{
  const guint8 *run = p;

  append (out, "\"", 1);
  p = belfry_json_plain_end (p, end);
  while (p < end)
    {
      int length = *p >= 0x80 ? belfry_json_utf8_length (p, end) : 0;

      if (length > 0)
        p += length;
      else
        {
          append (out, run, (gsize) (p - run));
          append_changed (out, *p);
          run = ++p;
        }
      p = belfry_json_next_plain_end (p, end);
    }
  append (out, run, (gsize) (end - run));
  append (out, "\"", 1);
}

static void
begin_level (BelfryJsonWriter *self, gboolean object)
{
  guint64 bit = G_GUINT64_CONSTANT (1) << self->depth;

  begin_value (self);
  self->objects = object ? self->objects | bit : self->objects & ~bit;
  self->depth++;
  self->filled = FALSE;
  g_string_append_c (self->out, object ? '{' : '[');
}

static void
end_level (BelfryJsonWriter *self, char bracket)
{
  self->depth--;
  self->filled = TRUE;
  g_string_append_c (self->out, bracket);
}

static void
append_integer (BelfryJsonWriter *self, guint64 magnitude, gboolean negative)
{
  char digits[INTEGER_SIZE];
  char *p = digits + sizeof digits;

  do
    {
      *--p = (char) ('0' + magnitude % 10);
      magnitude /= 10;
    }
  while (magnitude > 0);
  if (negative)
    *--p = '-';
  append_value (self, p, (gsize) (digits + sizeof digits - p));
}

static gboolean
reads_back (const char *text, double value)
{
  double again = g_ascii_strtod (text, NULL);

  return memcmp (&again, &value, sizeof value) == 0;
}

/* Below the normal range fifteen digits may be more than it takes. */
static int
fewest_digits (double value)
{
  return fpclassify (value) == FP_SUBNORMAL ? 1 : DOUBLE_SURE_DIGITS;
}

void
belfry_json_writer_init (BelfryJsonWriter *self, GString *out)
{
  *self = (BelfryJsonWriter){ .out = out };
}

gboolean
belfry_json_writer_is_complete (const BelfryJsonWriter *self)
{
  return self->depth == 0 && self->filled;
}

void
belfry_json_writer_begin_object (BelfryJsonWriter *self)
{
  g_return_if_fail (may_write_value (self) && self->depth < BELFRY_JSON_WRITER_MAX_DEPTH);

  begin_level (self, TRUE);
}

void
belfry_json_writer_end_object (BelfryJsonWriter *self)
{
  g_return_if_fail (in_object (self) && !self->named);

  end_level (self, '}');
}

void
belfry_json_writer_begin_array (BelfryJsonWriter *self)
{
  g_return_if_fail (may_write_value (self) && self->depth < BELFRY_JSON_WRITER_MAX_DEPTH);

  begin_level (self, FALSE);
}

void
belfry_json_writer_end_array (BelfryJsonWriter *self)
{
  g_return_if_fail (self->depth > 0 && !in_object (self));

  end_level (self, ']');
}

void
belfry_json_writer_name (BelfryJsonWriter *self, const char *name)
{
  g_return_if_fail (in_object (self) && !self->named);
  g_return_if_fail (name != NULL);

  begin_value (self);
  append_quoted (self->out, (const guint8 *) name, (const guint8 *) name + strlen (name));
  g_string_append_c (self->out, ':');
  self->named = TRUE;
}

void
belfry_json_writer_string (BelfryJsonWriter *self, const char *text)
{
  if (text == NULL)
    belfry_json_writer_null (self);
  else
    belfry_json_writer_string_len (self, text, strlen (text));
}

void
belfry_json_writer_string_len (BelfryJsonWriter *self, const char *text, gsize length)
{
  const guint8 *bytes = (const guint8 *) (length > 0 ? text : "");

  g_return_if_fail (may_write_value (self));
  g_return_if_fail (bytes != NULL);

  begin_value (self);
  append_quoted (self->out, bytes, bytes + length);
}

void
belfry_json_writer_int64 (BelfryJsonWriter *self, gint64 value)
{
  g_return_if_fail (may_write_value (self));

  append_integer (self, value < 0 ? -(guint64) value : (guint64) value, value < 0);
}

void
belfry_json_writer_uint64 (BelfryJsonWriter *self, guint64 value)
{
  g_return_if_fail (may_write_value (self));

  append_integer (self, value, FALSE);
}

void
belfry_json_writer_double (BelfryJsonWriter *self, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_return_if_fail (may_write_value (self));

  if (!isfinite (value))
    {
      belfry_json_writer_null (self);
      return;
    }
  for (int digits = fewest_digits (value); digits <= DOUBLE_ALL_DIGITS; digits++)
    {
      char format[] = "%.00g";

      format[2] = (char) ('0' + digits / 10);
      format[3] = (char) ('0' + digits % 10);
      g_ascii_formatd (text, sizeof text, format, value);
      if (reads_back (text, value))
        break;
    }
  append_value (self, text, strlen (text));
}

void
belfry_json_writer_boolean (BelfryJsonWriter *self, gboolean value)
{
  g_return_if_fail (may_write_value (self));

  if (value)
    append_value (self, "true", 4);
  else
    append_value (self, "false", 5);
}

void
belfry_json_writer_null (BelfryJsonWriter *self)
{
  g_return_if_fail (may_write_value (self));

  append_value (self, "null", 4);
}

void
belfry_json_writer_raw (BelfryJsonWriter *self, const char *json, gsize length)
{
  g_return_if_fail (may_write_value (self));
  g_return_if_fail (json != NULL && length > 0);

  append_value (self, json, length);
}

void
belfry_json_writer_base64 (BelfryJsonWriter *self, const void *bytes, gsize length)
{
  int state = 0;
  int save = 0;

  g_return_if_fail (may_write_value (self));
  g_return_if_fail (length == 0 || bytes != NULL);
  g_return_if_fail (length < G_MAXSIZE / 4);

  begin_value (self);
  g_string_append_c (self->out, '"');
  gsize start = self->out->len;
  /* What GLib asks for: four for each begun three, and what the closing call may add. */
  g_string_set_size (self->out, start + (length / 3 + 1) * 4 + 4);
  char *p = self->out->str + start;
  if (length > 0)
    p += g_base64_encode_step (bytes, length, FALSE, p, &state, &save);
  p += g_base64_encode_close (FALSE, p, &state, &save);
  g_string_truncate (self->out, (gsize) (p - self->out->str));
  g_string_append_c (self->out, '"');
}

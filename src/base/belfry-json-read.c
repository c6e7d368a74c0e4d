/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-json-read"

#include "config.h"

#include "belfry-json-read.h"

#include <string.h>

#include "belfry-json-text.h"

/* Finds and decodes parts of a JSON text without a tree. That the text is well-formed is taken from
 * the scanner; that every step stays within it is checked here once more. Pure functions: any
 * thread, no state.
 */

/* What the byte behind a backslash stands for; "\u" is apart. */
static const guint8 escaped_bytes[256] = {
  ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
  ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

/* @p is at the opening quote; returns what follows the closing one. */
static const guint8 *
skip_string (const guint8 *p, const guint8 *end)
{
  p = belfry_json_plain_end (p + 1, end);
  while (p < end && *p != '"')
    {
      if (*p == '\\')
        p += MIN (2, end - p);
      else
        p++;
      while (p < end && *p >= 0x80)
        p++;
      p = belfry_json_next_plain_end (p, end);
    }
  return p + (p < end);
}

/* @p is at the opening bracket. That every bracket has its like was the scanner's business. */
static const guint8 *
skip_level (const guint8 *p, const guint8 *end)
{
  gsize depth = 0;

  while (p < end)
    {
      guint8 byte = *p;

      if (byte == '"')
        {
          p = skip_string (p, end);
          continue;
        }
      p++;
      if (byte == '{' || byte == '[')
        depth++;
      else if ((byte == '}' || byte == ']') && --depth == 0)
        break;
    }
  return p;
}

static const guint8 *
skip_scalar (const guint8 *p, const guint8 *end)
{
  while (p < end && *p != ',' && *p != '}' && *p != ']' && !belfry_json_is_space (*p))
    p++;
  return p;
}

static const guint8 *
skip_value (const guint8 *p, const guint8 *end, BelfryJsonKind kind)
{
  switch (kind)
    {
    case BELFRY_JSON_OBJECT:
    case BELFRY_JSON_ARRAY:
      return skip_level (p, end);
    case BELFRY_JSON_STRING:
      return skip_string (p, end);
    case BELFRY_JSON_NUMBER:
    case BELFRY_JSON_TRUE:
    case BELFRY_JSON_FALSE:
    case BELFRY_JSON_NULL:
      return skip_scalar (p, end);
    case BELFRY_JSON_NONE:
    default:
      return NULL;
    }
}

static gboolean
read_code_unit (const guint8 *p, const guint8 *end, gunichar *unit)
{
  int value = end - p < 6 || p[0] != '\\' || p[1] != 'u' ? -1 : belfry_json_code_unit (p + 2);

  *unit = (gunichar) value;
  return value >= 0;
}

/* Reads the escape at @p as UTF-8 into @bytes, which has room for four. Returns what follows it, or
 * NULL if it is none. */
static const guint8 *
decode_escape (const guint8 *p, const guint8 *end, char *bytes, gsize *n_bytes)
{
  gunichar unit;
  gunichar low;

  *n_bytes = 1;
  if (end - p >= 2 && escaped_bytes[p[1]] != 0)
    {
      bytes[0] = (char) escaped_bytes[p[1]];
      return p + 2;
    }
  if (!read_code_unit (p, end, &unit))
    return NULL;
  p += 6;
  if (unit >= 0xd800 && unit <= 0xdfff)
    {
      if (unit > 0xdbff || !read_code_unit (p, end, &low) || low < 0xdc00 || low > 0xdfff)
        return NULL;
      p += 6;
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
  *n_bytes = (gsize) g_unichar_to_utf8 (unit, bytes);
  return p;
}

/* Takes the quotes off. */
static gboolean
string_content (const char *text,
                BelfryJsonSlice string,
                const guint8 **content,
                const guint8 **content_end)
{
  const guint8 *p = (const guint8 *) text + string.offset;

  if (string.length < 2 || p[0] != '"' || p[string.length - 1] != '"')
    return FALSE;
  *content = p + 1;
  *content_end = p + string.length - 1;
  return TRUE;
}

static gboolean
equal_escaped (const guint8 *p, const guint8 *end, const char *literal, gsize left)
{
  while (p < end)
    {
      char bytes[6] = { (char) *p };
      gsize n_bytes = 1;

      p = *p == '\\' ? decode_escape (p, end, bytes, &n_bytes) : p + 1;
      if (p == NULL || n_bytes > left || memcmp (bytes, literal, n_bytes) != 0)
        return FALSE;
      literal += n_bytes;
      left -= n_bytes;
    }
  return left == 0;
}

static gboolean
append_decoded (const guint8 *p, const guint8 *end, gsize max, GString *out)
{
  gsize start = out->len;

  while (p < end)
    {
      const guint8 *backslash = memchr (p, '\\', (gsize) (end - p));
      const guint8 *run_end = backslash != NULL ? backslash : end;
      char bytes[6];
      gsize n_bytes = 0;

      if ((gsize) (run_end - p) > max - (out->len - start))
        return FALSE;
      g_string_append_len (out, (const char *) p, run_end - p);
      p = run_end;
      if (backslash != NULL)
        p = decode_escape (backslash, end, bytes, &n_bytes);
      if (p == NULL || n_bytes > max - (out->len - start))
        return FALSE;
      g_string_append_len (out, bytes, (gssize) n_bytes);
    }
  return TRUE;
}

static gboolean
is_base64 (const char *letters, gsize length)
{
  gsize padding = 0;

  if (length % 4 != 0)
    return FALSE;
  while (padding < MIN (2, length) && letters[length - padding - 1] == '=')
    padding++;
  for (gsize i = 0; i < length - padding; i++)
    {
      if (!g_ascii_isalnum (letters[i]) && letters[i] != '+' && letters[i] != '/')
        return FALSE;
    }
  return TRUE;
}

void
belfry_json_iter_init (BelfryJsonIter *self, const char *text, BelfryJsonSlice value)
{
  gsize end = value.offset + value.length;
  gsize p = value.offset;

  while (p < end && belfry_json_is_space ((guint8) text[p]))
    p++;
  *self = (BelfryJsonIter){ .text = text, .end = end, .position = end };
  if (p < end && (text[p] == '{' || text[p] == '['))
    {
      self->is_object = text[p] == '{';
      self->position = p + 1;
    }
}

gboolean
belfry_json_iter_next (BelfryJsonIter *self, BelfryJsonMember *member)
{
  const guint8 *text = (const guint8 *) self->text;
  const guint8 *end = text + self->end;
  const guint8 *p = belfry_json_skip_space (text + self->position, end);

  *member = (BelfryJsonMember){ .kind = BELFRY_JSON_NONE };
  self->position = self->end;
  if (p < end && *p == ',')
    p = belfry_json_skip_space (p + 1, end);
  if (self->is_object)
    {
      if (p == end || *p != '"')
        return FALSE;
      const guint8 *name_end = skip_string (p, end);
      member->name = (BelfryJsonSlice){ (gsize) (p - text), (gsize) (name_end - p) };
      p = belfry_json_skip_space (name_end, end);
      if (p == end || *p != ':')
        return FALSE;
      p = belfry_json_skip_space (p + 1, end);
    }
  if (p == end)
    return FALSE;
  member->kind = (BelfryJsonKind) belfry_json_kinds[*p];
  const guint8 *value_end = skip_value (p, end, member->kind);
  if (value_end == NULL)
    return FALSE;
  member->value = (BelfryJsonSlice){ (gsize) (p - text), (gsize) (value_end - p) };
  self->position = (gsize) (value_end - text);
  return TRUE;
}

gboolean
belfry_json_equal (const char *text, BelfryJsonSlice string, const char *literal)
{
  const guint8 *p;
  const guint8 *end;
  gsize length = strlen (literal);

  if (!string_content (text, string, &p, &end) || (gsize) (end - p) < length)
    return FALSE;
  if (memchr (p, '\\', (gsize) (end - p)) == NULL)
    return (gsize) (end - p) == length && memcmp (p, literal, length) == 0;
  return equal_escaped (p, end, literal, length);
}

gboolean
belfry_json_append_string (const char *text, BelfryJsonSlice string, gsize max, GString *out)
{
  const guint8 *p;
  const guint8 *end;
  gsize start = out->len;

  if (!string_content (text, string, &p, &end))
    return FALSE;
  if (append_decoded (p, end, max, out))
    return TRUE;
  g_string_truncate (out, start);
  return FALSE;
}

char *
belfry_json_dup_string (const char *text, BelfryJsonSlice string, gsize max)
{
  g_autoptr (GString) out = g_string_sized_new (MIN (string.length, max));

  if (!belfry_json_append_string (text, string, max, out) ||
      memchr (out->str, '\0', out->len) != NULL)
    return NULL;
  return g_string_free (g_steal_pointer (&out), FALSE);
}

GBytes *
belfry_json_text_bytes (const char *text, BelfryJsonSlice string)
{
  g_autoptr (GString) out = g_string_sized_new (string.length);

  if (!belfry_json_append_string (text, string, string.length, out))
    return NULL;
  return g_string_free_to_bytes (g_steal_pointer (&out));
}

GBytes *
belfry_json_base64_bytes (const char *text, BelfryJsonSlice string)
{
  g_autoptr (GString) out = g_string_sized_new (string.length);

  if (!belfry_json_append_string (text, string, string.length, out) ||
      !is_base64 (out->str, out->len))
    return NULL;
  if (out->len > 0)
    g_base64_decode_inplace (out->str, &out->len);
  return g_string_free_to_bytes (g_steal_pointer (&out));
}

gboolean
belfry_json_get_int64 (const char *text, BelfryJsonSlice number, gint64 *value)
{
  const char *p = text + number.offset;
  const char *end = p + number.length;
  gboolean negative = number.length > 0 && *p == '-';
  gint64 sum = 0;

  p += negative;
  if (p == end)
    return FALSE;
  /* Counted below zero, where there is room for the smallest number, too. */
  for (; p < end; p++)
    {
      if (!g_ascii_isdigit (*p) || __builtin_mul_overflow (sum, 10, &sum) ||
          __builtin_sub_overflow (sum, *p - '0', &sum))
        return FALSE;
    }
  if (!negative && __builtin_sub_overflow (0, sum, &sum))
    return FALSE;
  *value = sum;
  return TRUE;
}

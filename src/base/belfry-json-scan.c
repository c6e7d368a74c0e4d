/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-json-scan"

#include "config.h"

#include "belfry-json-scan.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-json-text.h"

/* The gate that all JSON from outside passes. One walk over the bytes: the functions take where to
 * begin and return where they ended, or NULL once a fault is noted. What is open is one bit a
 * level. Pure functions: any thread, no state.
 */
typedef struct
{
  const guint8 *end;      /* (unowned) */
  const guint8 *fault_at; /* (unowned) (nullable) */
  BelfryJsonFault fault;
  guint depth;
  guint max_depth;
  guint deepest;
  gboolean in_object;
  guint64 objects[BELFRY_JSON_DEPTH_CEILING / 64]; /* which of the open levels are objects */
} Scan;

const guint8 belfry_json_kinds[256] = {
  ['{'] = BELFRY_JSON_OBJECT, ['['] = BELFRY_JSON_ARRAY,  ['"'] = BELFRY_JSON_STRING,
  ['-'] = BELFRY_JSON_NUMBER, ['0'] = BELFRY_JSON_NUMBER, ['1'] = BELFRY_JSON_NUMBER,
  ['2'] = BELFRY_JSON_NUMBER, ['3'] = BELFRY_JSON_NUMBER, ['4'] = BELFRY_JSON_NUMBER,
  ['5'] = BELFRY_JSON_NUMBER, ['6'] = BELFRY_JSON_NUMBER, ['7'] = BELFRY_JSON_NUMBER,
  ['8'] = BELFRY_JSON_NUMBER, ['9'] = BELFRY_JSON_NUMBER, ['t'] = BELFRY_JSON_TRUE,
  ['f'] = BELFRY_JSON_FALSE,  ['n'] = BELFRY_JSON_NULL,
};

const guint8 belfry_json_plain_bytes[256] = {
  [' '] = 1,
  ['!'] = 1,
  ['#' ... '['] = 1,
  [']' ... 0x7f] = 1,
};

const guint8 belfry_json_hex_digits[256] = {
  ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
  ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* How many bytes an escape has from its backslash on; 0: there is no such escape. */
static const guint8 escape_lengths[256] = {
  ['"'] = 2, ['\\'] = 2, ['/'] = 2, ['b'] = 2, ['f'] = 2,
  ['n'] = 2, ['r'] = 2,  ['t'] = 2, ['u'] = 6,
};

static const char *const fault_texts[] = {
  [BELFRY_JSON_FAULT_NONE] = "nothing is wrong",
  [BELFRY_JSON_FAULT_TOO_LONG] = "the text is too long",
  [BELFRY_JSON_FAULT_TOO_DEEP] = "it is nested too deep",
  [BELFRY_JSON_FAULT_EMPTY] = "the text is empty",
  [BELFRY_JSON_FAULT_TRUNCATED] = "the text ends too early",
  [BELFRY_JSON_FAULT_VALUE] = "a value was expected",
  [BELFRY_JSON_FAULT_LITERAL] = "true, false or null was expected",
  [BELFRY_JSON_FAULT_NUMBER] = "the number is malformed",
  [BELFRY_JSON_FAULT_NAME] = "a member name in quotes was expected",
  [BELFRY_JSON_FAULT_COLON] = "a colon was expected",
  [BELFRY_JSON_FAULT_COMMA] = "a comma or a closing bracket was expected",
  [BELFRY_JSON_FAULT_CONTROL] = "a control character in a string must be escaped",
  [BELFRY_JSON_FAULT_ESCAPE] = "there is no such escape",
  [BELFRY_JSON_FAULT_SURROGATE] = "half a surrogate pair is no character",
  [BELFRY_JSON_FAULT_UTF8] = "the string is not UTF-8",
  [BELFRY_JSON_FAULT_TRAILING] = "something follows the value",
};
G_STATIC_ASSERT (G_N_ELEMENTS (fault_texts) == BELFRY_JSON_N_FAULTS);

static const BelfryJsonLimits default_limits = {
  .max_length = BELFRY_JSON_DEFAULT_LENGTH,
  .max_depth = BELFRY_JSON_DEFAULT_DEPTH,
};

/* Notes the fault, or that the text was cut if @at is its end. */
static const guint8 *
fail (Scan *self, const guint8 *at, BelfryJsonFault fault)
{
  self->fault = at == self->end ? BELFRY_JSON_FAULT_TRUNCATED : fault;
  self->fault_at = at;
  return NULL;
}

static const guint8 *
scan_utf8 (Scan *self, const guint8 *p)
{
  while (p < self->end && *p >= 0x80)
    {
      int length = belfry_json_utf8_length (p, self->end);

      if (G_UNLIKELY (length <= 0))
        return fail (self, length == BELFRY_JSON_UTF8_CUT ? self->end : p, BELFRY_JSON_FAULT_UTF8);
      p += length;
    }
  return p;
}

/* Where the digits behind "\u" end too early. */
static const guint8 *
fail_in_digits (Scan *self, const guint8 *digits)
{
  while (digits < self->end && g_ascii_isxdigit (*digits))
    digits++;
  return fail (self, digits, BELFRY_JSON_FAULT_ESCAPE);
}

/* Reads the digits behind "\u"; @p is at the backslash. */
static inline const guint8 *
scan_code_unit (Scan *self, const guint8 *p, int *unit)
{
  *unit = self->end - p < 6 ? -1 : belfry_json_code_unit (p + 2);
  return G_LIKELY (*unit >= 0) ? p + 6 : fail_in_digits (self, p + 2);
}

/* The second half of a pair, whose first half began at @first. */
static const guint8 *
scan_low_surrogate (Scan *self, const guint8 *first, const guint8 *p)
{
  int unit;

  if (self->end - p < 2 || p[0] != '\\' || p[1] != 'u')
    {
      gboolean cut = p == self->end || (*p == '\\' && p + 1 == self->end);

      return fail (self, cut ? self->end : first, BELFRY_JSON_FAULT_SURROGATE);
    }
  p = scan_code_unit (self, p, &unit);
  if (p != NULL && (unit < 0xdc00 || unit > 0xdfff))
    return fail (self, first, BELFRY_JSON_FAULT_SURROGATE);
  return p;
}

static const guint8 *
scan_escape (Scan *self, const guint8 *p)
{
  const guint8 *backslash = p;
  int unit;

  if (self->end - p < 2)
    return fail (self, self->end, BELFRY_JSON_FAULT_TRUNCATED);
  guint8 length = escape_lengths[p[1]];
  if (length == 0)
    return fail (self, p + 1, BELFRY_JSON_FAULT_ESCAPE);
  if (length == 2)
    return p + 2;

  p = scan_code_unit (self, p, &unit);
  if (p == NULL || unit < 0xd800 || unit > 0xdfff)
    return p;
  if (unit > 0xdbff)
    return fail (self, backslash, BELFRY_JSON_FAULT_SURROGATE);
  return scan_low_surrogate (self, backslash, p);
}

/* @p is behind the opening quote. Escapes come in swarms; other scripts have runs of ASCII between.
 */
static const guint8 *
scan_string (Scan *self, const guint8 *p)
{
  p = belfry_json_plain_end (p, self->end);
  while (p < self->end && *p != '"')
    {
      gboolean escape = *p == '\\';

      if (*p < 0x20)
        return fail (self, p, BELFRY_JSON_FAULT_CONTROL);
      p = escape ? scan_escape (self, p) : scan_utf8 (self, p);
      if (p == NULL)
        return NULL;
      p = escape ? belfry_json_next_plain_end (p, self->end) : belfry_json_plain_end (p, self->end);
    }
  return p < self->end ? p + 1 : fail (self, p, BELFRY_JSON_FAULT_TRUNCATED);
}

static const guint8 *
scan_digits (Scan *self, const guint8 *p)
{
  if (p == self->end || !g_ascii_isdigit (*p))
    return fail (self, p, BELFRY_JSON_FAULT_NUMBER);
  while (p < self->end && *p >= '0' && *p <= '9')
    p++;
  return p;
}

static const guint8 *
scan_exponent (Scan *self, const guint8 *p)
{
  p++;
  if (p < self->end && (*p == '+' || *p == '-'))
    p++;
  return scan_digits (self, p);
}

static const guint8 *
scan_number (Scan *self, const guint8 *p)
{
  if (*p == '-')
    p++;
  const guint8 *first = p;
  p = scan_digits (self, p);
  if (p != NULL && *first == '0' && p - first > 1)
    return fail (self, first, BELFRY_JSON_FAULT_NUMBER);
  if (p != NULL && p < self->end && *p == '.')
    p = scan_digits (self, p + 1);
  if (p != NULL && p < self->end && (*p == 'e' || *p == 'E'))
    p = scan_exponent (self, p);
  return p;
}

static const guint8 *
scan_literal (Scan *self, const guint8 *p, const char *literal)
{
  for (; *literal != '\0'; literal++, p++)
    {
      if (p == self->end || *p != (guint8) *literal)
        return fail (self, p, BELFRY_JSON_FAULT_LITERAL);
    }
  return p;
}

/* Name, colon, and the space on the way to the value. */
static const guint8 *
scan_name (Scan *self, const guint8 *p)
{
  if (p == self->end || *p != '"')
    return fail (self, p, BELFRY_JSON_FAULT_NAME);
  p = scan_string (self, p + 1);
  if (p == NULL)
    return NULL;
  p = belfry_json_skip_space (p, self->end);
  if (p == self->end || *p != ':')
    return fail (self, p, BELFRY_JSON_FAULT_COLON);
  return belfry_json_skip_space (p + 1, self->end);
}

static void
set_object_bit (Scan *self, guint level, gboolean object)
{
  guint64 bit = G_GUINT64_CONSTANT (1) << level % 64;

  self->objects[level / 64] =
      object ? self->objects[level / 64] | bit : self->objects[level / 64] & ~bit;
}

static const guint8 *
open_level (Scan *self, const guint8 *p, gboolean object)
{
  if (self->depth >= self->max_depth)
    return fail (self, p, BELFRY_JSON_FAULT_TOO_DEEP);
  set_object_bit (self, self->depth, object);
  self->in_object = object;
  self->depth++;
  self->deepest = MAX (self->deepest, self->depth);
  return belfry_json_skip_space (p + 1, self->end);
}

static void
close_level (Scan *self)
{
  self->depth--;
  if (self->depth > 0)
    self->in_object = self->objects[(self->depth - 1) / 64] >> (self->depth - 1) % 64 & 1;
}

static guint8
closing_bracket (const Scan *self)
{
  return self->in_object ? '}' : ']';
}

/* Opens levels down to the first scalar, and reads that. In an empty level it stops at the closing
 * bracket, which scan_after_value() takes. */
static const guint8 *
scan_value (Scan *self, const guint8 *p)
{
  while (p != NULL)
    {
      BelfryJsonKind kind =
          p < self->end ? (BelfryJsonKind) belfry_json_kinds[*p] : BELFRY_JSON_NONE;

      switch (kind)
        {
        case BELFRY_JSON_OBJECT:
        case BELFRY_JSON_ARRAY:
          p = open_level (self, p, kind == BELFRY_JSON_OBJECT);
          if (p != NULL && p < self->end && *p == closing_bracket (self))
            return p;
          if (p != NULL && kind == BELFRY_JSON_OBJECT)
            p = scan_name (self, p);
          break;
        case BELFRY_JSON_STRING:
          return scan_string (self, p + 1);
        case BELFRY_JSON_NUMBER:
          return scan_number (self, p);
        case BELFRY_JSON_TRUE:
          return scan_literal (self, p, "true");
        case BELFRY_JSON_FALSE:
          return scan_literal (self, p, "false");
        case BELFRY_JSON_NULL:
          return scan_literal (self, p, "null");
        case BELFRY_JSON_NONE:
        default:
          return fail (self, p, BELFRY_JSON_FAULT_VALUE);
        }
    }
  return NULL;
}

/* Closes levels up to the next value, or to the end of the text. */
static const guint8 *
scan_after_value (Scan *self, const guint8 *p)
{
  while (TRUE)
    {
      p = belfry_json_skip_space (p, self->end);
      if (self->depth == 0)
        return p;
      if (p < self->end && *p == ',')
        {
          p = belfry_json_skip_space (p + 1, self->end);
          return self->in_object ? scan_name (self, p) : p;
        }
      if (p == self->end || *p != closing_bracket (self))
        return fail (self, p, BELFRY_JSON_FAULT_COMMA);
      close_level (self);
      p++;
    }
}

static void
scan_text (Scan *self, const guint8 *p)
{
  do
    {
      p = scan_value (self, p);
      if (p != NULL)
        p = scan_after_value (self, p);
    }
  while (p != NULL && self->depth > 0);
  if (p != NULL && p != self->end)
    fail (self, p, BELFRY_JSON_FAULT_TRAILING);
}

gboolean
belfry_json_scan (const char *text,
                  gsize length,
                  const BelfryJsonLimits *limits,
                  BelfryJsonScan *scan)
{
  const guint8 *start = (const guint8 *) text;

  if (limits == NULL)
    limits = &default_limits;
  *scan = (BelfryJsonScan){ .fault = BELFRY_JSON_FAULT_EMPTY, .offset = length };
  if (length > limits->max_length)
    {
      scan->fault = BELFRY_JSON_FAULT_TOO_LONG;
      scan->offset = limits->max_length;
      return FALSE;
    }
  if (length == 0)
    return FALSE;

  Scan state = { .end = start + length,
                 .max_depth = MIN (limits->max_depth, BELFRY_JSON_DEPTH_CEILING) };
  const guint8 *value = belfry_json_skip_space (start, state.end);
  if (value == state.end)
    return FALSE;
  scan_text (&state, value);
  scan->fault = state.fault;
  if (state.fault != BELFRY_JSON_FAULT_NONE)
    {
      scan->offset = (gsize) (state.fault_at - start);
      return FALSE;
    }
  scan->kind = (BelfryJsonKind) belfry_json_kinds[*value];
  scan->depth = state.deepest;
  return TRUE;
}

const char *
belfry_json_fault_text (BelfryJsonFault fault)
{
  return fault_texts[MIN ((guint) fault, BELFRY_JSON_FAULT_TRAILING)];
}

void
belfry_json_set_error (GError **error, const BelfryJsonScan *scan)
{
  gboolean size =
      scan->fault == BELFRY_JSON_FAULT_TOO_LONG || scan->fault == BELFRY_JSON_FAULT_TOO_DEEP;

  g_set_error (error, BELFRY_ERROR, size ? BELFRY_ERROR_TOO_LARGE : BELFRY_ERROR_BAD_REQUEST,
               "not JSON: %s (byte %" G_GSIZE_FORMAT ")", belfry_json_fault_text (scan->fault),
               scan->offset);
}

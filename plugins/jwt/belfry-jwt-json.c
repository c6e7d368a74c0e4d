/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-json.h"

#include <errno.h>
#include <string.h>

/* The gate before jansson: whether a text is an object as of RFC 8259. One walk over the bytes;
 * what is open is a bit a level. The NUL behind the text ends every walk. Pure functions: any
 * thread. */
typedef struct
{
  const char *p;   /* (unowned) */
  guint32 objects; /* which of the open levels are objects */
  guint depth;
  guint members; /* of the outermost object */
} Scan;
G_STATIC_ASSERT (BELFRY_JWT_MAX_DEPTH < 32);

/* UTF-16, as JSON escapes it. */
#define UNIT_DIGITS 4
#define SURROGATE_MASK 0xfc00U
#define HIGH_SURROGATE 0xd800U
#define LOW_SURROGATE 0xdc00U

typedef enum
{
  WANT_VALUE,
  WANT_NAME,
  WANT_END, /* of the value's level, or a comma */
} Want;

static void
skip_space (Scan *self)
{
  self->p += strspn (self->p, " \t\r\n");
}

static gboolean
in_object (const Scan *self)
{
  return self->objects >> self->depth & 1;
}

/* Four digits behind `\u`; a value that no code unit has if there are others. */
static guint
scan_unit (Scan *self)
{
  guint unit = 0;

  for (guint i = 0; i < UNIT_DIGITS; i++, self->p++)
    {
      if (!g_ascii_isxdigit (*self->p))
        return G_MAXUINT;
      unit = unit << 4 | (guint) g_ascii_xdigit_value (*self->p);
    }
  return unit;
}

/* A NUL would end the text that C makes of it, and with it a user's name; half a pair is no
 * character. */
static gboolean
scan_character (Scan *self)
{
  guint unit = scan_unit (self);

  if (unit == 0 || unit > G_MAXUINT16 || (unit & SURROGATE_MASK) == LOW_SURROGATE)
    return FALSE;
  if ((unit & SURROGATE_MASK) != HIGH_SURROGATE)
    return TRUE;
  if (self->p[0] != '\\' || self->p[1] != 'u')
    return FALSE;
  self->p += 2;
  unit = scan_unit (self);
  return unit <= G_MAXUINT16 && (unit & SURROGATE_MASK) == LOW_SURROGATE;
}

/* @self is at the letter behind the backslash. */
static gboolean
scan_escape (Scan *self)
{
  if (*self->p != 'u')
    return *self->p != '\0' && strchr ("\"\\/bfnrt", *self->p++) != NULL;
  self->p++;
  return scan_character (self);
}

static gboolean
scan_string (Scan *self)
{
  if (*self->p++ != '"')
    return FALSE;
  while (*self->p != '"')
    {
      char byte = *self->p++;

      if ((guint8) byte < ' ' || (byte == '\\' && !scan_escape (self)))
        return FALSE;
    }
  self->p++;
  return TRUE;
}

static gboolean
scan_digits (Scan *self)
{
  const char *start = self->p;

  while (g_ascii_isdigit (*self->p))
    self->p++;
  return self->p > start;
}

/* json-glib makes -1 of a whole number that is too large, and so the same of all of them: two
 * tenants would have one name. */
static gboolean
is_small (const char *number)
{
  errno = 0;
  g_ascii_strtoll (number, NULL, 10);
  return errno != ERANGE;
}

static gboolean
scan_number (Scan *self)
{
  const char *start = self->p;

  self->p += *self->p == '-';
  if (*self->p == '0')
    self->p++;
  else if (!scan_digits (self))
    return FALSE;
  if (*self->p == '.')
    {
      self->p++;
      if (!scan_digits (self))
        return FALSE;
    }
  if (*self->p != 'e' && *self->p != 'E')
    return memchr (start, '.', (gsize) (self->p - start)) != NULL || is_small (start);
  self->p++;
  self->p += *self->p == '+' || *self->p == '-';
  return scan_digits (self);
}

static gboolean
scan_literal (Scan *self, const char *literal)
{
  gsize length = strlen (literal);

  if (strncmp (self->p, literal, length) != 0)
    return FALSE;
  self->p += length;
  return TRUE;
}

static gboolean
scan_scalar (Scan *self)
{
  switch (*self->p)
    {
    case '"':
      return scan_string (self);
    case 't':
      return scan_literal (self, "true");
    case 'f':
      return scan_literal (self, "false");
    case 'n':
      return scan_literal (self, "null");
    default:
      return scan_number (self);
    }
}

/* An empty level is left at its closing bracket. */
static gboolean
open_level (Scan *self, Want *want)
{
  gboolean is_object = *self->p == '{';

  if (self->depth == BELFRY_JWT_MAX_DEPTH)
    return FALSE;
  self->depth++;
  self->objects &= ~((guint32) 1 << self->depth);
  self->objects |= (guint32) is_object << self->depth;
  self->p++;
  skip_space (self);
  *want = is_object ? WANT_NAME : WANT_VALUE;
  if (*self->p == (is_object ? '}' : ']'))
    *want = WANT_END;
  return TRUE;
}

static gboolean
scan_name (Scan *self)
{
  self->members += self->depth == 1;
  if (!scan_string (self))
    return FALSE;
  skip_space (self);
  return *self->p++ == ':';
}

static gboolean
scan_end (Scan *self, Want *want)
{
  char byte = *self->p++;

  if (byte == ',')
    {
      *want = in_object (self) ? WANT_NAME : WANT_VALUE;
      return TRUE;
    }
  if (byte != (in_object (self) ? '}' : ']'))
    return FALSE;
  self->depth--;
  return TRUE;
}

static gboolean
scan_next (Scan *self, Want *want)
{
  skip_space (self);
  switch (*want)
    {
    case WANT_VALUE:
      if (*self->p == '{' || *self->p == '[')
        return open_level (self, want);
      *want = WANT_END;
      return scan_scalar (self);
    case WANT_NAME:
      *want = WANT_VALUE;
      return scan_name (self);
    case WANT_END:
    default:
      return scan_end (self, want);
    }
}

static gboolean
is_object (const char *text, gsize length, guint *members)
{
  Scan scan = { .p = text };
  Want want = WANT_VALUE;

  skip_space (&scan);
  if (*scan.p != '{')
    return FALSE;
  do
    {
      if (!scan_next (&scan, &want))
        return FALSE;
    }
  while (scan.depth > 0);
  skip_space (&scan);
  *members = scan.members;
  return scan.p == text + length && g_utf8_validate_len (text, length, NULL);
}

json_t *
belfry_jwt_json_object_read (const char *text, gsize length, BelfryJwtFault *fault)
{
  guint members;

  *fault = BELFRY_JWT_FAULT_JSON;
  if (!is_object (text, length, &members))
    return NULL;
  g_autoptr (json_t) root = json_loadb (text, length, 0, NULL);
  if (!json_is_object (root))
    return NULL;
  *fault = BELFRY_JWT_FAULT_DUPLICATE;
  if (json_object_size (root) != members)
    return NULL;
  *fault = BELFRY_JWT_FAULT_NONE;
  return g_steal_pointer (&root);
}

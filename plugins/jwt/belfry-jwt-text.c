/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-text.h"

#include <string.h>

/* Bytes from outside become text here. Pure functions: any thread. */

/* One more than what a character is worth; 0 for other bytes. */
static const guint8 digits[256] = {
  ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
  ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
  ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
  ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
  ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
  ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
  ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
  ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};

static guint
take (guint32 *bits, const char **text, gsize n)
{
  guint bad = 0;

  *bits = 0;
  for (gsize i = 0; i < n; i++)
    {
      guint digit = digits[(guint8) * (*text)++];

      bad |= digit == 0;
      *bits = *bits << 6 | (digit - 1);
    }
  return bad;
}

char *
belfry_jwt_base64url_decode (const char *text, gsize length, gsize *decoded_length)
{
  gsize rest = length % 4;
  gsize whole = length - rest;
  g_autofree char *decoded = g_malloc (length / 4 * 3 + 3);
  char *out = decoded;
  guint32 bits;
  guint bad = 0;

  if (rest == 1)
    return NULL;
  for (gsize i = 0; i < whole; i += 4)
    {
      bad |= take (&bits, &text, 4);
      *out++ = (char) (bits >> 16);
      *out++ = (char) (bits >> 8);
      *out++ = (char) bits;
    }
  bad |= take (&bits, &text, rest);
  if (rest == 3)
    *out++ = (char) (bits >> 10);
  if (rest >= 2)
    {
      guint spare = rest == 3 ? 2 : 4;

      *out++ = (char) (bits >> spare);
      bad |= bits & ((1u << spare) - 1);
    }
  *out = '\0';
  *decoded_length = (gsize) (out - decoded);
  return bad ? NULL : g_steal_pointer (&decoded);
}

gboolean
belfry_jwt_is_name (const char *text)
{
  gsize length = text == NULL ? 0 : strnlen (text, BELFRY_JWT_MAX_NAME + 1);

  if (length == 0 || length > BELFRY_JWT_MAX_NAME || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      if (g_unichar_iscntrl (g_utf8_get_char (p)))
        return FALSE;
    }
  return TRUE;
}

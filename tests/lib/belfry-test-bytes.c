/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-bytes"

#include "config.h"

#include "belfry-test-bytes.h"

#include <string.h>

/* Bytes in a form that people can write and read. */

#define SHOWN_MAX 64

static const char *
append_quoted (GByteArray *bytes, const char *start)
{
  const char *end = strchr (start, '\'');

  g_assert_nonnull (end);
  g_byte_array_append (bytes, (const guint8 *) start, (guint) (end - start));
  return end + 1;
}

static const char *
append_hex (GByteArray *bytes, const char *digits)
{
  g_assert_true (g_ascii_isxdigit (digits[0]) && g_ascii_isxdigit (digits[1]));
  guint8 byte = (guint8) (g_ascii_xdigit_value (digits[0]) << 4 | g_ascii_xdigit_value (digits[1]));
  g_byte_array_append (bytes, &byte, 1);
  return digits + 2;
}

GByteArray *
belfry_test_bytes (const char *recipe)
{
  GByteArray *bytes = g_byte_array_new ();
  const char *p = recipe;

  while (*p != '\0')
    {
      if (*p == ' ')
        p++;
      else if (*p == '\'')
        p = append_quoted (bytes, p + 1);
      else
        p = append_hex (bytes, p);
    }
  return bytes;
}

void
belfry_test_append_shown (GString *text, const guint8 *bytes, gsize length)
{
  if (length > SHOWN_MAX)
    {
      g_autofree char *sum = g_compute_checksum_for_data (G_CHECKSUM_SHA1, bytes, length);

      g_string_append_printf (text, "%" G_GSIZE_FORMAT ":%s", length, sum);
      return;
    }
  for (gsize i = 0; i < length; i++)
    {
      if (g_ascii_isprint (bytes[i]) && bytes[i] != '\\')
        g_string_append_c (text, (char) bytes[i]);
      else
        g_string_append_printf (text, "\\%02x", bytes[i]);
    }
}

void
belfry_test_assert_bytes (const void *bytes, gsize length, const char *recipe)
{
  g_autoptr (GByteArray) expected = belfry_test_bytes (recipe);
  g_autoptr (GString) shown = g_string_new (NULL);
  g_autoptr (GString) wanted = g_string_new (NULL);

  belfry_test_append_shown (shown, bytes, length);
  belfry_test_append_shown (wanted, expected->data, expected->len);
  g_assert_cmpstr (shown->str, ==, wanted->str);
}

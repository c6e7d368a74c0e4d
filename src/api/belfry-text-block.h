/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <string.h>

#include <glib.h>

G_BEGIN_DECLS

/* Texts behind each other in a block of memory that was made large enough for all. */

/* How many bytes a text takes; none if there is no text. */
static inline gsize
belfry_text_size (const char *text)
{
  return text != NULL ? strlen (text) + 1 : 0;
}

/* Copies a text to the end and moves that; gives the copy, or NULL if there is no text. */
static inline const char *
belfry_text_put (char **end, const char *text)
{
  gsize size = belfry_text_size (text);
  char *copy = *end;

  if (text == NULL)
    return NULL;
  memcpy (copy, text, size);
  *end += size;
  return copy;
}

G_END_DECLS

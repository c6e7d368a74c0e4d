/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-nearest.h"

#include <string.h>

/* How many letters must be inserted, left out, changed or swapped to come from one name to another.
 * The work is bounded by the longest name that is looked at. Pure functions: any thread. */

/* No name of ours is longer; longer ones are not typing errors. */
#define MAX_LENGTH 80
/* One slip in this many letters is a slip; more is another word. */
#define LETTERS_PER_SLIP 3
#define MAX_SLIPS 4

static guint
distance_of (const char *a, gsize a_length, const char *b, gsize b_length)
{
  guint rows[3][MAX_LENGTH + 1];

  for (gsize j = 0; j <= b_length; j++)
    rows[0][j] = (guint) j;
  for (gsize i = 1; i <= a_length; i++)
    {
      guint *row = rows[i % 3];
      const guint *last = rows[(i - 1) % 3];
      const guint *before = rows[(i + 1) % 3];

      row[0] = (guint) i;
      for (gsize j = 1; j <= b_length; j++)
        {
          gboolean same = g_ascii_tolower (a[i - 1]) == g_ascii_tolower (b[j - 1]);

          row[j] = MIN (MIN (last[j], row[j - 1]) + 1, last[j - 1] + (same ? 0 : 1));
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = MIN (row[j], before[j - 2] + 1);
        }
    }
  return rows[a_length % 3][b_length];
}

void
belfry_config_nearest_init (BelfryConfigNearest *self, const char *wanted)
{
  gsize length = strlen (wanted);

  self->wanted = wanted;
  self->best = NULL;
  self->distance = (guint) CLAMP (length / LETTERS_PER_SLIP, 1, MAX_SLIPS) + 1;
}

void
belfry_config_nearest_try (BelfryConfigNearest *self, const char *known)
{
  gsize length = strlen (self->wanted);
  gsize known_length = strlen (known);

  if (length == 0 || length > MAX_LENGTH || known_length > MAX_LENGTH)
    return;
  guint distance = distance_of (self->wanted, length, known, known_length);
  if (distance < self->distance)
    {
      self->distance = distance;
      self->best = known;
    }
}

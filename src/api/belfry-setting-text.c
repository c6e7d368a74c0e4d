/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include "belfry-setting-text.h"

#include <string.h>

typedef struct
{
  const char *name; /* (unowned) */
  gint64 factor;
} Unit;

static const Unit durations[] = {
  { "ms", G_TIME_SPAN_MILLISECOND },
  { "s", G_TIME_SPAN_SECOND },
  { "min", G_TIME_SPAN_MINUTE },
  { "h", G_TIME_SPAN_HOUR },
};

static const Unit sizes[] = {
  { "", 1 },
  { "KiB", 1024 },
  { "MiB", 1024 * 1024 },
  { "GiB", 1024 * 1024 * 1024 },
};

static const char *const yes_words[] = { "yes", "true", "on", "1", NULL };
static const char *const no_words[] = { "no", "false", "off", "0", NULL };

/* Returns what follows the digits, or NULL if there are none or too many. */
static const char *
parse_digits (const char *text, gint64 *value)
{
  gint64 number = 0;

  if (!g_ascii_isdigit (*text))
    return NULL;
  for (; g_ascii_isdigit (*text); text++)
    {
      int digit = *text - '0';

      if (number > (G_MAXINT64 - digit) / 10)
        return NULL;
      number = number * 10 + digit;
    }
  *value = number;
  return text;
}

static gboolean
parse_with_unit (const char *text, const Unit *units, gsize n_units, gint64 *value)
{
  gint64 number;
  const char *rest = parse_digits (text, &number);

  if (rest == NULL)
    return FALSE;
  for (gsize i = 0; i < n_units; i++)
    {
      if (strcmp (rest, units[i].name) == 0 && number <= G_MAXINT64 / units[i].factor)
        {
          *value = number * units[i].factor;
          return TRUE;
        }
    }
  /* Nothing of anything needs no unit. */
  *value = 0;
  return number == 0 && *rest == '\0';
}

/* The units ascend: the last that divides a value is the one to write it with. */
static char *
format_with_unit (gint64 value, const Unit *units, gsize n_units)
{
  const Unit *unit = &units[0];

  for (gsize i = 0; value != 0 && i < n_units && value % units[i].factor == 0; i++)
    unit = &units[i];
  return g_strdup_printf ("%" G_GINT64_FORMAT "%s", value / unit->factor,
                          value != 0 ? unit->name : "");
}

static gboolean
is_one_of (const char *text, const char *const *words)
{
  for (; *words != NULL; words++)
    {
      if (g_ascii_strcasecmp (text, *words) == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
belfry_setting_parse_boolean (const char *text, gint64 *value)
{
  *value = is_one_of (text, yes_words);
  return *value || is_one_of (text, no_words);
}

gboolean
belfry_setting_parse_integer (const char *text, gint64 *value)
{
  gboolean negative = *text == '-';
  gint64 number = 0;
  const char *rest = parse_digits (text + (negative ? 1 : 0), &number);

  *value = negative ? -number : number;
  return rest != NULL && *rest == '\0';
}

gboolean
belfry_setting_parse_duration (const char *text, gint64 *value)
{
  return parse_with_unit (text, durations, G_N_ELEMENTS (durations), value);
}

gboolean
belfry_setting_parse_size (const char *text, gint64 *value)
{
  return parse_with_unit (text, sizes, G_N_ELEMENTS (sizes), value);
}

char *
belfry_setting_format_duration (gint64 value)
{
  return format_with_unit (value, durations, G_N_ELEMENTS (durations));
}

char *
belfry_setting_format_size (gint64 value)
{
  return format_with_unit (value, sizes, G_N_ELEMENTS (sizes));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-number.h"

#include <string.h>

/* Numbers, durations, sizes and truth as they stand in a configuration. Pure functions: any thread,
 * no locale. */

typedef struct
{
  const char *name; /* (unowned) */
  gint64 factor;
} Unit;

/* Ascending, so that the last that divides a value is the one to write it with. */
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

static const char *const yes_words[] = { "yes", "true", "on", "1" };
static const char *const no_words[] = { "no", "false", "off", "0" };

/* Returns what follows the digits, or NULL if there are none or too many. */
static const char *
parse_digits (const char *text, gint64 *value)
{
  gint64 result = 0;

  if (!g_ascii_isdigit (*text))
    return NULL;
  for (; g_ascii_isdigit (*text); text++)
    {
      int digit = *text - '0';

      if (result > (G_MAXINT64 - digit) / 10)
        return NULL;
      result = result * 10 + digit;
    }
  *value = result;
  return text;
}

static gboolean
parse_with_unit (const char *text, const Unit *units, gsize n_units, gint64 *value)
{
  gint64 number;
  const char *rest = parse_digits (text, &number);

  if (rest == NULL)
    return FALSE;
  if (number == 0 && *rest == '\0')
    {
      *value = 0;
      return TRUE;
    }
  for (gsize i = 0; i < n_units; i++)
    {
      if (strcmp (rest, units[i].name) == 0 && number <= G_MAXINT64 / units[i].factor)
        {
          *value = number * units[i].factor;
          return TRUE;
        }
    }
  return FALSE;
}

static char *
format_with_unit (gint64 value, const Unit *units, gsize n_units)
{
  const Unit *unit = &units[0];

  if (value == 0)
    return g_strdup ("0");
  for (gsize i = 1; i < n_units && value % units[i].factor == 0; i++)
    unit = &units[i];
  return g_strdup_printf ("%" G_GINT64_FORMAT "%s", value / unit->factor, unit->name);
}

static gboolean
is_one_of (const char *text, const char *const *words, gsize n_words)
{
  for (gsize i = 0; i < n_words; i++)
    {
      if (g_ascii_strcasecmp (text, words[i]) == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
belfry_config_parse_integer (const char *text, gint64 *value)
{
  gint64 number;
  const char *rest = parse_digits (text, &number);

  if (rest == NULL || *rest != '\0')
    return FALSE;
  *value = number;
  return TRUE;
}

gboolean
belfry_config_parse_duration (const char *text, gint64 *value)
{
  return parse_with_unit (text, durations, G_N_ELEMENTS (durations), value);
}

gboolean
belfry_config_parse_size (const char *text, gint64 *value)
{
  return parse_with_unit (text, sizes, G_N_ELEMENTS (sizes), value);
}

gboolean
belfry_config_parse_boolean (const char *text, gint64 *value)
{
  gboolean yes = is_one_of (text, yes_words, G_N_ELEMENTS (yes_words));

  if (!yes && !is_one_of (text, no_words, G_N_ELEMENTS (no_words)))
    return FALSE;
  *value = yes;
  return TRUE;
}

char *
belfry_config_format_integer (gint64 value)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT, value);
}

char *
belfry_config_format_duration (gint64 value)
{
  return format_with_unit (value, durations, G_N_ELEMENTS (durations));
}

char *
belfry_config_format_size (gint64 value)
{
  return format_with_unit (value, sizes, G_N_ELEMENTS (sizes));
}

char *
belfry_config_format_boolean (gint64 value)
{
  return g_strdup (value ? yes_words[0] : no_words[0]);
}

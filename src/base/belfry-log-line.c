/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-log"

#include "config.h"

#include "belfry-log-line.h"

#include <string.h>

/* Turns the fields of one log call into one line of text. Pure functions: any thread, no state. */

#define COLOUR_DIM "\033[2m"
#define COLOUR_RESET "\033[0m"

typedef struct
{
  const char *name;   /* (unowned) */
  const char *colour; /* (unowned): what turns a terminal to the level's colour */
} LevelLook;

static const LevelLook looks[] = {
  [BELFRY_LOG_ERROR] = { "error", "\033[1;31m" },
  [BELFRY_LOG_WARNING] = { "warning", "\033[1;33m" },
  [BELFRY_LOG_NOTICE] = { "notice", "\033[1m" },
  [BELFRY_LOG_INFO] = { "info", "" },
  [BELFRY_LOG_DEBUG] = { "debug", "\033[2m" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (looks) == BELFRY_LOG_DEBUG + 1);

/* Fields that every line has; all others are shown behind the text. */
static const char *const common_fields[] = {
  "MESSAGE",   "GLIB_DOMAIN", "PRIORITY",   "CODE_FILE",
  "CODE_LINE", "CODE_FUNC",   "MESSAGE_ID", "SYSLOG_IDENTIFIER",
};

static gboolean
is_common (const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (common_fields); i++)
    {
      if (g_str_equal (key, common_fields[i]))
        return TRUE;
    }
  return FALSE;
}

static const GLogField *
find_field (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      if (g_str_equal (fields[i].key, key))
        return &fields[i];
    }
  return NULL;
}

static void
append_time (GString *line, BelfryLogStyle style, gint64 wall)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (wall / G_USEC_PER_SEC);
  g_autoptr (GDateTime) when = NULL;

  if (utc == NULL)
    return;
  when = style == BELFRY_LOG_STYLE_TERMINAL ? g_date_time_to_local (utc) : g_date_time_ref (utc);
  g_autofree char *text =
      g_date_time_format (when, style == BELFRY_LOG_STYLE_TERMINAL ? "%H:%M:%S" : "%FT%T");
  g_string_append_printf (line, "%s.%03d%s ", text, (int) (wall % G_USEC_PER_SEC / 1000),
                          style == BELFRY_LOG_STYLE_TERMINAL ? "" : "Z");
}

static void
append_field_value (GString *line, const GLogField *field)
{
  if (field != NULL && field->value != NULL)
    belfry_log_line_append_escaped (line, field->value, field->length);
}

static void
append_extra_fields (GString *line, const GLogField *fields, gsize n_fields)
{
  const char *separator = " [";
  gboolean any = FALSE;

  for (gsize i = 0; i < n_fields; i++)
    {
      if (is_common (fields[i].key))
        continue;
      g_string_append_printf (line, "%s%s=", separator, fields[i].key);
      append_field_value (line, &fields[i]);
      separator = " ";
      any = TRUE;
    }
  if (any)
    g_string_append_c (line, ']');
}

/* How many bytes of well-formed, printable UTF-8 stand at the start of @text. */
static gsize
printable_prefix (const char *text, gsize length)
{
  const char *p = text;
  const char *end = text + length;

  while (p < end)
    {
      gunichar c = g_utf8_get_char_validated (p, end - p);

      if (c == (gunichar) -1 || c == (gunichar) -2 || g_unichar_iscntrl (c) || c == 0x2028 ||
          c == 0x2029)
        break;
      p = g_utf8_next_char (p);
    }
  return (gsize) (p - text);
}

const char *
belfry_log_level_name (BelfryLogLevel level)
{
  return looks[CLAMP (level, BELFRY_LOG_ERROR, BELFRY_LOG_DEBUG)].name;
}

gboolean
belfry_log_level_parse (const char *name, BelfryLogLevel *level)
{
  for (int i = BELFRY_LOG_ERROR; i <= BELFRY_LOG_DEBUG; i++)
    {
      if (g_str_equal (name, looks[i].name))
        {
          *level = (BelfryLogLevel) i;
          return TRUE;
        }
    }
  return FALSE;
}

void
belfry_log_line_append_escaped (GString *line, const char *text, gssize length)
{
  gsize left = length < 0 ? strlen (text) : (gsize) length;

  while (left > 0)
    {
      gsize good = printable_prefix (text, left);

      g_string_append_len (line, text, (gssize) good);
      text += good;
      left -= good;
      if (left == 0)
        break;
      if (*text == '\n')
        g_string_append (line, "\\n");
      else
        g_string_append_printf (line, "\\x%02x", (guint8) *text);
      text++;
      left--;
    }
}

GString *
belfry_log_line_format (BelfryLogStyle style,
                        gint64 wall,
                        BelfryLogLevel level,
                        const GLogField *fields,
                        gsize n_fields)
{
  gboolean colour = style == BELFRY_LOG_STYLE_TERMINAL;
  const LevelLook *look = &looks[CLAMP (level, BELFRY_LOG_ERROR, BELFRY_LOG_DEBUG)];
  const GLogField *domain = find_field (fields, n_fields, "GLIB_DOMAIN");
  GString *line = g_string_sized_new (160);

  append_time (line, style, wall);
  g_string_append_printf (line, "%s%s ", colour ? look->colour : "", look->name);
  if (domain != NULL)
    {
      append_field_value (line, domain);
      g_string_append (line, ": ");
    }
  append_field_value (line, find_field (fields, n_fields, "MESSAGE"));
  g_string_append (line, colour ? COLOUR_RESET COLOUR_DIM : "");
  append_extra_fields (line, fields, n_fields);
  g_string_append (line, colour ? COLOUR_RESET "\n" : "\n");
  return line;
}

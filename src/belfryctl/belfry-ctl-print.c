/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include "belfry-ctl-print.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "belfry-json-write.h"
#include "belfry-log-line.h"

/* What is written to the standard output: tables for people, JSON for programs. */

/* Between columns. */
#define GAP 2

char *
belfry_ctl_safe (const char *text)
{
  g_autoptr (GString) escaped = g_string_new (NULL);
  GString *safe = g_string_new (NULL);

  belfry_log_line_append_escaped (escaped, text, -1);
  for (const char *at = escaped->str; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      /* what turns a text around, or cannot be seen, makes one name look like another */
      if (g_unichar_type (c) == G_UNICODE_FORMAT)
        g_string_append_printf (safe, "\\u%04x", c);
      else
        g_string_append_unichar (safe, c);
    }
  return g_string_free (safe, FALSE);
}

char *
belfry_ctl_format_size (guint64 bytes)
{
  return g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
}

char *
belfry_ctl_format_span (gint64 seconds)
{
  const gint64 minutes = seconds / 60;
  const gint64 hours = minutes / 60;

  if (seconds < 60)
    return g_strdup_printf (_ ("%d s"), (int) MAX (0, seconds));
  if (minutes < 60)
    return g_strdup_printf (_ ("%d min"), (int) minutes);
  if (hours < 24 && minutes % 60 == 0)
    return g_strdup_printf (_ ("%d h"), (int) hours);
  if (hours < 24)
    return g_strdup_printf (_ ("%d h %d min"), (int) hours, (int) (minutes % 60));
  if (hours % 24 == 0)
    return g_strdup_printf (_ ("%d d"), (int) (hours / 24));
  return g_strdup_printf (_ ("%d d %d h"), (int) (hours / 24), (int) (hours % 24));
}

static void write_dictionary (BelfryJsonWriter *writer, GVariant *value);

static void
write_bytes (BelfryJsonWriter *writer, GVariant *value)
{
  gsize n;
  gconstpointer bytes = g_variant_get_fixed_array (value, &n, 1);

  belfry_json_writer_base64 (writer, bytes, n);
}

/* The depth is the interfaces': a few levels. */
static void
write_value (BelfryJsonWriter *writer, GVariant *value)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_STRING:
      belfry_json_writer_string (writer, g_variant_get_string (value, NULL));
      break;
    case G_VARIANT_CLASS_BOOLEAN:
      belfry_json_writer_boolean (writer, g_variant_get_boolean (value));
      break;
    case G_VARIANT_CLASS_UINT32:
      belfry_json_writer_uint64 (writer, g_variant_get_uint32 (value));
      break;
    case G_VARIANT_CLASS_UINT64:
      belfry_json_writer_uint64 (writer, g_variant_get_uint64 (value));
      break;
    case G_VARIANT_CLASS_INT64:
      belfry_json_writer_int64 (writer, g_variant_get_int64 (value));
      break;
    case G_VARIANT_CLASS_DOUBLE:
      belfry_json_writer_double (writer, g_variant_get_double (value));
      break;
    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_TUPLE:
      write_dictionary (writer, value);
      break;
    default:
      belfry_json_writer_null (writer);
      break;
    }
}

static void
write_members (BelfryJsonWriter *writer, GVariant *value)
{
  belfry_json_writer_begin_object (writer);
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (value, i);
      g_autoptr (GVariant) name = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) member = g_variant_get_child_value (entry, 1);

      belfry_json_writer_name (writer, g_variant_get_string (name, NULL));
      write_value (writer, member);
    }
  belfry_json_writer_end_object (writer);
}

static void
write_elements (BelfryJsonWriter *writer, GVariant *value)
{
  belfry_json_writer_begin_array (writer);
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) element = g_variant_get_child_value (value, i);

      write_value (writer, element);
    }
  belfry_json_writer_end_array (writer);
}

static void
write_dictionary (BelfryJsonWriter *writer, GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inner = g_variant_get_variant (value);

      write_value (writer, inner);
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
    write_bytes (writer, value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE ("a{s*}")))
    write_members (writer, value);
  else
    write_elements (writer, value);
}

char *
belfry_ctl_json (GVariant *value)
{
  GString *text = g_string_new (NULL);
  BelfryJsonWriter writer;

  belfry_json_writer_init (&writer, text);
  write_value (&writer, value);
  return g_string_free (text, FALSE);
}

int
belfry_ctl_print (const char *text)
{
  if (fputs (text, stdout) >= 0 && fflush (stdout) == 0)
    return BELFRY_EXIT_OK;
  return BELFRY_EXIT_SYSTEM;
}

int
belfry_ctl_print_json (GVariant *value)
{
  g_autofree char *json = belfry_ctl_json (value);
  g_autofree char *line = g_strconcat (json, "\n", NULL);

  return belfry_ctl_print (line);
}

static char *
format_time (gint64 microseconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (microseconds / G_USEC_PER_SEC);

  return time != NULL ? g_date_time_format (time, "%F %T") : g_strdup ("?");
}

static char *
format_number (guint64 number, BelfryCtlForm form)
{
  switch (form)
    {
    case BELFRY_CTL_SIZE:
      return belfry_ctl_format_size (number);
    case BELFRY_CTL_TIME:
      return format_time ((gint64) number);
    case BELFRY_CTL_AGE:
      return belfry_ctl_format_span ((g_get_real_time () - (gint64) number) / G_USEC_PER_SEC);
    case BELFRY_CTL_SECONDS:
      return belfry_ctl_format_span ((gint64) number);
    case BELFRY_CTL_NONZERO:
      return number == 0 ? g_strdup ("") : g_strdup_printf ("%" G_GUINT64_FORMAT, number);
    case BELFRY_CTL_MICROSECONDS:
      return g_strdup_printf (_ ("%.1f ms"), (double) number / 1000);
    case BELFRY_CTL_PLAIN:
    default:
      return g_strdup_printf ("%" G_GUINT64_FORMAT, number);
    }
}

static char *
format_strings (GVariant *value)
{
  g_autofree const char **strings = g_variant_get_strv (value, NULL);
  g_autofree char *joined = g_strjoinv (" ", (char **) strings);

  return belfry_ctl_safe (joined);
}

/* Returns: (transfer full): a cell; empty if there is no such member */
static char *
format_member (GVariant *dictionary, const BelfryCtlColumn *column)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (dictionary, column->key, NULL);

  if (value == NULL)
    return g_strdup ("");
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return belfry_ctl_safe (g_variant_get_string (value, NULL));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return format_number (g_variant_get_uint32 (value), column->form);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    return format_number (g_variant_get_uint64 (value), column->form);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return g_strdup (g_variant_get_boolean (value) ? _ ("yes") : _ ("no"));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    return format_strings (value);
  return belfry_ctl_json (value);
}

/* As a terminal has it. */
static gsize
width_of (const char *text)
{
  gsize width = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);

      if (!g_unichar_iszerowidth (c))
        width += g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

static void
append_cell (GString *out, const char *text, gsize width)
{
  g_string_append (out, text);
  for (gsize have = width_of (text); have < width + GAP; have++)
    g_string_append_c (out, ' ');
}

static void
end_line (GString *out)
{
  while (out->len > 0 && out->str[out->len - 1] == ' ')
    g_string_truncate (out, out->len - 1);
  g_string_append_c (out, '\n');
}

/* Cells lie row by row, the titles first. */
static char *
lay_out (GPtrArray *cells, guint n_columns)
{
  g_autofree gsize *widths = g_new0 (gsize, n_columns);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < cells->len; i++)
    widths[i % n_columns] = MAX (widths[i % n_columns], width_of (g_ptr_array_index (cells, i)));
  for (guint i = 0; i < cells->len; i++)
    {
      append_cell (out, g_ptr_array_index (cells, i), widths[i % n_columns]);
      if (i % n_columns == n_columns - 1)
        end_line (out);
    }
  return g_string_free (out, FALSE);
}

static int
print_array (const GPtrArray *rows)
{
  GString *text = g_string_new ("[");

  for (guint i = 0; i < rows->len; i++)
    {
      g_autofree char *json = belfry_ctl_json (g_ptr_array_index (rows, i));

      g_string_append_printf (text, "%s\n %s", i > 0 ? "," : "", json);
    }
  g_string_append (text, rows->len > 0 ? "\n]\n" : "]\n");
  g_autofree char *owned = g_string_free (text, FALSE);
  return belfry_ctl_print (owned);
}

int
belfry_ctl_print_list (BelfryCtl *self,
                       const GPtrArray *rows,
                       const BelfryCtlColumn *columns,
                       guint n_columns)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);

  if (self->options.json)
    return print_array (rows);
  for (guint i = 0; i < n_columns; i++)
    g_ptr_array_add (cells, g_strdup (_ (columns[i].title)));
  for (guint row = 0; row < rows->len; row++)
    {
      for (guint i = 0; i < n_columns; i++)
        g_ptr_array_add (cells, format_member (g_ptr_array_index (rows, row), &columns[i]));
    }
  g_autofree char *table = lay_out (cells, n_columns);
  return belfry_ctl_print (table);
}

int
belfry_ctl_print_pairs (BelfryCtl *self,
                        GVariant *dictionary,
                        const BelfryCtlColumn *columns,
                        guint n_columns)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);

  if (self->options.json)
    return belfry_ctl_print_json (dictionary);
  for (guint i = 0; i < n_columns; i++)
    {
      char *cell = format_member (dictionary, &columns[i]);

      if (*cell == '\0')
        {
          g_free (cell);
          continue;
        }
      g_ptr_array_add (cells, g_strconcat (_ (columns[i].title), ":", NULL));
      g_ptr_array_add (cells, cell);
    }
  g_autofree char *table = lay_out (cells, 2);
  return belfry_ctl_print (table);
}

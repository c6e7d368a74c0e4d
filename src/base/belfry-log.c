/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-log"

#include "config.h"

#include "belfry-log.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-log-line.h"
#include "belfry-names.h"

/* Which lines are wanted, and the way of a wanted line to GLib's structured log, where the writer
 * that the program installed (the sink, or a test's) takes it. The levels belong to the process, as
 * GLib's log does: they are the one state at file scope. */

#define DOMAIN_PREFIX BELFRY_NAME "-"
#define DEFAULT_LEVEL BELFRY_LOG_INFO

/* Standard fields, besides those of the context: message, domain, priority, file, line, function,
 * message id */
#define N_STANDARD_FIELDS 7

typedef struct
{
  BelfryLogLevel level;
  GHashTable *exceptions; /* (element-type utf8 BelfryLogLevel) (owned): domain to its own level */
} Levels;

_Atomic int belfry_log_gate = DEFAULT_LEVEL;

G_LOCK_DEFINE_STATIC (levels);
static Levels levels = { DEFAULT_LEVEL, NULL };

static void
levels_clear (Levels *self)
{
  g_clear_pointer (&self->exceptions, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Levels, levels_clear)

static char *
full_domain (const char *name)
{
  return g_str_has_prefix (name, DOMAIN_PREFIX) || strchr (name, '-') != NULL ||
                 g_ascii_isupper (*name)
             ? g_strdup (name)
             : g_strconcat (DOMAIN_PREFIX, name, NULL);
}

static gboolean
parse_level (const char *name, BelfryLogLevel *level, GError **error)
{
  if (belfry_log_level_parse (name, level))
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT,
               "“%s” is not a log level: expected error, warning, notice, info or debug", name);
  return FALSE;
}

static gboolean
parse_exception (Levels *self, const char *word, GError **error)
{
  const char *equals = strchr (word, '=');
  BelfryLogLevel level;

  if (equals == NULL || equals == word)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT,
                   "“%s” is not of the form DOMAIN=LEVEL", word);
      return FALSE;
    }
  if (!parse_level (equals + 1, &level, error))
    return FALSE;
  g_autofree char *name = g_strndup (word, (gsize) (equals - word));
  g_hash_table_insert (self->exceptions, full_domain (name), GINT_TO_POINTER (level));
  return TRUE;
}

static gboolean
parse_levels (const char *text, Levels *result, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  g_auto (Levels) parsed = { DEFAULT_LEVEL, NULL };

  parsed.exceptions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!parse_level (words[0] != NULL ? g_strstrip (words[0]) : "", &parsed.level, error))
    return FALSE;
  for (gsize i = 1; words[i] != NULL; i++)
    {
      if (!parse_exception (&parsed, g_strstrip (words[i]), error))
        return FALSE;
    }
  *result = parsed;
  parsed.exceptions = NULL;
  return TRUE;
}

static int
most_verbose (const Levels *self)
{
  GHashTableIter iter;
  gpointer value;
  int most = self->level;

  g_hash_table_iter_init (&iter, self->exceptions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    most = MAX (most, GPOINTER_TO_INT (value));
  return most;
}

static GLogLevelFlags
glib_level (BelfryLogLevel level)
{
  switch (level)
    {
    case BELFRY_LOG_ERROR:
    case BELFRY_LOG_WARNING:
      return G_LOG_LEVEL_WARNING;
    case BELFRY_LOG_NOTICE:
      return G_LOG_LEVEL_MESSAGE;
    case BELFRY_LOG_INFO:
      return G_LOG_LEVEL_INFO;
    case BELFRY_LOG_DEBUG:
    default:
      return G_LOG_LEVEL_DEBUG;
    }
}

static gsize
add_field (GLogField *fields, gsize n, const char *key, const char *value)
{
  if (value == NULL)
    return n;
  fields[n] = (GLogField){ key, value, -1 };
  return n + 1;
}

gboolean
belfry_log_enabled_for_domain (BelfryLogLevel level, const char *domain)
{
  gpointer found;

  G_LOCK (levels);
  BelfryLogLevel wanted = levels.level;
  if (levels.exceptions != NULL && domain != NULL &&
      g_hash_table_lookup_extended (levels.exceptions, domain, NULL, &found))
    wanted = (BelfryLogLevel) GPOINTER_TO_INT (found);
  G_UNLOCK (levels);
  return level <= wanted;
}

gboolean
belfry_log_set_levels (const char *text, GError **error)
{
  g_auto (Levels) old = { DEFAULT_LEVEL, NULL };
  Levels parsed;

  if (!parse_levels (text, &parsed, error))
    return FALSE;
  G_LOCK (levels);
  old = levels;
  levels = parsed;
  atomic_store_explicit (&belfry_log_gate, most_verbose (&parsed), memory_order_relaxed);
  G_UNLOCK (levels);
  return TRUE;
}

gboolean
belfry_log_check_levels (const char *text, GError **error)
{
  g_auto (Levels) parsed = { DEFAULT_LEVEL, NULL };

  return parse_levels (text, &parsed, error);
}

char *
belfry_log_get_levels (void)
{
  GString *text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer domain;
  gpointer level;

  G_LOCK (levels);
  g_string_append (text, belfry_log_level_name (levels.level));
  if (levels.exceptions != NULL)
    {
      g_hash_table_iter_init (&iter, levels.exceptions);
      while (g_hash_table_iter_next (&iter, &domain, &level))
        g_string_append_printf (text, ",%s=%s", (const char *) domain,
                                belfry_log_level_name ((BelfryLogLevel) GPOINTER_TO_INT (level)));
    }
  G_UNLOCK (levels);
  return g_string_free (text, FALSE);
}

void
belfry_log_write (BelfryLogLevel level,
                  const char *domain,
                  const char *file,
                  const char *line,
                  const char *function,
                  const BelfryLogContext *context,
                  const char *format,
                  ...)
{
  GLogField fields[N_STANDARD_FIELDS + BELFRY_LOG_MAX_FIELDS];
  const char priority[] = { (char) ('0' + level), '\0' };
  gsize n = 0;
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);

  n = add_field (fields, n, "MESSAGE", message);
  n = add_field (fields, n, "PRIORITY", priority);
  n = add_field (fields, n, "GLIB_DOMAIN", domain);
  n = add_field (fields, n, "CODE_FILE", file);
  n = add_field (fields, n, "CODE_LINE", line);
  n = add_field (fields, n, "CODE_FUNC", function);
  if (context != NULL)
    {
      n = add_field (fields, n, "MESSAGE_ID", context->message_id);
      for (gsize i = 0; i < BELFRY_LOG_MAX_FIELDS && context->fields[i].name != NULL; i++)
        n = add_field (fields, n, context->fields[i].name, context->fields[i].value);
    }
  g_log_structured_array (glib_level (level), fields, n);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test"

#include "config.h"

#include "belfry-test.h"

#include <string.h>

#include "belfry-log-line.h"

/* The heart of the test kit: the log as something to make assertions about, and waits that end. The
 * log is one to a process, so what was expected and what came stand at file scope, behind one lock.
 */

#define TICK_MS 5

typedef struct
{
  BelfryLogLevel level;
  char *domain;  /* (owned) */
  char *pattern; /* (owned) */
} Expectation;

G_LOCK_DEFINE_STATIC (log);
static GQueue expectations = G_QUEUE_INIT; /* (element-type Expectation) (owned) */
static GHashTable *last_fields;            /* (element-type utf8 utf8) (owned) */
static char *unexpected; /* (owned) (nullable): the first warning that nobody expected */

static void
expectation_free (Expectation *self)
{
  g_free (self->domain);
  g_free (self->pattern);
  g_free (self);
}

static char *
field_text (const GLogField *field)
{
  return field->length < 0 ? g_strdup (field->value)
                           : g_strndup (field->value, (gsize) field->length);
}

static char *
find_text (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      if (g_str_equal (fields[i].key, key))
        return field_text (&fields[i]);
    }
  return g_strdup ("");
}

static BelfryLogLevel
level_of (GLogLevelFlags flags, const char *priority)
{
  if (*priority >= '0' && *priority <= '7')
    return (BelfryLogLevel) MAX (*priority - '0', BELFRY_LOG_ERROR);
  return flags & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)
             ? BELFRY_LOG_WARNING
             : BELFRY_LOG_DEBUG;
}

static gboolean
meets_expectation (BelfryLogLevel level, const char *domain, const char *message)
{
  Expectation *next = g_queue_peek_head (&expectations);

  if (next == NULL || next->level != level || !g_str_equal (next->domain, domain) ||
      !g_pattern_match_simple (next->pattern, message))
    return FALSE;
  expectation_free (g_queue_pop_head (&expectations));
  return TRUE;
}

static GLogWriterOutput
take_line (GLogLevelFlags flags, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  g_autofree char *domain = find_text (fields, n_fields, "GLIB_DOMAIN");
  g_autofree char *message = find_text (fields, n_fields, "MESSAGE");
  g_autofree char *priority = find_text (fields, n_fields, "PRIORITY");
  BelfryLogLevel level = level_of (flags, priority);
  g_autoptr (GString) line =
      belfry_log_line_format (BELFRY_LOG_STYLE_PLAIN, g_get_real_time (), level, fields, n_fields);

  G_LOCK (log);
  for (gsize i = 0; i < n_fields; i++)
    g_hash_table_replace (last_fields, g_strdup (fields[i].key), field_text (&fields[i]));
  if (!meets_expectation (level, domain, message) && level <= BELFRY_LOG_WARNING &&
      unexpected == NULL)
    unexpected = g_strdup (line->str);
  G_UNLOCK (log);
  if (level <= BELFRY_LOG_WARNING || g_str_has_prefix (domain, "belfry"))
    g_printerr ("# %s", line->str);
  return G_LOG_WRITER_HANDLED;
}

static void
run_test (gconstpointer data)
{
  GTestFunc function = (GTestFunc) data;
  g_autofree char *culprit = NULL;

  function ();
  belfry_test_assert_logged ();
  G_LOCK (log);
  culprit = g_steal_pointer (&unexpected);
  G_UNLOCK (log);
  if (culprit != NULL)
    {
      g_test_message ("a warning that nobody expected: %s", culprit);
      g_test_fail ();
    }
}

static gboolean
on_tick (gpointer data)
{
  return G_SOURCE_REMOVE;
}

void
belfry_test_init (int *argc, char ***argv)
{
  last_fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_log_set_writer_func (take_line, NULL, NULL);
  g_test_init (argc, argv, NULL);
}

void
belfry_test_add (const char *path, GTestFunc function)
{
  g_test_add_data_func (path, (gconstpointer) function, run_test);
}

void
belfry_test_expect_log (BelfryLogLevel level, const char *domain, const char *pattern)
{
  Expectation *expectation = g_new (Expectation, 1);

  *expectation = (Expectation){ level, g_strdup (domain), g_strdup (pattern) };
  G_LOCK (log);
  g_queue_push_tail (&expectations, expectation);
  G_UNLOCK (log);
}

void
belfry_test_assert_logged (void)
{
  g_autofree char *missing = NULL;
  Expectation *expectation;

  G_LOCK (log);
  while ((expectation = g_queue_pop_head (&expectations)) != NULL)
    {
      if (missing == NULL)
        missing = g_strdup_printf ("%s %s: %s", belfry_log_level_name (expectation->level),
                                   expectation->domain, expectation->pattern);
      expectation_free (expectation);
    }
  G_UNLOCK (log);
  if (missing != NULL)
    {
      g_test_message ("a log line that did not come: %s", missing);
      g_test_fail ();
    }
}

char *
belfry_test_last_field (const char *name)
{
  G_LOCK (log);
  char *text = g_strdup (g_hash_table_lookup (last_fields, name));
  G_UNLOCK (log);
  return text;
}

gint64
belfry_test_deadline (void)
{
  return g_get_monotonic_time () + BELFRY_TEST_PATIENCE;
}

gboolean
belfry_test_turn (gint64 deadline)
{
  GMainContext *context = g_main_context_get_thread_default ();
  g_autoptr (GSource) tick = g_timeout_source_new (TICK_MS);

  /* What another thread changes need not wake this context: look again after a tick. */
  g_source_set_callback (tick, on_tick, NULL, NULL);
  g_source_set_static_name (tick, "belfry-test-tick");
  g_source_attach (tick, context);
  g_main_context_iteration (context, TRUE);
  g_source_destroy (tick);
  return g_get_monotonic_time () < deadline;
}

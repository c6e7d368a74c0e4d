/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-rules"

#include "config.h"

#include "belfry-rules-problems.h"

#include <belfry/belfry.h>

/* A list of messages with an end to it. Lives on the stack of who reads a file. */

struct _BelfryRulesProblems
{
  char *source;  /* (owned) */
  GString *text; /* (owned): the messages, a line each */
  guint n;
};

BelfryRulesProblems *
belfry_rules_problems_new (const char *source)
{
  BelfryRulesProblems *self = g_new0 (BelfryRulesProblems, 1);

  self->source = g_strdup (source);
  self->text = g_string_new (NULL);
  return self;
}

void
belfry_rules_problems_free (BelfryRulesProblems *self)
{
  g_free (self->source);
  g_string_free (self->text, TRUE);
  g_free (self);
}

void
belfry_rules_problems_add (BelfryRulesProblems *self,
                           guint line,
                           guint column,
                           const char *format,
                           ...)
{
  va_list args;

  if (self->n++ >= BELFRY_RULES_MAX_PROBLEMS)
    return;
  g_string_append_printf (self->text, "%s%s:", self->n > 1 ? "\n" : "", self->source);
  if (line > 0)
    g_string_append_printf (self->text, "%u:", line);
  if (column > 0)
    g_string_append_printf (self->text, "%u:", column);
  g_string_append_c (self->text, ' ');
  va_start (args, format);
  g_string_append_vprintf (self->text, format, args);
  va_end (args);
}

gboolean
belfry_rules_problems_end (BelfryRulesProblems *self, GError **error)
{
  if (self->n > BELFRY_RULES_MAX_PROBLEMS)
    g_string_append_printf (self->text, "\n%s: and %u more", self->source,
                            self->n - BELFRY_RULES_MAX_PROBLEMS);
  if (self->n > 0)
    g_set_error_literal (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_SETTING, self->text->str);
  return self->n == 0;
}

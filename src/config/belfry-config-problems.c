/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-problems.h"

#include <glib/gi18n-lib.h>

#include "belfry-log-line.h"

/* The lists of what is wrong. Made by who loads, filled by the parts of this layer on the same
 * thread, read and freed by the maker. */
struct _BelfryConfigProblems
{
  GPtrArray *errors;   /* (element-type BelfryConfigProblem) (owned) */
  GPtrArray *warnings; /* (element-type BelfryConfigProblem) (owned) */
};

static void
problem_free (BelfryConfigProblem *self)
{
  belfry_config_origin_clear (&self->origin);
  g_free (self->group);
  g_free (self->key);
  g_free (self->message);
  g_free (self->nearest);
  g_free (self);
}

static BelfryConfigProblem *
problem_new (const BelfryConfigPlace *place, const char *nearest, char *message)
{
  BelfryConfigProblem *problem = g_new0 (BelfryConfigProblem, 1);

  if (place->origin != NULL)
    belfry_config_origin_copy (&problem->origin, place->origin);
  problem->group = g_strdup (place->group);
  problem->key = g_strdup (place->key);
  problem->nearest = g_strdup (nearest);
  problem->message = message;
  return problem;
}

/* Takes the message. */
static void
add (GPtrArray *list, const BelfryConfigPlace *place, const char *nearest, char *message)
{
  const BelfryConfigPlace nowhere = { NULL };

  if (list->len < BELFRY_CONFIG_MAX_PROBLEMS - 1)
    {
      g_ptr_array_add (list, problem_new (place, nearest, message));
      return;
    }
  if (list->len < BELFRY_CONFIG_MAX_PROBLEMS)
    g_ptr_array_add (list, problem_new (&nowhere, NULL, g_strdup (_ ("there are more problems"))));
  g_free (message);
}

static void
append_part (GString *line, const char *text)
{
  if (text == NULL)
    return;
  belfry_log_line_append_escaped (line, text, -1);
  g_string_append (line, ": ");
}

static void
append_origin (GString *line, const BelfryConfigOrigin *origin)
{
  belfry_log_line_append_escaped (line, origin->source, -1);
  if (origin->line > 0)
    g_string_append_printf (line, ":%u", origin->line);
  if (origin->name != NULL)
    {
      g_string_append (line, ": ");
      belfry_log_line_append_escaped (line, origin->name, -1);
    }
}

void
belfry_config_origin_init (BelfryConfigOrigin *self,
                           GRefString *source,
                           guint line,
                           const char *name)
{
  self->source = g_ref_string_acquire (source);
  self->line = line;
  self->name = name != NULL ? g_ref_string_new (name) : NULL;
}

void
belfry_config_origin_copy (BelfryConfigOrigin *self, const BelfryConfigOrigin *from)
{
  self->source = from->source != NULL ? g_ref_string_acquire (from->source) : NULL;
  self->line = from->line;
  self->name = from->name != NULL ? g_ref_string_acquire (from->name) : NULL;
}

void
belfry_config_origin_clear (BelfryConfigOrigin *self)
{
  g_clear_pointer (&self->source, g_ref_string_release);
  g_clear_pointer (&self->name, g_ref_string_release);
  self->line = 0;
}

char *
belfry_config_origin_to_string (const BelfryConfigOrigin *self)
{
  GString *text = g_string_new (NULL);

  if (self->source != NULL)
    append_origin (text, self);
  else
    g_string_append (text, _ ("default"));
  return g_string_free (text, FALSE);
}

char *
belfry_config_problem_render (const BelfryConfigProblem *self)
{
  GString *line = g_string_new (NULL);

  if (self->origin.source != NULL)
    {
      append_origin (line, &self->origin);
      g_string_append (line, ": ");
    }
  if (self->group != NULL)
    {
      g_string_append_c (line, '[');
      belfry_log_line_append_escaped (line, self->group, -1);
      g_string_append (line, self->key != NULL ? "] " : "]: ");
    }
  append_part (line, self->key);
  belfry_log_line_append_escaped (line, self->message, -1);
  if (self->nearest != NULL)
    {
      g_autofree char *hint = g_strdup_printf (_ ("did you mean “%s”?"), self->nearest);

      g_string_append (line, " (");
      belfry_log_line_append_escaped (line, hint, -1);
      g_string_append_c (line, ')');
    }
  return g_string_free (line, FALSE);
}

BelfryConfigProblems *
belfry_config_problems_new (void)
{
  BelfryConfigProblems *self = g_new0 (BelfryConfigProblems, 1);

  self->errors = g_ptr_array_new_with_free_func ((GDestroyNotify) problem_free);
  self->warnings = g_ptr_array_new_with_free_func ((GDestroyNotify) problem_free);
  return self;
}

void
belfry_config_problems_free (BelfryConfigProblems *self)
{
  g_ptr_array_unref (self->errors);
  g_ptr_array_unref (self->warnings);
  g_free (self);
}

void
belfry_config_problems_error (BelfryConfigProblems *self,
                              const BelfryConfigPlace *place,
                              const char *nearest,
                              const char *format,
                              ...)
{
  va_list args;

  va_start (args, format);
  add (self->errors, place, nearest, g_strdup_vprintf (format, args));
  va_end (args);
}

void
belfry_config_problems_warn (BelfryConfigProblems *self,
                             const BelfryConfigPlace *place,
                             const char *format,
                             ...)
{
  va_list args;

  va_start (args, format);
  add (self->warnings, place, NULL, g_strdup_vprintf (format, args));
  va_end (args);
}

guint
belfry_config_problems_n_errors (const BelfryConfigProblems *self)
{
  return self->errors->len;
}

guint
belfry_config_problems_n_warnings (const BelfryConfigProblems *self)
{
  return self->warnings->len;
}

const BelfryConfigProblem *
belfry_config_problems_get_error (const BelfryConfigProblems *self, guint index)
{
  g_return_val_if_fail (index < self->errors->len, NULL);
  return g_ptr_array_index (self->errors, index);
}

const BelfryConfigProblem *
belfry_config_problems_get_warning (const BelfryConfigProblems *self, guint index)
{
  g_return_val_if_fail (index < self->warnings->len, NULL);
  return g_ptr_array_index (self->warnings, index);
}

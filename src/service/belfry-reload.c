/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-reload"

#include "config.h"

#include "belfry-reload.h"

#include "belfry-config-diff.h"
#include "belfry-error.h"
#include "belfry-log.h"

/* Reading the configuration beside the main loop, and telling what came of it. */

/* Has its own copy of all that it reads from: a thread that waits for a slow file outlives whoever
 * asked for it. */
typedef struct
{
  BelfryConfigSources sources;
  char *strings[5]; /* (owned) (nullable): what sources points to */
  char **lists[2];  /* (owned) (nullable): likewise */
} LoadData;

/* What the thread hands over, whole. */
typedef struct
{
  BelfryConfig *config;           /* (owned) (nullable): NULL if there are errors */
  BelfryConfigProblems *problems; /* (owned) */
} Loaded;

static LoadData *
load_data_new (const BelfryConfigSources *from)
{
  LoadData *self = g_new0 (LoadData, 1);
  BelfryConfigSources *to = &self->sources;

  to->file = self->strings[0] = g_strdup (from->file);
  to->env_file = self->strings[1] = g_strdup (from->env_file);
  to->sysconf_dir = self->strings[2] = g_strdup (from->sysconf_dir);
  to->runtime_dir = self->strings[3] = g_strdup (from->runtime_dir);
  to->vendor_dir = self->strings[4] = g_strdup (from->vendor_dir);
  to->activated = from->activated;
  self->lists[0] = g_strdupv ((char **) from->environment);
  self->lists[1] = g_strdupv ((char **) from->overrides);
  to->environment = (const char *const *) self->lists[0];
  to->overrides = (const char *const *) self->lists[1];
  return self;
}

static void
load_data_free (LoadData *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->strings); i++)
    g_free (self->strings[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (self->lists); i++)
    g_strfreev (self->lists[i]);
  g_free (self);
}

static void
loaded_free (Loaded *self)
{
  g_clear_pointer (&self->config, belfry_config_unref);
  g_clear_pointer (&self->problems, belfry_config_problems_free);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Loaded, loaded_free)

static void
load_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  LoadData *data = task_data;
  Loaded *loaded = g_new0 (Loaded, 1);

  loaded->problems = belfry_config_problems_new ();
  loaded->config = belfry_config_load (&data->sources, loaded->problems);
  g_task_return_pointer (task, loaded, (GDestroyNotify) loaded_free);
}

static void
log_problem (BelfryLogLevel level, const char *message_id, const BelfryConfigProblem *problem)
{
  g_autofree char *text = belfry_config_problem_render (problem);

  belfry_log_event (level, &((BelfryLogContext){ .message_id = message_id }), "%s", text);
}

/* A group that comes or goes whole has no key, a setting that was or is not there no text. */
static char *
describe_change (const BelfryConfigChange *change)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "[%s]", change->group);
  if (change->key != NULL)
    g_string_append_printf (text, " %s", change->key);
  if (change->old_text != NULL)
    g_string_append_printf (text, " from “%s”", change->old_text);
  if (change->new_text != NULL)
    g_string_append_printf (text, " to “%s”", change->new_text);
  return g_string_free (text, FALSE);
}

static void
log_change (const BelfryConfigChange *change, gpointer user_data)
{
  g_autofree char *text = describe_change (change);

  belfry_log_event (change->is_reloadable ? BELFRY_LOG_NOTICE : BELFRY_LOG_WARNING,
                    &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_SETTING_CHANGED }),
                    "changed: %s%s", text,
                    change->is_reloadable ? "" : ", which waits for a restart");
}

void
belfry_reload_log_problems (const BelfryConfigProblems *problems)
{
  for (guint i = 0; i < belfry_config_problems_n_errors (problems); i++)
    log_problem (BELFRY_LOG_ERROR, NULL, belfry_config_problems_get_error (problems, i));
  for (guint i = 0; i < belfry_config_problems_n_warnings (problems); i++)
    log_problem (BELFRY_LOG_WARNING, BELFRY_MESSAGE_INSECURE_SETTING,
                 belfry_config_problems_get_warning (problems, i));
}

void
belfry_reload_load_async (const BelfryConfigSources *sources,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, belfry_reload_load_async);
  g_task_set_task_data (task, load_data_new (sources), (GDestroyNotify) load_data_free);
  g_task_run_in_thread (task, load_in_thread);
}

BelfryConfig *
belfry_reload_load_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_reload_load_async), NULL);

  g_autoptr (Loaded) loaded = g_task_propagate_pointer (G_TASK (result), error);

  if (loaded == NULL)
    return NULL;
  belfry_reload_log_problems (loaded->problems);
  if (loaded->config == NULL)
    g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG, "problems found: %u",
                 belfry_config_problems_n_errors (loaded->problems));
  return g_steal_pointer (&loaded->config);
}

void
belfry_reload_check_async (const BelfryConfigSources *sources,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, belfry_reload_check_async);
  g_task_set_task_data (task, load_data_new (sources), (GDestroyNotify) load_data_free);
  g_task_run_in_thread (task, load_in_thread);
}

BelfryConfig *
belfry_reload_check_finish (GAsyncResult *result, BelfryConfigProblems **problems)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_reload_check_async), NULL);

  g_autoptr (Loaded) loaded = g_task_propagate_pointer (G_TASK (result), NULL);

  *problems = g_steal_pointer (&loaded->problems);
  return g_steal_pointer (&loaded->config);
}

void
belfry_reload_log_difference (BelfryConfig *old, BelfryConfig *next)
{
  belfry_config_diff (old, next, log_change, NULL);
}

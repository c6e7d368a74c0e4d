/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-steward"

#include "config.h"

#include "belfry-steward.h"

#include "belfry-config-listen.h"
#include "belfry-error.h"
#include "belfry-reload.h"

/* Owned by the daemon. Who asks for a reload is answered when the service has come back from the
 * one that began after he asked. */

struct _BelfrySteward
{
  GObject parent_instance;

  BelfryServer *server;               /* (owned) */
  const BelfryConfigSources *sources; /* (unowned) */
  BelfryService *service;             /* (unowned) (nullable) */
  GPtrArray *waiting;                 /* (element-type GTask) (owned): for the next reload */
  GPtrArray *reloading;               /* (element-type GTask) (owned): for the one under way */
};

static void belfry_steward_iface_init (BelfryControlHostInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfrySteward,
                               belfry_steward,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_CONTROL_HOST,
                                                      belfry_steward_iface_init))

static BelfryServiceState
service_state (BelfrySteward *self)
{
  return self->service != NULL ? belfry_service_get_state (self->service) : BELFRY_SERVICE_IDLE;
}

/* @error: (nullable): how it ended */
static void
answer_all (GPtrArray *tasks, const GError *error)
{
  for (guint i = 0; i < tasks->len; i++)
    {
      if (error != NULL)
        g_task_return_error (tasks->pdata[i], g_error_copy (error));
      else
        g_task_return_boolean (tasks->pdata[i], TRUE);
    }
  g_ptr_array_set_size (tasks, 0);
}

static void
end_reload (BelfrySteward *self)
{
  g_autoptr (GError) error = NULL;

  if (belfry_service_was_reload_refused (self->service))
    g_set_error (&error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG,
                 "the new configuration is refused, and the old one stays in force; the log and "
                 "CheckConfiguration tell why");
  answer_all (self->reloading, error);
}

static void
give_up_reloads (BelfrySteward *self)
{
  g_autoptr (GError) error =
      g_error_new (BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "the service is stopping");

  answer_all (self->reloading, error);
  answer_all (self->waiting, error);
}

static void
on_state_changed (BelfryService *service, gpointer user_data)
{
  BelfrySteward *self = user_data;
  BelfryServiceState state = belfry_service_get_state (service);

  if (state == BELFRY_SERVICE_RELOADING)
    {
      g_ptr_array_extend_and_steal (self->reloading, self->waiting);
      self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
    }
  else if (state == BELFRY_SERVICE_RUNNING)
    end_reload (self);
  else if (state == BELFRY_SERVICE_HANDING_OVER)
    answer_all (self->waiting, NULL);
  else
    give_up_reloads (self);
  belfry_control_host_emit_changed (BELFRY_CONTROL_HOST (self));
}

static const BelfryControlState states[] = {
  [BELFRY_SERVICE_IDLE] = BELFRY_CONTROL_STARTING,
  [BELFRY_SERVICE_STARTING] = BELFRY_CONTROL_STARTING,
  [BELFRY_SERVICE_RUNNING] = BELFRY_CONTROL_RUNNING,
  [BELFRY_SERVICE_RELOADING] = BELFRY_CONTROL_RUNNING,
  [BELFRY_SERVICE_HANDING_OVER] = BELFRY_CONTROL_RUNNING,
  [BELFRY_SERVICE_DRAINING] = BELFRY_CONTROL_DRAINING,
  [BELFRY_SERVICE_STOPPING] = BELFRY_CONTROL_DRAINING,
  [BELFRY_SERVICE_STOPPED] = BELFRY_CONTROL_DRAINING,
};
G_STATIC_ASSERT (G_N_ELEMENTS (states) == BELFRY_SERVICE_STOPPED + 1);

static BelfryControlState
belfry_steward_get_state (BelfryControlHost *host)
{
  return states[service_state (BELFRY_STEWARD (host))];
}

static gboolean
check_running (BelfrySteward *self, GError **error)
{
  BelfryServiceState state = service_state (self);

  if (state == BELFRY_SERVICE_RUNNING || state == BELFRY_SERVICE_RELOADING)
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "the service is %s",
               belfry_service_state_name (state));
  return FALSE;
}

static void
belfry_steward_reload_async (BelfryControlHost *host,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  BelfrySteward *self = BELFRY_STEWARD (host);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, belfry_steward_reload_async);
  if (!check_running (self, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_ptr_array_add (self->waiting, g_steal_pointer (&task));
  belfry_service_reload (self->service);
}

static gboolean
belfry_steward_reexec (BelfryControlHost *host, GError **error)
{
  BelfrySteward *self = BELFRY_STEWARD (host);

  return check_running (self, error) && belfry_service_reexec (self->service, error);
}

static gboolean
belfry_steward_reload_finish (BelfryControlHost *host, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, host), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_steward_reload_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static gboolean
belfry_steward_drain (BelfryControlHost *host, gint64 duration, GError **error)
{
  BelfrySteward *self = BELFRY_STEWARD (host);

  if (!check_running (self, error))
    return FALSE;
  belfry_service_drain (self->service, duration);
  return TRUE;
}

static gboolean
belfry_steward_shed (BelfryControlHost *host, guint percent, gint64 duration, GError **error)
{
  BelfrySteward *self = BELFRY_STEWARD (host);

  if (!check_running (self, error))
    return FALSE;
  if (duration == 0)
    duration = belfry_service_get_drain_time (self->service);
  if (belfry_server_shed (self->server, percent, duration))
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "the service takes its leave of all");
  return FALSE;
}

static void
add_problem (GVariantBuilder *list, const char *weight, const BelfryConfigProblem *problem)
{
  g_autofree char *place = belfry_config_origin_to_string (&problem->origin);
  g_autofree char *text = belfry_config_problem_render (problem);

  g_variant_builder_add (list, "(s@s@s)", weight,
                         g_variant_new_take_string (g_utf8_make_valid (place, -1)),
                         g_variant_new_take_string (g_utf8_make_valid (text, -1)));
}

static GVariant *
describe_problems (const BelfryConfigProblems *problems)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(sss)"));
  for (guint i = 0; i < belfry_config_problems_n_errors (problems); i++)
    add_problem (&list, "error", belfry_config_problems_get_error (problems, i));
  for (guint i = 0; i < belfry_config_problems_n_warnings (problems); i++)
    add_problem (&list, "warning", belfry_config_problems_get_warning (problems, i));
  return g_variant_ref_sink (g_variant_builder_end (&list));
}

/* What only a part finds wrong has no place. */
static GVariant *
describe_refusal (BelfrySteward *self, const BelfryConfigProblems *problems, const GError *refusal)
{
  GVariantBuilder list;
  g_autoptr (GVariant) known = describe_problems (problems);

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(sss)"));
  g_variant_builder_add (&list, "(ss@s)", "error", "",
                         g_variant_new_take_string (g_utf8_make_valid (refusal->message, -1)));
  for (gsize i = 0; i < g_variant_n_children (known); i++)
    {
      g_autoptr (GVariant) problem = g_variant_get_child_value (known, i);

      g_variant_builder_add_value (&list, problem);
    }
  return g_variant_ref_sink (g_variant_builder_end (&list));
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BelfrySteward *self = g_task_get_source_object (task);
  g_autoptr (BelfryConfigProblems) problems = NULL;
  g_autoptr (BelfryConfig) config = belfry_reload_check_finish (result, &problems);
  g_autoptr (GError) refusal = NULL;
  GVariant *told;

  if (config != NULL && self->service != NULL &&
      !belfry_service_would_accept (self->service, config, &refusal))
    told = describe_refusal (self, problems, refusal);
  else
    told = describe_problems (problems);
  g_task_return_pointer (task, told, (GDestroyNotify) g_variant_unref);
}

static void
belfry_steward_check_async (BelfryControlHost *host,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  BelfrySteward *self = BELFRY_STEWARD (host);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, belfry_steward_check_async);
  belfry_reload_check_async (self->sources, on_checked, g_steal_pointer (&task));
}

static GVariant *
belfry_steward_check_finish (BelfryControlHost *host, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, host), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_steward_check_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static char **
belfry_steward_get_listeners (BelfryControlHost *host)
{
  BelfrySteward *self = BELFRY_STEWARD (host);
  BelfryConfig *config = self->service != NULL ? belfry_service_get_config (self->service) : NULL;
  const GPtrArray *listens =
      config != NULL ? belfry_config_get_listen (config, BELFRY_CONFIG_SERVER_LISTEN) : NULL;
  guint n = listens != NULL ? listens->len : 0;
  char **texts = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    texts[i] = belfry_config_listen_to_string (listens->pdata[i]);
  return texts;
}

static guint
belfry_steward_get_n_workers (BelfryControlHost *host)
{
  return belfry_server_get_n_workers (BELFRY_STEWARD (host)->server);
}

static guint
belfry_steward_get_n_connections (BelfryControlHost *host)
{
  return belfry_server_get_n_connections (BELFRY_STEWARD (host)->server);
}

static void
belfry_steward_get_drain (BelfryControlHost *host, guint *left, guint *total)
{
  BelfryDrainProgress drain;

  if (!belfry_server_get_drain (BELFRY_STEWARD (host)->server, &drain))
    return;
  *left = drain.left;
  *total = drain.total;
}

static void
belfry_steward_iface_init (BelfryControlHostInterface *iface)
{
  iface->get_state = belfry_steward_get_state;
  iface->reload_async = belfry_steward_reload_async;
  iface->reload_finish = belfry_steward_reload_finish;
  iface->reexec = belfry_steward_reexec;
  iface->drain = belfry_steward_drain;
  iface->shed = belfry_steward_shed;
  iface->check_async = belfry_steward_check_async;
  iface->check_finish = belfry_steward_check_finish;
  iface->get_listeners = belfry_steward_get_listeners;
  iface->get_n_workers = belfry_steward_get_n_workers;
  iface->get_n_connections = belfry_steward_get_n_connections;
  iface->get_drain = belfry_steward_get_drain;
}

static void
belfry_steward_finalize (GObject *object)
{
  BelfrySteward *self = BELFRY_STEWARD (object);

  belfry_steward_set_service (self, NULL);
  g_ptr_array_unref (self->waiting);
  g_ptr_array_unref (self->reloading);
  g_object_unref (self->server);
  G_OBJECT_CLASS (belfry_steward_parent_class)->finalize (object);
}

static void
belfry_steward_class_init (BelfryStewardClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_steward_finalize;
}

static void
belfry_steward_init (BelfrySteward *self)
{
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  self->reloading = g_ptr_array_new_with_free_func (g_object_unref);
}

BelfrySteward *
belfry_steward_new (BelfryServer *server, const BelfryConfigSources *sources)
{
  BelfrySteward *self = g_object_new (BELFRY_TYPE_STEWARD, NULL);

  self->server = g_object_ref (server);
  self->sources = sources;
  return self;
}

void
belfry_steward_set_service (BelfrySteward *self, BelfryService *service)
{
  if (self->service != NULL)
    g_signal_handlers_disconnect_by_data (self->service, self);
  self->service = service;
  if (service != NULL)
    g_signal_connect (service, "state-changed", G_CALLBACK (on_state_changed), self);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-house"

#include "config.h"

#include "belfry-house.h"

#include "belfry-brokers.h"
#include "belfry-close.h"
#include "belfry-connection-host.h"
#include "belfry-core-metrics.h"
#include "belfry-error.h"
#include "belfry-log.h"
#include "belfry-memory-broker.h"
#include "belfry-redis-metrics.h"

/* Owns the core, and outlives the server, which works on it. Main thread. */
struct _BelfryHouse
{
  GObject parent_instance;

  BelfryClock *clock;         /* (owned) */
  BelfryConfig *config;       /* (owned): from which the broker was made */
  BelfryHandover *handover;   /* (unowned) (nullable): until it starts */
  GError *failure;            /* (owned) (nullable): why it is not the one that was asked for */
  BelfryMetrics *metrics;     /* (owned) */
  BelfryMetricsSlot *slot;    /* (owned): the gate's */
  BelfryDeadlineWheel *wheel; /* (owned) */
  BelfryBroker *broker;       /* (owned) */
  BelfryBroker *retired;      /* (owned) (nullable): the one before, which may still be sending */
  BelfryGate *gate;           /* (owned) */
  BelfryHub *hub;             /* (owned) */
  BelfryLoaderHost *host;     /* (owned) */
  BelfryLoader *loader;       /* (owned) */
};

static void belfry_house_iface_init (BelfryPartInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryHouse,
                               belfry_house,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_PART, belfry_house_iface_init))

/* What plugins ask */

static void
on_published (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (belfry_hub_publish_finish (BELFRY_HUB (source), result, NULL, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
publish_for_plugin (const char *topic, GBytes *payload, GTask *task, gpointer user_data)
{
  BelfryHouse *self = user_data;
  const BelfryHubPublication publication = { topic, payload, NULL };

  belfry_hub_publish_async (self->hub, NULL, &publication, g_task_get_cancellable (task),
                            on_published, task);
}

static void
close_for_plugin (const char *user, const char *reason, gpointer user_data)
{
  BelfryHouse *self = user_data;

  belfry_hub_close_user (self->hub, user, BELFRY_CLOSE_BLOCKED, reason);
}

static const BelfryLoaderService service_for_plugins = { publish_for_plugin, close_for_plugin };

/* The gate */

static BelfryPlugin *
find_plugin (BelfryHouse *self, const char *name, GType kind, const char *word, GError **error)
{
  const BelfryLoadedPlugin *plugin = belfry_loader_find (self->loader, name);

  if (plugin != NULL && G_TYPE_CHECK_INSTANCE_TYPE (plugin->object, kind))
    return plugin->object;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG,
               "[auth] the plugin \"%s\" is no %s", name, word);
  return NULL;
}

static gboolean
add_authorizers (BelfryHouse *self, const char *const *names, GError **error)
{
  for (; *names != NULL; names++)
    {
      BelfryPlugin *plugin =
          find_plugin (self, *names, BELFRY_TYPE_AUTHORIZER, "authorizer", error);

      if (plugin == NULL)
        return FALSE;
      belfry_gate_add_authorizer (self->gate, *names, BELFRY_AUTHORIZER (plugin));
    }
  return TRUE;
}

static gboolean
add_policies (BelfryHouse *self, const char *const *names, GError **error)
{
  for (; *names != NULL; names++)
    {
      BelfryPlugin *plugin = find_plugin (self, *names, BELFRY_TYPE_TOPIC_POLICY, "policy", error);

      if (plugin == NULL)
        return FALSE;
      belfry_gate_add_policy (self->gate, *names, BELFRY_TOPIC_POLICY (plugin));
    }
  return TRUE;
}

/* A filter needs no mention: that it is there is enough. */
static void
add_filters (BelfryHouse *self)
{
  for (guint i = 0; i < belfry_loader_get_n_plugins (self->loader); i++)
    {
      const BelfryLoadedPlugin *plugin = belfry_loader_get_plugin (self->loader, i);

      if (BELFRY_IS_MESSAGE_FILTER (plugin->object))
        belfry_gate_add_filter (self->gate, plugin->name, BELFRY_MESSAGE_FILTER (plugin->object));
    }
}

static void
name_files (BelfryHouse *self)
{
  for (guint i = 0; i < belfry_loader_get_n_plugins (self->loader); i++)
    {
      const BelfryLoadedPlugin *plugin = belfry_loader_get_plugin (self->loader, i);

      belfry_gate_set_file (self->gate, plugin->name, plugin->file);
    }
}

static void
say_mode (BelfryHouse *self)
{
  if (!belfry_gate_is_required (self->gate))
    belfry_log_event (BELFRY_LOG_WARNING,
                      &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_INSECURE_SETTING }),
                      "authentication is off: anybody may do anything (auth.required=no is for "
                      "development only)");
}

static void
say_broker (BelfryBroker *broker)
{
  belfry_log_info ("broker: %s%s", belfry_broker_get_name (broker),
                   BELFRY_IS_MEMORY_BROKER (broker) ? ", a single instance" : "");
}

static const char *
belfry_house_get_name (BelfryPart *part)
{
  return "core";
}

static gboolean
belfry_house_check (BelfryPart *part, BelfryConfig *next, GError **error)
{
  g_autoptr (BelfryTopicRules) rules = belfry_topic_rules_new (next, error);

  return rules != NULL && belfry_brokers_check (next, error);
}

/* What cannot be read costs the clients their connections, not the service its start. */
static void
take_over (BelfryHouse *self)
{
  BelfryHandover *handover = g_steal_pointer (&self->handover);
  BelfryStateReader reader;

  if (handover == NULL)
    return;
  belfry_handover_read (handover, BELFRY_HANDOVER_CORE, &reader);
  if (belfry_hub_restore (self->hub, &reader))
    return;
  belfry_log_error ("the state that the image before has left cannot be read: its clients are "
                    "closed");
  belfry_handover_spoil (handover);
}

static gboolean
belfry_house_start (BelfryPart *part, BelfryConfig *config, GError **error)
{
  BelfryHouse *self = BELFRY_HOUSE (part);

  if (!belfry_house_check (part, config, error))
    return FALSE;
  if (self->failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->failure));
      return FALSE;
    }
  if (!add_authorizers (self, belfry_config_get_list (config, BELFRY_CONFIG_AUTH_AUTHORIZERS),
                        error) ||
      !add_policies (self, belfry_config_get_list (config, BELFRY_CONFIG_AUTH_POLICIES), error))
    return FALSE;
  add_filters (self);
  name_files (self);
  belfry_loader_host_set_service (self->host, &service_for_plugins, self);
  say_mode (self);
  say_broker (self->broker);
  take_over (self);
  return TRUE;
}

static void
close_retired (BelfryHouse *self)
{
  if (self->retired != NULL)
    belfry_brokers_close (self->retired);
  g_clear_object (&self->retired);
}

/* That it can be made was made sure when the configuration was looked at. */
static void
apply_broker (BelfryHouse *self, BelfryConfig *next)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryBroker) broker = NULL;

  if (belfry_brokers_are_same (self->config, next))
    {
      belfry_brokers_apply (self->broker, next);
      return;
    }
  broker = belfry_brokers_make (self->clock, self->wheel, self->slot, next, &error);
  if (broker == NULL)
    {
      belfry_log_error ("the broker stays as it was: %s", error->message);
      return;
    }
  say_broker (broker);
  belfry_config_unref (self->config);
  self->config = belfry_config_ref (next);
  belfry_hub_set_broker (self->hub, broker);
  close_retired (self);
  self->retired = self->broker;
  self->broker = g_steal_pointer (&broker);
  belfry_brokers_retire (self->retired);
}

static void
belfry_house_apply (BelfryPart *part, BelfryConfig *next)
{
  BelfryHouse *self = BELFRY_HOUSE (part);
  gboolean was_required = belfry_gate_is_required (self->gate);

  belfry_gate_set_required (self->gate,
                            belfry_config_get_boolean (next, BELFRY_CONFIG_AUTH_REQUIRED));
  apply_broker (self, next);
  belfry_hub_set_config (self->hub, next);
  belfry_hub_review (self->hub);
  if (was_required)
    say_mode (self);
}

static void
belfry_house_stop (BelfryPart *part)
{
  belfry_loader_host_set_service (BELFRY_HOUSE (part)->host, NULL, NULL);
}

static void
belfry_house_describe (BelfryPart *part, GString *status)
{
  BelfryHouse *self = BELFRY_HOUSE (part);

  const char *trouble = belfry_hub_get_trouble (self->hub);

  g_string_append_printf (status, ", %u sessions, %u topics, broker: %s",
                          belfry_hub_get_n_sessions (self->hub),
                          belfry_hub_get_n_topics (self->hub),
                          belfry_broker_get_name (self->broker));
  if (trouble != NULL)
    g_string_append_printf (status, " (%s)", trouble);
}

static void
belfry_house_iface_init (BelfryPartInterface *iface)
{
  iface->get_name = belfry_house_get_name;
  iface->start = belfry_house_start;
  iface->check = belfry_house_check;
  iface->apply = belfry_house_apply;
  iface->stop = belfry_house_stop;
  iface->describe = belfry_house_describe;
}

static void
belfry_house_finalize (GObject *object)
{
  BelfryHouse *self = BELFRY_HOUSE (object);

  g_clear_object (&self->hub);
  close_retired (self);
  belfry_brokers_close (self->broker);
  g_clear_object (&self->broker);
  g_clear_object (&self->gate);
  g_clear_pointer (&self->slot, belfry_metrics_slot_free);
  g_clear_pointer (&self->metrics, belfry_metrics_unref);
  g_clear_pointer (&self->wheel, belfry_deadline_wheel_free);
  g_clear_pointer (&self->config, belfry_config_unref);
  g_clear_error (&self->failure);
  g_clear_object (&self->clock);
  g_clear_object (&self->host);
  g_clear_object (&self->loader);
  G_OBJECT_CLASS (belfry_house_parent_class)->finalize (object);
}

static void
belfry_house_class_init (BelfryHouseClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_house_finalize;
}

static void
belfry_house_init (BelfryHouse *self)
{
  const BelfryMetricTable tables[] = {
    { belfry_connection_metrics, BELFRY_CONNECTION_N_METRICS },
    { belfry_core_metrics, BELFRY_CORE_N_METRICS },
    { belfry_redis_metrics, BELFRY_REDIS_N_METRICS },
  };

  self->metrics = belfry_metrics_new (tables, G_N_ELEMENTS (tables));
  self->slot = belfry_metrics_slot_new (self->metrics);
}

BelfryHouse *
belfry_house_new (BelfryClock *clock,
                  BelfryConfig *config,
                  BelfryLoaderHost *host,
                  BelfryLoader *loader)
{
  BelfryHouse *self = g_object_new (BELFRY_TYPE_HOUSE, NULL);

  self->clock = g_object_ref (clock);
  self->config = belfry_config_ref (config);
  self->host = g_object_ref (host);
  self->loader = g_object_ref (loader);
  self->wheel = belfry_deadline_wheel_new (clock, NULL, G_PRIORITY_DEFAULT);
  self->broker = belfry_brokers_make (clock, self->wheel, self->slot, config, &self->failure);
  if (self->broker == NULL)
    self->broker = belfry_memory_broker_new (clock, self->wheel, 0);
  self->gate = belfry_gate_new (clock, self->slot,
                                belfry_config_get_boolean (config, BELFRY_CONFIG_AUTH_REQUIRED));
  self->hub = belfry_hub_new (clock, self->broker, self->gate, self->metrics, config);
  return self;
}

void
belfry_house_set_handover (BelfryHouse *self, BelfryHandover *handover)
{
  self->handover = handover;
}

BelfryHub *
belfry_house_get_hub (BelfryHouse *self)
{
  return self->hub;
}

BelfryMetrics *
belfry_house_get_metrics (BelfryHouse *self)
{
  return self->metrics;
}

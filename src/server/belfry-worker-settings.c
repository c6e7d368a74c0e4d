/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-worker-settings"

#include "config.h"

#include "belfry-worker-settings.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-event-client.h"
#include "belfry-resources.h"
#include "belfry-speaker.h"
#include "belfry-log.h"

/* Connections that may be inside libsoup at once, per worker: each costs a GSource in every turn of
 * the loop. */
#define MAX_INSIDE 64

/* Handshakes at once, likewise: each takes a thread of GIO's pool, which has ten and grows slowly,
 * and is quick unless its client makes it wait. */
#define MAX_HANDSHAKES 16

/* Idle keep-alive connections, and those behind TLS that have not asked yet. */
#define MAX_IDLE 64

/* How long a client may make others wait for its place: a handshake or a request's last bytes take
 * a round trip, and a second is a bad one. */
#define GRACE (1 * G_TIME_SPAN_SECOND)

/* What a worker holds of bodies that are on their way: eight of the largest. Buffers grow by
 * doubling, and the library makes copies, so that it may be a few times as much in memory. */
#define MAX_HELD (64 * 1024 * 1024)

/* A batch has room for a few messages of any size, or many small ones. */
#define BATCH_FACTOR 4
#define MAX_BATCH (8 * 1024 * 1024)

static const char *const no_protocols[] = { NULL };

/* What clients may choose wherever they connect. */
static const char *const protocols[] = { "belfry.action", "belfry.typed", "belfry.typed.envelope",
                                         NULL };

static gint64
number (BelfryConfig *config, BelfryConfigKey key)
{
  return belfry_config_get_number (config, key);
}

static BelfryConnectionSettings *
connection_settings (BelfryConfig *config, const BelfryEndpointHandler *handler)
{
  BelfryConnectionLimits limits;

  belfry_connection_limits_init (&limits);
  limits.ping_interval = number (config, BELFRY_CONFIG_WEBSOCKET_PING_INTERVAL);
  limits.ping_timeout = number (config, BELFRY_CONFIG_WEBSOCKET_PING_TIMEOUT);
  limits.auth_timeout = number (config, BELFRY_CONFIG_WEBSOCKET_AUTH_TIMEOUT);
  limits.needs_authentication = handler->needs_authentication &&
                                belfry_config_get_boolean (config, BELFRY_CONFIG_AUTH_REQUIRED);
  limits.max_message = (gsize) number (config, BELFRY_CONFIG_WEBSOCKET_MAX_MESSAGE_SIZE);
  limits.max_frame = limits.max_message;
  limits.message_rate = (guint32) number (config, BELFRY_CONFIG_WEBSOCKET_MAX_MESSAGES_PER_SECOND);
  limits.message_burst = limits.message_rate;
  limits.send_queue = (gsize) number (config, BELFRY_CONFIG_WEBSOCKET_SEND_QUEUE);
  limits.read_mark = limits.send_queue / 2;
  return belfry_connection_settings_new (&limits);
}

/* An endpoint's own word on compression, or that of [websocket]. */
static gboolean
has_compression (BelfryConfig *config, const BelfryConfigInstance *instance)
{
  return belfry_config_instance_is_set (instance, BELFRY_CONFIG_ENDPOINT_COMPRESSION)
             ? belfry_config_instance_get_boolean (instance, BELFRY_CONFIG_ENDPOINT_COMPRESSION)
             : belfry_config_get_boolean (config, BELFRY_CONFIG_WEBSOCKET_COMPRESSION);
}

static const BelfryDialect *
find_dialect (const BelfryConfigInstance *instance, guint dialect)
{
  return belfry_dialect_for_endpoint ((BelfryConfigDialect) dialect,
                                      (BelfryConfigDelivery) belfry_config_instance_get_enum (
                                          instance, BELFRY_CONFIG_ENDPOINT_DELIVERY));
}

static void
add_endpoint (BelfryWorkerSettings *self,
              const BelfryConfigInstance *instance,
              const BelfryEndpointHandler *const *handlers)
{
  const char *path = belfry_config_instance_get_name (instance);
  guint dialect =
      (guint) belfry_config_instance_get_enum (instance, BELFRY_CONFIG_ENDPOINT_DIALECT);

  if (!belfry_config_instance_get_boolean (instance, BELFRY_CONFIG_ENDPOINT_ENABLED))
    return;
  if (handlers[dialect] == NULL)
    {
      belfry_log_info ("the endpoint %s is not served: its dialect is not there", path);
      return;
    }
  self->front_endpoints[self->n_endpoints] = (BelfryEndpoint){
    .path = path,
    .protocols = handlers[dialect] == &belfry_speaker_handler ? protocols : no_protocols,
    .dialect = (guint) self->n_endpoints,
    .compression = has_compression (self->config, instance),
  };
  self->endpoints[self->n_endpoints] = (BelfryWorkerEndpoint){
    .handler = handlers[dialect],
    .dialect =
        handlers[dialect] == &belfry_speaker_handler ? find_dialect (instance, dialect) : NULL,
    .connections = connection_settings (self->config, handlers[dialect]),
  };
  self->n_endpoints++;
}

/* Server-Sent Events, always at the same path. */
static void
add_stream (BelfryWorkerSettings *self)
{
  self->front_endpoints[self->n_endpoints] = (BelfryEndpoint){
    .path = BELFRY_EVENT_CLIENT_PATH,
    .protocols = no_protocols,
    .dialect = (guint) self->n_endpoints,
    .is_stream = TRUE,
  };
  self->endpoints[self->n_endpoints] = (BelfryWorkerEndpoint){
    .handler = &belfry_event_client_handler,
    .dialect = &belfry_dialect_event_stream,
    .one_way = &belfry_event_client_one_way,
    .connections = connection_settings (self->config, &belfry_event_client_handler),
  };
  self->n_endpoints++;
}

static void
add_endpoints (BelfryWorkerSettings *self, const BelfryEndpointHandler *const *handlers)
{
  guint n = belfry_config_n_instances (self->config, BELFRY_CONFIG_GROUP_ENDPOINT);

  self->front_endpoints = g_new0 (BelfryEndpoint, n + 1);
  self->endpoints = g_new0 (BelfryWorkerEndpoint, n + 1);
  for (guint i = 0; i < n; i++)
    add_endpoint (self, belfry_config_get_instance (self->config, BELFRY_CONFIG_GROUP_ENDPOINT, i),
                  handlers);
  if (handlers[BELFRY_CONFIG_DIALECT_TYPED] == &belfry_speaker_handler)
    add_stream (self);
}

static void
fill_front (BelfryWorkerSettings *self)
{
  BelfryConfig *config = self->config;
  const char *const *words = belfry_config_get_list (config, BELFRY_CONFIG_SERVER_TRUSTED_PROXIES);

  self->front = (BelfryHttpFrontSettings){
    .vestibule = {
      .header_timeout = number (config, BELFRY_CONFIG_SERVER_HEADER_TIMEOUT),
      .handshake_timeout = number (config, BELFRY_CONFIG_SERVER_HANDSHAKE_TIMEOUT),
      .idle_timeout = number (config, BELFRY_CONFIG_SERVER_IDLE_TIMEOUT),
      .grace = GRACE,
      .max_handshakes = MAX_HANDSHAKES,
      .max_inside = MAX_INSIDE,
      .max_idle = MAX_IDLE,
      .max_held = MAX_HELD,
    },
    .endpoints = self->front_endpoints,
    .n_endpoints = self->n_endpoints,
    .resources = self->resources,
    .n_resources = self->n_resources,
    .origins =
        belfry_origins_new (belfry_config_get_list (config, BELFRY_CONFIG_SERVER_ALLOWED_ORIGINS)),
    .proxies = belfry_proxies_new (
        belfry_config_get_networks (config, BELFRY_CONFIG_SERVER_TRUSTED_PROXIES),
        g_strv_contains (words, BELFRY_PEER_UNIX)),
  };
}

static void
fill_listener (BelfryWorkerSettings *self)
{
  BelfryConfig *config = self->config;

  self->listener = (BelfryListenerLimits){
    .max_connections = (guint) number (config, BELFRY_CONFIG_SERVER_MAX_CONNECTIONS),
    .max_per_address = (guint) number (config, BELFRY_CONFIG_SERVER_MAX_CONNECTIONS_PER_ADDRESS),
    .accept_rate = (guint) number (config, BELFRY_CONFIG_SERVER_ACCEPT_RATE),
    .proxies = belfry_proxies_ref (self->front.proxies),
  };
}

static gboolean
load_client_ca (BelfryWorkerSettings *self, GError **error)
{
  const char *path = belfry_config_get_text (self->config, BELFRY_CONFIG_SERVER_TLS_CLIENT_CA);
  g_autoptr (GError) local = NULL;

  if (*path == '\0')
    return TRUE;
  self->front.client_ca = g_tls_file_database_new (path, &local);
  if (self->front.client_ca == NULL)
    g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG, "tls-client-ca=%s: %s", path,
                 local->message);
  return self->front.client_ca != NULL;
}

BelfryWorkerSettings *
belfry_worker_settings_new (BelfryConfig *config,
                            const BelfryEndpointHandler *const *handlers,
                            GError **error)
{
  BelfryWorkerSettings *self = g_new0 (BelfryWorkerSettings, 1);

  g_atomic_ref_count_init (&self->refs);
  self->config = belfry_config_ref (config);
  add_endpoints (self, handlers);
  self->max_batch =
      MIN ((guint64) number (config, BELFRY_CONFIG_WEBSOCKET_MAX_MESSAGE_SIZE) * BATCH_FACTOR,
           MAX_BATCH);
  if (handlers[BELFRY_CONFIG_DIALECT_TYPED] == &belfry_speaker_handler)
    self->resources = belfry_resources_new (config, self->max_batch, &self->n_resources);
  fill_front (self);
  fill_listener (self);
  if (!load_client_ca (self, error))
    g_clear_pointer (&self, belfry_worker_settings_unref);
  return self;
}

BelfryWorkerSettings *
belfry_worker_settings_ref (BelfryWorkerSettings *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
belfry_worker_settings_unref (BelfryWorkerSettings *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  for (gsize i = 0; i < self->n_endpoints; i++)
    belfry_connection_settings_unref (self->endpoints[i].connections);
  g_clear_object (&self->front.client_ca);
  belfry_proxies_unref (self->listener.proxies);
  belfry_proxies_unref (self->front.proxies);
  belfry_origins_unref (self->front.origins);
  g_free (self->resources);
  g_free (self->endpoints);
  g_free (self->front_endpoints);
  belfry_config_unref (self->config);
  g_free (self);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-brokers"

#include "config.h"

#include "belfry-brokers.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-memory-broker.h"
#include "belfry-redis-broker.h"

/* Which broker a configuration asks for: the one place that knows all kinds. No state. */

/* A dead instance's users are seen for that long, and each is renewed thrice in it. */
#define PRESENCE_LEASE (30 * G_TIME_SPAN_SECOND)

static const BelfryConfigKey identifying_texts[] = {
  BELFRY_CONFIG_BROKER_URL,     BELFRY_CONFIG_BROKER_USER,
  BELFRY_CONFIG_BROKER_CHANNEL, BELFRY_CONFIG_BROKER_PREFIX,
  BELFRY_CONFIG_BROKER_TLS_CA,  BELFRY_CONFIG_BROKER_TLS_CERTIFICATE,
  BELFRY_CONFIG_BROKER_TLS_KEY, BELFRY_CONFIG_BROKER_TLS_SERVER_NAME,
};

static const BelfryConfigKey identifying_secrets[] = {
  BELFRY_CONFIG_BROKER_PASSWORD,
  BELFRY_CONFIG_BROKER_SENTINEL_PASSWORD,
};

static gboolean
is_same_secret (BelfryConfig *a, BelfryConfig *b, BelfryConfigKey key)
{
  const BelfrySecret *one = belfry_config_get_secret (a, key);
  const BelfrySecret *other = belfry_config_get_secret (b, key);

  return one == NULL || other == NULL ? one == other : belfry_secret_equal (one, other);
}

static gboolean
has_url (BelfryConfig *config)
{
  return *belfry_config_get_text (config, BELFRY_CONFIG_BROKER_URL) != '\0';
}

/* Returns: (transfer full): what tells this process from all others */
static char *
new_instance (void)
{
  g_autofree char *uuid = g_uuid_string_random ();
  g_auto (GStrv) parts = g_strsplit (uuid, "-", -1);

  return g_strjoinv (NULL, parts);
}

/* Where Redis is, and how to prove who is who. */
typedef struct
{
  BelfryRedisUrl *url; /* (owned) (nullable) */
  BelfryRedisTls *tls; /* (owned) (nullable) */
} Address;

static void
address_clear (Address *self)
{
  g_clear_pointer (&self->url, belfry_redis_url_unref);
  g_clear_pointer (&self->tls, belfry_redis_tls_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Address, address_clear)

/* Returns: (transfer none) (nullable): %NULL if it is empty */
static const char *
get_text (BelfryConfig *config, BelfryConfigKey key)
{
  const char *text = belfry_config_get_text (config, key);

  return *text != '\0' ? text : NULL;
}

/* Secrets that were kept elsewhere go before the URL's. */
static BelfryRedisUrl *
read_url (BelfryConfig *config, GError **error)
{
  g_autoptr (BelfryRedisUrl) url =
      belfry_redis_url_parse (belfry_config_get_text (config, BELFRY_CONFIG_BROKER_URL), error);
  const char *name = get_text (config, BELFRY_CONFIG_BROKER_USER);

  if (url == NULL)
    {
      g_prefix_error (error, "[broker] url: ");
      return NULL;
    }
  g_autoptr (BelfrySecret) user = name != NULL ? belfry_secret_new (name, strlen (name)) : NULL;
  return belfry_redis_url_new_with_secrets (
      url, user, belfry_config_get_secret (config, BELFRY_CONFIG_BROKER_PASSWORD),
      belfry_config_get_secret (config, BELFRY_CONFIG_BROKER_SENTINEL_PASSWORD));
}

/* Reads the files that it names. */
static gboolean
read_address (Address *self, BelfryConfig *config, GError **error)
{
  self->url = read_url (config, error);
  if (self->url == NULL)
    return FALSE;
  self->tls =
      belfry_redis_tls_load (get_text (config, BELFRY_CONFIG_BROKER_TLS_CA),
                             get_text (config, BELFRY_CONFIG_BROKER_TLS_CERTIFICATE),
                             get_text (config, BELFRY_CONFIG_BROKER_TLS_KEY),
                             get_text (config, BELFRY_CONFIG_BROKER_TLS_SERVER_NAME), error);
  if (self->tls == NULL)
    g_prefix_error (error, "[broker] ");
  return self->tls != NULL;
}

gboolean
belfry_brokers_check (BelfryConfig *config, GError **error)
{
  g_auto (Address) address = { NULL, NULL };

  return !has_url (config) || read_address (&address, config, error);
}

static BelfryBroker *
make_redis (BelfryClock *clock,
            BelfryDeadlineWheel *wheel,
            BelfryMetricsSlot *slot,
            BelfryConfig *config,
            GError **error)
{
  g_auto (Address) address = { NULL, NULL };
  g_autoptr (BelfryTopicRules) rules =
      read_address (&address, config, error) ? belfry_topic_rules_new (config, error) : NULL;
  g_autofree char *instance = new_instance ();
  gboolean shared =
      belfry_config_get_enum (config, BELFRY_CONFIG_BROKER_MODE) == BELFRY_CONFIG_BROKER_ENVELOPE;

  if (rules == NULL)
    return NULL;

  const BelfryRedisBrokerSettings settings = {
    .url = address.url,
    .tls = address.tls,
    .clock = clock,
    .wheel = wheel,
    .rules = rules,
    .slot = slot,
    .instance = instance,
    .prefix = belfry_config_get_text (config, BELFRY_CONFIG_BROKER_PREFIX),
    .channel = shared ? belfry_config_get_text (config, BELFRY_CONFIG_BROKER_CHANNEL) : NULL,
    .cluster_wildcards = belfry_config_get_boolean (config, BELFRY_CONFIG_BROKER_CLUSTER_WILDCARDS),
    .probe_interval = belfry_config_get_number (config, BELFRY_CONFIG_BROKER_PROBE_INTERVAL),
    .presence_lease = PRESENCE_LEASE,
    .outbox = (gsize) belfry_config_get_number (config, BELFRY_CONFIG_BROKER_OUTBOX),
  };

  return belfry_redis_broker_new (&settings);
}

BelfryBroker *
belfry_brokers_make (BelfryClock *clock,
                     BelfryDeadlineWheel *wheel,
                     BelfryMetricsSlot *slot,
                     BelfryConfig *config,
                     GError **error)
{
  if (has_url (config))
    return make_redis (clock, wheel, slot, config, error);
  return belfry_memory_broker_new (clock, wheel,
                                   (gsize) belfry_config_get_number (config,
                                                                     BELFRY_CONFIG_BROKER_MEMORY));
}

gboolean
belfry_brokers_are_same (BelfryConfig *a, BelfryConfig *b)
{
  if (!has_url (a) && !has_url (b))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (identifying_texts); i++)
    {
      if (strcmp (belfry_config_get_text (a, identifying_texts[i]),
                  belfry_config_get_text (b, identifying_texts[i])) != 0)
        return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (identifying_secrets); i++)
    {
      if (!is_same_secret (a, b, identifying_secrets[i]))
        return FALSE;
    }
  return belfry_config_get_enum (a, BELFRY_CONFIG_BROKER_MODE) ==
             belfry_config_get_enum (b, BELFRY_CONFIG_BROKER_MODE) &&
         belfry_config_get_boolean (a, BELFRY_CONFIG_BROKER_CLUSTER_WILDCARDS) ==
             belfry_config_get_boolean (b, BELFRY_CONFIG_BROKER_CLUSTER_WILDCARDS);
}

static void
apply_redis (BelfryRedisBroker *broker, BelfryConfig *next)
{
  g_autoptr (BelfryTopicRules) rules = belfry_topic_rules_new (next, NULL);

  if (rules != NULL)
    belfry_redis_broker_set_rules (broker, rules);
  belfry_redis_broker_set_outbox (broker,
                                  (gsize) belfry_config_get_number (next,
                                                                    BELFRY_CONFIG_BROKER_OUTBOX));
  belfry_redis_broker_set_probe_interval (
      broker, belfry_config_get_number (next, BELFRY_CONFIG_BROKER_PROBE_INTERVAL));
}

void
belfry_brokers_apply (BelfryBroker *broker, BelfryConfig *next)
{
  if (BELFRY_IS_REDIS_BROKER (broker))
    apply_redis (BELFRY_REDIS_BROKER (broker), next);
  else if (BELFRY_IS_MEMORY_BROKER (broker))
    belfry_memory_broker_set_budget (BELFRY_MEMORY_BROKER (broker),
                                     (gsize)
                                         belfry_config_get_number (next,
                                                                   BELFRY_CONFIG_BROKER_MEMORY));
}

void
belfry_brokers_retire (BelfryBroker *broker)
{
  if (BELFRY_IS_REDIS_BROKER (broker))
    belfry_redis_broker_retire (BELFRY_REDIS_BROKER (broker));
}

void
belfry_brokers_close (BelfryBroker *broker)
{
  if (BELFRY_IS_REDIS_BROKER (broker))
    belfry_redis_broker_close (BELFRY_REDIS_BROKER (broker));
}

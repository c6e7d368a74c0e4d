/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-brokers"

#include "config.h"

#include "belfry-brokers.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-memory-broker.h"

/* Which broker a configuration asks for: the one place that knows all kinds. No state. */

static const BelfryConfigKey identifying_texts[] = {
  BELFRY_CONFIG_BROKER_URL,
  BELFRY_CONFIG_BROKER_CHANNEL,
  BELFRY_CONFIG_BROKER_PREFIX,
};

static gboolean
has_url (BelfryConfig *config)
{
  return *belfry_config_get_text (config, BELFRY_CONFIG_BROKER_URL) != '\0';
}

gboolean
belfry_brokers_check (BelfryConfig *config, GError **error)
{
  if (!has_url (config))
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG,
               "[broker] url: there is no broker for this URL; empty keeps everything in this "
               "process");
  return FALSE;
}

BelfryBroker *
belfry_brokers_make (BelfryClock *clock,
                     BelfryDeadlineWheel *wheel,
                     BelfryConfig *config,
                     GError **error)
{
  if (!belfry_brokers_check (config, error))
    return NULL;
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
  return belfry_config_get_enum (a, BELFRY_CONFIG_BROKER_MODE) ==
         belfry_config_get_enum (b, BELFRY_CONFIG_BROKER_MODE);
}

void
belfry_brokers_apply (BelfryBroker *broker, BelfryConfig *next)
{
  if (BELFRY_IS_MEMORY_BROKER (broker))
    belfry_memory_broker_set_budget (BELFRY_MEMORY_BROKER (broker),
                                     (gsize)
                                         belfry_config_get_number (next,
                                                                   BELFRY_CONFIG_BROKER_MEMORY));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include <belfry/belfry-topic-settings.h>

/* What a policy thinks of a topic. Plugins are no administrators: what they say is kept within the
 * bounds that the configuration has. */

#define MAX_HISTORY_SIZE 1000000
#define MAX_HISTORY_BYTES ((guint64) 1 << 30)
#define MIN_HISTORY_TTL ((gint64) G_TIME_SPAN_SECOND)
#define MAX_HISTORY_TTL (30 * (gint64) G_TIME_SPAN_DAY)

typedef enum
{
  SETTING_HISTORY_SIZE = 1 << 0,
  SETTING_HISTORY_BYTES = 1 << 1,
  SETTING_HISTORY_TTL = 1 << 2,
  SETTING_PRESENCE = 1 << 3,
  SETTING_SLOW_CONSUMER = 1 << 4,
} Setting;

struct _BelfryTopicSettings
{
  guint set; /* of the settings */
  guint history_size;
  guint64 history_bytes;
  gint64 history_ttl;
  gboolean presence;
  BelfrySlowConsumer slow_consumer;
};

G_DEFINE_BOXED_TYPE (BelfryTopicSettings,
                     belfry_topic_settings,
                     belfry_topic_settings_copy,
                     belfry_topic_settings_free)

static gboolean
is_set (const BelfryTopicSettings *self, Setting setting)
{
  return (self->set & (guint) setting) != 0;
}

BelfryTopicSettings *
belfry_topic_settings_new (void)
{
  return g_new0 (BelfryTopicSettings, 1);
}

BelfryTopicSettings *
belfry_topic_settings_copy (const BelfryTopicSettings *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_memdup2 (self, sizeof *self);
}

void
belfry_topic_settings_free (BelfryTopicSettings *self)
{
  g_free (self);
}

void
belfry_topic_settings_set_history_size (BelfryTopicSettings *self, guint messages)
{
  g_return_if_fail (self != NULL);

  self->history_size = MIN (messages, MAX_HISTORY_SIZE);
  self->set |= SETTING_HISTORY_SIZE;
}

gboolean
belfry_topic_settings_get_history_size (const BelfryTopicSettings *self, guint *messages)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (is_set (self, SETTING_HISTORY_SIZE))
    *messages = self->history_size;
  return is_set (self, SETTING_HISTORY_SIZE);
}

void
belfry_topic_settings_set_history_bytes (BelfryTopicSettings *self, guint64 bytes)
{
  g_return_if_fail (self != NULL);

  self->history_bytes = MIN (bytes, MAX_HISTORY_BYTES);
  self->set |= SETTING_HISTORY_BYTES;
}

gboolean
belfry_topic_settings_get_history_bytes (const BelfryTopicSettings *self, guint64 *bytes)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (is_set (self, SETTING_HISTORY_BYTES))
    *bytes = self->history_bytes;
  return is_set (self, SETTING_HISTORY_BYTES);
}

void
belfry_topic_settings_set_history_ttl (BelfryTopicSettings *self, gint64 ttl)
{
  g_return_if_fail (self != NULL);

  self->history_ttl = CLAMP (ttl, MIN_HISTORY_TTL, MAX_HISTORY_TTL);
  self->set |= SETTING_HISTORY_TTL;
}

gboolean
belfry_topic_settings_get_history_ttl (const BelfryTopicSettings *self, gint64 *ttl)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (is_set (self, SETTING_HISTORY_TTL))
    *ttl = self->history_ttl;
  return is_set (self, SETTING_HISTORY_TTL);
}

void
belfry_topic_settings_set_presence (BelfryTopicSettings *self, gboolean presence)
{
  g_return_if_fail (self != NULL);

  self->presence = presence != FALSE;
  self->set |= SETTING_PRESENCE;
}

gboolean
belfry_topic_settings_get_presence (const BelfryTopicSettings *self, gboolean *presence)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (is_set (self, SETTING_PRESENCE))
    *presence = self->presence;
  return is_set (self, SETTING_PRESENCE);
}

void
belfry_topic_settings_set_slow_consumer (BelfryTopicSettings *self,
                                         BelfrySlowConsumer slow_consumer)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail ((guint) slow_consumer <= BELFRY_SLOW_CONSUMER_CONFLATE);

  self->slow_consumer = slow_consumer;
  self->set |= SETTING_SLOW_CONSUMER;
}

gboolean
belfry_topic_settings_get_slow_consumer (const BelfryTopicSettings *self,
                                         BelfrySlowConsumer *slow_consumer)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (is_set (self, SETTING_SLOW_CONSUMER))
    *slow_consumer = self->slow_consumer;
  return is_set (self, SETTING_SLOW_CONSUMER);
}

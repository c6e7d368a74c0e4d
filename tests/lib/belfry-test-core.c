/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-core"

#include "config.h"

#include "belfry-test-core.h"

#include <string.h>

#include "belfry-hub-private.h"
#include "belfry-memory-broker.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

/* Puts a core together as the daemon does, on one thread and with a clock that stands still. */

#define HISTORY_BUDGET (16 << 20)

static gint64
wall (gpointer user_data)
{
  return belfry_clock_wall (user_data);
}

static void
make_gate (BelfryTestCore *self, BelfryConfig *config)
{
  self->plugin = belfry_fake_plugin_new (wall, self->clock);
  self->gate = belfry_gate_new (BELFRY_CLOCK (self->clock), self->slot,
                                belfry_config_get_boolean (config, BELFRY_CONFIG_AUTH_REQUIRED));
  belfry_gate_add_authorizer (self->gate, "fake", BELFRY_AUTHORIZER (self->plugin));
  belfry_gate_add_policy (self->gate, "fake", BELFRY_TOPIC_POLICY (self->plugin));
}

void
belfry_test_core_init (BelfryTestCore *self, const char *config_text)
{
  const BelfryMetricTable table = { belfry_core_metrics, BELFRY_CORE_N_METRICS };
  g_autoptr (BelfryConfig) config = belfry_test_config_new (config_text);

  *self = (BelfryTestCore){ .clock = belfry_fake_clock_new () };
  self->wheel = belfry_deadline_wheel_new (BELFRY_CLOCK (self->clock), NULL, G_PRIORITY_DEFAULT);
  self->metrics = belfry_metrics_new (&table, 1);
  self->slot = belfry_metrics_slot_new (self->metrics);
  make_gate (self, config);

  g_autoptr (BelfryBroker) memory =
      belfry_memory_broker_new (BELFRY_CLOCK (self->clock), self->wheel, HISTORY_BUDGET);

  self->broker = belfry_late_broker_new (memory);
  self->hub = belfry_hub_new (BELFRY_CLOCK (self->clock), BELFRY_BROKER (self->broker), self->gate,
                              self->metrics, config);
  for (int i = 0; i < BELFRY_TEST_SHARDS; i++)
    {
      self->shards[i] = belfry_hub_add_shard (self->hub, NULL);
      belfry_shard_start (self->shards[i], self->wheel, self->slot);
    }
}

void
belfry_test_core_clear (BelfryTestCore *self)
{
  for (int i = 0; i < BELFRY_TEST_SHARDS; i++)
    {
      if (self->shards[i] == NULL)
        continue;
      belfry_shard_stop (self->shards[i]);
      belfry_hub_remove_shard (self->hub, self->shards[i]);
    }
  belfry_late_broker_hold (self->broker, 0);
  belfry_late_broker_release (self->broker, G_MAXUINT);
  belfry_fake_plugin_release (self->plugin);
  belfry_fake_client_settle ();
  if (self->hub != NULL)
    belfry_test_assert_finalizes (self->hub);
  belfry_test_assert_finalizes (self->gate);
  belfry_test_assert_finalizes (self->plugin);
  belfry_test_assert_finalizes (self->broker);
  belfry_metrics_slot_free (self->slot);
  belfry_metrics_unref (self->metrics);
  belfry_deadline_wheel_free (self->wheel);
  belfry_test_assert_finalizes (self->clock);
}

BelfryFakeClient *
belfry_test_core_client (BelfryTestCore *self, const char *token)
{
  BelfryFakeClient *client = belfry_fake_client_new (self->shards[0], token);

  belfry_fake_client_assert_told (client, "welcome; authenticated; signed-in");
  return client;
}

void
belfry_test_core_advance (BelfryTestCore *self, gint64 by)
{
  belfry_fake_clock_advance (self->clock, by);
  belfry_deadline_wheel_turn (self->wheel);
  belfry_deadline_wheel_turn (self->hub->wheel);
  belfry_fake_client_settle ();
}

void
belfry_test_core_publish (BelfryTestCore *self, const char *topic, const char *payload)
{
  g_autoptr (GBytes) bytes = g_bytes_new (payload, strlen (payload));
  const BelfryHubPublication publication = { .topic = topic, .payload = bytes };

  belfry_hub_publish_async (self->hub, NULL, &publication, NULL, NULL, NULL);
}

gint64
belfry_test_core_get_gauge (BelfryTestCore *self, BelfryCoreMetric metric)
{
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (self->metrics);

  return belfry_metrics_snapshot_get_gauge (snapshot, metric);
}

guint64
belfry_test_core_get_counter (BelfryTestCore *self, BelfryCoreMetric metric)
{
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (self->metrics);

  return belfry_metrics_snapshot_get_counter (snapshot, metric);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hub"

#include "config.h"

#include "belfry-hub-private.h"

#include "belfry-error.h"
#include "belfry-log.h"

/* The broker as a whole: how it is, as the log and the metrics tell it, and its exchange for
 * another while clients stay. */

static const char *const states[] = {
  [BELFRY_BROKER_STARTING] = "not connected yet",
  [BELFRY_BROKER_UP] = "up",
  [BELFRY_BROKER_DEGRADED] = "degraded",
};

/* Returns: (transfer full): a phrase, without the broker's name */
static char *
describe (BelfryBroker *broker)
{
  BelfryBrokerState state = belfry_broker_get_state (broker);
  const char *reason = state != BELFRY_BROKER_UP ? belfry_broker_get_reason (broker) : NULL;

  if (reason == NULL)
    return g_strdup (states[state]);
  return g_strdup_printf ("%s: %s", states[state], reason);
}

/* Once for each change, whatever the broker signals; that one is up from the beginning is no
 * change. */
static void
note_state (BelfryHub *self)
{
  BelfryBrokerState state = belfry_broker_get_state (self->broker);
  gboolean is_up = state == BELFRY_BROKER_UP;
  BelfryLogLevel level = state == BELFRY_BROKER_DEGRADED ? BELFRY_LOG_WARNING : BELFRY_LOG_INFO;
  g_autofree char *text = describe (self->broker);

  belfry_core_slot_set (&self->slot, BELFRY_CORE_METRIC_BROKER_UP, is_up ? 1 : 0);
  if (g_strcmp0 (text, self->broker_text) == 0)
    return;
  if (!is_up || self->broker_text != NULL)
    belfry_log_event (level, NULL, "the broker (%s) is %s", belfry_broker_get_name (self->broker),
                      text);
  g_free (self->broker_text);
  self->broker_text = g_steal_pointer (&text);
  g_signal_emit_by_name (self, "broker-changed");
}

static void
on_state_changed (BelfryBroker *broker, gpointer user_data)
{
  note_state (user_data);
}

/* Operations that the broker before would have to answer, but for those of the topics themselves.
 * One that subscribes to several may have some confirmed by it, others asked of a plugin: there is
 * one answer for all. */
static GPtrArray *
find_waiting (BelfryHub *self)
{
  GPtrArray *waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_operation_unref);

  for (BelfryOperation *each = self->operations; each != NULL; each = each->next)
    {
      if (each->entry == NULL && (each->wishes != NULL || belfry_deadline_is_set (&each->deadline)))
        g_ptr_array_add (waiting, belfry_operation_ref (each));
    }
  return waiting;
}

static void
end_waiting (GPtrArray *waiting)
{
  for (guint i = 0; i < waiting->len; i++)
    {
      BelfryOperation *operation = g_ptr_array_index (waiting, i);
      GError *error;

      if (operation->hub == NULL)
        continue;
      error = g_error_new (BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE,
                           "this cannot be done now: the broker is being exchanged");
      if (operation->wishes != NULL)
        belfry_operation_end (operation, error);
      else
        belfry_operation_give_up (operation, error);
    }
}

typedef void (*PresentFunc) (BelfryHub *self,
                             const BelfryRecord *record,
                             const BelfryHolding *holding);

static void
foreach_present (BelfryHub *self, PresentFunc func)
{
  for (const BelfryRecord *record = self->records; record != NULL; record = record->next)
    {
      for (guint i = 0; i < record->n_holdings; i++)
        {
          if (belfry_record_get_holdings (record)[i].present)
            func (self, record, &belfry_record_get_holdings (record)[i]);
        }
    }
}

static void
add_present (BelfryHub *self, const BelfryRecord *record, const BelfryHolding *holding)
{
  belfry_broker_presence_add (self->broker, holding->entry->name,
                              belfry_identity_get_subject (record->identity),
                              belfry_identity_get_info (record->identity));
}

/* Those of other instances that stay with this broker see who is not there any more. */
static void
remove_present (BelfryHub *self, const BelfryRecord *record, const BelfryHolding *holding)
{
  belfry_broker_presence_remove (self->broker, holding->entry->name,
                                 belfry_identity_get_subject (record->identity));
}

void
belfry_hub_connect_broker (BelfryHub *self)
{
  belfry_broker_set_sink (self->broker, &belfry_hub_broker_sink, self);
  g_signal_connect (self->broker, "state-changed", G_CALLBACK (on_state_changed), self);
  note_state (self);
}

void
belfry_hub_disconnect_broker (BelfryHub *self)
{
  g_signal_handlers_disconnect_by_data (self->broker, self);
  belfry_broker_set_sink (self->broker, NULL, NULL);
}

BelfryBroker *
belfry_hub_get_broker (BelfryHub *self)
{
  return self->broker;
}

const char *
belfry_hub_get_trouble (BelfryHub *self)
{
  BelfryBrokerState state = belfry_broker_get_state (self->broker);
  const char *reason = belfry_broker_get_reason (self->broker);

  if (state == BELFRY_BROKER_UP)
    return NULL;
  return reason != NULL ? reason : states[state];
}

/* What waited is ended last: who hears of it may ask for more at once, and gets it of the new
 * broker. */
void
belfry_hub_set_broker (BelfryHub *self, BelfryBroker *broker)
{
  g_return_if_fail (BELFRY_IS_BROKER (broker));

  if (broker == self->broker)
    return;

  g_autoptr (GPtrArray) waiting = find_waiting (self);

  belfry_hub_disconnect_broker (self);
  foreach_present (self, remove_present);
  g_set_object (&self->broker, broker);
  g_clear_pointer (&self->broker_text, g_free);
  belfry_hub_connect_broker (self);
  belfry_hub_move_topics (self);
  foreach_present (self, add_present);
  end_waiting (waiting);
}

void
belfry_hub_measure_broker (BelfryHub *self)
{
  gint64 latency = belfry_broker_get_latency (self->broker);
  gint64 proof = belfry_broker_get_last_proof (self->broker);

  belfry_core_slot_set (&self->slot, BELFRY_CORE_METRIC_BROKER_LATENCY, MAX (latency, 0));
  belfry_core_slot_set (&self->slot, BELFRY_CORE_METRIC_BROKER_PROOF_AGE,
                        proof > 0 ? MAX (belfry_clock_now (self->clock) - proof, 0) : 0);
}

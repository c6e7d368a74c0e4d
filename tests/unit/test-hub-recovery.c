/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hub.h"

#include <string.h>

#include "belfry-hub-private.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

#define HISTORY "[topic h.*]\nhistory-size = 20\n"

/* As a broker that lost its connection delivers what it missed. */
static void
deliver (BelfryTestCore *core, const char *topic, guint64 epoch, guint64 offset)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, offset);
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));
  const BelfryMessageParams params = {
    .topic = topic,
    .payload = payload,
    .position = { epoch, offset },
  };
  g_autoptr (BelfryMessage) message = belfry_message_new (&params);

  belfry_late_broker_deliver (core->broker, message);
}

/* Who has a pattern and subscribes to a topic that it matches gets what is published meanwhile by
 * the pattern, and not again behind the history, nor in it. */
static void
test_pattern_and_history (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_fake_client_subscribe (a, "h.*");
  belfry_fake_client_forget (a);
  belfry_test_core_publish (&core, "h.x", "1");
  belfry_fake_client_forget (a);
  BelfryPosition since = a->position;
  for (int before = 0; before <= 1; before++)
    {
      belfry_late_broker_hold (core.broker,
                               BELFRY_LATE_HISTORY | (before != 0 ? BELFRY_LATE_BEFORE : 0));
      belfry_fake_client_recover (a, "h.x", &since);
      belfry_fake_client_recover (b, "h.x", &since);
      belfry_fake_client_assert_told (a, "");
      belfry_test_core_publish (&core, "h.x", "2");
      belfry_test_core_publish (&core, "h.x", "3");
      belfry_fake_client_assert_told (a, before == 0 ? "message h.x 2@2; message h.x 3@3"
                                                     : "message h.x 2@5; message h.x 3@6");
      belfry_late_broker_release (core.broker, 2);
      belfry_fake_client_assert_told (a, before == 0 ? "subscribed h.x@3+" : "subscribed h.x@6+");
      belfry_fake_client_assert_told (b,
                                      before == 0
                                          ? "subscribed h.x@1+; message h.x 2@2; message h.x 3@3"
                                          : "subscribed h.x@4+; message h.x 2@5; message h.x 3@6");
      belfry_test_core_publish (&core, "h.x", "4");
      belfry_fake_client_assert_told (a, before == 0 ? "message h.x 4@4" : "message h.x 4@7");
      belfry_fake_client_assert_told (b, before == 0 ? "message h.x 4@4" : "message h.x 4@7");
      since = a->position;
      belfry_fake_client_unsubscribe (a, "h.x");
      belfry_fake_client_unsubscribe (b, "h.x");
      belfry_fake_client_forget (a);
      belfry_fake_client_forget (b);
    }
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* The pattern is taken away while the history is on its way: what it brought until then is not
 * brought again, what came after it is not lost. */
static void
test_pattern_taken_away (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_fake_client_subscribe (a, "h.* other.*");
  belfry_fake_client_forget (a);
  belfry_late_broker_hold (core.broker, BELFRY_LATE_HISTORY | BELFRY_LATE_BEFORE);
  belfry_fake_client_subscribe (a, "h.x");
  belfry_fake_client_settle ();
  belfry_test_core_publish (&core, "h.x", "1");
  belfry_fake_client_assert_told (a, "message h.x 1@1");
  g_assert_true (
      belfry_hub_unsubscribe_session (core.hub, belfry_session_get_id (a->session), "h.*", NULL));
  belfry_fake_client_assert_told (a, "unsubscribed h.*");
  belfry_test_core_publish (&core, "h.x", "2");
  belfry_fake_client_assert_told (a, "");
  belfry_late_broker_hold (core.broker, BELFRY_LATE_HISTORY);
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_settle ();
  belfry_test_core_publish (&core, "h.x", "3");
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_assert_told (a, "subscribed h.x@2; message h.x 3@3");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* A pattern of the same request is in force no earlier than the topic: it has brought nothing. */
static void
test_pattern_of_the_request (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_late_broker_hold (core.broker, BELFRY_LATE_HISTORY);
  belfry_fake_client_subscribe (a, "h.* h.x");
  belfry_fake_client_settle ();
  belfry_test_core_publish (&core, "h.x", "1");
  belfry_fake_client_assert_told (a, "");
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_assert_told (a, "subscribed h.* h.x@0; message h.x 1@1");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* What a broker delivers again after it lost its connection, some known and some missed, comes in
 * order and once. */
static void
test_redelivery (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_fake_client_subscribe (a, "h");
  belfry_fake_client_forget (a);
  deliver (&core, "h", 1, 1);
  deliver (&core, "h", 1, 2);
  belfry_fake_client_assert_told (a, "message h 1@1; message h 2@2");
  for (guint64 offset = 1; offset <= 4; offset++)
    deliver (&core, "h", 1, offset);
  belfry_fake_client_assert_told (a, "message h 3@3; message h 4@4");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* What is delivered before the broker has confirmed goes to nobody, and is recovered. */
static void
test_before_confirmation (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_late_broker_hold (core.broker, BELFRY_LATE_SUBSCRIBE);
  belfry_fake_client_subscribe (a, "h.x");
  belfry_fake_client_settle ();
  belfry_test_core_publish (&core, "h.x", "1");
  belfry_fake_client_assert_told (a, "");
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_assert_told (a, "subscribed h.x@1");
  belfry_test_core_publish (&core, "h.x", "2");
  belfry_fake_client_assert_told (a, "message h.x 2@2");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* A topic that begins to count anew has lost what was kept: those who have it are told, before the
 * first message, once; then what was delivered is not delivered twice either. */
static void
test_new_epoch (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_fake_client_subscribe (a, "h other");
  belfry_fake_client_subscribe (b, "h");
  belfry_fake_client_forget (a);
  belfry_fake_client_forget (b);
  deliver (&core, "h", 1, 7);
  belfry_fake_client_assert_told (a, "message h 7@7");
  deliver (&core, "h", 2, 1);
  deliver (&core, "h", 2, 1);
  deliver (&core, "h", 2, 2);
  deliver (&core, "h", 2, 1);
  belfry_fake_client_assert_told (a, "gap h new-epoch; message h 1@1; message h 2@2");
  belfry_fake_client_assert_told (b, "message h 7@7; gap h new-epoch; message h 1@1; message h "
                                     "2@2");
  g_assert_cmpuint (belfry_test_core_get_counter (&core, BELFRY_CORE_METRIC_GAPS_BROKER), ==, 2);
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* Somebody's history answered before the topic began to count anew, and is granted after that: he
 * is not told that he recovered, and those who know the new count are told nothing. */
static void
test_stale_history (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_fake_client_subscribe (b, "h.x");
  belfry_fake_client_forget (b);
  belfry_test_core_publish (&core, "h.x", "1");
  belfry_fake_client_forget (b);

  const BelfryPosition since = b->position;

  belfry_late_broker_hold (core.broker, BELFRY_LATE_HISTORY);
  belfry_fake_client_recover (a, "h.x", &since);
  belfry_fake_client_settle ();
  deliver (&core, "h.x", since.epoch + 1, 1);
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_assert_told (a, "subscribed h.x@0-; message h.x 1@1");
  deliver (&core, "h.x", since.epoch + 1, 1);
  deliver (&core, "h.x", since.epoch + 1, 2);
  belfry_fake_client_assert_told (a, "message h.x 2@2");
  belfry_fake_client_assert_told (b, "gap h.x new-epoch; message h.x 1@1; message h.x 2@2");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/hub-recovery/pattern-and-history", test_pattern_and_history);
  belfry_test_add ("/hub-recovery/pattern-taken-away", test_pattern_taken_away);
  belfry_test_add ("/hub-recovery/pattern-of-the-request", test_pattern_of_the_request);
  belfry_test_add ("/hub-recovery/redelivery", test_redelivery);
  belfry_test_add ("/hub-recovery/before-confirmation", test_before_confirmation);
  belfry_test_add ("/hub-recovery/new-epoch", test_new_epoch);
  belfry_test_add ("/hub-recovery/stale-history", test_stale_history);
  return g_test_run ();
}

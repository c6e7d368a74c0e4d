/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hub.h"

#include "belfry-hub-private.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

#define HISTORY "[topic h.*]\nhistory-size = 20\n"

/* What a core leaves: the hub's half, and that of one client's session. */
typedef struct
{
  GByteArray *hub;     /* (owned) */
  GByteArray *session; /* (owned) */
} Left;

static void
left_init (Left *self, BelfryTestCore *core, BelfryFakeClient *client)
{
  self->hub = g_byte_array_new ();
  self->session = g_byte_array_new ();
  belfry_fake_client_settle ();
  g_assert_true (belfry_hub_is_idle (core->hub));
  belfry_hub_save (core->hub, self->hub);
  g_assert_true (belfry_session_save (client->session, self->session));
}

static void
left_clear (Left *self)
{
  g_byte_array_unref (self->hub);
  g_byte_array_unref (self->session);
}

static gboolean
restore (BelfryTestCore *core, const Left *left, gsize length)
{
  BelfryStateReader reader;

  belfry_state_reader_init (&reader, left->hub->data, length);
  return belfry_hub_restore (core->hub, &reader);
}

/* However much of it there is, a part is never taken for the whole, and nothing of it stays. */
static void
test_cut_off (void)
{
  BelfryTestCore core;
  Left left;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  belfry_fake_client_subscribe (a, "h.x");
  belfry_hub_block_user (core.hub, "mallory", G_MAXINT64);
  left_init (&left, &core, a);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
  for (gsize length = 0; length < left.hub->len; length++)
    {
      belfry_test_core_init (&core, HISTORY);
      g_assert_false (restore (&core, &left, length));
      g_assert_null (core.hub->left);
      belfry_test_core_clear (&core);
    }
  belfry_test_core_init (&core, HISTORY);
  g_assert_true (restore (&core, &left, left.hub->len));
  g_assert_true (belfry_blocks_contains (core.hub->blocked, "mallory"));
  g_assert_cmpuint (g_hash_table_size (core.hub->left), ==, 1);
  belfry_hub_end_resuming (core.hub);
  g_assert_null (core.hub->left);
  belfry_test_core_clear (&core);
  left_clear (&left);
}

/* What is under way has ended when the hub rests, and what is ordered then is refused, until it
 * goes on. */
static void
test_rest (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  belfry_late_broker_hold (core.broker, BELFRY_LATE_HISTORY);
  belfry_fake_client_subscribe (a, "h.x");
  belfry_fake_client_settle ();
  g_assert_false (belfry_hub_is_idle (core.hub));
  g_autoptr (GByteArray) early = g_byte_array_new ();
  g_assert_false (belfry_session_save (a->session, early));
  g_assert_cmpuint (early->len, ==, 0);
  belfry_hub_set_resting (core.hub, TRUE);
  g_assert_true (belfry_hub_is_idle (core.hub));
  belfry_fake_client_assert_told (a, "error unavailable");
  belfry_fake_client_subscribe (a, "other");
  belfry_fake_client_assert_told (a, "error unavailable other");
  belfry_hub_set_resting (core.hub, FALSE);
  belfry_fake_client_subscribe (a, "other");
  belfry_fake_client_assert_told (a, "subscribed other");
  belfry_late_broker_hold (core.broker, 0);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

int
main (int argc, char **argv)
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/hub-resume/cut-off", test_cut_off);
  belfry_test_add ("/hub-resume/rest", test_rest);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-shard.h"

#include "belfry-error.h"
#include "belfry-session-private.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

static void
ignore_order (gpointer item, gpointer user_data)
{
  (*(guint *) user_data)++;
  belfry_order_free (item);
}

/* A shard whose hub is only a mailbox. */
typedef struct
{
  BelfryFakeClock *clock;     /* (owned) */
  BelfryDeadlineWheel *wheel; /* (owned) */
  BelfryMetrics *metrics;     /* (owned) */
  BelfryMetricsSlot *slot;    /* (owned) */
  BelfryMailbox *orders;      /* (owned) */
  BelfryShard *shard;         /* (owned) */
  guint n_orders;
} Alone;

static void
alone_init (Alone *self)
{
  const BelfryMetricTable table = { belfry_core_metrics, BELFRY_CORE_N_METRICS };
  const BelfryMailboxOptions options = {
    .name = "test-orders",
    .capacity = G_MAXSIZE,
    .item_free = (GDestroyNotify) belfry_order_free,
  };

  *self = (Alone){ .clock = belfry_fake_clock_new () };
  self->wheel = belfry_deadline_wheel_new (BELFRY_CLOCK (self->clock), NULL, G_PRIORITY_DEFAULT);
  self->metrics = belfry_metrics_new (&table, 1);
  self->slot = belfry_metrics_slot_new (self->metrics);
  self->orders = belfry_mailbox_new (NULL, &options, ignore_order, &self->n_orders, NULL);
  self->shard = belfry_shard_new (0, NULL, BELFRY_CLOCK (self->clock), self->orders);
}

static void
alone_clear (Alone *self)
{
  belfry_shard_free (self->shard);
  belfry_mailbox_unref (self->orders);
  belfry_metrics_slot_free (self->slot);
  belfry_metrics_unref (self->metrics);
  belfry_deadline_wheel_free (self->wheel);
  belfry_test_assert_finalizes (self->clock);
}

/* There are sessions while a shard runs, neither before nor after. */
static void
test_life (void)
{
  Alone f;
  const BelfrySessionParams params = { .dialect = "action", .endpoint = "/", .peer = "x" };
  g_autoptr (GError) error = NULL;

  alone_init (&f);
  g_assert_null (belfry_session_new (f.shard, &params, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);
  g_clear_error (&error);
  belfry_shard_start (f.shard, f.wheel, f.slot);
  BelfryFakeClient *a = belfry_fake_client_new (f.shard, "t");
  belfry_fake_client_free (a);
  belfry_shard_stop (f.shard);
  g_assert_null (belfry_session_new (f.shard, &params, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);
  belfry_fake_client_settle ();
  g_assert_cmpuint (f.n_orders, ==, 2);
  alone_clear (&f);
}

static guint64
count_sent (const Alone *self)
{
  BelfryMailboxStats stats;

  belfry_mailbox_get_stats (self->orders, &stats);
  return stats.pushed;
}

/* Orders leave together at the end of a turn, or when there are many; that somebody is gone, and
 * what came before, at once. */
static void
test_orders_together (void)
{
  Alone f;
  BelfryFakeClient *clients[BELFRY_SHARD_OUTGOING + 1];

  alone_init (&f);
  belfry_shard_start (f.shard, f.wheel, f.slot);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      clients[i] = belfry_fake_client_new (f.shard, NULL);
      g_assert_cmpuint (count_sent (&f), ==,
                        i + 1 < BELFRY_SHARD_OUTGOING ? 0 : BELFRY_SHARD_OUTGOING);
    }
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (count_sent (&f), ==, G_N_ELEMENTS (clients));
  BelfryFakeClient *last = belfry_fake_client_new (f.shard, NULL);
  g_assert_cmpuint (count_sent (&f), ==, G_N_ELEMENTS (clients));
  belfry_fake_client_free (last);
  g_assert_cmpuint (count_sent (&f), ==, G_N_ELEMENTS (clients) + 2);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    belfry_fake_client_free (clients[i]);
  belfry_shard_stop (f.shard);
  belfry_fake_client_settle ();
  g_assert_cmpuint (f.n_orders, ==, 2 * G_N_ELEMENTS (clients) + 2);
  alone_clear (&f);
}

/* What is on its way to a shard when it stops is dropped, and what comes later is refused. */
static void
test_stop_with_notices (void)
{
  Alone f;
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  const BelfryMessageParams params = { .topic = "a", .payload = payload };
  g_autoptr (BelfryMessage) message = belfry_message_new (&params);

  alone_init (&f);
  belfry_shard_start (f.shard, f.wheel, f.slot);
  BelfryFakeClient *a = belfry_fake_client_new (f.shard, NULL);
  BelfrySession *session = a->session;
  belfry_fake_client_free (a);
  for (int i = 0; i < 2; i++)
    {
      g_assert_true (belfry_shard_has_room (f.shard, message, G_MAXSIZE));
      belfry_shard_post_message (f.shard, message);
      belfry_shard_post (f.shard, belfry_notice_new (BELFRY_NOTICE_CLOSED, session));
      if (i == 0)
        belfry_shard_stop (f.shard);
    }
  belfry_fake_client_settle ();
  alone_clear (&f);
}

/* A session that is gone is told nothing more, but lives until the hub has said so. */
static void
test_gone (void)
{
  Alone f;

  alone_init (&f);
  belfry_shard_start (f.shard, f.wheel, f.slot);
  BelfryFakeClient *a = belfry_fake_client_new (f.shard, NULL);
  BelfryNotice *welcome = belfry_notice_new (BELFRY_NOTICE_EVENT, a->session);
  BelfryNotice *close = belfry_notice_new (BELFRY_NOTICE_CLOSE, a->session);
  BelfryNotice *closed = belfry_notice_new (BELFRY_NOTICE_CLOSED, a->session);

  welcome->answers = TRUE;
  welcome->authenticated = TRUE;
  close->text = g_strdup ("x");
  belfry_fake_client_leave (a, 1001);
  belfry_shard_post (f.shard, welcome);
  belfry_shard_post (f.shard, close);
  belfry_shard_post (f.shard, closed);
  g_assert_nonnull (f.shard->sessions);
  belfry_fake_client_assert_told (a, "");
  g_assert_null (f.shard->sessions);
  belfry_fake_client_free (a);
  belfry_shard_stop (f.shard);
  alone_clear (&f);
}

/* Room is a matter of what messages cost; a single one always has some. */
static void
test_room (void)
{
  Alone f;
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  const BelfryMessageParams params = { .topic = "a", .payload = payload };
  g_autoptr (BelfryMessage) message = belfry_message_new (&params);
  gsize cost = belfry_message_get_cost (message);

  alone_init (&f);
  belfry_shard_start (f.shard, f.wheel, f.slot);
  g_assert_true (belfry_shard_has_room (f.shard, message, 0));
  belfry_shard_post_message (f.shard, message);
  g_assert_false (belfry_shard_has_room (f.shard, message, 0));
  g_assert_false (belfry_shard_has_room (f.shard, message, 2 * cost - 1));
  g_assert_true (belfry_shard_has_room (f.shard, message, 2 * cost));
  belfry_fake_client_settle ();
  g_assert_true (belfry_shard_has_room (f.shard, message, 0));
  belfry_shard_stop (f.shard);
  alone_clear (&f);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/shard/life", test_life);
  belfry_test_add ("/shard/orders-together", test_orders_together);
  belfry_test_add ("/shard/stop-with-notices", test_stop_with_notices);
  belfry_test_add ("/shard/gone", test_gone);
  belfry_test_add ("/shard/room", test_room);
  return g_test_run ();
}

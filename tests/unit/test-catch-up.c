/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-catch-up.h"

#include "belfry-test.h"

#define PLENTY 1000000

static BelfryMessage *
message_new (guint64 epoch, guint64 offset)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  const BelfryMessageParams params = {
    .topic = "a",
    .payload = payload,
    .position = { epoch, offset },
  };

  return belfry_message_new (&params);
}

static void
add (BelfryCatchUp *catch_up, guint64 epoch, guint64 offset)
{
  g_autoptr (BelfryMessage) message = message_new (epoch, offset);

  belfry_catch_up_add (catch_up, message);
}

/* What the history says: the messages from one offset to another, which is the topic's. */
static BelfryHistoryPage *
page_new (guint64 epoch, guint64 first, guint64 last, gboolean complete)
{
  BelfryHistoryPage *page = g_new0 (BelfryHistoryPage, 1);

  page->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_message_unref);
  page->position = (BelfryPosition){ epoch, last };
  page->complete = complete;
  for (guint64 offset = first; offset <= last; offset++)
    g_ptr_array_add (page->messages, message_new (epoch, offset));
  return page;
}

static void
assert_caught_up (BelfryCaughtUp *caught_up,
                  guint64 offset,
                  gboolean recovered,
                  const char *expected)
{
  g_autoptr (GString) missed = g_string_new (NULL);

  for (guint i = 0; caught_up->missed != NULL && i < caught_up->missed->len; i++)
    {
      const BelfryMessage *message = g_ptr_array_index (caught_up->missed, i);

      g_string_append_printf (missed, "%" G_GUINT64_FORMAT " ", message->position.offset);
    }
  g_assert_cmpuint (caught_up->position.offset, ==, offset);
  g_assert_cmpint (caught_up->recovered, ==, recovered);
  g_assert_cmpstr (missed->str, ==, expected);
  g_clear_pointer (&caught_up->missed, g_ptr_array_unref);
}

typedef struct
{
  const char *what;
  guint64 since; /* 0: nothing is to be recovered */
  guint64 since_epoch;
  guint64 first; /* in the history */
  guint64 last;
  gboolean complete;
  guint64 live; /* the last one that came meanwhile, from 4 on */
  guint64 position;
  gboolean recovered;
  const char *missed;
} Case;

static const Case cases[] = {
  { "a new client, nothing came", 0, 1, 1, 0, TRUE, 3, 0, FALSE, "" },
  { "a new client, the history is older", 0, 1, 4, 3, FALSE, 5, 3, FALSE, "4 5 " },
  { "a new client, the history has some", 0, 1, 5, 4, FALSE, 6, 4, FALSE, "5 6 " },
  { "a new client, the history has all", 0, 1, 7, 6, FALSE, 6, 6, FALSE, "" },
  { "all is recovered", 1, 1, 2, 4, TRUE, 6, 1, TRUE, "2 3 4 5 6 " },
  { "nothing was missed", 6, 1, 7, 6, TRUE, 6, 6, TRUE, "" },
  { "only live messages were missed", 3, 1, 4, 3, TRUE, 5, 3, TRUE, "4 5 " },
  { "the history has a hole", 1, 1, 3, 4, FALSE, 5, 4, FALSE, "5 " },
  { "another epoch, though it says complete", 1, 2, 2, 4, TRUE, 5, 4, FALSE, "5 " },
  { "from the future, though it says complete", 9, 1, 5, 4, TRUE, 5, 4, FALSE, "5 " },
};

/* The history and what came meanwhile meet without a hole and without anything twice. */
static void
test_collect (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case *each = &cases[i];
      g_autoptr (BelfryCatchUp) catch_up = belfry_catch_up_new (PLENTY, PLENTY);
      g_autoptr (BelfryHistoryPage) page = page_new (1, each->first, each->last, each->complete);
      const BelfryPosition since = { each->since_epoch, each->since };
      BelfryCaughtUp caught_up;
      BelfryAsk ask;

      g_test_message ("%s", each->what);
      belfry_catch_up_begin (catch_up, &ask);
      for (guint64 offset = 4; offset <= each->live; offset++)
        add (catch_up, 1, offset);
      belfry_catch_up_collect (&ask, page, each->since != 0 ? &since : NULL, &caught_up);
      assert_caught_up (&caught_up, each->position, each->recovered, each->missed);
      belfry_catch_up_end (&ask);
    }
}

/* A topic that began to count anew after the history had answered: the subscription begins with the
 * new count, behind nothing of the old. What is not counted comes in any case. */
static void
test_other_epochs (void)
{
  g_autoptr (BelfryCatchUp) catch_up = belfry_catch_up_new (PLENTY, PLENTY);
  g_autoptr (BelfryHistoryPage) page = page_new (1, 5, 4, FALSE);
  const BelfryPosition since = { 1, 3 };
  BelfryCaughtUp caught_up;
  BelfryAsk ask;

  belfry_catch_up_begin (catch_up, &ask);
  add (catch_up, 1, 4);
  add (catch_up, 0, 0);
  add (catch_up, 2, 1);
  belfry_catch_up_collect (&ask, page, NULL, &caught_up);
  g_assert_cmpuint (caught_up.position.epoch, ==, 2);
  assert_caught_up (&caught_up, 0, FALSE, "0 1 ");
  belfry_catch_up_collect (&ask, page, &since, &caught_up);
  assert_caught_up (&caught_up, 0, FALSE, "0 1 ");
  belfry_catch_up_end (&ask);
}

/* Of two histories that differ, the one that answered last is right, unless a message came that
 * speaks against it: it may have been published after both were read. */
static void
test_histories_differ (void)
{
  g_autoptr (BelfryCatchUp) catch_up = belfry_catch_up_new (PLENTY, PLENTY);
  g_autoptr (BelfryHistoryPage) old = page_new (1, 4, 4, TRUE);
  g_autoptr (BelfryHistoryPage) new = page_new (2, 1, 2, TRUE);
  const BelfryPosition since = { 1, 3 };
  BelfryCaughtUp caught_up;
  BelfryAsk first;
  BelfryAsk second;

  belfry_catch_up_begin (catch_up, &first);
  belfry_catch_up_begin (catch_up, &second);
  add (catch_up, 1, 4);
  belfry_catch_up_note_history (&first, old);
  belfry_catch_up_collect (&first, old, &since, &caught_up);
  assert_caught_up (&caught_up, 3, TRUE, "4 ");
  belfry_catch_up_note_history (&second, new);
  belfry_catch_up_collect (&second, new, NULL, &caught_up);
  g_assert_cmpuint (caught_up.position.epoch, ==, 1);
  assert_caught_up (&caught_up, 0, FALSE, "4 ");
  belfry_catch_up_collect (&first, old, &since, &caught_up);
  g_assert_cmpuint (caught_up.position.epoch, ==, 2);
  assert_caught_up (&caught_up, 0, FALSE, "");
  belfry_catch_up_end (&first);
  belfry_catch_up_end (&second);
}

typedef struct
{
  const char *what;
  guint64 since; /* 0: nothing is to be recovered */
  guint64 last;  /* in the history, which is complete */
  guint64 seen;  /* the last live message that came in another way, from 4 on */
  guint64 live;  /* the last live one */
  guint64 position;
  const char *missed;
} SeenCase;

static const SeenCase seen_cases[] = {
  { "nothing was seen", 0, 3, 3, 5, 3, "4 5 " },
  { "a new client has seen all", 0, 3, 5, 5, 5, "" },
  { "a new client has seen some", 0, 3, 4, 5, 4, "5 " },
  { "what was seen is in the history", 0, 5, 4, 5, 5, "" },
  { "all that came is recovered already", 3, 5, 5, 5, 5, "" },
  { "some is recovered already", 3, 5, 4, 6, 4, "5 6 " },
  { "what was missed came before what was seen", 1, 5, 4, 6, 1, "2 3 5 6 " },
};

/* What came by a pattern while the history was on its way does not come again behind it. */
static void
test_seen (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (seen_cases); i++)
    {
      const SeenCase *each = &seen_cases[i];
      g_autoptr (BelfryCatchUp) catch_up = belfry_catch_up_new (PLENTY, PLENTY);
      g_autoptr (BelfryHistoryPage) page = page_new (1, each->since + 1, each->last, TRUE);
      const BelfryPosition since = { 1, each->since };
      BelfryCaughtUp caught_up;
      BelfryAsk ask;

      g_test_message ("%s", each->what);
      belfry_catch_up_begin (catch_up, &ask);
      for (guint64 offset = 4; offset <= each->seen; offset++)
        add (catch_up, 1, offset);
      belfry_catch_up_note_seen (&ask);
      for (guint64 offset = each->seen + 1; offset <= each->live; offset++)
        add (catch_up, 1, offset);
      belfry_catch_up_collect (&ask, page, each->since > 0 ? &since : NULL, &caught_up);
      assert_caught_up (&caught_up, each->position, each->since > 0, each->missed);
      belfry_catch_up_end (&ask);
    }
}

/* Each gets what came after it began; what nobody needs any more is not kept. */
static void
test_several (void)
{
  g_autoptr (BelfryCatchUp) catch_up = belfry_catch_up_new (4, PLENTY);
  g_autoptr (BelfryHistoryPage) page = page_new (1, 1, 0, FALSE);
  BelfryCaughtUp caught_up;
  BelfryAsk asks[3];

  add (catch_up, 1, 1);
  for (guint64 i = 0; i < 3; i++)
    {
      belfry_catch_up_begin (catch_up, &asks[i]);
      add (catch_up, 1, i + 2);
    }
  belfry_catch_up_collect (&asks[0], page, NULL, &caught_up);
  assert_caught_up (&caught_up, 0, FALSE, "2 3 4 ");
  belfry_catch_up_collect (&asks[1], page, NULL, &caught_up);
  assert_caught_up (&caught_up, 0, FALSE, "3 4 ");
  belfry_catch_up_end (&asks[1]);
  belfry_catch_up_end (&asks[1]);
  g_assert_true (belfry_catch_up_is_asked (catch_up));
  belfry_catch_up_end (&asks[0]);
  for (guint64 offset = 5; offset <= 7; offset++)
    add (catch_up, 1, offset);
  belfry_catch_up_collect (&asks[2], page, NULL, &caught_up);
  assert_caught_up (&caught_up, 0, FALSE, "4 5 6 7 ");
  belfry_catch_up_end (&asks[2]);
  g_assert_false (belfry_catch_up_is_asked (catch_up));
}

/* Beyond either bound all is given up; who asked before begins behind it, who asks after is not
 * concerned. */
static void
test_bounds (void)
{
  for (int by_bytes = 0; by_bytes <= 1; by_bytes++)
    {
      g_autoptr (BelfryMessage) one = message_new (1, 1);
      gsize cost = belfry_message_get_cost (one);
      g_autoptr (BelfryCatchUp) catch_up =
          belfry_catch_up_new (by_bytes ? PLENTY : 2, by_bytes ? 2 * cost : PLENTY);
      g_autoptr (BelfryHistoryPage) page = page_new (1, 1, 1, TRUE);
      const BelfryPosition since = { 1, 1 };
      BelfryCaughtUp caught_up;
      BelfryAsk first;
      BelfryAsk second;

      belfry_catch_up_begin (catch_up, &first);
      for (guint64 offset = 2; offset <= 4; offset++)
        add (catch_up, 1, offset);
      belfry_catch_up_begin (catch_up, &second);
      add (catch_up, 1, 5);
      belfry_catch_up_collect (&first, page, &since, &caught_up);
      assert_caught_up (&caught_up, 4, FALSE, "5 ");
      belfry_catch_up_collect (&second, page, &since, &caught_up);
      assert_caught_up (&caught_up, 1, TRUE, "1 5 ");
      belfry_catch_up_end (&first);
      belfry_catch_up_end (&second);
    }
}

/* Who joins or leaves has no position: the last one given up that has one is what counts. */
static void
test_bounds_without_position (void)
{
  g_autoptr (BelfryCatchUp) catch_up = belfry_catch_up_new (2, PLENTY);
  g_autoptr (BelfryHistoryPage) page = page_new (1, 1, 0, TRUE);
  BelfryCaughtUp caught_up;
  BelfryAsk ask;

  belfry_catch_up_begin (catch_up, &ask);
  add (catch_up, 1, 1);
  add (catch_up, 1, 2);
  add (catch_up, 0, 0);
  add (catch_up, 1, 3);
  belfry_catch_up_collect (&ask, page, NULL, &caught_up);
  assert_caught_up (&caught_up, 2, FALSE, "3 ");
  for (int i = 0; i < 3; i++)
    add (catch_up, 0, 0);
  belfry_catch_up_collect (&ask, page, NULL, &caught_up);
  assert_caught_up (&caught_up, 3, FALSE, "0 ");
  belfry_catch_up_end (&ask);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/catch-up/collect", test_collect);
  belfry_test_add ("/catch-up/other-epochs", test_other_epochs);
  belfry_test_add ("/catch-up/histories-differ", test_histories_differ);
  belfry_test_add ("/catch-up/seen", test_seen);
  belfry_test_add ("/catch-up/several", test_several);
  belfry_test_add ("/catch-up/bounds", test_bounds);
  belfry_test_add ("/catch-up/bounds-without-position", test_bounds_without_position);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-lane.h"

#include <string.h>

#include "belfry-test.h"

#define EPOCH 7

typedef struct
{
  BelfryRedisLane *lane;    /* (owned) */
  GString *log;             /* (owned): what came out: numbers, and "gap" */
  BelfryRedisLaneSink sink; /* into @log */
} Fixture;

static void
on_message (BelfryMessage *message, gpointer user_data)
{
  GString *log = user_data;

  if (message->position.epoch != EPOCH)
    g_string_append_printf (log, "%" G_GUINT64_FORMAT "/", message->position.epoch);
  g_string_append_printf (log, "%" G_GUINT64_FORMAT " ", message->position.offset);
}

static void
on_gap (gpointer user_data)
{
  g_string_append (user_data, "gap ");
}

static void
fixture_init (Fixture *self)
{
  self->lane = belfry_redis_lane_new ();
  self->log = g_string_new (NULL);
  self->sink = (BelfryRedisLaneSink){ on_message, on_gap, self->log };
}

/* What came out must have been looked at. */
static void
fixture_clear (Fixture *self)
{
  g_assert_cmpstr (self->log->str, ==, "");
  g_string_free (self->log, TRUE);
  belfry_redis_lane_free (self->lane);
}

static void
assert_out (Fixture *self, const char *expected)
{
  g_assert_cmpstr (self->log->str, ==, expected);
  g_string_truncate (self->log, 0);
}

static BelfryMessage *
message_new (guint64 epoch, guint64 offset, gsize size)
{
  g_autofree char *text = g_strnfill (size, 'x');
  g_autoptr (GBytes) payload = g_bytes_new (text, size);
  const BelfryMessageParams params = { .topic = "t",
                                       .payload = payload,
                                       .position = { epoch, offset } };

  return belfry_message_new (&params);
}

static gboolean
take_of (Fixture *self, guint64 epoch, guint64 offset)
{
  g_autoptr (BelfryMessage) message = message_new (epoch, offset, 1);

  return belfry_redis_lane_take (self->lane, message, &self->sink);
}

static gboolean
take (Fixture *self, guint64 offset)
{
  return take_of (self, EPOCH, offset);
}

/* The stream says that it has the messages @first to @last, and is at @newest. */
static gboolean
read_of (Fixture *self, guint64 epoch, guint64 first, guint64 last, guint64 newest)
{
  BelfryHistoryPage page = {
    .messages = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_message_unref),
    .position = { epoch, newest },
    .complete = last == newest,
  };

  for (guint64 offset = first; offset <= last; offset++)
    g_ptr_array_add (page.messages, message_new (epoch, offset, 1));

  gboolean more = belfry_redis_lane_read (self->lane, &page, &self->sink);

  g_ptr_array_unref (page.messages);
  return more;
}

static gboolean
read_page (Fixture *self, guint64 first, guint64 last, guint64 newest)
{
  return read_of (self, EPOCH, first, last, newest);
}

/* What comes in order goes through; what comes twice does so once. */
static void
test_live (void)
{
  Fixture f;

  fixture_init (&f);
  g_assert_false (belfry_redis_lane_begin (f.lane));
  g_assert_false (take (&f, 5));
  g_assert_false (take (&f, 6));
  g_assert_false (take (&f, 6));
  g_assert_false (take (&f, 5));
  g_assert_false (take (&f, 7));
  assert_out (&f, "5 6 7 ");
  g_assert_cmpuint (belfry_redis_lane_get_position (f.lane)->offset, ==, 7);
  fixture_clear (&f);
}

/* The place where the first subscriber began is known: what is missing after it is asked for, and
 * what came before it, late, is nobody else's to deliver. */
static void
test_start (void)
{
  Fixture f;
  const BelfryPosition start = { EPOCH, 3 };
  const BelfryPosition late = { EPOCH, 9 };

  fixture_init (&f);
  belfry_redis_lane_set_start (f.lane, &start);
  g_assert_false (take (&f, 2));
  g_assert_false (take (&f, 3));
  assert_out (&f, "2 3 ");
  g_assert_true (take (&f, 5));
  g_assert_false (read_page (&f, 4, 5, 5));
  assert_out (&f, "4 5 ");
  belfry_redis_lane_set_start (f.lane, &late);
  g_assert_false (take (&f, 6));
  assert_out (&f, "6 ");
  fixture_clear (&f);
}

/* A hole is said once; what comes meanwhile is kept back, and follows what the stream had, in order
 * and without what both had. */
static void
test_hole (void)
{
  Fixture f;

  fixture_init (&f);
  take (&f, 1);
  g_assert_true (take (&f, 4));
  g_assert_false (take (&f, 5));
  assert_out (&f, "1 ");
  g_assert_true (belfry_redis_lane_is_reading (f.lane));
  g_assert_true (read_page (&f, 2, 3, 5));
  g_assert_false (read_page (&f, 4, 4, 4));
  g_assert_false (belfry_redis_lane_is_reading (f.lane));
  g_assert_false (take (&f, 6));
  assert_out (&f, "2 3 4 5 6 ");
  fixture_clear (&f);
}

/* After a lost connection, with nothing published meanwhile, and with something. */
static void
test_again (void)
{
  Fixture f;

  fixture_init (&f);
  take (&f, 1);
  g_assert_true (belfry_redis_lane_begin (f.lane));
  g_assert_false (read_page (&f, 2, 1, 1));
  g_assert_true (belfry_redis_lane_begin (f.lane));
  g_assert_false (read_page (&f, 2, 3, 3));
  assert_out (&f, "1 2 3 ");
  fixture_clear (&f);
}

/* The stream does not reach back: there is a gap, then what it has. */
static void
test_trimmed (void)
{
  Fixture f;

  fixture_init (&f);
  take (&f, 1);
  belfry_redis_lane_begin (f.lane);
  g_assert_false (read_page (&f, 5, 6, 6));
  assert_out (&f, "1 gap 5 6 ");
  belfry_redis_lane_begin (f.lane);
  g_assert_false (read_page (&f, 1, 0, 9));
  g_assert_false (take (&f, 10));
  assert_out (&f, "gap 10 ");
  fixture_clear (&f);
}

/* Redis came back empty: there is a gap, and all of the new counting. */
static void
test_new_epoch (void)
{
  Fixture f;

  fixture_init (&f);
  take (&f, 4);
  belfry_redis_lane_begin (f.lane);
  g_assert_true (read_of (&f, 8, 1, 0, 2));
  g_assert_cmpuint (belfry_redis_lane_get_position (f.lane)->epoch, ==, 8);
  g_assert_cmpuint (belfry_redis_lane_get_position (f.lane)->offset, ==, 0);
  g_assert_false (read_of (&f, 8, 1, 2, 2));
  assert_out (&f, "4 gap 8/1 8/2 ");
  belfry_redis_lane_begin (f.lane);
  g_assert_false (read_of (&f, 9, 1, 0, 0));
  g_assert_false (take_of (&f, 9, 1));
  assert_out (&f, "gap 9/1 ");
  fixture_clear (&f);
}

/* Over the channel, the first of a new counting just follows; a later one lacks something. */
static void
test_new_epoch_live (void)
{
  Fixture f;

  fixture_init (&f);
  take (&f, 4);
  g_assert_false (take_of (&f, 8, 1));
  g_assert_true (take_of (&f, 9, 2));
  g_assert_true (read_of (&f, 9, 1, 0, 2));
  g_assert_false (read_of (&f, 9, 1, 2, 2));
  assert_out (&f, "4 8/1 gap 9/1 9/2 ");
  fixture_clear (&f);
}

/* A replica that was behind is the primary now, and counts from where it was. */
static void
test_gone_back (void)
{
  Fixture f;

  fixture_init (&f);
  take (&f, 9);
  belfry_redis_lane_begin (f.lane);
  take (&f, 8);
  g_assert_false (read_page (&f, 1, 0, 7));
  g_assert_false (take (&f, 9));
  assert_out (&f, "9 gap 8 9 ");
  fixture_clear (&f);
}

/* Redis has lost what it had given out: what is kept back must not wait for it for ever. */
static void
test_lost_for_good (void)
{
  Fixture f;

  fixture_init (&f);
  take (&f, 1);
  g_assert_true (take (&f, 5));
  g_assert_false (read_page (&f, 2, 2, 2));
  g_assert_false (take (&f, 6));
  assert_out (&f, "1 2 gap 5 6 ");
  fixture_clear (&f);
}

/* The stream cannot be read. */
static void
test_give_up (void)
{
  Fixture f;

  fixture_init (&f);
  take (&f, 1);
  take (&f, 3);
  belfry_redis_lane_give_up (f.lane, &f.sink);
  g_assert_false (belfry_redis_lane_is_reading (f.lane));
  g_assert_false (take (&f, 4));
  assert_out (&f, "1 gap 3 4 ");
  fixture_clear (&f);
}

/* More than may be kept back is not lost: it is read from the stream. */
static void
test_overflow (void)
{
  Fixture f;
  guint n = 0;

  fixture_init (&f);
  take (&f, 1);
  assert_out (&f, "1 ");
  belfry_redis_lane_begin (f.lane);
  for (guint64 i = 2; i <= 2000; i++)
    take (&f, i);
  g_assert_true (read_page (&f, 2, 2, 2));
  assert_out (&f, "2 ");
  take (&f, 2001);
  g_assert_false (read_page (&f, 3, 2000, 2000));
  for (const char *space = f.log->str; (space = strchr (space, ' ')) != NULL; space++)
    n++;
  g_assert_cmpuint (n, ==, 1999);
  g_assert_true (g_str_has_suffix (f.log->str, "1999 2000 2001 "));
  g_string_truncate (f.log, 0);
  fixture_clear (&f);
}

/* Likewise by bytes. */
static void
test_overflow_bytes (void)
{
  Fixture f;

  fixture_init (&f);
  take (&f, 1);
  belfry_redis_lane_begin (f.lane);
  for (guint64 i = 2; i <= 4; i++)
    {
      g_autoptr (BelfryMessage) message = message_new (EPOCH, i, 512 * 1024);

      belfry_redis_lane_take (f.lane, message, &f.sink);
    }
  g_assert_true (read_page (&f, 2, 1, 1));
  g_assert_false (read_page (&f, 2, 4, 4));
  assert_out (&f, "1 2 3 4 ");
  fixture_clear (&f);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);

  belfry_test_add ("/redis-lane/live", test_live);
  belfry_test_add ("/redis-lane/start", test_start);
  belfry_test_add ("/redis-lane/hole", test_hole);
  belfry_test_add ("/redis-lane/again", test_again);
  belfry_test_add ("/redis-lane/trimmed", test_trimmed);
  belfry_test_add ("/redis-lane/new-epoch", test_new_epoch);
  belfry_test_add ("/redis-lane/new-epoch-live", test_new_epoch_live);
  belfry_test_add ("/redis-lane/gone-back", test_gone_back);
  belfry_test_add ("/redis-lane/lost-for-good", test_lost_for_good);
  belfry_test_add ("/redis-lane/give-up", test_give_up);
  belfry_test_add ("/redis-lane/overflow", test_overflow);
  belfry_test_add ("/redis-lane/overflow-bytes", test_overflow_bytes);

  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-send-queue"

#include "config.h"

#include "belfry-send-queue.h"

#include <string.h>

#include "belfry-test.h"

#define COST(n) ((n) + BELFRY_SEND_OVERHEAD)

/* A queue, and the keys of what was dropped from it. */
typedef struct
{
  BelfrySendQueue queue;
  BelfrySendLimits limits;
  GString *dropped; /* (owned) */
} Fixture;

static void
on_dropped (guint32 key, gpointer user_data)
{
  Fixture *self = user_data;

  g_string_append_c (self->dropped, (char) key);
}

static void
fixture_init (Fixture *self, gsize max_bytes)
{
  *self = (Fixture){ .limits = { max_bytes, 8, on_dropped }, .dropped = g_string_new (NULL) };
}

static void
fixture_clear (Fixture *self)
{
  belfry_send_queue_clear (&self->queue);
  g_assert_true (belfry_send_queue_is_empty (&self->queue));
  g_assert_cmpuint (belfry_send_queue_get_bytes (&self->queue), ==, 0);
  g_assert_cmpuint (belfry_send_queue_get_held (&self->queue), ==, 0);
  g_assert_cmpuint (self->queue.exempt, ==, 0);
  g_assert_cmpuint (self->queue.droppable, ==, 0);
  g_assert_cmpuint (self->queue.replaceable, ==, 0);
  g_string_free (self->dropped, TRUE);
}

static BelfrySendResult
push (Fixture *self, const char *text, BelfrySendPolicy policy, char key)
{
  const BelfrySendOptions options = { policy, (guint32) key };
  g_autoptr (GBytes) frame = g_bytes_new (text, strlen (text));

  return belfry_send_queue_push (&self->queue, &self->limits, frame, &options, self);
}

static gboolean
push_control (Fixture *self, const char *text, guint opcode, gboolean replace)
{
  g_autoptr (GBytes) frame = g_bytes_new (text, strlen (text));

  return belfry_send_queue_push_control (&self->queue, &self->limits, frame, opcode, replace);
}

/* What would be written now, at the most @max vectors of it. */
static char *
peek (Fixture *self, guint max)
{
  struct iovec vectors[64];
  gsize total;
  guint n = belfry_send_queue_fill (&self->queue, vectors, max, &total);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_len (text, vectors[i].iov_base, (gssize) vectors[i].iov_len);
  g_assert_cmpuint (text->len, ==, total);
  return g_string_free (text, FALSE);
}

static void
assert_waiting (Fixture *self, const char *expected)
{
  g_autofree char *text = peek (self, 64);

  g_assert_cmpstr (text, ==, expected);
}

/* What goes in comes out in order, in vectors, and is gone once it is written, to the byte. */
static void
test_order (void)
{
  Fixture f;

  fixture_init (&f, 10000);
  g_assert_true (belfry_send_queue_is_empty (&f.queue));
  assert_waiting (&f, "");
  g_assert_cmpint (push (&f, "one", BELFRY_SEND_DISCONNECT, 0), ==, BELFRY_SEND_QUEUED);
  g_assert_cmpint (push (&f, "two", BELFRY_SEND_DROP_OLDEST, 0), ==, BELFRY_SEND_QUEUED);
  g_assert_true (push_control (&f, "ping", 9, FALSE));
  g_assert_cmpint (push (&f, "three", BELFRY_SEND_DROP_NEWEST, 0), ==, BELFRY_SEND_QUEUED);
  assert_waiting (&f, "onetwopingthree");
  g_autofree char *two = peek (&f, 2);
  g_assert_cmpstr (two, ==, "onetwo");
  g_assert_cmpuint (belfry_send_queue_get_bytes (&f.queue), ==, COST (3) + COST (3) + COST (5));
  belfry_send_queue_pop (&f.queue, 4);
  assert_waiting (&f, "wopingthree");
  g_assert_cmpuint (belfry_send_queue_get_frames (&f.queue), ==, 3);
  belfry_send_queue_pop (&f.queue, 0);
  belfry_send_queue_pop (&f.queue, 10);
  assert_waiting (&f, "e");
  belfry_send_queue_pop (&f.queue, 1);
  g_assert_true (belfry_send_queue_is_empty (&f.queue));
  fixture_clear (&f);
}

/* A few frames need no memory; many do, and give it back. */
static void
test_memory (void)
{
  Fixture f;

  fixture_init (&f, 1000000);
  for (int i = 0; i < BELFRY_SEND_QUEUE_FEW; i++)
    push (&f, "x", BELFRY_SEND_DISCONNECT, 0);
  g_assert_cmpuint (belfry_send_queue_get_held (&f.queue), ==, 0);
  for (int i = 0; i < 1000; i++)
    push (&f, "x", BELFRY_SEND_DISCONNECT, 0);
  g_assert_cmpuint (belfry_send_queue_get_held (&f.queue), <=, 2048 * sizeof (BelfrySendEntry));
  belfry_send_queue_pop (&f.queue, 1000 + BELFRY_SEND_QUEUE_FEW);
  g_assert_cmpuint (belfry_send_queue_get_held (&f.queue), ==, 0);
  fixture_clear (&f);
}

/* The queue holds its own reference, and shares the frame. */
static void
test_shared (void)
{
  BelfrySendLimits limits = { 1000, 1, NULL };
  BelfrySendQueue queues[3] = { 0 };
  GBytes *frame = g_bytes_new_static ("shared", 6);
  gsize total;
  struct iovec vector;

  for (gsize i = 0; i < G_N_ELEMENTS (queues); i++)
    g_assert_cmpint (belfry_send_queue_push (&queues[i], &limits, frame, NULL, NULL), ==,
                     BELFRY_SEND_QUEUED);
  gconstpointer bytes = g_bytes_get_data (frame, NULL);
  g_bytes_unref (frame);
  for (gsize i = 0; i < G_N_ELEMENTS (queues); i++)
    {
      g_assert_cmpuint (belfry_send_queue_fill (&queues[i], &vector, 1, &total), ==, 1);
      g_assert_true (vector.iov_base == bytes);
      belfry_send_queue_clear (&queues[i]);
    }
}

typedef struct
{
  const char *what;
  const char *pushes; /* policy, key and text of each: d, o, n, c, N */
  BelfrySendResult last;
  const char *waiting;
  const char *dropped;
} PolicyCase;

/* Four frames fit. */
static const PolicyCase policy_cases[] = {
  { "within the bound nothing happens", "da o0 na ca", BELFRY_SEND_QUEUED, "1234", "" },
  { "disconnect at the bound", "da da da da da", BELFRY_SEND_OVERFLOW, "1234", "" },
  { "drop-newest at the bound", "na na na na na", BELFRY_SEND_DROPPED_NEWEST, "1234", "" },
  { "drop-oldest at the bound", "oa ob oc od oe", BELFRY_SEND_MADE_ROOM, "2345", "a" },
  { "drop-oldest twice", "oa ob oc od oe of", BELFRY_SEND_MADE_ROOM, "3456", "ab" },
  { "drop-oldest spares what must not be lost", "da ob nc od oe", BELFRY_SEND_MADE_ROOM, "1345",
    "b" },
  { "drop-oldest with nothing to drop", "da nb dc nd oe", BELFRY_SEND_DROPPED_NEWEST, "1234", "" },
  { "disconnect drops nobody else's", "oa ob oc od de", BELFRY_SEND_OVERFLOW, "1234", "" },
  { "conflate replaces its own key", "ca cb ca", BELFRY_SEND_REPLACED, "23", "" },
  { "conflate does so at the bound", "ca db dc dd ca", BELFRY_SEND_REPLACED, "2345", "" },
  { "conflate makes room like drop-oldest", "ca ob dc dd ce", BELFRY_SEND_MADE_ROOM, "2345", "a" },
  { "conflate does not touch other policies", "oa da na ca ca", BELFRY_SEND_REPLACED, "1235", "" },
  { "conflate with no room", "da db dc dd ce", BELFRY_SEND_DROPPED_NEWEST, "1234", "" },
  { "a notice has room", "da db dc dd Ne", BELFRY_SEND_QUEUED, "12345", "" },
  { "a notice replaces one of its key", "Na Nb Na", BELFRY_SEND_REPLACED, "23", "" },
  { "a notice and a conflated frame are two", "ca Na ca", BELFRY_SEND_REPLACED, "23", "" },
  { "notices are bounded in number", "Na Nb Nc Nd Ne Nf Ng", BELFRY_SEND_CROWDED, "123456", "" },
  { "a notice replaces one of its key at the bound", "Na Nb Nc Nd Ne Nf Na", BELFRY_SEND_REPLACED,
    "234567", "" },
  { "notices are not dropped for others", "Na ob oc od oe of", BELFRY_SEND_MADE_ROOM, "13456",
    "b" },
};

static BelfrySendPolicy
policy_of (char letter)
{
  const char *letters = "doncN";

  return (BelfrySendPolicy) (strchr (letters, letter) - letters);
}

/* Every policy at the bound, and among others: pushes are numbered, and the digits tell what is
 * left. */
static void
test_policies (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (policy_cases); i++)
    {
      const PolicyCase *c = &policy_cases[i];
      g_auto (GStrv) pushes = g_strsplit (c->pushes, " ", -1);
      BelfrySendResult last = BELFRY_SEND_QUEUED;
      char text[] = "1";
      Fixture f;

      g_test_message ("%s", c->what);
      fixture_init (&f, 4 * COST (1));
      for (guint n = 0; pushes[n] != NULL; n++, text[0]++)
        last = push (&f, text, policy_of (pushes[n][0]), pushes[n][1]);
      g_assert_cmpint (last, ==, c->last);
      assert_waiting (&f, c->waiting);
      g_assert_cmpstr (f.dropped->str, ==, c->dropped);
      fixture_clear (&f);
    }
}

/* A frame that is bigger than the bound is sent to whom keeps up, for the bound is about waiting;
 * but nothing joins it. */
static void
test_big_frame (void)
{
  g_autofree char *big = g_strnfill (10000, 'x');
  Fixture f;

  fixture_init (&f, 1000);
  g_assert_cmpint (push (&f, big, BELFRY_SEND_DISCONNECT, 0), ==, BELFRY_SEND_QUEUED);
  g_assert_cmpint (push (&f, "y", BELFRY_SEND_DISCONNECT, 0), ==, BELFRY_SEND_OVERFLOW);
  g_assert_cmpint (push (&f, "y", BELFRY_SEND_DROP_OLDEST, 0), ==, BELFRY_SEND_DROPPED_NEWEST);
  belfry_send_queue_pop (&f.queue, 9999);
  g_assert_cmpint (push (&f, "y", BELFRY_SEND_DISCONNECT, 0), ==, BELFRY_SEND_OVERFLOW);
  belfry_send_queue_pop (&f.queue, 1);
  g_assert_cmpint (push (&f, "a", BELFRY_SEND_DROP_OLDEST, 'a'), ==, BELFRY_SEND_QUEUED);
  g_assert_cmpint (push (&f, "b", BELFRY_SEND_DISCONNECT, 'b'), ==, BELFRY_SEND_QUEUED);
  g_assert_cmpint (push (&f, big, BELFRY_SEND_DROP_OLDEST, 'c'), ==, BELFRY_SEND_DROPPED_NEWEST);
  g_assert_cmpstr (f.dropped->str, ==, "");
  assert_waiting (&f, "ab");
  fixture_clear (&f);
}

/* Of what has begun, and of what was offered to a transport that wants it again, nothing is
 * replaced nor dropped. */
static void
test_held (void)
{
  Fixture f;

  fixture_init (&f, 3 * COST (2));
  push (&f, "a1", BELFRY_SEND_CONFLATE, 'a');
  belfry_send_queue_pop (&f.queue, 1);
  g_assert_cmpint (push (&f, "a2", BELFRY_SEND_CONFLATE, 'a'), ==, BELFRY_SEND_QUEUED);
  assert_waiting (&f, "1a2");
  belfry_send_queue_pin (&f.queue, 2);
  g_assert_cmpint (push (&f, "a3", BELFRY_SEND_CONFLATE, 'a'), ==, BELFRY_SEND_QUEUED);
  assert_waiting (&f, "1a2a3");
  g_assert_cmpint (push (&f, "a4", BELFRY_SEND_CONFLATE, 'a'), ==, BELFRY_SEND_REPLACED);
  assert_waiting (&f, "1a2a4");
  g_assert_cmpint (push (&f, "b1", BELFRY_SEND_DROP_OLDEST, 'b'), ==, BELFRY_SEND_MADE_ROOM);
  assert_waiting (&f, "1a2b1");
  g_assert_cmpstr (f.dropped->str, ==, "a");
  belfry_send_queue_drop_waiting (&f.queue);
  assert_waiting (&f, "1a2");
  belfry_send_queue_pop (&f.queue, 1);
  belfry_send_queue_drop_waiting (&f.queue);
  assert_waiting (&f, "");
  fixture_clear (&f);
}

/* A flood of pings leaves one pong to be sent; control frames have room when data has none, but
 * there cannot be any number of them. */
static void
test_control (void)
{
  Fixture f;

  fixture_init (&f, COST (1));
  push (&f, "d", BELFRY_SEND_DISCONNECT, 0);
  for (int i = 0; i < 1000; i++)
    g_assert_true (push_control (&f, i < 999 ? "old" : "new", 10, TRUE));
  assert_waiting (&f, "dnew");
  for (guint i = 1; i < f.limits.max_exempt; i++)
    g_assert_true (push_control (&f, "c", 9, FALSE));
  g_assert_false (push_control (&f, "c", 9, FALSE));
  g_assert_true (push_control (&f, "newest", 10, TRUE));
  g_assert_cmpuint (belfry_send_queue_get_bytes (&f.queue), ==, COST (1));
  fixture_clear (&f);
}

/* Control frames have room when notices have none; and notices can make room for one that stands
 * for all of them, but for what is being written. */
static void
test_notices (void)
{
  Fixture f;

  fixture_init (&f, COST (1));
  for (char key = 'a'; key <= 'f'; key++)
    push (&f, "n1", BELFRY_SEND_NOTICE, key);
  g_assert_cmpint (push (&f, "n2", BELFRY_SEND_NOTICE, 'g'), ==, BELFRY_SEND_CROWDED);
  g_assert_true (push_control (&f, "p", 10, TRUE));
  push (&f, "d", BELFRY_SEND_DISCONNECT, 0);
  belfry_send_queue_pop (&f.queue, 3);
  belfry_send_queue_drop_notices (&f.queue);
  assert_waiting (&f, "1pd");
  g_assert_cmpint (push (&f, "n2", BELFRY_SEND_NOTICE, 'g'), ==, BELFRY_SEND_QUEUED);
  assert_waiting (&f, "1pdn2");
  fixture_clear (&f);
}

/* With a frame at the head that never leaves, any number of others may come and go in little
 * memory. */
static void
test_holes (void)
{
  Fixture f;

  fixture_init (&f, 100 * COST (1));
  push (&f, "h", BELFRY_SEND_DISCONNECT, 0);
  for (int i = 0; i < 100000; i++)
    push (&f, "x", i % 2 != 0 ? BELFRY_SEND_CONFLATE : BELFRY_SEND_DROP_OLDEST, (char) (i % 100));
  g_assert_cmpuint (belfry_send_queue_get_bytes (&f.queue), <=, f.limits.max_bytes);
  g_assert_cmpuint (belfry_send_queue_get_held (&f.queue), <=, 256 * sizeof (BelfrySendEntry));
  fixture_clear (&f);
}

/* The same rules, told in the plainest way. */
typedef struct
{
  char *text; /* (owned) */
  BelfrySendPolicy policy;
  guint32 key;
} ModelFrame;

static void
model_frame_free (gpointer data)
{
  g_free (((ModelFrame *) data)->text);
  g_free (data);
}

static gsize
model_bytes (GPtrArray *model)
{
  gsize bytes = 0;

  for (guint i = 0; i < model->len; i++)
    {
      const ModelFrame *frame = model->pdata[i];

      bytes += frame->policy == BELFRY_SEND_NOTICE ? 0 : COST (strlen (frame->text));
    }
  return bytes;
}

static gboolean
model_may_drop (const ModelFrame *frame)
{
  return frame->policy == BELFRY_SEND_DROP_OLDEST || frame->policy == BELFRY_SEND_CONFLATE;
}

static gboolean
model_remove_first (GPtrArray *model, guint held, const ModelFrame *like)
{
  for (guint i = held; i < model->len; i++)
    {
      const ModelFrame *frame = model->pdata[i];

      if (like != NULL ? frame->policy == like->policy && frame->key == like->key
                       : model_may_drop (frame))
        {
          g_ptr_array_remove_index (model, i);
          return TRUE;
        }
    }
  return FALSE;
}

static void
model_push (GPtrArray *model, gsize max, guint held, ModelFrame *frame)
{
  gsize cost = COST (strlen (frame->text));

  if (frame->policy == BELFRY_SEND_CONFLATE || frame->policy == BELFRY_SEND_NOTICE)
    model_remove_first (model, held, frame);
  if (model_may_drop (frame))
    while (model_bytes (model) + cost > max && model_remove_first (model, held, NULL))
      ;
  if (frame->policy == BELFRY_SEND_NOTICE || model_bytes (model) + cost <= max)
    g_ptr_array_add (model, frame);
  else
    model_frame_free (frame);
}

static void
model_pop (GPtrArray *model, gsize *offset, gsize n)
{
  for (*offset += n; model->len > 0; g_ptr_array_remove_index (model, 0))
    {
      gsize size = strlen (((ModelFrame *) model->pdata[0])->text);

      if (*offset < size)
        return;
      *offset -= size;
    }
}

static char *
model_text (GPtrArray *model, gsize offset)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < model->len; i++)
    g_string_append (text, ((ModelFrame *) model->pdata[i])->text);
  g_string_erase (text, 0, (gssize) offset);
  return g_string_free (text, FALSE);
}

/* Whatever is pushed and written in whatever order: the queue and the plain list agree. */
static void
test_against_model (void)
{
  g_autoptr (GPtrArray) model = g_ptr_array_new_with_free_func (model_frame_free);
  gsize offset = 0;
  Fixture f;

  fixture_init (&f, 20 * COST (4));
  f.limits.max_exempt = 1000;
  for (int i = 0; i < 30000; i++)
    {
      BelfrySendPolicy policy =
          (BelfrySendPolicy) g_test_rand_int_range (0, BELFRY_SEND_N_POLICIES);
      char key = (char) g_test_rand_int_range ('a', 'f');
      ModelFrame *frame = g_new (ModelFrame, 1);
      *frame = (ModelFrame){ g_strdup_printf ("%04d", i % 10000), policy, (guint32) key };

      push (&f, frame->text, policy, key);
      model_push (model, f.limits.max_bytes, offset > 0, frame);
      g_autofree char *expected = model_text (model, offset);
      if (belfry_send_queue_get_frames (&f.queue) <= 64)
        assert_waiting (&f, expected);
      gsize written = (gsize) g_test_rand_int_range (0, 10);
      gsize n = MIN (written, strlen (expected));
      belfry_send_queue_pop (&f.queue, n);
      model_pop (model, &offset, n);
      g_assert_cmpuint (belfry_send_queue_get_frames (&f.queue), ==, model->len);
      g_assert_cmpuint (belfry_send_queue_get_bytes (&f.queue), ==, model_bytes (model));
    }
  fixture_clear (&f);
}

/* The queue of another image writes what this one would have, from the middle of a frame on; what
 * was restored gives way to nothing, and a part of what was written down is nothing. */
static void
test_restore (void)
{
  Fixture fixture;
  Fixture other;
  g_autoptr (GByteArray) written = g_byte_array_new ();
  BelfryStateReader reader;

  fixture_init (&fixture, 1000);
  fixture_init (&other, 100);
  push (&fixture, "first", BELFRY_SEND_DISCONNECT, 'a');
  push (&fixture, "gone", BELFRY_SEND_CONFLATE, 'b');
  push (&fixture, "second", BELFRY_SEND_CONFLATE, 'b');
  belfry_send_queue_pop (&fixture.queue, 2);
  belfry_send_queue_save (&fixture.queue, written);
  fixture_clear (&fixture);
  for (gsize length = 0; length < written->len; length++)
    {
      belfry_state_reader_init (&reader, written->data, length);
      belfry_send_queue_restore (&other.queue, &reader);
      g_assert_false (belfry_state_reader_is_good (&reader));
      g_assert_true (belfry_send_queue_is_empty (&other.queue));
    }
  belfry_state_reader_init (&reader, written->data, written->len);
  belfry_send_queue_restore (&other.queue, &reader);
  g_assert_true (belfry_state_reader_is_at_end (&reader));
  g_assert_true (belfry_send_queue_is_cut (&other.queue));
  g_assert_cmpint (push (&other, "third", BELFRY_SEND_CONFLATE, 'b'), ==,
                   BELFRY_SEND_DROPPED_NEWEST);
  assert_waiting (&other, "rstsecond");
  fixture_clear (&other);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/send-queue/order", test_order);
  belfry_test_add ("/send-queue/memory", test_memory);
  belfry_test_add ("/send-queue/shared", test_shared);
  belfry_test_add ("/send-queue/policies", test_policies);
  belfry_test_add ("/send-queue/big-frame", test_big_frame);
  belfry_test_add ("/send-queue/held", test_held);
  belfry_test_add ("/send-queue/control", test_control);
  belfry_test_add ("/send-queue/notices", test_notices);
  belfry_test_add ("/send-queue/holes", test_holes);
  belfry_test_add ("/send-queue/against-model", test_against_model);
  belfry_test_add ("/send-queue/restore", test_restore);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-history"

#include "config.h"

#include "belfry-history.h"

/* A ring of messages. Only the oldest is ever dropped, so that offsets are without a hole, and a
 * message is found by its offset. Main thread; knows neither clock nor topic. */

#define FIRST_SIZE 4

static BelfryMessage *
message_at (const BelfryHistory *self, guint index)
{
  return self->ring[(self->head + index) & (self->size - 1)];
}

/* What a message counts for here: its place in the ring, too. */
static gsize
cost_of (const BelfryMessage *message)
{
  return belfry_message_get_cost (message) + sizeof (BelfryMessage *);
}

static void
resize (BelfryHistory *self, guint size)
{
  BelfryMessage **ring = g_new (BelfryMessage *, size);

  for (guint i = 0; i < self->n; i++)
    ring[i] = message_at (self, i);
  g_free (self->ring);
  self->ring = ring;
  self->size = size;
  self->head = 0;
}

/* A peak must not cost memory for ever. */
static void
shrink (BelfryHistory *self)
{
  if (self->n == 0)
    {
      g_clear_pointer (&self->ring, g_free);
      self->size = 0;
    }
  else if (self->size > FIRST_SIZE && self->n <= self->size / 4)
    resize (self, self->size / 2);
}

static gboolean
is_beyond (const BelfryHistory *self, const BelfryHistoryLimits *limits, gint64 now)
{
  return self->n > limits->max_messages ||
         (limits->max_bytes > 0 && self->bytes > limits->max_bytes) ||
         now - message_at (self, 0)->arrived >= limits->ttl;
}

static BelfryHistoryPage *
page_new (const BelfryHistory *self, guint first, guint n, gboolean complete)
{
  BelfryHistoryPage *page = g_new0 (BelfryHistoryPage, 1);

  page->messages = g_ptr_array_new_full (n, (GDestroyNotify) belfry_message_unref);
  for (guint i = first; i < first + n; i++)
    g_ptr_array_add (page->messages, belfry_message_ref (message_at (self, i)));
  page->position = self->position;
  page->complete = complete;
  return page;
}

void
belfry_history_init (BelfryHistory *self, guint64 epoch)
{
  *self = (BelfryHistory){ .position = { epoch, 0 } };
}

void
belfry_history_init_at (BelfryHistory *self, const BelfryPosition *position)
{
  *self = (BelfryHistory){ .position = *position };
}

void
belfry_history_clear (BelfryHistory *self)
{
  for (guint i = 0; i < self->n; i++)
    belfry_message_unref (message_at (self, i));
  g_clear_pointer (&self->ring, g_free);
  self->size = self->n = 0;
  self->bytes = 0;
}

BelfryPosition
belfry_history_get_position (const BelfryHistory *self)
{
  return self->position;
}

guint
belfry_history_get_n_messages (const BelfryHistory *self)
{
  return self->n;
}

gsize
belfry_history_get_bytes (const BelfryHistory *self)
{
  return self->bytes;
}

BelfryMessage *
belfry_history_get_message (const BelfryHistory *self, guint index)
{
  return message_at (self, index);
}

void
belfry_history_append (BelfryHistory *self, BelfryMessage *message)
{
  g_return_if_fail (message->position.epoch == self->position.epoch);
  g_return_if_fail (message->position.offset == self->position.offset + 1);

  if (self->n == self->size)
    resize (self, MAX (FIRST_SIZE, 2 * self->size));
  self->ring[(self->head + self->n) & (self->size - 1)] = belfry_message_ref (message);
  self->n++;
  self->bytes += cost_of (message);
  self->position = message->position;
}

void
belfry_history_trim (BelfryHistory *self, const BelfryHistoryLimits *limits, gint64 now)
{
  while (self->n > 0 && is_beyond (self, limits, now))
    belfry_history_drop_oldest (self);
}

gboolean
belfry_history_drop_oldest (BelfryHistory *self)
{
  if (self->n == 0)
    return FALSE;
  BelfryMessage *oldest = message_at (self, 0);
  self->head = (self->head + 1) & (self->size - 1);
  self->n--;
  self->bytes -= cost_of (oldest);
  belfry_message_unref (oldest);
  shrink (self);
  return TRUE;
}

BelfryHistoryPage *
belfry_history_read (const BelfryHistory *self, const BelfryPosition *since, guint limit)
{
  if (since == NULL)
    {
      guint n = MIN (limit, self->n);

      return page_new (self, self->n - n, n, TRUE);
    }
  if (since->epoch != self->position.epoch || since->offset > self->position.offset)
    return page_new (self, 0, 0, FALSE);
  guint64 newer = self->position.offset - since->offset;
  guint kept = (guint) MIN (newer, self->n);
  guint n = MIN (kept, limit);
  return page_new (self, self->n - kept, n, n == newer);
}

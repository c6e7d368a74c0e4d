/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-catch-up"

#include "config.h"

#include "belfry-catch-up.h"

/* The live messages of a topic, numbered as they come, kept from where the oldest of those who ask
 * began. Who asks stands in a list, oldest first, since all of them begin at the end.
 *
 * Owned by a topic's entry in the directory, while somebody asks. */

struct _BelfryCatchUp
{
  BelfryAsk *first;       /* (unowned) (nullable) */
  BelfryAsk *last;        /* (unowned) (nullable) */
  GPtrArray *kept;        /* (element-type BelfryMessage) (owned) */
  guint64 base;           /* the number of the first one kept */
  BelfryPosition dropped; /* of the last one that was given up and had one */
  guint64 epoch;          /* of the history that answered last; 0: none has */
  char *gap;              /* (owned) (nullable): the last reason for one */
  gsize bytes;
  gsize max_bytes;
  guint max_messages;
};

static void
drop_first (BelfryCatchUp *self, guint n)
{
  for (guint i = 0; i < n; i++)
    self->bytes -= belfry_message_get_cost (g_ptr_array_index (self->kept, i));
  if (n > 0)
    g_ptr_array_remove_range (self->kept, 0, n);
  self->base += n;
}

/* All at once: with a part of them, nobody could say that nothing is missing. */
static void
give_up (BelfryCatchUp *self)
{
  for (guint i = 0; i < self->kept->len; i++)
    {
      const BelfryMessage *message = g_ptr_array_index (self->kept, i);

      if (belfry_position_is_set (&message->position))
        self->dropped = message->position;
    }
  drop_first (self, self->kept->len);
}

static void
add_missed (BelfryCaughtUp *caught_up, BelfryMessage *message)
{
  if (caught_up->missed == NULL)
    caught_up->missed = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_message_unref);
  g_ptr_array_add (caught_up->missed, belfry_message_ref (message));
}

/* What has come to who asks in another way, as far as it has positions: all from the first to the
 * last of them. */
typedef struct
{
  guint64 epoch;
  guint64 first;
  guint64 last;
} Seen;

static Seen
find_seen (const BelfryCatchUp *self, guint first, guint end, guint64 epoch)
{
  Seen seen = { .epoch = epoch };

  for (guint i = first; i < end; i++)
    {
      const BelfryMessage *message = g_ptr_array_index (self->kept, i);

      if (message->position.epoch != epoch || !belfry_position_is_set (&message->position))
        continue;
      if (seen.first == 0)
        seen.first = message->position.offset;
      seen.last = MAX (seen.last, message->position.offset);
    }
  return seen;
}

static gboolean
was_seen (const Seen *seen, const BelfryPosition *position)
{
  return position->epoch == seen->epoch && position->offset >= seen->first &&
         position->offset <= seen->last;
}

/* Whether a message came after the history was written down. One that was counted in another way
 * came before. */
static gboolean
is_behind (const BelfryMessage *message, const BelfryPosition *position)
{
  return !belfry_position_is_set (&message->position) ||
         (message->position.epoch == position->epoch &&
          message->position.offset > position->offset);
}

static gboolean
is_whole (const BelfryHistoryPage *page, const BelfryPosition *since)
{
  return since != NULL && page->complete && since->epoch == page->position.epoch &&
         since->offset <= page->position.offset;
}

/* By which epoch the topic counts. A history may have been read before a message was published that
 * came here first, so what came while it was asked for has more weight; and of several histories,
 * the last that answered. In doubt nothing is recovered, which nobody takes for all. */
static guint64
find_epoch (const BelfryCatchUp *self, const BelfryHistoryPage *page, guint first)
{
  for (guint i = self->kept->len; i > first; i--)
    {
      const BelfryMessage *message = g_ptr_array_index (self->kept, i - 1);

      if (!belfry_position_is_set (&message->position))
        continue;
      if (message->position.epoch != page->position.epoch)
        return message->position.epoch;
      break;
    }
  return self->epoch != 0 ? self->epoch : page->position.epoch;
}

/* Where a subscription begins that does not recover anything. */
static BelfryPosition
find_start (const BelfryCatchUp *self, const BelfryHistoryPage *page, guint first, gboolean gave_up)
{
  guint64 epoch = find_epoch (self, page, first);
  const BelfryPosition *start =
      gave_up && belfry_position_is_set (&self->dropped) ? &self->dropped : &page->position;

  return start->epoch == epoch ? *start : (BelfryPosition){ .epoch = epoch };
}

static void
add_history (BelfryCaughtUp *caught_up, const BelfryHistoryPage *page, const Seen *seen)
{
  for (guint i = 0; i < page->messages->len; i++)
    {
      BelfryMessage *message = g_ptr_array_index (page->messages, i);

      if (!was_seen (seen, &message->position))
        add_missed (caught_up, message);
    }
}

BelfryCatchUp *
belfry_catch_up_new (guint max_messages, gsize max_bytes)
{
  BelfryCatchUp *self = g_new0 (BelfryCatchUp, 1);

  self->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_message_unref);
  self->max_messages = max_messages;
  self->max_bytes = max_bytes;
  return self;
}

void
belfry_catch_up_free (BelfryCatchUp *self)
{
  g_warn_if_fail (self->first == NULL);

  g_ptr_array_unref (self->kept);
  g_free (self->gap);
  g_free (self);
}

void
belfry_catch_up_begin (BelfryCatchUp *self, BelfryAsk *ask)
{
  *ask = (BelfryAsk){ .prev = self->last, .catch_up = self, .from = self->base + self->kept->len };
  if (self->last != NULL)
    self->last->next = ask;
  else
    self->first = ask;
  self->last = ask;
}

void
belfry_catch_up_end (BelfryAsk *ask)
{
  BelfryCatchUp *self = ask->catch_up;

  if (self == NULL)
    return;
  *(ask->prev != NULL ? &ask->prev->next : &self->first) = ask->next;
  *(ask->next != NULL ? &ask->next->prev : &self->last) = ask->prev;
  *ask = (BelfryAsk){ 0 };

  guint64 needed = self->first != NULL ? self->first->from : self->base + self->kept->len;
  if (needed > self->base)
    drop_first (self, (guint) (needed - self->base));
}

gboolean
belfry_catch_up_is_asked (const BelfryCatchUp *self)
{
  return self->first != NULL;
}

gboolean
belfry_ask_is_open (const BelfryAsk *ask)
{
  return ask->catch_up != NULL;
}

void
belfry_catch_up_add (BelfryCatchUp *self, BelfryMessage *message)
{
  if (self->first == NULL)
    return;
  g_ptr_array_add (self->kept, belfry_message_ref (message));
  self->bytes += belfry_message_get_cost (message);
  if (self->kept->len > self->max_messages || self->bytes > self->max_bytes)
    give_up (self);
}

void
belfry_catch_up_add_gap (BelfryCatchUp *self, const char *reason)
{
  g_free (self->gap);
  self->gap = g_strdup (reason);
  for (BelfryAsk *ask = self->first; ask != NULL; ask = ask->next)
    ask->has_gap = TRUE;
}

const char *
belfry_catch_up_get_gap (const BelfryAsk *ask)
{
  return ask->has_gap ? ask->catch_up->gap : NULL;
}

void
belfry_catch_up_note_seen (BelfryAsk *ask)
{
  if (ask->catch_up != NULL)
    ask->seen = ask->catch_up->base + ask->catch_up->kept->len;
}

void
belfry_catch_up_note_history (BelfryAsk *ask, const BelfryHistoryPage *page)
{
  if (ask->catch_up != NULL && belfry_position_is_set (&page->position))
    ask->catch_up->epoch = page->position.epoch;
}

void
belfry_catch_up_collect (const BelfryAsk *ask,
                         const BelfryHistoryPage *page,
                         const BelfryPosition *since,
                         BelfryCaughtUp *caught_up)
{
  const BelfryCatchUp *self = ask->catch_up;
  gboolean gave_up = ask->from < self->base;
  guint first = gave_up ? 0 : (guint) (ask->from - self->base);
  guint unseen = ask->seen > self->base + first ? (guint) (ask->seen - self->base) : first;
  const BelfryPosition start = find_start (self, page, first, gave_up);
  const Seen seen = find_seen (self, first, unseen, start.epoch);

  *caught_up = (BelfryCaughtUp){ .position = start };
  if (!gave_up && start.epoch == page->position.epoch && is_whole (page, since))
    {
      caught_up->recovered = TRUE;
      caught_up->position = *since;
      add_history (caught_up, page, &seen);
    }
  if (seen.first <= caught_up->position.offset + 1)
    caught_up->position.offset = MAX (caught_up->position.offset, seen.last);
  for (guint i = unseen; i < self->kept->len; i++)
    {
      BelfryMessage *message = g_ptr_array_index (self->kept, i);

      if (is_behind (message, &start))
        add_missed (caught_up, message);
    }
}

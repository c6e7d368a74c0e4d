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

/* Whether a message came after the history was written down. */
static gboolean
is_behind (const BelfryMessage *message, const BelfryPosition *position)
{
  return !belfry_position_is_set (&message->position) ||
         message->position.epoch != position->epoch || message->position.offset > position->offset;
}

static gboolean
is_whole (const BelfryHistoryPage *page, const BelfryPosition *since)
{
  return since != NULL && page->complete && since->epoch == page->position.epoch &&
         since->offset <= page->position.offset;
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
belfry_catch_up_collect (const BelfryAsk *ask,
                         const BelfryHistoryPage *page,
                         const BelfryPosition *since,
                         BelfryCaughtUp *caught_up)
{
  const BelfryCatchUp *self = ask->catch_up;
  gboolean gave_up = ask->from < self->base;
  guint first = gave_up ? 0 : (guint) (ask->from - self->base);
  const BelfryPosition *start =
      gave_up && belfry_position_is_set (&self->dropped) ? &self->dropped : &page->position;

  *caught_up = (BelfryCaughtUp){ .position = *start };
  if (!gave_up && is_whole (page, since))
    {
      caught_up->recovered = TRUE;
      caught_up->position = *since;
      for (guint i = 0; i < page->messages->len; i++)
        add_missed (caught_up, g_ptr_array_index (page->messages, i));
    }
  for (guint i = first; i < self->kept->len; i++)
    {
      BelfryMessage *message = g_ptr_array_index (self->kept, i);

      if (is_behind (message, start))
        add_missed (caught_up, message);
    }
}

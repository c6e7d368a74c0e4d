/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-send-queue"

#include "config.h"

#include "belfry-send-queue.h"

/* A ring of references to frames. Belongs to a connection and its thread; does no I/O.
 *
 * What is dropped leaves a hole, so that dropping costs the same wherever it happens. Holes at the
 * head go at once; the others when the ring is full and a quarter of it is holes, else it grows. So
 * there are at the most about as many holes as frames, and the work of closing them is spread over
 * as many pushes. What may not be dropped at the head is not looked at a second time.
 *
 * The first frame cannot be dropped once a byte of it is written, for the peer waits for the rest;
 * nor can what has been pinned, which a TLS library has perhaps encrypted already. */

G_STATIC_ASSERT (sizeof (BelfrySendEntry) == 16);
G_STATIC_ASSERT ((BELFRY_SEND_QUEUE_FEW & (BELFRY_SEND_QUEUE_FEW - 1)) == 0);

#define HOLES_WORTH_CLOSING 4

/* What an entry takes at the least when it is written down. */
#define ENTRY_SIZE 10

/* A quarter of what is exempt is for control frames alone. */
#define CONTROL_SHARE 4

static guint32
get_capacity (const BelfrySendQueue *self)
{
  return self->many != NULL ? self->capacity : BELFRY_SEND_QUEUE_FEW;
}

static BelfrySendEntry *
entry_at (BelfrySendQueue *self, guint32 index)
{
  BelfrySendEntry *ring = self->many != NULL ? self->many : self->few;

  return &ring[(self->head + index) & (get_capacity (self) - 1)];
}

static gboolean
is_exempt (const BelfrySendEntry *entry)
{
  return entry->control || entry->policy == BELFRY_SEND_NOTICE;
}

static gboolean
is_droppable (const BelfrySendEntry *entry)
{
  return !entry->control &&
         (entry->policy == BELFRY_SEND_DROP_OLDEST || entry->policy == BELFRY_SEND_CONFLATE);
}

static gboolean
is_replaceable (const BelfrySendEntry *entry)
{
  return entry->control || entry->policy == BELFRY_SEND_CONFLATE ||
         entry->policy == BELFRY_SEND_NOTICE;
}

static gsize
cost_of (const BelfrySendEntry *entry)
{
  return is_exempt (entry) ? 0 : g_bytes_get_size (entry->frame) + BELFRY_SEND_OVERHEAD;
}

static void
count_in (BelfrySendQueue *self, const BelfrySendEntry *entry)
{
  gsize cost = cost_of (entry);

  self->bytes += cost;
  self->droppable += is_droppable (entry) ? cost : 0;
  self->exempt += is_exempt (entry) ? 1 : 0;
  self->replaceable += is_replaceable (entry) ? 1 : 0;
}

static void
count_out (BelfrySendQueue *self, const BelfrySendEntry *entry)
{
  gsize cost = cost_of (entry);

  self->bytes -= cost;
  self->droppable -= is_droppable (entry) ? cost : 0;
  self->exempt -= is_exempt (entry) ? 1 : 0;
  self->replaceable -= is_replaceable (entry) ? 1 : 0;
}

static void
reset (BelfrySendQueue *self)
{
  g_clear_pointer (&self->many, g_free);
  self->capacity = self->head = self->length = self->dropped = self->scanned = 0;
}

/* Moves all that is left into a ring of another size, or of the same one, without the holes. */
static void
rebuild (BelfrySendQueue *self, guint32 capacity)
{
  BelfrySendEntry *ring = g_new (BelfrySendEntry, capacity);
  guint32 n = 0;

  for (guint32 i = 0; i < self->length; i++)
    {
      const BelfrySendEntry *entry = entry_at (self, i);

      if (entry->frame != NULL)
        ring[n++] = *entry;
    }
  g_free (self->many);
  self->many = ring;
  self->capacity = capacity;
  self->length = n;
  self->head = self->dropped = self->scanned = 0;
}

static void
append (BelfrySendQueue *self, const BelfrySendEntry *entry)
{
  guint32 capacity = get_capacity (self);

  if (self->length == capacity)
    rebuild (self, self->dropped >= capacity / HOLES_WORTH_CLOSING ? capacity : capacity * 2);
  BelfrySendEntry *slot = entry_at (self, self->length++);
  *slot = *entry;
  g_bytes_ref (slot->frame);
  count_in (self, slot);
}

static void
skip_holes (BelfrySendQueue *self)
{
  while (self->length > 0 && entry_at (self, 0)->frame == NULL)
    {
      self->head = (self->head + 1) & (get_capacity (self) - 1);
      self->length--;
      self->dropped--;
      self->scanned -= self->scanned > 0 ? 1 : 0;
    }
  if (self->length == 0)
    reset (self);
}

static void
drop (BelfrySendQueue *self, BelfrySendEntry *entry)
{
  count_out (self, entry);
  g_clear_pointer (&entry->frame, g_bytes_unref);
  self->dropped++;
}

/* How many entries from the head on are no longer ours to drop. */
static guint32
count_held (BelfrySendQueue *self)
{
  gsize held = self->offset + self->pinned;
  guint32 n = 0;

  while (held > 0 && n < self->length)
    {
      const BelfrySendEntry *entry = entry_at (self, n++);
      gsize size = entry->frame != NULL ? g_bytes_get_size (entry->frame) : 0;

      held -= MIN (held, size);
    }
  return n;
}

static BelfrySendEntry *
find_oldest_droppable (BelfrySendQueue *self)
{
  if (self->droppable == 0)
    return NULL;
  for (guint32 i = MAX (self->scanned, count_held (self)); i < self->length; i++)
    {
      BelfrySendEntry *entry = entry_at (self, i);

      if (entry->frame != NULL && is_droppable (entry))
        {
          self->scanned = i;
          return entry;
        }
    }
  return NULL;
}

/* The newest comes first in the search, because that is where it is in a queue that moves. */
static BelfrySendEntry *
find_same (BelfrySendQueue *self, const BelfrySendEntry *like)
{
  if (self->replaceable == 0)
    return NULL;
  guint32 held = count_held (self);
  for (guint32 i = self->length; i > held; i--)
    {
      BelfrySendEntry *entry = entry_at (self, i - 1);

      if (entry->frame != NULL && entry->key == like->key && entry->policy == like->policy &&
          entry->control == like->control)
        return entry;
    }
  return NULL;
}

static gboolean
replace_same (BelfrySendQueue *self, const BelfrySendEntry *like)
{
  BelfrySendEntry *old = find_same (self, like);

  if (old == NULL)
    return FALSE;
  drop (self, old);
  skip_holes (self);
  return TRUE;
}

static gboolean
fits (const BelfrySendLimits *limits, gsize bytes, gsize cost)
{
  return bytes == 0 || (cost <= limits->max_bytes && bytes <= limits->max_bytes - cost);
}

/* Drops nothing if that would not help. Whenever a drop is told of, the queue is in order again. */
static gboolean
make_room (BelfrySendQueue *self, const BelfrySendLimits *limits, gsize cost, gpointer user_data)
{
  BelfrySendEntry *oldest;

  if (!fits (limits, self->bytes - self->droppable, cost))
    return FALSE;
  while (!fits (limits, self->bytes, cost) && (oldest = find_oldest_droppable (self)) != NULL)
    {
      guint32 key = oldest->key;

      drop (self, oldest);
      skip_holes (self);
      if (limits->dropped != NULL)
        limits->dropped (key, user_data);
    }
  return fits (limits, self->bytes, cost);
}

static BelfrySendResult
push_exempt (BelfrySendQueue *self,
             const BelfrySendLimits *limits,
             const BelfrySendEntry *entry,
             gboolean replace)
{
  gboolean replaced = replace && replace_same (self, entry);

  guint reserved = entry->control ? 0 : limits->max_exempt / CONTROL_SHARE;

  if (self->exempt >= limits->max_exempt - reserved)
    return entry->control ? BELFRY_SEND_OVERFLOW : BELFRY_SEND_CROWDED;
  append (self, entry);
  return replaced ? BELFRY_SEND_REPLACED : BELFRY_SEND_QUEUED;
}

static BelfrySendResult
push_crowded (BelfrySendQueue *self,
              const BelfrySendLimits *limits,
              const BelfrySendEntry *entry,
              gpointer user_data)
{
  if (entry->policy == BELFRY_SEND_DISCONNECT)
    return BELFRY_SEND_OVERFLOW;
  if (entry->policy == BELFRY_SEND_DROP_NEWEST ||
      !make_room (self, limits, cost_of (entry), user_data))
    return BELFRY_SEND_DROPPED_NEWEST;
  append (self, entry);
  return BELFRY_SEND_MADE_ROOM;
}

BelfrySendResult
belfry_send_queue_push (BelfrySendQueue *self,
                        const BelfrySendLimits *limits,
                        GBytes *frame,
                        const BelfrySendOptions *options,
                        gpointer user_data)
{
  BelfrySendEntry entry = { .frame = frame };

  if (options != NULL)
    {
      entry.policy = (guint8) options->policy;
      entry.key = options->key;
    }
  if (entry.policy == BELFRY_SEND_NOTICE)
    return push_exempt (self, limits, &entry, TRUE);
  gboolean replaced = entry.policy == BELFRY_SEND_CONFLATE && replace_same (self, &entry);
  if (!fits (limits, self->bytes, cost_of (&entry)))
    return push_crowded (self, limits, &entry, user_data);
  append (self, &entry);
  return replaced ? BELFRY_SEND_REPLACED : BELFRY_SEND_QUEUED;
}

gboolean
belfry_send_queue_push_control (BelfrySendQueue *self,
                                const BelfrySendLimits *limits,
                                GBytes *frame,
                                guint opcode,
                                gboolean replace)
{
  const BelfrySendEntry entry = { .frame = frame, .key = opcode, .control = TRUE };

  return push_exempt (self, limits, &entry, replace) != BELFRY_SEND_OVERFLOW;
}

guint
belfry_send_queue_fill (BelfrySendQueue *self, struct iovec *vectors, guint n, gsize *total)
{
  gsize offset = self->offset;
  guint filled = 0;

  *total = 0;
  for (guint32 i = 0; i < self->length && filled < n; i++)
    {
      const BelfrySendEntry *entry = entry_at (self, i);

      if (entry->frame == NULL)
        continue;
      gsize size;
      const guint8 *bytes = g_bytes_get_data (entry->frame, &size);
      vectors[filled++] = (struct iovec){ (void *) (bytes + offset), size - offset };
      *total += size - offset;
      offset = 0;
    }
  return filled;
}

void
belfry_send_queue_pin (BelfrySendQueue *self, gsize bytes)
{
  self->pinned = bytes;
}

void
belfry_send_queue_pop (BelfrySendQueue *self, gsize bytes)
{
  self->offset += bytes;
  self->pinned = 0;
  while (self->length > 0)
    {
      BelfrySendEntry *entry = entry_at (self, 0);
      gsize size = g_bytes_get_size (entry->frame);

      if (self->offset < size)
        return;
      self->offset -= size;
      drop (self, entry);
      skip_holes (self);
    }
  self->offset = 0;
}

static void
drop_all (BelfrySendQueue *self, gboolean only_notices)
{
  for (guint32 i = count_held (self); i < self->length; i++)
    {
      BelfrySendEntry *entry = entry_at (self, i);
      gboolean is_notice = !entry->control && entry->policy == BELFRY_SEND_NOTICE;

      if (entry->frame != NULL && (is_notice || !only_notices))
        drop (self, entry);
    }
  skip_holes (self);
}

void
belfry_send_queue_drop_waiting (BelfrySendQueue *self)
{
  drop_all (self, FALSE);
}

void
belfry_send_queue_drop_notices (BelfrySendQueue *self)
{
  drop_all (self, TRUE);
}

void
belfry_send_queue_clear (BelfrySendQueue *self)
{
  self->offset = self->pinned = 0;
  belfry_send_queue_drop_waiting (self);
}

void
belfry_send_queue_save (BelfrySendQueue *self, BelfryStateWriter *writer)
{
  belfry_state_put_u64 (writer, self->offset);
  belfry_state_put_u32 (writer, belfry_send_queue_get_frames (self));
  for (guint32 i = 0; i < self->length; i++)
    {
      const BelfrySendEntry *entry = entry_at (self, i);
      gsize size;

      if (entry->frame == NULL)
        continue;
      const guint8 *bytes = g_bytes_get_data (entry->frame, &size);
      belfry_state_put_u8 (writer, entry->control);
      belfry_state_put_u32 (writer, entry->control ? entry->key : 0);
      belfry_state_put_bytes (writer, bytes, size);
    }
}

void
belfry_send_queue_restore (BelfrySendQueue *self, BelfryStateReader *reader)
{
  guint64 offset = belfry_state_get_u64 (reader);
  guint32 n = belfry_state_get_count (reader, ENTRY_SIZE);

  for (guint32 i = 0; i < n && belfry_state_reader_is_good (reader); i++)
    {
      BelfrySendEntry entry = { .control = belfry_state_get_u8 (reader) != 0 };
      gsize size;

      entry.key = belfry_state_get_u32 (reader);
      const guint8 *bytes = belfry_state_get_bytes (reader, &size);
      if (size == 0 || (i == 0 && offset >= size))
        {
          belfry_state_reader_fail (reader);
          break;
        }
      g_autoptr (GBytes) frame = g_bytes_new (bytes, size);
      entry.frame = frame;
      append (self, &entry);
    }
  if (n == 0 && offset > 0)
    belfry_state_reader_fail (reader);
  self->offset = (gsize) offset;
  if (!belfry_state_reader_is_good (reader))
    belfry_send_queue_clear (self);
}

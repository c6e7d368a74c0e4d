/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-errands"

#include "config.h"

#include "belfry-redis-errands.h"

#include <string.h>

/* Each slot with commands under way has a track, in their order. As long as all goes well they are
 * sent at once, one behind the other. When a node turns one away, the track halts: nothing new is
 * sent until all that are under way have come back; then those that wait go out in order, and those
 * that were turned away one at a time. So a command never overtakes another of its slot, but for
 * one case: of those that were sent together a node may turn away the first and take the next, if
 * a slot's migration ends between the two.
 *
 * A node that turns a command away has not begun it. */

#define MILLISECOND ((gint64) 1000)

/* How long a command may be sent again, and how often. A slot that migrates takes no command of
 * several keys until it has moved. */
#define PATIENCE (10 * (gint64) G_USEC_PER_SEC)
#define MAX_TRIES 256
#define RETRY (40 * MILLISECOND)

/* All copies together. */
#define MAX_BYTES ((gsize) 64 * 1024 * 1024)

typedef struct
{
  guint slot;
  GQueue errands;            /* (element-type Errand) (owned) */
  BelfryRedisMember *member; /* (unowned): who got the latest; only compared */
  guint n_flying;
  gboolean halted;
} Track;

typedef struct
{
  BelfryRedisErrands *owner; /* (unowned) */
  Track *track;              /* (unowned) */
  GList link;                /* in the track */
  char **argv;               /* (owned) */
  gsize *lengths;            /* (owned) */
  guint argc;
  gsize size;
  gint64 timeout;
  BelfryRedisCallback callback; /* (unowned) (nullable) */
  gpointer user_data;           /* (unowned) (nullable) */
  char *address;                /* (owned) (nullable): who is to be asked this time */
  gint64 until;
  guint n_tries;
  gboolean flying;
} Errand;

struct _BelfryRedisErrands
{
  BelfryDeadlineWheel *wheel;           /* (unowned) */
  const BelfryRedisErrandsHooks *hooks; /* (unowned) */
  gpointer user_data;                   /* (unowned) */
  GHashTable *tracks;                   /* (owned) (element-type guint Track) */
  BelfryDeadline timer;
  gsize n_bytes;
};

static void
errand_free (Errand *self)
{
  for (guint i = 0; i < self->argc; i++)
    g_free (self->argv[i]);
  g_free (self->argv);
  g_free (self->lengths);
  g_free (self->address);
  g_free (self);
}

static void
copy_argument (Errand *self, const BelfryRedisCommand *command, guint i)
{
  gsize length = command->lengths != NULL ? command->lengths[i] : strlen (command->argv[i]);

  self->argv[i] = g_malloc (length + 1);
  memcpy (self->argv[i], command->argv[i], length);
  self->argv[i][length] = '\0';
  self->lengths[i] = length;
}

static gsize
size_of (const BelfryRedisCommand *command)
{
  guint argc = belfry_redis_command_count (command);
  gsize size = 0;

  for (guint i = 0; i < argc; i++)
    {
      gsize length = command->lengths != NULL ? command->lengths[i] : strlen (command->argv[i]);

      if (length > MAX_BYTES)
        return MAX_BYTES + 1;
      size = MIN (size + length, MAX_BYTES + 1);
    }
  return size;
}

static Errand *
errand_new (BelfryRedisErrands *owner, const BelfryRedisCommand *command, gsize size)
{
  Errand *self = g_new0 (Errand, 1);

  self->owner = owner;
  self->link.data = self;
  self->argc = belfry_redis_command_count (command);
  self->argv = g_new0 (char *, self->argc);
  self->lengths = g_new0 (gsize, self->argc);
  for (guint i = 0; i < self->argc; i++)
    copy_argument (self, command, i);
  self->size = size;
  self->timeout = command->timeout;
  self->callback = command->callback;
  self->user_data = command->user_data;
  self->until = belfry_deadline_wheel_now (owner->wheel) + PATIENCE;
  return self;
}

static Track *
ensure_track (BelfryRedisErrands *self, guint slot)
{
  Track *track = g_hash_table_lookup (self->tracks, GUINT_TO_POINTER (slot));

  if (track != NULL)
    return track;
  track = g_new0 (Track, 1);
  track->slot = slot;
  g_queue_init (&track->errands);
  g_hash_table_insert (self->tracks, GUINT_TO_POINTER (slot), track);
  return track;
}

static void
put (BelfryRedisErrands *self, Track *track, Errand *errand)
{
  errand->track = track;
  self->n_bytes += errand->size;
  g_queue_push_tail_link (&track->errands, &errand->link);
}

/* The track is freed with its last errand. */
static void
take_out (BelfryRedisErrands *self, Errand *errand)
{
  Track *track = g_steal_pointer (&errand->track);

  self->n_bytes -= errand->size;
  g_queue_unlink (&track->errands, &errand->link);
  if (g_queue_is_empty (&track->errands))
    g_hash_table_remove (self->tracks, GUINT_TO_POINTER (track->slot));
}

/* Nothing of ours is used afterwards: whoever is told may free all of it. */
static void
tell (Errand *errand, const BelfryRedisReply *reply, BelfryRedisFault fault, const GError *error)
{
  if (errand->callback != NULL)
    errand->callback (reply, fault, error, errand->user_data);
  errand_free (errand);
}

static void
retry_later (BelfryRedisErrands *self)
{
  if (!belfry_deadline_is_set (&self->timer))
    belfry_deadline_wheel_set_after (self->wheel, &self->timer, RETRY);
}

static void on_answer (const BelfryRedisReply *reply,
                       BelfryRedisFault fault,
                       const GError *error,
                       gpointer user_data);

static gboolean
transmit (Errand *errand, BelfryRedisMember *member, GError **error)
{
  static const char *const asking[] = { "ASKING", NULL };
  const BelfryRedisCommand before = { .argv = asking, .timeout = errand->timeout };
  const BelfryRedisCommand command = {
    .argv = (const char *const *) errand->argv,
    .lengths = errand->lengths,
    .argc = errand->argc,
    .timeout = errand->timeout,
    .callback = on_answer,
    .user_data = errand,
  };

  if ((errand->address != NULL && !belfry_redis_member_call (member, &before, error)) ||
      !belfry_redis_member_call (member, &command, error))
    return FALSE;
  g_clear_pointer (&errand->address, g_free);
  errand->flying = TRUE;
  errand->track->n_flying++;
  errand->track->member = member;
  return TRUE;
}

/* A node that we do not know yet has no slot of its own: then the owner is asked again. */
static BelfryRedisMember *
find_member (BelfryRedisErrands *self, Errand *errand)
{
  BelfryRedisMember *member = NULL;

  if (errand->address != NULL)
    member = self->hooks->at (errand->address, self->user_data);
  if (member != NULL)
    return member;
  g_clear_pointer (&errand->address, g_free);
  return self->hooks->find (errand->track->slot, self->user_data);
}

/* Sends what waits, as far as that goes without losing the order. */
static void
pump (BelfryRedisErrands *self, Track *track)
{
  for (GList *at = track->errands.head; at != NULL; at = at->next)
    {
      Errand *errand = at->data;
      BelfryRedisMember *member = find_member (self, errand);
      gboolean careful = errand->n_tries > 0;

      track->halted = TRUE;
      if (member == NULL || !transmit (errand, member, NULL))
        {
          retry_later (self);
          return;
        }
      if (careful)
        return;
    }
  track->halted = FALSE;
}

static void
pump_if_idle (BelfryRedisErrands *self, guint slot)
{
  Track *track = g_hash_table_lookup (self->tracks, GUINT_TO_POINTER (slot));

  if (track != NULL && track->halted && track->n_flying == 0)
    pump (self, track);
}

static gboolean
is_turned_away (BelfryRedisFault fault)
{
  return fault == BELFRY_REDIS_FAULT_MOVED || fault == BELFRY_REDIS_FAULT_ASK ||
         fault == BELFRY_REDIS_FAULT_TRYAGAIN;
}

static gboolean
may_try_again (const Errand *errand)
{
  return errand->n_tries < MAX_TRIES &&
         belfry_deadline_wheel_now (errand->owner->wheel) < errand->until;
}

/* Of a slot that has moved the map is asked for, and awaited. */
static void
turn_away (BelfryRedisErrands *self,
           Errand *errand,
           const BelfryRedisReply *reply,
           BelfryRedisFault fault)
{
  g_autofree char *address = belfry_redis_errands_dup_address (belfry_redis_reply_get_text (reply));
  guint slot = errand->track->slot;

  errand->n_tries++;
  errand->track->halted = TRUE;
  if (fault == BELFRY_REDIS_FAULT_ASK)
    errand->address = g_steal_pointer (&address);
  if (errand->address != NULL && self->hooks->at (errand->address, self->user_data) != NULL)
    pump_if_idle (self, slot);
  else
    retry_later (self);
  if (fault == BELFRY_REDIS_FAULT_MOVED)
    self->hooks->astray (address, self->user_data);
}

static void
on_answer (const BelfryRedisReply *reply,
           BelfryRedisFault fault,
           const GError *error,
           gpointer user_data)
{
  Errand *errand = user_data;
  BelfryRedisErrands *self = errand->owner;
  guint slot = errand->track->slot;

  errand->flying = FALSE;
  errand->track->n_flying--;
  if (reply != NULL && is_turned_away (fault) && may_try_again (errand))
    {
      turn_away (self, errand, reply, fault);
      return;
    }
  take_out (self, errand);
  if (reply != NULL)
    pump_if_idle (self, slot);
  else
    retry_later (self);
  tell (errand, reply, fault, error);
}

/* Moves those that wait, if they are late or @all is set, to @waiting, in their order. */
static void
collect (BelfryRedisErrands *self, gboolean all, GQueue *waiting)
{
  g_autoptr (GList) tracks = g_hash_table_get_values (self->tracks);
  gint64 now = belfry_deadline_wheel_now (self->wheel);

  for (GList *each = tracks; each != NULL; each = each->next)
    {
      Track *track = each->data;

      for (GList *at = track->errands.head, *next; at != NULL; at = next)
        {
          Errand *errand = at->data;

          next = at->next;
          if (errand->flying || (!all && now < errand->until))
            continue;
          g_queue_push_tail (waiting, errand);
          take_out (self, errand);
          if (next == NULL)
            break;
        }
    }
}

static void
fail_waiting (BelfryRedisErrands *self, gboolean all, BelfryRedisFault fault)
{
  GQueue waiting = G_QUEUE_INIT;
  Errand *errand;

  collect (self, all, &waiting);
  if (g_hash_table_size (self->tracks) == 0)
    belfry_deadline_cancel (&self->timer);
  while ((errand = g_queue_pop_head (&waiting)) != NULL)
    {
      g_autoptr (GError) error = belfry_redis_fault_new_error (fault, errand->argv[0]);

      tell (errand, NULL, fault, error);
    }
}

static void
on_timer (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryRedisErrands *self = user_data;

  belfry_redis_errands_resume (self);
  fail_waiting (self, FALSE, BELFRY_REDIS_FAULT_TRYAGAIN);
}

BelfryRedisErrands *
belfry_redis_errands_new (BelfryDeadlineWheel *wheel,
                          const BelfryRedisErrandsHooks *hooks,
                          gpointer user_data)
{
  BelfryRedisErrands *self = g_new0 (BelfryRedisErrands, 1);

  self->wheel = wheel;
  self->hooks = hooks;
  self->user_data = user_data;
  self->tracks = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  belfry_deadline_init (&self->timer, on_timer, self);
  return self;
}

void
belfry_redis_errands_free (BelfryRedisErrands *self)
{
  belfry_deadline_cancel (&self->timer);
  g_warn_if_fail (g_hash_table_size (self->tracks) == 0);
  g_hash_table_unref (self->tracks);
  g_free (self);
}

/* One that finds the track free is sent, and refused if it cannot be; others wait. */
gboolean
belfry_redis_errands_call (BelfryRedisErrands *self,
                           guint slot,
                           const BelfryRedisCommand *command,
                           GError **error)
{
  BelfryRedisMember *member = self->hooks->find (slot, self->user_data);
  gsize size = size_of (command);

  if (size > MAX_BYTES - MIN (self->n_bytes, MAX_BYTES))
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_LIMIT_REACHED,
                   "%s: too much waits for the cluster", command->argv[0]);
      return FALSE;
    }

  Track *track = ensure_track (self, slot);
  Errand *errand = errand_new (self, command, size);

  put (self, track, errand);
  if (track->halted || member == NULL || (track->n_flying > 0 && track->member != member))
    {
      track->halted = TRUE;
      retry_later (self);
      return TRUE;
    }
  if (transmit (errand, member, error))
    return TRUE;
  take_out (self, errand);
  errand_free (errand);
  return FALSE;
}

void
belfry_redis_errands_resume (BelfryRedisErrands *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->tracks);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Track *track = value;

      if (!track->halted)
        continue;
      if (track->n_flying == 0)
        pump (self, track);
      else
        retry_later (self);
    }
}

void
belfry_redis_errands_abandon (BelfryRedisErrands *self, BelfryRedisFault fault)
{
  fail_waiting (self, TRUE, fault);
}

void
belfry_redis_errands_forget (BelfryRedisErrands *self, gpointer user_data)
{
  GHashTableIter iter;
  gpointer track;

  g_hash_table_iter_init (&iter, self->tracks);
  while (g_hash_table_iter_next (&iter, NULL, &track))
    {
      for (GList *at = ((Track *) track)->errands.head; at != NULL; at = at->next)
        {
          Errand *errand = at->data;

          if (errand->user_data == user_data)
            errand->callback = NULL;
        }
    }
}

gboolean
belfry_redis_errands_are_at (const BelfryRedisErrands *self, const BelfryRedisMember *member)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->tracks);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Track *track = value;

      if (track->n_flying > 0 && track->member == member)
        return TRUE;
    }
  return FALSE;
}

char *
belfry_redis_errands_dup_address (const char *text)
{
  const char *address = text != NULL ? strrchr (text, ' ') : NULL;
  const char *colon = address != NULL ? strrchr (address, ':') : NULL;

  if (colon == NULL || colon == address + 1)
    return NULL;

  g_autofree char *host = g_strndup (address + 1, (gsize) (colon - address - 1));

  return g_strconcat (host, " ", colon + 1, NULL);
}

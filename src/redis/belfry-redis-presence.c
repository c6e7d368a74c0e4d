/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-presence"

#include "config.h"

#include "belfry-redis-presence.h"

#include "belfry-hash.h"
#include "belfry-log.h"

/* Each topic has its users, each user a number of sessions. What Redis has to be told stands in a
 * queue of errands; a few are under way at a time, so that ten thousand users do not crowd out what
 * is published. An errand looks at what is true when it is run, not when it was queued.
 *
 * Answers come through the store, perhaps after the end: so each errand holds a reference. */

#define MAX_UNDER_WAY 32
#define MAX_USERS 256 /* of one renewal */

typedef struct
{
  char *name;      /* (owned) */
  char *info;      /* (owned) (nullable) */
  gint64 left;     /* when the last session ended */
  guint sessions;  /* 0: has left, and Redis is not told yet */
  guint64 version; /* of what Redis is to be told: never the same twice */
  gboolean dirty;  /* Redis is not told yet */
  gboolean queued; /* there is an errand for it */
} User;

struct _BelfryRedisPresence
{
  BelfryRedisStore *store;    /* (unowned) (nullable): until the end */
  BelfryDeadlineWheel *wheel; /* (unowned) */
  GHashTable *topics;         /* (element-type utf8 GHashTable) (owned): of User, by name */
  GQueue errands;             /* (element-type Errand) (owned) */
  BelfryDeadline tick;
  gint64 lease;
  guint refs;
  guint n_users;
  guint64 last_version;
  guint n_under_way;
  gboolean up;
};

/* To tell of one user, or to renew several. */
typedef struct
{
  BelfryRedisPresence *presence; /* (owned) (nullable): while it is under way */
  char *topic;                   /* (owned) */
  char **users;                  /* (owned) */
  guint64 version;               /* that Redis is told of the one user */
  gboolean renews;
} Errand;

static void pump (BelfryRedisPresence *self);

static void
free_user (gpointer data)
{
  User *user = data;

  g_free (user->name);
  g_free (user->info);
  g_free (user);
}

static void
unref (BelfryRedisPresence *self)
{
  if (--self->refs > 0)
    return;
  g_hash_table_unref (self->topics);
  g_free (self);
}

static void
errand_free (Errand *errand)
{
  g_clear_pointer (&errand->presence, unref);
  g_free (errand->topic);
  g_strfreev (errand->users);
  g_free (errand);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Errand, errand_free)

static User *
find_user (const BelfryRedisPresence *self, const char *topic, const char *name)
{
  GHashTable *users = g_hash_table_lookup (self->topics, topic);

  return users != NULL ? g_hash_table_lookup (users, name) : NULL;
}

static User *
ensure_user (BelfryRedisPresence *self, const char *topic, const char *name)
{
  GHashTable *users = g_hash_table_lookup (self->topics, topic);
  User *user;

  if (users == NULL)
    {
      users = g_hash_table_new_full (belfry_hash_text, g_str_equal, NULL, free_user);
      g_hash_table_insert (self->topics, g_strdup (topic), users);
    }
  user = g_hash_table_lookup (users, name);
  if (user != NULL)
    return user;
  user = g_new0 (User, 1);
  user->name = g_strdup (name);
  g_hash_table_insert (users, user->name, user);
  self->n_users++;
  return user;
}

static void
forget_user (BelfryRedisPresence *self, const char *topic, const char *name)
{
  GHashTable *users = g_hash_table_lookup (self->topics, topic);

  g_hash_table_remove (users, name);
  self->n_users--;
  if (g_hash_table_size (users) == 0)
    g_hash_table_remove (self->topics, topic);
}

static void
queue_user (BelfryRedisPresence *self, const char *topic, User *user)
{
  user->dirty = TRUE;
  if (user->queued || !self->up)
    return;

  Errand *errand = g_new0 (Errand, 1);

  user->queued = TRUE;
  errand->topic = g_strdup (topic);
  errand->users = g_new0 (char *, 2);
  errand->users[0] = g_strdup (user->name);
  g_queue_push_tail (&self->errands, errand);
}

/* Returns: (transfer full): the errand, after it is done */
static Errand *
take_back (gpointer user_data, BelfryRedisPresence **presence)
{
  Errand *errand = user_data;

  *presence = errand->presence;
  errand->presence->n_under_way--;
  return errand;
}

/* What changed meanwhile has an errand of its own. */
static void
on_told (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BelfryRedisPresence *self;
  g_autoptr (Errand) errand = take_back (user_data, &self);
  g_autoptr (GError) error = NULL;
  gboolean told = belfry_redis_store_presence_set_finish (result, &error);
  User *user = find_user (self, errand->topic, errand->users[0]);

  if (!told)
    belfry_log_debug ("cannot tell who is there: %s", error->message);
  if (told && user != NULL && user->version == errand->version)
    {
      user->dirty = FALSE;
      if (user->sessions == 0)
        forget_user (self, errand->topic, errand->users[0]);
    }
  pump (self);
}

/* Those whom Redis does not know any more are told again. */
static void
on_renewed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BelfryRedisPresence *self;
  g_autoptr (Errand) errand = take_back (user_data, &self);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) forgotten = belfry_redis_store_presence_renew_finish (result, &error);

  if (forgotten == NULL)
    belfry_log_debug ("cannot renew who is there: %s", error->message);
  for (guint i = 0; forgotten != NULL && i < forgotten->len; i++)
    {
      User *user = find_user (self, errand->topic, g_ptr_array_index (forgotten, i));

      if (user != NULL && user->sessions > 0)
        queue_user (self, errand->topic, user);
    }
  pump (self);
}

static void
run (BelfryRedisPresence *self, Errand *errand)
{
  User *user = errand->renews ? NULL : find_user (self, errand->topic, errand->users[0]);

  if (user == NULL && !errand->renews)
    {
      errand_free (errand);
      return;
    }
  errand->presence = self;
  self->refs++;
  self->n_under_way++;
  if (errand->renews)
    {
      belfry_redis_store_presence_renew_async (self->store, errand->topic,
                                               (const char *const *) errand->users, on_renewed,
                                               errand);
      return;
    }
  user->queued = FALSE;
  errand->version = user->version;
  belfry_redis_store_presence_set_async (self->store, errand->topic, user->name, user->info,
                                         user->sessions, on_told, errand);
}

static void
pump (BelfryRedisPresence *self)
{
  Errand *errand;

  while (self->store != NULL && self->up && self->n_under_way < MAX_UNDER_WAY &&
         (errand = g_queue_pop_head (&self->errands)) != NULL)
    run (self, errand);
}

/* Empties @names. */
static void
queue_renewal (BelfryRedisPresence *self, const char *topic, GPtrArray *names)
{
  if (names->len == 0)
    return;

  Errand *errand = g_new0 (Errand, 1);
  gsize n = names->len;

  errand->renews = TRUE;
  errand->topic = g_strdup (topic);
  errand->users = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    errand->users[i] = g_strdup (g_ptr_array_index (names, i));
  g_ptr_array_set_size (names, 0);
  g_queue_push_tail (&self->errands, errand);
}

static void
queue_topic (BelfryRedisPresence *self, const char *topic, GHashTable *users)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, users);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      User *user = value;

      if (user->dirty)
        queue_user (self, topic, user);
      else
        g_ptr_array_add (names, user->name);
      if (names->len == MAX_USERS)
        queue_renewal (self, topic, names);
    }
  queue_renewal (self, topic, names);
}

static void
queue_all (BelfryRedisPresence *self)
{
  GHashTableIter iter;
  gpointer topic;
  gpointer users;

  g_hash_table_iter_init (&iter, self->topics);
  while (g_hash_table_iter_next (&iter, &topic, &users))
    queue_topic (self, topic, users);
  pump (self);
}

/* Whoever left that long ago has no lease any more. */
static gboolean
has_expired (gpointer key, gpointer value, gpointer user_data)
{
  const BelfryRedisPresence *self = user_data;
  const User *user = value;

  return user->sessions == 0 && belfry_deadline_wheel_now (self->wheel) - user->left > self->lease;
}

static void
expire (BelfryRedisPresence *self)
{
  GHashTableIter iter;
  gpointer users;

  g_hash_table_iter_init (&iter, self->topics);
  while (g_hash_table_iter_next (&iter, NULL, &users))
    {
      self->n_users -= g_hash_table_foreach_remove (users, has_expired, self);
      if (g_hash_table_size (users) == 0)
        g_hash_table_iter_remove (&iter);
    }
}

static void
on_tick (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryRedisPresence *self = user_data;

  expire (self);
  if (self->up && g_queue_is_empty (&self->errands))
    queue_all (self);
  if (self->n_users > 0)
    belfry_deadline_wheel_set_after (self->wheel, &self->tick, self->lease / 3);
}

BelfryRedisPresence *
belfry_redis_presence_new (BelfryRedisStore *store, BelfryDeadlineWheel *wheel, gint64 lease)
{
  BelfryRedisPresence *self = g_new0 (BelfryRedisPresence, 1);

  self->refs = 1;
  self->store = store;
  self->wheel = wheel;
  self->lease = lease;
  self->topics = g_hash_table_new_full (belfry_hash_text, g_str_equal, g_free,
                                        (GDestroyNotify) g_hash_table_unref);
  g_queue_init (&self->errands);
  belfry_deadline_init (&self->tick, on_tick, self);
  return self;
}

void
belfry_redis_presence_close (BelfryRedisPresence *self)
{
  belfry_redis_presence_set_up (self, FALSE);
  belfry_deadline_cancel (&self->tick);
  self->store = NULL;
  unref (self);
}

static void
forget_errands (BelfryRedisPresence *self)
{
  Errand *errand;

  while ((errand = g_queue_pop_head (&self->errands)) != NULL)
    {
      User *user = errand->renews ? NULL : find_user (self, errand->topic, errand->users[0]);

      if (user != NULL)
        user->queued = FALSE;
      errand_free (errand);
    }
}

void
belfry_redis_presence_set_up (BelfryRedisPresence *self, gboolean up)
{
  self->up = up;
  forget_errands (self);
  if (up)
    queue_all (self);
}

static void
change (BelfryRedisPresence *self, const char *topic, User *user)
{
  user->version = ++self->last_version;
  queue_user (self, topic, user);
  if (!belfry_deadline_is_set (&self->tick))
    belfry_deadline_wheel_set_after (self->wheel, &self->tick, self->lease / 3);
  pump (self);
}

void
belfry_redis_presence_add (BelfryRedisPresence *self,
                           const char *topic,
                           const char *user_name,
                           const char *info)
{
  User *user = ensure_user (self, topic, user_name);

  g_free (user->info);
  user->info = g_strdup (info);
  user->sessions++;
  change (self, topic, user);
}

void
belfry_redis_presence_remove (BelfryRedisPresence *self, const char *topic, const char *user_name)
{
  User *user = find_user (self, topic, user_name);

  if (user == NULL || user->sessions == 0)
    return;
  user->sessions--;
  user->left = belfry_deadline_wheel_now (self->wheel);
  change (self, topic, user);
}

guint
belfry_redis_presence_get_size (const BelfryRedisPresence *self)
{
  return self->n_users;
}

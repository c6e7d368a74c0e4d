/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-net"

#include "config.h"

#include "belfry-redis-net.h"

#include "belfry-log.h"
#include "belfry-redis-cluster.h"
#include "belfry-redis-member.h"
#include "belfry-redis-place.h"

/* A table of members, and what they are together: up when all of them are. Each change is told once
 * and logged in one line; further reasons of the same outage are logged once each.
 *
 * Members call into here last of all that they do, or with a reference to themselves; whatever is
 * called from here may close the net. */

#define PROBE_CHANNEL "belfry:probe:"

/* What was last told. */
typedef enum
{
  NOTHING,
  TOLD_UP,
  TOLD_DOWN,
} Told;

struct _BelfryRedisNet
{
  GObject parent_instance;

  BelfryRedisUrl *url; /* (owned) */
  BelfryRedisTls *tls; /* (owned) (nullable) */
  BelfryRedisNetSettings settings;
  const BelfryRedisNetHandler *handler; /* (unowned) */
  gpointer user_data;                   /* (unowned) */
  BelfryRedisPlace *place;              /* (owned) (nullable): where Sentinels know the server */
  BelfryRedisCluster *cluster;          /* (owned) (nullable) */
  GPtrArray *members;                   /* (element-type BelfryRedisMember) (owned) */
  Told told;
  guint64 reasons;   /* faults of this outage that were logged, a bit each */
  char *description; /* (owned) */
  gboolean closed;
};
G_STATIC_ASSERT (BELFRY_REDIS_N_FAULTS <= 64);

G_DEFINE_FINAL_TYPE (BelfryRedisNet, belfry_redis_net, G_TYPE_OBJECT)

static const char *
where (BelfryRedisNet *self)
{
  return belfry_redis_url_get_shown (self->url);
}

/* Without a cluster there is one server. */
static BelfryRedisMember *
only_member (BelfryRedisNet *self)
{
  return g_ptr_array_index (self->members, 0);
}

static GPtrArray *
get_members (BelfryRedisNet *self)
{
  return self->cluster != NULL ? belfry_redis_cluster_get_members (self->cluster) : self->members;
}

static gboolean
all_up (BelfryRedisNet *self)
{
  return self->cluster != NULL ? belfry_redis_cluster_is_up (self->cluster)
                               : belfry_redis_member_is_up (only_member (self));
}

static const char *
where_now (BelfryRedisNet *self)
{
  return belfry_redis_url_get_shown (belfry_redis_member_get_url (only_member (self)));
}

/* Errors of connections name their server, those of commands do not. */
static void
describe (BelfryRedisNet *self, const GError *error)
{
  const char *server = where (self);

  g_free (self->description);
  if (error != NULL && g_str_has_prefix (error->message, server))
    self->description = g_strdup (error->message);
  else if (error != NULL)
    self->description = g_strdup_printf ("%s: %s", server, error->message);
  else if (self->place != NULL && all_up (self))
    self->description = g_strdup_printf ("%s, now %s", server, where_now (self));
  else
    self->description = g_strdup (server);
}

static void
log_up (BelfryRedisNet *self)
{
  const BelfryLogContext context = { .message_id = BELFRY_MESSAGE_BROKER_RESTORED };

  if (self->told == TOLD_DOWN)
    belfry_log_event (BELFRY_LOG_NOTICE, &context,
                      "Redis is back: %s; subscribed again, and delivery is proved",
                      self->description);
  else
    belfry_log_info ("connected to Redis: %s", self->description);
}

/* The first line says that it is away, later ones only that the reason is another one. */
static void
log_down (BelfryRedisNet *self, BelfryRedisFault fault)
{
  const BelfryLogContext context = {
    .message_id = BELFRY_MESSAGE_BROKER_LOST,
    .fields = { { "FAULT", belfry_redis_fault_to_string (fault) } },
  };
  guint64 bit = G_GUINT64_CONSTANT (1) << fault;
  gboolean known = (self->reasons & bit) != 0;

  self->reasons |= bit;
  if (self->told != TOLD_DOWN)
    belfry_log_event (BELFRY_LOG_WARNING, &context,
                      "Redis is away: %s; clients stay, and it is tried again", self->description);
  else if (!known)
    belfry_log_info ("Redis is still away: %s", self->description);
}

static void
on_due (BelfryRedisMember *member, gpointer user_data)
{
  BelfryRedisNet *self = user_data;

  if (self->place != NULL)
    belfry_redis_place_ask (self->place);
  else
    belfry_redis_member_connect (member, self->url);
}

static void
on_up (BelfryRedisMember *member, gpointer user_data)
{
  g_autoptr (BelfryRedisNet) self = g_object_ref (user_data);

  if (self->closed || !all_up (self))
    return;
  describe (self, NULL);
  log_up (self);
  self->told = TOLD_UP;
  self->reasons = 0;
  self->handler->up (self, self->user_data);
}

static void
on_down (BelfryRedisMember *member, BelfryRedisFault fault, const GError *error, gpointer user_data)
{
  g_autoptr (BelfryRedisNet) self = g_object_ref (user_data);

  if (self->closed)
    return;
  describe (self, error);
  log_down (self, fault);
  if (self->told == TOLD_DOWN)
    return;
  self->told = TOLD_DOWN;
  self->handler->down (self, fault, error, self->user_data);
}

static void
on_message (BelfryRedisMember *member, const BelfryRedisPush *push, gpointer user_data)
{
  g_autoptr (BelfryRedisNet) self = g_object_ref (user_data);

  self->handler->message (self, push, self->user_data);
}

static void
on_subscribed (BelfryRedisMember *member,
               BelfryRedisChannelKind kind,
               const char *name,
               gboolean again,
               gpointer user_data)
{
  g_autoptr (BelfryRedisNet) self = g_object_ref (user_data);

  self->handler->subscribed (self, kind, name, again, self->user_data);
}

static void
on_refused (BelfryRedisMember *member,
            BelfryRedisChannelKind kind,
            const char *name,
            BelfryRedisFault fault,
            const GError *error,
            gpointer user_data)
{
  g_autoptr (BelfryRedisNet) self = g_object_ref (user_data);

  if (self->handler->refused != NULL)
    self->handler->refused (self, kind, name, fault, error, self->user_data);
}

static const BelfryRedisMemberHandler member_handler = {
  .due = on_due,
  .up = on_up,
  .down = on_down,
  .message = on_message,
  .subscribed = on_subscribed,
  .refused = on_refused,
};

static void
on_found (BelfryRedisPlace *place, BelfryRedisUrl *url, gpointer user_data)
{
  BelfryRedisNet *self = user_data;

  belfry_log_debug ("Sentinels say that the primary is %s", belfry_redis_url_get_shown (url));
  belfry_redis_member_connect (only_member (self), url);
}

static void
on_not_found (BelfryRedisPlace *place,
              BelfryRedisFault fault,
              const GError *error,
              gpointer user_data)
{
  g_autoptr (BelfryRedisNet) self = g_object_ref (user_data);

  belfry_redis_member_fail (only_member (self), fault, error);
}

static void
on_moved (BelfryRedisPlace *place, gpointer user_data)
{
  g_autoptr (BelfryRedisNet) self = g_object_ref (user_data);
  g_autoptr (GError) error = g_error_new (BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE,
                                          "Sentinels have another server in its place");

  belfry_redis_member_fail (only_member (self), BELFRY_REDIS_FAULT_READONLY, error);
}

static const BelfryRedisPlaceHandler place_handler = {
  .found = on_found,
  .failed = on_not_found,
  .moved = on_moved,
};

static void
add_place (BelfryRedisNet *self, const char *client_name)
{
  if (belfry_redis_url_get_n_sentinels (self->url) > 0)
    self->place = belfry_redis_place_new (self->url, self->tls, self->settings.wheel, client_name,
                                          &place_handler, self);
}

static void
add_member (BelfryRedisNet *self, const char *client_name)
{
  g_autofree char *channel =
      g_strconcat (self->settings.prefix, PROBE_CHANNEL, self->settings.instance, NULL);
  const BelfryRedisMemberSettings settings = {
    .tls = self->tls,
    .wheel = self->settings.wheel,
    .client_name = client_name,
    .probe_channel = channel,
    .probe_interval = self->settings.probe_interval,
  };

  g_ptr_array_add (self->members, belfry_redis_member_new (&settings, &member_handler, self));
}

static void
add_cluster (BelfryRedisNet *self, const char *client_name)
{
  const BelfryRedisClusterSettings settings = {
    .url = self->url,
    .tls = self->tls,
    .wheel = self->settings.wheel,
    .client_name = client_name,
    .instance = self->settings.instance,
    .prefix = self->settings.prefix,
    .probe_interval = self->settings.probe_interval,
  };

  self->cluster = belfry_redis_cluster_new (&settings, &member_handler, self);
}

static void
belfry_redis_net_dispose (GObject *object)
{
  belfry_redis_net_close (BELFRY_REDIS_NET (object));
  G_OBJECT_CLASS (belfry_redis_net_parent_class)->dispose (object);
}

static void
belfry_redis_net_finalize (GObject *object)
{
  BelfryRedisNet *self = BELFRY_REDIS_NET (object);

  g_clear_pointer (&self->place, belfry_redis_place_free);
  g_clear_pointer (&self->cluster, belfry_redis_cluster_free);
  g_ptr_array_unref (self->members);
  g_clear_pointer (&self->tls, belfry_redis_tls_free);
  belfry_redis_url_unref (self->url);
  g_free (self->description);
  G_OBJECT_CLASS (belfry_redis_net_parent_class)->finalize (object);
}

static void
belfry_redis_net_class_init (BelfryRedisNetClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = belfry_redis_net_dispose;
  object_class->finalize = belfry_redis_net_finalize;
}

static void
belfry_redis_net_init (BelfryRedisNet *self)
{
  self->members = g_ptr_array_new_with_free_func (g_object_unref);
}

BelfryRedisNet *
belfry_redis_net_new (const BelfryRedisNetSettings *settings,
                      const BelfryRedisNetHandler *handler,
                      gpointer user_data)
{
  BelfryRedisNet *self = g_object_new (BELFRY_REDIS_TYPE_NET, NULL);

  self->settings = *settings;
  self->url = belfry_redis_url_ref (settings->url);
  self->tls = settings->tls != NULL ? belfry_redis_tls_copy (settings->tls) : NULL;
  self->handler = handler;
  self->user_data = user_data;
  g_autofree char *client_name = g_strdup_printf ("belfry-%s", settings->instance);
  add_place (self, client_name);
  if (belfry_redis_url_get_n_seeds (self->url) > 0)
    add_cluster (self, client_name);
  else
    add_member (self, client_name);
  /* Those live no longer than this call. */
  self->settings.instance = NULL;
  self->settings.prefix = NULL;
  self->settings.tls = self->tls;
  describe (self, NULL);
  return self;
}

void
belfry_redis_net_open (BelfryRedisNet *self)
{
  if (self->cluster != NULL)
    belfry_redis_cluster_open (self->cluster);
  else
    belfry_redis_member_open (only_member (self));
}

void
belfry_redis_net_close (BelfryRedisNet *self)
{
  self->closed = TRUE;
  if (self->place != NULL)
    belfry_redis_place_close (self->place);
  if (self->cluster != NULL)
    belfry_redis_cluster_close (self->cluster);
  for (guint i = 0; i < self->members->len; i++)
    belfry_redis_member_close (g_ptr_array_index (self->members, i));
}

void
belfry_redis_net_set_probe_interval (BelfryRedisNet *self, gint64 interval)
{
  self->settings.probe_interval = interval;
  if (self->cluster != NULL)
    belfry_redis_cluster_set_probe_interval (self->cluster, interval);
  for (guint i = 0; i < self->members->len; i++)
    belfry_redis_member_set_probe_interval (g_ptr_array_index (self->members, i), interval);
}

gboolean
belfry_redis_net_is_up (BelfryRedisNet *self)
{
  return !self->closed && all_up (self);
}

gboolean
belfry_redis_net_is_cluster (BelfryRedisNet *self)
{
  return self->cluster != NULL;
}

/* The slowest, since all of them are needed. */
gint64
belfry_redis_net_get_latency (BelfryRedisNet *self)
{
  GPtrArray *members = get_members (self);
  gint64 latency = -1;

  for (guint i = 0; i < members->len; i++)
    latency = MAX (latency, belfry_redis_member_get_latency (g_ptr_array_index (members, i)));
  return latency;
}

/* The oldest, likewise. */
gint64
belfry_redis_net_get_last_proof (BelfryRedisNet *self)
{
  GPtrArray *members = get_members (self);
  gint64 proof = G_MAXINT64;

  for (guint i = 0; i < members->len; i++)
    proof = MIN (proof, belfry_redis_member_get_last_proof (g_ptr_array_index (members, i)));
  return members->len > 0 ? proof : 0;
}

guint64
belfry_redis_net_get_generation (BelfryRedisNet *self)
{
  GPtrArray *members = get_members (self);
  guint64 generation = 0;

  for (guint i = 0; i < members->len; i++)
    generation += belfry_redis_member_get_generation (g_ptr_array_index (members, i));
  return generation;
}

const char *
belfry_redis_net_describe (BelfryRedisNet *self)
{
  return self->description;
}

gboolean
belfry_redis_net_call (BelfryRedisNet *self,
                       const char *key,
                       const BelfryRedisCommand *command,
                       GError **error)
{
  return self->cluster != NULL ? belfry_redis_cluster_call (self->cluster, key, command, error)
                               : belfry_redis_member_call (only_member (self), command, error);
}

void
belfry_redis_net_forget (BelfryRedisNet *self, gpointer user_data)
{
  if (self->cluster != NULL)
    belfry_redis_cluster_forget (self->cluster, user_data);
  else
    belfry_redis_member_forget (only_member (self), user_data);
}

void
belfry_redis_net_subscribe (BelfryRedisNet *self, BelfryRedisChannelKind kind, const char *name)
{
  if (self->cluster != NULL)
    belfry_redis_cluster_subscribe (self->cluster, kind, name);
  else
    belfry_redis_member_subscribe (only_member (self), kind, name);
}

void
belfry_redis_net_unsubscribe (BelfryRedisNet *self, BelfryRedisChannelKind kind, const char *name)
{
  if (self->cluster != NULL)
    belfry_redis_cluster_unsubscribe (self->cluster, kind, name);
  else
    belfry_redis_member_unsubscribe (only_member (self), kind, name);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-cluster"

#include "config.h"

#include "belfry-redis-cluster.h"

#include <string.h>

#include "belfry-hash.h"
#include "belfry-log.h"
#include "belfry-redis-errands.h"
#include "belfry-redis-script.h"
#include "belfry-redis-survey.h"

/* Everything has the slot of its name: keys, channels, and even patterns, so that they are spread
 * over the nodes. What is subscribed to is with the node that has its slot, and only what comes
 * from there is taken: a channel that moves is told once, whoever is faster.
 *
 * A shard is subscribed to as a channel, too, at the same node and before: so it is in force when
 * both are confirmed. When one of the two was lost, or the node is another one, it is in force
 * again, and messages in between did not come.
 *
 * A node without slots any more is kept until all that it was asked has been answered. */

#define PROBE_KIND "probe"
#define LOAD_TIMEOUT (5 * (gint64) G_USEC_PER_SEC)

typedef struct
{
  BelfryRedisCluster *cluster; /* (unowned) */
  BelfryRedisMember *member;   /* (owned) */
  BelfryRedisUrl *url;         /* (owned) */
  char *address;               /* (owned) */
  guint64 serial;              /* of its channel */
  guint slot;                  /* of its channel */
  gboolean listed;             /* has slots */
  gboolean tried;
  gboolean due;    /* waits to be told where it is */
  gboolean astray; /* something was not subscribed to there */
} Node;

typedef struct
{
  BelfryRedisChannelKind kind;
  Node *node; /* (unowned) (nullable): where it is subscribed to */
  gboolean on[BELFRY_REDIS_N_CHANNEL_KINDS];
  gboolean told;
  gboolean again; /* to be told as lost meanwhile */
  char name[];
} Want;

struct _BelfryRedisCluster
{
  BelfryRedisClusterSettings settings;
  BelfryRedisUrl *url;                     /* (owned) */
  char *client_name;                       /* (owned) */
  char *instance;                          /* (owned) */
  char *prefix;                            /* (owned) */
  const BelfryRedisMemberHandler *handler; /* (unowned) */
  gpointer user_data;                      /* (unowned) */
  BelfryRedisSurvey *survey;               /* (owned) */
  BelfryRedisErrands *errands;             /* (owned) */
  GHashTable *nodes;                       /* (owned) (element-type utf8 Node): by address */
  GPtrArray *by_number; /* (owned) (element-type Node): as in the map; not owned */
  GPtrArray *members;   /* (owned) (element-type BelfryRedisMember): not owned */
  GHashTable *wants[BELFRY_REDIS_N_CHANNEL_KINDS]; /* (owned) (element-type utf8 Want) */
  guint64 n_nodes;                                 /* that there ever were */
  guint n_listed;                                  /* in the map */
  gboolean up;
  gboolean closed;
};

static void
node_free (Node *self)
{
  belfry_redis_member_close (self->member);
  g_object_unref (self->member);
  belfry_redis_url_unref (self->url);
  g_free (self->address);
  g_free (self);
}

/* Returns: (nullable): %NULL as long as there is no map */
static Node *
find_node (BelfryRedisCluster *self, guint slot)
{
  const BelfryRedisSlots *slots = belfry_redis_survey_get_slots (self->survey);

  if (slots == NULL || self->by_number->len == 0)
    return NULL;
  return g_ptr_array_index (self->by_number, belfry_redis_slots_find (slots, slot));
}

static BelfryRedisMember *
member_if_up (const Node *node)
{
  return node != NULL && belfry_redis_member_is_up (node->member) ? node->member : NULL;
}

static BelfryRedisMember *
find_member (guint slot, gpointer user_data)
{
  return member_if_up (find_node (user_data, slot));
}

static BelfryRedisMember *
find_member_at (const char *address, gpointer user_data)
{
  BelfryRedisCluster *self = user_data;

  return member_if_up (g_hash_table_lookup (self->nodes, address));
}

static void
on_errand_astray (const char *address, gpointer user_data)
{
  BelfryRedisCluster *self = user_data;

  belfry_redis_survey_ask (self->survey, address);
}

static const BelfryRedisErrandsHooks errands_hooks = {
  .find = find_member,
  .at = find_member_at,
  .astray = on_errand_astray,
};

/* What is subscribed to */

static Node *
find_place (BelfryRedisCluster *self, const Want *want)
{
  return find_node (self, belfry_redis_slot_of (want->name, strlen (want->name)));
}

static void
leave (Want *want)
{
  if (want->node == NULL)
    return;
  belfry_redis_member_unsubscribe (want->node->member, want->kind, want->name);
  if (want->kind == BELFRY_REDIS_SHARD)
    belfry_redis_member_unsubscribe (want->node->member, BELFRY_REDIS_CHANNEL, want->name);
  want->node = NULL;
}

static void
lose (Want *want)
{
  memset (want->on, 0, sizeof want->on);
  want->again |= want->told;
  want->told = FALSE;
}

/* Subscribes where its slot is now. */
static void
place (BelfryRedisCluster *self, Want *want)
{
  Node *node = find_place (self, want);

  if (node == want->node)
    return;
  leave (want);
  lose (want);
  want->node = node;
  if (node == NULL)
    return;
  if (want->kind == BELFRY_REDIS_SHARD)
    belfry_redis_member_subscribe (node->member, BELFRY_REDIS_CHANNEL, want->name);
  belfry_redis_member_subscribe (node->member, want->kind, want->name);
}

typedef void (*WantFunc) (BelfryRedisCluster *self, Want *want, gpointer data);

static void
for_each_want (BelfryRedisCluster *self, WantFunc func, gpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->wants); i++)
    {
      GHashTableIter iter;
      gpointer want;

      g_hash_table_iter_init (&iter, self->wants[i]);
      while (g_hash_table_iter_next (&iter, NULL, &want))
        func (self, want, data);
    }
}

static void
place_one (BelfryRedisCluster *self, Want *want, gpointer data)
{
  place (self, want);
}

static void
lose_one (BelfryRedisCluster *self, Want *want, gpointer data)
{
  if (want->node == data)
    lose (want);
}

/* @kind: as a node has it. Returns: (nullable) */
static Want *
find_want (const Node *node, BelfryRedisChannelKind kind, const char *name)
{
  const BelfryRedisCluster *self = node->cluster;
  Want *want = g_hash_table_lookup (self->wants[kind], name);

  if (want == NULL && kind == BELFRY_REDIS_CHANNEL)
    want = g_hash_table_lookup (self->wants[BELFRY_REDIS_SHARD], name);
  return want != NULL && want->node == node ? want : NULL;
}

/* What members tell */

static void
on_due (BelfryRedisMember *member, gpointer user_data)
{
  Node *node = user_data;
  BelfryRedisCluster *self = node->cluster;

  if (!node->tried)
    {
      node->tried = TRUE;
      belfry_redis_member_connect (member, node->url);
      return;
    }
  node->due = TRUE;
  belfry_redis_survey_ask (self->survey, NULL);
}

static gboolean
are_all_up (BelfryRedisCluster *self)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      if (!belfry_redis_member_is_up (g_ptr_array_index (self->members, i)))
        return FALSE;
    }
  return self->members->len > 0 && self->members->len == self->n_listed;
}

static void
come_up (BelfryRedisCluster *self)
{
  if (self->up || self->closed || !are_all_up (self))
    return;
  self->up = TRUE;
  self->handler->up (NULL, self->user_data);
}

/* A script that one node does not know would be sent anew, behind what was sent meanwhile: so all
 * nodes know all scripts, before they are given anything else. */
static void
load_scripts (BelfryRedisMember *member)
{
  for (guint i = 0; i < BELFRY_REDIS_N_SCRIPTS; i++)
    {
      const char *const argv[] = { "SCRIPT", "LOAD",
                                   belfry_redis_script_get_text ((BelfryRedisScript) i), NULL };
      const BelfryRedisCommand command = { .argv = argv, .timeout = LOAD_TIMEOUT };

      belfry_redis_member_call (member, &command, NULL);
    }
}

static void
on_up (BelfryRedisMember *member, gpointer user_data)
{
  Node *node = user_data;
  BelfryRedisCluster *self = node->cluster;

  load_scripts (member);
  belfry_redis_errands_resume (self->errands);
  come_up (self);
}

/* Those that wait go back to who sent them: what is sent when it is up again comes behind them. */
static void
go_down (BelfryRedisCluster *self, BelfryRedisFault fault, const GError *error)
{
  self->up = FALSE;
  belfry_redis_errands_abandon (self->errands, fault);
  if (!self->closed)
    self->handler->down (NULL, fault, error, self->user_data);
}

static void
on_down (BelfryRedisMember *member, BelfryRedisFault fault, const GError *error, gpointer user_data)
{
  Node *node = user_data;
  BelfryRedisCluster *self = node->cluster;

  if (!belfry_redis_member_is_connected (member))
    for_each_want (self, lose_one, node);
  belfry_redis_survey_ask (self->survey, NULL);
  if (node->listed)
    go_down (self, fault, error);
}

static void
on_message (BelfryRedisMember *member, const BelfryRedisPush *push, gpointer user_data)
{
  static const BelfryRedisChannelKind kinds[] = {
    [BELFRY_REDIS_PUSH_MESSAGE] = BELFRY_REDIS_CHANNEL,
    [BELFRY_REDIS_PUSH_PMESSAGE] = BELFRY_REDIS_PATTERN,
    [BELFRY_REDIS_PUSH_SMESSAGE] = BELFRY_REDIS_SHARD,
  };
  const Node *node = user_data;
  BelfryRedisCluster *self = node->cluster;
  BelfryRedisChannelKind kind = kinds[push->kind];
  GBytes *name = kind == BELFRY_REDIS_PATTERN ? push->pattern : push->channel;

  if (find_want (node, kind, g_bytes_get_data (name, NULL)) != NULL)
    self->handler->message (member, push, self->user_data);
}

static void
on_subscribed (BelfryRedisMember *member,
               BelfryRedisChannelKind kind,
               const char *name,
               gboolean again,
               gpointer user_data)
{
  const Node *node = user_data;
  BelfryRedisCluster *self = node->cluster;
  Want *want = find_want (node, kind, name);

  if (want == NULL)
    return;
  want->on[kind] = TRUE;
  want->again |= again;
  if (!want->on[want->kind] ||
      (want->kind == BELFRY_REDIS_SHARD && !want->on[BELFRY_REDIS_CHANNEL]))
    return;
  if (want->told && !want->again)
    return;
  again = want->again;
  want->told = TRUE;
  want->again = FALSE;
  self->handler->subscribed (member, want->kind, want->name, again, self->user_data);
}

static void
on_refused (BelfryRedisMember *member,
            BelfryRedisChannelKind kind,
            const char *name,
            BelfryRedisFault fault,
            const GError *error,
            gpointer user_data)
{
  const Node *node = user_data;
  BelfryRedisCluster *self = node->cluster;
  Want *want = find_want (node, kind, name);

  if (want == NULL)
    return;

  BelfryRedisChannelKind wanted = want->kind;

  leave (want);
  g_hash_table_remove (self->wants[wanted], name);
  self->handler->refused (member, wanted, name, fault, error, self->user_data);
}

static void
on_astray (BelfryRedisMember *member, const char *text, gpointer user_data)
{
  Node *node = user_data;
  g_autofree char *address = belfry_redis_errands_dup_address (text);

  node->astray = TRUE;
  belfry_redis_survey_ask (node->cluster->survey, address);
}

static const BelfryRedisMemberHandler member_handler = {
  .due = on_due,
  .up = on_up,
  .down = on_down,
  .message = on_message,
  .subscribed = on_subscribed,
  .refused = on_refused,
  .astray = on_astray,
};

/* The map */

/* @slot: one that the node has. If the prefix decides on all slots there are no shards to prove,
 * and the channel is one that all nodes have. */
static char *
name_probe (const BelfryRedisCluster *self, guint64 serial, guint slot, gboolean *shard)
{
  g_autofree char *detail = g_strdup_printf ("%s:%" G_GUINT64_FORMAT, self->instance, serial);
  char *name = belfry_redis_slot_name_in (self->prefix, PROBE_KIND, detail, slot);

  *shard = name != NULL;
  return name != NULL ? name : g_strdup_printf ("%sbelfry:%s:%s", self->prefix, PROBE_KIND, detail);
}

static Node *
add_node (BelfryRedisCluster *self, const BelfryRedisSlots *slots, guint number)
{
  g_autoptr (BelfryRedisUrl) url =
      belfry_redis_url_new_at (self->url, belfry_redis_slots_get_host (slots, number),
                               belfry_redis_slots_get_port (slots, number), NULL);

  if (url == NULL)
    return NULL;

  Node *node = g_new0 (Node, 1);
  gboolean shard;

  node->cluster = self;
  node->url = g_steal_pointer (&url);
  node->address = g_strdup (belfry_redis_slots_get_address (slots, number));
  node->serial = ++self->n_nodes;
  node->slot = (guint) belfry_redis_slots_get_first (slots, number);
  g_autofree char *channel = name_probe (self, node->serial, node->slot, &shard);
  const BelfryRedisMemberSettings settings = {
    .tls = self->settings.tls,
    .wheel = self->settings.wheel,
    .client_name = self->client_name,
    .probe_channel = channel,
    .probe_kind = shard ? BELFRY_REDIS_SHARD : BELFRY_REDIS_CHANNEL,
    .probe_interval = self->settings.probe_interval,
  };
  node->member = belfry_redis_member_new (&settings, &member_handler, node);
  g_hash_table_insert (self->nodes, node->address, node);
  belfry_redis_member_open (node->member);
  return node;
}

/* The slot of its channel may have gone elsewhere. */
static void
move_probe (BelfryRedisCluster *self, Node *node, const BelfryRedisSlots *slots, guint number)
{
  gboolean shard;

  if (belfry_redis_slots_find (slots, node->slot) == number)
    return;
  node->slot = (guint) belfry_redis_slots_get_first (slots, number);
  g_autofree char *channel = name_probe (self, node->serial, node->slot, &shard);
  belfry_redis_member_set_probe_channel (node->member, channel);
}

static void
list_node (BelfryRedisCluster *self, const BelfryRedisSlots *slots, guint number)
{
  Node *node = g_hash_table_lookup (self->nodes, belfry_redis_slots_get_address (slots, number));

  if (node != NULL)
    move_probe (self, node, slots, number);
  else
    node = add_node (self, slots, number);
  g_ptr_array_index (self->by_number, number) = node;
  self->n_listed++;
  if (node == NULL)
    return;
  node->listed = TRUE;
  g_ptr_array_add (self->members, node->member);
}

static void
list_nodes (BelfryRedisCluster *self, const BelfryRedisSlots *slots)
{
  guint n = belfry_redis_slots_get_n_nodes (slots);
  GHashTableIter iter;
  gpointer node;

  g_hash_table_iter_init (&iter, self->nodes);
  while (g_hash_table_iter_next (&iter, NULL, &node))
    ((Node *) node)->listed = FALSE;
  self->n_listed = 0;
  g_ptr_array_set_size (self->members, 0);
  g_ptr_array_set_size (self->by_number, 0);
  g_ptr_array_set_size (self->by_number, (int) n);
  for (guint i = 0; i < n; i++)
    {
      if (belfry_redis_slots_get_first (slots, i) >= 0)
        list_node (self, slots, i);
    }
}

/* Of those that have no slots any more, who still owes an answer ends later. */
static gboolean
is_done (gpointer key, gpointer value, gpointer user_data)
{
  const Node *node = value;
  BelfryRedisCluster *self = user_data;

  if (node->listed)
    return FALSE;
  if (!belfry_redis_errands_are_at (self->errands, node->member))
    return TRUE;
  belfry_redis_survey_ask (self->survey, NULL);
  return FALSE;
}

static void
go_on (BelfryRedisCluster *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->nodes);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Node *node = value;

      if (node->due)
        belfry_redis_member_connect (node->member, node->url);
      if (node->astray)
        belfry_redis_member_resume (node->member);
      node->due = node->astray = FALSE;
    }
  belfry_redis_errands_resume (self->errands);
}

static void
on_found (const BelfryRedisSlots *slots, const BelfryRedisSlots *before, gpointer user_data)
{
  BelfryRedisCluster *self = user_data;
  guint n_moved = before != NULL ? belfry_redis_slots_count_moved (slots, before) : 0;

  list_nodes (self, slots);
  if (n_moved > 0)
    belfry_log_info ("%u slots of the Redis cluster have another node; it has %u with slots",
                     n_moved, self->members->len);
  if (n_moved > 0 || before == NULL)
    for_each_want (self, place_one, NULL);
  g_hash_table_foreach_remove (self->nodes, is_done, self);
  go_on (self);
  come_up (self);
}

static void
on_not_found (BelfryRedisFault fault, const GError *error, gpointer user_data)
{
  BelfryRedisCluster *self = user_data;

  if (!self->up)
    go_down (self, fault, error);
}

static const BelfryRedisSurveyHandler survey_handler = {
  .found = on_found,
  .failed = on_not_found,
};

BelfryRedisCluster *
belfry_redis_cluster_new (const BelfryRedisClusterSettings *settings,
                          const BelfryRedisMemberHandler *handler,
                          gpointer user_data)
{
  BelfryRedisCluster *self = g_new0 (BelfryRedisCluster, 1);

  self->settings = *settings;
  self->url = belfry_redis_url_ref (settings->url);
  self->client_name = g_strdup (settings->client_name);
  self->instance = g_strdup (settings->instance);
  self->prefix = g_strdup (settings->prefix);
  self->handler = handler;
  self->user_data = user_data;
  self->survey = belfry_redis_survey_new (self->url, settings->tls, settings->wheel,
                                          self->client_name, &survey_handler, self);
  self->errands = belfry_redis_errands_new (settings->wheel, &errands_hooks, self);
  self->nodes =
      g_hash_table_new_full (belfry_hash_text, g_str_equal, NULL, (GDestroyNotify) node_free);
  self->by_number = g_ptr_array_new ();
  self->members = g_ptr_array_new ();
  for (guint i = 0; i < G_N_ELEMENTS (self->wants); i++)
    self->wants[i] = g_hash_table_new_full (belfry_hash_text, g_str_equal, NULL, g_free);
  return self;
}

void
belfry_redis_cluster_free (BelfryRedisCluster *self)
{
  belfry_redis_cluster_close (self);
  g_ptr_array_unref (self->members);
  g_ptr_array_unref (self->by_number);
  g_hash_table_unref (self->nodes);
  belfry_redis_errands_free (self->errands);
  belfry_redis_survey_free (self->survey);
  for (guint i = 0; i < G_N_ELEMENTS (self->wants); i++)
    g_hash_table_unref (self->wants[i]);
  belfry_redis_url_unref (self->url);
  g_free (self->client_name);
  g_free (self->instance);
  g_free (self->prefix);
  g_free (self);
}

void
belfry_redis_cluster_open (BelfryRedisCluster *self)
{
  belfry_redis_survey_ask (self->survey, NULL);
}

void
belfry_redis_cluster_close (BelfryRedisCluster *self)
{
  GHashTableIter iter;
  gpointer node;

  if (self->closed)
    return;
  self->closed = TRUE;
  self->up = FALSE;
  belfry_redis_survey_close (self->survey);
  g_hash_table_iter_init (&iter, self->nodes);
  while (g_hash_table_iter_next (&iter, NULL, &node))
    belfry_redis_member_close (((Node *) node)->member);
  belfry_redis_errands_abandon (self->errands, BELFRY_REDIS_FAULT_CLOSED);
}

void
belfry_redis_cluster_set_probe_interval (BelfryRedisCluster *self, gint64 interval)
{
  GHashTableIter iter;
  gpointer node;

  self->settings.probe_interval = interval;
  g_hash_table_iter_init (&iter, self->nodes);
  while (g_hash_table_iter_next (&iter, NULL, &node))
    belfry_redis_member_set_probe_interval (((Node *) node)->member, interval);
}

GPtrArray *
belfry_redis_cluster_get_members (BelfryRedisCluster *self)
{
  return self->members;
}

gboolean
belfry_redis_cluster_is_up (const BelfryRedisCluster *self)
{
  return self->up;
}

gboolean
belfry_redis_cluster_call (BelfryRedisCluster *self,
                           const char *key,
                           const BelfryRedisCommand *command,
                           GError **error)
{
  guint slot = key != NULL ? belfry_redis_slot_of (key, strlen (key)) : 0;

  if (self->up)
    return belfry_redis_errands_call (self->errands, slot, command, error);
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "%s: not connected to Redis",
               command->argv[0]);
  return FALSE;
}

void
belfry_redis_cluster_forget (BelfryRedisCluster *self, gpointer user_data)
{
  belfry_redis_errands_forget (self->errands, user_data);
}

void
belfry_redis_cluster_subscribe (BelfryRedisCluster *self,
                                BelfryRedisChannelKind kind,
                                const char *name)
{
  gsize length = strlen (name);

  g_return_if_fail (length <= BELFRY_REDIS_CHANNEL_MAX);

  if (self->closed || g_hash_table_contains (self->wants[kind], name))
    return;

  Want *want = g_malloc0 (sizeof *want + length + 1);

  want->kind = kind;
  memcpy (want->name, name, length + 1);
  g_hash_table_insert (self->wants[kind], want->name, want);
  place (self, want);
}

void
belfry_redis_cluster_unsubscribe (BelfryRedisCluster *self,
                                  BelfryRedisChannelKind kind,
                                  const char *name)
{
  Want *want = g_hash_table_lookup (self->wants[kind], name);

  if (want == NULL)
    return;
  leave (want);
  g_hash_table_remove (self->wants[kind], name);
}

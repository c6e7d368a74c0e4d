/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-cluster"

#include "config.h"

#include "belfry-test-cluster.h"

#include <string.h>

#include "belfry-redis-slot.h"
#include "belfry-test.h"

/* A node is found dead after half a second, so that a replica takes its place soon. */

struct _BelfryTestCluster
{
  GPtrArray *nodes; /* (owned) (element-type BelfryTestRedis) */
  GPtrArray *ids;   /* (owned) (element-type utf8) */
  guint n_primaries;
};

G_GNUC_PRINTF (2, 3)
static void
tell (BelfryTestRedis *redis, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *command = g_strdup_vprintf (format, args);
  va_end (args);
  belfry_test_redis_tell (redis, command);
}

/* Returns: (transfer full): the second line of an answer, which is what a string says */
static char *
ask_string (BelfryTestRedis *redis, const char *command)
{
  g_autofree char *answer = belfry_test_redis_ask (redis, command);
  g_auto (GStrv) lines = g_strsplit (answer, "\r\n", 3);

  g_assert_cmpuint (g_strv_length (lines), >=, 2);
  return g_strdup (lines[1]);
}

/* The other port that it has is free for the nodes among themselves. */
static void
add_node (BelfryTestCluster *self)
{
  BelfryTestRedis *node = belfry_test_redis_new ((const char *[]){
      "--cluster-enabled", "yes", "--cluster-port", "TLS-PORT", "--cluster-node-timeout", "500",
      "--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0", NULL });

  g_ptr_array_add (self->nodes, node);
  g_ptr_array_add (self->ids, ask_string (node, "CLUSTER MYID"));
}

static gboolean
says (BelfryTestRedis *redis, const char *command, const char *expected)
{
  g_autofree char *answer = belfry_test_redis_ask (redis, command);

  return strstr (answer, expected) != NULL;
}

static gboolean
agree (BelfryTestCluster *self)
{
  g_autofree char *known = g_strdup_printf ("cluster_known_nodes:%u\r", self->nodes->len);
  g_autofree char *size = g_strdup_printf ("cluster_size:%u\r", self->n_primaries);

  for (guint i = 0; i < self->nodes->len; i++)
    {
      BelfryTestRedis *node = belfry_test_cluster_get (self, i);

      if (!says (node, "CLUSTER INFO", "cluster_state:ok") || !says (node, "CLUSTER INFO", known) ||
          !says (node, "CLUSTER INFO", size))
        return FALSE;
    }
  return TRUE;
}

static guint
first_slot (BelfryTestCluster *self, guint index)
{
  return index * BELFRY_REDIS_N_SLOTS / self->n_primaries;
}

static void
share_slots (BelfryTestCluster *self)
{
  BelfryTestRedis *first = belfry_test_cluster_get (self, 0);

  for (guint i = 0; i < self->nodes->len; i++)
    {
      BelfryTestRedis *node = belfry_test_cluster_get (self, i);

      tell (node, "CLUSTER SET-CONFIG-EPOCH %u", i + 1);
      if (i < self->n_primaries)
        tell (node, "CLUSTER ADDSLOTSRANGE %u %u", first_slot (self, i),
              first_slot (self, i + 1) - 1);
      if (i > 0)
        tell (first, "CLUSTER MEET 127.0.0.1 %u %u", belfry_test_redis_get_port (node),
              belfry_test_redis_get_tls_port (node));
    }
}

BelfryTestCluster *
belfry_test_cluster_new (guint n_primaries, guint n_replicas)
{
  BelfryTestCluster *self = g_new0 (BelfryTestCluster, 1);

  self->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_test_redis_free);
  self->ids = g_ptr_array_new_with_free_func (g_free);
  self->n_primaries = n_primaries;
  for (guint i = 0; i < n_primaries + n_replicas; i++)
    add_node (self);
  share_slots (self);
  belfry_test_wait_until (agree (self));
  for (guint i = n_primaries; i < self->nodes->len; i++)
    {
      BelfryTestRedis *replica = belfry_test_cluster_get (self, i);

      tell (replica, "CLUSTER REPLICATE %s", (char *) g_ptr_array_index (self->ids, 0));
      belfry_test_wait_until (says (replica, "INFO replication", "master_link_status:up"));
      belfry_test_wait_until (
          says (belfry_test_cluster_get (self, 0), "INFO replication", "state=online"));
    }
  return self;
}

void
belfry_test_cluster_free (BelfryTestCluster *self)
{
  g_ptr_array_unref (self->nodes);
  g_ptr_array_unref (self->ids);
  g_free (self);
}

BelfryTestRedis *
belfry_test_cluster_get (BelfryTestCluster *self, guint index)
{
  return g_ptr_array_index (self->nodes, index);
}

char *
belfry_test_cluster_get_url (BelfryTestCluster *self)
{
  return g_strdup_printf ("redis+cluster://127.0.0.1:1,127.0.0.1:%u,127.0.0.1:%u",
                          belfry_test_redis_get_port (belfry_test_cluster_get (self, 0)),
                          belfry_test_redis_get_port (belfry_test_cluster_get (self, 1)));
}

guint
belfry_test_cluster_find (BelfryTestCluster *self, const char *name)
{
  guint slot = belfry_redis_slot_of (name, strlen (name));
  guint index = 0;

  while (first_slot (self, index + 1) <= slot)
    index++;
  return index;
}

void
belfry_test_cluster_begin_move (BelfryTestCluster *self, guint slot, guint from, guint to)
{
  tell (belfry_test_cluster_get (self, to), "CLUSTER SETSLOT %u IMPORTING %s", slot,
        (char *) g_ptr_array_index (self->ids, from));
  tell (belfry_test_cluster_get (self, from), "CLUSTER SETSLOT %u MIGRATING %s", slot,
        (char *) g_ptr_array_index (self->ids, to));
}

void
belfry_test_cluster_move_keys (BelfryTestCluster *self, guint slot, guint from, guint to)
{
  BelfryTestRedis *source = belfry_test_cluster_get (self, from);
  g_autofree char *command = g_strdup_printf ("CLUSTER GETKEYSINSLOT %u 1", slot);

  for (;;)
    {
      g_autofree char *answer = belfry_test_redis_ask (source, command);
      g_auto (GStrv) lines = g_strsplit (answer, "\r\n", 4);

      if (g_str_equal (lines[0], "*0"))
        return;
      tell (source, "MIGRATE 127.0.0.1 %u \"%s\" 0 5000",
            belfry_test_redis_get_port (belfry_test_cluster_get (self, to)), lines[2]);
    }
}

void
belfry_test_cluster_end_move (BelfryTestCluster *self, guint slot, guint from, guint to)
{
  const char *id = g_ptr_array_index (self->ids, to);

  tell (belfry_test_cluster_get (self, to), "CLUSTER SETSLOT %u NODE %s", slot, id);
  tell (belfry_test_cluster_get (self, from), "CLUSTER SETSLOT %u NODE %s", slot, id);
}

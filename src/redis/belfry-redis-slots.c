/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-slots"

#include "config.h"

#include "belfry-redis-slots.h"

#include <string.h>

#include "belfry-hash.h"

/* The map of a cluster. A reply is a list of ranges: the first slot, the last one, the primary, and
 * its replicas; each node is a list of host, port, id and more. What does not fit to that, or says
 * two things of one slot, is refused as a whole: half a map leads to nowhere.
 *
 * Hosts are looked at again by whoever connects to them. */

#define MAX_HOST 253
#define HOST_LETTERS "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.-_:"
#define NOBODY G_MAXUINT16
G_STATIC_ASSERT (BELFRY_REDIS_SLOTS_MAX_NODES < NOBODY);

typedef struct
{
  char *host;    /* (owned) */
  char *port;    /* (owned) */
  char *address; /* (owned) */
  int first;
} Node;

struct _BelfryRedisSlots
{
  GPtrArray *nodes;    /* (owned) (element-type Node) */
  GHashTable *numbers; /* (owned) (element-type utf8 guint): of nodes, by address */
  guint16 owners[BELFRY_REDIS_N_SLOTS];
};

static void
node_free (Node *self)
{
  g_free (self->host);
  g_free (self->port);
  g_free (self->address);
  g_free (self);
}

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_PROTOCOL, "the slots of the cluster: %s", what);
  return FALSE;
}

static const Node *
get_node (const BelfryRedisSlots *self, guint node)
{
  return g_ptr_array_index (self->nodes, node);
}

/* A node that does not know its host, or does not tell it, is where it was asked. */
static const char *
read_host (const BelfryRedisReply *reply, const char *asked)
{
  if (belfry_redis_reply_get_kind (reply) == BELFRY_REDIS_REPLY_NIL)
    return asked;
  if (belfry_redis_reply_get_kind (reply) != BELFRY_REDIS_REPLY_STRING)
    return NULL;

  const char *host = belfry_redis_reply_get_text (reply);

  return host != NULL && *host == '\0' ? asked : host;
}

static guint
add_node (BelfryRedisSlots *self, const char *host, gint64 port)
{
  g_autofree char *port_text = g_strdup_printf ("%" G_GINT64_FORMAT, port);
  g_autofree char *address = g_strconcat (host, " ", port_text, NULL);
  gpointer known;

  if (g_hash_table_lookup_extended (self->numbers, address, NULL, &known))
    return GPOINTER_TO_UINT (known);

  Node *node = g_new0 (Node, 1);

  node->host = g_strdup (host);
  node->port = g_steal_pointer (&port_text);
  node->address = g_steal_pointer (&address);
  node->first = -1;
  g_hash_table_insert (self->numbers, node->address, GUINT_TO_POINTER (self->nodes->len));
  g_ptr_array_add (self->nodes, node);
  return self->nodes->len - 1;
}

static gboolean
read_node (BelfryRedisSlots *self,
           const BelfryRedisReply *reply,
           const char *asked,
           guint *number,
           GError **error)
{
  if (belfry_redis_reply_get_n_elements (reply) < 2)
    return refuse (error, "expected host and port of a node");

  const char *host = read_host (belfry_redis_reply_get_element (reply, 0), asked);
  gint64 port = belfry_redis_reply_get_integer (belfry_redis_reply_get_element (reply, 1));

  if (host == NULL || *host == '\0' || strlen (host) > MAX_HOST ||
      strspn (host, HOST_LETTERS) != strlen (host))
    return refuse (error, "expected a node's host");
  if (port < 1 || port > G_MAXUINT16)
    return refuse (error, "expected a node's port");
  *number = add_node (self, host, port);
  return self->nodes->len <= BELFRY_REDIS_SLOTS_MAX_NODES || refuse (error, "expected fewer nodes");
}

static gboolean
read_slot (const BelfryRedisReply *reply, guint *slot)
{
  gint64 number = belfry_redis_reply_get_integer (reply);

  if (belfry_redis_reply_get_kind (reply) != BELFRY_REDIS_REPLY_INTEGER || number < 0 ||
      number >= BELFRY_REDIS_N_SLOTS)
    return FALSE;
  *slot = (guint) number;
  return TRUE;
}

static gboolean
set_owner (BelfryRedisSlots *self, guint first, guint last, guint owner, GError **error)
{
  Node *node = g_ptr_array_index (self->nodes, owner);

  for (guint slot = first; slot <= last; slot++)
    {
      if (self->owners[slot] != NOBODY)
        return refuse (error, "expected each slot once");
      self->owners[slot] = (guint16) owner;
    }
  if (node->first < 0 || (int) first < node->first)
    node->first = (int) first;
  return TRUE;
}

static gboolean
read_range (BelfryRedisSlots *self,
            const BelfryRedisReply *reply,
            const char *asked,
            GError **error)
{
  guint n = belfry_redis_reply_get_n_elements (reply);
  guint first, last, node;

  if (n < 3 || !read_slot (belfry_redis_reply_get_element (reply, 0), &first) ||
      !read_slot (belfry_redis_reply_get_element (reply, 1), &last) || first > last)
    return refuse (error, "expected the first slot of a range, the last one, and nodes");
  if (!read_node (self, belfry_redis_reply_get_element (reply, 2), asked, &node, error) ||
      !set_owner (self, first, last, node, error))
    return FALSE;
  for (guint i = 3; i < n; i++)
    {
      if (!read_node (self, belfry_redis_reply_get_element (reply, i), asked, &node, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_complete (const BelfryRedisSlots *self, GError **error)
{
  for (guint slot = 0; slot < BELFRY_REDIS_N_SLOTS; slot++)
    {
      if (self->owners[slot] != NOBODY)
        continue;
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE,
                   "no node of the cluster has slot %u", slot);
      return FALSE;
    }
  return TRUE;
}

BelfryRedisSlots *
belfry_redis_slots_read (const BelfryRedisReply *reply, const char *asked, GError **error)
{
  g_autoptr (BelfryRedisSlots) self = g_new0 (BelfryRedisSlots, 1);
  guint n = belfry_redis_reply_get_n_elements (reply);

  self->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) node_free);
  self->numbers = g_hash_table_new (belfry_hash_text, g_str_equal);
  memset (self->owners, 0xff, sizeof self->owners);
  if (belfry_redis_reply_get_kind (reply) != BELFRY_REDIS_REPLY_ARRAY)
    {
      refuse (error, "expected a list");
      return NULL;
    }
  for (guint i = 0; i < n; i++)
    {
      if (!read_range (self, belfry_redis_reply_get_element (reply, i), asked, error))
        return NULL;
    }
  return is_complete (self, error) ? g_steal_pointer (&self) : NULL;
}

void
belfry_redis_slots_free (BelfryRedisSlots *self)
{
  g_hash_table_unref (self->numbers);
  g_ptr_array_unref (self->nodes);
  g_free (self);
}

guint
belfry_redis_slots_get_n_nodes (const BelfryRedisSlots *self)
{
  return self->nodes->len;
}

const char *
belfry_redis_slots_get_host (const BelfryRedisSlots *self, guint node)
{
  return get_node (self, node)->host;
}

const char *
belfry_redis_slots_get_port (const BelfryRedisSlots *self, guint node)
{
  return get_node (self, node)->port;
}

const char *
belfry_redis_slots_get_address (const BelfryRedisSlots *self, guint node)
{
  return get_node (self, node)->address;
}

guint
belfry_redis_slots_find (const BelfryRedisSlots *self, guint slot)
{
  return self->owners[slot];
}

int
belfry_redis_slots_get_first (const BelfryRedisSlots *self, guint node)
{
  return get_node (self, node)->first;
}

guint
belfry_redis_slots_count_moved (const BelfryRedisSlots *self, const BelfryRedisSlots *other)
{
  guint n = 0;

  for (guint slot = 0; slot < BELFRY_REDIS_N_SLOTS; slot++)
    {
      const char *here = get_node (self, self->owners[slot])->address;
      const char *there = get_node (other, other->owners[slot])->address;

      n += g_str_equal (here, there) ? 0 : 1;
    }
  return n;
}

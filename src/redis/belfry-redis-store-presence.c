/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-store"

#include "config.h"

#include "belfry-redis-store.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-json-read.h"
#include "belfry-presence.h"
#include "belfry-redis-envelope.h"
#include "belfry-redis-frame.h"
#include "belfry-redis-store-private.h"

/* Who is there, by leases: one for each user of a topic and each instance that he is connected to.
 * An instance that dies does not renew its own; who renews others takes them away. */

#define US_PER_MS 1000
#define DECIMAL 10

/* So many leases that ran out are taken away at a time: the rest is next time's. */
#define MAX_DROPPED 1000

/* What is told of a user is one level deeper than what the authorizer tells. */
static const BelfryJsonLimits payload_limits = { G_MAXSIZE, BELFRY_JSON_DEFAULT_DEPTH + 1 };

#define LIST_BYTES (32 * 1024 * 1024)
#define LIST_STEP 3

static char *
lease_of (const BelfryRedisStore *self, const char *user)
{
  return g_strdup_printf ("%s %s", self->instance, user);
}

static void
add_keys (const BelfryRedisStore *self, BelfryRedisArgs *keys, const char *topic)
{
  belfry_redis_store_add_key (self, keys, "leases", topic, NULL);
  belfry_redis_store_add_key (self, keys, "who", topic, NULL);
}

/* What stands before and behind the payload of a JOIN or a LEAVE: a payload that is JSON, so that
 * it is the same for all users. */
static void
add_around (const BelfryRedisStore *self,
            BelfryRedisArgs *args,
            const char *topic,
            BelfryMessageKind kind)
{
  g_autoptr (GBytes) nobody = g_bytes_new_static ("{}", 2);
  const BelfryRedisEnvelope envelope = {
    .topic = (char *) topic, .kind = kind, .payload = nobody, .origin = self->instance
  };
  g_auto (BelfryRedisPieces) pieces = { 0 };

  if (self->channel == NULL)
    {
      belfry_redis_args_take (args, g_strdup_printf ("%s%s%c", BELFRY_REDIS_FRAME_MARK,
                                                     BELFRY_REDIS_FRAME_VERSION,
                                                     belfry_redis_frame_letter (kind)));
      belfry_redis_args_text (args, "");
      return;
    }
  belfry_redis_envelope_cut (&envelope, &pieces);
  belfry_redis_args_text (args, pieces.head);
  belfry_redis_args_text (args, pieces.tail);
}

static BelfryRedisArgs *
new_args (const BelfryRedisStore *self, const char *topic)
{
  BelfryRedisArgs *args = belfry_redis_args_new ();
  g_autofree char *channel = belfry_redis_store_dup_channel (self, topic);

  belfry_redis_store_add_channel (self, args, channel);
  add_around (self, args, topic, BELFRY_MESSAGE_JOIN);
  add_around (self, args, topic, BELFRY_MESSAGE_LEAVE);
  belfry_redis_args_text (args, self->channel != NULL ? "envelope" : "frame");
  belfry_redis_args_number (args, MAX (self->presence_lease / US_PER_MS, 1));
  return args;
}

static gpointer
convert_set (GTask *task, const BelfryRedisReply *reply, GError **error)
{
  if (belfry_redis_reply_get_kind (reply) != BELFRY_REDIS_REPLY_INTEGER)
    return belfry_redis_store_fail (error);
  return GINT_TO_POINTER (1);
}

static const BelfryRedisPlan set_plan = { convert_set, NULL };

typedef struct
{
  GPtrArray *unknown; /* (element-type utf8) (owned) */
  guint64 n_left;
} Renewed;

static void
renewed_free (Renewed *renewed)
{
  g_clear_pointer (&renewed->unknown, g_ptr_array_unref);
  g_free (renewed);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Renewed, renewed_free)

/* How many leases are left; those that are not known, by number from 1 of those that were asked
 * for. */
static gpointer
convert_renewed (GTask *task, const BelfryRedisReply *reply, GError **error)
{
  char **users = g_task_get_task_data (task);
  guint n_users = g_strv_length (users);
  g_autoptr (Renewed) renewed = g_new0 (Renewed, 1);
  const BelfryRedisReply *left = belfry_redis_reply_get_element (reply, 0);

  if (left == NULL)
    return belfry_redis_store_fail (error);
  renewed->n_left = (guint64) MAX (belfry_redis_reply_get_integer (left), 0);
  renewed->unknown = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 1; i < belfry_redis_reply_get_n_elements (reply); i++)
    {
      gint64 number = belfry_redis_reply_get_integer (belfry_redis_reply_get_element (reply, i));

      if (number < 1 || number > n_users)
        return belfry_redis_store_fail (error);
      g_ptr_array_add (renewed->unknown, g_strdup (users[number - 1]));
    }
  return g_steal_pointer (&renewed);
}

static const BelfryRedisPlan renew_plan = { convert_renewed, (GDestroyNotify) renewed_free };

/* Returns: (nullable): what stands as "info" in what is told of a user */
static char *
dup_info (GBytes *payload)
{
  gsize length;
  const char *text = g_bytes_get_data (payload, &length);
  BelfryJsonScan scan;
  BelfryJsonIter iter;
  BelfryJsonMember member;

  if (!belfry_json_scan (text, length, &payload_limits, &scan))
    return NULL;
  belfry_json_iter_init (&iter, text, (BelfryJsonSlice){ 0, length });
  while (belfry_json_iter_next (&iter, &member))
    {
      if (belfry_json_equal (text, member.name, "info"))
        return g_strndup (text + member.value.offset, member.value.length);
    }
  return NULL;
}

static BelfryPresenceEntry *
read_entry (const BelfryRedisReply *reply, guint index)
{
  const char *user = belfry_redis_reply_get_text (belfry_redis_reply_get_element (reply, index));
  const char *sessions =
      belfry_redis_reply_get_text (belfry_redis_reply_get_element (reply, index + 1));
  GBytes *payload =
      belfry_redis_reply_get_bytes (belfry_redis_reply_get_element (reply, index + 2));
  guint64 n;

  if (user == NULL || sessions == NULL || payload == NULL ||
      !g_ascii_string_to_unsigned (sessions, DECIMAL, 1, G_MAXUINT, &n, NULL))
    return NULL;
  BelfryPresenceEntry *entry = g_new0 (BelfryPresenceEntry, 1);
  *entry = (BelfryPresenceEntry){ g_strdup (user), dup_info (payload), (guint) n };
  return entry;
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const BelfryPresenceEntry *const *first = a;
  const BelfryPresenceEntry *const *second = b;

  return strcmp ((*first)->user, (*second)->user);
}

static gpointer
convert_list (GTask *task, const BelfryRedisReply *reply, GError **error)
{
  g_autoptr (GPtrArray) list =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_presence_entry_free);
  guint n = belfry_redis_reply_get_n_elements (reply);

  if (belfry_redis_reply_get_kind (reply) == BELFRY_REDIS_REPLY_NIL)
    {
      g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_TOO_LARGE,
                           "more users than a list may have");
      return NULL;
    }
  if (belfry_redis_reply_get_kind (reply) != BELFRY_REDIS_REPLY_ARRAY || n % LIST_STEP != 0)
    return belfry_redis_store_fail (error);
  for (guint i = 0; i < n; i += LIST_STEP)
    {
      BelfryPresenceEntry *entry = read_entry (reply, i);

      if (entry == NULL)
        return belfry_redis_store_fail (error);
      g_ptr_array_add (list, entry);
    }
  g_ptr_array_sort (list, compare_entries);
  return g_steal_pointer (&list);
}

static const BelfryRedisPlan list_plan = { convert_list, (GDestroyNotify) g_ptr_array_unref };

void
belfry_redis_store_presence_set_async (BelfryRedisStore *self,
                                       const char *topic,
                                       const char *user,
                                       const char *info,
                                       guint sessions,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  GTask *task = belfry_redis_store_new_task (belfry_redis_store_presence_set_async, NULL, callback,
                                             user_data);
  g_autoptr (GBytes) payload = belfry_presence_payload (user, info);
  BelfryRedisArgs *keys = belfry_redis_args_new ();
  BelfryRedisArgs *args = new_args (self, topic);

  add_keys (self, keys, topic);
  belfry_redis_args_take (args, lease_of (self, user));
  belfry_redis_args_text (args, user);
  belfry_redis_args_number (args, sessions);
  belfry_redis_args_add (args, payload);
  belfry_redis_runner_run (self->runner, BELFRY_REDIS_SCRIPT_PRESENCE_SET, keys, args, task,
                           &set_plan);
}

gboolean
belfry_redis_store_presence_set_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_redis_store_presence_set_async),
                        FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

void
belfry_redis_store_presence_renew_async (BelfryRedisStore *self,
                                         const char *topic,
                                         const char *const *users,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data)
{
  GTask *task = belfry_redis_store_new_task (belfry_redis_store_presence_renew_async, NULL,
                                             callback, user_data);
  BelfryRedisArgs *keys = belfry_redis_args_new ();
  BelfryRedisArgs *args = new_args (self, topic);

  g_task_set_task_data (task, g_strdupv ((char **) users), (GDestroyNotify) g_strfreev);
  add_keys (self, keys, topic);
  belfry_redis_args_number (args, MAX_DROPPED);
  for (guint i = 0; users[i] != NULL; i++)
    belfry_redis_args_take (args, lease_of (self, users[i]));
  belfry_redis_runner_run (self->runner, BELFRY_REDIS_SCRIPT_PRESENCE_RENEW, keys, args, task,
                           &renew_plan);
}

GPtrArray *
belfry_redis_store_presence_renew_finish (GAsyncResult *result, guint64 *n_left, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_redis_store_presence_renew_async),
                        NULL);

  g_autoptr (Renewed) renewed = g_task_propagate_pointer (G_TASK (result), error);

  if (renewed == NULL)
    return NULL;
  if (n_left != NULL)
    *n_left = renewed->n_left;
  return g_steal_pointer (&renewed->unknown);
}

void
belfry_redis_store_presence_async (BelfryRedisStore *self,
                                   const char *topic,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = belfry_redis_store_new_task (belfry_redis_store_presence_async,
                                                        cancellable, callback, user_data);

  if (g_task_return_error_if_cancelled (task))
    return;
  BelfryRedisArgs *keys = belfry_redis_args_new ();
  BelfryRedisArgs *args = belfry_redis_args_new ();
  add_keys (self, keys, topic);
  belfry_redis_args_number (args, BELFRY_REDIS_STORE_LIST_LEASES);
  belfry_redis_args_number (args, LIST_BYTES);
  belfry_redis_runner_run (self->runner, BELFRY_REDIS_SCRIPT_PRESENCE_LIST, keys, args,
                           g_steal_pointer (&task), &list_plan);
}

GPtrArray *
belfry_redis_store_presence_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_redis_store_presence_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

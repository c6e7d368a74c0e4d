/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hub"

#include "config.h"

#include "belfry-hub-private.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-log.h"

/* Sessions and topics as administrators see them, and what they do to them. */

/* Close codes that applications give a meaning to (RFC 6455, 7.4.2). */
#define FIRST_PRIVATE_CODE 3000
#define LAST_PRIVATE_CODE 4999

BelfryRecord *
belfry_record_from_id (char *id)
{
  return (BelfryRecord *) (gpointer) (id - G_STRUCT_OFFSET (BelfryRecord, id));
}

/* Returns: (nullable): the user, once he is known */
static const char *
user_of (const BelfryRecord *record)
{
  return record->identity != NULL ? belfry_identity_get_subject (record->identity) : NULL;
}

static char **
topics_of (const BelfryRecord *record)
{
  char **topics = g_new0 (char *, record->n_holdings + 1);

  for (guint i = 0; i < record->n_holdings; i++)
    topics[i] = g_strdup (belfry_record_get_holdings (record)[i].entry->name);
  return topics;
}

BelfrySessionInfo *
belfry_record_get_info (const BelfryRecord *record, gboolean with_topics)
{
  BelfrySessionInfo *info = g_new0 (BelfrySessionInfo, 1);

  info->serial = record->serial;
  info->id = g_strdup (record->id);
  info->user = g_strdup (user_of (record));
  info->peer = g_strdup (record->text);
  info->endpoint = g_strdup (belfry_record_get_endpoint (record));
  info->dialect = record->dialect;
  info->opened = record->opened;
  info->n_topics = record->n_holdings;
  info->topics = with_topics ? topics_of (record) : NULL;
  return info;
}

static gboolean
is_as (const char *wanted, const char *given)
{
  return wanted == NULL || (given != NULL && strcmp (wanted, given) == 0);
}

/* @entry: (nullable): what the filter's topic is in the directory */
static gboolean
passes (BelfryRecord *record, const BelfrySessionFilter *filter, const BelfryEntry *entry)
{
  if (filter == NULL)
    return TRUE;
  if (filter->authenticated >= 0 && (filter->authenticated > 0) != (record->identity != NULL))
    return FALSE;
  if (filter->topic != NULL &&
      (entry == NULL || belfry_record_find_holding (record, entry) == NULL))
    return FALSE;
  return is_as (filter->user, user_of (record)) && is_as (filter->peer, record->text) &&
         is_as (filter->dialect, record->dialect);
}

static const BelfryEntry *
entry_of (BelfryHub *self, const BelfrySessionFilter *filter)
{
  if (filter == NULL || filter->topic == NULL)
    return NULL;

  const BelfryTopicKey key = belfry_topic_key (filter->topic);

  return belfry_directory_lookup (self->directory, &key);
}

gboolean
belfry_record_passes (BelfryHub *self, BelfryRecord *record, const BelfrySessionFilter *filter)
{
  return passes (record, filter, entry_of (self, filter));
}

static void
finish_ask (BelfryOperation *self)
{
  g_task_return_pointer (self->task, g_steal_pointer (&self->info),
                         (GDestroyNotify) belfry_session_info_free);
}

static const BelfryOperationClass ask_class = { .finish = finish_ask };

/* Closes all sessions of which @is_meant says so. Returns how many. Those that are gone are closed
 * already, but may have left something to be published. */
static guint
close_if (BelfryHub *self,
          gboolean (*is_meant) (const BelfryRecord *record, const char *what),
          const char *what,
          guint code,
          const char *reason)
{
  guint n = 0;
  BelfryRecord *next;

  for (BelfryRecord *record = self->records; record != NULL; record = next)
    {
      next = record->next;
      if (!is_meant (record, what))
        continue;
      if (record->ended)
        belfry_hub_drop (self, record);
      else if (!record->closing)
        {
          belfry_hub_close (self, record, code, reason);
          n++;
        }
    }
  return n;
}

static gboolean
has_user (const BelfryRecord *record, const char *user)
{
  return is_as (user, user_of (record));
}

static gboolean
has_token (const BelfryRecord *record, const char *jti)
{
  return record->identity != NULL && is_as (jti, belfry_identity_get_token_id (record->identity));
}

/* The list of records cannot be entered in its middle but by the first of each block of serials:
 * what is behind a serial is found by a short walk, whether its own record is still there or not.
 */
static int
compare_blocks (gconstpointer a, gconstpointer b, gpointer user_data)
{
  guint64 x = *(const guint64 *) a / BELFRY_HUB_BLOCK;
  guint64 y = *(const guint64 *) b / BELFRY_HUB_BLOCK;

  return (x > y) - (x < y);
}

static gboolean
is_same_block (const BelfryRecord *record, const BelfryRecord *other)
{
  return other != NULL && compare_blocks (&record->serial, &other->serial, NULL) == 0;
}

GTree *
belfry_hub_blocks_new (void)
{
  return g_tree_new_full (compare_blocks, NULL, NULL, NULL);
}

/* Before @next, or behind all others. */
static void
link_before (BelfryHub *self, BelfryRecord *record, BelfryRecord *next)
{
  record->next = next;
  record->prev = next != NULL ? next->prev : self->last_record;
  *(record->prev != NULL ? &record->prev->next : &self->records) = record;
  *(next != NULL ? &next->prev : &self->last_record) = record;
  /* Instead of the one that was the first of the block, if there was one. */
  if (!is_same_block (record, record->prev))
    g_tree_replace (self->blocks, &record->serial, record);
}

void
belfry_hub_append_record (BelfryHub *self, BelfryRecord *record)
{
  record->serial = ++self->last_serial;
  link_before (self, record, NULL);
}

void
belfry_hub_unlink_record (BelfryHub *self, BelfryRecord *record)
{
  gboolean is_first = !is_same_block (record, record->prev);

  if (is_first && is_same_block (record, record->next))
    g_tree_replace (self->blocks, &record->next->serial, record->next);
  else if (is_first)
    g_tree_remove (self->blocks, &record->serial);
  *(record->prev != NULL ? &record->prev->next : &self->records) = record->next;
  *(record->next != NULL ? &record->next->prev : &self->last_record) = record->prev;
}

BelfryRecord *
belfry_hub_find_after (BelfryHub *self, guint64 serial)
{
  GTreeNode *node = g_tree_lower_bound (self->blocks, &serial);
  BelfryRecord *record = node != NULL ? g_tree_node_value (node) : NULL;

  while (record != NULL && record->serial <= serial)
    record = record->next;
  return record;
}

void
belfry_hub_move_record (BelfryHub *self, BelfryRecord *record, guint64 serial)
{
  belfry_hub_unlink_record (self, record);
  record->serial = serial;
  link_before (self, record, belfry_hub_find_after (self, serial));
}

BelfryRecord *
belfry_hub_find_record (BelfryHub *self, const char *id)
{
  gpointer key;

  if (!g_hash_table_lookup_extended (self->by_id, id, &key, NULL))
    return NULL;

  BelfryRecord *record = belfry_record_from_id (key);

  return record->closing ? NULL : record;
}

void
belfry_hub_take_queued (BelfryHub *self, guint64 cookie, guint64 queued)
{
  for (BelfryOperation *each = self->operations; each != NULL; each = each->next)
    {
      if (each->operation_class != &ask_class || each->cookie != cookie)
        continue;
      each->info->queued = queued;
      belfry_operation_end (each, NULL);
      return;
    }
}

void
belfry_hub_answer_asks (BelfryHub *self, const BelfryRecord *record)
{
  BelfryOperation *next;

  for (BelfryOperation *each = record->asked ? self->operations : NULL; each != NULL; each = next)
    {
      next = each->next;
      if (each->operation_class == &ask_class && each->info->serial == record->serial)
        belfry_operation_end (each, NULL);
    }
}

void
belfry_topic_info_free (BelfryTopicInfo *self)
{
  g_free (self->topic);
  g_free (self);
}

void
belfry_session_info_free (BelfrySessionInfo *self)
{
  g_free (self->id);
  g_free (self->user);
  g_free (self->peer);
  g_free (self->endpoint);
  g_strfreev (self->topics);
  g_free (self);
}

GPtrArray *
belfry_hub_list_topics (BelfryHub *self,
                        const char *pattern,
                        const char *after,
                        guint limit,
                        char **next)
{
  const char *last;
  g_autoptr (GPtrArray) entries =
      belfry_directory_list (self->directory, pattern, after, limit, &last);
  GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_topic_info_free);

  for (guint i = 0; i < entries->len; i++)
    {
      const BelfryEntry *entry = g_ptr_array_index (entries, i);
      BelfryTopicInfo *info = g_new0 (BelfryTopicInfo, 1);

      info->topic = g_strdup (entry->name);
      info->subscribers = entry->n_subscribers;
      info->traits = entry->traits;
      g_ptr_array_add (infos, info);
    }
  *next = g_strdup (last);
  return infos;
}

guint
belfry_hub_get_n_topics (BelfryHub *self)
{
  return belfry_directory_get_n_topics (self->directory);
}

GPtrArray *
belfry_hub_list_sessions (BelfryHub *self,
                          const BelfrySessionFilter *filter,
                          guint64 after,
                          guint limit)
{
  GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_session_info_free);
  const BelfryEntry *entry = entry_of (self, filter);

  for (BelfryRecord *record = belfry_hub_find_after (self, after);
       record != NULL && infos->len < limit; record = record->next)
    {
      if (!record->ended && passes (record, filter, entry))
        g_ptr_array_add (infos, belfry_record_get_info (record, TRUE));
    }
  return infos;
}

guint
belfry_hub_get_n_sessions (BelfryHub *self)
{
  return self->n_sessions;
}

void
belfry_hub_get_session_async (BelfryHub *self,
                              const char *id,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  BelfryRecord *record = belfry_hub_find_record (self, id);

  g_task_set_source_tag (task, belfry_hub_get_session_async);
  if (record == NULL)
    {
      g_task_return_pointer (task, NULL, NULL);
      return;
    }

  BelfryOperation *operation = belfry_operation_new (self, &ask_class, NULL);
  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_ASK, record->session);

  operation->task = g_steal_pointer (&task);
  operation->info = belfry_record_get_info (record, TRUE);
  operation->cookie = ++self->last_cookie;
  notice->cookie = operation->cookie;
  record->asked = TRUE;
  belfry_shard_post (record->shard, notice);
}

BelfrySessionInfo *
belfry_hub_get_session_finish (BelfryHub *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_hub_get_session_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
belfry_hub_close_session (BelfryHub *self, const char *id, guint code, const char *reason)
{
  BelfryRecord *record = belfry_hub_find_record (self, id);

  if (record == NULL)
    return FALSE;
  belfry_hub_journal_administered (BELFRY_MESSAGE_CLOSED_BY_ADMINISTRATOR, user_of (record), id,
                                   "a session was closed on demand, with %u", code);
  belfry_hub_close (self, record, code, reason);
  return TRUE;
}

static const BelfryLogContext blocks_full = { .message_id = BELFRY_MESSAGE_BLOCKS_FULL };

static guint
close_user (BelfryHub *self, const BelfryBrokerWord *word)
{
  guint n = close_if (self, has_user, word->text, word->code, word->reason);

  if (n > 0)
    belfry_hub_journal_administered (BELFRY_MESSAGE_CLOSED_BY_ADMINISTRATOR, word->text, NULL,
                                     "%u sessions of the user %s were closed on demand, with %u", n,
                                     word->text, word->code);
  return n;
}

static gboolean
unblock_user (BelfryHub *self, const char *user)
{
  gboolean was_blocked = belfry_blocks_remove (self->blocked, user);

  if (was_blocked)
    belfry_hub_journal_administered (BELFRY_MESSAGE_USER_UNBLOCKED, user, NULL,
                                     "the user %s is not blocked any more", user);
  return was_blocked;
}

static void
block_user (BelfryHub *self, const char *user, gint64 until)
{
  gint64 left = until - belfry_clock_wall (self->clock);
  guint n = 0;

  if (!belfry_blocks_add (self->blocked, user, until))
    belfry_log_event (BELFRY_LOG_WARNING, &blocks_full,
                      "too many users are blocked: the block that ends first is given up");
  if (left > 0)
    n = close_if (self, has_user, user, BELFRY_CLOSE_BLOCKED, "blocked by the administrator");
  belfry_hub_journal_administered (BELFRY_MESSAGE_USER_BLOCKED, user, NULL,
                                   "the user %s is blocked for %.0f s, %u sessions were closed",
                                   user, (double) MAX (left, 0) / G_USEC_PER_SEC, n);
}

/* The token's id is not told: to some who issue tokens it is the token. */
static void
revoke_token (BelfryHub *self, const char *jti, gint64 until)
{
  gint64 left = until - belfry_clock_wall (self->clock);
  guint n = 0;

  if (!belfry_blocks_add (self->revoked, jti, until))
    belfry_log_event (BELFRY_LOG_WARNING, &blocks_full,
                      "too many tokens are revoked: the one that ends first is given up");
  if (left > 0)
    n = close_if (self, has_token, jti, BELFRY_CLOSE_BLOCKED, "the token was revoked");
  belfry_hub_journal_administered (BELFRY_MESSAGE_TOKEN_REVOKED, NULL, NULL,
                                   "a token is revoked for %.0f s, %u sessions were closed",
                                   (double) MAX (left, 0) / G_USEC_PER_SEC, n);
}

guint
belfry_hub_take_word (BelfryHub *self, const BelfryBrokerWord *word)
{
  switch (word->kind)
    {
    case BELFRY_BROKER_WORD_BLOCK_USER:
      block_user (self, word->text, word->until);
      return 0;
    case BELFRY_BROKER_WORD_UNBLOCK_USER:
      return unblock_user (self, word->text) ? 1 : 0;
    case BELFRY_BROKER_WORD_REVOKE_TOKEN:
      revoke_token (self, word->text, word->until);
      return 0;
    case BELFRY_BROKER_WORD_CLOSE_USER:
      return close_user (self, word);
    case BELFRY_BROKER_N_WORDS:
    default:
      return 0;
    }
}

/* Done here, and not passed on. What comes from outside closes nobody with a code that a frame may
 * not have. */
void
belfry_hub_hear_word (const BelfryBrokerWord *word, gpointer user_data)
{
  BelfryBrokerWord heard = *word;

  if (heard.code < FIRST_PRIVATE_CODE || heard.code > LAST_PRIVATE_CODE)
    heard.code = BELFRY_CLOSE_BLOCKED;
  if (heard.reason == NULL)
    heard.reason = "closed by the administrator";
  belfry_hub_take_word (user_data, &heard);
}

/* In force here before the others hear of it. */
static guint
say (BelfryHub *self, const BelfryBrokerWord *word)
{
  guint n = belfry_hub_take_word (self, word);

  belfry_broker_tell_all (self->broker, word);
  return n;
}

guint
belfry_hub_close_user (BelfryHub *self, const char *user, guint code, const char *reason)
{
  const BelfryBrokerWord word = {
    .kind = BELFRY_BROKER_WORD_CLOSE_USER, .text = user, .code = code, .reason = reason
  };

  return say (self, &word);
}

void
belfry_hub_block_user (BelfryHub *self, const char *user, gint64 until)
{
  const BelfryBrokerWord word = { .kind = BELFRY_BROKER_WORD_BLOCK_USER,
                                  .text = user,
                                  .until = until };

  say (self, &word);
}

gboolean
belfry_hub_unblock_user (BelfryHub *self, const char *user)
{
  const BelfryBrokerWord word = { .kind = BELFRY_BROKER_WORD_UNBLOCK_USER, .text = user };

  return say (self, &word) > 0;
}

void
belfry_hub_revoke_token (BelfryHub *self, const char *jti, gint64 until)
{
  const BelfryBrokerWord word = { .kind = BELFRY_BROKER_WORD_REVOKE_TOKEN,
                                  .text = jti,
                                  .until = until };

  say (self, &word);
}

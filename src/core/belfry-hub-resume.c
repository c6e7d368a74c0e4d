/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hub"

#include "config.h"

#include "belfry-hub-private.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-hash.h"
#include "belfry-log.h"

/* From one image of the program to the next: what the hub writes down, and how sessions get it
 * back. Each comes with an order of its own, from the shard that it is on now, and finds here what
 * the hub knew of it, by its id. */

/* What each takes at the least when it is written down. */
#define RECORD_SIZE 35
#define TEXT_SIZE 5

/* What a session had. */
typedef struct
{
  guint64 serial;
  gint64 opened;
  guint8 failures;
  guint8 warned;
  BelfryIdentity *identity; /* (owned) (nullable) */
  GPtrArray *trusted;       /* (element-type utf8) (owned): topics that an administrator gave */
} BelfryLeft;

static void
left_free (gpointer data)
{
  BelfryLeft *self = data;

  g_clear_pointer (&self->identity, belfry_identity_unref);
  g_ptr_array_unref (self->trusted);
  g_free (self);
}

/* Writing */

static void
save_list (BelfryStateWriter *writer, const char *const *list)
{
  belfry_state_put_u32 (writer, g_strv_length ((char **) list));
  for (; *list != NULL; list++)
    belfry_state_put_text (writer, *list);
}

static void
save_identity (BelfryStateWriter *writer, const BelfryIdentity *identity)
{
  belfry_state_put_text (writer, belfry_identity_get_subject (identity));
  belfry_state_put_text (writer, belfry_identity_get_token_id (identity));
  belfry_state_put_text (writer, belfry_identity_get_info (identity));
  belfry_state_put_i64 (writer, belfry_identity_get_expiry (identity));
  save_list (writer, belfry_identity_get_roles (identity));
  save_list (writer, belfry_identity_get_claims (identity));
  for (guint action = 0; action < BELFRY_N_TOPIC_ACTIONS; action++)
    save_list (writer, belfry_identity_get_grants (identity, (BelfryTopicAction) action));
}

static void
save_trusted (BelfryStateWriter *writer, const BelfryRecord *record)
{
  gsize at = belfry_state_reserve_u32 (writer);
  guint32 n = 0;

  for (guint i = 0; i < record->n_holdings; i++)
    {
      const BelfryHolding *holding = &belfry_record_get_holdings (record)[i];

      if (!holding->trusted)
        continue;
      belfry_state_put_text (writer, holding->entry->name);
      n++;
    }
  belfry_state_set_u32 (writer, at, n);
}

static void
save_record (BelfryStateWriter *writer, const BelfryRecord *record)
{
  belfry_state_put_text (writer, record->id);
  belfry_state_put_u64 (writer, record->serial);
  belfry_state_put_i64 (writer, record->opened);
  belfry_state_put_u8 (writer, record->failures);
  belfry_state_put_u8 (writer, record->warned);
  belfry_state_put_u8 (writer, record->identity != NULL);
  if (record->identity != NULL)
    save_identity (writer, record->identity);
  save_trusted (writer, record);
}

static void
save_records (BelfryStateWriter *writer, const BelfryHub *self)
{
  gsize at = belfry_state_reserve_u32 (writer);
  guint32 n = 0;

  for (const BelfryRecord *record = self->records; record != NULL; record = record->next)
    {
      if (record->ended || record->closing)
        continue;
      save_record (writer, record);
      n++;
    }
  belfry_state_set_u32 (writer, at, n);
}

/* Reading. What an identity may be is the builder's to judge. */

static void
restore_roles (BelfryStateReader *reader, BelfryIdentityBuilder *builder)
{
  guint32 n = belfry_state_get_count (reader, TEXT_SIZE);

  for (guint32 i = 0; i < n; i++)
    belfry_identity_builder_add_role (builder, belfry_state_get_name (reader));
}

static void
restore_claims (BelfryStateReader *reader, BelfryIdentityBuilder *builder)
{
  guint32 n = belfry_state_get_count (reader, TEXT_SIZE);

  if (n % 2 != 0)
    belfry_state_reader_fail (reader);
  for (guint32 i = 0; i < n / 2; i++)
    {
      const char *name = belfry_state_get_name (reader);

      belfry_identity_builder_add_claim (builder, name, belfry_state_get_name (reader));
    }
}

static void
restore_grants (BelfryStateReader *reader, BelfryIdentityBuilder *builder, guint action)
{
  guint32 n = belfry_state_get_count (reader, TEXT_SIZE);

  for (guint32 i = 0; i < n; i++)
    belfry_identity_builder_add_grant (builder, (BelfryTopicAction) action,
                                       belfry_state_get_name (reader));
}

/* Returns: (transfer full) (nullable): NULL, and the reader fails, if it can be none */
static BelfryIdentity *
restore_identity (BelfryStateReader *reader)
{
  g_autoptr (BelfryIdentityBuilder) builder =
      belfry_identity_builder_new (belfry_state_get_name (reader));
  g_autoptr (GError) error = NULL;

  belfry_identity_builder_set_token_id (builder, belfry_state_get_text (reader));
  belfry_identity_builder_set_info (builder, belfry_state_get_text (reader));
  belfry_identity_builder_set_expiry (builder, belfry_state_get_i64 (reader));
  restore_roles (reader, builder);
  restore_claims (reader, builder);
  for (guint action = 0; action < BELFRY_N_TOPIC_ACTIONS; action++)
    restore_grants (reader, builder, action);

  BelfryIdentity *identity = belfry_identity_builder_end (builder, &error);

  if (identity == NULL)
    belfry_state_reader_fail (reader);
  return identity;
}

static void
restore_record (BelfryHub *self, BelfryStateReader *reader)
{
  BelfryLeft *left = g_new0 (BelfryLeft, 1);
  const char *id = belfry_state_get_name (reader);

  left->serial = belfry_state_get_u64 (reader);
  left->opened = belfry_state_get_i64 (reader);
  left->failures = belfry_state_get_u8 (reader);
  left->warned = belfry_state_get_u8 (reader);
  if (belfry_state_get_u8 (reader) != 0)
    left->identity = restore_identity (reader);
  left->trusted = g_ptr_array_new_with_free_func (g_free);
  guint32 n = belfry_state_get_count (reader, TEXT_SIZE);
  for (guint32 i = 0; i < n; i++)
    g_ptr_array_add (left->trusted, g_strdup (belfry_state_get_name (reader)));
  if (left->serial > self->last_serial || strlen (id) != BELFRY_SESSION_ID_LENGTH)
    belfry_state_reader_fail (reader);
  g_hash_table_replace (self->left, g_strdup (id), left);
}

static void
restore_records (BelfryHub *self, BelfryStateReader *reader)
{
  self->last_serial = belfry_state_get_u64 (reader);
  guint32 n = belfry_state_get_count (reader, RECORD_SIZE);
  for (guint32 i = 0; i < n && belfry_state_reader_is_good (reader); i++)
    restore_record (self, reader);
}

/* A broker of another kind counts by itself. Its state cannot be skipped, so it comes last. */
static void
restore_broker (BelfryHub *self, BelfryStateReader *reader)
{
  const char *name = belfry_state_get_name (reader);
  gboolean has_state = belfry_state_get_u8 (reader) != 0;

  if (!has_state || !belfry_state_reader_is_good (reader) ||
      strcmp (name, belfry_broker_get_name (self->broker)) != 0 ||
      !belfry_broker_has_state (self->broker))
    return;
  self->continues = belfry_broker_restore (self->broker, reader);
  if (!self->continues || !belfry_state_reader_is_at_end (reader))
    belfry_state_reader_fail (reader);
}

/* Operations of sessions and of callers, but not those of the topics themselves. */
static GPtrArray *
find_waiting (BelfryHub *self)
{
  GPtrArray *waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_operation_unref);

  for (BelfryOperation *each = self->operations; each != NULL; each = each->next)
    {
      if (each->record != NULL || each->task != NULL)
        g_ptr_array_add (waiting, belfry_operation_ref (each));
    }
  return waiting;
}

static void
end_waiting (BelfryHub *self)
{
  g_autoptr (GPtrArray) waiting = find_waiting (self);

  for (guint i = 0; i < waiting->len; i++)
    {
      BelfryOperation *operation = g_ptr_array_index (waiting, i);
      GError *error;

      if (operation->hub == NULL)
        continue;
      error = g_error_new (BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "the service is restarting");
      if (operation->wishes != NULL)
        belfry_operation_end (operation, error);
      else
        belfry_operation_give_up (operation, error);
    }
}

static BelfryLeft *
find_left (BelfryHub *self, const BelfryRecord *record)
{
  return self->left != NULL ? g_hash_table_lookup (self->left, record->id) : NULL;
}

/* One that is not known has nothing that it could go on with. */
void
belfry_hub_resume (BelfryHub *self, BelfryRecord *record, BelfryOrder *order)
{
  const BelfryLeft *left = find_left (self, record);

  if (left == NULL)
    {
      belfry_hub_close (self, record, BELFRY_CLOSE_TRY_LATER, "try again later");
      return;
    }
  belfry_hub_move_record (self, record, left->serial);
  record->opened = left->opened;
  record->failures = left->failures;
  if (left->identity != NULL && !belfry_hub_let_in_again (self, record, left->identity))
    return;
  record->warned = left->warned != 0;
  belfry_hub_subscribe_again (self, record, order);
}

gboolean
belfry_hub_was_trusted (BelfryHub *self, const BelfryRecord *record, const char *topic)
{
  const BelfryLeft *left = find_left (self, record);

  return left != NULL && g_ptr_array_find_with_equal_func (left->trusted, topic, g_str_equal, NULL);
}

gboolean
belfry_hub_is_idle (BelfryHub *self)
{
  BelfryMailboxStats stats;

  belfry_mailbox_get_stats (self->orders, &stats);
  return stats.queued == 0 && self->operations == NULL;
}

void
belfry_hub_set_resting (BelfryHub *self, gboolean resting)
{
  self->resting = resting;
  if (!resting)
    return;
  end_waiting (self);
  for (guint i = 0; i < self->shards->len; i++)
    {
      BelfryShard *shard = g_ptr_array_index (self->shards, i);

      if (!shard->removed)
        belfry_hub_tell_losses (shard);
    }
}

void
belfry_hub_save (BelfryHub *self, BelfryStateWriter *writer)
{
  gboolean has_state = belfry_broker_has_state (self->broker);

  belfry_blocks_save (self->blocked, writer);
  belfry_blocks_save (self->revoked, writer);
  belfry_state_put_u64 (writer, self->last_serial);
  save_records (writer, self);
  belfry_state_put_text (writer, belfry_broker_get_name (self->broker));
  belfry_state_put_u8 (writer, has_state ? TRUE : FALSE);
  if (has_state)
    belfry_broker_save (self->broker, writer);
}

gboolean
belfry_hub_restore (BelfryHub *self, BelfryStateReader *reader)
{
  g_return_val_if_fail (self->records == NULL && self->left == NULL, FALSE);

  self->left = g_hash_table_new_full (belfry_hash_text, g_str_equal, g_free, left_free);
  belfry_blocks_restore (self->blocked, reader);
  belfry_blocks_restore (self->revoked, reader);
  restore_records (self, reader);
  restore_broker (self, reader);
  if (belfry_state_reader_is_good (reader))
    return TRUE;
  g_clear_pointer (&self->left, g_hash_table_unref);
  return FALSE;
}

void
belfry_hub_end_resuming (BelfryHub *self)
{
  if (self->left == NULL)
    return;
  belfry_log_debug ("%u of %u sessions go on", self->n_sessions, g_hash_table_size (self->left));
  g_clear_pointer (&self->left, g_hash_table_unref);
  belfry_broker_settle (self->broker);
  belfry_hub_review (self);
}

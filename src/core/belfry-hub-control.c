/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hub"

#include "config.h"

#include "belfry-hub-control.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-hub-private.h"
#include "belfry-json-scan.h"

/* What who controls the service sees and does. A watch wants its topic like a session that is about
 * to subscribe, so the broker delivers it, but is in no shard's table: it is looked for here. */

struct _BelfryHubWatch
{
  BelfryEntry *entry;              /* (unowned): wanted */
  BelfryOperation *operation;      /* (owned) (nullable): until the broker has confirmed */
  const BelfryHubWatcher *watcher; /* (unowned) */
  gpointer user_data;              /* (unowned) */
  guint64 cookie;
  gboolean is_ready;
};

static void
watch_free (gpointer data)
{
  BelfryHubWatch *self = data;

  g_clear_pointer (&self->operation, belfry_operation_unref);
  g_free (self);
}

static gboolean
check_json (BelfryHub *self, GBytes *json, GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (json, &length);
  const BelfryJsonLimits limits = { MAX (length, 1), BELFRY_PAYLOAD_MAX_DEPTH };
  BelfryJsonScan scan;

  if (length > self->limits.max_payload)
    g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_TOO_LARGE,
                 "a message has at most %" G_GSIZE_FORMAT " bytes", self->limits.max_payload);
  else if (!belfry_json_scan (text != NULL ? text : "", length, &limits, &scan))
    belfry_json_set_error (error, &scan);
  else
    return TRUE;
  return FALSE;
}

static BelfryMessage *
message_for_session (BelfryHub *self, GBytes *json)
{
  const BelfryMessageParams params = {
    .topic = BELFRY_SESSION_TOPIC,
    .payload = json,
    .kind = BELFRY_MESSAGE_DATA,
    .arrived = belfry_clock_now (self->clock),
    .published = belfry_clock_wall (self->clock),
  };

  return belfry_message_new (&params);
}

static gboolean
is_for (const BelfryHubWatch *watch, const BelfryMessage *message)
{
  const BelfryEntry *entry = watch->entry;

  if (!watch->is_ready)
    return FALSE;
  if (entry->is_pattern)
    return belfry_topic_match (entry->name, message->topic);
  return entry->key.hash == message->topic_hash && strcmp (entry->name, message->topic) == 0;
}

static void
on_confirmed (BelfryOperation *operation, guint index, const GError *error)
{
  g_autoptr (BelfryOperation) self = belfry_operation_ref (operation);
  g_autoptr (GError) told =
      error != NULL ? belfry_hub_error_for_clients (g_error_copy (error)) : NULL;
  const GPtrArray *watches = self->hub->watches;

  for (guint i = 0; i < watches->len; i++)
    {
      BelfryHubWatch *watch = watches->pdata[i];

      if (watch->cookie != self->cookie)
        continue;
      g_clear_pointer (&watch->operation, belfry_operation_unref);
      watch->is_ready = error == NULL;
      belfry_operation_end (self, NULL);
      watch->watcher->ready (told, watch->user_data);
      return;
    }
}

static const BelfryOperationClass watch_class = { 0 };

static void
begin_watch (BelfryHub *self, BelfryHubWatch *watch)
{
  BelfryOperation *operation = belfry_operation_new (self, &watch_class, NULL);

  watch->cookie = operation->cookie = ++self->last_cookie;
  watch->operation = belfry_operation_ref (operation);
  belfry_hub_confirm (self, watch->entry, operation, 0, on_confirmed);
}

void
belfry_hub_show_watchers (BelfryHub *self, BelfryMessage *message)
{
  for (guint i = 0; self->watches != NULL && i < self->watches->len; i++)
    {
      const BelfryHubWatch *watch = self->watches->pdata[i];

      if (is_for (watch, message))
        watch->watcher->message (message, watch->user_data);
    }
}

void
belfry_hub_warn_watchers (BelfryHub *self, const char *topic, const char *reason)
{
  for (guint i = 0; self->watches != NULL && i < self->watches->len; i++)
    {
      const BelfryHubWatch *watch = self->watches->pdata[i];

      if (watch->is_ready && (topic == NULL || belfry_topic_match (watch->entry->name, topic)))
        watch->watcher->gap (reason, watch->user_data);
    }
}

void
belfry_hub_tell_opened (BelfryHub *self, const BelfryRecord *record)
{
  if (self->observer != NULL)
    self->observer->opened (record->id, record->text, record->dialect, self->observer_data);
}

void
belfry_hub_tell_authenticated (BelfryHub *self, const BelfryRecord *record)
{
  if (self->observer != NULL)
    self->observer->authenticated (record->id, belfry_identity_get_subject (record->identity),
                                   self->observer_data);
}

void
belfry_hub_tell_closed (BelfryHub *self, const BelfryRecord *record, guint code, const char *reason)
{
  const char *user =
      record->identity != NULL ? belfry_identity_get_subject (record->identity) : NULL;

  if (self->observer != NULL)
    self->observer->closed (record->id, user, code, reason, self->observer_data);
}

void
belfry_hub_set_observer (BelfryHub *self, const BelfryHubObserver *observer, gpointer user_data)
{
  self->observer = observer;
  self->observer_data = user_data;
}

GPtrArray *
belfry_hub_page_sessions (BelfryHub *self,
                          const BelfrySessionFilter *filter,
                          guint64 *cursor,
                          guint limit,
                          gboolean *more)
{
  GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_session_info_free);
  BelfryRecord *record = belfry_hub_find_after (self, *cursor);
  guint n = 0;

  for (; record != NULL && infos->len < limit && n < BELFRY_HUB_MAX_SCAN; record = record->next)
    {
      n++;
      *cursor = record->serial;
      if (!record->ended && belfry_record_passes (self, record, filter))
        g_ptr_array_add (infos, belfry_record_get_info (record, FALSE));
    }
  *more = record != NULL;
  return infos;
}

gboolean
belfry_hub_send_session (BelfryHub *self, const char *id, GBytes *json, GError **error)
{
  BelfryRecord *record = belfry_hub_find_record (self, id);

  if (record == NULL)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_FOUND, "there is no session “%s”", id);
      return FALSE;
    }
  if (!check_json (self, json, error))
    return FALSE;

  g_autoptr (BelfryMessage) message = message_for_session (self, json);

  if (!belfry_shard_has_room (record->shard, message, self->limits.max_backlog))
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "too much is on its way");
      return FALSE;
    }
  belfry_shard_post_message_to (record->shard, record->session, message);
  return TRUE;
}

BelfryTopicInfo *
belfry_hub_get_topic (BelfryHub *self, const char *topic, GError **error)
{
  BelfryTopicKind kind = belfry_topic_classify (topic, strlen (topic), error);

  if (kind == BELFRY_TOPIC_INVALID || kind == BELFRY_TOPIC_RESERVED)
    return NULL;

  const BelfryTopicKey key = belfry_topic_key (topic);
  const BelfryEntry *entry = belfry_directory_lookup (self->directory, &key);
  BelfryTopicInfo *info = g_new0 (BelfryTopicInfo, 1);

  info->topic = g_strdup (topic);
  info->subscribers = entry != NULL ? entry->n_subscribers : 0;
  belfry_hub_get_traits (self, topic, &info->traits);
  return info;
}

guint
belfry_hub_count_subscribers (BelfryHub *self, const char *topic)
{
  return belfry_directory_count_subscribers (self->directory, topic);
}

BelfryHubWatch *
belfry_hub_watch (BelfryHub *self,
                  const char *topic,
                  const BelfryHubWatcher *watcher,
                  gpointer user_data,
                  GError **error)
{
  BelfryTopicKind kind = belfry_topic_classify (topic, strlen (topic), error);

  if (kind == BELFRY_TOPIC_INVALID || kind == BELFRY_TOPIC_RESERVED)
    return NULL;

  BelfryHubWatch *watch = g_new0 (BelfryHubWatch, 1);

  watch->watcher = watcher;
  watch->user_data = user_data;
  watch->entry = belfry_hub_want (self, topic, kind == BELFRY_TOPIC_PATTERN);
  if (self->watches == NULL)
    self->watches = g_ptr_array_new_with_free_func (watch_free);
  g_ptr_array_add (self->watches, watch);
  begin_watch (self, watch);
  return watch;
}

void
belfry_hub_unwatch (BelfryHub *self, BelfryHubWatch *watch)
{
  BelfryEntry *entry = watch->entry;
  g_autoptr (BelfryOperation) operation = g_steal_pointer (&watch->operation);

  if (operation != NULL && operation->hub != NULL)
    belfry_operation_abandon (operation);
  g_ptr_array_remove (self->watches, watch);
  belfry_hub_unwant (self, entry);
}

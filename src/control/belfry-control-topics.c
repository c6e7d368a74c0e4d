/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-control"

#include "config.h"

#include "belfry-control-private.h"

#include <string.h>

#include "belfry-control-error.h"
#include "belfry-error.h"
#include "belfry-topic.h"

/* org.belfry.Topics1. */

/* A page of history has no more, but for one message that is larger: the bus takes 128 MiB, and the
 * service has better to do than to copy that. */
#define MAX_HISTORY_BYTES (4 * 1024 * 1024)

/* What a message takes besides its payload. */
#define MESSAGE_OVERHEAD 128

/* As the HTTP API has it; a key is kept for minutes. */
#define MAX_KEY 128

static const char *const slow_words[] = {
  [BELFRY_CONFIG_SLOW_DISCONNECT] = "disconnect",
  [BELFRY_CONFIG_SLOW_DROP_OLDEST] = "drop-oldest",
  [BELFRY_CONFIG_SLOW_DROP_NEWEST] = "drop-newest",
  [BELFRY_CONFIG_SLOW_CONFLATE] = "conflate",
};
G_STATIC_ASSERT (G_N_ELEMENTS (slow_words) == BELFRY_CONFIG_N_SLOW);

/* A history that is read in two steps, since an offset alone is no position. */
typedef struct
{
  GDBusMethodInvocation *invocation; /* (owned) */
  char *topic;                       /* (owned) */
  guint64 after;
  guint limit;
} Reading;

static GVariant *
describe_topic (const BelfryTopicInfo *info)
{
  GVariantBuilder dict;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "topic", belfry_control_text (info->topic));
  g_variant_builder_add (&dict, "{sv}", "subscribers", g_variant_new_uint32 (info->subscribers));
  g_variant_builder_add (&dict, "{sv}", "history_size",
                         g_variant_new_uint32 (info->traits.history_size));
  g_variant_builder_add (&dict, "{sv}", "history_ttl",
                         g_variant_new_uint64 (
                             (guint64) (info->traits.history_ttl / G_USEC_PER_SEC)));
  g_variant_builder_add (&dict, "{sv}", "presence", g_variant_new_boolean (info->traits.presence));
  g_variant_builder_add (&dict, "{sv}", "slow_consumer",
                         g_variant_new_string (slow_words[info->traits.slow_consumer]));
  return g_variant_builder_end (&dict);
}

static gboolean
check_pattern (const char *text, GError **error)
{
  BelfryTopicKind kind;

  if (*text == '\0')
    return TRUE;
  kind = belfry_topic_classify (text, strlen (text), error);
  return kind == BELFRY_TOPIC_NAME || kind == BELFRY_TOPIC_PATTERN;
}

static void
handle_list (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  GError *error = NULL;
  const char *pattern;
  const char *cursor;
  guint limit;

  g_variant_get (arguments, "(&s&su)", &pattern, &cursor, &limit);
  if (!check_pattern (pattern, &error))
    {
      belfry_control_fail (invocation, error);
      return;
    }

  guint size = belfry_control_page_size (limit);
  g_autofree char *next = NULL;
  g_autoptr (GPtrArray) infos =
      belfry_hub_list_topics (self->hub, *pattern != '\0' ? pattern : NULL,
                              *cursor != '\0' ? cursor : NULL, size, &next);
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < infos->len; i++)
    g_variant_builder_add_value (&list, describe_topic (infos->pdata[i]));
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(aa{sv}s)", &list,
                                                                    next != NULL ? next : ""));
}

static void
handle_get (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  GError *error = NULL;
  const char *topic;

  g_variant_get (arguments, "(&s)", &topic);
  BelfryTopicInfo *info = belfry_hub_get_topic (self->hub, topic, &error);
  if (info != NULL)
    g_dbus_method_invocation_return_value (invocation,
                                           g_variant_new ("(@a{sv})", describe_topic (info)));
  else
    belfry_control_fail (invocation, error);
  g_clear_pointer (&info, belfry_topic_info_free);
}

static void
add_position (GVariantBuilder *dict, const BelfryPosition *position)
{
  char epoch[BELFRY_EPOCH_LENGTH + 1];

  if (!belfry_position_is_set (position))
    return;
  belfry_epoch_format (position->epoch, epoch);
  g_variant_builder_add (dict, "{sv}", "offset", g_variant_new_uint64 (position->offset));
  g_variant_builder_add (dict, "{sv}", "epoch", g_variant_new_string (epoch));
}

static void
on_published (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BelfryHub *hub = BELFRY_HUB (source);
  GDBusMethodInvocation *invocation = user_data;
  BelfryPosition position = { 0 };
  GError *error = NULL;
  GVariantBuilder receipt;
  const char *topic;

  if (!belfry_hub_publish_finish (hub, result, &position, &error))
    {
      belfry_control_fail (invocation, error);
      return;
    }
  g_variant_get_child (g_dbus_method_invocation_get_parameters (invocation), 0, "&s", &topic);
  g_variant_builder_init (&receipt, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&receipt, "{sv}", "subscribers",
                         g_variant_new_uint32 (belfry_hub_count_subscribers (hub, topic)));
  add_position (&receipt, &position);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a{sv})", &receipt));
}

static gboolean
read_option (const char *key, GVariant *value, const char **idempotency_key, GError **error)
{
  if (strcmp (key, "idempotency_key") != 0)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT,
                   "there is no option “%s”: expected idempotency_key", key);
      return FALSE;
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    *idempotency_key = g_variant_get_string (value, NULL);
  if (*idempotency_key != NULL && **idempotency_key != '\0' && strlen (*idempotency_key) <= MAX_KEY)
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT,
               "the option “idempotency_key” is a string of 1 to %d bytes", MAX_KEY);
  return FALSE;
}

/* The text is the dictionary's. */
static gboolean
read_options (GVariant *dict, const char **idempotency_key, GError **error)
{
  gsize n = g_variant_n_children (dict);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (dict, i);
      g_autoptr (GVariant) value = NULL;
      const char *key;

      g_variant_get (entry, "{&sv}", &key, &value);
      if (!read_option (key, value, idempotency_key, error))
        return FALSE;
    }
  return TRUE;
}

/* Copied: the message may be kept, and must not keep the call. */
static void
publish (BelfryControl *self,
         GDBusMethodInvocation *invocation,
         const char *bytes,
         gsize length,
         GVariant *options)
{
  g_autoptr (GBytes) payload = g_bytes_new (bytes, length);
  BelfryHubPublication publication = { .payload = payload };
  GError *error = NULL;

  g_variant_get_child (g_dbus_method_invocation_get_parameters (invocation), 0, "&s",
                       &publication.topic);
  if (read_options (options, &publication.idempotency_key, &error))
    belfry_hub_publish_async (self->hub, NULL, &publication, NULL, on_published, invocation);
  else
    belfry_control_fail (invocation, error);
}

static void
handle_publish (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  g_autoptr (GVariant) options = NULL;
  const char *text;

  g_variant_get (arguments, "(&s&s@a{sv})", NULL, &text, &options);
  publish (self, invocation, text, strlen (text), options);
}

static void
handle_publish_bytes (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GVariant) bytes = NULL;
  gsize length;

  g_variant_get (arguments, "(&s@ay@a{sv})", NULL, &bytes, &options);
  const char *data = g_variant_get_fixed_array (bytes, &length, 1);
  publish (self, invocation, data, length, options);
}

static void
reading_free (Reading *self)
{
  g_free (self->topic);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reading, reading_free)

static GVariant *
describe_message (const BelfryMessage *message)
{
  GVariantBuilder dict;
  gsize length;
  const char *bytes = g_bytes_get_data (message->payload, &length);

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "offset", g_variant_new_uint64 (message->position.offset));
  g_variant_builder_add (&dict, "{sv}", "published",
                         g_variant_new_uint64 ((guint64) message->published));
  if (message->payload_kind != BELFRY_PAYLOAD_BYTES && g_utf8_validate_len (bytes, length, NULL))
    g_variant_builder_add (&dict, "{sv}", "payload",
                           g_variant_new_take_string (g_strndup (bytes, length)));
  else
    g_variant_builder_add (&dict, "{sv}", "payload_bytes",
                           g_variant_new_from_bytes (G_VARIANT_TYPE ("ay"), message->payload,
                                                     TRUE));
  return g_variant_builder_end (&dict);
}

/* How many messages fit, of those from @first on by @step; one always does. */
static guint
count_fitting (const GPtrArray *messages, guint first, int step)
{
  gsize bytes = 0;
  guint n = 0;

  for (; n < messages->len; n++)
    {
      const BelfryMessage *message = messages->pdata[(int) first + (int) n * step];

      bytes += g_bytes_get_size (message->payload) + MESSAGE_OVERHEAD;
      if (bytes > MAX_HISTORY_BYTES && n > 0)
        break;
    }
  return n;
}

/* Of what does not fit, the far end is left out: the newest if somebody reads on, else the oldest.
 */
static void
answer_history (GDBusMethodInvocation *invocation, const BelfryHistoryPage *page, gboolean newest)
{
  guint len = page->messages->len;
  guint n = count_fitting (page->messages, newest && len > 0 ? len - 1 : 0, newest ? -1 : 1);
  guint first = newest ? len - n : 0;
  GVariantBuilder messages;
  GVariantBuilder position;

  g_variant_builder_init (&messages, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = first; i < first + n; i++)
    g_variant_builder_add_value (&messages, describe_message (page->messages->pdata[i]));
  g_variant_builder_init (&position, G_VARIANT_TYPE_VARDICT);
  add_position (&position, &page->position);
  g_variant_builder_add (&position, "{sv}", "complete",
                         g_variant_new_boolean (page->complete && n == len));
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(aa{sv}a{sv})", &messages, &position));
}

static void
finish_history (GObject *source,
                GAsyncResult *result,
                GDBusMethodInvocation *invocation,
                gboolean newest)
{
  GError *error = NULL;
  g_autoptr (BelfryHistoryPage) page =
      belfry_hub_history_finish (BELFRY_HUB (source), result, &error);

  if (page != NULL)
    answer_history (invocation, page, newest);
  else
    belfry_control_fail (invocation, error);
}

static void
on_newest_history (GObject *source, GAsyncResult *result, gpointer user_data)
{
  finish_history (source, result, user_data, TRUE);
}

static void
on_history (GObject *source, GAsyncResult *result, gpointer user_data)
{
  finish_history (source, result, user_data, FALSE);
}

/* The newest message says of which counting the offset is. */
static void
on_newest (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Reading) reading = user_data;
  BelfryHub *hub = BELFRY_HUB (source);
  GError *error = NULL;
  g_autoptr (BelfryHistoryPage) page = belfry_hub_history_finish (hub, result, &error);

  if (page == NULL)
    belfry_control_fail (reading->invocation, error);
  else if (!belfry_position_is_set (&page->position))
    answer_history (reading->invocation, page, FALSE);
  else
    {
      const BelfryPosition after = { page->position.epoch, reading->after };

      belfry_hub_history_async (hub, NULL, reading->topic, &after, reading->limit, NULL, on_history,
                                reading->invocation);
    }
}

static void
handle_history (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  const char *topic;
  guint64 after;
  guint limit;

  g_variant_get (arguments, "(&stu)", &topic, &after, &limit);
  limit = belfry_control_page_size (limit);
  if (after == 0)
    {
      belfry_hub_history_async (self->hub, NULL, topic, NULL, limit, NULL, on_newest_history,
                                invocation);
      return;
    }

  Reading *reading = g_new0 (Reading, 1);

  reading->invocation = invocation;
  reading->topic = g_strdup (topic);
  reading->after = after;
  reading->limit = limit;
  belfry_hub_history_async (self->hub, NULL, topic, NULL, 1, NULL, on_newest, reading);
}

static void
add_present (GVariantBuilder *list, const BelfryPresenceEntry *entry)
{
  g_variant_builder_open (list, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (list, "{sv}", "user", belfry_control_text (entry->user));
  g_variant_builder_add (list, "{sv}", "sessions", g_variant_new_uint32 (entry->sessions));
  if (entry->info != NULL)
    g_variant_builder_add (list, "{sv}", "info", belfry_control_text (entry->info));
  g_variant_builder_close (list);
}

static void
on_presence (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) entries = belfry_hub_presence_finish (BELFRY_HUB (source), result, &error);
  GVariantBuilder list;

  if (entries == NULL)
    {
      belfry_control_fail (invocation, error);
      return;
    }
  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < entries->len; i++)
    add_present (&list, entries->pdata[i]);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(aa{sv})", &list));
}

static void
handle_presence (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  const char *topic;

  g_variant_get (arguments, "(&s)", &topic);
  belfry_hub_presence_async (self->hub, NULL, topic, NULL, on_presence, invocation);
}

static void
handle_watch (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  const char *topic;

  g_variant_get (arguments, "(&s)", &topic);
  belfry_callers_watch (self->callers, g_dbus_method_invocation_get_sender (invocation), topic,
                        invocation);
}

static void
handle_unwatch (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  GError *error = NULL;
  const char *topic;

  g_variant_get (arguments, "(&s)", &topic);
  if (belfry_callers_unwatch (self->callers, g_dbus_method_invocation_get_sender (invocation),
                              topic, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    belfry_control_fail (invocation, error);
}

const BelfryControlMethod belfry_control_topics_methods[] = {
  { "List", BELFRY_RIGHT_INSPECT, NULL, handle_list },
  { "Get", BELFRY_RIGHT_INSPECT, "topic", handle_get },
  { "Publish", BELFRY_RIGHT_PUBLISH, "topic", handle_publish },
  { "PublishBytes", BELFRY_RIGHT_PUBLISH, "topic", handle_publish_bytes },
  { "History", BELFRY_RIGHT_INSPECT, "topic", handle_history },
  { "Presence", BELFRY_RIGHT_INSPECT, "topic", handle_presence },
  { "Watch", BELFRY_RIGHT_INSPECT, "topic", handle_watch },
  { "Unwatch", BELFRY_RIGHT_INSPECT, "topic", handle_unwatch },
  { NULL },
};

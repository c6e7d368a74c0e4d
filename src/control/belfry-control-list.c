/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-control"

#include "config.h"

#include "belfry-control-list.h"

#include <string.h>

#include "belfry-control-error.h"
#include "belfry-error.h"

/* A page of sessions. What waits for a session is known to its shard alone; who wants to know that
 * gets a page whose sessions are asked, each by a question of its own. */

/* Sessions of a page that are asked one by one. */
#define MAX_ASKED 100

/* What a caller wants. */
typedef struct
{
  BelfrySessionFilter filter;
  guint64 min_queued;
  gboolean has_queued;
} Wanted;

/* A page whose sessions are being asked. */
typedef struct
{
  GDBusMethodInvocation *invocation; /* (owned) */
  GPtrArray *infos;                  /* (element-type BelfrySessionInfo) (owned): in order */
  char *next;                        /* (owned) */
  guint64 min_queued;
  guint n_pending;
} Page;

typedef struct
{
  Page *page; /* (unowned): there until all have answered */
  guint index;
} Asked;

static gboolean
read_text (GVariant *value, const char **text)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return FALSE;
  *text = g_variant_get_string (value, NULL);
  return TRUE;
}

static gboolean
read_state (GVariant *value, Wanted *wanted)
{
  const char *state;

  if (!read_text (value, &state))
    return FALSE;
  if (strcmp (state, "authenticated") == 0)
    wanted->filter.authenticated = 1;
  else if (strcmp (state, "anonymous") == 0)
    wanted->filter.authenticated = 0;
  else
    return FALSE;
  return TRUE;
}

static gboolean
read_queued (GVariant *value, Wanted *wanted)
{
  wanted->has_queued = g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64);
  if (wanted->has_queued)
    wanted->min_queued = g_variant_get_uint64 (value);
  return wanted->has_queued;
}

static gboolean
read_user (GVariant *value, Wanted *wanted)
{
  return read_text (value, &wanted->filter.user);
}

static gboolean
read_address (GVariant *value, Wanted *wanted)
{
  return read_text (value, &wanted->filter.peer);
}

static gboolean
read_topic (GVariant *value, Wanted *wanted)
{
  return read_text (value, &wanted->filter.topic);
}

static gboolean
read_dialect (GVariant *value, Wanted *wanted)
{
  return read_text (value, &wanted->filter.dialect);
}

static const struct
{
  const char *key;     /* (unowned) */
  const char *expects; /* (unowned) */
  gboolean (*read) (GVariant *value, Wanted *wanted);
} keys[] = {
  { "user", "a string", read_user },
  { "address", "a string", read_address },
  { "topic", "a string", read_topic },
  { "dialect", "a string", read_dialect },
  { "state", "“authenticated” or “anonymous”", read_state },
  { "queued", "an unsigned 64-bit number (t)", read_queued },
};

static gboolean
read_key (const char *key, GVariant *value, Wanted *wanted, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      if (strcmp (keys[i].key, key) != 0)
        continue;
      if (keys[i].read (value, wanted))
        return TRUE;
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT, "the filter “%s” is %s", key,
                   keys[i].expects);
      return FALSE;
    }
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT,
               "there is no filter “%s”: expected user, address, topic, dialect, state or queued",
               key);
  return FALSE;
}

/* The texts are the dictionary's. */
static gboolean
read_filter (GVariant *dict, Wanted *wanted, GError **error)
{
  gsize n = g_variant_n_children (dict);

  wanted->filter.authenticated = -1;
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (dict, i);
      g_autoptr (GVariant) value = NULL;
      const char *key;

      g_variant_get (entry, "{&sv}", &key, &value);
      if (!read_key (key, value, wanted, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_cursor (const char *text, guint64 *cursor, GError **error)
{
  *cursor = 0;
  if (*text == '\0' || g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT64, cursor, NULL))
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT,
               "the cursor is none that a page ended with");
  return FALSE;
}

static char *
write_cursor (guint64 cursor, gboolean more)
{
  return more ? g_strdup_printf ("%" G_GUINT64_FORMAT, cursor) : g_strdup ("");
}

static void
answer (GDBusMethodInvocation *invocation, GVariantBuilder *list, const char *next)
{
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(aa{sv}s)", list, next));
}

static void
answer_plain (GDBusMethodInvocation *invocation, const GPtrArray *infos, const char *next)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < infos->len; i++)
    g_variant_builder_add_value (&list, belfry_control_describe_session (infos->pdata[i], FALSE));
  answer (invocation, &list, next);
}

static GVariant *
describe_asked (const BelfrySessionInfo *info)
{
  GVariantDict dict;
  g_autoptr (GVariant) plain = g_variant_ref_sink (belfry_control_describe_session (info, FALSE));

  g_variant_dict_init (&dict, plain);
  g_variant_dict_insert (&dict, "queued", "t", info->queued);
  return g_variant_dict_end (&dict);
}

static void
page_finish (Page *self)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->infos->len; i++)
    {
      const BelfrySessionInfo *info = self->infos->pdata[i];

      if (info != NULL && info->queued >= self->min_queued)
        g_variant_builder_add_value (&list, describe_asked (info));
    }
  answer (self->invocation, &list, self->next);
  g_ptr_array_unref (self->infos);
  g_free (self->next);
  g_free (self);
}

/* One that has gone meanwhile is left out. */
static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Asked *asked = user_data;
  Page *page = asked->page;
  BelfrySessionInfo *info = belfry_hub_get_session_finish (BELFRY_HUB (source), result, NULL);

  g_clear_pointer (&page->infos->pdata[asked->index], belfry_session_info_free);
  page->infos->pdata[asked->index] = info;
  if (--page->n_pending == 0)
    page_finish (page);
}

static void
free_info (gpointer info)
{
  g_clear_pointer (&info, belfry_session_info_free);
}

/* @infos: (transfer full) */
static void
answer_asked (BelfryHub *hub,
              GDBusMethodInvocation *invocation,
              GPtrArray *infos,
              const char *next,
              guint64 min_queued)
{
  Page *page = g_new0 (Page, 1);

  g_ptr_array_set_free_func (infos, free_info);
  page->invocation = invocation;
  page->infos = infos;
  page->next = g_strdup (next);
  page->min_queued = min_queued;
  page->n_pending = infos->len + 1;
  for (guint i = 0; i < infos->len; i++)
    {
      const BelfrySessionInfo *info = infos->pdata[i];
      Asked *asked = g_new (Asked, 1);

      *asked = (Asked){ page, i };
      belfry_hub_get_session_async (hub, info->id, NULL, on_asked, asked);
    }
  if (--page->n_pending == 0)
    page_finish (page);
}

static void
list (BelfryControl *self,
      GDBusMethodInvocation *invocation,
      const Wanted *wanted,
      guint64 cursor,
      guint limit)
{
  guint size = belfry_control_page_size (limit);
  gboolean more;
  g_autoptr (GPtrArray) infos =
      belfry_hub_page_sessions (self->hub, &wanted->filter, &cursor,
                                wanted->has_queued ? MIN (size, MAX_ASKED) : size, &more);
  g_autofree char *next = write_cursor (cursor, more);

  if (wanted->has_queued)
    answer_asked (self->hub, invocation, g_steal_pointer (&infos), next, wanted->min_queued);
  else
    answer_plain (invocation, infos, next);
}

GVariant *
belfry_control_describe_session (const BelfrySessionInfo *info, gboolean whole)
{
  GVariantBuilder dict;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "id", belfry_control_text (info->id));
  if (info->user != NULL)
    g_variant_builder_add (&dict, "{sv}", "user", belfry_control_text (info->user));
  g_variant_builder_add (&dict, "{sv}", "address", belfry_control_text (info->peer));
  g_variant_builder_add (&dict, "{sv}", "endpoint", belfry_control_text (info->endpoint));
  g_variant_builder_add (&dict, "{sv}", "dialect", belfry_control_text (info->dialect));
  g_variant_builder_add (&dict, "{sv}", "state",
                         g_variant_new_string (info->user != NULL ? "authenticated" : "anonymous"));
  g_variant_builder_add (&dict, "{sv}", "opened", g_variant_new_uint64 ((guint64) info->opened));
  g_variant_builder_add (&dict, "{sv}", "subscriptions", g_variant_new_uint32 (info->n_topics));
  if (whole)
    {
      g_variant_builder_add (&dict, "{sv}", "topics",
                             g_variant_new_strv ((const char *const *) info->topics, -1));
      g_variant_builder_add (&dict, "{sv}", "queued", g_variant_new_uint64 (info->queued));
    }
  return g_variant_builder_end (&dict);
}

void
belfry_control_list_sessions (BelfryControl *self,
                              GDBusMethodInvocation *invocation,
                              GVariant *arguments)
{
  g_autoptr (GVariant) filter = NULL;
  GError *error = NULL;
  Wanted wanted = { 0 };
  guint64 cursor;
  const char *text;
  guint limit;

  g_variant_get (arguments, "(@a{sv}&su)", &filter, &text, &limit);
  if (read_filter (filter, &wanted, &error) && read_cursor (text, &cursor, &error))
    list (self, invocation, &wanted, cursor, limit);
  else
    belfry_control_fail (invocation, error);
}

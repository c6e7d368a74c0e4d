/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "belfry-ctl-call.h"
#include "belfry-ctl-print.h"

/* topics, topic: what is subscribed to, and how a topic stands. */

/* What of its history is shown of a topic, if nothing else is asked for. */
#define DEFAULT_HISTORY 10

static const BelfryCtlColumn columns[] = {
  { "topic", N_ ("TOPIC"), BELFRY_CTL_PLAIN },
  { "subscribers", N_ ("SUBSCRIBERS"), BELFRY_CTL_PLAIN },
  { "history_size", N_ ("KEEPS"), BELFRY_CTL_PLAIN },
  { "history_ttl", N_ ("FOR"), BELFRY_CTL_SECONDS },
  { "presence", N_ ("PRESENCE"), BELFRY_CTL_PLAIN },
  { "slow_consumer", N_ ("SLOW CLIENTS"), BELFRY_CTL_PLAIN },
};

static const BelfryCtlColumn lines[] = {
  { "topic", N_ ("Topic"), BELFRY_CTL_PLAIN },
  { "subscribers", N_ ("Subscribers here"), BELFRY_CTL_PLAIN },
  { "history_size", N_ ("Messages kept"), BELFRY_CTL_PLAIN },
  { "history_ttl", N_ ("Kept for"), BELFRY_CTL_SECONDS },
  { "presence", N_ ("Presence"), BELFRY_CTL_PLAIN },
  { "slow_consumer", N_ ("Slow clients"), BELFRY_CTL_PLAIN },
};

static const BelfryCtlColumn message_columns[] = {
  { "offset", N_ ("OFFSET"), BELFRY_CTL_PLAIN },
  { "published", N_ ("PUBLISHED"), BELFRY_CTL_TIME },
  { "payload", N_ ("PAYLOAD"), BELFRY_CTL_PLAIN },
};

static const BelfryCtlColumn user_columns[] = {
  { "user", N_ ("USER"), BELFRY_CTL_PLAIN },
  { "sessions", N_ ("SESSIONS"), BELFRY_CTL_PLAIN },
  { "info", N_ ("INFO"), BELFRY_CTL_PLAIN },
};

int
belfry_ctl_topics (BelfryCtl *self, const char *const *words)
{
  const char *pattern = words[0] != NULL ? words[0] : "";
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list =
      belfry_ctl_list (self, BELFRY_CTL_TOPICS, g_variant_new_string (pattern),
                       (guint) self->options.limit, &error);

  if (list == NULL)
    return belfry_ctl_fail (self, error);
  return belfry_ctl_print_list (self, list, columns, G_N_ELEMENTS (columns));
}

static GPtrArray *
children_of (GVariant *list)
{
  GPtrArray *children = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  for (gsize i = 0; i < g_variant_n_children (list); i++)
    g_ptr_array_add (children, g_variant_get_child_value (list, i));
  return children;
}

/* Nothing is shown of what there is none of. */
static int
print_part (BelfryCtl *self, GVariant *list, const BelfryCtlColumn *part, guint n)
{
  g_autoptr (GPtrArray) rows = children_of (list);

  if (rows->len == 0)
    return BELFRY_EXIT_OK;
  if (belfry_ctl_print ("\n") != BELFRY_EXIT_OK)
    return BELFRY_EXIT_SYSTEM;
  return belfry_ctl_print_list (self, rows, part, n);
}

static int
print_topic (BelfryCtl *self, GVariant *info, GVariant *users, GVariant *messages)
{
  int status = belfry_ctl_print_pairs (self, info, lines, G_N_ELEMENTS (lines));

  if (status == BELFRY_EXIT_OK)
    status = print_part (self, users, user_columns, G_N_ELEMENTS (user_columns));
  if (status == BELFRY_EXIT_OK)
    status = print_part (self, messages, message_columns, G_N_ELEMENTS (message_columns));
  return status;
}

static int
print_topic_json (GVariant *info, GVariant *users, GVariant *messages)
{
  g_auto (GVariantDict) dictionary;

  g_variant_dict_init (&dictionary, info);
  g_variant_dict_insert_value (&dictionary, "users", users);
  g_variant_dict_insert_value (&dictionary, "messages", messages);
  g_autoptr (GVariant) all = g_variant_ref_sink (g_variant_dict_end (&dictionary));
  return belfry_ctl_print_json (all);
}

/* Returns: (transfer full): the first value of an answer */
static GVariant *
ask (BelfryCtl *self, const char *method, GVariant *arguments, const char *type, GError **error)
{
  g_autoptr (GVariant) reply =
      belfry_ctl_call (self, BELFRY_CTL_TOPICS, method, arguments, type, error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

int
belfry_ctl_topic (BelfryCtl *self, const char *const *words)
{
  guint limit = self->options.limit != 0 ? (guint) self->options.limit : DEFAULT_HISTORY;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) users = NULL;
  g_autoptr (GVariant) messages = NULL;
  g_autoptr (GVariant) info = ask (self, "Get", g_variant_new ("(s)", words[0]), "(a{sv})", &error);

  if (info != NULL)
    users = ask (self, "Presence", g_variant_new ("(s)", words[0]), "(aa{sv})", &error);
  if (users != NULL)
    messages = ask (self, "History", g_variant_new ("(stu)", words[0], (guint64) 0, limit),
                    "(aa{sv}a{sv})", &error);
  if (messages == NULL)
    return belfry_ctl_fail (self, error);
  return self->options.json ? print_topic_json (info, users, messages)
                            : print_topic (self, info, users, messages);
}

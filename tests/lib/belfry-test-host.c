/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test"

#include "config.h"

#include "belfry-test-host.h"

#include <string.h>

#include "belfry-plugin-settings-private.h"

/* What plugins are given in tests. Main thread. */

struct _BelfryTestHost
{
  GObject parent_instance;

  gint64 time;
  GHashTable *members; /* (element-type utf8 utf8) (owned): "SUBJECT GROUP" */
  GString *asked;      /* (owned) */
  gboolean is_failing;
  gboolean is_holding;
};

static gint64
belfry_test_host_now (BelfryPluginHost *host)
{
  return BELFRY_TEST_HOST (host)->time;
}

static void
on_cancelled (GCancellable *cancellable, GTask *task)
{
  g_signal_handlers_disconnect_by_func (cancellable, on_cancelled, task);
  g_task_return_error_if_cancelled (task);
  g_object_unref (task);
}

static void
belfry_test_host_is_member_async (BelfryPluginHost *host,
                                  BelfryIdentity *identity,
                                  const char *group,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  BelfryTestHost *self = BELFRY_TEST_HOST (host);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *key = g_strdup_printf ("%s %s", belfry_identity_get_subject (identity), group);

  g_task_set_source_tag (task, belfry_test_host_is_member_async);
  g_string_append_printf (self->asked, "%s ", group);
  if (self->is_holding)
    g_signal_connect (cancellable, "cancelled", G_CALLBACK (on_cancelled), g_steal_pointer (&task));
  else if (self->is_failing)
    g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE, "away");
  else
    g_task_return_boolean (task, g_hash_table_contains (self->members, key));
}

static gboolean
belfry_test_host_is_member_finish (BelfryPluginHost *host,
                                   GAsyncResult *result,
                                   gboolean *is_member,
                                   GError **error)
{
  GError *problem = NULL;

  g_assert_true (g_async_result_is_tagged (result, belfry_test_host_is_member_async));
  *is_member = g_task_propagate_boolean (G_TASK (result), &problem);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, problem);
  return FALSE;
}

static void
belfry_test_host_host_iface_init (BelfryPluginHostInterface *iface)
{
  iface->now = belfry_test_host_now;
  iface->wall = belfry_test_host_now;
  iface->is_member_async = belfry_test_host_is_member_async;
  iface->is_member_finish = belfry_test_host_is_member_finish;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryTestHost,
                               belfry_test_host,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_PLUGIN_HOST,
                                                      belfry_test_host_host_iface_init))

static void
belfry_test_host_finalize (GObject *object)
{
  BelfryTestHost *self = BELFRY_TEST_HOST (object);

  g_hash_table_unref (self->members);
  g_string_free (self->asked, TRUE);
  G_OBJECT_CLASS (belfry_test_host_parent_class)->finalize (object);
}

static void
belfry_test_host_class_init (BelfryTestHostClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_test_host_finalize;
}

static void
belfry_test_host_init (BelfryTestHost *self)
{
  self->time = G_TIME_SPAN_SECOND;
  self->members = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->asked = g_string_new (NULL);
}

BelfryTestHost *
belfry_test_host_new (void)
{
  return g_object_new (BELFRY_TYPE_TEST_HOST, NULL);
}

void
belfry_test_host_advance (BelfryTestHost *self, gint64 by)
{
  self->time += by;
}

void
belfry_test_host_add_member (BelfryTestHost *self, const char *subject, const char *group)
{
  g_hash_table_add (self->members, g_strdup_printf ("%s %s", subject, group));
}

void
belfry_test_host_fail_members (BelfryTestHost *self)
{
  self->is_failing = TRUE;
}

void
belfry_test_host_hold_members (BelfryTestHost *self)
{
  self->is_holding = TRUE;
}

const char *
belfry_test_host_get_asked (BelfryTestHost *self)
{
  return self->asked->str;
}

BelfryIdentity *
belfry_test_identity (const char *subject, const char *claims)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new (subject);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = g_strsplit (claims != NULL ? claims : "", " ", -1);

  for (gsize i = 0; words[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (words[i], "=", 2);

      if (g_str_equal (pair[0], "role"))
        belfry_identity_builder_add_role (builder, pair[1]);
      else
        belfry_identity_builder_add_claim (builder, pair[0], pair[1]);
    }
  BelfryIdentity *identity = belfry_identity_builder_end (builder, &error);
  g_assert_no_error (error);
  return identity;
}

BelfryPluginSettings *
belfry_test_plugin_settings (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GArray) settings = g_array_new (FALSE, TRUE, sizeof (BelfryPluginSetting));

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      char *equals = strchr (lines[i], '=');

      if (equals == NULL)
        continue;
      *equals = '\0';
      BelfryPluginSetting setting = { lines[i], equals + 1, NULL, "test.conf:1" };
      g_array_append_val (settings, setting);
    }
  return belfry_plugin_settings_new ("test", (gconstpointer) settings->data, settings->len, NULL);
}

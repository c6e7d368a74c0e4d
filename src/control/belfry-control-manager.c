/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-control"

#include "config.h"

#include "belfry-control-private.h"

#include "belfry-control-error.h"
#include "belfry-error.h"
#include "belfry-log.h"

/* org.belfry.Manager1: each method as the XML tells it. A method's answer that comes later needs
 * the call and its source, and nothing of the control. */

static void
on_reloaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;

  if (belfry_control_host_reload_finish (BELFRY_CONTROL_HOST (source), result, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    belfry_control_fail (invocation, error);
}

static void
handle_reload (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  belfry_control_host_reload_async (self->host, on_reloaded, invocation);
}

static void
handle_reexec (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  GError *error = NULL;

  if (belfry_control_host_reexec (self->host, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    belfry_control_fail (invocation, error);
}

static void
handle_drain (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  GError *error = NULL;
  guint seconds;

  g_variant_get (arguments, "(u)", &seconds);
  if (belfry_control_host_drain (self->host, (gint64) seconds * G_USEC_PER_SEC, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    belfry_control_fail (invocation, error);
}

static void
handle_shed (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  GError *error = NULL;
  guint percent;
  guint seconds;

  g_variant_get (arguments, "(uu)", &percent, &seconds);
  if (percent < 1 || percent > 100)
    g_set_error (&error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT,
                 "%u is no share of a hundred: expected 1 to 100", percent);
  else if (belfry_control_host_shed (self->host, percent, (gint64) seconds * G_USEC_PER_SEC,
                                     &error))
    {
      g_dbus_method_invocation_return_value (invocation, NULL);
      return;
    }
  belfry_control_fail (invocation, error);
}

static void
handle_set_log_level (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  GError *error = NULL;
  const char *levels;

  g_variant_get (arguments, "(&s)", &levels);
  if (belfry_log_set_levels (levels, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    belfry_control_fail (invocation, error);
}

static void
on_configuration_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) problems =
      belfry_control_host_check_finish (BELFRY_CONTROL_HOST (source), result, &error);

  if (problems != NULL)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(@a(sss))", problems));
  else
    belfry_control_fail (invocation, error);
}

static void
handle_check_configuration (BelfryControl *self,
                            GDBusMethodInvocation *invocation,
                            GVariant *arguments)
{
  belfry_control_host_check_async (self->host, on_configuration_checked, invocation);
}

static GVariant *
kinds_of (guint32 kinds)
{
  static const struct
  {
    guint32 kind;
    const char *word; /* (unowned) */
  } words[] = {
    { BELFRY_PLUGIN_AUTHORIZER, "authorizer" }, { BELFRY_PLUGIN_TOPIC_POLICY, "policy" },
    { BELFRY_PLUGIN_MESSAGE_FILTER, "filter" }, { BELFRY_PLUGIN_MEMBERSHIP, "membership" },
    { BELFRY_PLUGIN_HTTP_ROUTES, "routes" },
  };
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE_STRING_ARRAY);
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if ((kinds & words[i].kind) != 0)
        g_variant_builder_add (&list, "s", words[i].word);
    }
  return g_variant_builder_end (&list);
}

static void
add_plugin (GVariantBuilder *list, const BelfryLoadedPlugin *plugin)
{
  g_variant_builder_open (list, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (list, "{sv}", "name", belfry_control_text (plugin->name));
  g_variant_builder_add (list, "{sv}", "version", belfry_control_text (plugin->version));
  g_variant_builder_add (list, "{sv}", "licence", belfry_control_text (plugin->licence));
  g_variant_builder_add (list, "{sv}", "file", belfry_control_text (plugin->file));
  g_variant_builder_add (list, "{sv}", "kinds", kinds_of (plugin->kinds));
  g_variant_builder_close (list);
}

static void
handle_list_plugins (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  guint n = self->loader != NULL ? belfry_loader_get_n_plugins (self->loader) : 0;
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < n; i++)
    add_plugin (&list, belfry_loader_get_plugin (self->loader, i));
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(aa{sv})", &list));
}

static void
handle_subscribe (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  GError *error = NULL;

  if (belfry_callers_subscribe (self->callers, g_dbus_method_invocation_get_sender (invocation),
                                &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    belfry_control_fail (invocation, error);
}

static void
handle_unsubscribe (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  GError *error = NULL;

  if (belfry_callers_unsubscribe (self->callers, g_dbus_method_invocation_get_sender (invocation),
                                  &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    belfry_control_fail (invocation, error);
}

const BelfryControlMethod belfry_control_manager_methods[] = {
  { "Reload", BELFRY_RIGHT_MANAGE_SERVICE, NULL, handle_reload },
  { "Reexec", BELFRY_RIGHT_MANAGE_SERVICE, NULL, handle_reexec },
  { "Drain", BELFRY_RIGHT_MANAGE_SERVICE, NULL, handle_drain },
  { "Shed", BELFRY_RIGHT_MANAGE_SERVICE, NULL, handle_shed },
  { "SetLogLevel", BELFRY_RIGHT_MANAGE_SERVICE, NULL, handle_set_log_level },
  { "CheckConfiguration", BELFRY_RIGHT_INSPECT, NULL, handle_check_configuration },
  { "ListPlugins", BELFRY_RIGHT_INSPECT, NULL, handle_list_plugins },
  { "Subscribe", BELFRY_RIGHT_INSPECT, NULL, handle_subscribe },
  { "Unsubscribe", BELFRY_RIGHT_INSPECT, NULL, handle_unsubscribe },
  { NULL },
};

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include "belfry-ctl-call.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "belfry-ctl-print.h"
#include "belfry-error.h"
#include "belfry-names.h"

/* Calls of the service, and what is said when they fail. */

#define OBJECT_PATH "/org/belfry/Belfry1"

/* What the names of our actions begin with. */
#define ACTIONS "org.belfry."

/* A reload may have to wait for slow disks and plugins, and an administrator for his password. */
#define PATIENCE_MS (120 * 1000)

/* The largest page that the service gives. */
#define PAGE 1000

GDBusConnection *
belfry_ctl_connect (BelfryCtl *self, GError **error)
{
  if (self->bus == NULL)
    self->bus = g_bus_get_sync (self->options.session ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM,
                                NULL, error);
  if (self->bus != NULL)
    g_dbus_connection_set_exit_on_close (self->bus, FALSE);
  return self->bus;
}

static GVariant *
call (BelfryCtl *self,
      const char *interface,
      const char *method,
      GVariant *arguments,
      const char *type,
      GError **error)
{
  g_autoptr (GVariant) owned = arguments != NULL ? g_variant_ref_sink (arguments) : NULL;
  GDBusConnection *bus = belfry_ctl_connect (self, error);

  if (bus == NULL)
    return NULL;
  return g_dbus_connection_call_sync (bus, BELFRY_BUS_NAME, OBJECT_PATH, interface, method, owned,
                                      G_VARIANT_TYPE (type),
                                      G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION,
                                      PATIENCE_MS, NULL, error);
}

GVariant *
belfry_ctl_call (BelfryCtl *self,
                 const char *interface,
                 const char *method,
                 GVariant *arguments,
                 const char *type,
                 GError **error)
{
  return call (self, interface, method, arguments, type, error);
}

GVariantDict *
belfry_ctl_get_properties (BelfryCtl *self, GError **error)
{
  g_autoptr (GVariant) reply = call (self, "org.freedesktop.DBus.Properties", "GetAll",
                                     g_variant_new ("(s)", BELFRY_CTL_MANAGER), "(a{sv})", error);

  if (reply == NULL)
    return NULL;
  g_autoptr (GVariant) properties = g_variant_get_child_value (reply, 0);
  return g_variant_dict_new (properties);
}

GPtrArray *
belfry_ctl_list (BelfryCtl *self,
                 const char *interface,
                 GVariant *filter,
                 guint max,
                 GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (filter);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_autofree char *cursor = g_strdup ("");

  do
    {
      guint left = max == 0 ? PAGE : MIN (PAGE, max - list->len);
      g_autoptr (GVariant) reply =
          call (self, interface, "List", g_variant_new ("(@*su)", owned, cursor, left), "(aa{sv}s)",
                error);
      if (reply == NULL)
        return NULL;
      g_autoptr (GVariant) page = g_variant_get_child_value (reply, 0);
      for (gsize i = 0; i < g_variant_n_children (page); i++)
        g_ptr_array_add (list, g_variant_get_child_value (page, i));
      g_free (cursor);
      g_variant_get_child (reply, 1, "s", &cursor);
    }
  while (*cursor != '\0' && (max == 0 || list->len < max));
  return g_steal_pointer (&list);
}

static gboolean
is_absent (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND);
}

static gboolean
is_refused (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_AUTH_FAILED) ||
         g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN) ||
         g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_NOT_PERMITTED);
}

static gboolean
is_late (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_TIMEOUT) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

/* The service's refusal names the action; the bus's own does not.
 * Returns: (transfer full) (nullable) */
static char *
action_of (const GError *error)
{
  const char *action = strstr (error->message, ACTIONS);

  return action != NULL ? g_strndup (action, strspn (action, "abcdefghijklmnopqrstuvwxyz.-"))
                        : NULL;
}

static char *
advise_refused (const GError *error)
{
  g_autofree char *action = action_of (error);

  if (action == NULL)
    return g_strdup (_ ("Try it as root."));
  return g_strdup_printf (_ ("Try it as root, or have an administrator allow you %s with a rule of "
                             "polkit."),
                          action);
}

/* Returns: (transfer full) (nullable): what to do, or %NULL if the error says all */
static char *
advise (const GError *error)
{
  if (is_absent (error))
    return g_strdup (_ ("Start it with “systemctl start belfry”; “journalctl -u belfry” tells why "
                        "it does not run. One that runs on your own bus is reached with "
                        "--session."));
  if (is_refused (error))
    return advise_refused (error);
  if (is_late (error))
    return g_strdup (_ ("See how it is with “systemctl status belfry”."));
  if (g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG))
    return g_strdup (_ ("“belfryctl config check” lists all that is wrong."));
  return NULL;
}

static int
status_of (const GError *error)
{
  if (is_refused (error))
    return BELFRY_EXIT_NO_PERMISSION;
  if (is_late (error))
    return BELFRY_EXIT_TRY_AGAIN;
  if (error->domain == BELFRY_ERROR)
    return belfry_error_exit_status (error);
  return BELFRY_EXIT_UNAVAILABLE;
}

int
belfry_ctl_fail (BelfryCtl *self, const GError *error)
{
  g_autoptr (GError) plain = g_error_copy (error);

  g_dbus_error_strip_remote_error (plain);
  g_autofree char *advice = advise (plain);
  g_autofree char *safe = belfry_ctl_safe (plain->message);
  if (is_absent (error))
    g_printerr (_ ("%s: the service is not running\n"), BELFRY_CTL_NAME);
  else if (self->bus == NULL)
    g_printerr (_ ("%s: no connection to the bus: %s\n"), BELFRY_CTL_NAME, safe);
  else
    g_printerr ("%s: %s\n", BELFRY_CTL_NAME, safe);
  if (advice != NULL)
    g_printerr ("%s\n", advice);
  return status_of (error);
}

int
belfry_ctl_misused (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *safe = belfry_ctl_safe (text);
  g_printerr (_ ("%s: %s\nTry “%s --help” for what is possible.\n"), BELFRY_CTL_NAME, safe,
              BELFRY_CTL_NAME);
  return BELFRY_EXIT_USAGE;
}

int
belfry_ctl_do (BelfryCtl *self, const char *interface, const char *method, GVariant *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = belfry_ctl_call (self, interface, method, arguments, "()", &error);

  return reply != NULL ? BELFRY_EXIT_OK : belfry_ctl_fail (self, error);
}

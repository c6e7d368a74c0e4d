/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-control"

#include "config.h"

#include "belfry-control-private.h"

#include <string.h>

#include "belfry-control-error.h"
#include "belfry-control-list.h"
#include "belfry-error.h"

/* org.belfry.Sessions1, but for List, which has a file of its own. */

/* RFC 6455: the payload of a close frame has 125 bytes, and the code two of them. */
#define MAX_REASON 123

#define CLOSE_BY_ADMINISTRATOR 4403

/* @done: whether it was; if not, @error says why. @error: (transfer full) (nullable) */
static void
answer (GDBusMethodInvocation *invocation, gboolean done, GError *error)
{
  if (done)
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    belfry_control_fail (invocation, error);
}

static gboolean
may_close_with (guint code)
{
  return code == 1000 || code == 1001 || code == 1008 || (code >= 1011 && code <= 1013) ||
         (code >= 3000 && code <= 4999);
}

static gboolean
check_code (guint code, GError **error)
{
  if (may_close_with (code))
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT,
               "%u is no close code to be sent: there are 1000, 1001, 1008, 1011 to 1013, and 3000 "
               "to 4999",
               code);
  return FALSE;
}

static gboolean
check_reason (const char *reason, GError **error)
{
  if (strlen (reason) <= MAX_REASON)
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT, "a reason has at most %d bytes",
               MAX_REASON);
  return FALSE;
}

static gboolean
check_not_empty (const char *what, const char *text, GError **error)
{
  if (*text != '\0')
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT, "the %s is empty", what);
  return FALSE;
}

static gboolean
check_time (guint64 until, GError **error)
{
  if (until <= G_MAXINT64)
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT, "there is no such time");
  return FALSE;
}

static GError *
no_session (const char *id)
{
  return g_error_new (BELFRY_ERROR, BELFRY_ERROR_NOT_FOUND, "there is no session “%s”", id);
}

static void
on_session (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;
  BelfrySessionInfo *info = belfry_hub_get_session_finish (BELFRY_HUB (source), result, &error);
  const char *id;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s)", &id);
  if (info != NULL)
    g_dbus_method_invocation_return_value (invocation,
                                           g_variant_new ("(@a{sv})",
                                                          belfry_control_describe_session (info,
                                                                                           TRUE)));
  else
    belfry_control_fail (invocation, error != NULL ? error : no_session (id));
  g_clear_pointer (&info, belfry_session_info_free);
}

static void
handle_get (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  const char *id;

  g_variant_get (arguments, "(&s)", &id);
  belfry_hub_get_session_async (self->hub, id, NULL, on_session, invocation);
}

static void
handle_close (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  GError *error = NULL;
  const char *id;
  const char *reason;
  guint code;

  g_variant_get (arguments, "(&su&s)", &id, &code, &reason);
  if (!check_code (code, &error) || !check_reason (reason, &error))
    belfry_control_fail (invocation, error);
  else if (belfry_hub_close_session (self->hub, id, code, reason))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    belfry_control_fail (invocation, no_session (id));
}

static void
handle_close_user (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  GError *error = NULL;
  const char *user;
  const char *reason;

  g_variant_get (arguments, "(&s&s)", &user, &reason);
  if (!check_not_empty ("user", user, &error) || !check_reason (reason, &error))
    {
      belfry_control_fail (invocation, error);
      return;
    }
  guint n = belfry_hub_close_user (self->hub, user, CLOSE_BY_ADMINISTRATOR, reason);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(u)", n));
}

static void
on_subscribed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean done = belfry_hub_subscribe_session_finish (BELFRY_HUB (source), result, &error);

  answer (user_data, done, error);
}

static void
handle_subscribe_to (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  const char *id;
  const char *topic;

  g_variant_get (arguments, "(&s&s)", &id, &topic);
  belfry_hub_subscribe_session_async (self->hub, id, topic, NULL, on_subscribed, invocation);
}

static void
handle_unsubscribe_from (BelfryControl *self,
                         GDBusMethodInvocation *invocation,
                         GVariant *arguments)
{
  GError *error = NULL;
  const char *id;
  const char *topic;

  g_variant_get (arguments, "(&s&s)", &id, &topic);
  gboolean done = belfry_hub_unsubscribe_session (self->hub, id, topic, &error);
  answer (invocation, done, error);
}

static void
handle_send (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  GError *error = NULL;
  const char *id;
  const char *text;

  g_variant_get (arguments, "(&s&s)", &id, &text);
  g_autoptr (GBytes) json = g_bytes_new (text, strlen (text));
  gboolean done = belfry_hub_send_session (self->hub, id, json, &error);
  answer (invocation, done, error);
}

static void
handle_block_user (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  GError *error = NULL;
  const char *user;
  guint64 until;

  g_variant_get (arguments, "(&st)", &user, &until);
  gboolean good = check_not_empty ("user", user, &error) && check_time (until, &error);
  if (good)
    belfry_hub_block_user (self->hub, user, (gint64) until);
  answer (invocation, good, error);
}

static void
handle_unblock_user (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  const char *user;

  g_variant_get (arguments, "(&s)", &user);
  if (belfry_hub_unblock_user (self->hub, user))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    belfry_control_fail (invocation, g_error_new (BELFRY_ERROR, BELFRY_ERROR_NOT_FOUND,
                                                  "the user “%s” is not blocked", user));
}

static void
handle_revoke_token (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  GError *error = NULL;
  const char *jti;
  guint64 until;

  g_variant_get (arguments, "(&st)", &jti, &until);
  gboolean good = check_not_empty ("token's id", jti, &error) && check_time (until, &error);
  if (good)
    belfry_hub_revoke_token (self->hub, jti, (gint64) until);
  answer (invocation, good, error);
}

const BelfryControlMethod belfry_control_sessions_methods[] = {
  { "List", BELFRY_RIGHT_INSPECT, NULL, belfry_control_list_sessions },
  { "Get", BELFRY_RIGHT_INSPECT, "session", handle_get },
  { "Close", BELFRY_RIGHT_MANAGE_SESSIONS, "session", handle_close },
  { "CloseUser", BELFRY_RIGHT_MANAGE_SESSIONS, "user", handle_close_user },
  { "SubscribeTo", BELFRY_RIGHT_MANAGE_SESSIONS, "session", handle_subscribe_to },
  { "UnsubscribeFrom", BELFRY_RIGHT_MANAGE_SESSIONS, "session", handle_unsubscribe_from },
  { "Send", BELFRY_RIGHT_MANAGE_SESSIONS, "session", handle_send },
  { "BlockUser", BELFRY_RIGHT_MANAGE_SESSIONS, "user", handle_block_user },
  { "UnblockUser", BELFRY_RIGHT_MANAGE_SESSIONS, "user", handle_unblock_user },
  { "RevokeToken", BELFRY_RIGHT_MANAGE_SESSIONS, "token", handle_revoke_token },
  { NULL },
};

/* The hub's observer */

static void
signal_session (gpointer control, const char *name, GVariant *arguments)
{
  BelfryControl *self = control;

  belfry_callers_signal (self->callers, "org.belfry.Sessions1", name, arguments);
}

static void
on_opened (const char *id, const char *peer, const char *dialect, gpointer user_data)
{
  signal_session (user_data, "Opened", g_variant_new ("(sss)", id, peer, dialect));
}

static void
on_authenticated (const char *id, const char *user, gpointer user_data)
{
  signal_session (user_data, "Authenticated", g_variant_new ("(ss)", id, user));
}

static void
on_closed (const char *id, const char *user, guint code, const char *reason, gpointer user_data)
{
  signal_session (user_data, "Closed",
                  g_variant_new ("(ssus)", id, user != NULL ? user : "", code,
                                 reason != NULL ? reason : ""));
}

const BelfryHubObserver belfry_control_observer = { on_opened, on_authenticated, on_closed };

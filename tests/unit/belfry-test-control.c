/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-test-control.h"

#include "belfry-error.h"
#include "belfry-test.h"

/* The authority */

static void belfry_fake_authority_iface_init (BelfryAuthorityInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryFakeAuthority,
                               belfry_fake_authority,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_AUTHORITY,
                                                      belfry_fake_authority_iface_init))

static void
answer (BelfryFakeAuthority *self, GTask *task)
{
  BelfryRight right = (BelfryRight) GPOINTER_TO_UINT (g_task_get_task_data (task));

  if (g_task_return_error_if_cancelled (task))
    return;
  if (self->denies)
    g_task_return_error (task, belfry_authority_refusal_new (right));
  else
    g_task_return_boolean (task, TRUE);
}

static void
belfry_fake_authority_check_async (BelfryAuthority *authority,
                                   const BelfryAuthorityQuestion *question,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  BelfryFakeAuthority *self = BELFRY_FAKE_AUTHORITY (authority);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, belfry_fake_authority_check_async);
  g_task_set_task_data (task, GUINT_TO_POINTER (question->right), NULL);
  g_string_append_printf (self->asked, "%s %s", belfry_right_get_action (question->right),
                          question->method);
  if (question->detail != NULL)
    g_string_append_printf (self->asked, " %s=%s", question->detail, question->value);
  g_string_append (self->asked, question->interactive ? " interactive; " : "; ");
  if (self->holds)
    g_ptr_array_add (self->held, g_steal_pointer (&task));
  else
    answer (self, task);
}

static gboolean
belfry_fake_authority_check_finish (BelfryAuthority *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
belfry_fake_authority_iface_init (BelfryAuthorityInterface *iface)
{
  iface->check_async = belfry_fake_authority_check_async;
  iface->check_finish = belfry_fake_authority_check_finish;
}

static void
belfry_fake_authority_finalize (GObject *object)
{
  BelfryFakeAuthority *self = BELFRY_FAKE_AUTHORITY (object);

  g_string_free (self->asked, TRUE);
  g_ptr_array_unref (self->held);
  G_OBJECT_CLASS (belfry_fake_authority_parent_class)->finalize (object);
}

static void
belfry_fake_authority_class_init (BelfryFakeAuthorityClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_fake_authority_finalize;
}

static void
belfry_fake_authority_init (BelfryFakeAuthority *self)
{
  self->asked = g_string_new (NULL);
  self->held = g_ptr_array_new_with_free_func (g_object_unref);
}

void
belfry_fake_authority_release (BelfryFakeAuthority *self)
{
  g_autoptr (GPtrArray) held = g_steal_pointer (&self->held);

  self->held = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < held->len; i++)
    answer (self, held->pdata[i]);
}

/* The host */

static void belfry_fake_host_iface_init (BelfryControlHostInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryFakeHost,
                               belfry_fake_host,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_CONTROL_HOST,
                                                      belfry_fake_host_iface_init))

static BelfryControlState
belfry_fake_host_get_state (BelfryControlHost *host)
{
  return BELFRY_FAKE_HOST (host)->state;
}

static void
belfry_fake_host_reload_async (BelfryControlHost *host,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (host, NULL, callback, user_data);

  g_task_set_source_tag (task, belfry_fake_host_reload_async);
  if (BELFRY_FAKE_HOST (host)->refuses)
    g_task_return_new_error (task, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG, "refused");
  else
    g_task_return_boolean (task, TRUE);
}

static gboolean
belfry_fake_host_reload_finish (BelfryControlHost *host, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static gboolean
belfry_fake_host_reexec (BelfryControlHost *host, GError **error)
{
  BelfryFakeHost *self = BELFRY_FAKE_HOST (host);

  if (self->refuses)
    g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "the service is stopping");
  return !self->refuses;
}

static gboolean
belfry_fake_host_drain (BelfryControlHost *host, gint64 duration, GError **error)
{
  BelfryFakeHost *self = BELFRY_FAKE_HOST (host);

  if (self->refuses)
    g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "the service is stopping");
  else
    self->drained = duration;
  return !self->refuses;
}

static void
belfry_fake_host_check_async (BelfryControlHost *host,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (host, NULL, callback, user_data);

  g_task_set_source_tag (task, belfry_fake_host_check_async);
  g_task_return_boolean (task, TRUE);
}

static GVariant *
belfry_fake_host_check_finish (BelfryControlHost *host, GAsyncResult *result, GError **error)
{
  return g_variant_ref_sink (g_variant_new_parsed ("[('error', 'f:1', 'bad')]"));
}

static char **
belfry_fake_host_get_listeners (BelfryControlHost *host)
{
  return g_strsplit ("127.0.0.1:1 unix:/x", " ", -1);
}

static guint
belfry_fake_host_get_n_workers (BelfryControlHost *host)
{
  return 2;
}

static gboolean
belfry_fake_host_shed (BelfryControlHost *host, guint percent, gint64 duration, GError **error)
{
  BelfryFakeHost *self = BELFRY_FAKE_HOST (host);

  self->shed = percent;
  self->drained = duration;
  return TRUE;
}

static void
belfry_fake_host_get_drain (BelfryControlHost *host, guint *left, guint *total)
{
  *left = 2;
  *total = 7;
}

static guint
belfry_fake_host_get_n_connections (BelfryControlHost *host)
{
  return BELFRY_FAKE_HOST (host)->n_connections;
}

static void
belfry_fake_host_iface_init (BelfryControlHostInterface *iface)
{
  iface->get_state = belfry_fake_host_get_state;
  iface->reload_async = belfry_fake_host_reload_async;
  iface->reload_finish = belfry_fake_host_reload_finish;
  iface->reexec = belfry_fake_host_reexec;
  iface->drain = belfry_fake_host_drain;
  iface->shed = belfry_fake_host_shed;
  iface->check_async = belfry_fake_host_check_async;
  iface->check_finish = belfry_fake_host_check_finish;
  iface->get_listeners = belfry_fake_host_get_listeners;
  iface->get_n_workers = belfry_fake_host_get_n_workers;
  iface->get_n_connections = belfry_fake_host_get_n_connections;
  iface->get_drain = belfry_fake_host_get_drain;
}

static void
belfry_fake_host_class_init (BelfryFakeHostClass *klass)
{
}

static void
belfry_fake_host_init (BelfryFakeHost *self)
{
  self->state = BELFRY_CONTROL_RUNNING;
  self->drained = -1;
}

/* All of it */

void
belfry_test_control_take_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

void
belfry_test_control_init (BelfryTestControl *self, const char *config)
{
  g_autoptr (GError) error = NULL;

  *self = (BelfryTestControl){ 0 };
  belfry_test_core_init (&self->core, config);
  self->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (self->bus);
  self->service = belfry_test_control_connect (self);
  self->client = belfry_test_control_connect (self);
  self->authority = g_object_new (BELFRY_TYPE_FAKE_AUTHORITY, NULL);
  self->host = g_object_new (BELFRY_TYPE_FAKE_HOST, NULL);
  self->control = belfry_control_new (&(BelfryControlParts){
      .hub = self->core.hub,
      .metrics = self->core.metrics,
      .host = BELFRY_CONTROL_HOST (self->host),
  });
  belfry_control_export (self->control, self->service, BELFRY_AUTHORITY (self->authority), &error);
  g_assert_no_error (error);
}

void
belfry_test_control_clear (BelfryTestControl *self)
{
  belfry_control_unexport (self->control);
  belfry_test_assert_finalizes (self->control);
  belfry_test_assert_finalizes (self->host);
  g_dbus_connection_close_sync (self->client, NULL, NULL);
  g_dbus_connection_close_sync (self->service, NULL, NULL);
  g_object_unref (self->client);
  g_object_unref (self->service);
  belfry_fake_client_settle ();
  g_object_unref (self->authority);
  g_test_dbus_down (self->bus);
  g_object_unref (self->bus);
  belfry_test_core_clear (&self->core);
}

GDBusConnection *
belfry_test_control_connect (BelfryTestControl *self)
{
  return belfry_test_control_connect_to (self->bus);
}

GDBusConnection *
belfry_test_control_connect_to (GTestDBus *bus)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection =
      g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (bus),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

void
belfry_test_control_leave (BelfryTestControl *self, GDBusConnection *connection)
{
  g_dbus_connection_close_sync (connection, NULL, NULL);
  g_object_unref (connection);
}

GVariant *
belfry_test_control_call (BelfryTestControl *self,
                          GDBusConnection *connection,
                          const char *method,
                          GVariant *arguments,
                          GError **error)
{
  g_auto (GStrv) words = g_strsplit (method, ".", 2);
  g_autofree char *interface = g_strconcat ("org.belfry.", words[0], NULL);
  g_autoptr (GAsyncResult) result = NULL;

  g_dbus_connection_call (connection, g_dbus_connection_get_unique_name (self->service),
                          BELFRY_BUS_PATH, interface, words[1], arguments, NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, belfry_test_control_take_result,
                          &result);
  belfry_test_wait_until (result != NULL);
  return g_dbus_connection_call_finish (connection, result, error);
}

static GVariant *
parse (const char *arguments)
{
  g_autoptr (GError) error = NULL;
  GVariant *parsed = NULL;

  if (arguments == NULL)
    return NULL;
  parsed = g_variant_parse (NULL, arguments, NULL, NULL, &error);
  g_assert_no_error (error);
  return parsed;
}

static GVariant *
call (BelfryTestControl *self, const char *method, const char *arguments, GError **error)
{
  g_autoptr (GVariant) parsed = parse (arguments);

  return belfry_test_control_call (self, self->client, method, parsed, error);
}

void
belfry_test_control_assert (BelfryTestControl *self,
                            const char *method,
                            const char *arguments,
                            const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = call (self, method, arguments, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  text = g_variant_print (reply, FALSE);
  if (!g_pattern_match_simple (expected, text))
    g_error ("%s gives %s, not %s", method, text, expected);
}

void
belfry_test_control_assert_fails (BelfryTestControl *self,
                                  const char *method,
                                  const char *arguments,
                                  const char *name,
                                  const char *pattern)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = call (self, method, arguments, &error);
  g_autofree char *remote = error != NULL ? g_dbus_error_get_remote_error (error) : NULL;
  g_autofree char *expected = g_strconcat ("org.belfry.Error.", name, NULL);

  g_assert_null (reply);
  g_assert_cmpstr (remote, ==, expected);
  g_dbus_error_strip_remote_error (error);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("%s fails with %s, not %s", method, error->message, pattern);
}

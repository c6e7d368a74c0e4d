/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-authority"

#include "config.h"

#include "belfry-polkit-authority.h"

#include "belfry-error.h"
#include "belfry-log.h"

/* Speaks polkit's own interface over our own connection. Its client library would bring a second
 * connection, shared by the process, which ends the process when the bus goes away, and a singleton
 * that does not survive that either.
 *
 * Owned by the control, for one connection. */

#define POLKIT_NAME "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"

/* CheckAuthorizationFlags: AllowUserInteraction */
#define MAY_INTERACT 1u

/* Milliseconds: polkit's rules are quick, but its start may not be. */
#define PATIENCE (25 * 1000)

/* Somebody has to find the password. */
#define PATIENCE_WITH_PEOPLE (5 * 60 * 1000)

struct _BelfryPolkitAuthority
{
  GObject parent_instance;

  GDBusConnection *connection; /* (owned) */
  BelfryAuthority *owner;      /* (owned) */
  guint64 last_id;
};

typedef struct
{
  char *sender; /* (owned) */
  char *id;     /* (owned): by which polkit knows the question */
  gulong cancelled;
  BelfryRight right;
} Question;

static void belfry_polkit_authority_iface_init (BelfryAuthorityInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryPolkitAuthority,
                               belfry_polkit_authority,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_AUTHORITY,
                                                      belfry_polkit_authority_iface_init))

static void
question_free (Question *self)
{
  g_free (self->sender);
  g_free (self->id);
  g_free (self);
}

static void
on_owner_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (belfry_authority_check_finish (BELFRY_AUTHORITY (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* @task: (transfer full) */
static void
ask_owner (BelfryPolkitAuthority *self, GTask *task)
{
  const Question *question = g_task_get_task_data (task);
  const BelfryAuthorityQuestion next = {
    .sender = question->sender,
    .right = question->right,
  };

  belfry_log_debug ("there is no polkit: asking who %s is", question->sender);
  belfry_authority_check_async (self->owner, &next, g_task_get_cancellable (task), on_owner_checked,
                                task);
}

static gboolean
is_absent (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND);
}

/* @task: (transfer full) */
static void
fail (BelfryPolkitAuthority *self, GTask *task, const GError *error)
{
  if (is_absent (error))
    {
      ask_owner (self, task);
      return;
    }
  belfry_log_warning ("polkit does not answer: %s", error->message);
  g_task_return_new_error (task, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE,
                           "polkit does not say whether this is allowed");
  g_object_unref (task);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BelfryPolkitAuthority *self = g_task_get_source_object (task);
  const Question *question = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  gboolean allowed = FALSE;

  g_cancellable_disconnect (g_task_get_cancellable (task), question->cancelled);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (reply == NULL)
    {
      fail (self, g_steal_pointer (&task), error);
      return;
    }
  g_variant_get (reply, "((bba{ss}))", &allowed, NULL, NULL);
  if (allowed)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, belfry_authority_refusal_new (question->right));
}

/* A dialog that asks for a password goes away with who wanted it. */
static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  GTask *task = user_data;
  BelfryPolkitAuthority *self = g_task_get_source_object (task);
  const Question *question = g_task_get_task_data (task);

  g_dbus_connection_call (self->connection, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
                          "CancelCheckAuthorization", g_variant_new ("(s)", question->id), NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

static GVariant *
describe (const BelfryAuthorityQuestion *question, const char *id)
{
  GVariantBuilder details;

  g_variant_builder_init (&details, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&details, "{ss}", "method", question->method);
  if (question->detail != NULL)
    g_variant_builder_add (&details, "{ss}", question->detail, question->value);
  return g_variant_new ("(@(sa{sv})s@a{ss}us)",
                        g_variant_new_parsed ("('system-bus-name', {'name': <%s>})",
                                              question->sender),
                        belfry_right_get_action (question->right), g_variant_builder_end (&details),
                        question->interactive ? MAY_INTERACT : 0, id);
}

static Question *
question_new (BelfryPolkitAuthority *self, const BelfryAuthorityQuestion *from)
{
  Question *question = g_new0 (Question, 1);

  question->sender = g_strdup (from->sender);
  question->right = from->right;
  question->id = g_strdup_printf ("belfry-%" G_GUINT64_FORMAT, ++self->last_id);
  return question;
}

/* The cancellable may be cancelled already, so it is connected to last. */
static void
belfry_polkit_authority_check_async (BelfryAuthority *authority,
                                     const BelfryAuthorityQuestion *from,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  BelfryPolkitAuthority *self = BELFRY_POLKIT_AUTHORITY (authority);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Question *question = question_new (self, from);

  g_task_set_source_tag (task, belfry_polkit_authority_check_async);
  g_task_set_task_data (task, question, (GDestroyNotify) question_free);
  g_dbus_connection_call (self->connection, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
                          "CheckAuthorization", describe (from, question->id),
                          G_VARIANT_TYPE ("((bba{ss}))"), G_DBUS_CALL_FLAGS_NONE,
                          from->interactive ? PATIENCE_WITH_PEOPLE : PATIENCE, cancellable,
                          on_checked, task);
  if (cancellable != NULL)
    question->cancelled =
        g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), task, NULL);
}

static gboolean
belfry_polkit_authority_check_finish (BelfryAuthority *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_polkit_authority_check_async),
                        FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
belfry_polkit_authority_iface_init (BelfryAuthorityInterface *iface)
{
  iface->check_async = belfry_polkit_authority_check_async;
  iface->check_finish = belfry_polkit_authority_check_finish;
}

static void
belfry_polkit_authority_finalize (GObject *object)
{
  BelfryPolkitAuthority *self = BELFRY_POLKIT_AUTHORITY (object);

  g_object_unref (self->connection);
  g_object_unref (self->owner);
  G_OBJECT_CLASS (belfry_polkit_authority_parent_class)->finalize (object);
}

static void
belfry_polkit_authority_class_init (BelfryPolkitAuthorityClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_polkit_authority_finalize;
}

static void
belfry_polkit_authority_init (BelfryPolkitAuthority *self)
{
}

BelfryAuthority *
belfry_polkit_authority_new (GDBusConnection *connection, BelfryAuthority *owner)
{
  BelfryPolkitAuthority *self = g_object_new (BELFRY_TYPE_POLKIT_AUTHORITY, NULL);

  self->connection = g_object_ref (connection);
  self->owner = g_object_ref (owner);
  return BELFRY_AUTHORITY (self);
}

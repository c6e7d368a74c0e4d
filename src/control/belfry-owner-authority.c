/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-authority"

#include "config.h"

#include "belfry-owner-authority.h"

#include "belfry-error.h"
#include "belfry-log.h"

/* Owned by the control, for one connection. A unique name is never given twice, so what was learned
 * of one stays true; it is forgotten when too much is known. */

#define ROOT 0

/* Callers whose user is known; a question costs little, so there may be few. */
#define MAX_KNOWN 256

struct _BelfryOwnerAuthority
{
  GObject parent_instance;

  GDBusConnection *connection; /* (owned) */
  GHashTable *known;           /* (element-type utf8 guint32) (owned): unique name to user */
  guint32 uid;
};

typedef struct
{
  char *sender; /* (owned) */
  BelfryRight right;
} Question;

static void belfry_owner_authority_iface_init (BelfryAuthorityInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryOwnerAuthority,
                               belfry_owner_authority,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_AUTHORITY,
                                                      belfry_owner_authority_iface_init))

static void
question_free (Question *self)
{
  g_free (self->sender);
  g_free (self);
}

static void
decide (BelfryOwnerAuthority *self, GTask *task, guint32 uid)
{
  const Question *question = g_task_get_task_data (task);

  if (uid == ROOT || uid == self->uid)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, belfry_authority_refusal_new (question->right));
}

static void
remember (BelfryOwnerAuthority *self, const char *sender, guint32 uid)
{
  if (g_hash_table_size (self->known) >= MAX_KNOWN)
    g_hash_table_remove_all (self->known);
  g_hash_table_replace (self->known, g_strdup (sender), GUINT_TO_POINTER (uid));
}

static void
on_user (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BelfryOwnerAuthority *self = g_task_get_source_object (task);
  const Question *question = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  guint32 uid;

  if (g_task_return_error_if_cancelled (task))
    return;
  if (reply == NULL)
    {
      belfry_log_debug ("the bus does not say who %s is: %s", question->sender, error->message);
      g_task_return_new_error (task, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE,
                               "the bus does not say who the caller is");
      return;
    }
  g_variant_get (reply, "(u)", &uid);
  remember (self, question->sender, uid);
  decide (self, task, uid);
}

static void
belfry_owner_authority_check_async (BelfryAuthority *authority,
                                    const BelfryAuthorityQuestion *from,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  BelfryOwnerAuthority *self = BELFRY_OWNER_AUTHORITY (authority);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Question *question = g_new0 (Question, 1);
  gpointer uid;

  g_task_set_source_tag (task, belfry_owner_authority_check_async);
  question->sender = g_strdup (from->sender);
  question->right = from->right;
  g_task_set_task_data (task, question, (GDestroyNotify) question_free);
  if (g_hash_table_lookup_extended (self->known, from->sender, NULL, &uid))
    {
      decide (self, task, GPOINTER_TO_UINT (uid));
      return;
    }
  g_dbus_connection_call (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "GetConnectionUnixUser",
                          g_variant_new ("(s)", from->sender), G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, cancellable, on_user,
                          g_steal_pointer (&task));
}

static gboolean
belfry_owner_authority_check_finish (BelfryAuthority *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_owner_authority_check_async),
                        FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
belfry_owner_authority_iface_init (BelfryAuthorityInterface *iface)
{
  iface->check_async = belfry_owner_authority_check_async;
  iface->check_finish = belfry_owner_authority_check_finish;
}

static void
belfry_owner_authority_finalize (GObject *object)
{
  BelfryOwnerAuthority *self = BELFRY_OWNER_AUTHORITY (object);

  g_object_unref (self->connection);
  g_hash_table_unref (self->known);
  G_OBJECT_CLASS (belfry_owner_authority_parent_class)->finalize (object);
}

static void
belfry_owner_authority_class_init (BelfryOwnerAuthorityClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_owner_authority_finalize;
}

static void
belfry_owner_authority_init (BelfryOwnerAuthority *self)
{
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

BelfryAuthority *
belfry_owner_authority_new (GDBusConnection *connection, guint32 uid)
{
  BelfryOwnerAuthority *self = g_object_new (BELFRY_TYPE_OWNER_AUTHORITY, NULL);

  self->connection = g_object_ref (connection);
  self->uid = uid;
  return BELFRY_AUTHORITY (self);
}

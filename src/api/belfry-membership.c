/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include <belfry/belfry-membership.h>

G_DEFINE_INTERFACE (BelfryMembership, belfry_membership, G_TYPE_OBJECT)

static void
default_is_member_async (BelfryMembership *self,
                         BelfryIdentity *identity,
                         const char *group,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, default_is_member_async);
  g_task_return_boolean (task, FALSE);
}

static gboolean
default_is_member_finish (BelfryMembership *self,
                          GAsyncResult *result,
                          gboolean *is_member,
                          GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  gboolean failed = g_task_had_error (G_TASK (result));

  *is_member = g_task_propagate_boolean (G_TASK (result), error);
  return !failed;
}

static void
belfry_membership_default_init (BelfryMembershipInterface *iface)
{
  iface->is_member_async = default_is_member_async;
  iface->is_member_finish = default_is_member_finish;
}

void
belfry_membership_is_member_async (BelfryMembership *self,
                                   BelfryIdentity *identity,
                                   const char *group,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_return_if_fail (BELFRY_IS_MEMBERSHIP (self));
  g_return_if_fail (identity != NULL);
  g_return_if_fail (group != NULL);

  BELFRY_MEMBERSHIP_GET_IFACE (self)->is_member_async (self, identity, group, cancellable, callback,
                                                       user_data);
}

gboolean
belfry_membership_is_member_finish (BelfryMembership *self,
                                    GAsyncResult *result,
                                    gboolean *is_member,
                                    GError **error)
{
  g_return_val_if_fail (BELFRY_IS_MEMBERSHIP (self), FALSE);
  g_return_val_if_fail (is_member != NULL, FALSE);

  *is_member = FALSE;
  return BELFRY_MEMBERSHIP_GET_IFACE (self)->is_member_finish (self, result, is_member, error);
}

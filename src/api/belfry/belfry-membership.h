/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <gio/gio.h>

#include <belfry/belfry-identity.h>

G_BEGIN_DECLS

/**
 * BelfryMembership:
 *
 * Knows who belongs to which group, such as a chat room; asked by policies of other plugins.
 */
#define BELFRY_TYPE_MEMBERSHIP (belfry_membership_get_type ())
BELFRY_API
G_DECLARE_INTERFACE (BelfryMembership, belfry_membership, BELFRY, MEMBERSHIP, GObject)

/**
 * BelfryMembershipInterface:
 * @parent_iface: the parent
 * @is_member_async: looks it up. The default knows no group
 * @is_member_finish: returns whether @is_member was set. The default ends a #GTask of
 *   @is_member_async that returns it with g_task_return_boolean()
 */
struct _BelfryMembershipInterface
{
  GTypeInterface parent_iface;

  void (*is_member_async) (BelfryMembership *self,
                           BelfryIdentity *identity,
                           const char *group,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
  gboolean (*is_member_finish) (BelfryMembership *self,
                                GAsyncResult *result,
                                gboolean *is_member,
                                GError **error);

  /*< private >*/
  gpointer padding[4]; /* (unowned): room for later functions */
};

/**
 * belfry_membership_is_member_async:
 * @self: a list of members
 * @identity: who
 * @group: belongs to which group
 * @cancellable: (nullable): ends it early
 * @callback: (scope async): called when it is done
 * @user_data: given to @callback
 *
 * Asks whether somebody belongs to a group.
 */
BELFRY_API
void belfry_membership_is_member_async (BelfryMembership *self,
                                        BelfryIdentity *identity,
                                        const char *group,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);

/**
 * belfry_membership_is_member_finish:
 * @self: a list of members
 * @result: what the callback was given
 * @is_member: (out): whether it is so; %FALSE of groups that it does not know
 * @error: where to put an error
 *
 * Gets the answer.
 *
 * Returns: whether there is one
 */
BELFRY_API
gboolean belfry_membership_is_member_finish (BelfryMembership *self,
                                             GAsyncResult *result,
                                             gboolean *is_member,
                                             GError **error);

G_END_DECLS

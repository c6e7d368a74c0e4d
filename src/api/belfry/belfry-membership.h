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

  gpointer padding[4];
};

BELFRY_API
void belfry_membership_is_member_async (BelfryMembership *self,
                                        BelfryIdentity *identity,
                                        const char *group,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);

/* @is_member: (out) */
BELFRY_API
gboolean belfry_membership_is_member_finish (BelfryMembership *self,
                                             GAsyncResult *result,
                                             gboolean *is_member,
                                             GError **error);

G_END_DECLS

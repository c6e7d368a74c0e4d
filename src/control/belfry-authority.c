/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-authority"

#include "config.h"

#include "belfry-authority.h"

#include "belfry-error.h"

G_DEFINE_INTERFACE (BelfryAuthority, belfry_authority, G_TYPE_OBJECT)

static const char *const actions[] = {
  [BELFRY_RIGHT_INSPECT] = "org.belfry.inspect",
  [BELFRY_RIGHT_PUBLISH] = "org.belfry.publish",
  [BELFRY_RIGHT_MANAGE_SESSIONS] = "org.belfry.manage-sessions",
  [BELFRY_RIGHT_MANAGE_SERVICE] = "org.belfry.manage-service",
};
G_STATIC_ASSERT (G_N_ELEMENTS (actions) == BELFRY_N_RIGHTS);

static void
belfry_authority_default_init (BelfryAuthorityInterface *iface)
{
}

const char *
belfry_right_get_action (BelfryRight right)
{
  return actions[right];
}

void
belfry_authority_check_async (BelfryAuthority *self,
                              const BelfryAuthorityQuestion *question,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  BELFRY_AUTHORITY_GET_IFACE (self)->check_async (self, question, cancellable, callback, user_data);
}

gboolean
belfry_authority_check_finish (BelfryAuthority *self, GAsyncResult *result, GError **error)
{
  return BELFRY_AUTHORITY_GET_IFACE (self)->check_finish (self, result, error);
}

GError *
belfry_authority_refusal_new (BelfryRight right)
{
  return g_error_new (BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN,
                      "not allowed: this needs the polkit action %s", actions[right]);
}

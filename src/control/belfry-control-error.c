/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-control"

#include "config.h"

#include "belfry-control-error.h"

#include "belfry-error.h"
#include "belfry-log.h"

/* Stateless; main thread. */

void
belfry_control_fail (GDBusMethodInvocation *invocation, GError *error)
{
  if (error->domain != BELFRY_ERROR)
    {
      belfry_log_warning ("%s failed: %s", g_dbus_method_invocation_get_method_name (invocation),
                          error->message);
      g_error_free (error);
      error = g_error_new (BELFRY_ERROR, BELFRY_ERROR_INTERNAL, "the service could not do this");
    }
  g_dbus_method_invocation_take_error (invocation, error);
}

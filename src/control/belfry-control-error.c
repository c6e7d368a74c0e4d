/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-control"

#include "config.h"

#include "belfry-control-error.h"

#include "belfry-error.h"
#include "belfry-log.h"

/* What goes wrong, by its names on the bus. Stateless; main thread. */

#define NAME(name) "org.belfry.Error." name

static const char *const names[] = {
  [BELFRY_ERROR_BAD_REQUEST] = NAME ("BadRequest"),
  [BELFRY_ERROR_UNKNOWN_ACTION] = NAME ("UnknownAction"),
  [BELFRY_ERROR_NOT_AUTHENTICATED] = NAME ("NotAuthenticated"),
  [BELFRY_ERROR_AUTHENTICATION_FAILED] = NAME ("AuthenticationFailed"),
  [BELFRY_ERROR_TOKEN_EXPIRED] = NAME ("TokenExpired"),
  [BELFRY_ERROR_SESSION_MISMATCH] = NAME ("SessionMismatch"),
  [BELFRY_ERROR_FORBIDDEN] = NAME ("Forbidden"),
  [BELFRY_ERROR_TOPIC_INVALID] = NAME ("TopicInvalid"),
  [BELFRY_ERROR_NOT_SUBSCRIBED] = NAME ("NotSubscribed"),
  [BELFRY_ERROR_LIMIT_REACHED] = NAME ("LimitReached"),
  [BELFRY_ERROR_RATE_LIMITED] = NAME ("RateLimited"),
  [BELFRY_ERROR_TOO_LARGE] = NAME ("TooLarge"),
  [BELFRY_ERROR_UNAVAILABLE] = NAME ("Unavailable"),
  [BELFRY_ERROR_INTERNAL] = NAME ("Internal"),
  [BELFRY_ERROR_INVALID_ARGUMENT] = NAME ("InvalidArgument"),
  [BELFRY_ERROR_INVALID_CONFIG] = NAME ("InvalidConfig"),
  [BELFRY_ERROR_NOT_FOUND] = NAME ("NotFound"),
  [BELFRY_ERROR_NOT_PERMITTED] = NAME ("NotPermitted"),
  [BELFRY_ERROR_SYSTEM] = NAME ("System"),
  [BELFRY_ERROR_TIMED_OUT] = NAME ("TimedOut"),
  [BELFRY_ERROR_CLOSED] = NAME ("Closed"),
  [BELFRY_ERROR_PROTOCOL] = NAME ("Protocol"),
};
G_STATIC_ASSERT (G_N_ELEMENTS (names) == BELFRY_N_ERRORS);

void
belfry_control_errors_register (void)
{
  for (int i = 0; i < BELFRY_N_ERRORS; i++)
    g_dbus_error_register_error (BELFRY_ERROR, i, names[i]);
}

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

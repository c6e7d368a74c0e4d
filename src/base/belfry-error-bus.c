/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-error"

#include "config.h"

#include "belfry-error-bus.h"

#include <gio/gio.h>

/* What goes wrong, by its names on the bus. GIO keeps them for the process. */

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
belfry_error_register_bus_names (void)
{
  for (int i = 0; i < BELFRY_N_ERRORS; i++)
    g_dbus_error_register_error (BELFRY_ERROR, i, names[i]);
}

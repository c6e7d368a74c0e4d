/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-error"

#include "config.h"

#include "belfry-error.h"

#include <errno.h>
#include <gio/gio.h>

#include "belfry-exit.h"

/* What every code means to those who branch on it. All predicates read this one table. */
typedef struct
{
  const char *client_code; /* (nullable): NULL where a client only hears `internal` */
  gboolean client_fault;
  gboolean temporary;
  gboolean authentication;
  BelfryExit exit_status;
} ErrorTraits;

static const ErrorTraits error_traits[] = {
  [BELFRY_ERROR_BAD_REQUEST] = { "bad-request", TRUE, FALSE, FALSE, BELFRY_EXIT_DATA },
  [BELFRY_ERROR_UNKNOWN_ACTION] = { "unknown-action", TRUE, FALSE, FALSE, BELFRY_EXIT_DATA },
  [BELFRY_ERROR_NOT_AUTHENTICATED] = { "not-authenticated", TRUE, FALSE, TRUE,
                                       BELFRY_EXIT_NO_PERMISSION },
  [BELFRY_ERROR_AUTHENTICATION_FAILED] = { "authentication-failed", TRUE, FALSE, TRUE,
                                           BELFRY_EXIT_NO_PERMISSION },
  [BELFRY_ERROR_TOKEN_EXPIRED] = { "token-expired", TRUE, FALSE, TRUE, BELFRY_EXIT_NO_PERMISSION },
  [BELFRY_ERROR_SESSION_MISMATCH] = { "session-mismatch", TRUE, FALSE, FALSE, BELFRY_EXIT_DATA },
  [BELFRY_ERROR_FORBIDDEN] = { "forbidden", TRUE, FALSE, FALSE, BELFRY_EXIT_NO_PERMISSION },
  [BELFRY_ERROR_TOPIC_INVALID] = { "topic-invalid", TRUE, FALSE, FALSE, BELFRY_EXIT_DATA },
  [BELFRY_ERROR_NOT_SUBSCRIBED] = { "not-subscribed", TRUE, FALSE, FALSE, BELFRY_EXIT_DATA },
  [BELFRY_ERROR_LIMIT_REACHED] = { "limit-reached", TRUE, FALSE, FALSE, BELFRY_EXIT_UNAVAILABLE },
  [BELFRY_ERROR_RATE_LIMITED] = { "rate-limited", TRUE, TRUE, FALSE, BELFRY_EXIT_TRY_AGAIN },
  [BELFRY_ERROR_TOO_LARGE] = { "too-large", TRUE, FALSE, FALSE, BELFRY_EXIT_DATA },
  [BELFRY_ERROR_UNAVAILABLE] = { "unavailable", FALSE, TRUE, FALSE, BELFRY_EXIT_UNAVAILABLE },
  [BELFRY_ERROR_INTERNAL] = { "internal", FALSE, FALSE, FALSE, BELFRY_EXIT_SOFTWARE },
  [BELFRY_ERROR_INVALID_ARGUMENT] = { NULL, FALSE, FALSE, FALSE, BELFRY_EXIT_USAGE },
  [BELFRY_ERROR_INVALID_CONFIG] = { NULL, FALSE, FALSE, FALSE, BELFRY_EXIT_CONFIG },
  [BELFRY_ERROR_NOT_FOUND] = { NULL, FALSE, FALSE, FALSE, BELFRY_EXIT_NO_INPUT },
  [BELFRY_ERROR_NOT_PERMITTED] = { NULL, FALSE, FALSE, FALSE, BELFRY_EXIT_NO_PERMISSION },
  [BELFRY_ERROR_SYSTEM] = { NULL, FALSE, FALSE, FALSE, BELFRY_EXIT_SYSTEM },
  [BELFRY_ERROR_TIMED_OUT] = { NULL, FALSE, TRUE, FALSE, BELFRY_EXIT_TRY_AGAIN },
  [BELFRY_ERROR_CLOSED] = { NULL, FALSE, FALSE, FALSE, BELFRY_EXIT_UNAVAILABLE },
  [BELFRY_ERROR_PROTOCOL] = { NULL, FALSE, FALSE, FALSE, BELFRY_EXIT_PROTOCOL },
};
G_STATIC_ASSERT (G_N_ELEMENTS (error_traits) == BELFRY_N_ERRORS);

G_DEFINE_QUARK (belfry - error - quark, belfry_error)

/* An error of another domain counts as an internal one. */
static const ErrorTraits *
traits_of (const GError *error)
{
  if (error->domain == BELFRY_ERROR && error->code >= 0 && error->code < BELFRY_N_ERRORS)
    return &error_traits[error->code];
  return &error_traits[BELFRY_ERROR_INTERNAL];
}

static BelfryError
code_of_errno (int errnum)
{
  switch (errnum)
    {
    case ENOENT:
      return BELFRY_ERROR_NOT_FOUND;
    case EACCES:
    case EPERM:
      return BELFRY_ERROR_NOT_PERMITTED;
    case ETIMEDOUT:
      return BELFRY_ERROR_TIMED_OUT;
    default:
      return BELFRY_ERROR_SYSTEM;
    }
}

const char *
belfry_error_client_code (const GError *error)
{
  const char *code = traits_of (error)->client_code;

  return code != NULL ? code : error_traits[BELFRY_ERROR_INTERNAL].client_code;
}

gboolean
belfry_error_is_client_fault (const GError *error)
{
  return traits_of (error)->client_fault;
}

gboolean
belfry_error_is_temporary (const GError *error)
{
  if (error->domain == G_IO_ERROR)
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
           g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY) ||
           g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  return traits_of (error)->temporary;
}

gboolean
belfry_error_is_authentication (const GError *error)
{
  return traits_of (error)->authentication;
}

int
belfry_error_exit_status (const GError *error)
{
  return traits_of (error)->exit_status;
}

void
belfry_error_set_errno (GError **error, int errnum, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *tried = g_strdup_vprintf (format, args);
  va_end (args);

  g_set_error (error, BELFRY_ERROR, (int) code_of_errno (errnum), "%s: %s", tried,
               g_strerror (errnum));
}

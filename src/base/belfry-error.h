/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryError:
 *
 * The one error domain of the project. The first group are conditions that a client may be told of,
 * by the name that belfry_error_client_code() gives; the closed list of these names is part of the
 * protocol. The second group stays inside.
 */
typedef enum
{
  /* What a client may see */
  BELFRY_ERROR_BAD_REQUEST,       /* not understood, or a part is missing or of the wrong type */
  BELFRY_ERROR_UNKNOWN_ACTION,    /* understood, but nothing that this dialect knows */
  BELFRY_ERROR_NOT_AUTHENTICATED, /* must sign in first */
  BELFRY_ERROR_AUTHENTICATION_FAILED, /* the credentials were looked at and refused */
  BELFRY_ERROR_TOKEN_EXPIRED,         /* the credentials were good once */
  BELFRY_ERROR_SESSION_MISMATCH,      /* names a session that is not this connection's */
  BELFRY_ERROR_FORBIDDEN,             /* known who, not allowed to; says nothing about existence */
  BELFRY_ERROR_TOPIC_INVALID,         /* not a topic name */
  BELFRY_ERROR_NOT_SUBSCRIBED,        /* unsubscribing from what is not subscribed */
  BELFRY_ERROR_LIMIT_REACHED,         /* a limit of how many */
  BELFRY_ERROR_RATE_LIMITED,          /* a limit of how often */
  BELFRY_ERROR_TOO_LARGE,             /* a limit of how big */
  BELFRY_ERROR_UNAVAILABLE,           /* not now: what is needed is away; trying again helps */
  BELFRY_ERROR_INTERNAL,              /* our fault */
  /* What stays inside */
  BELFRY_ERROR_INVALID_ARGUMENT, /* the command line is wrong */
  BELFRY_ERROR_INVALID_CONFIG,   /* a configuration file, variable or override is wrong */
  BELFRY_ERROR_NOT_FOUND,        /* a named thing is not there */
  BELFRY_ERROR_NOT_PERMITTED,    /* the system refuses us */
  BELFRY_ERROR_SYSTEM,           /* a system call failed */
  BELFRY_ERROR_TIMED_OUT,        /* a deadline passed */
  BELFRY_ERROR_CLOSED,           /* the thing was shut down */
  BELFRY_ERROR_PROTOCOL,         /* a peer broke the rules of its protocol */
  BELFRY_N_ERRORS,
} BelfryError;

#define BELFRY_ERROR (belfry_error_quark ())
GQuark belfry_error_quark (void);

/**
 * belfry_error_client_code:
 * @error: any error, of any domain
 *
 * Returns: (transfer none): the name a client is told; `internal` for all that a client has no
 * business with
 */
const char *belfry_error_client_code (const GError *error);

/**
 * belfry_error_is_client_fault:
 * @error: any error
 *
 * Returns: whether the client's request was at fault, so that repeating it unchanged is useless
 */
gboolean belfry_error_is_client_fault (const GError *error);

/**
 * belfry_error_is_temporary:
 * @error: any error
 *
 * Returns: whether the same call may succeed later, so that backing off and trying again is right
 */
gboolean belfry_error_is_temporary (const GError *error);

/**
 * belfry_error_is_authentication:
 * @error: any error
 *
 * Returns: whether the caller must sign in (again) before anything else helps
 */
gboolean belfry_error_is_authentication (const GError *error);

/**
 * belfry_error_exit_status:
 * @error: any error
 *
 * Returns: the exit status (see `belfry-exit.h`) of a program that this error ends
 */
int belfry_error_exit_status (const GError *error);

/**
 * belfry_error_set_errno:
 * @error: (nullable): where to put the error
 * @errnum: a value of `errno`
 * @format: what was tried, without the reason, which is appended
 *
 * Sets a %BELFRY_ERROR whose code fits the system's error number.
 */
void belfry_error_set_errno (GError **error, int errnum, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <libsoup/soup.h>

#include "belfry-origin.h"

G_BEGIN_DECLS

/* Where the service says whether it delivers. */
#define BELFRY_HTTP_ROUTES_READY "/readyz"

typedef enum
{
  BELFRY_HTTP_ROUTE_NONE,   /* no such path: answered */
  BELFRY_HTTP_ROUTE_DONE,   /* answered */
  BELFRY_HTTP_ROUTE_HEALTH, /* to be answered: alive */
  BELFRY_HTTP_ROUTE_READY,  /* to be answered: ready or not */
} BelfryHttpRoute;

/**
 * belfry_http_routes_harden:
 * @message: a request that begins
 *
 * Puts the headers into its answer that every answer has, whoever gives it.
 */
void belfry_http_routes_harden (SoupServerMessage *message);

/**
 * belfry_http_routes_respond:
 * @text: (nullable): a body
 */
void belfry_http_routes_respond (SoupServerMessage *message, guint status, const char *text);

/**
 * belfry_http_routes_admit:
 * @methods: what is allowed, as in `Allow`
 * @origins: which web pages may read the answer
 *
 * Answers methods that are not allowed, and the questions of browsers before a request across
 * origins.
 *
 * Returns: whether an answer is left to be given
 */
gboolean belfry_http_routes_admit (SoupServerMessage *message,
                                   const char *methods,
                                   const BelfryOrigins *origins);

/**
 * belfry_http_routes_find:
 * @path: what is asked for
 * @origins: which web pages may read the answer
 *
 * Answers what needs nobody else: paths that are not there, methods that are not allowed, and the
 * questions of browsers before a request across origins.
 *
 * Returns: what is left to do
 */
BelfryHttpRoute belfry_http_routes_find (SoupServerMessage *message,
                                         const char *path,
                                         const BelfryOrigins *origins);

G_END_DECLS

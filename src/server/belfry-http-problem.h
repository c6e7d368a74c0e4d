/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

G_BEGIN_DECLS

#define BELFRY_HTTP_JSON "application/json"
#define BELFRY_HTTP_PROBLEM_JSON "application/problem+json"

/**
 * belfry_http_problem_status:
 *
 * Returns: the HTTP status that fits an error that a client may see
 */
guint belfry_http_problem_status (const GError *error);

/**
 * belfry_http_problem_new:
 * @status: the HTTP status
 * @code: of the closed list of the protocol
 * @detail: (nullable): for people
 *
 * Returns: (transfer full): a problem document (RFC 9457)
 */
BelfryHttpResponse *belfry_http_problem_new (guint status, const char *code, const char *detail);

/* Returns: (transfer full): what went wrong, as far as a client may know it */
BelfryHttpResponse *belfry_http_problem_new_for_error (const GError *error);

/* @error: told in full only if it is one of those that a client may see */
const char *belfry_http_problem_detail (const GError *error);

G_END_DECLS

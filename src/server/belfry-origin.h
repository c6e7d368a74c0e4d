/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryOrigins:
 *
 * Which web pages may talk to us. Immutable and reference-counted: any thread.
 */
typedef struct _BelfryOrigins BelfryOrigins;

/**
 * belfry_origins_new:
 * @list: (array zero-terminated=1): origins such as `https://example.com`; families, which have
 * `*.` before the host and hold every name below it, but not the host itself; or `*`. An entry that
 * is none of these allows nothing
 *
 * Returns: (transfer full): the list
 */
BelfryOrigins *belfry_origins_new (const char *const *list);
BelfryOrigins *belfry_origins_ref (BelfryOrigins *self);
void belfry_origins_unref (BelfryOrigins *self);

/**
 * belfry_origins_allow:
 * @origin: (nullable): the request's `Origin`
 * @host: (nullable): the request's `Host`
 *
 * A request without an origin does not come from a web page and is always allowed. With an empty
 * list, a page is if it comes from the host that it talks to. Its scheme is not compared then, for
 * behind a proxy that speaks TLS for us ours is another than the page's. `null`, the origin of
 * pages that have none, is allowed by `*` alone.
 */
gboolean belfry_origins_allow (const BelfryOrigins *self, const char *origin, const char *host);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryOrigins, belfry_origins_unref)

G_END_DECLS

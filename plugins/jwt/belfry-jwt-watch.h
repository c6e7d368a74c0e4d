/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Who replaces files does it in several steps. */
#define BELFRY_JWT_WATCH_DELAY_MS 250

/**
 * BelfryJwtWatch:
 *
 * Tells when something happens in the folders of some files. The folders, not the files: what is
 * replaced by way of a symbolic link, as by Kubernetes, does not change itself.
 */
typedef struct _BelfryJwtWatch BelfryJwtWatch;

typedef void (*BelfryJwtWatchFunc) (gpointer user_data);

/**
 * belfry_jwt_watch_new:
 * @paths: (element-type utf8): absolute paths
 * @changed: called on the thread's default main context, once for several changes
 */
BelfryJwtWatch *
belfry_jwt_watch_new (const GPtrArray *paths, BelfryJwtWatchFunc changed, gpointer user_data);
void belfry_jwt_watch_free (BelfryJwtWatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryJwtWatch, belfry_jwt_watch_free)

G_END_DECLS

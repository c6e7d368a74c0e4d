/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-loader-host.h"
#include "belfry-part.h"
#include "belfry-plugin-place.h"

G_BEGIN_DECLS

/**
 * BelfryLoadedPlugin:
 *
 * A plugin that is in service.
 */
typedef struct
{
  const char *name;     /* (unowned) */
  const char *version;  /* (unowned) */
  const char *licence;  /* (unowned) */
  const char *file;     /* (unowned) */
  guint32 kinds;        /* BelfryPluginKinds */
  BelfryPlugin *object; /* (unowned) */
} BelfryLoadedPlugin;

/**
 * BelfryLoader:
 *
 * The part that finds, checks and enables plugins: those that `auth.authorizers` and
 * `auth.policies` name, and those that have a group of their own. All of them, or the service does
 * not start; which ones there are does not change until it stops.
 */
#define BELFRY_TYPE_LOADER (belfry_loader_get_type ())
G_DECLARE_FINAL_TYPE (BelfryLoader, belfry_loader, BELFRY, LOADER, GObject)

/**
 * belfry_loader_new:
 * @host: what plugins see of the service
 * @place: where they are; copied
 * @credentials: (nullable): the folder of systemd's credentials
 */
BelfryLoader *
belfry_loader_new (BelfryLoaderHost *host, const BelfryPluginPlace *place, const char *credentials);

/* In the order in which they were enabled. (transfer none): until the part stops */
guint belfry_loader_get_n_plugins (const BelfryLoader *self);
const BelfryLoadedPlugin *belfry_loader_get_plugin (const BelfryLoader *self, guint index);

/**
 * belfry_loader_find:
 *
 * Returns: (transfer none) (nullable): the plugin of that name, until the part stops
 */
const BelfryLoadedPlugin *belfry_loader_find (const BelfryLoader *self, const char *name);

G_END_DECLS
